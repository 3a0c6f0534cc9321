/* What an exact resume needs beside tensors: named numbers and texts, filled by the trainer, kept in a
 * checkpoint, read back by name. Entries keep their order. Memory that runs out while filling is remembered,
 * and reported when the state is written. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum yd_resume_kind {
    YD_RESUME_INTEGER,
    YD_RESUME_NUMBER,
    YD_RESUME_TEXT,
    YD_RESUME_NUMBERS
} yd_resume_kind;

typedef struct yd_resume_entry {
    const char *key;
    yd_resume_kind kind;
    int64_t integer;
    double number;
    const char *text;
    const double *numbers; /* [count] */
    size_t count;
} yd_resume_entry;

typedef struct yd_resume_state yd_resume_state;

yd_resume_state *yd_resume_state_create(void); /* NULL when memory is out */
void yd_resume_state_destroy(yd_resume_state *state);

/* Everything given is copied. A key stands once: a later value takes the earlier one's place. */
void yd_resume_put_integer(yd_resume_state *state, const char *key, int64_t value);
void yd_resume_put_number(yd_resume_state *state, const char *key, double value);
void yd_resume_put_text(yd_resume_state *state, const char *key, const char *value);
void yd_resume_put_numbers(yd_resume_state *state, const char *key, const double *values, size_t count);
bool yd_resume_state_failed(const yd_resume_state *state); /* memory ran out: the state is not whole */

/* FORMAT, naming the key, where it is missing, of another kind, outside the bounds, or of another length. */
yd_status yd_resume_get_integer(const yd_resume_state *state, const char *key, int64_t low, int64_t high,
                                int64_t *value, yd_error *error);
yd_status yd_resume_get_number(const yd_resume_state *state, const char *key, double *value, yd_error *error);
yd_status yd_resume_get_text(const yd_resume_state *state, const char *key, const char **value,
                             yd_error *error);
yd_status yd_resume_get_numbers(const yd_resume_state *state, const char *key, double *values, size_t count,
                                yd_error *error);

/* For the writer: entries in order. */
size_t yd_resume_state_count(const yd_resume_state *state);
const yd_resume_entry *yd_resume_state_at(const yd_resume_state *state, size_t index);
