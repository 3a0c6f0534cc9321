/* What the files of this backend share: the device, and the geometry of views. */
#pragma once
#include "backend/cpu/dnnl.h"
#include "backend/cpu/team.h"
#include "backend/cpu/vector.h"
#include "base/arena.h"

struct yd_device {
    yd_team *team;
    yd_dnnl *dnnl;
    const yd_vector *vector;
    yd_dtype activations;           /* YD_F32, or YD_BF16 where the processor and oneDNN have it */
    const yd_plane_kernels *planes; /* of that type */
    size_t element;                 /* its bytes */
    char description[96];
};

extern const yd_op_kernels yd_cpu_conv, yd_cpu_head, yd_cpu_norm, yd_cpu_add, yd_cpu_concat, yd_cpu_max_pool,
    yd_cpu_pad, yd_cpu_upsample, yd_cpu_space_to_depth, yd_cpu_depth_to_space, yd_cpu_attention;

/* Plane (image, block) of a view, [h * w][block], of the device's activations. */
static inline void *yd_cpu_plane(const yd_device *device, const yd_view *view, size_t image, size_t block)
{
    const size_t area = (size_t)view->shape.h * (size_t)view->shape.w;
    return (char *)view->data +
           (image * view->image_stride + block * area * (size_t)device->vector->block) * device->element;
}

/* A pass of an operation, as each member of the team gets it. */
typedef struct yd_cpu_work {
    const void *op; /* the operation's state */
    const yd_op_pass *pass;
} yd_cpu_work;

/* The whole team carries out share on a yd_cpu_work. */
static inline void yd_cpu_run(const yd_device *device, yd_team_function *share, const void *op,
                              const yd_op_pass *pass)
{
    yd_team_enter(device->team);
    yd_team_run(device->team, share, &(yd_cpu_work){op, pass});
}

/* reads_slices and writes_slices of an operation to which slices of larger values are as good as whole ones.
 */
static inline bool yd_cpu_always(const yd_op_desc *desc)
{
    (void)desc;
    return true;
}

/* UNSUPPORTED, naming the operation, where one of its values is not blocked (the image) or its sizes
 * overflow. */
yd_status yd_cpu_check_blocked(const yd_op_desc *desc, yd_error *error);
/* n * physical channels * h * w; 0 where that overflows. */
size_t yd_cpu_elements(yd_shape shape, int physical);

static inline size_t yd_cpu_align(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}
