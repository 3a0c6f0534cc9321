#include "support/graphics.h"
#include "base/base64.h"
#include "image/decode.h"
#include "image/resize.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t placeholder = 0x10eeee;

/* ---- colours and characters ---- */

static uint32_t palette(uint32_t index)
{
    static const uint32_t first[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                       0x00cdcd, 0xe5e5e5, 0x404040, 0xff0000, 0x00ff00, 0xffff00,
                                       0x0000ff, 0xff00ff, 0x00ffff, 0xffffff};
    static const uint32_t levels[6] = {0, 95, 135, 175, 215, 255};
    if (index < 16) return first[index];
    if (index >= 232) return (8 + (index - 232) * 10) * 0x010101;
    index -= 16;
    return levels[index / 36] << 16 | levels[index / 6 % 6] << 8 | levels[index % 6];
}

static uint32_t rgb(uint32_t colour, uint32_t own)
{
    if (colour & YD_VTERM_OWN) return own;
    return colour & YD_VTERM_INDEX ? palette(colour & 255) : colour;
}

/* Whether a block character covers the point (x, y) of a cell of 8 x 8. */
static bool covers(uint32_t character, int x, int y)
{
    static const unsigned char quadrants[10] = {4, 8, 1, 13, 9, 7, 11, 2, 6, 14};
    if (character == 0x2580) return y < 4;
    if (character >= 0x2581 && character <= 0x2588) return 8 - y <= (int)(character - 0x2580);
    if (character >= 0x2589 && character <= 0x258f) return x < (int)(0x2590 - character);
    if (character == 0x2590) return x >= 4;
    if (character == 0x2594) return y < 1;
    if (character == 0x2595) return x >= 7;
    if (character >= 0x2596 && character <= 0x259f)
        return quadrants[character - 0x2596] >> ((x >= 4) + 2 * (y >= 4)) & 1;
    if (character >= 0x2591 && character <= 0x2593) /* shades: a quarter, half, three quarters */
        return (x + 2 * y) % 4 < (int)(character - 0x2590);
    return character > 0x20 && character != 0xa0 && x >= 2 && x < 6 && y >= 2 &&
           y < 6; /* a letter: some ink */
}

static void set_pixel(yd_image *image, int x, int y, uint32_t colour)
{
    if (x < 0 || y < 0 || x >= image->width || y >= image->height) return;
    uint8_t *pixel = image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * 3;
    pixel[0] = (uint8_t)(colour >> 16), pixel[1] = (uint8_t)(colour >> 8), pixel[2] = (uint8_t)colour;
}

