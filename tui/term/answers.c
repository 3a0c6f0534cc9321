#include "tui/term/answers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_NS 2000000000LL
enum { QUESTIONS_OUTSIDE = 3 };

/* The smallest picture there is, not to be shown: a terminal that knows the protocol says OK. */
static const char kitty_query[] = "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\";
/* The same for the terminal around tmux, told apart by its number. */
static const char kitty_query_outside[] =
    "\033Ptmux;\033\033_Gi=32,s=1,v=1,a=q,t=d,f=24;AAAA\033\033\\\033\\";
/* Whether a mode is known (DECRQM); name; a cell's size; the text area's; and, last, what every terminal
 * answers. */
static const char mode_query[] = "\033[?2026$p", name_query[] = "\033[>0q", cell_query[] = "\033[16t",
                  area_query[] = "\033[14t", attributes_query[] = "\033[c";

static bool begins_with_one_of(const char *text, const char *const *beginnings)
{
    for (; text && *beginnings; beginnings++)
        if (strncmp(text, *beginnings, strlen(*beginnings)) == 0) return true;
    return false;
}

static bool contains_one_of(const char *text, const char *const *parts)
{
    for (; text && *parts; parts++)
        if (strstr(text, *parts)) return true;
    return false;
}

bool yd_answers_knows_none(const char *type)
{
    static const char *const types[] = {"linux", "vt", "dumb", "unknown", NULL};
    return begins_with_one_of(type, types);
}

static int colours_of(const char *type, const char *colorterm)
{
    static const char *const all[] = {"direct", "kitty", "alacritty", "foot", "wezterm", "ghostty", NULL};
    static const char *const none[] = {"vt1", "vt2", "dumb", "unknown", NULL};
    static const char *const words[] = {"truecolor", "24bit", NULL};
    if (contains_one_of(colorterm, words) || contains_one_of(type, all)) return YD_TRUE_COLOUR;
    if (!type || strstr(type, "256color")) return 256;
    return begins_with_one_of(type, none) ? 0 : 8;
}

/* These show iTerm2's pictures; the program's name, or what ssh hands on of it. */
static bool knows_iterm(const char *name)
{
    static const char *const programs[] = {"iTerm", "WezTerm", "mintty", NULL};
    return begins_with_one_of(name, programs);
}

void yd_answers_start(yd_answers *answers, yd_answers_environment *variable, bool unicode, bool colour)
{
    static const char *const multiplexers[] = {"screen", "tmux", NULL};
    const char *type = variable("TERM"), *tmux = variable("TMUX");
    yd_terminal_traits *traits = &answers->traits;
    traits->tmux = (tmux && *tmux) || begins_with_one_of(type, multiplexers);
    traits->unicode = unicode;
    traits->colours = colour ? colours_of(type, variable("COLORTERM")) : 0;
    traits->iterm =
        !traits->tmux && (knows_iterm(variable("TERM_PROGRAM")) || knows_iterm(variable("LC_TERMINAL")));
}

void yd_answers_ask(yd_answers *answers, int columns, int rows, int pixel_width, int pixel_height,
                    int64_t now_ns, yd_text *out)
{
    yd_terminal_traits *traits = &answers->traits;
    answers->asked_ns = now_ns;
    answers->columns = columns;
    answers->rows = rows;
    if (pixel_width >= columns && pixel_height >= rows) {
        traits->cell_width = pixel_width / columns;
        traits->cell_height = pixel_height / rows;
    }
    if (!traits->tmux) yd_text_add(out, kitty_query); /* to tmux and screen this would be a title */
    yd_text_add(out, mode_query);
    yd_text_add(out, name_query);
    yd_text_add(out, cell_query);
    if (!traits->cell_width) yd_text_add(out, area_query);
    yd_text_add(out, attributes_query);
}

/* Answers are numbers apart by semicolons. */
static int numbers_of(const char *text, int *numbers, int most)
{
    int count = 0;
    while (count < most && *text) {
        char *end;
        long value = strtol(text, &end, 10);
        if (end == text) break;
        numbers[count++] = value < 0 || value > 100000 ? 0 : (int)value;
        if (*end != ';') break;
        text = end + 1;
    }
    return count;
}

