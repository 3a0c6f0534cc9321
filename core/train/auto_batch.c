#include "train/auto_batch.h"
#include "base/log.h"
#include "base/memory_room.h"
#include "model/plan.h"

enum { USUAL = 16, KEPT = 2 };

/* What a batch of count takes in plans. Memory that is only planned costs nothing. */
static yd_status measure(yd_model *model, int count, int size, int64_t *bytes, yd_error *error)
{
    yd_plan_cache *cache;
    yd_plan *plan;
    YD_TRY(yd_plan_cache_create(model, KEPT, &cache, error));
    yd_status status = yd_plan_get(cache, YD_MODE_TRAIN, count, size, size, &plan, error);
    if (status == YD_OK) *bytes = (int64_t)yd_plan_memory(cache);
    yd_plan_cache_destroy(cache);
    return status;
}

/* Values, average, gradients and up to two sets of the optimizer. */
static int64_t state_bytes(const yd_model *model)
{
    size_t elements = 0;
    for (int region = 0; region < YD_REGION_COUNT; region++) elements += model->region_elements[region];
    return (int64_t)(5 * elements * yd_dtype_size(model->backend->dtype));
}

yd_status yd_auto_batch(yd_model *model, int size, int *batch, yd_error *error)
{
    int64_t available, total, one, two;
    *batch = USUAL;
    YD_TRY(measure(model, 1, size, &one, error));
    YD_TRY(measure(model, 2, size, &two, error));
    const int64_t each = two > one ? two - one : 1, fixed = one - each + state_bytes(model);
    if (!yd_memory_room("", &available, &total)) {
        yd_log(YD_LOG_INFO, "--batch-size -1: the system does not say how much memory there is: %d", *batch);
        return YD_OK;
    }
    const int64_t fit = (available / 5 * 4 - fixed) / each;
    if (fit < 1)
        return yd_fail(error, YD_ERR_MEMORY,
                       "--batch-size -1: one image of %d takes %.3g GB, and %.3g GB of memory are free", size,
                       (double)(fixed + each) / 1e9, (double)available / 1e9);
    if (fit < USUAL) *batch = (int)fit;
    yd_log(YD_LOG_INFO,
           "--batch-size -1: %d, %s (%.3g MB an image of %d, %.3g GB of memory are free, room for %lld)",
           *batch, fit < USUAL ? "what memory holds" : "as YOLOv5 takes on a CPU", (double)each / 1e6, size,
           (double)available / 1e9, (long long)fit);
    return YD_OK;
}
