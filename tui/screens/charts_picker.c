#include "tui/screens/charts_picker.h"
#include "base/text.h"
#include "tui/show.h"
#include "tui/widgets/panel.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct choice {
    const char *name;
    double last;
} choice;

void yd_charts_picker_open(charts_memory *own, bool adding)
{
    own->picking = true;
    own->adding = adding;
    own->filter = (yd_entry){0};
    own->picked = -1;
}

/* Every word of the filter is somewhere in the name. */
static bool passes(const char *filter, const char *name)
{
    char words[YD_ENTRY_LIMIT], *rest = NULL;
    yd_copy_text(words, sizeof words, filter);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (!strcasestr(name, word)) return false;
    return true;
}

/* Of all runs, each name once: those of the run that is open first. Returns how many pass; of these the ones
 * from first on are put out. */
static int list(const charts_memory *own, const chart_runs *runs, int first, choice *out, int capacity)
{
    chart_walk walk = {0};
    int count = 0;
    for (const yd_series *series; (series = yd_charts_walk(runs, &walk)) != NULL;) {
        if (!passes(own->filter.text, yd_series_name(series))) continue;
        if (count >= first && count - first < capacity)
            out[count - first] = (choice){yd_series_name(series), yd_series_last_value(series)};
        count++;
    }
    return count;
}

/* Where the panel's first scalar stands in the list; 0: it does not. */
static int place_of_own(const charts_memory *own, const chart_runs *runs)
{
    const char *names[CHART_SCALARS];
    chart_walk walk = {0};
    int place = 0;
    yd_charts_scalars(own, runs, own->focus, names);
    for (const yd_series *series; (series = yd_charts_walk(runs, &walk)) != NULL;) {
        if (strcmp(yd_series_name(series), names[0]) == 0) return place;
        place += passes(own->filter.text, yd_series_name(series));
    }
    return 0;
}

/* What is picked is shown alone, or, where it is one of several, put among them or taken away. */
static void choose(const yd_screen_context *context, bool adding)
{
    charts_memory *own = context->memory;
    chart_runs runs;
    choice chosen = {0};
    yd_charts_take_runs(context, &runs);
    if (own->picked < 0) own->picked = place_of_own(own, &runs);
    list(own, &runs, own->picked, &chosen, 1);
    if (chosen.name && !adding) yd_charts_show(own, own->focus, chosen.name);
    if (chosen.name && adding && !yd_charts_toggle(own, &runs, own->focus, chosen.name))
        yd_services_say(context->services, YD_STYLE_WARNING, "a panel holds %d scalars at most",
                        CHART_SCALARS);
    yd_charts_give_runs(context, &runs);
}

void yd_charts_picker_key(const yd_screen_context *context, int key)
{
    enum { PAGE = 10 };
    charts_memory *own = context->memory;
    if (key == YD_KEY_TAB) {
        choose(context, true);
        return;
    }
    switch (yd_entry_key(&own->filter, key)) {
    case YD_ENTRY_DONE:
        choose(context, own->adding);
        own->picking = false;
        return;
    case YD_ENTRY_CANCELLED:
        own->picking = false;
        return;
    case YD_ENTRY_EDITED:
        own->picked = 0;
        return;
    default:
        break;
    }
    int step = key == YD_KEY_UP          ? -1
               : key == YD_KEY_DOWN      ? 1
               : key == YD_KEY_PAGE_UP   ? -PAGE
               : key == YD_KEY_PAGE_DOWN ? PAGE
                                         : 0;
    int from = own->picked < 0 ? 0 : own->picked;
    own->picked = from + step < 0 ? 0 : from + step; /* drawing knows the other end */
}

/* Among those that the panel shows; -1: it is none of them. */
static int place_of(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}

/* place: among those that the panel shows; -1: it is none of them. */
static void draw_choice(const choice *one, const yd_canvas *canvas, int y, bool picked, int place)
{
    enum { NAME = 2, VALUE = 12 };
    char name[512], value[32];
    yd_style style = picked ? YD_STYLE_SELECTED : YD_STYLE_TEXT;
    for (int x = 0; x < canvas->width && picked; x++) yd_canvas_put(canvas, x, y, ' ', style);
    yd_show_number(value, sizeof value, one->last);
    if (place >= 0) yd_canvas_put(canvas, 0, y, (uint32_t)('a' + place), picked ? style : YD_STYLE_KEY);
    yd_canvas_text_cut(canvas, NAME, y, canvas->width - NAME - VALUE, style,
                       yd_escape(name, sizeof name, one->name));
    yd_canvas_text_right(canvas, canvas->width, y, picked ? style : YD_STYLE_DIM, value);
}

void yd_charts_picker_draw(const yd_screen_context *context, const chart_runs *runs, const yd_canvas *canvas)
{
    enum { WIDTH = 58, HEIGHT = 22, AROUND = 4 };
    charts_memory *own = context->memory;
    choice choices[HEIGHT];
    const char *names[CHART_SCALARS];
    int count = list(own, runs, 0, choices, 0);
    int shown = yd_charts_scalars(own, runs, own->focus, names);
    if (own->picked < 0) own->picked = place_of_own(own, runs);
    if (own->picked >= count) own->picked = count > 0 ? count - 1 : 0;
    int height = canvas->height - AROUND < HEIGHT ? canvas->height - AROUND : HEIGHT;
    char title[96];
    snprintf(title, sizeof title, "%s panel %d (%d); Tab: one more, or away",
             own->adding ? "scalars over one another in" : "scalar of", own->focus + 1, count);
    yd_canvas box = yd_box_draw(canvas, WIDTH, height < 3 ? 3 : height, title);
    int rows = box.height - 1, top = own->picked >= rows ? own->picked - rows + 1 : 0;
    yd_canvas_text(&box, 0, 0, YD_STYLE_DIM, "type to filter:");
    int cursor = yd_entry_draw(&own->filter, &box, 16, 0, box.width - 16, YD_STYLE_VALUE);
    list(own, runs, top, choices, rows < HEIGHT ? rows : HEIGHT);
    for (int i = 0; i < rows && i < HEIGHT && top + i < count; i++)
        draw_choice(&choices[i], &box, i + 1, top + i == own->picked,
                    place_of(names, shown, choices[i].name));
    if (!count) yd_canvas_text(&box, 0, 1, YD_STYLE_DIM, "no scalar has all these words in its name");
    ptrdiff_t place = box.cells - canvas->cells;
    if (context->cursor)
        *context->cursor = (yd_cursor){(int)(place % canvas->stride) + cursor, (int)(place / canvas->stride)};
}
