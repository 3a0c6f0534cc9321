/* Checkpoints of a run: what is written is restored bit for bit, on every backend; stripped as YOLOv5 strips;
 * and a write that fails leaves the old file. */
#include "backend/cpu/cpu.h"
#include "backend/ref/ref.h"
#include "base/file.h"
#include "base/rng.h"
#include "io/archive.h"
#include "io/checkpoint.h"
#include "io/half.h"
#include "io/pickle_writer.h"
#include "io/pt.h"
#include "support/run.h"
#include "support/test.h"
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *path_of(const char *name)
{
    static char paths[4][4200];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", yd_test_folder(), name);
    return path;
}

#define OK(call)                                                                                             \
    do {                                                                                                     \
        if ((call) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s: %s", #call, error.message);              \
    } while (0)

static const yd_backend *const backends[] = {&yd_backend_ref, &yd_backend_cpu};

static void check_restored(const yd_backend *backend, bool adam)
{
    yd_error error = {0};
    yd_test_run r;
    yd_test_run_open(&r, backend);
    if (adam) yd_test_run_take_adam(&r);
    const char *path = path_of("last.pt");
    char live[65], stored[65], again[65];
    bool forgotten = true;
    OK(yd_checkpoint_write(path, &r.checkpoint, &error));
    yd_train_state_hash(r.model, &r.sets, live);
    OK(yd_train_state_hash_of_file(path, stored, &error));
    CHECK(strlen(live) == 64);
    CHECK_TEXT(stored, live);
    yd_param_set own[4] = {0};
    const yd_train_sets sets = {&own[0], &own[1], &own[2], &own[3]};
    for (int i = 0; i < (adam ? 4 : 3); i++)
        OK(yd_param_set_create(r.model, i < 2 ? YD_SET_VALUES : YD_SET_GRADIENTS, &own[i], &error));
    yd_resume_state *state;
    OK(yd_checkpoint_restore(path, r.model, &sets, &state, &forgotten, &error));
    CHECK(!forgotten);
    yd_train_state_hash(r.model, &sets, again);
    CHECK_TEXT(again, live);
    /* The hash sees a change of one bit, in any set. */
    own[1].counters[0] ^= 1;
    yd_train_state_hash(r.model, &sets, again);
    CHECK(strcmp(again, live) != 0);
    yd_resume_state_destroy(state);
    for (int i = 0; i < 4; i++) yd_param_set_destroy(r.model, &own[i]);
    yd_test_run_close(&r);
}

static void restored_bit_for_bit(void)
{
    for (int b = 0; b < 2; b++) {
        check_restored(backends[b], false);
        check_restored(backends[b], true);
    }
}

/* A file of SGD says nothing to Adam, nor the other way round: weights come back, moments stay as they are.
 */
static void another_optimizers_memory_is_left(void)
{
    for (int adam = 0; adam < 2; adam++) {
        yd_error error = {0};
        yd_test_run r;
        yd_resume_state *state;
        bool forgotten = false;
        yd_test_run_open(&r, &yd_backend_ref);
        if (adam) yd_test_run_take_adam(&r);
        OK(yd_checkpoint_write(path_of("last.pt"), &r.checkpoint, &error));
        yd_param_set own[4] = {0};
        const yd_train_sets sets = {&own[0], &own[1], &own[2], &own[3]};
        for (int i = 0; i < (adam ? 3 : 4); i++)
            OK(yd_param_set_create(r.model, i < 2 ? YD_SET_VALUES : YD_SET_GRADIENTS, &own[i], &error));
        OK(yd_checkpoint_restore(path_of("last.pt"), r.model, &sets, &state, &forgotten, &error));
        CHECK(forgotten);
        CHECK(*(double *)own[0].region[YD_REGION_WEIGHT] == *(double *)r.values.region[YD_REGION_WEIGHT]);
        CHECK(r.model->backend->sum_squares(r.device, r.model->region_elements[YD_REGION_WEIGHT],
                                            own[2].region[YD_REGION_WEIGHT]) == 0);
        yd_resume_state_destroy(state);
        for (int i = 0; i < 4; i++) yd_param_set_destroy(r.model, &own[i]);
        yd_test_run_close(&r);
    }
}

/* {"state": {n: {"step", "exp_avg", "exp_avg_sq"}}, "param_groups": [{"lr", "betas", "eps", …}]} */
static void adam_as_pytorch_keeps_it(void)
{
    yd_error error = {0};
    yd_test_run r;
    yd_pt *pt;
    yd_pt_tensor tensor;
    yd_test_run_open(&r, &yd_backend_ref);
    yd_test_run_take_adam(&r);
    OK(yd_checkpoint_write(path_of("last.pt"), &r.checkpoint, &error));
    OK(yd_pt_open(path_of("last.pt"), &pt, &error));
    const yd_pickle_node *optimizer = yd_pickle_get(yd_pt_root(pt), "optimizer");
    const yd_pickle_node *state = yd_pickle_get(optimizer, "state");
    const yd_pickle_node *groups = yd_pickle_get(optimizer, "param_groups");
    REQUIRE(state && state->count && groups && groups->count == 3);
    const yd_pickle_node *first = state->items[1], *step = yd_pickle_get(first, "step");
    CHECK(state->items[0]->integer == 0 && first->count == 6);
    CHECK(yd_pickle_is(step, YD_PICKLE_INT) && step->integer == 29);
    OK(yd_pt_tensor_of(pt, yd_pickle_get(first, "exp_avg"), "exp_avg", &tensor, &error));
    OK(yd_pt_tensor_of(pt, yd_pickle_get(first, "exp_avg_sq"), "exp_avg_sq", &tensor, &error));
    float *square = malloc(tensor.elements * sizeof *square);
    double *wanted = malloc(tensor.elements * sizeof *wanted);
    REQUIRE(square && wanted);
    OK(yd_pt_floats(pt, &tensor, square, &error));
    int bias = 0; /* the first parameter of the first group */
    while (r.model->params[bias].counter || r.model->params[bias].region != YD_REGION_BIAS) bias++;
    REQUIRE(r.model->params[bias].plain == tensor.elements);
    yd_param_read(r.model, &r.squares, bias, wanted);
    for (size_t i = 0; i < tensor.elements; i++) CHECK(square[i] == (float)wanted[i]);
    free(wanted);
    free(square);
    const yd_pickle_node *betas = yd_pickle_get(groups->items[1], "betas");
    REQUIRE(betas && betas->count == 2);
    CHECK(betas->items[0]->real == .937 && betas->items[1]->real == .999);
    CHECK(yd_pickle_get(groups->items[1], "weight_decay")->real == 5e-4);
    CHECK(yd_pickle_get(groups->items[0], "weight_decay")->real == 0);
    CHECK(yd_pickle_get(groups->items[0], "eps")->real == 1e-8);
    CHECK(!yd_pickle_get(groups->items[0], "momentum"));
    yd_pt_close(pt);
    yd_test_run_close(&r);
}

static void the_trainers_part_comes_back(void)
{
    yd_error error = {0};
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_ref);
    const char *path = path_of("last.pt"), *words;
    OK(yd_checkpoint_write(path, &r.checkpoint, &error));
    yd_resume_state *state;
    OK(yd_checkpoint_restore(path, r.model, &r.sets, &state, &(bool){0}, &error));
    int64_t step;
    double best, fitness, maps[3], none;
    OK(yd_resume_get_integer(state, "step", INT64_MIN, 0, &step, &error));
    OK(yd_resume_get_number(state, "best", &best, &error));
    OK(yd_resume_get_number(state, "fitness", &fitness, &error));
    OK(yd_resume_get_text(state, "words", &words, &error));
    OK(yd_resume_get_numbers(state, "maps", maps, 3, &error));
    OK(yd_resume_get_numbers(state, "none", &none, 0, &error));
    CHECK(step == INT64_MIN && best == 0 && signbit(best) && isnan(fitness));
    CHECK(maps[0] == .1 && isinf(maps[1]) && maps[2] == 5e-324);
    CHECK_TEXT(words, "größe\n\"quoted\"");
    CHECK(yd_resume_state_count(state) == 7);
    CHECK(yd_resume_get_integer(state, "batch", 0, 11, &step, &error) == YD_ERR_FORMAT);
    yd_resume_state_destroy(state);
    yd_test_run_close(&r);
}

/* What --weights sees: the average, rounded to float16. */
static void check_average(const yd_test_run *r, const yd_weights *weights)
{
    CHECK(weights->tensor_count == r->model->param_count);
    for (int i = 0; i < r->model->param_count && i < weights->tensor_count; i++) {
        const yd_param *param = &r->model->params[i];
        const yd_tensor_entry *tensor = &weights->tensors[i];
        double *plain = malloc(param->plain * sizeof *plain);
        REQUIRE(plain && tensor->elements == param->plain);
        CHECK_TEXT(tensor->name, param->name);
        CHECK(tensor->integer == param->counter);
        if (!param->counter) yd_param_read(r->model, &r->average, i, plain);
        bool same = true;
        for (size_t k = 0; k < param->plain && !param->counter; k++)
            same = same && tensor->values[k] == yd_half_to_float(yd_float_to_half((float)plain[k]));
        CHECK(same);
        free(plain);
    }
}

static void weights_are_the_average(void)
{
    yd_error error = {0};
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_cpu);
    const char *path = path_of("best.pt");
    yd_weights *weights;
    OK(yd_checkpoint_write(path, &r.checkpoint, &error));
    OK(yd_weights_load(path, &weights, &error));
    CHECK(weights->epoch == 3 && weights->has_ema && weights->has_optimizer && weights->has_resume);
    CHECK(weights->nc == 2 && weights->names);
    CHECK_TEXT(weights->names ? weights->names[1] : "", "größe");
    check_average(&r, weights);
    CHECK(weights->yaml.row_count == 11 && weights->yaml.backbone_count == 6 && !weights->yaml_problem);
    CHECK(weights->yaml.anchors[1][1] == 61.5 && weights->yaml.level_count == 2);
    CHECK(weights->yaml.rows[10].args[0].kind == YD_ARG_NC &&
          weights->yaml.rows[7].args[0].kind == YD_ARG_NONE);
    size_t trained = 0;
    for (int i = 0; i < r.model->param_count; i++)
        if (!r.model->params[i].counter && r.model->params[i].region != YD_REGION_STATISTIC)
            trained += r.model->params[i].plain;
    CHECK(weights->parameters == trained);
    int transferred;
    yd_weights_transfer(weights, r.model, &r.values, NULL, &transferred);
    CHECK(transferred == r.model->param_count);
    yd_weights_transfer(weights, r.model, &r.values, "anchor", &transferred);
    CHECK(transferred == r.model->param_count - 1);
    yd_model *other =
        yd_test_run_model(&r, 5); /* another number of classes: all but Detect's convolutions fit */
    yd_param_set set;
    OK(yd_param_set_create(other, YD_SET_VALUES, &set, &error));
    yd_weights_transfer(weights, other, &set, NULL, &transferred);
    CHECK(transferred == other->param_count - 4);
    bool *fits = calloc((size_t)other->param_count, sizeof *fits);
    REQUIRE(fits);
    yd_weights_fit(weights, other, NULL, fits);
    for (int i = 0; i < other->param_count; i++) transferred -= fits[i];
    CHECK(transferred == 0);
    free(fits);
    yd_param_set_destroy(other, &set);
    yd_model_destroy(other);
    yd_weights_free(weights);
    yd_test_run_close(&r);
}

