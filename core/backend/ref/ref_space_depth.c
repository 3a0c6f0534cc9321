/* SPACE_TO_DEPTH and DEPTH_TO_SPACE: one moves pixels where the other fetches them. Fine is the view with
 * more pixels, coarse the one with more channels. (model_and_loss.md, 4.12) */
#include "backend/ref/ref_internal.h"
#include <stdlib.h>

/* Channel channel * of coarse is pixel (y, x) of each factor x factor square of fine. */
typedef struct place {
    int image, channel, y, x; /* of coarse */
    size_t fine_channel, fine_pixel;
} place;

static place find_place(const yd_shape *coarse, const yd_shape *fine, int factor, size_t i)
{
    place p;
    p.x = (int)(i % (size_t)coarse->w), i /= (size_t)coarse->w;
    p.y = (int)(i % (size_t)coarse->h), i /= (size_t)coarse->h;
    p.channel = (int)(i % (size_t)coarse->c);
    p.image = (int)(i / (size_t)coarse->c);
    int sub = p.channel / fine->c;
    p.fine_channel = (size_t)(p.channel % fine->c);
    p.fine_pixel =
        (size_t)(p.y * factor + sub / factor) * (size_t)fine->w + (size_t)(p.x * factor + sub % factor);
    return p;
}

static size_t coarse_pixel(const yd_shape *coarse, const place *p)
{
    return (size_t)p->y * (size_t)coarse->w + (size_t)p->x;
}

static void gather(const yd_op_desc *op, const yd_view *fine, int count, const yd_view *coarse)
{
    for (size_t i = 0; i < yd_ref_elements(coarse->shape); i++) {
        place p = find_place(&coarse->shape, &fine->shape, op->node->factor, i);
        yd_ref_plane(coarse, p.image, p.channel)[coarse_pixel(&coarse->shape, &p)] =
            yd_ref_sum(fine, count, p.image, (int)p.fine_channel, p.fine_pixel);
    }
}

static void scatter(const yd_op_desc *op, const yd_view *coarse, int count, const yd_view *fine)
{
    for (size_t i = 0; i < yd_ref_elements(coarse->shape); i++) {
        place p = find_place(&coarse->shape, &fine->shape, op->node->factor, i);
        yd_ref_plane(fine, p.image, (int)p.fine_channel)[p.fine_pixel] =
            yd_ref_sum(coarse, count, p.image, p.channel, coarse_pixel(&coarse->shape, &p));
    }
}

static void to_depth(void *state, const yd_op_pass *pass)
{
    gather(state, &pass->inputs[0], 1, &pass->output);
}

static void to_depth_backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    if (phase == YD_PHASE_DATA)
        scatter(state, pass->output_gradients, pass->output_gradient_count, &pass->input_gradients[0]);
}

static void to_space(void *state, const yd_op_pass *pass)
{
    scatter(state, &pass->inputs[0], 1, &pass->output);
}

static void to_space_backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    if (phase == YD_PHASE_DATA)
        gather(state, pass->output_gradients, pass->output_gradient_count, &pass->input_gradients[0]);
}

const yd_op_kernels yd_ref_space_to_depth = {yd_ref_prepare,    free,          to_depth,
                                             to_depth_backward, yd_ref_slices, yd_ref_slices};
const yd_op_kernels yd_ref_depth_to_space = {yd_ref_prepare,    free,          to_space,
                                             to_space_backward, yd_ref_slices, yd_ref_slices};
