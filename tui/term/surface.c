#include "tui/term/surface.h"
#include "base/text.h"
#include "tui/term/direct.h"
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
    yd_direct direct;
    bool own; /* the terminal's own colours can be asked for */
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
    use_extended_names(TRUE);
    use_env(FALSE); /* the size is asked of the terminal, by us */
    SCREEN *screen = newterm(type, stream, stream);
    for (int i = 0; i < CURSES_SIGNALS; i++) sigaction(curses_signals[i], &before[i], NULL);
    return screen;
}

/* Whether the terminal takes RGB: it says so in the environment, or its description does. GNU screen does
 * not, but hands on the environment of the terminal around it. */
static bool takes_rgb(const char *type)
{
    const char *word = getenv("COLORTERM");
    bool says = word && (strcmp(word, "truecolor") == 0 || strcmp(word, "24bit") == 0);
    bool screen = strncmp(type, "screen", 6) == 0 && !getenv("TMUX");
    return (says && !screen) || tigetflag("RGB") > 0 || tigetnum("RGB") > 0 || tigetflag("Tc") > 0;
}

static void choose_colours(yd_surface *surface, const char *type)
{
    static char fore[] = "\033[38;5;%p1%dm", back[] = "\033[48;5;%p1%dm"; /* as term/direct.h reads them */
    if (!has_colors() || start_color() != OK) return;
    surface->own = use_default_colors() == OK;
    surface->colours = COLORS;
    if (COLORS < 256 || (!takes_rgb(type) && COLORS < INT16_MAX)) return;
    set_a_foreground = fore;
    set_a_background = back;
    surface->colours = YD_COLOURS_DIRECT;
}

/* A pair's colour as curses has it, which is the palette's number, or one that is borrowed. */
static int curses_colour(yd_surface *surface, int colour, int instead)
{
    if (colour >= YD_COLOUR_RGB) colour = yd_direct_borrow(&surface->direct, (uint32_t)colour);
    return colour < 0 && !surface->own ? instead : colour;
}

static void take_numbers(yd_surface *surface, const yd_theme *theme)
{
    surface->direct = (yd_direct){0};
    for (int i = 0; i < YD_STYLE_COUNT; i++)
        for (int ground = 0; ground < 2; ground++)
            yd_direct_take(&surface->direct, yd_theme_number(&theme->looks[i], ground, surface->colours));
}

void yd_surface_set_theme(yd_surface *surface, const yd_theme *theme)
{
    static const struct {
        unsigned ours;
        attr_t theirs;
    } attributes[] = {
        {YD_BOLD, A_BOLD}, {YD_REVERSE, A_REVERSE}, {YD_DIM, A_DIM}, {YD_UNDERLINE, A_UNDERLINE}};
    take_numbers(surface, theme);
    for (int i = 0; i < YD_STYLE_COUNT; i++) {
        const yd_look *look = &theme->looks[i];
        surface->attributes[i] = A_NORMAL;
        surface->pairs[i] = 0;
        for (size_t j = 0; j < sizeof attributes / sizeof *attributes; j++)
            if (look->attributes & attributes[j].ours) surface->attributes[i] |= attributes[j].theirs;
        int fore = yd_theme_number(look, false, surface->colours);
        int back = yd_theme_number(look, true, surface->colours);
        if ((fore < 0 && back < 0) || i + 1 >= COLOR_PAIRS) continue;
        fore = curses_colour(surface, fore, COLOR_WHITE);
        back = curses_colour(surface, back, COLOR_BLACK);
        if (init_pair((short)(i + 1), (short)fore, (short)back) == OK) surface->pairs[i] = (short)(i + 1);
    }
    if (surface->drawn)
        memset(surface->drawn, 0, (size_t)surface->width * (size_t)surface->height * sizeof *surface->drawn);
    yd_surface_forget(surface);
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
    yd_theme theme;
    yd_theme_default(&theme);
    if (colour) choose_colours(surface, type);
    yd_surface_set_theme(surface, &theme);
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
    size_t room = (size_t)length * (1 + YD_DIRECT_GROWTH); /* for what is rewritten too */
    if (room > surface->capacity) {
        char *bytes = realloc(surface->bytes, room * 2);
        if (!bytes) return (yd_bytes){"", 0};
        surface->bytes = bytes;
        surface->capacity = room * 2;
    }
    ssize_t count = pread(surface->memory, surface->bytes, (size_t)length, 0);
    lseek(surface->memory, 0, SEEK_SET);
    if (count <= 0) return (yd_bytes){"", 0};
    if (surface->colours < YD_COLOURS_DIRECT) return (yd_bytes){surface->bytes, (size_t)count};
    char *rewritten = surface->bytes + length;
    size_t rewritten_length = yd_direct_rewrite(&surface->direct, surface->bytes, (size_t)count, rewritten);
    return (yd_bytes){rewritten, rewritten_length};
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