static void stripped_files_hold_the_average_alone(void)
{
    yd_error error = {0};
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_ref);
    const char *path = path_of("last.pt");
    yd_weights *before, *after;
    char *bytes, hash[65];
    size_t whole, rest;
    OK(yd_checkpoint_write(path, &r.checkpoint, &error));
    OK(yd_weights_load(path, &before, &error));
    OK(yd_file_read(path, 0, &bytes, &whole, &error));
    free(bytes);
    OK(yd_checkpoint_strip(path, &error));
    OK(yd_file_read(path, 0, &bytes, &rest, &error));
    free(bytes);
    CHECK(rest * 4 <
          whole); /* of two times float16 and three times float32, one float16 is left, and the pickle */
    OK(yd_weights_load(path, &after, &error));
    CHECK(after->epoch == -1 && !after->has_ema && !after->has_optimizer && !after->has_resume);
    CHECK_TEXT(after->sha256, before->sha256);
    CHECK(after->yaml.row_count == 11 && after->parameters == before->parameters);
    check_average(&r, after);
    OK(yd_train_state_hash_of_file(path, hash, &error));
    CHECK_TEXT(hash, "");
    yd_resume_state *state;
    CHECK(yd_checkpoint_restore(path, r.model, &r.sets, &state, &(bool){0}, &error) == YD_ERR_FORMAT);
    CHECK(!state && strstr(error.message, "last.pt") && strstr(error.message, "stripped"));
    OK(yd_checkpoint_strip(path, &error)); /* again: nothing changes */
    yd_weights_free(before);
    OK(yd_weights_load(path, &before, &error));
    CHECK_TEXT(before->sha256, after->sha256);
    yd_weights_free(before);
    yd_weights_free(after);
    yd_test_run_close(&r);
}

