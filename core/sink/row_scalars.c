#include "sink/row_scalars.h"

int yd_row_scalars(const yd_epoch_row *row, yd_results_order order, yd_scalar out[YD_ROW_SCALARS])
{
    bool bias_first = order == YD_RESULTS_BIAS_FIRST;
    const double values[YD_ROW_SCALARS] = {row->box,
                                           row->obj,
                                           row->cls,
                                           row->precision,
                                           row->recall,
                                           row->map50,
                                           row->map50_95,
                                           row->val_box,
                                           row->val_obj,
                                           row->val_cls,
                                           row->lr[bias_first ? 2 : 0],
                                           row->lr[1],
                                           row->lr[bias_first ? 0 : 2]};
    int count = 0;
    for (yd_tag tag = YD_TAG_TRAIN_BOX; tag <= YD_TAG_LR2; tag++, count++)
        out[count] = (yd_scalar){yd_tag_name(tag), values[count]};
    return count;
}
