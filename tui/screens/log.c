/* Every line that is kept, newest last, from a least level on; scrolled, or following the newest. */
#include "tui/screens/screen.h"
#include "tui/show.h"

typedef struct memory {
    int back;       /* lines between the newest and the last one shown; 0: follows */
    uint64_t total; /* lines there were when back was right */
    int page;       /* rows of the last drawing */
    int least;      /* yd_line_level */
} memory;

static const char *const level_names[] = {"all", "info", "warning", "error"};

/* Events count as information here. */
static bool is_shown(const yd_line *line, int least)
{
    int level = line->level == YD_LINE_EVENT ? YD_LINE_INFO : line->level;
    return level >= least;
}

static int count_shown(const yd_lines *lines, int least)
{
    int count = 0;
    for (int i = 0; i < yd_lines_count(lines); i++) count += is_shown(yd_lines_at(lines, i), least);
    return count;
}

/* Lines that came meanwhile push what is shown further back, so that it stands still. */
static void keep_place(memory *own, const yd_lines *lines, int shown)
{
    uint64_t fresh = lines->total - own->total;
    for (uint64_t i = 0; own->back > 0 && i < fresh && i < (uint64_t)yd_lines_count(lines); i++)
        own->back += is_shown(yd_lines_at(lines, (int)i), own->least);
    own->total = lines->total;
    int most = shown - own->page;
    if (own->back > most) own->back = most;
    if (own->back < 0) own->back = 0;
}

static void draw_line(const yd_canvas *canvas, int y, const yd_line *line)
{
    static const struct {
        char mark;
        yd_style style;
    } looks[] = {{' ', YD_STYLE_DIM},
                 {' ', YD_STYLE_TEXT},
                 {'!', YD_STYLE_WARNING},
                 {'E', YD_STYLE_BAD},
                 {'*', YD_STYLE_GOOD}};
    char time[16];
    unsigned level = line->level <= YD_LINE_EVENT ? line->level : YD_LINE_INFO;
    int x = yd_canvas_text(canvas, 1, y, YD_STYLE_DIM, yd_show_clock(time, sizeof time, line->wall_ns));
    yd_canvas_put(canvas, x + 1, y, (uint32_t)looks[level].mark, looks[level].style);
    yd_style style = level == YD_LINE_EVENT ? YD_STYLE_TEXT : looks[level].style;
    yd_canvas_text_cut(canvas, x + 3, y, canvas->width - x - 3, style, line->text);
}

static void draw(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    const yd_lines *lines = &context->view->lines;
    int shown = count_shown(lines, own->least);
    own->page = canvas->height - 1;
    keep_place(own, lines, shown);
    yd_canvas_textf(canvas, 1, 0, YD_STYLE_DIM, "%d lines of %llu, level: %s, %s", shown,
                    (unsigned long long)lines->total, level_names[own->least],
                    own->back ? "scrolled (End follows)" : "following");
    int y = canvas->height - 1, skip = own->back;
    for (int i = 0; i < yd_lines_count(lines) && y > 0; i++) {
        const yd_line *line = yd_lines_at(lines, i);
        if (!is_shown(line, own->least) || skip-- > 0) continue;
        draw_line(canvas, y--, line);
    }
}

static void act(const yd_screen_context *context, yd_action action)
{
    memory *own = context->memory;
    switch (action) {
    case YD_ACTION_UP:
        own->back++;
        break;
    case YD_ACTION_DOWN:
        own->back--;
        break;
    case YD_ACTION_PAGE_UP:
        own->back += own->page;
        break;
    case YD_ACTION_PAGE_DOWN:
        own->back -= own->page;
        break;
    case YD_ACTION_FIRST:
        own->back = YD_LINES_CAPACITY;
        break;
    case YD_ACTION_LAST:
        own->back = 0;
        break;
    case YD_ACTION_LEVEL:
        own->least = (own->least + 1) % 4;
        break;
    default:
        return;
    }
    if (own->back < 0) own->back = 0;
}

const yd_screen yd_screen_log = {.tab_key = '7',
                                 .name = "Log",
                                 .place = YD_BINDING_LOG,
                                 .max_fps = 10,
                                 .memory = sizeof(memory),
                                 .draw = draw,
                                 .act = act};
