#include "io/pickle_writer.h"
#include "base/hash.h"
#include "io/bytes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 200 };

/* Where a text or a global stands in the memo. key: its opcode and its operand, as written. */
typedef struct slot {
    size_t at, length; /* of the key in out */
    uint32_t place;
    bool used;
} slot;

struct yd_pickle_writer {
    yd_text out;
    uint32_t kept; /* places of the memo that are taken */
    slot *slots;   /* open addressing; slot_count is a power of two */
    size_t slot_count, slots_used;
};

yd_pickle_writer *yd_pickle_writer_create(void)
{
    yd_pickle_writer *writer = calloc(1, sizeof *writer);
    if (!writer) return NULL;
    writer->slot_count = 1024;
    writer->slots = calloc(writer->slot_count, sizeof *writer->slots);
    if (!writer->slots) {
        free(writer);
        return NULL;
    }
    yd_text_add_bytes(&writer->out, "\x80\x02", 2);
    return writer;
}

void yd_pickle_writer_destroy(yd_pickle_writer *writer)
{
    if (!writer) return;
    yd_text_free(&writer->out);
    free(writer->slots);
    free(writer);
}

static void op(yd_pickle_writer *writer, char code)
{
    yd_text_add_bytes(&writer->out, &code, 1);
}

uint32_t yd_pickle_put_keep(yd_pickle_writer *writer)
{
    uint32_t place = writer->kept++;
    unsigned char operand[5] = {place < 256 ? 'q' : 'r'};
    yd_put_u32(operand + 1, place);
    yd_text_add_bytes(&writer->out, operand, place < 256 ? 2 : 5);
    return place;
}

void yd_pickle_put_kept(yd_pickle_writer *writer, uint32_t place)
{
    unsigned char operand[5] = {place < 256 ? 'h' : 'j'};
    yd_put_u32(operand + 1, place);
    yd_text_add_bytes(&writer->out, operand, place < 256 ? 2 : 5);
}

static slot *find_slot(yd_pickle_writer *writer, const char *key, size_t length)
{
    size_t mask = writer->slot_count - 1, at = (size_t)yd_fnv1a(key, length) & mask;
    for (;; at = (at + 1) & mask) {
        slot *s = &writer->slots[at];
        if (!s->used || (s->length == length && memcmp(writer->out.data + s->at, key, length) == 0)) return s;
    }
}

/* Twice the slots; where memory is out the table stays, and only repeats more. */
static void grow_slots(yd_pickle_writer *writer)
{
    size_t count = writer->slot_count;
    slot *old = writer->slots, *grown = calloc(2 * count, sizeof *grown);
    if (!grown) return;
    writer->slots = grown, writer->slot_count = 2 * count;
    for (size_t i = 0; i < count; i++)
        if (old[i].used) *find_slot(writer, writer->out.data + old[i].at, old[i].length) = old[i];
    free(old);
}

/* Takes back the key that was just written at start if the memo has it; keeps it there if not. */
static void share(yd_pickle_writer *writer, size_t start)
{
    if (writer->out.failed) return;
    const char *key = writer->out.data + start;
    size_t length = writer->out.length - start;
    slot *s = find_slot(writer, key, length);
    if (s->used) {
        writer->out.length = start;
        yd_pickle_put_kept(writer, s->place);
        return;
    }
    if (writer->slots_used + 1 >= writer->slot_count) {
        yd_pickle_put_keep(writer);
        return;
    }
    *s = (slot){.at = start, .length = length, .used = true};
    s->place = yd_pickle_put_keep(writer);
    if (++writer->slots_used * 2 > writer->slot_count) grow_slots(writer);
}

void yd_pickle_put_none(yd_pickle_writer *writer)
{
    op(writer, 'N');
}

void yd_pickle_put_bool(yd_pickle_writer *writer, bool value)
{
    op(writer, (char)(value ? 0x88 : 0x89));
}

void yd_pickle_put_int(yd_pickle_writer *writer, int64_t value)
{
    unsigned char out[10];
    if (value >= 0 && value < 256) {
        out[0] = 'K', out[1] = (unsigned char)value;
        yd_text_add_bytes(&writer->out, out, 2);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
        out[0] = 'J';
        yd_put_u32(out + 1, (uint32_t)value);
        yd_text_add_bytes(&writer->out, out, 5);
    } else {
        out[0] = 0x8a, out[1] = 8;
        yd_put_u64(out + 2, (uint64_t)value);
        yd_text_add_bytes(&writer->out, out, 10);
    }
}

