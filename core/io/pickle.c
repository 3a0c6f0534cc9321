#include "io/pickle.h"
#include "base/vector.h"
#include "io/bytes.h"
#include "io/pickle_globals.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Python's own pickler stays far below: a training checkpoint of the largest model has half a million nodes.
 */
enum { MAX_NODES = 1 << 23, MAX_MEMO = 1 << 23, MAX_GLOBAL = 200, CHUNK = 1 << 16 };

typedef struct reader {
    const unsigned char *start, *at, *end, *opcode;
    const char *label;
    yd_arena *arena;
    yd_error *error;
    char *chunk; /* small pieces are cut from chunks: the arena's alignment would waste most of them */
    size_t chunk_left, nodes;
    size_t copied; /* bytes: see copy_is_fair */
    yd_vector stack, marks, persistent;
    yd_pickle_node **memo;
    size_t memo_count; /* slots there are; memoized: how many MEMOIZE would have filled */
    size_t memoized;
    bool stopped;
} reader;

__attribute__((format(printf, 2, 3))) static yd_status fail(reader *r, const char *format, ...)
{
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    yd_fail(r->error, YD_ERR_FORMAT, "%s: byte %zu of its pickle: %s", r->label,
            (size_t)(r->opcode - r->start), what);
    return YD_ERR_FORMAT;
}

static yd_status no_memory(reader *r)
{
    yd_fail(r->error, YD_ERR_MEMORY, "%s: no memory for its pickle", r->label);
    return YD_ERR_MEMORY;
}

/* size bytes of the stream, or NULL where it is cut. */
static const unsigned char *take(reader *r, uint64_t size)
{
    if (size > (uint64_t)(r->end - r->at)) {
        fail(r, "the pickle is cut");
        return NULL;
    }
    const unsigned char *at = r->at;
    r->at += size;
    return at;
}

static void *carve(reader *r, size_t size)
{
    if (size >= CHUNK / 4) return yd_arena_alloc(r->arena, size, 1);
    size = (size + 15) & ~(size_t)15;
    if (size > r->chunk_left) {
        r->chunk = yd_arena_alloc(r->arena, CHUNK, 1);
        if (!r->chunk) return r->chunk_left = 0, NULL;
        r->chunk_left = CHUNK;
    }
    void *piece = r->chunk;
    r->chunk += size, r->chunk_left -= size;
    return piece;
}

static yd_status push(reader *r, yd_pickle_node *node)
{
    return yd_vector_push(&r->stack, &node) ? YD_OK : no_memory(r);
}

static yd_status push_new(reader *r, yd_pickle_kind kind, yd_pickle_node **out)
{
    if (++r->nodes > MAX_NODES) {
        fail(r, "more than %d objects", MAX_NODES);
        return YD_ERR_FORMAT;
    }
    yd_pickle_node *node = carve(r, sizeof *node);
    if (!node) return no_memory(r);
    *node = (yd_pickle_node){.kind = kind};
    if (out) *out = node;
    return push(r, node);
}

/* What lies on the stack above the last mark. */
static size_t height(const reader *r)
{
    size_t floor = r->marks.count ? YD_AT(size_t, &r->marks, r->marks.count - 1) : 0;
    return r->stack.count - floor;
}

static yd_pickle_node *pop(reader *r)
{
    if (height(r) == 0) {
        fail(r, "takes from an empty stack");
        return NULL;
    }
    return YD_AT(yd_pickle_node *, &r->stack, --r->stack.count);
}

static yd_pickle_node *top(reader *r)
{
    if (height(r) > 0) return YD_AT(yd_pickle_node *, &r->stack, r->stack.count - 1);
    fail(r, "takes from an empty stack");
    return NULL;
}

/* What lies above the last mark, which goes; the nodes stay readable until the next push. */
static yd_status pop_mark(reader *r, yd_pickle_node ***items, size_t *count)
{
    *items = NULL, *count = 0;
    if (r->marks.count == 0) return fail(r, "there is no mark on the stack");
    *count = height(r);
    r->marks.count--;
    r->stack.count -= *count;
    *items = *count ? &YD_AT(yd_pickle_node *, &r->stack, r->stack.count) : NULL;
    return YD_OK;
}

