/* --batch-size -1: a batch size that memory holds. */
#pragma once
#include "model/model.h"

/* 16, as YOLOv5 takes where there is no GPU, or as many as fit into 80 % of the memory that can be had, by
 * the plans of training with images of size * size; says which and why. MEMORY where not even one fits. */
yd_status yd_auto_batch(yd_model *model, int size, int *batch, yd_error *error);
