/* YAML 1.1 as PyYAML's safe loader and safe_dump have it (training.md, 3.1): a tree with line numbers, typed
 * access whose errors name file, line and key, and a writer. No alias bombs, no tags but the standard ones.
 */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a node resolves to. A number beyond 64 bits is a FLOAT; dates are TEXT. */
typedef enum yd_yaml_kind {
    YD_YAML_NULL,
    YD_YAML_BOOL,
    YD_YAML_INT,
    YD_YAML_FLOAT,
    YD_YAML_TEXT,
    YD_YAML_SEQUENCE,
    YD_YAML_MAPPING
} yd_yaml_kind;

typedef struct yd_yaml_node yd_yaml_node;
struct yd_yaml_node {
    yd_yaml_kind kind;
    int line;         /* from 1; 0 where it came from no text */
    bool quoted;      /* a scalar that stood in quotes or in a block */
    const char *text; /* scalars: as written, without the quotes */
    int64_t integer;  /* INT, BOOL */
    double number;    /* INT, BOOL, FLOAT */
    /* SEQUENCE and MAPPING: children in order; keys[i] belongs to items[i] (keys NULL in a sequence). Aliases
     * share nodes. */
    const yd_yaml_node **keys, **items;
    int count;
    int height;    /* levels below this one, aliases expanded */
    size_t weight; /* nodes below and including this one, aliases expanded */
};

typedef struct yd_yaml {
    const char *file;         /* as messages name it */
    const yd_yaml_node *root; /* a NULL node for an empty file */
} yd_yaml;

enum { YD_YAML_MAX_BYTES = 8 << 20, YD_YAML_MAX_DEPTH = 32, YD_YAML_MAX_NODES = 200000 };

/* Reads a file, or length bytes of text that messages call name. The tree and its strings live in the arena.
 * CONFIG: not there, not YAML (with the line), more than one document, a foreign tag, beyond the limits
 * above. */
yd_status yd_yaml_load(const char *path, yd_arena *arena, yd_yaml *yaml, yd_error *error);
yd_status yd_yaml_parse(const char *name, const char *data, size_t length, yd_arena *arena, yd_yaml *yaml,
                        yd_error *error);

/* The value of a key of a mapping (of the last one where a key stands twice); NULL where there is none, or no
 * mapping. */
const yd_yaml_node *yd_yaml_find(const yd_yaml_node *mapping, const char *key);

/* CONFIG: «file:line: what must be wanted, found "…"», with a hint where YAML read a number or a word
 * differently than it looks. node may be NULL: «file: what is missing: it must be wanted». */
yd_status yd_yaml_wrong(const yd_yaml *yaml, const yd_yaml_node *node, const char *what, const char *wanted,
                        yd_error *error);

/* Typed values of a node, which may be NULL (then yd_yaml_wrong says that what is missing). */
yd_status yd_yaml_integer(const yd_yaml *yaml, const yd_yaml_node *node, const char *what, int64_t low,
                          int64_t high, int64_t *value, yd_error *error);
yd_status yd_yaml_bool(const yd_yaml *yaml, const yd_yaml_node *node, const char *what, bool *value,
                       yd_error *error);
yd_status yd_yaml_text(const yd_yaml *yaml, const yd_yaml_node *node, const char *what, const char **value,
                       yd_error *error);
/* interval: "(0, 1]", "[0, inf)", …: the rule and the wording of the message at once. */
yd_status yd_yaml_number(const yd_yaml *yaml, const yd_yaml_node *node, const char *what,
                         const char *interval, double *value, yd_error *error);
/* Whether value lies in an interval written as above; NaN never does. */
bool yd_interval_holds(const char *interval, double value);

/* What a plain scalar resolves to, with its value (number also for INT and BOOL). */
yd_yaml_kind yd_yaml_resolve(const char *text, int64_t *integer, double *number);

/* The writer: block style, keys in the order of the calls, as yaml.safe_dump(sort_keys=False) writes. key is
 * NULL inside a list. Close what was opened; finish appends to text and frees the writer (MEMORY where
 * anything failed). */
typedef struct yd_yaml_writer yd_yaml_writer;
yd_yaml_writer *yd_yaml_write_start(yd_text *text); /* the root is a mapping; NULL when memory is out */
void yd_yaml_write_open(yd_yaml_writer *writer, const char *key, char bracket); /* '{' or '[' */
void yd_yaml_write_close(yd_yaml_writer *writer);
void yd_yaml_write_text(yd_yaml_writer *writer, const char *key, const char *value);
void yd_yaml_write_number(yd_yaml_writer *writer, const char *key, double value);
void yd_yaml_write_integer(yd_yaml_writer *writer, const char *key, int64_t value);
void yd_yaml_write_bool(yd_yaml_writer *writer, const char *key, bool value);
void yd_yaml_write_null(yd_yaml_writer *writer, const char *key);
yd_status yd_yaml_write_finish(yd_yaml_writer *writer, yd_error *error); /* writer may be NULL */

const char *yd_yaml_version(void); /* of libyaml */
