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

void yd_charts_picker_open(charts_memory *own)
{
    own->picking = true;
    own->filter = (yd_entry){0};
    own->picked = 0;
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
    int count = 0;
    for (int run = 0; run < CHART_RUNS; run++) {
        const yd_series_store *store = runs->runs[run].store;
        for (int i = 0; store && i < yd_series_store_count(store); i++) {
            const yd_series *series = yd_series_store_at(store, i);
            const char *name = yd_series_name(series);
            bool known = false;
            for (int before = 0; before < run && !known; before++)
                known = runs->runs[before].store && yd_series_store_find(runs->runs[before].store, name);
            if (known || !passes(own->filter.text, name)) continue;
            if (count >= first && count - first < capacity)
                out[count - first] = (choice){name, yd_series_last_value(series)};
            count++;
        }
    }
    return count;
}

static void choose(const yd_screen_context *context)
{
    charts_memory *own = context->memory;
    chart_runs runs;
    choice chosen = {0};
    yd_charts_take_runs(context, &runs);
    list(own, &runs, own->picked, &chosen, 1);
    if (chosen.name) yd_copy_text(own->charts[own->focus].name, YD_SERIES_NAME, chosen.name);
    yd_charts_give_runs(context, &runs);
    own->picking = false;
}

void yd_charts_picker_key(const yd_screen_context *context, int key)
{
    enum { PAGE = 10 };
    charts_memory *own = context->memory;
    switch (yd_entry_key(&own->filter, key)) {
    case YD_ENTRY_DONE:
        choose(context);
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
    own->picked = own->picked + step < 0 ? 0 : own->picked + step; /* drawing knows the other end */
}

static void draw_choice(const choice *one, const yd_canvas *canvas, int y, bool picked)
{
    char name[512], value[32];
    yd_style style = picked ? YD_STYLE_SELECTED : YD_STYLE_TEXT;
    for (int x = 0; x < canvas->width && picked; x++) yd_canvas_put(canvas, x, y, ' ', style);
    yd_show_number(value, sizeof value, one->last);
    yd_canvas_text_cut(canvas, 0, y, canvas->width - 12, style, yd_escape(name, sizeof name, one->name));
    yd_canvas_text_right(canvas, canvas->width, y, picked ? style : YD_STYLE_DIM, value);
}

void yd_charts_picker_draw(const yd_screen_context *context, const chart_runs *runs, const yd_canvas *canvas)
{
    enum { WIDTH = 56, HEIGHT = 22, AROUND = 4 };
    charts_memory *own = context->memory;
    choice choices[HEIGHT];
    int count = list(own, runs, 0, choices, 0);
    if (own->picked >= count) own->picked = count > 0 ? count - 1 : 0;
    int height = canvas->height - AROUND < HEIGHT ? canvas->height - AROUND : HEIGHT;
    char title[64];
    snprintf(title, sizeof title, "scalar of panel %d (%d)", own->focus + 1, count);
    yd_canvas box = yd_box_draw(canvas, WIDTH, height < 3 ? 3 : height, title);
    int rows = box.height - 1, top = own->picked >= rows ? own->picked - rows + 1 : 0;
    yd_canvas_text(&box, 0, 0, YD_STYLE_DIM, "type to filter:");
    int cursor = yd_entry_draw(&own->filter, &box, 16, 0, box.width - 16, YD_STYLE_VALUE);
    list(own, runs, top, choices, rows < HEIGHT ? rows : HEIGHT);
    for (int i = 0; i < rows && i < HEIGHT && top + i < count; i++)
        draw_choice(&choices[i], &box, i + 1, top + i == own->picked);
    if (!count) yd_canvas_text(&box, 0, 1, YD_STYLE_DIM, "no scalar has all these words in its name");
    ptrdiff_t place = box.cells - canvas->cells;
    if (context->cursor)
        *context->cursor = (yd_cursor){(int)(place % canvas->stride) + cursor, (int)(place / canvas->stride)};
}
