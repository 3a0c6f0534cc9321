/* Looks values up in JSON text (RFC 8259), without building anything. */
#include "support/params.h"
#include "support/test.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64 };

static const char *blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

_Noreturn static void wrong(const char *at)
{
    yd_test_fatal(__FILE__, __LINE__, "not JSON here: %.40s", at);
}

/* The value of a \uXXXX escape as UTF-8; pairs of surrogates are not joined: nobody's key needs them. */
static size_t unicode(const char *at, char out[4])
{
    unsigned code;
    if (sscanf(at, "%4x", &code) != 1) wrong(at);
    if (code < 0x80) return out[0] = (char)code, 1;
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6), out[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    out[0] = (char)(0xe0 | code >> 12), out[1] = (char)(0x80 | (code >> 6 & 63)),
    out[2] = (char)(0x80 | (code & 63));
    return 3;
}

/* Past the string at at; its text goes to out (cut to fit) where out is not NULL. */
static const char *string(const char *at, char *out, size_t capacity)
{
    static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    size_t used = 0;
    if (*at != '"') wrong(at);
    for (at++; *at != '"'; at++) {
        char piece[4] = {*at};
        size_t length = 1;
        if (*at == '\0') wrong(at);
        if (*at == '\\') {
            const char *kind = *++at ? strchr(escapes, *at) : NULL;
            if (kind)
                piece[0] = meant[kind - escapes];
            else if (*at == 'u')
                length = unicode(at + 1, piece), at += 4;
            else
                wrong(at);
        }
        for (size_t i = 0; i < length && out && used + 1 < capacity; i++) out[used++] = piece[i];
    }
    if (out && capacity) out[used] = '\0';
    return at + 1;
}

static const char *skip(const char *at, int depth);

/* Walks an object or an array from its bracket. Stops at the value of key (an array's: its decimal index) and
 * returns its place; with key NULL goes to the end, counts, and returns what follows. */
static const char *walk(const char *at, const char *key, int depth, int *count)
{
    char open = *at, close = open == '{' ? '}' : ']', name[512];
    if (depth > MAX_DEPTH) wrong(at);
    int index = 0;
    for (at = blanks(at + 1); *at != close; index++) {
        if (index > 0) {
            if (*at != ',') wrong(at);
            at = blanks(at + 1);
        }
        if (open == '{') {
            at = blanks(string(at, name, sizeof name));
            if (*at != ':') wrong(at);
            at = blanks(at + 1);
        } else {
            snprintf(name, sizeof name, "%d", index);
        }
        if (key && strcmp(name, key) == 0) return at;
        at = blanks(skip(at, depth + 1));
    }
    if (count) *count = index;
    return key ? NULL : at + 1;
}

static const char *skip(const char *at, int depth)
{
    if (*at == '"') return string(at, NULL, 0);
    if (*at == '{' || *at == '[') return walk(at, NULL, depth, NULL);
    size_t length = strcspn(at, ",]} \t\r\n");
    if (length == 0) wrong(at);
    return at + length;
}

static const char *find(const char *json, va_list path)
{
    const char *at = blanks(json), *key;
    while (at && (key = va_arg(path, const char *)))
        at = *at == '{' || *at == '[' ? walk(at, key, 0, NULL) : NULL;
    return at;
}

double yd_params_number(const char *json, double otherwise, ...)
{
    va_list path;
    va_start(path, otherwise);
    const char *at = find(json, path);
    va_end(path);
    if (!at) return otherwise;
    if (strncmp(at, "true", 4) == 0) return 1;
    if (strncmp(at, "false", 5) == 0) return 0;
    char *end;
    double value = strtod(at, &end);
    return strchr("{[\"n", *at) || end == at ? otherwise : value;
}

bool yd_params_text(const char *json, char *out, size_t capacity, ...)
{
    va_list path;
    va_start(path, capacity);
    const char *at = find(json, path);
    va_end(path);
    if (!at || *at != '"') return false;
    string(at, out, capacity);
    return true;
}

int yd_params_count(const char *json, ...)
{
    va_list path;
    va_start(path, json);
    const char *at = find(json, path);
    va_end(path);
    int count = -1;
    if (at && (*at == '{' || *at == '[')) walk(at, NULL, 0, &count);
    return count;
}
