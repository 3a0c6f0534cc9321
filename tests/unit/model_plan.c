/* Plans: what may share memory, which views gradients come in, what is skipped; and that none of it changes a
 * result. */
#include "backend/ref/ref.h"
#include "base/rng.h"
#include "model/plan_internal.h"
#include "support/models.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Small, but with everything: a long chain of adds (more gradients than a kernel takes), pools in a row, a
 * concatenation of three, one inside another, a value read by three rows, two levels. */
static const char rows[] = "[-1, 1, Conv, [8, 6, 2, 2]]\n"
                           "[-1, 6, C3, [8]]\n"
                           "[-1, 1, Conv, [16, 3, 2]]\n"
                           "[-1, 1, SPPF, [16, 3]]\n"
                           "[-1, 1, nn.Upsample, [None, 2, nearest]]\n"
                           "[[-1, 1, 1], 1, Concat, [1]]\n"
                           "[[-1, 0, 1], 1, Concat, [1]]\n"
                           "[-1, 1, C3, [8, False]]\n"
                           "[-1, 1, Conv, [16, 3, 2]]\n"
                           "[[-1, 3], 1, Concat, [1]]\n"
                           "[[7, 9], 1, Detect, [nc, anchors]]\n";
enum { BATCH = 2, SIZE = 16 };

typedef struct setup {
    yd_test_model test;
    yd_param_set weights, gradients;
    yd_plan_cache *cache;
    float *images;
} setup;

static float *make_images(int batch, int size)
{
    size_t count = (size_t)batch * 3 * (size_t)size * (size_t)size;
    float *images = malloc(count * sizeof *images);
    yd_rng rng = yd_rng_make(3, 0, 0, 0);
    for (size_t i = 0; i < count; i++) images[i] = (float)yd_rng_uniform(&rng);
    return images;
}

static setup open_setup(const yd_backend *backend, const char *text, int levels)
{
    yd_error error;
    setup s = {.test = yd_test_model_rows(backend, text, levels)};
    REQUIRE(yd_param_set_create(s.test.model, YD_SET_VALUES, &s.weights, &error) == YD_OK);
    REQUIRE(yd_param_set_create(s.test.model, YD_SET_GRADIENTS, &s.gradients, &error) == YD_OK);
    REQUIRE(yd_plan_cache_create(s.test.model, 2, &s.cache, &error) == YD_OK);
    yd_model_init(s.test.model, &s.weights, 5, 0.99);
    s.images = make_images(BATCH, SIZE);
    return s;
}

static void close_setup(setup *s)
{
    free(s->images);
    yd_plan_cache_destroy(s->cache);
    yd_param_set_destroy(s->test.model, &s->gradients);
    yd_param_set_destroy(s->test.model, &s->weights);
    yd_test_model_close(&s->test);
}

