/* Names with values in JSON, in the order in which they were set: what W&B's config, history, summary and
 * system metrics are made of. */
#pragma once
#include "base/text.h"
#include "base/vector.h"
#include <stdint.h>

typedef struct yd_wandb_values {
    yd_vector all; /* of yd_wandb_value */
    bool failed;   /* memory ran out: one is missing */
} yd_wandb_values;

typedef struct yd_wandb_value {
    char *key, *json;
} yd_wandb_value;

/* Copies both; a key stands once: a later value takes the earlier one's place. */
void yd_wandb_values_set(yd_wandb_values *values, const char *key, const char *json);
/* A number that is not finite is text, as W&B writes it: "NaN", "Infinity", "-Infinity". */
void yd_wandb_values_number(yd_wandb_values *values, const char *key, double value);
void yd_wandb_values_integer(yd_wandb_values *values, const char *key, int64_t value);
/* Sets all that from has. */
void yd_wandb_values_merge(yd_wandb_values *values, const yd_wandb_values *from);
void yd_wandb_values_clear(yd_wandb_values *values);
void yd_wandb_values_free(yd_wandb_values *values);

/* Appends all as a field of a message each: its number, then key (1) and value_json (16). */
void yd_wandb_values_put(const yd_wandb_values *values, uint32_t field, yd_text *message);
/* Appends them as an object, and as W&B's config.yaml has them. */
void yd_wandb_values_json(const yd_wandb_values *values, yd_text *text);
void yd_wandb_values_yaml(const yd_wandb_values *values, yd_text *text);