static bool take_size(yd_answers *answers, const char *text)
{
    enum { AREA = 4, CELL = 6 };
    yd_terminal_traits *traits = &answers->traits;
    int numbers[3], width = traits->cell_width, height = traits->cell_height;
    if (numbers_of(text, numbers, 3) < 3 || numbers[1] < 1 || numbers[2] < 1) return false;
    if (numbers[0] == CELL) width = numbers[2], height = numbers[1];
    if (numbers[0] == AREA && !width && answers->columns && answers->rows)
        width = numbers[2] / answers->columns, height = numbers[1] / answers->rows;
    if (width < 1 || height < 1) return false;
    bool fresh = width != traits->cell_width || height != traits->cell_height;
    traits->cell_width = width;
    traits->cell_height = height;
    return fresh;
}

static bool take_attributes(yd_answers *answers, const char *text)
{
    enum { SIXEL = 4, MOST = 32 };
    int numbers[MOST];
    if (text[0] != '?') return false;
    int count = numbers_of(text + 1, numbers, MOST);
    for (int i = 1; i < count; i++) answers->traits.sixel |= numbers[i] == SIXEL;
    answers->done = true;
    return true;
}

static bool take_name(yd_answers *answers, const char *name)
{
    static const char *const coloured[] = {"kitty",   "iTerm2", "WezTerm", "foot", "ghostty",   "XTerm",
                                           "Konsole", "mintty", "contour", "tmux", "Alacritty", NULL};
    yd_terminal_traits *traits = &answers->traits;
    size_t length = 0;
    for (; *name && length + 1 < sizeof answers->name; name++)
        if (*name >= ' ' && *name <= '~') answers->name[length++] = *name;
    answers->name[length] = '\0';
    traits->tmux |= strncmp(answers->name, "tmux", 4) == 0;
    traits->iterm = !traits->tmux && (traits->iterm || knows_iterm(answers->name));
    if (traits->colours && begins_with_one_of(answers->name, coloured)) traits->colours = YD_TRUE_COLOUR;
    return true;
}

static bool take_graphics(yd_answers *answers, const char *text)
{
    yd_terminal_traits *traits = &answers->traits;
    const char *semicolon = strchr(text, ';');
    if (!semicolon || strcmp(semicolon, ";OK") != 0) return false;
    traits->kitty |= strncmp(text, "Gi=31", 5) == 0;
    traits->kitty_outside |= strncmp(text, "Gi=32", 5) == 0;
    if (traits->colours && traits->kitty) traits->colours = YD_TRUE_COLOUR;
    return traits->kitty || traits->kitty_outside;
}

/* The mode is set (1) or not set (2) now; else it is not known, or cannot be changed. */
static bool take_mode(yd_answers *answers, const char *text)
{
    answers->synchronised = strcmp(text, "?2026;1$") == 0 || strcmp(text, "?2026;2$") == 0;
    return answers->synchronised;
}

bool yd_answers_take(yd_answers *answers, const yd_report *report)
{
    if (report->introducer == '[' && report->final == 'c') return take_attributes(answers, report->text);
    if (report->introducer == '[' && report->final == 't') return take_size(answers, report->text);
    if (report->introducer == '[' && report->final == 'y') return take_mode(answers, report->text);
    if (report->introducer == '_') return take_graphics(answers, report->text);
    if (report->introducer == 'P' && report->text[0] == '>' && report->text[1] == '|')
        return take_name(answers, report->text + 2);
    return false;
}

/* A client that is just being attached does not get the first question yet. */
bool yd_answers_ask_outside(yd_answers *answers, int64_t now_ns, yd_text *out)
{
    static const int64_t pauses[QUESTIONS_OUTSIDE] = {0, 1500000000LL, 3000000000LL};
    if (strncmp(answers->name, "tmux", 4) != 0 || answers->traits.kitty_outside ||
        answers->asked_outside >= QUESTIONS_OUTSIDE ||
        now_ns - answers->asked_outside_ns < pauses[answers->asked_outside])
        return false;
    answers->asked_outside++;
    answers->asked_outside_ns = now_ns;
    yd_text_add(out, kitty_query_outside);
    return true;
}

bool yd_answers_waits(const yd_answers *answers, int64_t now_ns)
{
    if (answers->asked_ns && !answers->done && now_ns - answers->asked_ns < TIMEOUT_NS) return true;
    return answers->asked_outside && !answers->traits.kitty_outside &&
           now_ns - answers->asked_outside_ns < TIMEOUT_NS;
}
