#include "support/vterm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { GROUND, ESCAPE, CONTROL, STRING, CHARSET };
enum { PARAMETERS = 16 };

static uint32_t *cell(const yd_vterm *t, int x, int y)
{
    return &t->cells[(size_t)y * (size_t)t->width + (size_t)x];
}

static void blank(yd_vterm *t, int x, int y, int count)
{
    for (int i = 0; i < count && x + i < t->width; i++) *cell(t, x + i, y) = ' ';
}

static void clear(yd_vterm *t)
{
    for (int y = 0; y < t->height; y++) blank(t, 0, y, t->width);
}

void yd_vterm_start(yd_vterm *t, int width, int height)
{
    *t = (yd_vterm){.width = width, .height = height, .bottom = height - 1};
    t->cells = calloc((size_t)width * (size_t)height, sizeof *t->cells);
    if (!t->cells) abort();
    clear(t);
}

void yd_vterm_free(yd_vterm *t)
{
    free(t->cells);
    *t = (yd_vterm){0};
}

/* As xterm does: what fits stays, in the upper left corner. */
void yd_vterm_resize(yd_vterm *t, int width, int height)
{
    yd_vterm old = *t;
    t->width = width, t->height = height, t->top = 0, t->bottom = height - 1;
    t->cells = calloc((size_t)width * (size_t)height, sizeof *t->cells);
    if (!t->cells) abort();
    clear(t);
    for (int y = 0; y < height && y < old.height; y++)
        for (int x = 0; x < width && x < old.width; x++) *cell(t, x, y) = *cell(&old, x, y);
    if (t->x >= width) t->x = width - 1;
    if (t->y >= height) t->y = height - 1;
    t->wrap_pending = false;
    free(old.cells);
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static void move(yd_vterm *t, int x, int y)
{
    t->x = clamp(x, 0, t->width - 1);
    t->y = clamp(y, 0, t->height - 1);
    t->wrap_pending = false;
}

/* Moves the rows from..bottom of the region up (count > 0) or down. */
static void scroll(yd_vterm *t, int from, int count)
{
    int rows = t->bottom - from + 1, steps = clamp(count < 0 ? -count : count, 0, rows);
    size_t row = (size_t)t->width * sizeof *t->cells;
    if (count > 0)
        memmove(cell(t, 0, from), cell(t, 0, from + steps), (size_t)(rows - steps) * row);
    else
        memmove(cell(t, 0, from + steps), cell(t, 0, from), (size_t)(rows - steps) * row);
    for (int i = 0; i < steps; i++) blank(t, 0, count > 0 ? t->bottom - i : from + i, t->width);
}

static void line_feed(yd_vterm *t)
{
    t->wrap_pending = false;
    if (t->y == t->bottom)
        scroll(t, t->top, 1);
    else if (t->y + 1 < t->height)
        t->y++;
}

static void print(yd_vterm *t, uint32_t character)
{
    int width = character < 0x7f ? 1 : wcwidth((wchar_t)character);
    if (width < 1) width = 1;
    if (t->wrap_pending || t->x + width > t->width) {
        t->x = 0;
        line_feed(t);
    }
    *cell(t, t->x, t->y) = character;
    if (width == 2 && t->x + 1 < t->width) *cell(t, t->x + 1, t->y) = 0;
    t->last = character;
    t->wrap_pending = t->x + width >= t->width;
    if (!t->wrap_pending) t->x += width;
}

static void set_mode(yd_vterm *t, int mode, bool on)
{
    switch (mode) {
    case 25:
        t->cursor_hidden = !on;
        break;
    case 1049:
        t->alternate = on;
        clear(t);
        break;
    case 1002:
    case 1006:
        t->mouse_mode = on;
        break;
    case 2004:
        t->paste_mode = on;
        break;
    case 2026:
        if (t->synchronised && !on) t->frames++;
        t->synchronised = on;
        break;
    case 1:
    case 4:
    case 7:
    case 12:
    case 1034:
        break;
    default:
        t->unknown++;
    }
}

static void erase(yd_vterm *t, char final, int what)
{
    if (final == 'K') {
        if (what == 0) blank(t, t->x, t->y, t->width - t->x);
        if (what == 1) blank(t, 0, t->y, t->x + 1);
        if (what == 2) blank(t, 0, t->y, t->width);
        return;
    }
    if (what == 2) clear(t);
    if (what == 0) {
        blank(t, t->x, t->y, t->width - t->x);
        for (int y = t->y + 1; y < t->height; y++) blank(t, 0, y, t->width);
    }
    if (what == 1) {
        blank(t, 0, t->y, t->x + 1);
        for (int y = 0; y < t->y; y++) blank(t, 0, y, t->width);
    }
}

static void shift_cells(yd_vterm *t, int count)
{
    int rest = t->width - t->x, steps = clamp(count < 0 ? -count : count, 0, rest);
    uint32_t *here = cell(t, t->x, t->y);
    if (count < 0) {
        memmove(here, here + steps, (size_t)(rest - steps) * sizeof *here);
        blank(t, t->width - steps, t->y, steps);
    } else {
        memmove(here + steps, here, (size_t)(rest - steps) * sizeof *here);
        blank(t, t->x, t->y, steps);
    }
}

static int parse(const char *text, int values[PARAMETERS])
{
    int count = 0;
    for (const char *p = text; count < PARAMETERS; count++) {
        values[count] = (int)strtol(p, NULL, 10);
        p = strchr(p, ';');
        if (!p) return count + 1;
        p++;
    }
    return count;
}

/* False where the sequence does not move the cursor. */
static bool cursor_control(yd_vterm *t, char final, int n, int second)
{
    switch (final) {
    case 'A':
        move(t, t->x, t->y - n);
        return true;
    case 'B':
        move(t, t->x, t->y + n);
        return true;
    case 'C':
        move(t, t->x + n, t->y);
        return true;
    case 'D':
        move(t, t->x - n, t->y);
        return true;
    case 'G':
        move(t, n - 1, t->y);
        return true;
    case 'd':
        move(t, t->x, n - 1);
        return true;
    case 'H':
        move(t, (second ? second : 1) - 1, n - 1);
        return true;
    default:
        return false;
    }
}

/* False where the sequence does not change cells. */
static bool cell_control(yd_vterm *t, char final, int n, int raw)
{
    switch (final) {
    case 'J':
    case 'K':
        erase(t, final, raw);
        return true;
    case 'X':
        blank(t, t->x, t->y, n);
        return true;
    case 'P':
        shift_cells(t, -n);
        return true;
    case '@':
        shift_cells(t, n);
        return true;
    case 'L':
        scroll(t, t->y, -n);
        return true;
    case 'M':
        scroll(t, t->y, n);
        return true;
    case 'S':
        scroll(t, t->top, n);
        return true;
    case 'T':
        scroll(t, t->top, -n);
        return true;
    case 'b':
        for (int i = 0; i < n; i++) print(t, t->last);
        return true;
    default:
        return false;
    }
}

static void control(yd_vterm *t, char final)
{
    int values[PARAMETERS] = {0};
    bool private = t->sequence[0] == '?';
    int count = parse(t->sequence + private, values), n = values[0] ? values[0] : 1;
    if (private) {
        for (int i = 0; i < count; i++) set_mode(t, values[i], final == 'h');
        if (final != 'h' && final != 'l') t->unknown++;
    } else if (final == 'r') {
        t->top = n - 1;
        t->bottom = values[1] ? clamp(values[1], 1, t->height) - 1 : t->height - 1;
        move(t, 0, 0);
    } else if (final == 'n' && values[0] == 5) {
        t->queries++;
    } else if (final == 'm') {
        for (int i = 0; i < count; i++) t->colours += (values[i] >= 30 && values[i] <= 38) || values[i] >= 90;
    } else if (!cursor_control(t, final, n, values[1]) && !cell_control(t, final, n, values[0]) &&
               !strchr("hlt", final)) {
        t->unknown++;
    }
}

static void escape(yd_vterm *t, char byte)
{
    t->state = GROUND;
    switch (byte) {
    case '[':
        t->state = CONTROL;
        t->length = 0;
        break;
    case ']':
    case 'P':
        t->state = STRING;
        break;
    case '(':
    case ')':
        t->state = CHARSET;
        break;
    case '7':
        t->saved_x = t->x, t->saved_y = t->y;
        break;
    case '8':
        move(t, t->saved_x, t->saved_y);
        break;
    case 'M':
        if (t->y == t->top)
            scroll(t, t->top, -1);
        else
            move(t, t->x, t->y - 1);
        break;
    case '=':
    case '>':
    case 'c':
        break;
    default:
        t->unknown++;
    }
}

static void ground(yd_vterm *t, unsigned char byte)
{
    if (t->missing && (byte & 0xc0) == 0x80) {
        t->character = t->character << 6 | (byte & 0x3f);
        if (--t->missing == 0) print(t, t->character);
        return;
    }
    if (t->missing && byte != 0x1b) t->unknown++; /* ESC: a frame was cut off by a crash */
    t->missing = 0;
    switch (byte) {
    case 0x1b:
        t->state = ESCAPE;
        return;
    case '\r':
        move(t, 0, t->y);
        return;
    case '\n':
        line_feed(t);
        return;
    case '\b':
        move(t, t->x - 1, t->y);
        return;
    case '\t':
        move(t, (t->x / 8 + 1) * 8, t->y);
        return;
    case '\a':
    case 0x0f:
    case 0x18:
    case 0:
        return;
    default:
        break;
    }
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && byte < 0xc2)) {
        t->unknown++;
        return;
    }
    if (byte < 0x80) {
        print(t, byte);
        return;
    }
    t->missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    t->character = byte & (0x3fu >> t->missing);
}