static yd_status add_items(reader *r, yd_pickle_node *node, yd_pickle_node *const *items, size_t count)
{
    if (count > node->capacity - node->count) {
        size_t capacity = node->capacity + (node->capacity > count ? node->capacity : count);
        yd_pickle_node **grown = carve(r, capacity * sizeof *grown);
        if (!grown) return no_memory(r);
        if (node->count) memcpy(grown, node->items, node->count * sizeof *grown);
        node->items = grown, node->capacity = capacity;
    }
    if (count) memcpy(node->items + node->count, items, count * sizeof *items);
    node->count += count;
    return YD_OK;
}

static yd_status set_text(reader *r, yd_pickle_node *node, const void *bytes, size_t length)
{
    char *text = carve(r, length + 1);
    if (!text) return no_memory(r);
    memcpy(text, bytes, length);
    text[length] = '\0';
    node->text = text, node->count = length;
    return YD_OK;
}

/* Little-endian operand of 1, 2, 4 or 8 bytes. */
static bool operand(reader *r, int width, uint64_t *value)
{
    const unsigned char *at = take(r, (uint64_t)width);
    if (!at) return false;
    *value = 0;
    for (int i = width; i-- > 0;) *value = *value << 8 | at[i];
    return true;
}

/* The opcodes. argument: see the table at the end. */

static yd_status read_protocol(reader *r, int argument)
{
    (void)argument;
    uint64_t version;
    if (!operand(r, 1, &version)) return YD_ERR_FORMAT;
    return version <= 5 ? YD_OK : fail(r, "protocol %u is unknown, 2 to 5 are read", (unsigned)version);
}

static yd_status read_frame(reader *r, int argument)
{
    (void)argument;
    uint64_t length; /* a hint for buffering: what counts are the opcodes */
    return operand(r, 8, &length) ? YD_OK : YD_ERR_FORMAT;
}

static yd_status read_stop(reader *r, int argument)
{
    (void)argument;
    r->stopped = true;
    if (r->marks.count || r->stack.count != 1)
        return fail(r, "ends with %zu objects, wanted one", r->stack.count);
    return YD_OK;
}

static yd_status read_empty(reader *r, int kind)
{
    return push_new(r, (yd_pickle_kind)kind, NULL);
}

static yd_status read_bool(reader *r, int value)
{
    yd_pickle_node *node;
    YD_TRY(push_new(r, YD_PICKLE_BOOL, &node));
    node->integer = value;
    return YD_OK;
}

static yd_status read_int(reader *r, int width) /* negative: signed */
{
    uint64_t value;
    if (!operand(r, abs(width), &value)) return YD_ERR_FORMAT;
    yd_pickle_node *node;
    YD_TRY(push_new(r, YD_PICKLE_INT, &node));
    node->integer = width < 0 ? (int32_t)value : (int64_t)value;
    return YD_OK;
}

static yd_status read_long(reader *r, int width)
{
    uint64_t length;
    const unsigned char *at;
    if (!operand(r, width, &length) || !(at = take(r, length))) return YD_ERR_FORMAT;
    yd_pickle_node *node;
    YD_TRY(push_new(r, length > 8 ? YD_PICKLE_BIG : YD_PICKLE_INT, &node));
    if (length > 8) return set_text(r, node, at, (size_t)length);
    uint64_t value = length && at[length - 1] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = (size_t)length; i-- > 0;) value = value << 8 | at[i];
    node->integer = (int64_t)value;
    return YD_OK;
}

static yd_status read_float(reader *r, int argument)
{
    (void)argument;
    const unsigned char *at = take(r, 8);
    if (!at) return YD_ERR_FORMAT;
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++) bits = bits << 8 | at[i]; /* the one number that is big-endian */
    yd_pickle_node *node;
    YD_TRY(push_new(r, YD_PICKLE_FLOAT, &node));
    memcpy(&node->real, &bits, sizeof bits);
    return YD_OK;
}

static yd_status read_string(reader *r, yd_pickle_kind kind, int width)
{
    uint64_t length;
    const unsigned char *at;
    if (!operand(r, width, &length) || !(at = take(r, length))) return YD_ERR_FORMAT;
    yd_pickle_node *node;
    YD_TRY(push_new(r, kind, &node));
    return set_text(r, node, at, (size_t)length);
}