static uint32_t get_pixel(const yd_image *image, int x, int y)
{
    const uint8_t *pixel = image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * 3;
    return (uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
}

/* ---- pixels on the screen ---- */

static void stamp(yd_test_graphics *g, int x, int y, int columns, int rows)
{
    for (int row = y; row < y + rows && row < g->terminal->height; row++)
        for (int column = x; column < x + columns && column < g->terminal->width; column++) {
            size_t at = (size_t)row * (size_t)g->terminal->width + (size_t)column;
            g->stamps[at] = g->terminal->looks[at].written;
        }
}

static int number_at(const char **at, const char *end)
{
    int value = 0;
    while (*at < end && **at >= '0' && **at <= '9' && value < 1000000) value = value * 10 + (*(*at)++ - '0');
    return value;
}

typedef struct sixel {
    uint32_t colours[1024];
    uint32_t colour;
    int x, y, left, top, widest, lowest;
} sixel;

static void define_colour(sixel *s, const char **at, const char *end)
{
    int numbers[5] = {0}, count = 0;
    numbers[count++] = number_at(at, end);
    while (*at < end && **at == ';' && count < 5) {
        (*at)++;
        numbers[count++] = number_at(at, end);
    }
    int index = numbers[0] & 1023;
    if (count == 5 && numbers[1] == 2)
        s->colours[index] = (uint32_t)((numbers[2] * 255 + 50) / 100) << 16 |
                            (uint32_t)((numbers[3] * 255 + 50) / 100) << 8 |
                            (uint32_t)((numbers[4] * 255 + 50) / 100);
    s->colour = s->colours[index];
}

static void put_sixel(yd_test_graphics *g, sixel *s, int bits, int repeat)
{
    for (; repeat > 0; repeat--, s->x++)
        for (int i = 0; i < 6; i++) {
            if (!(bits >> i & 1)) continue;
            set_pixel(&g->screen, s->left + s->x, s->top + s->y + i, s->colour);
            if (s->y + i > s->lowest) s->lowest = s->y + i;
            if (s->x > s->widest) s->widest = s->x;
        }
}

static void take_sixel(yd_test_graphics *g, const char *text, size_t length)
{
    const char *end = text + length, *at = memchr(text, 'q', length);
    static sixel s;
    s = (sixel){.left = g->terminal->x * g->cell_width, .top = g->terminal->y * g->cell_height};
    g->sixels++;
    for (at++; at < end;) {
        char c = *at++;
        if (c == '"') {
            while (at < end && ((*at >= '0' && *at <= '9') || *at == ';')) at++;
        } else if (c == '#') {
            define_colour(&s, &at, end);
        } else if (c == '!') {
            int repeat = number_at(&at, end);
            if (at < end) put_sixel(g, &s, *at++ - '?', repeat);
        } else if (c == '$') {
            s.x = 0;
        } else if (c == '-') {
            s.x = 0, s.y += 6;
        } else if (c >= '?' && c <= '~') {
            put_sixel(g, &s, c - '?', 1);
        } else if (c != '\n' && c != '\r') {
            g->broken++;
        }
    }
    stamp(g, g->terminal->x, g->terminal->y, s.widest / g->cell_width + 1, s.lowest / g->cell_height + 1);
}

static bool decode(const char *base64, size_t length, yd_image *image)
{
    yd_text bytes = {0};
    bool good = yd_base64_decode(&bytes, base64, length) &&
                yd_image_decode(bytes.data, bytes.length, "picture", image, NULL) == YD_OK;
    yd_text_free(&bytes);
    return good;
}

static yd_image scaled(const yd_image *image, int width, int height)
{
    yd_image out;
    REQUIRE(yd_image_create(width, height, &out, NULL) == YD_OK);
    REQUIRE(yd_resize(image, &out, YD_FILTER_AREA, NULL) == YD_OK);
    return out;
}

static int option(const char *text, const char *name, int fallback)
{
    const char *found = strstr(text, name);
    return found ? atoi(found + strlen(name)) : fallback;
}

static void take_inline(yd_test_graphics *g, const char *text, size_t length)
{
    const char *colon = memchr(text, ':', length);
    char head[256];
    yd_image image;
    if (!colon) return;
    snprintf(head, sizeof head, "%.*s", (int)(colon - text), text);
    int columns = option(head, "width=", 0), rows = option(head, "height=", 0);
    if (columns < 1 || rows < 1 || !decode(colon + 1, length - (size_t)(colon + 1 - text), &image)) {
        g->broken++;
        return;
    }
    g->inlines++;
    yd_image shown = scaled(&image, columns * g->cell_width, rows * g->cell_height);
    for (int y = 0; y < shown.height; y++)
        for (int x = 0; x < shown.width; x++)
            set_pixel(&g->screen, g->terminal->x * g->cell_width + x, g->terminal->y * g->cell_height + y,
                      get_pixel(&shown, x, y));
    stamp(g, g->terminal->x, g->terminal->y, columns, rows);
    yd_image_free(&image);
    yd_image_free(&shown);
}

/* ---- kitty ---- */

static struct yd_test_kitty *find(yd_test_graphics *g, unsigned id)
{
    for (int i = 0; i < g->count; i++)
        if (g->images[i].id == id) return &g->images[i];
    return NULL;
}

static void drop(yd_test_graphics *g, struct yd_test_kitty *image)
{
    free(image->base64);
    yd_image_free(&image->image);
    *image = g->images[--g->count];
    g->images[g->count] = (struct yd_test_kitty){0};
}

static struct yd_test_kitty *make(yd_test_graphics *g, unsigned id)
{
    struct yd_test_kitty *image = find(g, id);
    if (image) drop(g, image);
    REQUIRE(g->count < YD_GRAPHICS_IMAGES);
    image = &g->images[g->count++];
    image->id = id;
    return image;
}

static void add_chunk(yd_test_graphics *g, struct yd_test_kitty *image, const char *data, size_t length,
                      bool more)
{
    image->base64 = realloc(image->base64, image->length + length + 1);
    REQUIRE(image->base64);
    memcpy(image->base64 + image->length, data, length);
    image->length += length;
    g->transferring = more ? image->id : 0;
    if (more) return;
    image->whole = decode(image->base64, image->length, &image->image);
    if (image->whole)
        g->transfers++;
    else
        drop(g, image); /* given up by its sender */
}

static void remove_image(yd_test_graphics *g, unsigned id, bool forget)
{
    struct yd_test_kitty *image = find(g, id);
    g->deletions++;
    if (image) image->placed = image->is_virtual = false;
    if (image && forget) drop(g, image);
}

static void place(yd_test_graphics *g, const char *head, unsigned id)
{
    struct yd_test_kitty *image = find(g, id);
    if (!image || !image->whole) {
        g->broken++;
        return;
    }
    g->placements++;
    image->is_virtual = strstr(head, "U=1") != NULL;
    image->placed = !image->is_virtual;
    image->x = g->terminal->x, image->y = g->terminal->y;
    image->columns = option(head, "c=", 0), image->rows = option(head, "r=", 0);
}

static void take_kitty(yd_test_graphics *g, const char *text, size_t length)
{
    const char *semicolon = memchr(text, ';', length);
    size_t head_length = semicolon ? (size_t)(semicolon - text) : length;
    char head[256];
    snprintf(head, sizeof head, ",%.*s", (int)head_length, text + 0);
    unsigned id = (unsigned)option(head, ",i=", 0);
    int action = strstr(head, "a=") ? strstr(head, "a=")[2] : 0;
    if (action == 'q')
        g->asked = id;
    else if (action == 'd')
        remove_image(g, id, strstr(head, "d=I") != NULL);
    else if (action == 'p')
        place(g, head, id);
    else if (action == 't' || (action == 0 && g->transferring))
        add_chunk(g, action ? make(g, id) : find(g, g->transferring), semicolon + 1, length - head_length - 1,
                  option(head, "m=", 0) == 1);
    else
        g->broken++;
}

/* ---- the whole ---- */

static void take_string(void *context, yd_vterm *terminal, char introducer, const char *text, size_t length)
{
    yd_test_graphics *g = context;
    (void)terminal;
    if (introducer == '_' && length > 1 && text[0] == 'G')
        take_kitty(g, text + 1, length - 1);
    else if (introducer == 'P' && length > 9 && memcmp(text, "tmux;\033_G", 8) == 0)
        take_kitty(g, text + 8, length - 10);
    else if (introducer == 'P' && length > 3 && text[0] == '0' &&
             memchr(text, 'q', 16 < length ? 16 : length))
        take_sixel(g, text, length);
    else if (introducer == ']' && length > 10 && memcmp(text, "1337;File=", 10) == 0)
        take_inline(g, text, length);
}

void yd_test_graphics_start(yd_test_graphics *g, yd_vterm *terminal, int cell_width, int cell_height)
{
    *g = (yd_test_graphics){.terminal = terminal, .cell_width = cell_width, .cell_height = cell_height};
    REQUIRE(yd_image_create(YD_VTERM_LIMIT * cell_width, 128 * cell_height, &g->screen, NULL) == YD_OK);
    g->stamps = calloc((size_t)terminal->width * (size_t)terminal->height, sizeof *g->stamps);
    REQUIRE(g->stamps);
    terminal->on_string = take_string;
    terminal->string_context = g;
}

void yd_test_graphics_resize(yd_test_graphics *g)
{
    free(g->stamps);
    g->stamps = calloc((size_t)g->terminal->width * (size_t)g->terminal->height, sizeof *g->stamps);
    REQUIRE(g->stamps);
}

void yd_test_graphics_free(yd_test_graphics *g)
{
    while (g->count) drop(g, &g->images[0]);
    yd_image_free(&g->screen);
    free(g->stamps);
    if (g->terminal) g->terminal->on_string = NULL;
    *g = (yd_test_graphics){0};
}

static void show_cell(const yd_test_graphics *g, int column, int row, yd_image *out, int left, int top)
{
    size_t at = (size_t)row * (size_t)g->terminal->width + (size_t)column;
    const yd_vterm_look *look = &g->terminal->looks[at];
    uint32_t fore = rgb(look->fore, 0xffffff), back = rgb(look->back, 0);
    bool pixels = g->stamps[at] && g->stamps[at] == look->written;
    for (int y = 0; y < g->cell_height; y++)
        for (int x = 0; x < g->cell_width; x++) {
            bool ink = covers(g->terminal->cells[at], x * 8 / g->cell_width, y * 8 / g->cell_height);
            uint32_t colour =
                pixels ? get_pixel(&g->screen, column * g->cell_width + x, row * g->cell_height + y)
                : ink  ? fore
                       : back;
            set_pixel(out, left + x, top + y, colour);
        }
}

static void show_placed(const yd_test_graphics *g, const struct yd_test_kitty *image, int x, int y,
                        yd_image *out)
{
    yd_image shown = scaled(&image->image, image->columns * g->cell_width, image->rows * g->cell_height);
    for (int row = 0; row < shown.height; row++)
        for (int column = 0; column < shown.width; column++)
            set_pixel(out, (image->x - x) * g->cell_width + column, (image->y - y) * g->cell_height + row,
                      get_pixel(&shown, column, row));
    yd_image_free(&shown);
}

/* The leftmost cell of a row bears the row's mark; the others count on. */
static void show_characters(const yd_test_graphics *g, const struct yd_test_kitty *image, int x, int y,
                            yd_image *out)
{
    yd_image shown = scaled(&image->image, image->columns * g->cell_width, image->rows * g->cell_height);
    const yd_vterm *t = g->terminal;
    int image_row = 0;
    for (int row = 0; row < t->height; row++) {
        int image_column = 0;
        for (int column = 0; column < t->width; column++) {
            size_t at = (size_t)row * (size_t)t->width + (size_t)column;
            if (t->cells[at] != placeholder || t->looks[at].fore != (YD_VTERM_INDEX | image->id)) continue;
            for (int py = 0; py < g->cell_height; py++)
                for (int px = 0; px < g->cell_width; px++)
                    if (image_row < image->rows && image_column < image->columns)
                        set_pixel(out, (column - x) * g->cell_width + px, (row - y) * g->cell_height + py,
                                  get_pixel(&shown, image_column * g->cell_width + px,
                                            image_row * g->cell_height + py));
            image_column++;
        }
        image_row += image_column > 0;
    }
    yd_image_free(&shown);
}

yd_image yd_test_graphics_show(const yd_test_graphics *g, int x, int y, int columns, int rows)
{
    yd_image out;
    REQUIRE(yd_image_create(columns * g->cell_width, rows * g->cell_height, &out, NULL) == YD_OK);
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
            show_cell(g, x + column, y + row, &out, column * g->cell_width, row * g->cell_height);
    for (int i = 0; i < g->count; i++) {
        const struct yd_test_kitty *image = &g->images[i];
        if (image->placed) show_placed(g, image, x, y, &out);
        if (image->is_virtual) show_characters(g, image, x, y, &out);
    }
    return out;
}

int yd_test_graphics_placed(const yd_test_graphics *g)
{
    int count = 0;
    for (int i = 0; i < g->count; i++) count += g->images[i].placed || g->images[i].is_virtual;
    return count;
}

int yd_test_graphics_kept(const yd_test_graphics *g)
{
    return g->count;
}

double yd_test_graphics_difference(const yd_image *a, const yd_image *b)
{
    double sum = 0;
    REQUIRE(a->width == b->width && a->height == b->height);
    size_t bytes = yd_image_bytes(a);
    for (size_t i = 0; i < bytes; i++) sum += abs(a->pixels[i] - b->pixels[i]);
    return sum / (double)bytes;
}

double yd_test_graphics_blurred(const yd_image *a, const yd_image *b, int tile)
{
    yd_image small_a = scaled(a, a->width / tile, a->height / tile);
    yd_image small_b = scaled(b, b->width / tile, b->height / tile);
    double difference = yd_test_graphics_difference(&small_a, &small_b);
    yd_image_free(&small_a);
    yd_image_free(&small_b);
    return difference;
}