static void without_optimizer(void)
{
    yd_error error = {0};
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_ref);
    const char *path = path_of("final.pt");
    yd_weights *weights;
    yd_resume_state *state;
    r.checkpoint.momenta = NULL, r.checkpoint.resume = NULL;
    OK(yd_checkpoint_write(path, &r.checkpoint, &error));
    OK(yd_weights_load(path, &weights, &error));
    CHECK(!weights->has_optimizer && !weights->has_resume && weights->has_ema);
    yd_weights_free(weights);
    CHECK(yd_checkpoint_restore(path, r.model, &r.sets, &state, &(bool){0}, &error) == YD_ERR_FORMAT);
    yd_test_run_close(&r);
}

static void another_model_is_refused(void)
{
    yd_error error = {0};
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_ref);
    const char *path = path_of("last.pt");
    yd_resume_state *state;
    OK(yd_checkpoint_write(path, &r.checkpoint, &error));
    yd_model *other = yd_test_run_model(&r, 3);
    yd_param_set sets[3];
    for (int i = 0; i < 3; i++)
        OK(yd_param_set_create(other, i < 2 ? YD_SET_VALUES : YD_SET_GRADIENTS, &sets[i], &error));
    CHECK(yd_checkpoint_restore(path, other, &(yd_train_sets){&sets[0], &sets[1], &sets[2], NULL}, &state,
                                &(bool){0}, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "another shape") != NULL);
    for (int i = 0; i < 3; i++) yd_param_set_destroy(other, &sets[i]);
    yd_model_destroy(other);
    yd_test_run_close(&r);
}