void yd_pickle_put_float(yd_pickle_writer *writer, double value)
{
    uint64_t bits;
    unsigned char out[9] = {'G'};
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++) out[1 + i] = (unsigned char)(bits >> (56 - 8 * i));
    yd_text_add_bytes(&writer->out, out, sizeof out);
}

static void put_long_text(yd_pickle_writer *writer, const char *text, size_t length)
{
    unsigned char head[5] = {'X'};
    YD_ASSERT(length <= UINT32_MAX);
    yd_put_u32(head + 1, (uint32_t)length);
    yd_text_add_bytes(&writer->out, head, sizeof head);
    yd_text_add_bytes(&writer->out, text, length);
}

void yd_pickle_put_text(yd_pickle_writer *writer, const char *text)
{
    size_t start = writer->out.length;
    put_long_text(writer, text, strlen(text));
    share(writer, start);
}

void yd_pickle_put_bytes(yd_pickle_writer *writer, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    yd_pickle_put_global(writer, "_codecs", "encode");
    yd_pickle_put_begin(writer);
    char *text = malloc(2 * length + 1);
    size_t used = 0;
    if (!text) {
        writer->out.failed = true;
        return;
    }
    for (size_t i = 0; i < length; i++) { /* as text whose code points are the bytes */
        if (from[i] >= 0x80) text[used++] = (char)(0xc0 | from[i] >> 6);
        text[used++] = (char)(from[i] >= 0x80 ? 0x80 | (from[i] & 0x3f) : from[i]);
    }
    put_long_text(writer, text, used);
    free(text);
    yd_pickle_put_text(writer, "latin1");
    yd_pickle_put_end_tuple(writer);
    yd_pickle_put_call(writer);
}

void yd_pickle_put_global(yd_pickle_writer *writer, const char *module, const char *name)
{
    size_t start = writer->out.length;
    yd_text_addf(&writer->out, "c%s\n%s\n", module, name);
    share(writer, start);
}

void yd_pickle_put_empty(yd_pickle_writer *writer, yd_pickle_kind kind)
{
    op(writer, kind == YD_PICKLE_DICT ? '}' : kind == YD_PICKLE_LIST ? ']' : ')');
}

void yd_pickle_put_ordered_dict(yd_pickle_writer *writer)
{
    yd_pickle_put_global(writer, "collections", "OrderedDict");
    op(writer, ')');
    op(writer, 'R');
}

void yd_pickle_put_begin(yd_pickle_writer *writer)
{
    op(writer, '(');
}

void yd_pickle_put_end_tuple(yd_pickle_writer *writer)
{
    op(writer, 't');
}

void yd_pickle_put_end_list(yd_pickle_writer *writer)
{
    op(writer, 'e');
}

void yd_pickle_put_end_dict(yd_pickle_writer *writer)
{
    op(writer, 'u');
}

void yd_pickle_put_call(yd_pickle_writer *writer)
{
    op(writer, 'R');
}

void yd_pickle_put_instance(yd_pickle_writer *writer)
{
    op(writer, (char)0x81);
}

void yd_pickle_put_build(yd_pickle_writer *writer)
{
    op(writer, 'b');
}

void yd_pickle_put_persistent(yd_pickle_writer *writer)
{
    op(writer, 'Q');
}

/* Trees. */

typedef struct tree {
    yd_pickle_writer *writer;
    yd_pickle_put_persistent_function *persistent;
    void *context;
    yd_error *error;
} tree;

static yd_status put_node(const tree *t, yd_pickle_node *node, int depth);

static yd_status put_items(const tree *t, const yd_pickle_node *node, int depth)
{
    for (size_t i = 0; i < node->count; i++) YD_TRY(put_node(t, node->items[i], depth + 1));
    return YD_OK;
}

/* What can contain itself is kept before it is filled, so that a loop ends at the memo. */
static void keep(const tree *t, yd_pickle_node *node)
{
    node->memo = yd_pickle_put_keep(t->writer) + 1;
}

static yd_status put_container(const tree *t, yd_pickle_node *node, int depth)
{
    if (node->ordered)
        yd_pickle_put_ordered_dict(t->writer);
    else
        yd_pickle_put_empty(t->writer, node->kind);
    keep(t, node);
    if (node->count == 0) return YD_OK;
    yd_pickle_put_begin(t->writer);
    YD_TRY(put_items(t, node, depth));
    if (node->kind == YD_PICKLE_LIST)
        yd_pickle_put_end_list(t->writer);
    else
        yd_pickle_put_end_dict(t->writer);
    return YD_OK;
}

