#include "tui/term/clipboard.h"
#include "base/base64.h"
#include <string.h>

char *yd_clipboard_sequence(const char *text, bool tmux)
{
    yd_text out = {0};
    yd_text_add(&out, "\033]52;c;");
    yd_base64_add(&out, text, strlen(text));
    yd_text_add(&out, "\a");
    if (tmux) { /* each escape within is doubled */
        yd_text_add(&out, "\033Ptmux;\033\033]52;c;");
        yd_base64_add(&out, text, strlen(text));
        yd_text_add(&out, "\a\033\\");
    }
    if (!out.failed) return out.data;
    yd_text_free(&out);
    return NULL;
}
