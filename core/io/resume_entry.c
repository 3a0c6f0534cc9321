#include "io/resume_entry.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_KEYS = 10000, MAX_NUMBERS = 1 << 22 };

static void put_value(yd_pickle_writer *writer, const yd_resume_entry *entry)
{
    switch (entry->kind) {
    case YD_RESUME_INTEGER:
        yd_pickle_put_int(writer, entry->integer);
        return;
    case YD_RESUME_NUMBER:
        yd_pickle_put_float(writer, entry->number);
        return;
    case YD_RESUME_TEXT:
        yd_pickle_put_text(writer, entry->text);
        return;
    case YD_RESUME_NUMBERS:
        break;
    }
    yd_pickle_put_empty(writer, YD_PICKLE_LIST);
    yd_pickle_put_begin(writer);
    for (size_t i = 0; i < entry->count; i++) yd_pickle_put_float(writer, entry->numbers[i]);
    yd_pickle_put_end_list(writer);
}

void yd_resume_put_pickle(const yd_resume_state *state, yd_pickle_writer *writer)
{
    yd_pickle_put_empty(writer, YD_PICKLE_DICT);
    yd_pickle_put_begin(writer);
    for (size_t i = 0; i < yd_resume_state_count(state); i++) {
        const yd_resume_entry *entry = yd_resume_state_at(state, i);
        yd_pickle_put_text(writer, entry->key);
        put_value(writer, entry);
    }
    yd_pickle_put_end_dict(writer);
}

yd_status yd_resume_find(const yd_pt *pt, const yd_pickle_node **entry, yd_error *error)
{
    const yd_pickle_node *root = yd_pt_root(pt);
    int64_t number;
    *entry = yd_pickle_get(root, YD_RESUME_KEY);
    if (!yd_pickle_is(*entry, YD_PICKLE_DICT)) {
        bool stripped = yd_pickle_integer(yd_pickle_get(root, "epoch"), &number) && number < 0;
        return yd_fail(error, YD_ERR_FORMAT, "%s: cannot be resumed: %s", yd_pt_label(pt),
                       stripped ? "its run has ended and it was stripped to the weights"
                                : "it holds weights only, not the whole state of a run of YoloDeck");
    }
    if (!yd_pickle_integer(yd_pickle_get(*entry, "version"), &number) || number != YD_RESUME_VERSION)
        return yd_fail(error, YD_ERR_FORMAT,
                       "%s: cannot be resumed: its state was written by another version", yd_pt_label(pt));
    return YD_OK;
}

yd_status yd_resume_find_set(const yd_pt *pt, const yd_pickle_node *entry, const char *key,
                             const yd_pickle_node **set, yd_error *error)
{
    *set = yd_pickle_get(entry, key);
    if (yd_pickle_is(*set, YD_PICKLE_DICT)) return YD_OK;
    return yd_fail(error, YD_ERR_FORMAT, "%s: cannot be resumed: its %s are missing", yd_pt_label(pt), key);
}

/* False where the list holds something else than floats. */
static bool get_numbers(yd_resume_state *state, const char *key, const yd_pickle_node *list)
{
    if (list->count > MAX_NUMBERS) return false;
    double *numbers = malloc((list->count + 1) * sizeof *numbers);
    bool sound = numbers != NULL;
    for (size_t i = 0; sound && i < list->count; i++) {
        sound = yd_pickle_is(list->items[i], YD_PICKLE_FLOAT);
        if (sound) numbers[i] = list->items[i]->real;
    }
    if (sound) yd_resume_put_numbers(state, key, numbers, list->count);
    free(numbers);
    return sound;
}

static bool get_value(yd_resume_state *state, const char *key, const yd_pickle_node *value)
{
    switch (value->kind) {
    case YD_PICKLE_INT:
        yd_resume_put_integer(state, key, value->integer);
        return true;
    case YD_PICKLE_FLOAT:
        yd_resume_put_number(state, key, value->real);
        return true;
    case YD_PICKLE_TEXT:
        yd_resume_put_text(state, key, value->text);
        return strlen(value->text) == value->count;
    case YD_PICKLE_LIST:
        return get_numbers(state, key, value);
    default:
        return false;
    }
}

yd_status yd_resume_read_state(const yd_pt *pt, const yd_pickle_node *entry, yd_resume_state **out,
                               yd_error *error)
{
    const yd_pickle_node *values = yd_pickle_get(entry, "state");
    if (!yd_pickle_is(values, YD_PICKLE_DICT) || values->count > 2 * MAX_KEYS)
        return yd_fail(error, YD_ERR_FORMAT, "%s: cannot be resumed: the trainer's state is missing",
                       yd_pt_label(pt));
    yd_resume_state *state = yd_resume_state_create();
    yd_status status = state ? YD_OK : YD_ERR_MEMORY;
    for (size_t i = 0; status == YD_OK && i < values->count; i += 2) {
        const yd_pickle_node *key = values->items[i];
        if (!yd_pickle_is(key, YD_PICKLE_TEXT) || !get_value(state, key->text, values->items[i + 1]))
            status = YD_ERR_FORMAT;
    }
    if (status == YD_OK && yd_resume_state_failed(state)) status = YD_ERR_MEMORY;
    if (status == YD_OK) {
        *out = state;
        return YD_OK;
    }
    yd_resume_state_destroy(state);
    return yd_fail(error, status, "%s: cannot be resumed: %s", yd_pt_label(pt),
                   status == YD_ERR_MEMORY ? "no memory" : "the trainer's state is damaged");
}
