/* Whole models against PyTorch's numbers, on each backend: `ref` is PyTorch in double precision, `cpu` in
 * float32 is as close to it as PyTorch's own float32, within a small factor. */
#include "backend/cpu/cpu.h"
#include "backend/ref/ref.h"
#include "support/golden_model.h"
#include "support/test.h"
#include <stdio.h>

typedef struct pack {
    const char *name;
    bool ours; /* of make_modules.py, beside this file; or of the shared folder */
} pack;

static void check(pack of)
{
    char numbers[4096], yaml[4096];
    const char *folder = of.ours ? YD_SOURCE_DIR "/tests/golden" : "golden";
    snprintf(numbers, sizeof numbers, "%s/%s.npz", folder, of.name);
    snprintf(yaml, sizeof yaml, "%s/%s.yaml", folder, of.name);
    const struct {
        const yd_backend *backend;
        yd_golden_tolerance tolerance;
    } sides[] = {
        {&yd_backend_cpu, {.floor = 1e-5, .noise_factor = 8}},
        {&yd_backend_ref, {.floor = 1e-6}},
    };
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        if (of.ours)
            yd_golden_model_check(sides[i].backend, numbers, yaml, sides[i].tolerance);
        else
            yd_golden_model_check(sides[i].backend, yd_test_shared(numbers), yd_test_shared(yaml),
                                  sides[i].tolerance);
}

static void test_micro_v6(void)
{
    check((pack){"micro_v6", false});
}

static void test_micro_v5(void)
{
    check((pack){"micro_v5", false});
}

static void test_nano_v6(void)
{
    check((pack){"nano_v6", false});
}

static void test_modules(void)
{
    check((pack){"modules", true});
}

static void test_parts(void)
{
    check((pack){"modules_parts", true});
}

static void test_levels(void)
{
    check((pack){"modules_levels", true});
}

static void test_resize(void)
{
    check((pack){"modules_resize", true});
}

static const yd_test_case cases[] = {
    {"micro_v6: three steps", test_micro_v6},
    {"micro_v5: three steps, Focus and SPP", test_micro_v5},
    {"nano_v6: one step", test_nano_v6},
    {"Ghost, depthwise and cross convolutions, one step", test_modules},
    {"BottleneckCSP and MixConv2d, one step", test_parts},
    {"C3TR, Contract, Expand and four levels, one step", test_levels},
    {"pools with strides, padding, transposed convolutions, a norm alone, upsampling, one step", test_resize},
};
TEST_MAIN(cases)