/* A file that was cut, or in which a byte changed: refused, or read as if nothing had happened. Nothing else.
 */
static void damage_is_noticed(void)
{
    yd_error error = {0};
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_ref);
    const char *path = path_of("last.pt"), *broken = path_of("broken.pt");
    char *bytes, good[65], hash[65];
    size_t length;
    OK(yd_checkpoint_write(path, &r.checkpoint, &error));
    OK(yd_train_state_hash_of_file(path, good, &error));
    OK(yd_file_read(path, 0, &bytes, &length, &error));
    yd_rng rng = yd_rng_make(1, 2, 3, 4);
    for (int i = 0; i < 300; i++) {
        size_t at = (size_t)(yd_rng_uniform(&rng) * (double)length);
        yd_weights *weights;
        bytes[at] ^= 0x20;
        if (yd_weights_load_memory(bytes, length, "broken.pt", &weights, &error) == YD_OK) {
            CHECK(weights->tensor_count == r.model->param_count);
            yd_weights_free(weights);
        } else {
            CHECK(error.status == YD_ERR_FORMAT || error.status == YD_ERR_UNSUPPORTED);
            CHECK(strstr(error.message, "broken.pt") != NULL);
        }
        if (i % 10 == 0) {
            OK(yd_file_write(broken, bytes, length, &error));
            if (yd_train_state_hash_of_file(broken, hash, &error) == YD_OK && hash[0]) CHECK_TEXT(hash, good);
        }
        bytes[at] ^= 0x20;
        CHECK(yd_weights_load_memory(bytes, at, "broken.pt", &weights, &error) == YD_ERR_FORMAT);
    }
    free(bytes);
    yd_test_run_close(&r);
}

