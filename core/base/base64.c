#include "base/base64.h"
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
enum { AT_ONCE = 1020 }; /* characters; a multiple of four */

void yd_base64_add(yd_text *text, const void *bytes, size_t length)
{
    const unsigned char *in = bytes;
    char out[AT_ONCE];
    size_t filled = 0;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)in[i] << 16;
        if (left > 1) group |= (uint32_t)in[i + 1] << 8;
        if (left > 2) group |= in[i + 2];
        out[filled++] = digits[group >> 18];
        out[filled++] = digits[group >> 12 & 63];
        out[filled++] = left > 1 ? digits[group >> 6 & 63] : '=';
        out[filled++] = left > 2 ? digits[group & 63] : '=';
        if (filled < sizeof out) continue;
        yd_text_add_bytes(text, out, filled);
        filled = 0;
    }
    yd_text_add_bytes(text, out, filled);
}

/* 0 to 63; 64 for anything else. */
static uint32_t value_of(char digit)
{
    const char *place = digit ? strchr(digits, digit) : NULL;
    return place ? (uint32_t)(place - digits) : 64;
}

bool yd_base64_decode(yd_text *text, const char *base64, size_t length)
{
    if (length % 4) return false;
    for (size_t i = 0; i < length; i += 4) {
        const char *in = base64 + i;
        bool last = i + 4 == length;
        int padding = last && in[3] == '=' ? in[2] == '=' ? 2 : 1 : 0;
        uint32_t group = 0;
        for (int k = 0; k < 4 - padding; k++) {
            uint32_t value = value_of(in[k]);
            if (value > 63) return false;
            group |= value << (18 - 6 * k);
        }
        const char out[3] = {(char)(group >> 16), (char)(group >> 8), (char)group};
        yd_text_add_bytes(text, out, (size_t)(3 - padding));
    }
    return true;
}
