/* Complete IoU of two boxes with its gradient (model_and_loss.md, 12.4 and 12.5; Zheng et al., AAAI 2020). */
#pragma once

/* The generations differ in where 1e-7 stands: on heights (corners recomputed), in the arctangents only, or
 * in neither. */
typedef enum yd_ciou_form { YD_CIOU_BASE = 0, YD_CIOU_V62 = 1, YD_CIOU_V70 = 2 } yd_ciou_form;

/* box and target: centre x, centre y, width, height in one unit. gradient, where not NULL: d(CIoU)/d(box),
 * alpha held constant; where an edge of box lies exactly on the target's, each side of the min or max takes
 * half of the gradient, as in PyTorch. */
double yd_ciou(const double box[4], const double target[4], yd_ciou_form form, double gradient[4]);
