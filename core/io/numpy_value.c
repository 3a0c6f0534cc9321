#include "io/numpy_value.h"
#include "io/bytes.h"
#include "io/half.h"
#include <string.h>

/* A dtype is a call numpy.dtype('f8', False, True) whose state's second field is the byte order. */
static const char *type_of(const yd_pickle_node *dtype)
{
    if (!yd_pickle_is_call(dtype, "numpy dtype")) return NULL;
    const yd_pickle_node *arguments = dtype->items[1], *state = dtype->state;
    if (arguments->count < 1 || !yd_pickle_is(arguments->items[0], YD_PICKLE_TEXT)) return NULL;
    if (yd_pickle_is(state, YD_PICKLE_TUPLE) && state->count > 1 &&
        yd_pickle_is(state->items[1], YD_PICKLE_TEXT) && strcmp(state->items[1]->text, ">") == 0)
        return NULL;
    return arguments->items[0]->text;
}

static bool decode(const yd_pickle_node *dtype, const yd_pickle_node *bytes, double *value)
{
    const char *type = type_of(dtype);
    if (!type || !yd_pickle_is(bytes, YD_PICKLE_BYTES) || strlen(type) != 2) return false;
    if (bytes->count != (size_t)(type[1] - '0')) return false;
    const unsigned char *at = (const unsigned char *)bytes->text;
    if (strcmp(type, "f8") == 0) {
        uint64_t bits = yd_get_u64(at);
        memcpy(value, &bits, sizeof bits);
    } else if (strcmp(type, "f4") == 0) {
        uint32_t bits = yd_get_u32(at);
        float narrow;
        memcpy(&narrow, &bits, sizeof bits);
        *value = (double)narrow;
    } else if (strcmp(type, "f2") == 0) {
        *value = (double)yd_half_to_float(yd_get_u16(at));
    } else if (strcmp(type, "i8") == 0) {
        *value = (double)(int64_t)yd_get_u64(at);
    } else if (strcmp(type, "i4") == 0) {
        *value = (double)(int32_t)yd_get_u32(at);
    } else if (strcmp(type, "b1") == 0) {
        *value = (double)(at[0] != 0);
    } else {
        return false;
    }
    return true;
}

bool yd_pickle_number(const yd_pickle_node *node, double *value)
{
    if (!node) return false;
    if (node->kind == YD_PICKLE_FLOAT) return *value = node->real, true;
    if (node->kind == YD_PICKLE_INT || node->kind == YD_PICKLE_BOOL)
        return *value = (double)node->integer, true;
    if (yd_pickle_is_call(node, "numpy.core.multiarray scalar") ||
        yd_pickle_is_call(node, "numpy._core.multiarray scalar")) {
        const yd_pickle_node *arguments = node->items[1];
        return arguments->count == 2 && decode(arguments->items[0], arguments->items[1], value);
    }
    if (yd_pickle_is_call(node, "numpy.core.multiarray _reconstruct") ||
        yd_pickle_is_call(node, "numpy._core.multiarray _reconstruct")) {
        const yd_pickle_node *state = node->state; /* version, shape, dtype, column order, bytes */
        return yd_pickle_is(state, YD_PICKLE_TUPLE) && state->count == 5 &&
               decode(state->items[2], state->items[4], value);
    }
    return false;
}
