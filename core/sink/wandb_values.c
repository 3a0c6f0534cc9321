#include "sink/wandb_values.h"
#include "base/json.h"
#include "base/protobuf.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEM_KEY = 1, ITEM_JSON = 16 };

static const yd_wandb_value *value_at(const yd_wandb_values *values, size_t index)
{
    return &YD_AT(yd_wandb_value, &values->all, index);
}

static yd_wandb_value *find(yd_wandb_values *values, const char *key)
{
    for (size_t i = 0; i < values->all.count; i++) {
        yd_wandb_value *one = &YD_AT(yd_wandb_value, &values->all, i);
        if (strcmp(one->key, key) == 0) return one;
    }
    return NULL;
}

void yd_wandb_values_set(yd_wandb_values *values, const char *key, const char *json)
{
    yd_wandb_value *there = find(values, key), made = {.json = strdup(json)};
    if (there && made.json) {
        free(there->json);
        there->json = made.json;
        return;
    }
    made.key = strdup(key);
    values->all.size = sizeof made;
    if (!there && made.key && made.json && yd_vector_push(&values->all, &made)) return;
    values->failed = true;
    free(made.key);
    free(made.json);
}

void yd_wandb_values_number(yd_wandb_values *values, const char *key, double value)
{
    char text[40];
    if (isfinite(value))
        yd_format_double(text, sizeof text, value);
    else
        yd_copy_text(text, sizeof text,
                     isnan(value) ? "\"NaN\""
                     : value > 0  ? "\"Infinity\""
                                  : "\"-Infinity\"");
    yd_wandb_values_set(values, key, text);
}

void yd_wandb_values_integer(yd_wandb_values *values, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    yd_wandb_values_set(values, key, text);
}

void yd_wandb_values_merge(yd_wandb_values *values, const yd_wandb_values *from)
{
    for (size_t i = 0; i < from->all.count; i++) {
        const yd_wandb_value *one = value_at(from, i);
        yd_wandb_values_set(values, one->key, one->json);
    }
}

void yd_wandb_values_clear(yd_wandb_values *values)
{
    for (size_t i = 0; i < values->all.count; i++) {
        yd_wandb_value *one = &YD_AT(yd_wandb_value, &values->all, i);
        free(one->key);
        free(one->json);
    }
    values->all.count = 0;
}

void yd_wandb_values_free(yd_wandb_values *values)
{
    yd_wandb_values_clear(values);
    yd_vector_free(&values->all);
}

void yd_wandb_values_put(const yd_wandb_values *values, uint32_t field, yd_text *message)
{
    yd_text item = {0};
    for (size_t i = 0; i < values->all.count; i++) {
        const yd_wandb_value *one = value_at(values, i);
        yd_text_clear(&item);
        yd_wire_put_bytes(&item, ITEM_KEY, one->key, strlen(one->key));
        yd_wire_put_bytes(&item, ITEM_JSON, one->json, strlen(one->json));
        yd_wire_put_bytes(message, field, item.data, item.length);
        message->failed |= item.failed;
    }
    yd_text_free(&item);
}

void yd_wandb_values_json(const yd_wandb_values *values, yd_text *text)
{
    yd_json json;
    yd_json_start(&json, text);
    yd_json_open(&json, NULL, '{');
    for (size_t i = 0; i < values->all.count; i++) {
        const yd_wandb_value *one = value_at(values, i);
        yd_json_raw(&json, one->key, one->json);
    }
    yd_json_close(&json, '}');
    yd_text_add(text, "\n");
}

/* JSON is YAML too. */
void yd_wandb_values_yaml(const yd_wandb_values *values, yd_text *text)
{
    for (size_t i = 0; i < values->all.count; i++) {
        const yd_wandb_value *one = value_at(values, i);
        yd_json key;
        yd_json_start(&key, text);
        yd_json_string(&key, NULL, one->key);
        yd_text_addf(text, ":\n    value: %s\n", one->json);
    }
}
