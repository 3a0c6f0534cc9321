/* The interface of a backend, split by lifetime: device (a run), parameters (a model), prepared operation (a
 * plan), pass (a step). core/model/plan.c drives it: it decides order, memory and views; a backend only
 * computes. */
#pragma once
#include "base/error.h"
#include "ops/graph.h"
#include "tensor/tensor.h"
#include <stdint.h>

typedef struct yd_device yd_device; /* a backend's own: engine, stream, compute team, scratch */
typedef struct yd_backend yd_backend;
typedef enum yd_mode { YD_MODE_TRAIN, YD_MODE_EVAL } yd_mode;

/* Regions of the training state. Each is one flat buffer; gradients and momenta exist for the first three
 * only. */
typedef enum yd_region {
    YD_REGION_NORM,
    YD_REGION_WEIGHT,
    YD_REGION_BIAS,
    YD_REGION_STATISTIC,
    YD_REGION_COUNT
} yd_region;

/* How one parameter lies in its region: elements counts those of the region's own layout, padding included.
 * pack and unpack convert from and to the checkpoint's order (row-major, logical channels). */
typedef enum yd_param_role { YD_ROLE_CONV_WEIGHT, YD_ROLE_CHANNEL_VECTOR, YD_ROLE_PLAIN } yd_param_role;
typedef struct yd_param_layout {
    yd_param_role role;
    const yd_node *node;          /* the operation it belongs to; NULL for PLAIN */
    yd_channel_map input, output; /* channel maps of that operation's first input and of its output */
    size_t plain;                 /* elements in the checkpoint's order */
} yd_param_layout;

/* Parameters of one node as an operation sees them: pointers into the regions of one parameter set. */
typedef struct yd_node_params {
    const void *weight, *gamma, *beta; /* master layout */
    void *mean, *variance;             /* running statistics: read in EVAL, updated in TRAIN */
    const void *working;               /* the copies that refresh_working made */
} yd_node_params;
typedef struct yd_node_grads {
    void *weight, *gamma, *beta; /* master layout */
    bool accumulate;             /* add to what is there, instead of overwriting it */
} yd_node_grads;

/* The phases of a node's backward pass. CONV, HEAD and NORM run them in this order, WEIGHTS unless frozen,
 * DATA where the gradient of an input is wanted. All others have DATA alone, which reads
 * output_gradients and writes input_gradients, but ADD and CONCAT, which have no backward pass (theirs is
 * NULL): the plan hands the views, or slices of them, to their inputs. What a phase may read:
 * output_gradients in OUTPUT (CONV, NORM) and DATA (those that have it alone), or in all (HEAD: one view,
 * dense, of the activations' type); inputs in WEIGHTS alone (ATTENTION: in DATA), since a gradient may take
 * an activation's memory afterwards; output never; saved always.
 */
typedef enum yd_phase {
    YD_PHASE_OUTPUT,  /* gradients of the output, summed in the order given, through activation and norm; kept
                         in saved */
    YD_PHASE_WEIGHTS, /* gradients of weight, gamma, beta */
    YD_PHASE_DATA     /* gradients of the inputs */
} yd_phase;

enum { YD_MAX_GRADIENT_VIEWS = 4 }; /* longer lists are summed by the plan first */

/* What an operation is prepared for: everything but the pointers. A HEAD's output is of the regions' type,
 * its gradient of the activations'. */
typedef struct yd_op_desc {
    const yd_node *node;
    yd_mode mode;
    int input_count;
    yd_shape inputs[YD_NODE_MAX_INPUTS], output;
    yd_channel_map input_maps[YD_NODE_MAX_INPUTS], output_map;
    bool need_input_gradient; /* false for the stem, and below the last frozen layer */
    bool frozen;              /* no gradients for this node's parameters */
} yd_op_desc;

/* What a prepared operation wants: saved lives from its forward pass to the end of its backward pass, scratch
 * during a call. */
typedef struct yd_op_needs {
    size_t saved, scratch;
} yd_op_needs;

/* The pointers of one pass. Unused fields are zero. CONCAT: data of an input is NULL where its producer wrote
 * it in place. */
typedef struct yd_op_pass {
    yd_view inputs[YD_NODE_MAX_INPUTS], output;
    yd_view output_gradients[YD_MAX_GRADIENT_VIEWS]; /* BACKWARD, phase OUTPUT: summed in this order */
    int output_gradient_count;
    yd_view input_gradients[YD_NODE_MAX_INPUTS]; /* BACKWARD, phase DATA: written; dense; data NULL where not
                                                    wanted */
    void *saved, *scratch;
    yd_node_params params;
    yd_node_grads grads;
} yd_op_pass;

typedef struct yd_op_kernels {
    /* Plan time: primitives are created here. *state is released by release. */
    yd_status (*prepare)(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error);
    void (*release)(void *state);
    /* Step time: no allocation, no failure. */
    void (*forward)(void *state, const yd_op_pass *pass);
    void (*backward)(void *state, const yd_op_pass *pass, yd_phase phase);
    /* Whether an input view or the output view may be a slice (image_stride larger than the image). */
    bool (*reads_slices)(const yd_op_desc *desc);
    bool (*writes_slices)(const yd_op_desc *desc);
} yd_op_kernels;

