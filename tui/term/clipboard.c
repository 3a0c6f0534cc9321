#include "tui/term/clipboard.h"
#include "base/text.h"
#include <string.h>

static void add_base64(yd_text *out, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t left = strlen(text); left > 0;) {
        size_t count = left < 3 ? left : 3;
        unsigned group = (unsigned)bytes[0] << 16 | (count > 1 ? (unsigned)bytes[1] << 8 : 0) |
                         (count > 2 ? bytes[2] : 0u);
        char four[5] = {digits[group >> 18], digits[group >> 12 & 63],
                        count > 1 ? digits[group >> 6 & 63] : '=', count > 2 ? digits[group & 63] : '=', 0};
        yd_text_add(out, four);
        bytes += count;
        left -= count;
    }
}

char *yd_clipboard_sequence(const char *text, bool tmux)
{
    yd_text out = {0};
    yd_text_add(&out, "\033]52;c;");
    add_base64(&out, text);
    yd_text_add(&out, "\a");
    if (tmux) { /* each escape within is doubled */
        yd_text_add(&out, "\033Ptmux;\033\033]52;c;");
        add_base64(&out, text);
        yd_text_add(&out, "\a\033\\");
    }
    if (!out.failed) return out.data;
    yd_text_free(&out);
    return NULL;
}
