#include "tui/term/pictures.h"
#include "tui/picture/print.h"
#include <stdlib.h>
#include <string.h>

/* As long as a terminal of kitty's kind keeps the picture itself, showing it again costs a few bytes. So
 * many, and so many bytes of what was sent, are kept. */
enum { KEPT = 32, KEPT_BYTES = 16 << 20 };

typedef enum stage {
    WANTED,  /* on the screen, or on its way */
    LEAVING, /* not wanted any more, still there */
    KEPT_BY_TERMINAL
} stage;

typedef struct yd_picture_state {
    yd_placed placed;
    stage stage;
    int sent; /* pieces */
    uint64_t removed;
} state;

static int pieces_of(const state *entry)
{
    return (int)entry->placed.print->pieces.count;
}

static bool is_same(const yd_placed *a, const yd_placed *b)
{
    return a->print == b->print && a->x == b->x && a->y == b->y;
}

static bool is_in(const yd_picture_list *list, const yd_placed *placed)
{
    for (int i = 0; i < list->count; i++)
        if (is_same(&list->places[i], placed)) return true;
    return false;
}

static void drop(yd_pictures *pictures, int index)
{
    yd_print_release(pictures->states[index].placed.print);
    pictures->count--;
    memmove(&pictures->states[index], &pictures->states[index + 1],
            (size_t)(pictures->count - index) * sizeof *pictures->states);
}

static state *find(yd_pictures *pictures, const yd_placed *placed, stage wanted)
{
    for (int i = 0; i < pictures->count; i++) {
        state *entry = &pictures->states[i];
        if (entry->stage != wanted) continue;
        if (wanted == KEPT_BY_TERMINAL ? entry->placed.print == placed->print
                                       : is_same(&entry->placed, placed))
            return entry;
    }
    return NULL;
}

static void add(yd_pictures *pictures, const yd_placed *placed)
{
    if (pictures->count == pictures->capacity) {
        int capacity = pictures->capacity ? 2 * pictures->capacity : 16;
        state *states = realloc(pictures->states, (size_t)capacity * sizeof *states);
        if (!states) return; /* the place stays empty */
        pictures->states = states;
        pictures->capacity = capacity;
    }
    pictures->states[pictures->count++] = (state){.placed = *placed};
    yd_print_hold(placed->print);
}

void yd_pictures_want(yd_pictures *pictures, const yd_picture_list *wanted)
{
    for (int i = 0; i < pictures->count; i++) {
        state *entry = &pictures->states[i];
        if (entry->stage == WANTED && !is_in(wanted, &entry->placed)) entry->stage = LEAVING;
    }
    for (int i = 0; i < wanted->count; i++) {
        const yd_placed *placed = &wanted->places[i];
        state *kept = find(pictures, placed, KEPT_BY_TERMINAL);
        if (find(pictures, placed, WANTED)) continue;
        if (kept) {
            kept->placed = *placed;
            kept->stage = WANTED;
            kept->sent = placed->print->first_shown;
        } else {
            add(pictures, placed);
        }
    }
}

static void go_to(yd_text *out, int x, int y)
{
    yd_text_addf(out, "\033[%d;%dH", y + 1, x + 1);
}

/* A picture of kitty's lies on cells that are empty; any other is the cells themselves. */
static void erase(const yd_placed *placed, yd_text *out)
{
    if (placed->print->mode.graphics == YD_GRAPHICS_KITTY) return;
    for (int row = 0; row < placed->print->rows; row++) {
        go_to(out, placed->x, placed->y + row);
        yd_text_addf(out, "\033[%dX", placed->print->columns);
    }
}

/* What is kept, and the oldest of it. */
static int count_kept(const yd_pictures *pictures, size_t *bytes, int *oldest)
{
    int count = 0;
    *bytes = 0;
    for (int i = 0; i < pictures->count; i++) {
        const state *entry = &pictures->states[i];
        if (entry->stage != KEPT_BY_TERMINAL) continue;
        if (count++ == 0 || entry->removed < pictures->states[*oldest].removed) *oldest = i;
        *bytes += yd_print_bytes(entry->placed.print);
    }
    return count;
}

