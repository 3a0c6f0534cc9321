#include "io/checkpoint.h"
#include "base/clock.h"
#include "io/archive.h"
#include "io/half.h"
#include "io/model_pickle.h"
#include "io/optimizer_order.h"
#include "io/pickled_yaml.h"
#include "io/resume_entry.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct writer {
    const yd_checkpoint *c;
    yd_pickle_writer *w;
    yd_model_pickle pickle;
    int *momenta, *squares; /* storage of each entry's; -1 where it has none */
    yd_error *error;
} writer;

/* The optimizer. */

static void put_number(yd_pickle_writer *w, const char *key, double value)
{
    yd_pickle_put_text(w, key);
    yd_pickle_put_float(w, value);
}

static void put_sgd_settings(yd_pickle_writer *w, const yd_checkpoint *c)
{
    put_number(w, "momentum", c->momentum);
    yd_pickle_put_text(w, "dampening");
    yd_pickle_put_int(w, 0);
    yd_pickle_put_text(w, "nesterov");
    yd_pickle_put_bool(w, true);
}

static void put_adam_settings(yd_pickle_writer *w, const yd_checkpoint *c)
{
    yd_pickle_put_text(w, "betas");
    yd_pickle_put_begin(w);
    yd_pickle_put_float(w, c->beta1);
    yd_pickle_put_float(w, YD_ADAM_BETA2);
    yd_pickle_put_end_tuple(w);
    put_number(w, "eps", YD_ADAM_EPSILON);
    yd_pickle_put_text(w, "amsgrad");
    yd_pickle_put_bool(w, false);
}

/* One of param_groups; first: the number of its first parameter. Returns the next group's. */
static int put_group(const writer *x, yd_region region, int first)
{
    yd_pickle_writer *w = x->w;
    const yd_checkpoint *c = x->c;
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    put_number(w, "lr", c->lr[region]);
    put_number(w, "weight_decay", region == YD_REGION_WEIGHT ? c->weight_decay : 0);
    if (c->squares)
        put_adam_settings(w, c);
    else
        put_sgd_settings(w, c);
    put_number(w, "initial_lr", c->initial_lr);
    yd_pickle_put_text(w, "params");
    yd_pickle_put_empty(w, YD_PICKLE_LIST);
    yd_pickle_put_begin(w);
    for (int i = 0; i < c->model->param_count; i++)
        if (yd_optimizer_in_group(c->model, i, region)) yd_pickle_put_int(w, first++);
    yd_pickle_put_end_list(w);
    yd_pickle_put_end_dict(w);
    return first;
}

/* What the optimizer remembers of one entry. A step that is a number is read by every PyTorch; it was one
 * until 1.11. */
static void put_memory(writer *x, int index)
{
    yd_pickle_writer *w = x->w;
    const yd_checkpoint *c = x->c;
    if (c->squares) {
        yd_pickle_put_text(w, "step");
        yd_pickle_put_int(w, c->steps);
    }
    yd_pickle_put_text(w, c->squares ? "exp_avg" : "momentum_buffer");
    x->momenta[index] = yd_pickle_put_param(&x->pickle, c->momenta, index, YD_PT_F32);
    if (!c->squares) return;
    yd_pickle_put_text(w, "exp_avg_sq");
    x->squares[index] = yd_pickle_put_param(&x->pickle, c->squares, index, YD_PT_F32);
}

static void put_state(writer *x, const int *order, int count)
{
    yd_pickle_writer *w = x->w;
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    for (int n = 0; n < count; n++) {
        if (x->c->model->params[order[n]].frozen)
            continue; /* PyTorch keeps no buffer for what never had a gradient */
        yd_pickle_put_int(w, n);
        yd_pickle_put_empty(w, YD_PICKLE_DICT);
        yd_pickle_put_begin(w);
        put_memory(x, order[n]);
        yd_pickle_put_end_dict(w);
    }
    yd_pickle_put_end_dict(w);
}

static void put_optimizer(writer *x, int *order)
{
    yd_pickle_writer *w = x->w;
    yd_region groups[3];
    yd_pickle_put_text(w, "optimizer");
    if (!x->c->momenta) {
        yd_pickle_put_none(w);
        return;
    }
    int count = yd_optimizer_order(x->c->model, x->c->bias_group_first, order, groups), first = 0;
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    yd_pickle_put_text(w, "state");
    put_state(x, order, count);
    yd_pickle_put_text(w, "param_groups");
    yd_pickle_put_empty(w, YD_PICKLE_LIST);
    yd_pickle_put_begin(w);
    for (int g = 0; g < 3; g++) first = put_group(x, groups[g], first);
    yd_pickle_put_end_list(w);
    yd_pickle_put_end_dict(w);
}

