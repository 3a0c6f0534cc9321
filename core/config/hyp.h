/* Hyperparameters: YOLOv5's hyp.yaml. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "config/yaml.h"
#include <stdbool.h>

typedef enum yd_hyp_key {
#define YD_HYP(key, ...) YD_HYP_##key,
#include "config/hyp.def"
#undef YD_HYP
    YD_HYP_COUNT
} yd_hyp_key;

typedef struct yd_hyp {
#define YD_HYP(key, ...) double key;
#include "config/hyp.def"
#undef YD_HYP
    bool present[YD_HYP_COUNT]; /* what the file gave; the others have their defaults */
} yd_hyp;

/* Reads and checks a file. CONFIG: «hyp.yaml:7: lr0 must be a number in (0, 1], found "fast"», or the keys
 * that are missing. Unknown and repeated keys are warned about in the log. */
yd_status yd_hyp_load(const char *path, yd_hyp *hyp, yd_error *error);
/* The same from a mapping that was read already (the hyp of opt.yaml). */
yd_status yd_hyp_read(const yd_yaml *yaml, const yd_yaml_node *mapping, yd_hyp *hyp, yd_error *error);
/* "KEY=VALUE" over what a file gave. USAGE: «--set lr0=2: lr0 must be a number in (0, 1]», or the nearest key
 * that is one. */
yd_status yd_hyp_set(yd_hyp *hyp, const char *assignment, yd_error *error);
/* As yaml.safe_dump writes it: the keys that were present, in the order of hyp.def. */
yd_status yd_hyp_write(const yd_hyp *hyp, yd_text *text, yd_error *error);
/* The same into a mapping that is open already. */
void yd_hyp_write_keys(const yd_hyp *hyp, yd_yaml_writer *writer);

/* By key (live changes, tables): name, value's place, interval and meaning. */
const char *yd_hyp_name(yd_hyp_key key);
yd_hyp_key yd_hyp_find(const char *name); /* YD_HYP_COUNT where there is none */
const char *yd_hyp_interval(yd_hyp_key key);
const char *yd_hyp_meaning(yd_hyp_key key);
double *yd_hyp_value(yd_hyp *hyp, yd_hyp_key key);

/* How evolution changes it: the scale of a mutation (0: frozen), and the limits it is kept in. */
typedef struct yd_hyp_gene {
    double gain, low, high;
} yd_hyp_gene;
yd_hyp_gene yd_hyp_gene_of(yd_hyp_key key);
