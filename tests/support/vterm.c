#include "support/vterm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { GROUND, ESCAPE, CONTROL, STRING, STRING_ESCAPE, CHARSET };
enum { PARAMETERS = 16 };

static uint32_t *cell(const yd_vterm *t, int x, int y)
{
    return &t->cells[(size_t)y * (size_t)t->width + (size_t)x];
}

static void blank(yd_vterm *t, int x, int y, int count)
{
    for (int i = 0; i < count && x + i < t->width; i++) {
        size_t at = (size_t)y * (size_t)t->width + (size_t)(x + i);
        t->cells[at] = ' ';
        t->looks[at] = (yd_vterm_look){YD_VTERM_OWN, YD_VTERM_OWN, 0, ++t->writings};
    }
}

static void clear(yd_vterm *t)
{
    for (int y = 0; y < t->height; y++) blank(t, 0, y, t->width);
}

static void make_cells(yd_vterm *t)
{
    size_t count = (size_t)t->width * (size_t)t->height;
    t->cells = calloc(count, sizeof *t->cells);
    t->looks = calloc(count, sizeof *t->looks);
    if (!t->cells || !t->looks) abort();
    clear(t);
}

static void free_cells(yd_vterm *t)
{
    free(t->cells);
    free(t->looks);
}

static yd_vterm_look *look(const yd_vterm *t, int x, int y)
{
    return &t->looks[(size_t)y * (size_t)t->width + (size_t)x];
}

void yd_vterm_start(yd_vterm *t, int width, int height)
{
    *t = (yd_vterm){.width = width,
                    .height = height,
                    .bottom = height - 1,
                    .foreground = YD_VTERM_OWN,
                    .background = YD_VTERM_OWN};
    make_cells(t);
}

void yd_vterm_free(yd_vterm *t)
{
    free_cells(t);
    free(t->string);
    *t = (yd_vterm){0};
}

