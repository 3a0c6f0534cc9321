#include "base/text.h"
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for extra bytes and the terminator. */
static bool reserve(yd_text *text, size_t extra)
{
    if (text->failed || extra > SIZE_MAX / 2 - text->length - 1) return !(text->failed = true);
    size_t needed = text->length + extra + 1;
    if (needed <= text->capacity) return true;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < needed) capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) return !(text->failed = true);
    text->data = data;
    text->capacity = capacity;
    return true;
}

void yd_text_add_bytes(yd_text *text, const void *bytes, size_t length)
{
    if (!reserve(text, length)) return;
    if (length) memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void yd_text_add(yd_text *text, const char *string)
{
    yd_text_add_bytes(text, string, strlen(string));
}

void yd_text_addf(yd_text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        text->failed = true;
    else if (reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void yd_text_clear(yd_text *text)
{
    text->length = 0;
    if (text->data) text->data[0] = '\0';
}

void yd_text_free(yd_text *text)
{
    free(text->data);
    *text = (yd_text){0};
}

int yd_utf8_length(const char *string)
{
    const unsigned char *s = (const unsigned char *)string;
    if (s[0] < 0x80) return s[0] ? 1 : 0;
    int length = s[0] >= 0xc2 && s[0] < 0xe0   ? 2
                 : (s[0] & 0xf0) == 0xe0       ? 3
                 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                               : 0;
    /* A terminator is no continuation byte, so nothing behind it is read. */
    for (int i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if (s[0] == 0xe0 && s[1] < 0xa0) return 0;  /* overlong */
    if (s[0] == 0xed && s[1] >= 0xa0) return 0; /* surrogates */
    if (s[0] == 0xf0 && s[1] < 0x90) return 0;  /* overlong */
    if (s[0] == 0xf4 && s[1] >= 0x90) return 0; /* above U+10FFFF */
    return length;
}

/* C0, DEL, and C1 (U+0080 to U+009F, which some terminals obey). */
static bool is_control(const char *string, int length)
{
    unsigned char first = (unsigned char)string[0];
    if (length == 1) return first < 0x20 || first == 0x7f;
    return length == 2 && first == 0xc2 && (unsigned char)string[1] < 0xa0;
}

int yd_utf8_characters(const char *string)
{
    int count = 0;
    for (; *string; string++) count += ((unsigned char)*string & 0xc0) != 0x80;
    return count;
}

int yd_utf8_encode(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6), out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f)), out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

const char *yd_escape(char *out, size_t capacity, const char *source)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    while (capacity && *source) {
        int length = yd_utf8_length(source);
        bool shown = length && !is_control(source, length);
        int taken = length ? length : 1;
        size_t needed = shown ? (size_t)taken : 4 * (size_t)taken;
        if (needed >= capacity - at) break;
        for (int i = 0; i < taken; i++, source++) {
            unsigned char byte = (unsigned char)*source;
            if (shown) {
                out[at++] = (char)byte;
                continue;
            }
            out[at++] = '\\';
            out[at++] = 'x';
            out[at++] = digits[byte >> 4];
            out[at++] = digits[byte & 15];
        }
    }
    if (capacity) out[at] = '\0';
    return out;
}

/* A letter, a digit or a sign that means nothing to a shell; a byte of UTF-8 beyond ASCII. */
static bool is_plain_in_shell(unsigned char byte)
{
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
    return letter || (byte >= '0' && byte <= '9') || strchr("_-./,:+@%=", byte) != NULL;
}

const char *yd_shell_word(char *out, size_t capacity, const char *source)
{
    yd_text word = {0};
    bool plain = source[0] != '\0', clean = true;
    for (const char *at = source; *at; at += yd_utf8_length(at) ? yd_utf8_length(at) : 1) {
        int length = yd_utf8_length(at);
        plain = plain && is_plain_in_shell((unsigned char)*at);
        clean = clean && length && !is_control(at, length);
    }
    for (const char *at = source; *at; at++) {
        char piece[8] = {*at, '\0'};
        if (clean && *at == '\'')
            yd_text_add(&word, "'\\''");
        else if (!clean &&
                 (*at == '\'' || *at == '\\' || (unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f))
            yd_text_addf(&word, "\\x%02x", (unsigned)(unsigned char)*at);
        else
            yd_text_add(&word, piece);
    }
    const char *open = plain && clean ? "" : clean ? "'" : "$'", *close = plain && clean ? "" : "'";
    snprintf(out, capacity, "%s%s%s", open, word.data ? word.data : "", close);
    yd_text_free(&word);
    return out;
}

void yd_copy_text(char *out, size_t capacity, const char *source)
{
    if (!capacity) return;
    size_t length = strnlen(source, capacity - 1);
    memcpy(out, source, length);
    out[length] = '\0';
}

/* Where the digits make a whole number that a double holds, and the power of ten is one too, a single
 * division rounds as strtod does (Clinger, 1990). */
const char *yd_scan_plain(const char *at, const char *end, double *value)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    enum { MOST_DIGITS = 15 }; /* below 2^53 */
    int64_t whole = 0;
    const char *first = at, *point = NULL;
    for (; at < end; at++) {
        if (*at >= '0' && *at <= '9')
            whole = 10 * whole + (*at - '0');
        else if (*at == '.' && !point)
            point = at;
        else
            break;
        if (at - first > MOST_DIGITS) return NULL;
    }
    ptrdiff_t behind = point ? at - point - 1 : 0, digits = at - first - (point != NULL);
    if (digits < 1 || digits > MOST_DIGITS) return NULL;
    *value = (double)whole / powers[behind];
    return at;
}

bool yd_parse_double(const char *string, double *value)
{
    double plain;
    const char *end_of_plain = yd_scan_plain(string, string + strlen(string), &plain);
    if (end_of_plain && !*end_of_plain) {
        *value = plain;
        return true;
    }
    /* Decimal only: no blanks, no hexadecimal, no names. */
    if (!*string || string[strspn(string, "0123456789+-.eE")]) return false;
    /* glibc answers the C locale from a constant, so this costs next to nothing. */
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale) return false;
    char *end;
    double parsed = strtod_l(string, &end, c_locale);
    freelocale(c_locale);
    if (end == string || *end || !isfinite(parsed)) return false;
    *value = parsed;
    return true;
}

