/* The rows of options.def as a table, and single values in and out of yd_options; for the files of options
 * alone. */
#pragma once
#include "config/options.h"
#include "config/yaml.h"

typedef enum yd_option_type {
    YD_OPTION_TYPE_TEXT,
    YD_OPTION_TYPE_INT,
    YD_OPTION_TYPE_REAL,
    YD_OPTION_TYPE_FLAG,
    YD_OPTION_TYPE_INTS,
    YD_OPTION_TYPE_MAYBE,
    YD_OPTION_TYPE_WORDS
} yd_option_type;

typedef struct yd_option_row {
    const char *field;
    yd_option_type type;
    const char *names;
    unsigned commands;
    bool beside_resume;
    const char *fallback; /* NULL: none; see yd_option_fallback */
    const char *rule, *value, *help;
    size_t offset;
} yd_option_row;

/* A line of opt.yaml, and its key by the preset's wording (options.def). */
typedef struct yd_option_stored {
    yd_option_id id;
    const char *v7, *seed;
} yd_option_stored;

extern const yd_option_row yd_option_rows[YD_OPTION_COUNT];
extern const yd_option_stored yd_option_stored_rows[];
extern const int yd_option_stored_count;
extern const char yd_option_of_preset[]; /* the fallback of a row whose default the preset gives */

/* The default of an option for a command: text as it would be typed, NULL, or yd_option_of_preset. */
const char *yd_option_fallback(yd_option_id id, yd_for command);

/* One of the names in names, by its number from 0; false where there is none. negative: it had a "!".
 * preset: what it sets the option to ("" where it takes a value itself). */
typedef struct yd_option_alias {
    char name[64], value[16];
    bool negative;
} yd_option_alias;
bool yd_option_name(const yd_option_row *row, int index, yd_option_alias *alias);

/* The value's place in options, of the row's type. */
void *yd_option_place(yd_options *options, yd_option_id id);

/* INTS, and WORDS of rule "+": an option that is followed by several values. */
bool yd_option_is_list(const yd_option_row *row);
/* Of INTS and WORDS alone. */
void yd_option_empty_list(yd_options *options, yd_option_id id);

/* What a MAYBE has where nothing stands behind it. NULL: out of memory. */
const char *yd_option_bare(const yd_options *options, yd_option_id id);

/* Sets a value from a word (not a FLAG; INTS, WORDS: adds one). label names it in messages. USAGE. */
yd_status yd_option_set_word(yd_options *options, yd_option_id id, const char *word, const char *label,
                             yd_error *error);
/* Sets a value from a YAML node. CONFIG with file:line. */
yd_status yd_option_set_node(yd_options *options, yd_option_id id, const yd_yaml *yaml,
                             const yd_yaml_node *node, const char *key, yd_error *error);
