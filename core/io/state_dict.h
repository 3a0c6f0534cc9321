/* The state dict of a pickled model: its tensors by name, in the order in which PyTorch lists them.
 * (training.md, 10.5) */
#pragma once
#include "base/vector.h"
#include "io/pt.h"

typedef struct yd_state_entry {
    const char *name; /* "model.0.conv.weight" */
    yd_pickle_node *node;
    bool parameter; /* else a buffer */
} yd_state_entry;

/* What to load of a checkpoint: the average where there is one, else the model, else a bare state dict. NULL
 * where there is nothing of the kind. */
yd_pickle_node *yd_state_find_model(yd_pickle_node *root);

/* entries: of yd_state_entry, .size set, appended. model: a module, or a dict of tensors by name. Names live
 * in the arena. FORMAT where it is neither, holds no tensor, or is built to never end. */
yd_status yd_state_dict_list(const yd_pt *pt, yd_pickle_node *model, yd_arena *arena, yd_vector *entries,
                             yd_error *error);