/* What a lie does to the pickle of a whole checkpoint. */
typedef void change(yd_pickle_node *root);

static yd_pickle_node *entry_of(yd_pickle_node *root)
{
    yd_pickle_node *entry = yd_pickle_get(root, "yolodeck");
    REQUIRE(entry);
    return entry;
}

static void drop_last(yd_pickle_node *root, const char *key)
{
    yd_pickle_node *dict = yd_pickle_get(entry_of(root), key);
    REQUIRE(dict && dict->count >= 2);
    dict->count -= 2;
}

static void nothing(yd_pickle_node *root)
{
    (void)root;
}

static void other_version(yd_pickle_node *root)
{
    yd_pickle_get(entry_of(root), "version")->integer = 2;
}

static void no_average(yd_pickle_node *root)
{
    yd_pickle_get(entry_of(root), "average")->kind = YD_PICKLE_LIST;
}

static void one_momentum_less(yd_pickle_node *root)
{
    drop_last(root, "momenta");
}

static void one_renamed(yd_pickle_node *root)
{
    yd_pickle_node *dict = yd_pickle_get(entry_of(root), "values"), *name = dict->items[0];
    name->text = "model.0.conv.weighs";
}

static void one_of_another(yd_pickle_node *root)
{
    yd_pickle_node *dict = yd_pickle_get(entry_of(root), "values");
    dict->items[1] = dict->items[3];
}

static void one_halved(yd_pickle_node *root) /* the same shape, from the model's own float16 */
{
    yd_pickle_node *module = yd_pickle_attribute(yd_pickle_get(root, "model"), "_modules");
    static const char *const path[] = {"model", "0", "conv"};
    for (size_t i = 0; i < 3; i++) {
        module = yd_pickle_get(module, path[i]);
        if (i < 2) module = yd_pickle_attribute(module, "_modules");
    }
    yd_pickle_node *half = yd_pickle_get(yd_pickle_attribute(module, "_parameters"), "weight");
    REQUIRE(half);
    yd_pickle_get(entry_of(root), "values")->items[1] = half;
}

static void one_no_tensor(yd_pickle_node *root)
{
    yd_pickle_node *dict = yd_pickle_get(entry_of(root), "average");
    dict->items[1] = dict->items[0];
}

static void no_state(yd_pickle_node *root)
{
    yd_pickle_get(entry_of(root), "state")->kind = YD_PICKLE_LIST;
}

static void state_of_tensors(yd_pickle_node *root)
{
    yd_pickle_node *state = yd_pickle_get(entry_of(root), "state");
    state->items[1] = yd_pickle_get(entry_of(root), "values");
}

static void state_without_keys(yd_pickle_node *root)
{
    yd_pickle_node *state = yd_pickle_get(entry_of(root), "state");
    state->items[0] = state->items[1];
}

static void list_of_texts(yd_pickle_node *root)
{
    yd_pickle_node *state = yd_pickle_get(entry_of(root), "state");
    yd_pickle_get(state, "maps")->items[1] = state->items[0];
}

static yd_status put_same_storage(void *context, yd_pickle_writer *w, const yd_pickle_node *node,
                                  yd_error *error)
{
    YD_TRY(yd_pickle_put_tree(w, node->items[0], NULL, context, error));
    yd_pickle_put_persistent(w);
    return YD_OK;
}