static yd_status read_text(reader *r, int width)
{
    return read_string(r, YD_PICKLE_TEXT, width);
}

static yd_status read_bytes(reader *r, int width)
{
    return read_string(r, YD_PICKLE_BYTES, width);
}

static yd_status read_mark(reader *r, int argument)
{
    (void)argument;
    size_t at = r->stack.count;
    return yd_vector_push(&r->marks, &at) ? YD_OK : no_memory(r);
}

static yd_status read_pop(reader *r, int argument)
{
    (void)argument;
    if (height(r) > 0) return pop(r), YD_OK;
    yd_pickle_node **items;
    size_t count;
    return pop_mark(r, &items, &count); /* POP on a mark takes the mark */
}

static yd_status read_pop_mark(reader *r, int argument)
{
    (void)argument;
    yd_pickle_node **items;
    size_t count;
    return pop_mark(r, &items, &count);
}

static yd_status read_dup(reader *r, int argument)
{
    (void)argument;
    yd_pickle_node *node = top(r);
    return node ? push(r, node) : YD_ERR_FORMAT;
}

static yd_status put_memo(reader *r, uint64_t index)
{
    yd_pickle_node *node = top(r);
    if (!node) return YD_ERR_FORMAT;
    if (index >= MAX_MEMO)
        return fail(r, "memo place %llu is beyond %d", (unsigned long long)index, MAX_MEMO);
    if (index >= r->memo_count) {
        size_t count = (size_t)index + 1 + r->memo_count / 2;
        yd_pickle_node **grown = realloc(r->memo, count * sizeof *grown);
        if (!grown) return no_memory(r);
        memset(grown + r->memo_count, 0, (count - r->memo_count) * sizeof *grown);
        r->memo = grown, r->memo_count = count;
    }
    if (!r->memo[index]) r->memoized++;
    r->memo[index] = node;
    return YD_OK;
}

static yd_status read_put(reader *r, int width)
{
    uint64_t index;
    return operand(r, width, &index) ? put_memo(r, index) : YD_ERR_FORMAT;
}

static yd_status read_memoize(reader *r, int argument)
{
    (void)argument;
    return put_memo(r, r->memoized);
}

static yd_status read_get(reader *r, int width)
{
    uint64_t index;
    if (!operand(r, width, &index)) return YD_ERR_FORMAT;
    if (index >= r->memo_count || !r->memo[index])
        return fail(r, "memo place %llu was never filled", (unsigned long long)index);
    return push(r, r->memo[index]);
}

static yd_status push_sequence(reader *r, yd_pickle_kind kind, yd_pickle_node *const *items, size_t count)
{
    yd_pickle_node *node = carve(r, sizeof *node);
    if (!node) return no_memory(r);
    if (++r->nodes > MAX_NODES) return fail(r, "more than %d objects", MAX_NODES);
    *node = (yd_pickle_node){.kind = kind};
    YD_TRY(add_items(r, node, items, count));
    return push(r, node);
}

static yd_status read_tuple(reader *r, int count)
{
    if (height(r) < (size_t)count) return fail(r, "takes from an empty stack");
    r->stack.count -= (size_t)count;
    return push_sequence(r, YD_PICKLE_TUPLE, &YD_AT(yd_pickle_node *, &r->stack, r->stack.count),
                         (size_t)count);
}

static yd_status read_marked(reader *r, int kind) /* TUPLE, FROZENSET */
{
    yd_pickle_node **items;
    size_t count;
    YD_TRY(pop_mark(r, &items, &count));
    return push_sequence(r, (yd_pickle_kind)kind, items, count);
}

static yd_status extend(reader *r, yd_pickle_kind kind, yd_pickle_node *const *items, size_t count)
{
    yd_pickle_node *node = top(r);
    if (!node) return YD_ERR_FORMAT;
    if (node->kind != kind) return fail(r, "adds to something that is no list, set or dict");
    if (kind == YD_PICKLE_DICT && count % 2) return fail(r, "a key without a value");
    return add_items(r, node, items, count);
}