static yd_plan *get(setup *s, yd_mode mode)
{
    yd_plan *plan;
    yd_error error;
    if (yd_plan_get(s->cache, mode, BATCH, SIZE, SIZE, &plan, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return plan;
}

static size_t head_elements(const yd_head *h)
{
    return (size_t)h->b * (size_t)h->na * (size_t)h->h * (size_t)h->w * (size_t)h->no;
}

/* The loss is the sum of every map's elements times fixed numbers: its gradient. */
static double loss_and_gradient(const yd_plan *plan)
{
    yd_head heads[8];
    double loss = 0;
    int levels = yd_plan_heads(plan, heads);
    for (int level = 0; level < levels; level++) {
        yd_rng rng = yd_rng_make(4, 0, (uint32_t)level, 0);
        for (size_t i = 0; i < head_elements(&heads[level]); i++) {
            double gradient = yd_rng_between(&rng, -1, 1);
            loss += gradient * ((double *)heads[level].data)[i];
            if (heads[level].gradient) ((double *)heads[level].gradient)[i] = gradient;
        }
    }
    return loss;
}

static double step(setup *s, yd_plan *plan, bool accumulate)
{
    yd_plan_forward(plan, &s->weights, NULL, s->images);
    double loss = loss_and_gradient(plan);
    yd_plan_backward(plan, &s->weights, &s->gradients, accumulate);
    return loss;
}

static size_t region_bytes(const setup *s, int region)
{
    return s->test.model->region_elements[region] * sizeof(double);
}

static bool same_gradients(const setup *a, const setup *b)
{
    bool same = true;
    for (int r = 0; r < YD_REGION_STATISTIC; r++)
        same = same && memcmp(a->gradients.region[r], b->gradients.region[r], region_bytes(a, r)) == 0;
    return same;
}

static double *gradient_of(setup *s, const char *name, size_t *count)
{
    int index = yd_param_find(s->test.model, name);
    REQUIRE(index >= 0);
    *count = s->test.model->params[index].plain;
    double *plain = malloc(*count * sizeof *plain);
    yd_param_read(s->test.model, &s->gradients, index, plain);
    return plain;
}

/* The whole chain, against differences of the whole chain. */
static void test_gradients(void)
{
    setup s = open_setup(&yd_backend_ref, rows, 2);
    yd_plan *plan = get(&s, YD_MODE_TRAIN);
    step(&s, plan, false);
    const yd_model *model = s.test.model;
    for (int p = 0; p < model->param_count; p += 7) {
        const yd_param *param = &model->params[p];
        if (param->counter || param->region == YD_REGION_STATISTIC) continue;
        size_t count;
        double *gradient = gradient_of(&s, param->name, &count), most = 0;
        for (size_t i = 0; i < count; i++) most = fmax(most, fabs(gradient[i]));
        double *value = (double *)s.weights.region[param->region] + param->offset + count / 2, kept = *value,
               change = 1e-6;
        *value = kept + change;
        yd_plan_forward(plan, &s.weights, NULL, s.images);
        double above = loss_and_gradient(plan);
        *value = kept - change;
        yd_plan_forward(plan, &s.weights, NULL, s.images);
        double numeric = (above - loss_and_gradient(plan)) / (2 * change);
        *value = kept;
        if (fabs(numeric - gradient[count / 2]) > 1e-5 * most + 1e-7)
            yd_test_fatal(__FILE__, __LINE__, "%s: %.9g, the difference says %.9g", param->name,
                          gradient[count / 2], numeric);
        free(gradient);
    }
    close_setup(&s);
}

/* The kernels' lists are kept short by sums, and this model needs one. */
static void test_long_lists_are_summed(void)
{
    setup s = open_setup(&yd_backend_ref, rows, 2);
    const yd_plan *plan = get(&s, YD_MODE_TRAIN);
    int sums = 0;
    for (int n = 0; n < s.test.model->graph.node_count; n++) {
        CHECK(plan->nodes[n].gradients.count <= YD_MAX_GRADIENT_VIEWS);
        sums += plan->nodes[n].term_count > 0;
    }
    CHECK(sums > 0);
    close_setup(&s);
}

static int copied_concats(const setup *s, const yd_plan *plan)
{
    int copied = 0;
    for (int n = 0; n < s->test.model->graph.node_count; n++)
        copied += s->test.model->graph.nodes[n].kind == YD_OP_CONCAT && plan->nodes[n].forward;
    return copied;
}

static bool never(const yd_op_desc *desc)
{
    (void)desc;
    return false;
}

/* Concatenations written in place and copied ones give the same numbers, bit by bit. */
static void test_concats_in_place(void)
{
    yd_op_kernels stiff[YD_OP_COUNT];
    yd_backend copying = yd_backend_ref;
    for (int k = 0; k < YD_OP_COUNT; k++) {
        stiff[k] = *yd_backend_ref.ops[k];
        stiff[k].reads_slices = stiff[k].writes_slices = never;
        copying.ops[k] = &stiff[k];
    }
    setup in_place = open_setup(&yd_backend_ref, rows, 2), copied = open_setup(&copying, rows, 2);
    yd_plan *a = get(&in_place, YD_MODE_TRAIN), *b = get(&copied, YD_MODE_TRAIN);
    CHECK(copied_concats(&in_place, a) == 1); /* the one that reads a row twice */
    CHECK(copied_concats(&copied, b) == 6);
    CHECK(step(&in_place, a, false) == step(&copied, b, false));
    CHECK(same_gradients(&in_place, &copied));
    close_setup(&in_place);
    close_setup(&copied);
}

/* Shared memory against memory for every buffer of its own, full of NaN: no pass reads what another has
 * overwritten, or what nobody wrote. */
static void test_shared_memory_changes_nothing(void)
{
    for (int mode = 0; mode < 2; mode++) {
        setup shared = open_setup(&yd_backend_ref, rows, 2), apart = open_setup(&yd_backend_ref, rows, 2);
        yd_plan *a = get(&shared, (yd_mode)mode), *b = get(&apart, (yd_mode)mode);
        size_t bytes = 0, shared_bytes = a->bytes;
        for (int i = 0; i < b->span_count; i++) {
            b->spans[i].offset = bytes;
            bytes += (b->spans[i].bytes + 63) / 64 * 64;
        }
        CHECK(shared_bytes < bytes);
        b->bytes = bytes + b->scratch;
        size_t memory_bytes = b->bytes;
        char *memory = yd_block_alloc(memory_bytes);
        REQUIRE(memory);
        memset(memory, 0xff, b->bytes);
        yd_plan_bind(b, memory);
        if (mode == YD_MODE_TRAIN) {
            CHECK(step(&shared, a, false) == step(&apart, b, false));
            CHECK(same_gradients(&shared, &apart));
        } else {
            yd_plan_forward(a, &shared.weights, NULL, shared.images);
            yd_plan_forward(b, &apart.weights, NULL, apart.images);
            double loss = loss_and_gradient(a);
            CHECK(isfinite(loss) && loss == loss_and_gradient(b));
        }
        close_setup(&shared);
        close_setup(&apart);
        yd_block_free(memory, memory_bytes);
    }
}

static void test_accumulation(void)
{
    setup once = open_setup(&yd_backend_ref, rows, 2), twice = open_setup(&yd_backend_ref, rows, 2);
    yd_plan *a = get(&once, YD_MODE_TRAIN), *b = get(&twice, YD_MODE_TRAIN);
    step(&once, a, false);
    step(&twice, b, false);
    step(&twice, b, true);
    for (int r = 0; r < YD_REGION_STATISTIC; r++) {
        const double *one = once.gradients.region[r], *two = twice.gradients.region[r];
        for (size_t i = 0; i < once.test.model->region_elements[r]; i++) CHECK(two[i] == 2 * one[i]);
    }
    step(&twice, b, false); /* overwrites */
    CHECK(same_gradients(&once, &twice));
    close_setup(&once);
    close_setup(&twice);
}

static void test_frozen_layers(void)
{
    setup all = open_setup(&yd_backend_ref, rows, 2), some = open_setup(&yd_backend_ref, rows, 2);
    yd_model_freeze(some.test.model, (int[]){2}, 1);
    yd_plan *a = get(&all, YD_MODE_TRAIN), *b = get(&some, YD_MODE_TRAIN);
    CHECK(step(&all, a, false) == step(&some, b, false));
    CHECK(b->bytes < a->bytes);
    const yd_model *model = some.test.model;
    for (int p = 0; p < model->param_count; p++) {
        const yd_param *param = &model->params[p];
        if (param->counter || param->region == YD_REGION_STATISTIC) continue;
        size_t count;
        double *whole = gradient_of(&all, param->name, &count),
               *part = gradient_of(&some, param->name, &count);
        for (size_t i = 0; i < count; i++) CHECK(part[i] == (param->frozen ? 0 : whole[i]));
        free(whole);
        free(part);
    }
    for (int n = 0; n < model->graph.node_count; n++)
        if (model->graph.nodes[n].layer < 2) CHECK(!b->nodes[n].backward);
    double mean[8];
    yd_param_read(model, &some.weights, yd_param_find(model, "model.0.bn.running_mean"), mean);
    CHECK(mean[0] != 0); /* statistics move all the same */
    close_setup(&all);
    close_setup(&some);
}

/* A layer in the middle that is frozen still hands gradients on. */
static void test_frozen_in_the_middle(void)
{
    setup all = open_setup(&yd_backend_ref, rows, 2), some = open_setup(&yd_backend_ref, rows, 2);
    yd_model_freeze(some.test.model, (int[]){2, 3}, 2);
    step(&all, get(&all, YD_MODE_TRAIN), false);
    step(&some, get(&some, YD_MODE_TRAIN), false);
    size_t count;
    double *whole = gradient_of(&all, "model.0.conv.weight", &count),
           *part = gradient_of(&some, "model.0.conv.weight", &count);
    CHECK(memcmp(whole, part, count * sizeof *whole) == 0);
    free(whole);
    free(part);
    close_setup(&all);
    close_setup(&some);
}

static void test_statistics_and_counters(void)
{
    setup s = open_setup(&yd_backend_ref, rows, 2);
    int tracked = yd_param_find(s.test.model, "model.7.cv3.bn.num_batches_tracked");
    double before, after;
    yd_param_read(s.test.model, &s.weights, tracked, &before);
    yd_plan_forward(get(&s, YD_MODE_EVAL), &s.weights, NULL, s.images);
    yd_param_read(s.test.model, &s.weights, tracked, &after);
    CHECK(before == 1 && after == 1);
    yd_plan_forward(get(&s, YD_MODE_TRAIN), &s.weights, NULL, s.images);
    yd_param_read(s.test.model, &s.weights, tracked, &after);
    CHECK(after == 2);
    close_setup(&s);
}

static void test_bytes_and_floats(void)
{
    setup s = open_setup(&yd_backend_ref, rows, 2);
    yd_plan *plan = get(&s, YD_MODE_EVAL);
    size_t count = (size_t)BATCH * 3 * SIZE * SIZE;
    uint8_t *bytes = malloc(count);
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)(i % 256), s.images[i] = (float)(i % 256) / 255.0f;
    yd_plan_forward(plan, &s.weights, bytes, NULL);
    double from_bytes = loss_and_gradient(plan);
    yd_plan_forward(plan, &s.weights, NULL, s.images);
    CHECK_NEAR(from_bytes, loss_and_gradient(plan), 1e-4);
    free(bytes);
    close_setup(&s);
}

static void test_cache(void)
{
    setup s = open_setup(&yd_backend_ref, rows, 2);
    yd_error error;
    yd_plan *train, *eval, *other, *again;
    REQUIRE(yd_plan_get(s.cache, YD_MODE_TRAIN, 2, 16, 16, &train, &error) == YD_OK);
    REQUIRE(yd_plan_get(s.cache, YD_MODE_EVAL, 2, 16, 16, &eval, &error) == YD_OK);
    size_t memory = yd_plan_memory(s.cache);
    CHECK(memory == train->bytes && eval->bytes < train->bytes);
    double loss = step(&s, train, false);
    REQUIRE(yd_plan_get(s.cache, YD_MODE_TRAIN, 2, 16, 16, &again, &error) == YD_OK);
    CHECK(again == train);
    REQUIRE(yd_plan_get(s.cache, YD_MODE_TRAIN, 2, 32, 16, &other, &error) ==
            YD_OK); /* eval goes: train was used later */
    CHECK(yd_plan_memory(s.cache) > memory);
    REQUIRE(yd_plan_get(s.cache, YD_MODE_TRAIN, 2, 16, 16, &again, &error) == YD_OK);
    CHECK(again == train);
    CHECK(step(&s, again, false) == loss); /* its memory moved when the arena grew */
    close_setup(&s);
}

static void test_wrong_sizes(void)
{
    setup s = open_setup(&yd_backend_ref, rows, 2);
    yd_error error;
    yd_plan *plan;
    CHECK(yd_plan_get(s.cache, YD_MODE_TRAIN, 2, 18, 16, &plan, &error) == YD_ERR_UNSUPPORTED);
    CHECK_TEXT(error.message, "a batch of 2 images of 18x16: multiples of the model's stride 4 are wanted");
    CHECK(yd_plan_get(s.cache, YD_MODE_TRAIN, 0, 16, 16, &plan, &error) == YD_ERR_UNSUPPORTED);
    CHECK(yd_plan_get(s.cache, YD_MODE_TRAIN, 1 << 30, 1 << 30, 1 << 30, &plan, &error) == YD_ERR_MEMORY);
    CHECK(yd_plan_get(s.cache, YD_MODE_TRAIN, 1 << 20, 1 << 16, 1 << 16, &plan, &error) == YD_ERR_MEMORY);
    close_setup(&s);
}

/* Channels in blocks: segments of a concatenation, and an add whose sides would lie differently. */
static void test_channel_maps(void)
{
    yd_backend blocked = yd_backend_ref;
    blocked.channel_block = 16;
    yd_test_model test =
        yd_test_model_rows(&blocked,
                           "[-1, 1, Conv, [24, 3, 2]]\n[-1, 1, Conv, [8, 1, 1]]\n[[-1, 0], 1, Concat, [1]]\n"
                           "[-1, 1, Bottleneck, [32]]\n[[-1], 1, Detect, [nc, anchors]]\n",
                           1);
    const yd_graph *graph = &test.model->graph;
    const yd_channel_map *maps = test.model->maps, *joined = NULL, *sum = NULL;
    for (int n = 0; n < graph->node_count; n++) {
        if (graph->nodes[n].kind == YD_OP_CONCAT) joined = &maps[graph->nodes[n].output];
        if (graph->nodes[n].kind == YD_OP_ADD) sum = &maps[graph->nodes[n].inputs[1]];
    }
    REQUIRE(joined && sum);
    CHECK(maps[0].physical == 3 && maps[1].count == 24 && maps[1].physical == 32);
    CHECK(joined->count == 32 && joined->physical == 48);
    CHECK(joined->index[7] == 7 && joined->index[8] == 16 && joined->index[31] == 39);
    CHECK(sum->physical == 48 && sum->index[8] == 16); /* the convolution took over the concatenation's map */
    const yd_channel_map *head = &maps[graph->nodes[graph->heads[0]].output];
    CHECK(head->physical == 16 && head->count == 2 * 7 && head->index[13] == 13);
    yd_test_model_close(&test);
}

static const yd_test_case cases[] = {
    {"gradients of a whole model equal differences", test_gradients},
    {"long lists of gradients are summed", test_long_lists_are_summed},
    {"concatenations in place", test_concats_in_place},
    {"shared memory changes nothing", test_shared_memory_changes_nothing},
    {"accumulation", test_accumulation},
    {"frozen layers", test_frozen_layers},
    {"a frozen layer in the middle", test_frozen_in_the_middle},
    {"statistics and counters", test_statistics_and_counters},
    {"bytes and floats", test_bytes_and_floats},
    {"cache", test_cache},
    {"wrong sizes", test_wrong_sizes},
    {"channel maps", test_channel_maps},
};
TEST_MAIN(cases)
