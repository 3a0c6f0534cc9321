#include "io/resume_state.h"
#include "base/arena.h"
#include "base/vector.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct yd_resume_state {
    yd_arena *arena;
    yd_vector entries; /* yd_resume_entry */
    bool failed;
};

yd_resume_state *yd_resume_state_create(void)
{
    yd_resume_state *state = calloc(1, sizeof *state);
    if (!state) return NULL;
    state->entries.size = sizeof(yd_resume_entry);
    state->arena = yd_arena_create(0);
    if (state->arena) return state;
    free(state);
    return NULL;
}

void yd_resume_state_destroy(yd_resume_state *state)
{
    if (!state) return;
    yd_vector_free(&state->entries);
    yd_arena_destroy(state->arena);
    free(state);
}

static yd_resume_entry *find(const yd_resume_state *state, const char *key)
{
    for (size_t i = 0; i < state->entries.count; i++) {
        yd_resume_entry *entry = &YD_AT(yd_resume_entry, &state->entries, i);
        if (strcmp(entry->key, key) == 0) return entry;
    }
    return NULL;
}

static void put(yd_resume_state *state, yd_resume_entry entry)
{
    yd_resume_entry *there = find(state, entry.key);
    entry.key = there ? there->key : yd_arena_strdup(state->arena, entry.key);
    if (there)
        *there = entry;
    else if (!entry.key || !yd_vector_push(&state->entries, &entry))
        state->failed = true;
}

void yd_resume_put_integer(yd_resume_state *state, const char *key, int64_t value)
{
    put(state, (yd_resume_entry){.key = key, .kind = YD_RESUME_INTEGER, .integer = value});
}

void yd_resume_put_number(yd_resume_state *state, const char *key, double value)
{
    put(state, (yd_resume_entry){.key = key, .kind = YD_RESUME_NUMBER, .number = value});
}

void yd_resume_put_text(yd_resume_state *state, const char *key, const char *value)
{
    const char *copy = yd_arena_strdup(state->arena, value);
    if (copy)
        put(state, (yd_resume_entry){.key = key, .kind = YD_RESUME_TEXT, .text = copy});
    else
        state->failed = true;
}

void yd_resume_put_numbers(yd_resume_state *state, const char *key, const double *values, size_t count)
{
    double *copy = yd_arena_alloc(state->arena, count ? count : 1, sizeof *copy);
    if (!copy) {
        state->failed = true;
        return;
    }
    if (count) memcpy(copy, values, count * sizeof *copy);
    put(state, (yd_resume_entry){.key = key, .kind = YD_RESUME_NUMBERS, .numbers = copy, .count = count});
}

bool yd_resume_state_failed(const yd_resume_state *state)
{
    return state->failed;
}

static yd_status find_kind(const yd_resume_state *state, const char *key, yd_resume_kind kind,
                           const yd_resume_entry **entry, yd_error *error)
{
    static const char *const kinds[] = {"a whole number", "a number", "a text", "a list of numbers"};
    *entry = find(state, key);
    if (!*entry) return yd_fail(error, YD_ERR_FORMAT, "the state to resume from lacks \"%s\"", key);
    if ((*entry)->kind != kind)
        return yd_fail(error, YD_ERR_FORMAT, "the state to resume from has %s as \"%s\", wanted %s",
                       kinds[(*entry)->kind], key, kinds[kind]);
    return YD_OK;
}

yd_status yd_resume_get_integer(const yd_resume_state *state, const char *key, int64_t low, int64_t high,
                                int64_t *value, yd_error *error)
{
    const yd_resume_entry *entry;
    YD_TRY(find_kind(state, key, YD_RESUME_INTEGER, &entry, error));
    if (entry->integer < low || entry->integer > high)
        return yd_fail(error, YD_ERR_FORMAT,
                       "the state to resume from has %" PRId64 " as \"%s\", wanted %" PRId64 " to %" PRId64,
                       entry->integer, key, low, high);
    *value = entry->integer;
    return YD_OK;
}

yd_status yd_resume_get_number(const yd_resume_state *state, const char *key, double *value, yd_error *error)
{
    const yd_resume_entry *entry;
    YD_TRY(find_kind(state, key, YD_RESUME_NUMBER, &entry, error));
    *value = entry->number;
    return YD_OK;
}

yd_status yd_resume_get_text(const yd_resume_state *state, const char *key, const char **value,
                             yd_error *error)
{
    const yd_resume_entry *entry;
    YD_TRY(find_kind(state, key, YD_RESUME_TEXT, &entry, error));
    *value = entry->text;
    return YD_OK;
}

yd_status yd_resume_get_numbers(const yd_resume_state *state, const char *key, double *values, size_t count,
                                yd_error *error)
{
    const yd_resume_entry *entry;
    YD_TRY(find_kind(state, key, YD_RESUME_NUMBERS, &entry, error));
    if (entry->count != count)
        return yd_fail(error, YD_ERR_FORMAT, "the state to resume from has %zu numbers as \"%s\", wanted %zu",
                       entry->count, key, count);
    if (count) memcpy(values, entry->numbers, count * sizeof *values);
    return YD_OK;
}

size_t yd_resume_state_count(const yd_resume_state *state)
{
    return state->entries.count;
}

const yd_resume_entry *yd_resume_state_at(const yd_resume_state *state, size_t index)
{
    return &YD_AT(yd_resume_entry, &state->entries, index);
}
