#include "image/letterbox.h"
#include "image/resize.h"
#include <math.h>
#include <string.h>

yd_letterbox yd_letterbox_plan(int width, int height, int new_width, int new_height, unsigned flags,
                               int stride)
{
    double ratio = fmin((double)new_height / height, (double)new_width / width);
    if (!(flags & YD_LETTERBOX_SCALE_UP)) ratio = fmin(ratio, 1.0);
    yd_letterbox plan = {.ratio_width = ratio, .ratio_height = ratio};
    plan.width = (int)fmax(rint(width * ratio), 1); /* a very thin picture keeps one pixel */
    plan.height = (int)fmax(rint(height * ratio), 1);
    double space_x = new_width - plan.width, space_y = new_height - plan.height;
    if (flags & YD_LETTERBOX_MINIMUM) {
        space_x = fmod(space_x, stride);
        space_y = fmod(space_y, stride);
    } else if (flags & YD_LETTERBOX_STRETCH) {
        space_x = space_y = 0;
        plan.width = new_width;
        plan.height = new_height;
        plan.ratio_width = (double)new_width / width;
        plan.ratio_height = (double)new_height / height;
    }
    plan.pad_x = space_x / 2;
    plan.pad_y = space_y / 2;
    /* An odd pixel goes to the right and to the bottom. */
    plan.left = (int)rint(plan.pad_x - 0.1);
    plan.right = (int)rint(plan.pad_x + 0.1);
    plan.top = (int)rint(plan.pad_y - 0.1);
    plan.bottom = (int)rint(plan.pad_y + 0.1);
    return plan;
}

static void fill_border(const yd_letterbox *plan, yd_image *out)
{
    size_t row = (size_t)out->width * 3;
    memset(out->pixels, YD_IMAGE_GREY, row * (size_t)plan->top);
    memset(out->pixels + row * (size_t)(plan->top + plan->height), YD_IMAGE_GREY, row * (size_t)plan->bottom);
    for (int y = plan->top; y < plan->top + plan->height; y++) {
        memset(out->pixels + row * (size_t)y, YD_IMAGE_GREY, 3 * (size_t)plan->left);
        memset(out->pixels + row * (size_t)(y + 1) - 3 * (size_t)plan->right, YD_IMAGE_GREY,
               3 * (size_t)plan->right);
    }
}

yd_status yd_letterbox_apply(const yd_image *source, const yd_letterbox *plan, yd_image *out, yd_error *error)
{
    YD_ASSERT(out->width == plan->left + plan->width + plan->right);
    YD_ASSERT(out->height == plan->top + plan->height + plan->bottom);
    yd_image scaled = {0};
    const yd_image *inner = source;
    if (plan->width != source->width || plan->height != source->height) {
        YD_TRY(yd_image_create(plan->width, plan->height, &scaled, error));
        yd_status status = yd_resize(source, &scaled, YD_FILTER_LINEAR, error);
        if (status != YD_OK) {
            yd_image_free(&scaled);
            return status;
        }
        inner = &scaled;
    }
    fill_border(plan, out);
    yd_image_copy(inner, 0, 0, out, plan->left, plan->top, plan->width, plan->height);
    yd_image_free(&scaled);
    return YD_OK;
}