static yd_status read_append(reader *r, int argument)
{
    (void)argument;
    yd_pickle_node *item = pop(r);
    return item ? extend(r, YD_PICKLE_LIST, &item, 1) : YD_ERR_FORMAT;
}

static yd_status read_set_item(reader *r, int argument)
{
    (void)argument;
    yd_pickle_node *pair[2];
    if (!(pair[1] = pop(r)) || !(pair[0] = pop(r))) return YD_ERR_FORMAT;
    return extend(r, YD_PICKLE_DICT, pair, 2);
}

static yd_status read_extend(reader *r, int kind) /* APPENDS, SETITEMS, ADDITEMS */
{
    yd_pickle_node **items;
    size_t count;
    YD_TRY(pop_mark(r, &items, &count));
    return extend(r, (yd_pickle_kind)kind, items, count);
}

static yd_status push_global(reader *r, const char *module, size_t module_length, const char *name,
                             size_t name_length)
{
    char text[2 * MAX_GLOBAL + 2];
    if (module_length > MAX_GLOBAL || name_length > MAX_GLOBAL || memchr(module, 0, module_length) ||
        memchr(name, 0, name_length))
        return fail(r, "a name that no module has");
    snprintf(text, sizeof text, "%.*s %.*s", (int)module_length, module, (int)name_length, name);
    if (yd_global_find(text) == YD_GLOBAL_REFUSED)
        return fail(r, "refused: it names \"%s\", which no checkpoint needs; nothing was run", text);
    yd_pickle_node *node;
    YD_TRY(push_new(r, YD_PICKLE_GLOBAL, &node));
    return set_text(r, node, text, strlen(text));
}

static yd_status read_global(reader *r, int argument)
{
    (void)argument;
    const char *line[2];
    size_t length[2];
    for (int i = 0; i < 2; i++) {
        const unsigned char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));
        if (!end) return fail(r, "the pickle is cut");
        line[i] = (const char *)r->at, length[i] = (size_t)(end - r->at);
        r->at = end + 1;
    }
    return push_global(r, line[0], length[0], line[1], length[1]);
}

static yd_status read_stack_global(reader *r, int argument)
{
    (void)argument;
    yd_pickle_node *name = pop(r), *module = name ? pop(r) : NULL;
    if (!module) return YD_ERR_FORMAT;
    if (name->kind != YD_PICKLE_TEXT || module->kind != YD_PICKLE_TEXT)
        return fail(r, "a global that is no text");
    return push_global(r, module->text, module->count, name->text, name->count);
}

/* What calls become. */

/* Calls copy what the memo can name again and again, for a few bytes each: a small file could ask for all
 * memory. Those of a checkpoint copy nothing twice. */
static yd_status copy_is_fair(reader *r, size_t count, size_t size)
{
    static const size_t least = 64 << 20;
    size_t limit = least + 4 * (size_t)(r->end - r->start);
    if (count > (limit - r->copied) / size)
        return fail(r, "its calls copy more than %zu bytes, no checkpoint does", limit);
    r->copied += count * size;
    return YD_OK;
}

static yd_status push_object(reader *r, yd_pickle_node *callee, yd_pickle_node *arguments, bool instance)
{
    yd_pickle_node *both[] = {callee, arguments}, *node;
    YD_TRY(push_new(r, YD_PICKLE_OBJECT, &node));
    node->instance = instance;
    return add_items(r, node, both, 2);
}

/* OrderedDict(), or of a list of pairs, as Python 2 wrote it; a defaultdict's factory does not matter. */
static yd_status push_dict(reader *r, const yd_pickle_node *callee, const yd_pickle_node *arguments)
{
    yd_pickle_node *node;
    YD_TRY(push_new(r, YD_PICKLE_DICT, &node));
    node->ordered = strstr(callee->text, "OrderedDict") != NULL;
    if (!node->ordered || arguments->count == 0) return YD_OK;
    const yd_pickle_node *pairs = arguments->items[0];
    if (arguments->count != 1 || pairs->kind != YD_PICKLE_LIST)
        return fail(r, "a dict of something that is no list of pairs");
    YD_TRY(copy_is_fair(r, pairs->count, 2 * sizeof *pairs->items));
    for (size_t i = 0; i < pairs->count; i++) {
        const yd_pickle_node *pair = pairs->items[i];
        if ((pair->kind != YD_PICKLE_LIST && pair->kind != YD_PICKLE_TUPLE) || pair->count != 2)
            return fail(r, "a dict of something that is no list of pairs");
        YD_TRY(add_items(r, node, pair->items, 2));
    }
    return YD_OK;
}