/* The float32 state under "yolodeck". */

static bool holds(const yd_model *model, const yd_param_set *set, int index)
{
    const yd_param *param = &model->params[index];
    return param->counter ? set->counters != NULL : set->region[param->region] != NULL;
}

/* stored: storages that hold entries already, -1 where there is none; NULL: none of them is there. */
static void put_set(writer *x, const char *key, const yd_param_set *set, const int *stored)
{
    const yd_model *model = x->c->model;
    yd_pickle_put_text(x->w, key);
    yd_pickle_put_empty(x->w, YD_PICKLE_DICT);
    yd_pickle_put_begin(x->w);
    for (int i = 0; i < model->param_count; i++) {
        if (!holds(model, set, i)) continue;
        yd_pickle_put_text(x->w, model->params[i].name);
        if (stored && stored[i] >= 0)
            yd_pickle_put_param_again(&x->pickle, i, stored[i]);
        else
            yd_pickle_put_param(&x->pickle, set, i, YD_PT_F32);
    }
    yd_pickle_put_end_dict(x->w);
}

static void put_resume(writer *x)
{
    yd_pickle_put_text(x->w, YD_RESUME_KEY);
    yd_pickle_put_empty(x->w, YD_PICKLE_DICT);
    yd_pickle_put_begin(x->w);
    yd_pickle_put_text(x->w, "version");
    yd_pickle_put_int(x->w, YD_RESUME_VERSION);
    put_set(x, "values", x->c->values, NULL);
    put_set(x, "average", x->c->average, NULL);
    put_set(x, "momenta", x->c->momenta, x->momenta);
    if (x->c->squares) put_set(x, "squares", x->c->squares, x->squares);
    yd_pickle_put_text(x->w, "state");
    yd_resume_put_pickle(x->c->resume, x->w);
    yd_pickle_put_end_dict(x->w);
}

/* The rest of the dictionary. */

static yd_status put_options(writer *x)
{
    yd_arena *arena = yd_arena_create(0);
    yd_text text = {0};
    yd_yaml yaml;
    yd_status status = arena ? yd_options_write(x->c->options, x->c->preset, x->c->hyp, &text, x->error)
                             : yd_fail(x->error, YD_ERR_MEMORY, "no memory for a checkpoint's options");
    if (status == YD_OK) status = yd_yaml_parse("opt", text.data, text.length, arena, &yaml, x->error);
    yd_pickle_put_text(x->w, "opt");
    if (status == YD_OK) yd_pickle_put_yaml(x->w, yaml.root);
    yd_text_free(&text);
    yd_arena_destroy(arena);
    return status;
}

/* "2022-02-08T18:24:20.515893", as datetime.isoformat() writes it. */
static void put_date(yd_pickle_writer *w)
{
    int64_t now = yd_wall_clock_ns();
    time_t seconds = (time_t)(now / 1000000000);
    struct tm parts;
    char text[64], whole[96];
    localtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(whole, sizeof whole, "%s.%06d", text, (int)(now % 1000000000 / 1000));
    yd_pickle_put_text(w, "date");
    yd_pickle_put_text(w, whole);
}

/* YOLOv5 notes which of its own commits wrote the file: here, none. */
static void put_git(yd_pickle_writer *w)
{
    static const char *const keys[] = {"remote", "branch", "commit"};
    yd_pickle_put_text(w, "git");
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        yd_pickle_put_text(w, keys[i]);
        yd_pickle_put_none(w);
    }
    yd_pickle_put_end_dict(w);
}

static void put_model(writer *x, const char *key, const yd_param_set *set, bool training)
{
    const char *keys[YD_HYP_COUNT];
    double values[YD_HYP_COUNT];
    yd_hyp hyp = *x->c->hyp;
    yd_model_extras extras = {.names = x->c->names ? x->c->names : (const char *const *)x->c->model->names,
                              .hyp_keys = keys,
                              .hyp_values = values,
                              .training = training,
                              .gradients = training};
    for (int k = 0; k < YD_HYP_COUNT; k++) {
        if (!hyp.present[k]) continue;
        keys[extras.hyp_count] = yd_hyp_name((yd_hyp_key)k);
        values[extras.hyp_count++] = *yd_hyp_value(&hyp, (yd_hyp_key)k);
    }
    yd_pickle_put_text(x->w, key);
    if (set)
        yd_pickle_put_model(&x->pickle, set, &extras);
    else
        yd_pickle_put_none(x->w);
}

