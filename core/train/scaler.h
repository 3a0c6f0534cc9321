/* Dynamic scaling of the loss, for gradients in float16 (training.md, 5.5; torch.amp.GradScaler): the loss is
 * multiplied by scale before the backward pass, so that small gradients do not vanish; a step whose gradients
 * overflowed is left out and scale is halved; after interval good steps in a row it is doubled.
 *
 * A step with it: gradients of loss * scale are accumulated, yd_optimizer_step takes them with
 * memory.gradient_scale = scale and says whether they were finite, yd_scaler_update has that. A scale changes
 * between optimizer steps alone: all that is accumulated for one carries the same. */
#pragma once
#include <stdbool.h>

typedef struct yd_scaler {
    float scale;
    int tracker; /* good steps since scale changed last, or since a bad one */
    int interval;
} yd_scaler;

/* As PyTorch starts: 65536, doubled every 2000 good steps. */
yd_scaler yd_scaler_make(void);

/* After an optimizer step: it was taken (finite), or left out. scale stays a power of two, and finite. */
void yd_scaler_update(yd_scaler *scaler, bool finite);