/* As xterm does: what fits stays, in the upper left corner. */
void yd_vterm_resize(yd_vterm *t, int width, int height)
{
    yd_vterm old = *t;
    t->width = width, t->height = height, t->top = 0, t->bottom = height - 1;
    make_cells(t);
    for (int y = 0; y < height && y < old.height; y++) {
        for (int x = 0; x < width && x < old.width; x++) {
            size_t from = (size_t)y * (size_t)old.width + (size_t)x,
                   to = (size_t)y * (size_t)width + (size_t)x;
            t->cells[to] = old.cells[from];
            t->looks[to] = old.looks[from];
        }
    }
    if (t->x >= width) t->x = width - 1;
    if (t->y >= height) t->y = height - 1;
    t->wrap_pending = false;
    free_cells(&old);
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

/* Cells that moved are written anew: a picture on them stays behind. */
static void move_cells(yd_vterm *t, int from_x, int from_y, int to_x, int to_y, int count)
{
    memmove(cell(t, to_x, to_y), cell(t, from_x, from_y), (size_t)count * sizeof *t->cells);
    memmove(look(t, to_x, to_y), look(t, from_x, from_y), (size_t)count * sizeof *t->looks);
    for (int i = 0; i < count; i++) look(t, to_x, to_y)[i].written = ++t->writings;
}

/* Moves the rows from..bottom of the region up (count > 0) or down. */
static void scroll(yd_vterm *t, int from, int count)
{
    int rows = t->bottom - from + 1, steps = clamp(count < 0 ? -count : count, 0, rows);
    move_cells(t, 0, count > 0 ? from + steps : from, 0, count > 0 ? from : from + steps,
               (rows - steps) * t->width);
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

/* A mark belongs to the character printed last. */
static void combine(yd_vterm *t, uint32_t mark)
{
    int x = t->wrap_pending ? t->x : t->x - 1;
    if (x >= 0) look(t, x, t->y)->mark = mark;
}

static void print(yd_vterm *t, uint32_t character)
{
    int width = character < 0x7f ? 1 : wcwidth((wchar_t)character);
    if (width == 0 && character >= 0x300) {
        combine(t, character);
        return;
    }
    if (width < 1) width = 1;
    if (t->wrap_pending || t->x + width > t->width) {
        t->x = 0;
        line_feed(t);
    }
    *cell(t, t->x, t->y) = character;
    *look(t, t->x, t->y) = (yd_vterm_look){t->reverse ? t->background : t->foreground,
                                           t->reverse ? t->foreground : t->background, 0, ++t->writings};
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
        t->entered += on;
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
    if (count < 0) {
        if (rest > steps) move_cells(t, t->x + steps, t->y, t->x, t->y, rest - steps);
        blank(t, t->width - steps, t->y, steps);
    } else {
        if (rest > steps) move_cells(t, t->x, t->y, t->x + steps, t->y, rest - steps);
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

/* 38;5;n, 38;2;r;g;b and their like for the background: the colour; *i moves to its last number. */
static uint32_t extended_colour(const int *values, int count, int *i)
{
    uint32_t colour = YD_VTERM_OWN;
    if (*i + 2 < count && values[*i + 1] == 5) {
        colour = YD_VTERM_INDEX | (uint32_t)(values[*i + 2] & 255);
        *i += 2;
    } else if (*i + 4 < count && values[*i + 1] == 2) {
        colour = (uint32_t)(values[*i + 2] & 255) << 16 | (uint32_t)(values[*i + 3] & 255) << 8 |
                 (uint32_t)(values[*i + 4] & 255);
        *i += 4;
    }
    return colour;
}

static void set_look(yd_vterm *t, const int *values, int count)
{
    for (int i = 0; i < count; i++) {
        int value = values[i];
        t->colours += (value >= 30 && value <= 38) || value >= 90;
        if (value == 0)
            t->foreground = t->background = YD_VTERM_OWN, t->reverse = false;
        else if (value == 7 || value == 27)
            t->reverse = value == 7;
        else if (value == 38)
            t->foreground = extended_colour(values, count, &i);
        else if (value == 48)
            t->background = extended_colour(values, count, &i);
        else if (value >= 30 && value <= 39)
            t->foreground = value == 39 ? YD_VTERM_OWN : YD_VTERM_INDEX | (uint32_t)(value - 30);
        else if (value >= 40 && value <= 49)
            t->background = value == 49 ? YD_VTERM_OWN : YD_VTERM_INDEX | (uint32_t)(value - 40);
    }
}

/* True where the sequence asks the terminal about itself. */
static bool is_question(const yd_vterm *t, char final, int first)
{
    return (final == 'c' && (!t->sequence[0] || t->sequence[0] == '0')) ||
           (final == 'q' && t->sequence[0] == '>') || (final == 't' && (first == 14 || first == 16)) ||
           (final == 'p' && t->length > 1 && t->sequence[t->length - 1] == '$');
}

static void take_question(yd_vterm *t, char final)
{
    char question[sizeof t->sequence + 1];
    snprintf(question, sizeof question, "%s%c", t->sequence, final);
    if (t->on_question) t->on_question(t->context, question);
}

static void control(yd_vterm *t, char final)
{
    int values[PARAMETERS] = {0};
    bool private = t->sequence[0] == '?';
    int count = parse(t->sequence + private, values), n = values[0] ? values[0] : 1;
    if (is_question(t, final, values[0])) {
        take_question(t, final);
    } else if (private) {
        for (int i = 0; i < count; i++) set_mode(t, values[i], final == 'h');
        if (final != 'h' && final != 'l') t->unknown++;
    } else if (final == 'r') {
        t->top = n - 1;
        t->bottom = values[1] ? clamp(values[1], 1, t->height) - 1 : t->height - 1;
        move(t, 0, 0);
    } else if (final == 'n' && values[0] == 5) {
        t->queries++;
    } else if (final == 'm') {
        set_look(t, values, count);
    } else if (!cursor_control(t, final, n, values[1]) && !cell_control(t, final, n, values[0]) &&
               !strchr("hlt", final)) {
        t->unknown++;
    }
}

static void in_string(yd_vterm *t, unsigned char byte)
{
    if (t->string_length == t->string_capacity) {
        t->string_capacity = t->string_capacity ? 2 * t->string_capacity : 4096;
        t->string = realloc(t->string, t->string_capacity);
        if (!t->string) abort();
    }
    t->string[t->string_length++] = (char)byte;
}

static void end_string(yd_vterm *t)
{
    t->state = GROUND;
    if (t->on_string) t->on_string(t->string_context, t, t->introducer, t->string, t->string_length);
}

/* A doubled ESC within tmux's DCS is one of its own; any other than the string's end begins anew. */
static void after_string_escape(yd_vterm *t, unsigned char byte)
{
    if (byte == '\\') {
        end_string(t);
    } else if (byte == 0x1b && t->introducer == 'P') {
        in_string(t, 0x1b);
        t->state = STRING;
    } else {
        t->state = GROUND;
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
    case '_':
        t->state = STRING;
        t->introducer = byte;
        t->string_length = 0;
        break;
    case '\\':
        break;
    case '(':
    case ')':
        t->state = CHARSET;
        break;
    case '7':
        t->saved_x = t->x, t->saved_y = t->y;
        t->saved_foreground = t->foreground, t->saved_background = t->background;
        break;
    case '8':
        move(t, t->saved_x, t->saved_y);
        t->foreground = t->saved_foreground, t->background = t->saved_background;
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
    if (t->missing) t->unknown++;
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
        t->bells++;
        return;
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
        if (byte == 0x18) t->state = GROUND, t->missing = 0;
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
            if (byte == '\a')
                end_string(t);
            else if (byte == 0x1b)
                t->state = STRING_ESCAPE;
            else
                in_string(t, byte);
            break;
        case STRING_ESCAPE:
            after_string_escape(t, byte);
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
