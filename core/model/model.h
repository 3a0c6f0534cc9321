/* A model: its graph, its table of parameters by YOLOv5's state-dict names, and sets of values for them. */
#pragma once
#include "backend/backend.h"
#include "base/rng.h"
#include "config/model_yaml.h"
#include "ops/graph.h"

/* What a fresh model has in an entry. (model_and_loss.md, 5) */
typedef enum yd_initial {
    YD_INITIAL_UNIFORM, /* U(-1 / sqrt(fan_in), 1 / sqrt(fan_in)) */
    YD_INITIAL_XAVIER,  /* U(-b, b), b = sqrt(6 / (rows + columns)) */
    YD_INITIAL_ZERO,
    YD_INITIAL_ONE,
    YD_INITIAL_VARIANCE,   /* of a norm that has seen one batch of zeros */
    YD_INITIAL_HEAD_BIAS,  /* UNIFORM, and 8 objects a picture on top */
    YD_INITIAL_ANCHORS,    /* in grid units */
    YD_INITIAL_ANCHOR_GRID /* in pixels */
} yd_initial;

/* One entry of the state dict. Entries stand in YOLOv5's own order. */
typedef struct yd_param {
    char name[112];
    int dims[6], rank; /* the checkpoint's shape; rank 0 for num_batches_tracked */
    yd_region region;  /* unused for counters */
    bool counter;      /* num_batches_tracked: int64, kept in yd_param_set.counters */
    bool frozen;
    bool left_out; /* frozen, and in no group of the optimizer */
    bool shared;   /* by several nodes, each of which has a part of its output channels: yd_node.part */
    yd_initial initial;
    size_t plain;    /* elements of the shape */
    size_t offset;   /* of the first element in the region; of a counter: its index */
    size_t elements; /* in the region, padding included */
    yd_param_layout layout;
} yd_param;

typedef struct yd_model {
    const yd_backend *backend;
    yd_device *device;
    yd_graph graph;
    yd_param *params;
    int param_count, counter_count;
    size_t region_elements[YD_REGION_COUNT];
    yd_channel_map *maps; /* [graph.value_count] */
    int nc, na, nl;
    int max_stride; /* images are multiples of it: the largest reduction of any map */
    float stride[8];
    /* [nl][na][w, h]: as the YAML has them, levels turned round where they did not follow the strides */
    float anchors_pixels[8][5][2];
    /* Index of the "anchors" entry (grid units, region STATISTIC); anchor_grid, v5.0: the next one. */
    int anchors_param;
    bool focus_generation; /* v5.0: anchor_grid is part of the state dict */
    char **names;          /* [nc], in the arena: "0", "1", … until yd_model_set_names */
    yd_model_yaml yaml;    /* a copy, as built: nc replaced; kept for checkpoints and summaries */
    /* By yd_mode: where a node's working copies begin, in bytes, [node_count + 1]; the last is the length of
     * all. */
    size_t *working_offset[2];
    yd_arena *arena;
    void *modules; /* the module tree (summary, checkpoint writer): see module_tree.h */
} yd_model;

/* Values of all parameters, or of their gradients, momenta or averages. */
typedef struct yd_param_set {
    void *region[YD_REGION_COUNT]; /* NULL where absent */
    int64_t *counters;             /* NULL for gradients and momenta */
    uint64_t version;              /* raised by whoever changes values: working copies follow it */
    void *working[2]; /* by yd_mode: owned by the set, filled by plan.c; untouched memory until then */
    uint64_t working_version[2];
} yd_param_set;

/* Builds the graph for nc classes (0: the YAML's). The caller keeps device alive longer than the model. */
yd_status yd_model_create(const yd_model_yaml *yaml, int nc, const yd_backend *backend, yd_device *device,
                          yd_model **model, yd_error *error);
void yd_model_destroy(yd_model *model);
/* names: [nc], copied. */
yd_status yd_model_set_names(yd_model *model, const char *const *names, yd_error *error);

typedef enum yd_set_kind {
    YD_SET_VALUES,
    YD_SET_GRADIENTS
} yd_set_kind; /* values: all regions and counters */
yd_status yd_param_set_create(const yd_model *model, yd_set_kind kind, yd_param_set *set, yd_error *error);
void yd_param_set_destroy(const yd_model *model, yd_param_set *set);
void yd_param_set_copy(const yd_model *model, yd_param_set *to,
                       const yd_param_set *from); /* regions that both have, and counters */

/* PyTorch's initialisation, the stride pass's traces and the Detect biases (model_and_loss.md, section 5);
 * counter-based on seed. bias_denominator: what is subtracted from nc in the class bias (preset: 0.99,
 * 0.999999, 0.99999). */
void yd_model_init(const yd_model *model, yd_param_set *set, uint64_t seed, double bias_denominator);
/* The same of those entries that are not given [param_count]: what will be overwritten need not be drawn. */
void yd_model_init_rest(const yd_model *model, yd_param_set *set, uint64_t seed, double bias_denominator,
                        const bool *given);

/* One entry in the checkpoint's order and shape; plain has params[index].plain elements. Writing raises the
 * set's version. */
void yd_param_read(const yd_model *model, const yd_param_set *set, int index, double *plain);
void yd_param_write(const yd_model *model, yd_param_set *set, int index, const float *plain);
int yd_param_find(const yd_model *model, const char *name); /* -1 where there is none */

/* The anchors of a model stand in anchors_pixels, for the loss, and in entries of a set, for decoding and
 * checkpoints. [nl * na][w, h] in pixels, level after level; turned round where they do not follow the
 * strides, as the YAML's anchor_order has it. */
void yd_model_set_anchors(yd_model *model, const float (*anchors)[2]);
void yd_model_list_anchors(const yd_model *model, bool grid_units, float *plain); /* [nl, na, 2] */
void yd_model_write_anchors(const yd_model *model,
                            yd_param_set *set); /* from the model to the set's entries */
void yd_model_read_anchors(yd_model *model, const yd_param_set *set); /* the other way */

/* Freezes the parameters of layers (one value N means range(N); several, exactly those); running statistics
 * go on moving. Returns how many parameters. Before the first plan is made: a plan runs no backward pass that
 * frozen layers make needless. */
int yd_model_freeze(yd_model *model, const int *layers, int count);
/* Whether nothing is left to train. */
bool yd_model_is_frozen(const yd_model *model);
/* Freezes what is named neither weight nor bias, which YOLOv5's optimizer passed over before v7.0: the
 * projections of attention. After yd_model_freeze, which sets all entries. (16) */
void yd_model_leave_out_unnamed(yd_model *model);