/* One SGD step (nesterov, dampening 0) over a flat segment, per element and in this order: g = scale *
 * gradient; g += weight_decay * p; buf = first ? g : momentum * buf + g; p -= lr * (g + momentum * buf).
 * (training.md, 5.4) */
typedef struct yd_sgd {
    double lr, momentum, weight_decay, scale;
    bool first;
} yd_sgd;

/* One step of Adam (Kingma, Ba 2015) or, decoupled, of AdamW (Loshchilov, Hutter 2019) over a flat segment,
 * per element and in this order: g = scale * gradient; decoupled ? p *= 1 - lr * weight_decay : g +=
 * weight_decay * p; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g * g; p -= lr /
 * correction1 * m / (sqrt(v) / sqrt(correction2) + epsilon), where correctionK = 1 - betaK^t at step t,
 * from 1. (training.md, 5.4) */
#define YD_ADAM_BETA2   0.999
#define YD_ADAM_EPSILON 1e-8
typedef struct yd_adam {
    double lr, beta1, beta2, epsilon, weight_decay, scale;
    double correction1, correction2;
    bool decoupled;
} yd_adam;

struct yd_backend {
    const char *name;
    yd_dtype dtype;            /* of every region, and of the heads and their gradients */
    yd_dtype activation_dtype; /* of the image and all other values and their gradients */
    int channel_block;         /* channels of all values but the image are padded to a multiple of this */
    /* How many channels lie side by side in views of all values but the image: [n, physical / lanes, h, w,
     * lanes]. */
    int (*lanes)(const yd_device *device);

    yd_status (*open)(int threads, yd_device **device, yd_error *error);
    void (*close)(yd_device *device);
    /* Instruction set, libraries and threads in words: what bitwise equality rests on beside the state. Lives
     * as long as the device. */
    const char *(*describe)(const yd_device *device);
    /* Memory that views point into; 64-byte aligned, zeroed. */
    void *(*allocate)(yd_device *device, size_t bytes);
    void (*deallocate)(yd_device *device, void *memory, size_t bytes);

    size_t (*param_elements)(yd_device *device, const yd_param_layout *layout);
    void (*param_pack)(yd_device *device, const yd_param_layout *layout, const float *plain, void *packed);
    void (*param_unpack)(yd_device *device, const yd_param_layout *layout, const void *packed, double *plain);

    /* Copies of a node's parameters in the layouts that the passes of a mode want (0 bytes: the masters
     * serve). In EVAL the norm may be folded into them. Refreshed by the plan whenever the parameter set
     * changed. */
    size_t (*working_bytes)(yd_device *device, const yd_param_layout *weight, yd_mode mode);
    void (*refresh_working)(yd_device *device, const yd_param_layout *weight, yd_mode mode,
                            const yd_node_params *params, void *working);

    const yd_op_kernels *ops[YD_OP_COUNT];
    /* The image value: [B, 3, H, W] bytes / 255 into a dense view of 3 physical channels, plain order; or
     * from floats. */
    void (*load_bytes)(yd_device *device, const uint8_t *images, const yd_view *view);
    void (*load_floats)(yd_device *device, const float *images, const yd_view *view);
    /* out = sum of count views (dense out), in the order given. */
    void (*sum_views)(yd_device *device, const yd_view *views, int count, const yd_view *out);
    /* A value in plain order [n, c, h, w], logical channels, from and to a view, which may be a slice;
     * writing zeroes the lanes that the map does not name (tests). */
    void (*read_view)(yd_device *device, const yd_view *view, const yd_channel_map *map, double *plain);
    void (*write_view)(yd_device *device, const double *plain, const yd_channel_map *map,
                       const yd_view *view);

    /* work(context, index, count) for each index in [0, count), all at once on the device's threads, however
     * many they are; returns when all have returned. From the thread that computes, not from inside work. */
    void (*run)(yd_device *device, void (*work)(void *context, int index, int count), void *context);

    /* Flat passes over n elements of regions; each is one pass over memory. */
    void (*sgd)(yd_device *device, size_t n, void *p, const void *gradient, void *momentum,
                const yd_sgd *step);
    void (*adam)(yd_device *device, size_t n, void *p, const void *gradient, void *mean, void *square,
                 const yd_adam *step); /* mean: m, square: v */
    void (*ema)(yd_device *device, size_t n, void *average, const void *p,
                double decay); /* average = d*average + (1-d)*p */
    double (*sum_squares)(yd_device *device, size_t n,
                          const void *x);                     /* not finite where an element is not */
    void (*round_half)(yd_device *device, size_t n, void *x); /* through IEEE half, to nearest even */
};

/* The registry, filled by the composition root before threads start. */
yd_status yd_backend_register(const yd_backend *backend);
const yd_backend *yd_backend_find(const char *name); /* NULL where there is none */
