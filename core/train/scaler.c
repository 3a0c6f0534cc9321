#include "train/scaler.h"
#include <math.h>

yd_scaler yd_scaler_make(void)
{
    return (yd_scaler){.scale = 65536, .interval = 2000};
}

void yd_scaler_update(yd_scaler *scaler, bool finite)
{
    if (!finite) {
        scaler->scale *= 0.5F;
        scaler->tracker = 0;
        return;
    }
    if (++scaler->tracker < scaler->interval) return;
    if (isfinite(2 * scaler->scale)) scaler->scale *= 2;
    scaler->tracker = 0;
}
