#include "tui/plan.h"
#include <math.h>

bool yd_plan_of(const yd_status_block *block, yd_schedule *schedule)
{
    *schedule = (yd_schedule){.lr0 = block->lr0,
                              .lrf = block->lrf,
                              .warmup_bias_lr = block->warmup_bias_lr,
                              .epochs = block->epochs,
                              .batches = block->batches,
                              .batch_size = block->batch_size > 0 ? block->batch_size : 1,
                              .nominal_batch = 64,
                              .warmup = block->warmup_iterations,
                              .cosine = block->cosine != 0,
                              .linear_to_last = block->linear_to_last != 0,
                              .scale = block->lr_scale > 0 ? block->lr_scale : 1};
    return block->epochs > 0 && block->batches > 0 && isfinite(block->lr0) && block->lr0 > 0 &&
           isfinite(block->lrf) && isfinite(block->warmup_bias_lr) && isfinite(schedule->scale);
}

void yd_plan_at(const yd_schedule *schedule, double epochs, yd_schedule_point *point)
{
    int epoch = (int)epochs, batch = (int)((epochs - epoch) * schedule->batches);
    yd_schedule_at(schedule, epoch, batch, point);
}
