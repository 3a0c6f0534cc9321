#include "tui/term/surface.h"
#include "base/text.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

struct yd_surface {
    SCREEN *screen;
    FILE *stream; /* on memory: what curses writes */
    int memory;
    char *bytes;
    size_t capacity;
    cchar_t *row;   /* of width + 1 cells */
    yd_cell *drawn; /* [height][width]: what curses was given last */
    int width, height, colours;
    bool entered, cursor_shown;
    attr_t attributes[YD_STYLE_COUNT];
    short pairs[YD_STYLE_COUNT];
};

/* curses puts its own handlers where it finds none; ours come by signalfd, and a stop has to stop. */
static const int curses_signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
enum { CURSES_SIGNALS = sizeof curses_signals / sizeof *curses_signals };

static SCREEN *make_screen(const char *type, FILE *stream)
{
    struct sigaction before[CURSES_SIGNALS];
    for (int i = 0; i < CURSES_SIGNALS; i++) sigaction(curses_signals[i], NULL, &before[i]);
    use_env(FALSE); /* the size is asked of the terminal, by us */
    SCREEN *screen = newterm(type, stream, stream);
    for (int i = 0; i < CURSES_SIGNALS; i++) sigaction(curses_signals[i], &before[i], NULL);
    return screen;
}

static void choose_looks(yd_surface *surface, bool colour)
{
    yd_theme theme;
    bool coloured = colour && has_colors() && start_color() == OK;
    bool own = coloured && use_default_colors() == OK;
    /* Where a colour's number is its RGB value, the palette of 256 is not to be had. */
    surface->colours = !coloured ? 0 : COLORS >= INT16_MAX ? 8 : COLORS;
    yd_theme_default(&theme, surface->colours);
    for (int i = 0; i < YD_STYLE_COUNT; i++) {
        const yd_look *look = &theme.looks[i];
        surface->attributes[i] = (look->attributes & YD_BOLD ? A_BOLD : A_NORMAL) |
                                 (look->attributes & YD_REVERSE ? A_REVERSE : A_NORMAL);
        if (!coloured || look->colour < 0 || i + 1 >= COLOR_PAIRS) continue;
        short pair = (short)(i + 1);
        if (init_pair(pair, look->colour, own ? -1 : COLOR_BLACK) == OK) surface->pairs[i] = pair;
    }
}

yd_status yd_surface_create(const char *type, bool colour, yd_surface **result, yd_error *error)
{
    yd_surface *surface = calloc(1, sizeof *surface);
    if (!surface) return yd_fail(error, YD_ERR_MEMORY, "out of memory for the screen");
    surface->memory = memfd_create("yolodeck-screen", MFD_CLOEXEC);
    surface->stream = surface->memory >= 0 ? fdopen(surface->memory, "w+") : NULL;
    if (!surface->stream) {
        yd_surface_destroy(surface);
        return yd_fail_errno(error, YD_ERR_IO, "cannot make the screen's memory");
    }
    surface->screen = make_screen(type, surface->stream);
    if (!surface->screen || !cursor_address) {
        char shown[64];
        yd_surface_destroy(surface);
        return yd_fail(error, YD_ERR_UNSUPPORTED, "terminal type \"%s\" is not known, or cannot be drawn on",
                       yd_escape(shown, sizeof shown, type));
    }
    typeahead(-1);
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    idlok(stdscr, FALSE);
    idcok(stdscr, FALSE); /* cells that move would take a picture with them */
    choose_looks(surface, colour);
    surface->cursor_shown = true;
    *result = surface;
    return YD_OK;
}

void yd_surface_destroy(yd_surface *surface)
{
    if (!surface) return;
    if (surface->screen) {
        endwin();
        delscreen(surface->screen);
    }
    if (surface->stream)
        fclose(surface->stream);
    else if (surface->memory >= 0)
        close(surface->memory);
    free(surface->bytes);
    free(surface->row);
    free(surface->drawn);
    free(surface);
}

int yd_surface_colours(const yd_surface *surface)
{
    return surface->colours;
}

