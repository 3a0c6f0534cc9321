/* Reading a run's state back, and hashing it, in memory and in a file. */
#include "base/sha256.h"
#include "io/checkpoint.h"
#include "io/resume_entry.h"
#include "io/state_hash.h"
#include <stdlib.h>
#include <string.h>

enum { SETS = 4, MOMENTA = 2, SQUARES = 3 };
static const char *const set_names[SETS] = {"values", "average", "momenta", "squares"};

/* Adam's second moments are there, or SGD's sets are three. */
static int count_sets(const yd_param_set *squares)
{
    return squares && squares->region[YD_REGION_WEIGHT] ? SETS : SQUARES;
}

static bool holds(const yd_param *param, const yd_param_set *set)
{
    return param->counter ? set->counters != NULL : set->region[param->region] != NULL;
}

/* Restoring. */

typedef struct restorer {
    yd_pt *pt;
    const yd_model *model;
    float *buffer; /* for the largest entry */
    yd_error *error;
} restorer;

static bool same_shape(const yd_pt_tensor *tensor, const yd_param *param)
{
    if (tensor->rank != param->rank || tensor->elements != param->plain) return false;
    for (int i = 0; i < param->rank; i++)
        if (tensor->dims[i] != param->dims[i]) return false;
    return true;
}

static yd_status restore_entry(const restorer *r, const yd_pickle_node *dict, yd_param_set *set, int index)
{
    const yd_param *param = &r->model->params[index];
    const yd_pickle_node *node = yd_pickle_get(dict, param->name);
    yd_pt_tensor tensor;
    if (!node)
        return yd_fail(r->error, YD_ERR_FORMAT, "%s: cannot be resumed: %s is missing", yd_pt_label(r->pt),
                       param->name);
    YD_TRY(yd_pt_tensor_of(r->pt, node, param->name, &tensor, r->error));
    if (!same_shape(&tensor, param))
        return yd_fail(r->error, YD_ERR_FORMAT,
                       "%s: cannot be resumed: %s has another shape than the model's", yd_pt_label(r->pt),
                       param->name);
    if (tensor.type != (param->counter ? YD_PT_I64 : YD_PT_F32))
        return yd_fail(r->error, YD_ERR_FORMAT, "%s: cannot be resumed: %s is not of full precision",
                       yd_pt_label(r->pt), param->name);
    if (param->counter) return yd_pt_integers(r->pt, &tensor, &set->counters[param->offset], r->error);
    YD_TRY(yd_pt_floats(r->pt, &tensor, r->buffer, r->error));
    yd_param_write(r->model, set, index, r->buffer);
    return YD_OK;
}

static yd_status restore_set(const restorer *r, const yd_pickle_node *entry, const char *key,
                             yd_param_set *set)
{
    const yd_pickle_node *dict;
    size_t wanted = 0;
    YD_TRY(yd_resume_find_set(r->pt, entry, key, &dict, r->error));
    for (int i = 0; i < r->model->param_count; i++) wanted += holds(&r->model->params[i], set);
    if (dict->count != 2 * wanted)
        return yd_fail(r->error, YD_ERR_FORMAT,
                       "%s: cannot be resumed: it holds %zu tensors of the %s, the model has %zu",
                       yd_pt_label(r->pt), dict->count / 2, key, wanted);
    for (int i = 0; i < r->model->param_count; i++)
        if (holds(&r->model->params[i], set)) YD_TRY(restore_entry(r, dict, set, i));
    set->version++;
    return YD_OK;
}

static size_t largest_entry(const yd_model *model)
{
    size_t most = 1;
    for (int i = 0; i < model->param_count; i++)
        if (model->params[i].plain > most) most = model->params[i].plain;
    return most;
}

static yd_status restore(const restorer *r, const yd_train_sets *sets, yd_resume_state **resume,
                         bool *forgotten)
{
    const yd_pickle_node *entry;
    yd_param_set *const all[SETS] = {sets->values, sets->average, sets->momenta, sets->squares};
    YD_TRY(yd_resume_find(r->pt, &entry, r->error));
    int count = count_sets(sets->squares);
    *forgotten = (yd_pickle_get(entry, set_names[SQUARES]) != NULL) != (count == SETS);
    if (*forgotten) count = MOMENTA;
    for (int i = 0; i < count; i++) YD_TRY(restore_set(r, entry, set_names[i], all[i]));
    return yd_resume_read_state(r->pt, entry, resume, r->error);
}

yd_status yd_checkpoint_restore(const char *path, const yd_model *model, const yd_train_sets *sets,
                                yd_resume_state **resume, bool *forgotten, yd_error *error)
{
    yd_pt *pt;
    *resume = NULL;
    YD_TRY(yd_pt_open(path, &pt, error));
    restorer r = {pt, model, malloc(largest_entry(model) * sizeof(float)), error};
    yd_status status = r.buffer ? restore(&r, sets, resume, forgotten)
                                : yd_fail(error, YD_ERR_MEMORY, "%s: no memory to read it", path);
    free(r.buffer);
    yd_pt_close(pt);
    return status;
}

/* Hashing what is in memory. */

typedef struct named {
    const char *name; /* first: what yd_compare_names looks at */
    int index;
} named;

