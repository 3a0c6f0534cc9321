#include "eval/rescale.h"
#include <stddef.h>

static float clip(float value, float limit)
{
    return value < 0 ? 0 : value > limit ? limit : value;
}

void yd_rescale_boxes(const yd_fit *fit, float *boxes, int count, int stride)
{
    float gain = (float)fit->ratio_height, pad_x = (float)fit->pad_x, pad_y = (float)fit->pad_y;
    float width = (float)fit->native_width, height = (float)fit->native_height;
    for (int i = 0; i < count; i++, boxes += stride) {
        boxes[0] = clip((boxes[0] - pad_x) / gain, width);
        boxes[1] = clip((boxes[1] - pad_y) / gain, height);
        boxes[2] = clip((boxes[2] - pad_x) / gain, width);
        boxes[3] = clip((boxes[3] - pad_y) / gain, height);
    }
}

int yd_rescale_labels(const yd_fit *fit, const float *targets, int count, int image, int height, int width,
                      float *labels)
{
    int found = 0;
    for (int t = 0; t < count; t++, targets += 6) {
        if ((int)targets[0] != image) continue;
        float x = targets[2] * (float)width, y = targets[3] * (float)height;
        float w = targets[4] * (float)width, h = targets[5] * (float)height;
        float *label = labels + 5 * (size_t)found++;
        label[0] = targets[1];
        label[1] = x - w / 2, label[2] = y - h / 2;
        label[3] = x + w / 2, label[4] = y + h / 2;
    }
    yd_rescale_boxes(fit, labels + 1, found, 5);
    return found;
}