/* The file once more, with another pickle and the same storages. */
static void rewrite(const char *from, const char *to, change *apply)
{
    yd_pt *pt;
    yd_archive archive;
    yd_error error = {0};
    yd_pickle_writer *w = yd_pickle_writer_create();
    const char *bytes;
    size_t length;
    OK(yd_pt_open(from, &pt, &error));
    apply(yd_pt_root(pt));
    OK(yd_pickle_put_tree(w, yd_pt_root(pt), put_same_storage, NULL, &error));
    OK(yd_pickle_writer_finish(w, &bytes, &length, &error));
    OK(yd_archive_create(&archive, to, bytes, length, &error));
    for (int key = 0; key < yd_pt_storage_count(pt); key++) {
        char name[16];
        const unsigned char *data;
        yd_pickle_node text = {.kind = YD_PICKLE_TEXT, .text = name},
                       parts[5] = {{.kind = YD_PICKLE_TEXT, .text = "storage", .count = 7}};
        text.count = (size_t)snprintf(name, sizeof name, "%d", key);
        parts[1] = (yd_pickle_node){.kind = YD_PICKLE_GLOBAL, .text = ""};
        parts[4].kind = YD_PICKLE_INT;
        yd_pickle_node *items[] = {&parts[0], &parts[1], &text, &text, &parts[4]};
        yd_pickle_node id = {.kind = YD_PICKLE_TUPLE, .items = items, .count = 5}, *inner = &id;
        int storage = yd_pt_storage_of(
            pt, &(yd_pickle_node){.kind = YD_PICKLE_PERSISTENT, .items = &inner, .count = 1});
        REQUIRE(storage >= 0);
        OK(yd_pt_storage(pt, storage, &data, &length, &error));
        OK(yd_archive_begin(&archive, key, length, &error));
        OK(yd_zip_put(archive.zip, data, length, &error));
        OK(yd_zip_end(archive.zip, &error));
    }
    OK(yd_archive_finish(&archive, YD_OK, &error));
    yd_pickle_writer_destroy(w);
    yd_pt_close(pt);
}

static void lies_about_the_state_are_refused(void)
{
    static const struct {
        change *apply;
        const char *says; /* NULL: restored */
    } lies[] = {
        {nothing, NULL},
        {other_version, "another version"},
        {no_average, "average are missing"},
        {one_momentum_less, "tensors of the momenta"},
        {one_renamed, "model.0.conv.weight is missing"},
        {one_of_another, "model.0.conv.weight has another shape"},
        {one_halved, "not of full precision"},
        {one_no_tensor, "is not a tensor"},
        {no_state, "trainer's state is missing"},
        {state_of_tensors, "trainer's state is damaged"},
        {state_without_keys, "trainer's state is damaged"},
        {list_of_texts, "trainer's state is damaged"},
    };
    yd_error error = {0};
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_ref);
    const char *path = path_of("last.pt"), *lie = path_of("lie.pt");
    OK(yd_checkpoint_write(path, &r.checkpoint, &error));
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        yd_resume_state *state;
        rewrite(path, lie, lies[i].apply);
        yd_status status = yd_checkpoint_restore(lie, r.model, &r.sets, &state, &(bool){0}, &error);
        bool right = lies[i].says ? status == YD_ERR_FORMAT && !state &&
                                        strstr(error.message, lies[i].says) && strstr(error.message, "lie.pt")
                                  : status == YD_OK;
        if (!right) fprintf(stderr, "case %zu: %s\n", i, error.message);
        CHECK(right);
        yd_resume_state_destroy(state);
    }
    yd_test_run_close(&r);
}

static int temporary_files(void)
{
    DIR *folder = opendir(yd_test_folder());
    int count = 0;
    REQUIRE(folder);
    for (struct dirent *entry; (entry = readdir(folder));) count += strstr(entry->d_name, ".tmp") != NULL;
    closedir(folder);
    return count;
}

