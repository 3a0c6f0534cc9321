#include "tui/term/notify.h"
#include "base/text.h"
#include <string.h>

yd_notify yd_notify_of(const char *word)
{
    if (word && strcmp(word, "osc9") == 0) return YD_NOTIFY_OSC9;
    return word && strcmp(word, "none") == 0 ? YD_NOTIFY_NONE : YD_NOTIFY_BELL;
}

char *yd_notify_sequence(yd_notify how, const char *text, bool tmux)
{
    yd_text out = {0};
    char shown[512];
    yd_escape(shown, sizeof shown, text);
    /* The words before the text keep a number at its beginning from meaning something else (OSC 9;4). */
    if (how == YD_NOTIFY_OSC9 && tmux)
        yd_text_addf(&out, "\033Ptmux;\033\033]9;yolodeck: %s\a\033\\\a", shown);
    else if (how == YD_NOTIFY_OSC9)
        yd_text_addf(&out, "\033]9;yolodeck: %s\a", shown);
    else if (how == YD_NOTIFY_BELL)
        yd_text_add(&out, "\a");
    if (!out.failed) return out.data;
    yd_text_free(&out);
    return NULL;
}
