#include "support/golden.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>

void yd_golden_compare(yd_npz *pack, const char *name, const double *found, size_t count,
                       yd_golden_tolerance tolerance)
{
    const yd_npy *wanted = yd_npz_need(pack, name);
    if (wanted->elements != count)
        yd_test_fatal(__FILE__, __LINE__, "%s has %zu elements, wanted %zu", name, count, wanted->elements);
    double difference = 0, magnitude = 0;
    for (size_t i = 0; i < count; i++) {
        double value = yd_npy_at(wanted, i), off = fabs(found[i] - value);
        if (!(off <= difference)) difference = off; /* NaN too */
        if (fabs(value) > magnitude) magnitude = fabs(value);
    }
    double noise = yd_params_number(yd_npz_params(pack), 0, "noise", name, NULL);
    double allowed = fmax(tolerance.floor, tolerance.noise_factor * noise);
    if (difference <= allowed * magnitude || (magnitude == 0 && difference <= allowed)) return;
    char message[256];
    snprintf(message, sizeof message, "%s: off by %.3g of its largest magnitude %.3g, allowed %.3g", name,
             difference / (magnitude > 0 ? magnitude : 1), magnitude, allowed);
    yd_test_check(false, message, __FILE__, __LINE__);
}
