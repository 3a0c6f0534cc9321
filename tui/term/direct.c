#include "tui/term/direct.h"
#include <stdio.h>
#include <string.h>

enum { FIRST = 16 }; /* the numbers below are the colours that users choose themselves */

void yd_direct_take(yd_direct *direct, int number)
{
    if (number >= 0 && number < YD_DIRECT_NUMBERS) direct->taken[number] = 1;
}

int yd_direct_borrow(yd_direct *direct, uint32_t colour)
{
    for (int number = FIRST; number < YD_DIRECT_NUMBERS; number++) {
        if (direct->taken[number]) continue;
        if (direct->colours[number] && direct->colours[number] != colour) continue;
        direct->colours[number] = colour;
        return number;
    }
    return -1;
}

/* The number behind "\033[38;5;" or "\033[48;5;", which ends with m; *used: bytes of it and of the m. -1:
 * none. */
static int read_number(const char *text, size_t length, size_t *used)
{
    int number = 0;
    size_t i = 0;
    for (; i < length && i < 3 && text[i] >= '0' && text[i] <= '9'; i++)
        number = number * 10 + (text[i] - '0');
    if (i == 0 || i >= length || text[i] != 'm' || number >= YD_DIRECT_NUMBERS) return -1;
    *used = i + 1;
    return number;
}

size_t yd_direct_rewrite(const yd_direct *direct, const char *bytes, size_t length, char *out)
{
    enum { PREFIX = 7 }; /* ESC [ 3 8 ; 5 ; */
    const char *end = bytes + length;
    char *to = out;
    while (bytes < end) {
        const char *escape = memchr(bytes, '\033', (size_t)(end - bytes));
        size_t before = (size_t)((escape ? escape : end) - bytes), used;
        memcpy(to, bytes, before);
        to += before;
        bytes += before;
        if (!escape) break;
        int number = -1;
        if (end - bytes > PREFIX && (bytes[2] == '3' || bytes[2] == '4') && memcmp(bytes + 3, "8;5;", 4) == 0)
            number = read_number(bytes + PREFIX, (size_t)(end - bytes) - PREFIX, &used);
        uint32_t colour = number >= 0 ? direct->colours[number] : 0;
        if (!colour) {
            *to++ = *bytes++;
            continue;
        }
        to += sprintf(to, "\033[%c8;2;%u;%u;%um", bytes[2], colour >> 16 & 255, colour >> 8 & 255,
                      colour & 255);
        bytes += PREFIX + used;
    }
    return (size_t)(to - out);
}