void yd_vterm_feed(yd_vterm *t, const char *data, size_t length)
{
    t->bytes += length;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte == 0x18) t->state = GROUND;
        switch (t->state) {
        case GROUND:
            ground(t, byte);
            break;
        case ESCAPE:
            escape(t, (char)byte);
            break;
        case CHARSET:
            t->state = GROUND;
            break;
        case STRING:
            if (byte == '\a') t->state = GROUND;
            if (byte == 0x1b) t->state = ESCAPE;
            break;
        case CONTROL:
            if (byte == 0x1b) { /* begins anew, as everywhere */
                t->state = ESCAPE;
            } else if (byte >= 0x40 && byte <= 0x7e) {
                t->sequence[t->length] = '\0';
                t->state = GROUND;
                control(t, (char)byte);
            } else if (t->length + 1 < (int)sizeof t->sequence) {
                t->sequence[t->length++] = (char)byte;
            }
            break;
        default:
            break;
        }
    }
}

static int encode(char *out, uint32_t c)
{
    if (c < 0x80) return (out[0] = (char)c, 1);
    if (c < 0x800) return (out[0] = (char)(0xc0 | c >> 6), out[1] = (char)(0x80 | (c & 0x3f)), 2);
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 0x3f)),
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f)), out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

void yd_vterm_row(const yd_vterm *t, int y, char *out, size_t capacity)
{
    size_t length = 0, end = 0;
    for (int x = 0; x < t->width && length + 5 <= capacity; x++) {
        uint32_t character = *cell(t, x, y);
        if (character) length += (size_t)encode(out + length, character);
        if (character != ' ') end = length;
    }
    out[end] = '\0';
}

int yd_vterm_find(const yd_vterm *t, const char *text)
{
    char row[YD_VTERM_LIMIT * 4 + 1];
    for (int y = 0; y < t->height; y++) {
        yd_vterm_row(t, y, row, sizeof row);
        if (strstr(row, text)) return y;
    }
    return -1;
}

void yd_vterm_dump(const yd_vterm *t)
{
    char row[YD_VTERM_LIMIT * 4 + 1];
    for (int y = 0; y < t->height; y++) {
        yd_vterm_row(t, y, row, sizeof row);
        fprintf(stderr, "|%s\n", row);
    }
}