static yd_status push_copy(reader *r, yd_pickle_kind kind, const yd_pickle_node *arguments)
{
    if (arguments->count == 0) return push_sequence(r, kind, NULL, 0);
    const yd_pickle_node *from = arguments->items[0];
    if (arguments->count > 1 ||
        (from->kind != YD_PICKLE_LIST && from->kind != YD_PICKLE_TUPLE && from->kind != YD_PICKLE_SET))
        return fail(r, "a set or a size of something that is no sequence");
    YD_TRY(copy_is_fair(r, from->count, sizeof *from->items));
    return push_sequence(r, kind, from->items, from->count);
}

static yd_status push_path(reader *r, const yd_pickle_node *arguments)
{
    size_t length = 0;
    for (size_t i = 0; i < arguments->count; i++) {
        if (arguments->items[i]->kind != YD_PICKLE_TEXT) return fail(r, "a path whose parts are no text");
        YD_TRY(copy_is_fair(r, arguments->items[i]->count + 1, 1));
        length += arguments->items[i]->count + 1;
    }
    yd_pickle_node *node;
    YD_TRY(push_new(r, YD_PICKLE_TEXT, &node));
    char *text = carve(r, length + 1), *at = text;
    if (!text) return no_memory(r);
    for (size_t i = 0; i < arguments->count; i++) {
        const yd_pickle_node *part = arguments->items[i];
        if (at > text && at[-1] != '/') *at++ = '/';
        memcpy(at, part->text, part->count);
        at += part->count;
    }
    *at = '\0';
    node->text = text, node->count = (size_t)(at - text);
    return YD_OK;
}

/* _codecs.encode(text, "latin1"): how protocol 2 writes bytes. */
static yd_status push_encoded(reader *r, const yd_pickle_node *arguments)
{
    yd_pickle_node *node;
    YD_TRY(push_new(r, YD_PICKLE_BYTES, &node));
    if (arguments->count == 0) return set_text(r, node, "", 0);
    const yd_pickle_node *text = arguments->items[0];
    if (text->kind == YD_PICKLE_BYTES || text->kind == YD_PICKLE_TEXT)
        YD_TRY(copy_is_fair(r, text->count + 1, 1));
    if (text->kind == YD_PICKLE_BYTES) return set_text(r, node, text->text, text->count);
    if (text->kind != YD_PICKLE_TEXT) return fail(r, "bytes of something that is no text");
    char *out = carve(r, text->count + 1);
    if (!out) return no_memory(r);
    size_t length = 0;
    for (size_t i = 0; i < text->count; i++) {
        unsigned lead = (unsigned char)text->text[i];
        if (lead >= 0x80) { /* only U+0080 to U+00FF: two bytes, the first C2 or C3 */
            unsigned next = i + 1 < text->count ? (unsigned char)text->text[++i] : 0;
            if ((lead != 0xc2 && lead != 0xc3) || (next & 0xc0) != 0x80)
                return fail(r, "bytes that are no bytes");
            lead = (lead & 3) << 6 | (next & 0x3f);
        }
        out[length++] = (char)lead;
    }
    out[length] = '\0';
    node->text = out, node->count = length;
    return YD_OK;
}

static bool pop_call(reader *r, yd_pickle_node **callee, yd_pickle_node **arguments)
{
    *callee = NULL;
    if (!(*arguments = pop(r)) || !(*callee = pop(r))) return false;
    if ((*callee)->kind == YD_PICKLE_GLOBAL && (*arguments)->kind == YD_PICKLE_TUPLE) return true;
    fail(r, "calls something that is no known name");
    return false;
}