static yd_status put_set(const tree *t, const yd_pickle_node *node, int depth)
{
    yd_pickle_put_global(t->writer, "__builtin__", "set");
    yd_pickle_put_begin(t->writer);
    yd_pickle_put_empty(t->writer, YD_PICKLE_LIST);
    yd_pickle_put_begin(t->writer);
    YD_TRY(put_items(t, node, depth));
    yd_pickle_put_end_list(t->writer);
    yd_pickle_put_end_tuple(t->writer);
    yd_pickle_put_call(t->writer);
    return YD_OK;
}

static yd_status put_object(const tree *t, yd_pickle_node *node, int depth)
{
    YD_TRY(put_items(t, node, depth));
    if (node->instance)
        yd_pickle_put_instance(t->writer);
    else
        yd_pickle_put_call(t->writer);
    keep(t, node);
    if (!node->state) return YD_OK;
    YD_TRY(put_node(t, node->state, depth + 1));
    yd_pickle_put_build(t->writer);
    return YD_OK;
}

static void put_global_text(yd_pickle_writer *writer, const char *text)
{
    size_t start = writer->out.length;
    const char *name = strchr(text, ' ');
    yd_text_addf(&writer->out, "c%.*s\n%s\n", (int)(name - text), text, name + 1);
    share(writer, start);
}

static void put_big(yd_pickle_writer *writer, const yd_pickle_node *node)
{
    unsigned char head[5] = {0x8b};
    yd_put_u32(head + 1, (uint32_t)node->count);
    yd_text_add_bytes(&writer->out, head, sizeof head);
    yd_text_add_bytes(&writer->out, node->text, node->count);
}

static yd_status put_node(const tree *t, yd_pickle_node *node, int depth)
{
    yd_pickle_writer *writer = t->writer;
    if (depth > MAX_DEPTH)
        return yd_fail(t->error, YD_ERR_FORMAT, "a pickle nested deeper than %d cannot be written",
                       MAX_DEPTH);
    if (node->memo) return yd_pickle_put_kept(writer, node->memo - 1), YD_OK;
    switch (node->kind) {
    case YD_PICKLE_NONE:
        return yd_pickle_put_none(writer), YD_OK;
    case YD_PICKLE_BOOL:
        return yd_pickle_put_bool(writer, node->integer != 0), YD_OK;
    case YD_PICKLE_INT:
        return yd_pickle_put_int(writer, node->integer), YD_OK;
    case YD_PICKLE_BIG:
        return put_big(writer, node), YD_OK;
    case YD_PICKLE_FLOAT:
        return yd_pickle_put_float(writer, node->real), YD_OK;
    case YD_PICKLE_TEXT:
        return put_long_text(writer, node->text, node->count), keep(t, node), YD_OK;
    case YD_PICKLE_BYTES:
        return yd_pickle_put_bytes(writer, node->text, node->count), keep(t, node), YD_OK;
    case YD_PICKLE_TUPLE:
        if (node->count == 0) return yd_pickle_put_empty(writer, YD_PICKLE_TUPLE), YD_OK;
        yd_pickle_put_begin(writer);
        YD_TRY(put_items(t, node, depth));
        yd_pickle_put_end_tuple(writer);
        break;
    case YD_PICKLE_LIST:
    case YD_PICKLE_DICT:
        return put_container(t, node, depth);
    case YD_PICKLE_SET:
        YD_TRY(put_set(t, node, depth));
        break;
    case YD_PICKLE_GLOBAL:
        return put_global_text(writer, node->text), YD_OK;
    case YD_PICKLE_OBJECT:
        return put_object(t, node, depth);
    case YD_PICKLE_PERSISTENT:
        YD_TRY(t->persistent(t->context, writer, node, t->error));
        break;
    }
    keep(t, node);
    return YD_OK;
}

yd_status yd_pickle_put_tree(yd_pickle_writer *writer, yd_pickle_node *node,
                             yd_pickle_put_persistent_function *persistent, void *context, yd_error *error)
{
    tree t = {writer, persistent, context, error};
    return put_node(&t, node, 0);
}

yd_status yd_pickle_writer_finish(yd_pickle_writer *writer, const char **bytes, size_t *length,
                                  yd_error *error)
{
    op(writer, '.');
    if (writer->out.failed) return yd_fail(error, YD_ERR_MEMORY, "no memory for a checkpoint's pickle");
    *bytes = writer->out.data, *length = writer->out.length;
    return YD_OK;
}
