#include "tui/prompt.h"
#include "base/text.h"
#include <string.h>

void yd_prompt_open(yd_prompt *prompt, const char *text, yd_entry_completer *complete, void *context)
{
    prompt->open = true;
    prompt->error[0] = '\0';
    prompt->listed = 0;
    prompt->entry =
        (yd_entry){.history = &prompt->history, .complete = complete, .complete_context = context};
    yd_entry_set(&prompt->entry, text);
}

/* Where Tab did not change the line, it lists what there is to choose from. */
static void list_candidates(yd_prompt *prompt)
{
    const char *found[YD_PROMPT_CANDIDATES];
    int count = yd_entry_candidates(&prompt->entry, found, YD_PROMPT_CANDIDATES);
    prompt->listed = count > 1 ? count : 0;
}

yd_entry_result yd_prompt_key(yd_prompt *prompt, int key)
{
    char before[YD_ENTRY_LIMIT];
    yd_copy_text(before, sizeof before, prompt->entry.text);
    prompt->error[0] = '\0';
    prompt->listed = 0;
    yd_entry_result result = yd_entry_key(&prompt->entry, key);
    if (key == YD_KEY_TAB && strcmp(before, prompt->entry.text) == 0) list_candidates(prompt);
    if (result == YD_ENTRY_CANCELLED) prompt->open = false;
    return result;
}

void yd_prompt_paste(yd_prompt *prompt, const char *text)
{
    prompt->error[0] = '\0';
    prompt->listed = 0;
    yd_entry_insert(&prompt->entry, text);
}

static void draw_listed(const yd_prompt *prompt, const yd_canvas *canvas, int y)
{
    yd_canvas row = yd_canvas_part(canvas, (yd_rect){0, y, canvas->width, 1});
    yd_canvas_fill(&row, ' ', YD_STYLE_TEXT);
    int x = 1;
    for (int i = 0; i < prompt->listed; i++) {
        char name[YD_PROMPT_NAME];
        yd_escape(name, sizeof name, prompt->names[i]);
        int width = yd_canvas_text_width(&row, name);
        if (x + width + 2 > row.width) {
            yd_canvas_put(&row, x, 0, row.glyphs->ellipsis, YD_STYLE_DIM);
            return;
        }
        x = yd_canvas_text(&row, x, 0, YD_STYLE_KEY, name) + 2;
    }
}

int yd_prompt_draw(const yd_prompt *prompt, const yd_canvas *canvas)
{
    int y = canvas->height - 1, room = canvas->width - 3;
    yd_canvas row = yd_canvas_part(canvas, (yd_rect){0, y, canvas->width, 1});
    yd_canvas_fill(&row, ' ', YD_STYLE_TEXT);
    yd_canvas_put(&row, 0, 0, ':', YD_STYLE_KEY);
    if (prompt->error[0]) { /* at the right end, the line keeps a third at least */
        int width = yd_canvas_text_width(&row, prompt->error) + 4;
        int most = room - room / 3;
        if (width > most) width = most;
        room -= width;
        int x = yd_canvas_text(&row, room + 3, 0, YD_STYLE_BAD, "! ");
        yd_canvas_text_cut(&row, x, 0, row.width - x, YD_STYLE_BAD, prompt->error);
    }
    if (prompt->listed && y > 0) draw_listed(prompt, canvas, y - 1);
    return yd_entry_draw(&prompt->entry, &row, 1, 0, room, YD_STYLE_TEXT);
}
