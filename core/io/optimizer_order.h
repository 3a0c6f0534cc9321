/* How PyTorch numbers the parameters of an optimizer that YOLOv5 made: group after group, in each as the
 * model lists them. (training.md, 5.1) */
#pragma once
#include "model/model.h"

/* order[n] (room for model->param_count): the entry that is parameter n; groups: what each group holds.
 * bias_first: v6.2 on; else norm weights first. Returns how many parameters. */
int yd_optimizer_order(const yd_model *model, bool bias_first, int *order, yd_region groups[3]);
/* Entries of a region are one group. */
bool yd_optimizer_in_group(const yd_model *model, int index, yd_region region);
