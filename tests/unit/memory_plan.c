#include "tensor/memory_plan.h"
#include "base/rng.h"
#include "support/test.h"
#include "tensor/tensor.h"
#include <stdint.h>
#include <stdlib.h>

static bool alive_together(const yd_span *a, const yd_span *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static void check_plan(const yd_span *spans, int count, size_t total)
{
    for (int i = 0; i < count; i++) {
        CHECK(spans[i].offset % YD_SPAN_ALIGNMENT == 0);
        CHECK(spans[i].offset + spans[i].bytes <= total);
        for (int j = 0; j < i; j++)
            if (alive_together(&spans[i], &spans[j]) && spans[i].bytes && spans[j].bytes)
                CHECK(spans[i].offset + spans[i].bytes <= spans[j].offset ||
                      spans[j].offset + spans[j].bytes <= spans[i].offset);
    }
}

static size_t largest_step(const yd_span *spans, int count, int steps)
{
    size_t largest = 0;
    for (int step = 0; step < steps; step++) {
        size_t alive = 0;
        for (int i = 0; i < count; i++)
            if (spans[i].first <= step && step <= spans[i].last) alive += spans[i].bytes;
        if (alive > largest) largest = alive;
    }
    return largest;
}

static void test_random_lifetimes(void)
{
    for (uint32_t round = 0; round < 50; round++) {
        enum { COUNT = 120, STEPS = 60 };
        yd_span spans[COUNT];
        yd_rng rng = yd_rng_make(1, 0, round, 0);
        for (int i = 0; i < COUNT; i++) {
            int first = (int)yd_rng_below(&rng, STEPS), length = (int)yd_rng_below(&rng, 12);
            spans[i] = (yd_span){.bytes = yd_rng_below(&rng, 100000), .first = first, .last = first + length};
        }
        size_t total;
        REQUIRE(yd_memory_plan(spans, COUNT, &total));
        check_plan(spans, COUNT, total);
        CHECK(total >= largest_step(spans, COUNT, STEPS + 12));
    }
}

/* The shape of training: activations live from forward to backward, so that nothing better than their sum is
 * possible at the turn; gradients live for a moment and fit where activations went. */
static void test_training_shape(void)
{
    enum { LAYERS = 40 };
    yd_span spans[2 * LAYERS];
    for (int i = 0; i < LAYERS; i++) {
        spans[i] = (yd_span){.bytes = 64000, .first = i, .last = 2 * LAYERS - i};
        spans[LAYERS + i] = (yd_span){.bytes = 64000, .first = 2 * LAYERS - i, .last = 2 * LAYERS - i + 1};
    }
    size_t total;
    REQUIRE(yd_memory_plan(spans, 2 * LAYERS, &total));
    check_plan(spans, 2 * LAYERS, total);
    CHECK(total <= (size_t)(LAYERS + 2) * 64000);
}

static void test_same_input_same_result(void)
{
    yd_span a[3] = {{100, 0, 3, 0}, {100, 1, 2, 0}, {100, 4, 5, 0}},
            b[3] = {{100, 0, 3, 0}, {100, 1, 2, 0}, {100, 4, 5, 0}};
    size_t total_a, total_b;
    REQUIRE(yd_memory_plan(a, 3, &total_a) && yd_memory_plan(b, 3, &total_b));
    CHECK(total_a == total_b && total_a == 256);
    for (int i = 0; i < 3; i++) CHECK(a[i].offset == b[i].offset);
    CHECK(a[0].offset == 0 && a[1].offset == 128 && a[2].offset == 0);
}

static void test_edges(void)
{
    size_t total = 1;
    CHECK(yd_memory_plan(NULL, 0, &total) && total == 0);
    yd_span empty = {0, 0, 0, 7};
    CHECK(yd_memory_plan(&empty, 1, &total) && total == 0 && empty.offset == 0);
    yd_span huge[2] = {{SIZE_MAX / 2 + 1, 0, 1, 0}, {SIZE_MAX / 2 + 1, 0, 1, 0}};
    CHECK(!yd_memory_plan(huge, 2, &total));
    yd_span endless = {SIZE_MAX, 0, 1, 0};
    CHECK(!yd_memory_plan(&endless, 1, &total));
}

static void test_dtype_sizes(void)
{
    CHECK(yd_dtype_size(YD_F32) == 4 && yd_dtype_size(YD_F64) == 8 && yd_dtype_size(YD_BF16) == 2);
    CHECK(yd_dtype_size(YD_U8) == 1 && yd_dtype_size(YD_I64) == 8);
}

static const yd_test_case cases[] = {
    {"random lifetimes never overlap", test_random_lifetimes},
    {"gradients fit where activations were", test_training_shape},
    {"same input, same result", test_same_input_same_result},
    {"no spans, empty spans, sizes that overflow", test_edges},
    {"sizes of types", test_dtype_sizes},
};
TEST_MAIN(cases)