static yd_status read_reduce(reader *r, int argument)
{
    (void)argument;
    yd_pickle_node *callee, *arguments;
    if (!pop_call(r, &callee, &arguments)) return YD_ERR_FORMAT;
    switch (yd_global_find(callee->text)) {
    case YD_GLOBAL_OBJECT:
    case YD_GLOBAL_CLASS:
        return push_object(r, callee, arguments, false);
    case YD_GLOBAL_DICT:
        return push_dict(r, callee, arguments);
    case YD_GLOBAL_SET:
        return push_copy(r, YD_PICKLE_SET, arguments);
    case YD_GLOBAL_TUPLE:
        return push_copy(r, YD_PICKLE_TUPLE, arguments);
    case YD_GLOBAL_TEXT:
        return push_path(r, arguments);
    case YD_GLOBAL_BYTES:
        return push_encoded(r, arguments);
    case YD_GLOBAL_BARE:
    case YD_GLOBAL_REFUSED:
        break;
    }
    return fail(r, "refused: it calls \"%s\"; nothing was run", callee->text);
}

static yd_status read_new_object(reader *r, int argument)
{
    (void)argument;
    yd_pickle_node *callee, *arguments;
    if (!pop_call(r, &callee, &arguments)) return YD_ERR_FORMAT;
    yd_global_kind kind = yd_global_find(callee->text);
    if (kind == YD_GLOBAL_DICT) return push_dict(r, callee, arguments);
    if (kind == YD_GLOBAL_TEXT) return push_path(r, arguments);
    if (kind != YD_GLOBAL_CLASS && kind != YD_GLOBAL_OBJECT)
        return fail(r, "refused: it makes a \"%s\"; nothing was run", callee->text);
    return push_object(r, callee, arguments, true);
}

static yd_status read_build(reader *r, int argument)
{
    (void)argument;
    yd_pickle_node *state = pop(r), *node = state ? top(r) : NULL;
    if (!node) return YD_ERR_FORMAT;
    if (node->kind == YD_PICKLE_OBJECT)
        node->state = state;
    else if (node->kind != YD_PICKLE_DICT) /* an OrderedDict's own attributes, as _metadata, are not needed */
        return fail(r, "a state for something that has none");
    return YD_OK;
}

/* Something outside of the pickle. The legacy format names classes so: ("module", class, file, source text).
 */
static yd_status read_persistent(reader *r, int argument)
{
    (void)argument;
    yd_pickle_node *id = pop(r), *node;
    if (!id) return YD_ERR_FORMAT;
    if (id->kind == YD_PICKLE_TUPLE && id->count == 4 && id->items[0]->kind == YD_PICKLE_TEXT &&
        strcmp(id->items[0]->text, "module") == 0 && id->items[1]->kind == YD_PICKLE_GLOBAL)
        return push(r, id->items[1]);
    YD_TRY(push_new(r, YD_PICKLE_PERSISTENT, &node));
    YD_TRY(add_items(r, node, &id, 1));
    return yd_vector_push(&r->persistent, &node) ? YD_OK : no_memory(r);
}

typedef struct opcode {
    yd_status (*run)(reader *r, int argument);
    int argument; /* width of an operand, kind of a node, number of items */
} opcode;

