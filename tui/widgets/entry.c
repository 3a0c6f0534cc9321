#include "tui/widgets/entry.h"
#include "base/text.h"
#include "tui/words.h"
#include <stdio.h>
#include <string.h>

enum { CTRL = 64, CANDIDATES = 64 };

static int before(const yd_entry *entry, int at)
{
    if (at > 0) at--;
    while (at > 0 && ((unsigned char)entry->text[at] & 0xc0) == 0x80) at--;
    return at;
}

static int behind(const yd_entry *entry, int at)
{
    return at + yd_utf8_length(entry->text + at);
}

static yd_entry_result cut(yd_entry *entry, int from, int to)
{
    if (from >= to) return YD_ENTRY_TAKEN;
    memmove(entry->text + from, entry->text + to, strlen(entry->text + to) + 1);
    entry->cursor = from;
    return YD_ENTRY_EDITED;
}

/* Ctrl-W: blanks before the cursor, and the word before them. */
static yd_entry_result cut_word(yd_entry *entry)
{
    int from = entry->cursor;
    while (from > 0 && entry->text[from - 1] == ' ') from--;
    while (from > 0 && entry->text[from - 1] != ' ') from--;
    return cut(entry, from, entry->cursor);
}

void yd_entry_set(yd_entry *entry, const char *text)
{
    entry->text[0] = '\0';
    entry->cursor = 0;
    yd_entry_insert(entry, text);
}

static bool insert_character(yd_entry *entry, const char *bytes, int count)
{
    size_t length = strlen(entry->text);
    if (length + (size_t)count >= sizeof entry->text) return false;
    char *at = entry->text + entry->cursor;
    memmove(at + count, at, length - (size_t)entry->cursor + 1);
    memcpy(at, bytes, (size_t)count);
    entry->cursor += count;
    return true;
}

static bool is_control(const char *character)
{
    const unsigned char *bytes = (const unsigned char *)character;
    return bytes[0] < 0x20 || bytes[0] == 0x7f || (bytes[0] == 0xc2 && bytes[1] < 0xa0);
}

void yd_entry_insert(yd_entry *entry, const char *text)
{
    while (*text) {
        int count = yd_utf8_length(text);
        if (count > 0 && !is_control(text) && !insert_character(entry, text, count)) return;
        text += count > 0 ? count : 1;
    }
}

static const char *history_line(const yd_entry_history *history, int back)
{
    return history->lines[(history->count - back) % YD_ENTRY_HISTORY];
}

static void remember(yd_entry *entry)
{
    yd_entry_history *history = entry->history;
    if (!history || !entry->text[0]) return;
    if (history->count && strcmp(history_line(history, 1), entry->text) == 0) return;
    yd_copy_text(history->lines[history->count++ % YD_ENTRY_HISTORY], YD_ENTRY_LIMIT, entry->text);
}

static yd_entry_result show_history(yd_entry *entry, int step)
{
    const yd_entry_history *history = entry->history;
    if (!history) return YD_ENTRY_IGNORED;
    int most = history->count < YD_ENTRY_HISTORY ? history->count : YD_ENTRY_HISTORY;
    int back = entry->back + step;
    if (back < 0 || back > most) return YD_ENTRY_TAKEN;
    if (entry->back == 0) yd_copy_text(entry->kept, sizeof entry->kept, entry->text);
    entry->back = back;
    yd_entry_set(entry, back ? history_line(history, back) : entry->kept);
    return YD_ENTRY_EDITED;
}

int yd_entry_candidates(const yd_entry *entry, const char *candidates[], int capacity)
{
    if (!entry->complete) return 0;
    return entry->complete(entry->complete_context, entry->text, yd_words_start(entry->text, entry->cursor),
                           entry->cursor, candidates, capacity);
}