static void full_disk_leaves_the_old_file(void)
{
    yd_error error = {0};
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_ref);
    const char *path = path_of("kept.pt");
    char before[65], after[65];
    OK(yd_checkpoint_write(path, &r.checkpoint, &error));
    OK(yd_train_state_hash_of_file(path, before, &error));
    for (int strip = 0; strip < 2; strip++) {
        pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            struct rlimit limit = {20000, 20000};
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &limit);
            yd_status status =
                strip ? yd_checkpoint_strip(path, &error) : yd_checkpoint_write(path, &r.checkpoint, &error);
            _exit(status == YD_ERR_IO && strstr(error.message, "kept.pt") ? 0 : 1);
        }
        int result;
        REQUIRE(waitpid(child, &result, 0) == child);
        CHECK(WIFEXITED(result) && WEXITSTATUS(result) == 0);
        OK(yd_train_state_hash_of_file(path, after, &error));
        CHECK_TEXT(after, before);
    }
    CHECK(temporary_files() == 0);
    yd_test_run_close(&r);
}

static void halves(void)
{
    static const struct {
        float value;
        uint16_t half;
    } rows[] = {{0, 0},
                {-0.0F, 0x8000},
                {1, 0x3c00},
                {65504, 0x7bff},
                {65519.99F, 0x7bff},
                {65520, 0x7c00},
                {1e30F, 0x7c00},
                {-1e30F, 0xfc00},
                {5.960464e-8F, 1},
                {2.980232e-8F, 0},
                {2.980233e-8F, 1},
                {6.097555e-5F, 0x03ff},
                {6.1035156e-5F, 0x0400},
                {1.00048828125F, 0x3c00},
                {1.00146484375F, 0x3c02},
                {2049, 0x6800},
                {2051, 0x6802}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK(yd_float_to_half(rows[i].value) == rows[i].half);
    for (uint32_t h = 0; h < 0x10000; h++) {
        float value = yd_half_to_float((uint16_t)h);
        bool same = isnan(value) ? (h & 0x7fff) > 0x7c00 : yd_float_to_half(value) == h;
        if (!same) yd_test_fatal(__FILE__, __LINE__, "half %04x does not survive", h);
    }
    CHECK(isnan(yd_half_to_float(yd_float_to_half(NAN))));
    CHECK(yd_bfloat_to_float(0x3fc0) == 1.5F);
}

/* What a YAML of before v7.0 does not say, the modules do. */
static void activation_of_the_modules(void)
{
    static const char *const wanted[] = {"nn.Hardswish()", "nn.LeakyReLU(0.25)", "nn.ReLU()", NULL};
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_ref);
    for (int i = 0; i < 4; i++) {
        yd_error error = {0};
        yd_model *model;
        yd_weights *weights;
        yd_model_yaml yaml = r.model->yaml;
        yd_checkpoint checkpoint = r.checkpoint;
        yaml.activation = wanted[i];
        OK(yd_model_create(&yaml, 0, r.backend, r.device, &model, &error));
        model->yaml.activation = NULL; /* of its file too */
        checkpoint.model = model;
        OK(yd_checkpoint_write(path_of("activation.pt"), &checkpoint, &error));
        OK(yd_weights_load(path_of("activation.pt"), &weights, &error));
        CHECK(weights->yaml.row_count > 0 && !weights->yaml.activation == !wanted[i]);
        if (wanted[i] && weights->yaml.activation) CHECK_TEXT(weights->yaml.activation, wanted[i]);
        yd_weights_free(weights);
        yd_model_destroy(model);
    }
    yd_test_run_close(&r);
}

static const yd_test_case cases[] = {
    {"the activation is that of the modules", activation_of_the_modules},
    {"restored bit for bit", restored_bit_for_bit},
    {"another optimizer's memory is left", another_optimizers_memory_is_left},
    {"Adam as PyTorch keeps it", adam_as_pytorch_keeps_it},
    {"the trainer's part comes back", the_trainers_part_comes_back},
    {"weights are the average", weights_are_the_average},
    {"stripped files hold the average alone", stripped_files_hold_the_average_alone},
    {"without optimizer", without_optimizer},
    {"another model is refused", another_model_is_refused},
    {"damage is noticed", damage_is_noticed},
    {"lies about the state are refused", lies_about_the_state_are_refused},
    {"full disk leaves the old file", full_disk_leaves_the_old_file},
    {"halves", halves},
};
TEST_MAIN(cases)
