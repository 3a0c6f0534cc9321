/* Reads Python pickles as data. Nothing is imported, called or built: what the stream would have Python call
 * becomes a node that names it, and only names from a fixed list pass (pickle_globals.h). Protocols 2 to 5,
 * the opcodes that PyTorch and NumPy write. (training.md, 10.3 to 10.5) */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum yd_pickle_kind {
    YD_PICKLE_NONE,
    YD_PICKLE_BOOL,
    YD_PICKLE_INT,
    YD_PICKLE_BIG, /* an integer beyond 64 bits: two's complement, little-endian, in text */
    YD_PICKLE_FLOAT,
    YD_PICKLE_TEXT, /* UTF-8 as it stood there; paths too */
    YD_PICKLE_BYTES,
    YD_PICKLE_TUPLE, /* torch.Size too */
    YD_PICKLE_LIST,
    YD_PICKLE_SET,
    YD_PICKLE_DICT,      /* items: key, value, key, value, …; OrderedDict and defaultdict too */
    YD_PICKLE_GLOBAL,    /* text: "module name" */
    YD_PICKLE_OBJECT,    /* items[0] what would make it (a GLOBAL), items[1] its arguments (a TUPLE); state */
    YD_PICKLE_PERSISTENT /* items[0]: the id of something outside of the pickle */
} yd_pickle_kind;

typedef struct yd_pickle_node yd_pickle_node;
struct yd_pickle_node {
    yd_pickle_kind kind;
    bool ordered;  /* DICT: an OrderedDict */
    bool instance; /* OBJECT: by its class's __new__ (NEWOBJ), else by a call (REDUCE) */
    uint32_t memo; /* for writers of trees: 1 + where it stands in the memo */
    size_t count;  /* of items, or bytes of text */
    union {
        int64_t integer; /* BOOL, INT */
        double real;
        const char *text; /* with a NUL after it, and perhaps others within */
        struct {
            yd_pickle_node **items;
            yd_pickle_node *state; /* OBJECT: what BUILD was given, or NULL */
            size_t capacity;
        };
    };
};

/* Nodes may be shared and, in a hostile stream, contain themselves: whoever walks must bound depth and number
 * of steps. */
typedef struct yd_pickle {
    yd_pickle_node *root;
    yd_pickle_node **persistent;     /* every PERSISTENT in the order of the stream */
    size_t persistent_count, length; /* length: bytes up to and with STOP */
} yd_pickle;

/* Nodes and strings are copied to the arena. label names the stream in messages. FORMAT for all that is not a
 * pickle this reader knows, with the place, and the opcode or the global that it refused. */
yd_status yd_pickle_read(const void *bytes, size_t length, const char *label, yd_arena *arena,
                         yd_pickle *pickle, yd_error *error);

/* The value of a text key of a DICT; the last where there are several; NULL where there is none or node is no
 * DICT (or NULL). */
yd_pickle_node *yd_pickle_get(const yd_pickle_node *node, const char *key);
/* The value of an attribute: the same of an OBJECT's state. */
yd_pickle_node *yd_pickle_attribute(const yd_pickle_node *node, const char *name);
/* False for NULL. */
static inline bool yd_pickle_is(const yd_pickle_node *node, yd_pickle_kind kind)
{
    return node && node->kind == kind;
}
bool yd_pickle_is_call(const yd_pickle_node *node, const char *global); /* an OBJECT made by "module name" */
bool yd_pickle_integer(const yd_pickle_node *node, int64_t *value);     /* a BOOL or an INT */