bool yd_parse_int(const char *string, int64_t *value)
{
    if (!*string || string[strspn(string, "0123456789+-")]) return false;
    char *end;
    errno = 0;
    long long parsed = strtoll(string, &end, 10);
    if (end == string || *end || errno == ERANGE) return false;
    *value = parsed;
    return true;
}

int yd_edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 128 }; /* names of options and classes; what is behind does not count */
    int row[LONGEST + 1];
    int length_a = (int)strnlen(a, LONGEST), length_b = (int)strnlen(b, LONGEST);
    for (int j = 0; j <= length_b; j++) row[j] = j;
    for (int i = 1; i <= length_a; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= length_b; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[length_b];
}

double yd_unsigned_nan(double value)
{
    return isnan(value) ? (double)NAN : value;
}

void yd_format_double(char *out, size_t capacity, double value)
{
    if (!isfinite(value)) {
        yd_copy_text(out, capacity, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    /* The fewest digits that read back as the same number: "-d.ddde±dd". */
    char scientific[40];
    int places = 0;
    do snprintf(scientific, sizeof scientific, "%.*e", places, value);
    while (strtod(scientific, NULL) != value && ++places < 17);
    char *mark = strchr(scientific, 'e');
    int exponent = mark ? (int)strtol(mark + 1, NULL, 10) : 0;
    if (exponent < -4 || exponent >= 16) {
        yd_copy_text(out, capacity, scientific);
        return;
    }
    int decimals = places - exponent;
    snprintf(out, capacity, "%.*f", decimals < 1 ? 1 : decimals, value);
}
