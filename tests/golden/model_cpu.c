/* The CPU backend in float32: as close to the packs as PyTorch's own float32, within a small factor. */
#include "backend/cpu/cpu.h"
#include "support/golden_model.h"
#include "support/test.h"
#include <stdio.h>

static const yd_golden_tolerance close = {.floor = 1e-5, .noise_factor = 8};

static void test_micro_v6(void)
{
    yd_golden_model_check(&yd_backend_cpu, yd_test_shared("golden/micro_v6.npz"),
                          yd_test_shared("golden/micro_v6.yaml"), close);
}

static void test_micro_v5(void)
{
    yd_golden_model_check(&yd_backend_cpu, yd_test_shared("golden/micro_v5.npz"),
                          yd_test_shared("golden/micro_v5.yaml"), close);
}

static void test_nano_v6(void)
{
    yd_golden_model_check(&yd_backend_cpu, yd_test_shared("golden/nano_v6.npz"),
                          yd_test_shared("golden/nano_v6.yaml"), close);
}

/* Models of the packs that make_modules.py makes. */
static void check_beside(const char *name)
{
    char pack[4096], yaml[4096];
    snprintf(pack, sizeof pack, "%s/tests/golden/%s.npz", YD_SOURCE_DIR, name);
    snprintf(yaml, sizeof yaml, "%s/tests/golden/%s.yaml", YD_SOURCE_DIR, name);
    yd_golden_model_check(&yd_backend_cpu, pack, yaml, close);
}

static void test_modules(void)
{
    check_beside("modules");
}

static void test_parts(void)
{
    check_beside("modules_parts");
}

static void test_levels(void)
{
    check_beside("modules_levels");
}

static const yd_test_case cases[] = {
    {"micro_v6: three steps", test_micro_v6},
    {"micro_v5: three steps, Focus and SPP", test_micro_v5},
    {"nano_v6: one step", test_nano_v6},
    {"Ghost, depthwise and cross convolutions, one step", test_modules},
    {"BottleneckCSP and MixConv2d, one step", test_parts},
    {"C3TR, Contract, Expand and four levels, one step", test_levels},
};
TEST_MAIN(cases)