/* Takes what curses has written since the last time. */
static yd_bytes gather(yd_surface *surface)
{
    fflush(surface->stream);
    off_t length = lseek(surface->memory, 0, SEEK_CUR);
    if (length <= 0) return (yd_bytes){"", 0};
    if ((size_t)length > surface->capacity) {
        char *bytes = realloc(surface->bytes, (size_t)length * 2);
        if (!bytes) return (yd_bytes){"", 0};
        surface->bytes = bytes;
        surface->capacity = (size_t)length * 2;
    }
    ssize_t count = pread(surface->memory, surface->bytes, (size_t)length, 0);
    lseek(surface->memory, 0, SEEK_SET);
    return (yd_bytes){surface->bytes, count > 0 ? (size_t)count : 0};
}

/* The first picture enters by itself: newterm has written what it takes already. */
yd_bytes yd_surface_enter(yd_surface *surface)
{
    yd_surface_forget(surface);
    surface->entered = true;
    return gather(surface);
}

yd_bytes yd_surface_leave(yd_surface *surface)
{
    if (!surface->entered) return (yd_bytes){"", 0};
    surface->entered = false;
    surface->cursor_shown = true;
    endwin();
    return gather(surface);
}

yd_bytes yd_surface_rehearse(yd_surface *surface)
{
    curs_set(0); /* so that leaving shows it again */
    yd_surface_enter(surface);
    return yd_surface_leave(surface);
}

void yd_surface_resize(yd_surface *surface, int width, int height)
{
    free(surface->row);
    free(surface->drawn);
    surface->row = calloc((size_t)width + 1, sizeof *surface->row);
    surface->drawn = calloc((size_t)width * (size_t)height, sizeof *surface->drawn);
    bool good = surface->row && surface->drawn;
    surface->width = good ? width : 0;
    surface->height = good ? height : 0;
    resizeterm(height, width);
    yd_surface_forget(surface);
}

void yd_surface_forget(yd_surface *surface)
{
    (void)surface;
    clearok(curscr, TRUE);
}

static bool is_wide(uint32_t glyph)
{
    return glyph >= 0x1100 && wcwidth((wchar_t)glyph) == 2;
}

/* Half of a wide character, its other half drawn over, would push the rest of the row aside: a blank stands
 * for it. */
static wchar_t shown_glyph(const yd_canvas *canvas, const yd_cell *cell, int x)
{
    bool half = is_wide(cell->glyph) && (x + 1 >= canvas->width || cell[1].glyph != 0);
    return cell->glyph == 0 || half ? L' ' : (wchar_t)cell->glyph;
}

static void draw_row(yd_surface *surface, const yd_canvas *canvas, int y)
{
    const yd_cell *cells = canvas->cells + (ptrdiff_t)y * canvas->stride;
    yd_cell *drawn = surface->drawn + (ptrdiff_t)y * surface->width;
    size_t bytes = (size_t)surface->width * sizeof *cells;
    int count = 0;
    if (memcmp(cells, drawn, bytes) == 0) return; /* most rows, most of the time */
    memcpy(drawn, cells, bytes);
    for (int x = 0; x < surface->width; x++) {
        const yd_cell *cell = &cells[x];
        if (cell->glyph == 0 && x > 0 && is_wide(cell[-1].glyph)) continue;
        wchar_t text[2] = {shown_glyph(canvas, cell, x), L'\0'};
        unsigned style = cell->style < YD_STYLE_COUNT ? cell->style : YD_STYLE_TEXT;
        setcchar(&surface->row[count++], text, surface->attributes[style], surface->pairs[style], NULL);
    }
    mvadd_wchnstr(y, 0, surface->row, count);
}

yd_bytes yd_surface_draw(yd_surface *surface, const yd_canvas *canvas, int cursor_x, int cursor_y)
{
    if (canvas->width != surface->width || canvas->height != surface->height) return (yd_bytes){"", 0};
    for (int y = 0; y < canvas->height; y++) draw_row(surface, canvas, y);
    bool shown = cursor_x >= 0;
    if (shown != surface->cursor_shown) curs_set(shown ? 1 : 0);
    surface->cursor_shown = shown;
    move(shown ? cursor_y : 0, shown ? cursor_x : 0);
    refresh();
    return gather(surface);
}
