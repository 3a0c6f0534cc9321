#include "base/json_reader.h"
#include "base/text.h"
#include <math.h>
#include <string.h>

void yd_json_read_start(yd_json_reader *reader, const char *data, size_t length)
{
    *reader = (yd_json_reader){.at = data, .end = data + length};
}

static bool fail(yd_json_reader *reader)
{
    reader->failed = true;
    return false;
}

/* The next character that is no blank, '\0' at the end; it stays. */
static char peek(yd_json_reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at) reader->at++;
    return reader->at < reader->end ? *reader->at : '\0';
}

static bool take(yd_json_reader *reader, char wanted)
{
    if (reader->failed || peek(reader) != wanted) return fail(reader);
    reader->at++;
    return true;
}

static bool take_word(yd_json_reader *reader, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
        return fail(reader);
    reader->at += length;
    return true;
}

bool yd_json_read_open(yd_json_reader *reader, char bracket)
{
    if (reader->depth >= YD_JSON_DEPTH || !take(reader, bracket)) return fail(reader);
    reader->closing[reader->depth] = bracket == '{' ? '}' : ']';
    reader->begun[reader->depth++] = false;
    return true;
}

/* Stands before the next value or key of the level, its comma read; false where the level ends. */
static bool next(yd_json_reader *reader, char closing)
{
    if (reader->failed || !reader->depth || reader->closing[reader->depth - 1] != closing)
        return fail(reader);
    if (peek(reader) == closing) {
        reader->at++;
        reader->depth--;
        return false;
    }
    if (reader->begun[reader->depth - 1] && !take(reader, ',')) return false;
    reader->begun[reader->depth - 1] = true;
    return true;
}

bool yd_json_read_more(yd_json_reader *reader)
{
    return next(reader, ']');
}

bool yd_json_read_key(yd_json_reader *reader, char *key, size_t capacity)
{
    return next(reader, '}') && yd_json_read_string(reader, key, capacity) && take(reader, ':');
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9') at++;
    return at;
}

/* Where the number that begins here ends; NULL where none does. */
static const char *number_end(const char *at, const char *end)
{
    at += at < end && *at == '-';
    const char *digits = at;
    at = skip_digits(at, end);
    if (at == digits || (*digits == '0' && at > digits + 1)) return NULL;
    if (at < end && *at == '.') {
        digits = ++at;
        if ((at = skip_digits(at, end)) == digits) return NULL;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        digits = at;
        if ((at = skip_digits(at, end)) == digits) return NULL;
    }
    return at;
}

/* The text of a number, terminated; one of more characters than any double needs is not taken. */
static bool take_number(yd_json_reader *reader, char out[64])
{
    if (reader->failed) return false;
    peek(reader);
    const char *end = number_end(reader->at, reader->end);
    if (!end || end - reader->at >= 64) return fail(reader);
    size_t length = (size_t)(end - reader->at);
    memcpy(out, reader->at, length);
    out[length] = '\0';
    reader->at = end;
    return true;
}

bool yd_json_read_number(yd_json_reader *reader, double *value)
{
    char text[64];
    if (!reader->failed && peek(reader) == 'n') {
        *value = (double)NAN;
        return take_word(reader, "null");
    }
    return take_number(reader, text) && (yd_parse_double(text, value) || fail(reader));
}

bool yd_json_read_integer(yd_json_reader *reader, int64_t low, int64_t high, int64_t *value)
{
    char text[64];
    int64_t found;
    if (!take_number(reader, text)) return false;
    if (!yd_parse_int(text, &found) || found < low || found > high) return fail(reader);
    *value = found;
    return true;
}

bool yd_json_read_bool(yd_json_reader *reader, bool *value)
{
    double number = 0;
    char first = reader->failed ? '\0' : peek(reader);
    if (first == 't' || first == 'f') {
        *value = first == 't';
        return take_word(reader, *value ? "true" : "false");
    }
    if (!yd_json_read_number(reader, &number)) return false;
    *value = !isnan(number) && number != 0;
    return true;
}