static yd_status put_checkpoint(writer *x, int *order)
{
    const yd_checkpoint *c = x->c;
    yd_pickle_writer *w = x->w;
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    yd_pickle_put_text(w, "epoch");
    yd_pickle_put_int(w, c->epoch);
    put_number(w, "best_fitness", c->best_fitness);
    put_model(x, "model", c->values, true);
    put_model(x, "ema", c->average, false);
    yd_pickle_put_text(w, "updates");
    yd_pickle_put_int(w, c->updates);
    put_optimizer(x, order);
    YD_TRY(put_options(x));
    if (c->wandb_id) {
        yd_pickle_put_text(w, "wandb_id");
        yd_pickle_put_text(w, c->wandb_id);
    }
    put_git(w);
    put_date(w);
    if (c->resume) put_resume(x);
    yd_pickle_put_end_dict(w);
    return YD_OK;
}

/* The storages, one after the other through one buffer. */

typedef struct buffers {
    double *wide;
    void *narrow; /* of the file's type */
} buffers;

static void convert(const yd_storage_source *source, const double *from, void *to)
{
    for (size_t i = 0; i < source->elements; i++) {
        if (source->type == YD_PT_F16)
            ((uint16_t *)to)[i] = yd_float_to_half((float)from[i]);
        else
            ((float *)to)[i] = (float)from[i];
    }
}

static yd_status write_storage(const writer *x, yd_archive *archive, int number, const buffers *b)
{
    const yd_storage_source *source = &YD_AT(yd_storage_source, &x->pickle.storages, number);
    const yd_model *model = x->c->model;
    const void *bytes = b->narrow;
    size_t size = source->type == YD_PT_F16 ? 2 : source->type == YD_PT_F32 ? 4 : 8;
    if (!source->set) {
        bytes = source->values;
    } else if (source->type == YD_PT_I64) {
        bytes = &source->set->counters[model->params[source->param].offset];
    } else {
        yd_param_read(model, source->set, source->param, b->wide);
        convert(source, b->wide, b->narrow);
    }
    YD_TRY(yd_archive_begin(archive, number, source->elements * size, x->error));
    YD_TRY(yd_zip_put(archive->zip, bytes, source->elements * size, x->error));
    return yd_zip_end(archive->zip, x->error);
}

static yd_status write_storages(const writer *x, yd_archive *archive)
{
    size_t most = 1;
    for (int i = 0; i < x->c->model->param_count; i++)
        if (x->c->model->params[i].plain > most) most = x->c->model->params[i].plain;
    buffers b = {malloc(most * sizeof *b.wide), malloc(most * sizeof(float))};
    yd_status status = YD_OK;
    if (!b.wide || !b.narrow) status = yd_fail(x->error, YD_ERR_MEMORY, "no memory to write a checkpoint");
    for (size_t i = 0; status == YD_OK && i < x->pickle.storages.count; i++)
        status = write_storage(x, archive, (int)i, &b);
    free(b.wide);
    free(b.narrow);
    return status;
}

static yd_status put_file(const writer *x, const char *path, yd_archive *archive)
{
    const char *bytes;
    size_t length;
    if (x->pickle.failed) return yd_fail(x->error, YD_ERR_MEMORY, "%s: no memory to write it", path);
    YD_TRY(yd_pickle_writer_finish(x->w, &bytes, &length, x->error));
    YD_TRY(yd_archive_create(archive, path, bytes, length, x->error));
    yd_status status = write_storages(x, archive);
    return status == YD_OK ? YD_OK : yd_archive_finish(archive, status, x->error);
}

yd_status yd_checkpoint_begin(const char *path, const yd_checkpoint *c, yd_archive *archive, yd_error *error)
{
    YD_ASSERT(!c->resume || (c->average && c->momenta));
    size_t count = (size_t)c->model->param_count;
    int *order = malloc(3 * count * sizeof *order);
    writer x = {.c = c, .w = yd_pickle_writer_create(), .error = error};
    yd_model_pickle_start(&x.pickle, x.w, c->model);
    yd_status status = YD_OK;
    if (!order || !x.w || (c->resume && yd_resume_state_failed(c->resume))) {
        status = yd_fail(error, YD_ERR_MEMORY, "%s: no memory to write it", path);
        goto out;
    }
    x.momenta = order + count;
    x.squares = x.momenta + count;
    for (size_t i = 0; i < count; i++) x.momenta[i] = x.squares[i] = -1;
    status = put_checkpoint(&x, order);
    if (status == YD_OK) status = put_file(&x, path, archive);
out:
    yd_model_pickle_free(&x.pickle);
    yd_pickle_writer_destroy(x.w);
    free(order);
    return status;
}

yd_status yd_checkpoint_write(const char *path, const yd_checkpoint *c, yd_error *error)
{
    yd_archive archive;
    YD_TRY(yd_checkpoint_begin(path, c, &archive, error));
    return yd_archive_finish(&archive, YD_OK, error);
}
