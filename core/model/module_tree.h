/* The model as the tree of modules that YOLOv5 builds: what its checkpoints pickle, its state dict walks, and
 * its summary counts.
 *
 * The root is the model itself (models.yolo.Model); its one child "model" is a Sequential with a child for
 * each row of the YAML. Children stand in order of registration, which is the order of `_modules` in a
 * checkpoint and of the state dict: for a module, first its parameters, then its buffers, then its children,
 * depth first (training.md, 10.5). */
#pragma once
#include "model/model.h"

typedef enum yd_attr_kind {
    YD_ATTR_NONE,      /* Python's None */
    YD_ATTR_BOOL,      /* number */
    YD_ATTR_INT,       /* number */
    YD_ATTR_FLOAT,     /* number */
    YD_ATTR_TEXT,      /* text */
    YD_ATTR_INT_TUPLE, /* list[0 … count) */
    YD_ATTR_INT_LIST,  /* list[0 … count) */
    YD_ATTR_STRIDES,   /* float tensor [nl] of model->stride: one object, shared with the root's attribute of
                          the same name */
    YD_ATTR_GRIDS      /* list of nl float tensors, each tensor([0.]): Detect's grids before the first use */
} yd_attr_kind;

/* An attribute of the class itself, beside what every torch module has (training, _parameters, _buffers,
 * hooks, _modules). */
typedef struct yd_module_attr {
    const char *name;
    yd_attr_kind kind;
    double number;
    const char *text;
    int list[8], count;
} yd_module_attr;

/* One entry of `_parameters` or `_buffers`. */
typedef struct yd_module_entry {
    const char *name; /* "weight", "running_mean", … */
    int param; /* index into model->params; -1: registered as None (the bias of a convolution without one) */
    bool buffer; /* in `_buffers`, else in `_parameters` */
} yd_module_entry;

typedef struct yd_module yd_module;
struct yd_module {
    const char *class_name; /* with its Python module, as pickled: "models.common.C3",
                               "torch.nn.modules.conv.Conv2d" */
    const char *name;       /* key in the parent's `_modules`: "cv1", "0"; "" for the root */
    int node; /* of the graph: of a Conv2d and of the BatchNorm2d behind it; -1 for all others */
    yd_module_attr *attrs;
    yd_module_entry *entries;
    yd_module **children;
    int attr_count, entry_count, child_count;
};

/* One row of the YAML as YOLOv5 builds it. */
typedef struct yd_layer {
    const yd_module *module;
    const yd_model_row *row;
    int value;             /* of the graph: what the layer puts out; -1 for Detect */
    int repeats;           /* after the depth gain */
    size_t parameters;     /* np */
    const char *type;      /* as the summary and the attribute `type` name it: "models.common.C3",
                              "torch.nn.modules.upsampling.Upsample" */
    const char *arguments; /* as the summary prints them: "[32, 64, 1]" */
} yd_layer;

typedef struct yd_module_tree {
    yd_module *root;
    yd_layer *layers;
    int layer_count,
        module_count;      /* modules: all of the tree, the root too; YOLOv5 prints this count as "layers" */
    int *save, save_count; /* the attribute `save`: layers whose output later rows name, sorted, as YOLOv5
                              lists it */
} yd_module_tree;

const yd_module_tree *yd_model_modules(const yd_model *model);