static bool take_hex(yd_json_reader *reader, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++, reader->at++) {
        char c = reader->at < reader->end ? *reader->at : '\0';
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return fail(reader);
        *code = *code << 4 | (uint32_t)digit;
    }
    return true;
}

/* What follows \u: one character, of two such escapes where the first is half of a pair. */
static bool take_code(yd_json_reader *reader, uint32_t *code)
{
    uint32_t low;
    if (!take_hex(reader, code)) return false;
    if (*code >= 0xd800 && *code < 0xdc00 && reader->end - reader->at >= 6 && reader->at[0] == '\\' &&
        reader->at[1] == 'u') {
        const char *before = reader->at;
        reader->at += 2;
        if (!take_hex(reader, &low)) return false;
        if (low >= 0xdc00 && low < 0xe000) {
            *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
            return true;
        }
        reader->at = before;
    }
    if ((*code >= 0xd800 && *code < 0xe000) || *code == 0) *code = 0xfffd;
    return true;
}

static int encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    int length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (int i = length - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(marks[length] | code);
    return length;
}

static bool take_escape(yd_json_reader *reader, char out[4], int *length)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char name = reader->at < reader->end ? *reader->at++ : '\0';
    const char *found = name ? strchr(names, name) : NULL;
    uint32_t code;
    *length = 1;
    if (found) {
        out[0] = meanings[found - names];
        return true;
    }
    if (name != 'u' || !take_code(reader, &code)) return fail(reader);
    *length = encode(code, out);
    return true;
}

/* A character as it stands, all of its bytes: only whole ones are kept. */
static void take_plain(yd_json_reader *reader, char out[4], int *length)
{
    char padded[5] = {0};
    size_t rest = (size_t)(reader->end - reader->at);
    memcpy(padded, reader->at, rest < 4 ? rest : 4);
    int whole = yd_utf8_length(padded);
    *length = whole ? whole : 1;
    memcpy(out, padded, (size_t)*length);
    reader->at += *length;
}

bool yd_json_read_string(yd_json_reader *reader, char *out, size_t capacity)
{
    size_t at = 0;
    bool full = false;
    if (!take(reader, '"')) return false;
    while (reader->at < reader->end && *reader->at != '"') {
        char character[4];
        int length;
        if (*reader->at == '\\') {
            reader->at++;
            if (!take_escape(reader, character, &length)) return false;
        } else if ((unsigned char)*reader->at < 0x20) {
            return fail(reader);
        } else {
            take_plain(reader, character, &length);
        }
        full = full || !out || at + (size_t)length >= capacity;
        if (full) continue;
        memcpy(out + at, character, (size_t)length);
        at += (size_t)length;
    }
    if (out && capacity) out[at] = '\0';
    return take(reader, '"');
}

static bool skip_scalar(yd_json_reader *reader)
{
    char text[64], first = peek(reader);
    switch (first) {
    case '"':
        return yd_json_read_string(reader, NULL, 0);
    case 't':
        return take_word(reader, "true");
    case 'f':
        return take_word(reader, "false");
    case 'n':
        return take_word(reader, "null");
    default:
        return take_number(reader, text);
    }
}

/* Without recursion: the levels are the reader's own. */
bool yd_json_read_skip(yd_json_reader *reader)
{
    int level = reader->depth;
    do {
        if (reader->failed) return false;
        if (reader->depth > level) {
            bool object = reader->closing[reader->depth - 1] == '}';
            if (!(object ? yd_json_read_key(reader, NULL, 0) : yd_json_read_more(reader))) continue;
        }
        char first = peek(reader);
        if (first == '{' || first == '[')
            yd_json_read_open(reader, first);
        else
            skip_scalar(reader);
    } while (reader->depth > level && !reader->failed);
    return !reader->failed;
}

bool yd_json_read_end(yd_json_reader *reader)
{
    return !reader->failed && !reader->depth && peek(reader) == '\0' && reader->at == reader->end;
}