typedef struct buffers {
    double *wide;
    float *narrow;
} buffers;

static void hash_entry(yd_hash *hash, const yd_model *model, const yd_param_set *set, int index,
                       const buffers *b)
{
    const yd_param *param = &model->params[index];
    if (param->counter) {
        yd_state_hash_integers(hash, param->name, param->rank, param->dims, &set->counters[param->offset], 1);
        return;
    }
    yd_param_read(model, set, index, b->wide);
    for (size_t i = 0; i < param->plain; i++) b->narrow[i] = (float)b->wide[i];
    yd_state_hash_floats(hash, param->name, param->rank, param->dims, b->narrow, param->plain);
}

void yd_train_state_hash(const yd_model *model, const yd_train_sets *sets, char out[65])
{
    const yd_param_set *const all[SETS] = {sets->values, sets->average, sets->momenta, sets->squares};
    size_t count = (size_t)model->param_count, most = largest_entry(model);
    named *sorted = malloc(count * sizeof *sorted);
    buffers b = {malloc(most * sizeof *b.wide), malloc(most * sizeof *b.narrow)};
    yd_hash hash;
    yd_sha256_start(&hash);
    out[0] = '\0';
    if (!sorted || !b.wide || !b.narrow) goto out;
    for (size_t i = 0; i < count; i++) sorted[i] = (named){model->params[i].name, (int)i};
    qsort(sorted, count, sizeof *sorted, yd_compare_names);
    for (int s = 0; s < count_sets(sets->squares); s++) {
        yd_hash_add(&hash, set_names[s], strlen(set_names[s]) + 1);
        for (size_t i = 0; i < count; i++)
            if (holds(&model->params[sorted[i].index], all[s]))
                hash_entry(&hash, model, all[s], sorted[i].index, &b);
    }
    yd_sha256_hex(&hash, out);
out:
    free(b.narrow);
    free(b.wide);
    free(sorted);
}

/* Hashing what is in a file. */

typedef struct stored {
    const char *name;
    const yd_pickle_node *node;
} stored;

static yd_status hash_stored(yd_pt *pt, yd_hash *hash, const stored *entry, yd_error *error)
{
    yd_pt_tensor tensor;
    YD_TRY(yd_pt_tensor_of(pt, entry->node, entry->name, &tensor, error));
    bool integer = yd_pt_is_integer(tensor.type);
    void *values = malloc((tensor.elements + 1) * (integer ? sizeof(int64_t) : sizeof(float)));
    if (!values) return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to read it", yd_pt_label(pt));
    yd_status status =
        integer ? yd_pt_integers(pt, &tensor, values, error) : yd_pt_floats(pt, &tensor, values, error);
    if (status == YD_OK && integer)
        yd_state_hash_integers(hash, entry->name, tensor.rank, tensor.dims, values, tensor.elements);
    else if (status == YD_OK)
        yd_state_hash_floats(hash, entry->name, tensor.rank, tensor.dims, values, tensor.elements);
    free(values);
    return status;
}

static yd_status hash_stored_set(yd_pt *pt, yd_hash *hash, const yd_pickle_node *dict, yd_error *error)
{
    size_t count = dict->count / 2;
    stored *sorted = malloc((count + 1) * sizeof *sorted);
    yd_status status =
        sorted ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "%s: no memory to read it", yd_pt_label(pt));
    for (size_t i = 0; status == YD_OK && i < count; i++) {
        const yd_pickle_node *name = dict->items[2 * i];
        if (!yd_pickle_is(name, YD_PICKLE_TEXT))
            status =
                yd_fail(error, YD_ERR_FORMAT, "%s: its state to resume from is damaged", yd_pt_label(pt));
        else
            sorted[i] = (stored){name->text, dict->items[2 * i + 1]};
    }
    if (status == YD_OK) qsort(sorted, count, sizeof *sorted, yd_compare_names);
    for (size_t i = 0; status == YD_OK && i < count; i++) status = hash_stored(pt, hash, &sorted[i], error);
    free(sorted);
    return status;
}

static yd_status hash_file(yd_pt *pt, char out[65], yd_error *error)
{
    const yd_pickle_node *entry, *set;
    yd_hash hash;
    if (!yd_pickle_get(yd_pt_root(pt), YD_RESUME_KEY)) return YD_OK;
    YD_TRY(yd_resume_find(pt, &entry, error));
    yd_sha256_start(&hash);
    const int count = yd_pickle_get(entry, set_names[SQUARES]) ? SETS : SQUARES;
    for (int s = 0; s < count; s++) {
        YD_TRY(yd_resume_find_set(pt, entry, set_names[s], &set, error));
        yd_hash_add(&hash, set_names[s], strlen(set_names[s]) + 1);
        YD_TRY(hash_stored_set(pt, &hash, set, error));
    }
    yd_sha256_hex(&hash, out);
    return YD_OK;
}

yd_status yd_train_state_hash_of_file(const char *path, char out[65], yd_error *error)
{
    yd_pt *pt;
    out[0] = '\0';
    YD_TRY(yd_pt_open(path, &pt, error));
    yd_status status = hash_file(pt, out, error);
    yd_pt_close(pt);
    return status;
}