/* One candidate is taken whole, with a blank behind it; of several, what they have in common. */
static yd_entry_result complete(yd_entry *entry)
{
    const char *candidates[CANDIDATES];
    int count = yd_entry_candidates(entry, candidates, CANDIDATES);
    int start = yd_words_start(entry->text, entry->cursor);
    if (!entry->complete) return YD_ENTRY_IGNORED;
    if (count <= 0) return YD_ENTRY_TAKEN;
    char word[YD_ENTRY_LIMIT], quoted[YD_ENTRY_LIMIT], typed[YD_ENTRY_LIMIT], so_far[YD_ENTRY_LIMIT];
    yd_copy_text(typed, (size_t)(entry->cursor - start) + 1, entry->text + start);
    const char *rest = typed;
    yd_words_next(&rest, so_far, sizeof so_far);
    yd_copy_text(word, sizeof word, candidates[0]);
    for (int i = 1; i < count; i++) {
        int same = 0;
        while (word[same] && word[same] == candidates[i][same]) same++;
        while (same > 0 && ((unsigned char)word[same] & 0xc0) == 0x80) same--;
        word[same] = '\0';
    }
    if (count > 1 && strlen(word) <= strlen(so_far)) return YD_ENTRY_TAKEN;
    yd_words_quote(word, quoted, sizeof quoted);
    cut(entry, start, entry->cursor);
    yd_entry_insert(entry, quoted);
    if (count == 1 && entry->text[entry->cursor] != ' ' && word[0] && word[strlen(word) - 1] != '/')
        yd_entry_insert(entry, " ");
    return YD_ENTRY_EDITED;
}

static yd_entry_result move(yd_entry *entry, int to)
{
    entry->cursor = to;
    return YD_ENTRY_TAKEN;
}

static yd_entry_result take_character(yd_entry *entry, int key)
{
    if (key < 0x20 || key >= 0x110000 || (key >= 0x7f && key < 0xa0) || (key >= 0xd800 && key < 0xe000))
        return YD_ENTRY_IGNORED;
    char bytes[4];
    insert_character(entry, bytes, yd_utf8_encode(bytes, (uint32_t)key));
    return YD_ENTRY_EDITED;
}

yd_entry_result yd_entry_key(yd_entry *entry, int key)
{
    int end = (int)strlen(entry->text);
    switch (key) {
    case YD_KEY_ENTER:
        remember(entry);
        entry->back = 0;
        return YD_ENTRY_DONE;
    case YD_KEY_ESCAPE:
        entry->back = 0;
        return YD_ENTRY_CANCELLED;
    case YD_KEY_BACKSPACE:
    case 'H' - CTRL:
        return end ? cut(entry, before(entry, entry->cursor), entry->cursor) : YD_ENTRY_CANCELLED;
    case YD_KEY_DELETE:
    case 'D' - CTRL:
        return cut(entry, entry->cursor, behind(entry, entry->cursor));
    case YD_KEY_LEFT:
    case 'B' - CTRL:
        return move(entry, before(entry, entry->cursor));
    case YD_KEY_RIGHT:
    case 'F' - CTRL:
        return move(entry, behind(entry, entry->cursor));
    case YD_KEY_HOME:
    case 'A' - CTRL:
        return move(entry, 0);
    case YD_KEY_END:
    case 'E' - CTRL:
        return move(entry, end);
    case 'K' - CTRL:
        entry->text[entry->cursor] = '\0';
        return YD_ENTRY_EDITED;
    case 'U' - CTRL:
        return cut(entry, 0, entry->cursor);
    case 'W' - CTRL:
        return cut_word(entry);
    case YD_KEY_UP:
    case 'P' - CTRL:
        return show_history(entry, 1);
    case YD_KEY_DOWN:
    case 'N' - CTRL:
        return show_history(entry, -1);
    case YD_KEY_TAB:
        return complete(entry);
    default:
        return take_character(entry, key);
    }
}

int yd_entry_draw(const yd_entry *entry, const yd_canvas *canvas, int x, int y, int width, yd_style style)
{
    char head[YD_ENTRY_LIMIT];
    int start = 0, wide;
    for (;; start = behind(entry, start)) { /* as little as is needed scrolls out on the left */
        yd_copy_text(head, sizeof head, entry->text + start);
        head[entry->cursor - start] = '\0';
        wide = yd_canvas_text_width(canvas, head);
        if (wide < width || start >= entry->cursor) break;
    }
    yd_canvas field = yd_canvas_part(canvas, (yd_rect){x, y, width, 1});
    yd_canvas_fill(&field, ' ', style);
    yd_canvas_text(&field, 0, 0, style, entry->text + start);
    return x + wide;
}
