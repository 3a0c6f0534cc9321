/* Every operation's backward pass on the reference backend against finite differences; every other backend
 * against it. */
#include "backend/cpu/cpu.h"
#include "backend/ref/ref.h"
#include "support/op_cases.h"
#include "support/test.h"

static void test_differences(void)
{
    int count;
    const yd_op_case *cases = yd_op_cases(&count);
    for (int i = 0; i < count; i++)
        if (yd_backend_ref.ops[cases[i].node.kind]->backward)
            yd_op_case_differentiate(&yd_backend_ref, &cases[i], 0x1p-16, 1e-7);
}

static void test_cpu(void)
{
    yd_op_cases_compare(&yd_backend_cpu, 2e-5);
}

static const yd_test_case cases[] = {
    {"backward passes equal finite differences", test_differences},
    {"the cpu backend equals the reference", test_cpu},
};
TEST_MAIN(cases)
