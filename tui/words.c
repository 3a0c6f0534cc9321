#include "tui/words.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* One character of a word, or a quote that is none; quote: the open one, 0 for none. Returns where the next
 * one begins; *byte is -1 where this one adds nothing. */
static const char *take(const char *at, char *quote, int *byte)
{
    *byte = -1;
    if (*quote ? *at == *quote : *at == '\'' || *at == '"') {
        *quote = *quote ? '\0' : *at;
        return at + 1;
    }
    *byte = (unsigned char)*at;
    if (*at != '\\' || *quote == '\'') return at + 1;
    if (at[1] == 'x' && digit(at[2]) >= 0 && digit(at[3]) >= 0 && (digit(at[2]) || digit(at[3]))) {
        *byte = digit(at[2]) * 16 + digit(at[3]);
        return at + 4;
    }
    if (!at[1] || !strchr(" '\"\\", at[1])) return at + 1; /* another backslash stands for itself */
    *byte = (unsigned char)at[1];
    return at + 2;
}

bool yd_words_next(const char **rest, char *word, size_t capacity)
{
    const char *at = *rest + strspn(*rest, " ");
    size_t length = 0;
    char quote = '\0';
    bool any = *at != '\0';
    while (*at && (quote || *at != ' ')) {
        int byte;
        at = take(at, &quote, &byte);
        if (byte >= 0 && length + 1 < capacity) word[length++] = (char)byte;
    }
    word[length] = '\0';
    *rest = at;
    return any;
}

int yd_words_start(const char *text, int cursor)
{
    const char *start = text, *end = text + cursor;
    char quote = '\0';
    for (const char *at = text; at < end && *at;) {
        int byte;
        bool parts = !quote && *at == ' ';
        at = take(at, &quote, &byte);
        if (parts) start = at;
    }
    return start < end ? (int)(start - text) : cursor;
}

/* Bytes of the character there that may stand as they are; 0: it has to be written as a number. */
static int plain_length(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    bool control = bytes[0] < 0x20 || bytes[0] == 0x7f || (bytes[0] == 0xc2 && bytes[1] < 0xa0);
    return control ? 0 : yd_utf8_length(at);
}

void yd_words_quote(const char *word, char *out, size_t capacity)
{
    size_t length = 0;
    while (*word) {
        char text[8];
        int count = plain_length(word);
        if (!count)
            snprintf(text, sizeof text, "\\x%02x", (unsigned)(unsigned char)*word);
        else
            snprintf(text, sizeof text, "%s%.*s", strchr(" '\"\\", *word) ? "\\" : "", count, word);
        if (length + strlen(text) + 1 > capacity) break;
        memcpy(out + length, text, strlen(text));
        length += strlen(text);
        word += count ? count : 1;
    }
    out[length] = '\0';
}