static const opcode opcodes[256] = {
    [0x80] = {read_protocol, 0},
    [0x95] = {read_frame, 0},
    ['.'] = {read_stop, 0},
    ['N'] = {read_empty, YD_PICKLE_NONE},
    [0x88] = {read_bool, 1},
    [0x89] = {read_bool, 0},
    ['J'] = {read_int, -4},
    ['K'] = {read_int, 1},
    ['M'] = {read_int, 2},
    [0x8a] = {read_long, 1},
    [0x8b] = {read_long, 4},
    ['G'] = {read_float, 0},
    ['X'] = {read_text, 4},
    [0x8c] = {read_text, 1},
    [0x8d] = {read_text, 8},
    ['U'] = {read_text, 1}, /* strings of Python 2 */
    ['T'] = {read_text, 4},
    ['C'] = {read_bytes, 1},
    ['B'] = {read_bytes, 4},
    [0x8e] = {read_bytes, 8},
    ['}'] = {read_empty, YD_PICKLE_DICT},
    [']'] = {read_empty, YD_PICKLE_LIST},
    [')'] = {read_empty, YD_PICKLE_TUPLE},
    [0x8f] = {read_empty, YD_PICKLE_SET},
    ['('] = {read_mark, 0},
    ['t'] = {read_marked, YD_PICKLE_TUPLE},
    [0x91] = {read_marked, YD_PICKLE_SET},
    [0x85] = {read_tuple, 1},
    [0x86] = {read_tuple, 2},
    [0x87] = {read_tuple, 3},
    ['a'] = {read_append, 0},
    ['e'] = {read_extend, YD_PICKLE_LIST},
    ['s'] = {read_set_item, 0},
    ['u'] = {read_extend, YD_PICKLE_DICT},
    [0x90] = {read_extend, YD_PICKLE_SET},
    ['c'] = {read_global, 0},
    [0x93] = {read_stack_global, 0},
    ['R'] = {read_reduce, 0},
    [0x81] = {read_new_object, 0},
    ['b'] = {read_build, 0},
    ['Q'] = {read_persistent, 0},
    ['q'] = {read_put, 1},
    ['r'] = {read_put, 4},
    [0x94] = {read_memoize, 0},
    ['h'] = {read_get, 1},
    ['j'] = {read_get, 4},
    ['0'] = {read_pop, 0},
    ['1'] = {read_pop_mark, 0},
    ['2'] = {read_dup, 0},
};

static yd_status run(reader *r)
{
    while (!r->stopped) {
        r->opcode = r->at;
        if (r->at == r->end) return fail(r, "the pickle is cut");
        const opcode *op = &opcodes[*r->at++];
        if (!op->run) return fail(r, "unknown opcode 0x%02x", *r->opcode);
        YD_TRY(op->run(r, op->argument));
    }
    return YD_OK;
}

yd_status yd_pickle_read(const void *bytes, size_t length, const char *label, yd_arena *arena,
                         yd_pickle *pickle, yd_error *error)
{
    reader r = {.start = bytes,
                .at = bytes,
                .opcode = bytes,
                .end = (const unsigned char *)bytes + length,
                .label = label,
                .arena = arena,
                .error = error,
                .stack.size = sizeof(yd_pickle_node *),
                .marks.size = sizeof(size_t),
                .persistent.size = sizeof(yd_pickle_node *)};
    *pickle = (yd_pickle){0};
    yd_status status = run(&r);
    if (status == YD_OK) {
        pickle->root = YD_AT(yd_pickle_node *, &r.stack, 0);
        pickle->length = (size_t)(r.at - r.start);
        pickle->persistent_count = r.persistent.count;
        pickle->persistent = yd_arena_alloc(arena, r.persistent.count + 1, sizeof *pickle->persistent);
        if (!pickle->persistent)
            status = no_memory(&r);
        else if (r.persistent.count)
            memcpy(pickle->persistent, r.persistent.data, r.persistent.count * sizeof *pickle->persistent);
    }
    free(r.memo);
    yd_vector_free(&r.stack);
    yd_vector_free(&r.marks);
    yd_vector_free(&r.persistent);
    return status;
}

bool yd_pickle_is_call(const yd_pickle_node *node, const char *global)
{
    return yd_pickle_is(node, YD_PICKLE_OBJECT) && strcmp(node->items[0]->text, global) == 0;
}

yd_pickle_node *yd_pickle_get(const yd_pickle_node *node, const char *key)
{
    if (!yd_pickle_is(node, YD_PICKLE_DICT)) return NULL;
    for (size_t i = node->count; i >= 2; i -= 2)
        if (node->items[i - 2]->kind == YD_PICKLE_TEXT && strcmp(node->items[i - 2]->text, key) == 0)
            return node->items[i - 1];
    return NULL;
}

yd_pickle_node *yd_pickle_attribute(const yd_pickle_node *node, const char *name)
{
    return yd_pickle_is(node, YD_PICKLE_OBJECT) ? yd_pickle_get(node->state, name) : NULL;
}

bool yd_pickle_integer(const yd_pickle_node *node, int64_t *value)
{
    if (!yd_pickle_is(node, YD_PICKLE_INT) && !yd_pickle_is(node, YD_PICKLE_BOOL)) return false;
    *value = node->integer;
    return true;
}