static void keep_few(yd_pictures *pictures, yd_text *out)
{
    size_t bytes;
    int oldest = 0, count;
    while ((count = count_kept(pictures, &bytes, &oldest)) > KEPT || (count > 0 && bytes > KEPT_BYTES)) {
        yd_print_remove(pictures->states[oldest].placed.print, true, out);
        drop(pictures, oldest);
    }
}

void yd_pictures_remove(yd_pictures *pictures, yd_text *out)
{
    size_t begin = out->length;
    for (int i = pictures->count; i-- > 0;) {
        state *entry = &pictures->states[i];
        const yd_print *print = entry->placed.print;
        if (entry->stage != LEAVING) continue;
        if (out->length == begin) yd_text_add(out, "\0337\033[0m");
        bool whole = print->first_shown > 0 && entry->sent > print->first_shown;
        if (entry->sent > print->first_shown) erase(&entry->placed, out);
        yd_print_abandon(print, entry->sent, out);
        if (entry->sent > 0) yd_print_remove(print, !whole, out);
        entry->stage = KEPT_BY_TERMINAL;
        entry->removed = ++pictures->removals;
        if (!whole) drop(pictures, i);
    }
    keep_few(pictures, out);
    if (out->length > begin) yd_text_add(out, "\0338");
}

static void send_piece(state *entry, yd_text *out)
{
    const yd_placed *placed = &entry->placed;
    const yd_piece *piece = &YD_AT(yd_piece, &placed->print->pieces, entry->sent++);
    if (piece->row >= 0) go_to(out, placed->x + piece->column, placed->y + piece->row);
    yd_text_add_bytes(out, placed->print->bytes.data + piece->begin, piece->length);
}

void yd_pictures_send(yd_pictures *pictures, size_t budget, yd_text *out)
{
    size_t begin = out->length;
    for (int i = 0; i < pictures->count; i++) {
        state *entry = &pictures->states[i];
        while (entry->stage == WANTED && entry->sent < pieces_of(entry)) {
            if (out->length == begin)
                yd_text_add(out, "\0337\033[0m");
            else if (out->length - begin >= budget)
                goto full;
            send_piece(entry, out);
        }
    }
full:
    if (out->length > begin) yd_text_add(out, "\033[0m\0338");
}

bool yd_pictures_unfinished(const yd_pictures *pictures)
{
    for (int i = 0; i < pictures->count; i++) {
        const state *entry = &pictures->states[i];
        if (entry->stage == LEAVING || (entry->stage == WANTED && entry->sent < pieces_of(entry)))
            return true;
    }
    return false;
}

bool yd_pictures_match(const yd_pictures *pictures, const yd_picture_list *wanted)
{
    int there = 0;
    for (int i = 0; i < pictures->count; i++) {
        const state *entry = &pictures->states[i];
        if (entry->stage == LEAVING) return false;
        if (entry->stage != WANTED) continue;
        if (!is_in(wanted, &entry->placed)) return false;
        there++;
    }
    return there == wanted->count;
}

void yd_pictures_forget(yd_pictures *pictures)
{
    for (int i = 0; i < pictures->count; i++) {
        state *entry = &pictures->states[i];
        int carried = entry->placed.print->first_shown;
        if (entry->stage == WANTED && entry->sent > carried) entry->sent = carried;
    }
}

void yd_pictures_leave(yd_pictures *pictures, yd_text *out)
{
    for (int i = pictures->count; i-- > 0;) {
        const state *entry = &pictures->states[i];
        yd_print_abandon(entry->placed.print, entry->sent, out);
        if (entry->sent > 0) yd_print_remove(entry->placed.print, true, out);
        drop(pictures, i);
    }
    free(pictures->states);
    *pictures = (yd_pictures){0};
}
