#include "tui/term/input.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum state {
    GROUND,
    ESCAPE,
    CONTROL,
    CONTROL_LONG,
    CONTROL_CONSOLE,
    SINGLE,
    STRING,
    STRING_ESCAPE,
    OLD_MOUSE
};

#define ESCAPE_NS                                                                                            \
    60000000LL /* a sequence's bytes come closer together than this, even over a slow link's packets */
#define SEQUENCE_NS 1000000000LL /* after this a sequence that has begun is given up */
#define PASTE_NS    2000000000LL /* and so is a paste that has fallen silent */

typedef struct tilde_key {
    int number, key;
} tilde_key;

/* CSI number ~ */
static const tilde_key tilde_keys[] = {
    {2, YD_KEY_INSERT},  {3, YD_KEY_DELETE},    {1, YD_KEY_HOME},     {4, YD_KEY_END},
    {5, YD_KEY_PAGE_UP}, {6, YD_KEY_PAGE_DOWN}, {7, YD_KEY_HOME},     {8, YD_KEY_END},
    {11, YD_KEY_F1},     {12, YD_KEY_F1 + 1},   {13, YD_KEY_F1 + 2},  {14, YD_KEY_F1 + 3},
    {15, YD_KEY_F1 + 4}, {17, YD_KEY_F1 + 5},   {18, YD_KEY_F1 + 6},  {19, YD_KEY_F1 + 7},
    {20, YD_KEY_F1 + 8}, {21, YD_KEY_F1 + 9},   {23, YD_KEY_F1 + 10}, {24, YD_KEY_F1 + 11},
};

static int tilde(const char *parameters)
{
    int number = atoi(parameters);
    for (size_t i = 0; i < sizeof tilde_keys / sizeof *tilde_keys; i++)
        if (tilde_keys[i].number == number) return tilde_keys[i].key;
    return YD_KEY_UNKNOWN;
}

/* CSI … final and SS3 final share these. */
static int cursor_key(unsigned char final)
{
    switch (final) {
    case 'A':
        return YD_KEY_UP;
    case 'B':
        return YD_KEY_DOWN;
    case 'C':
        return YD_KEY_RIGHT;
    case 'D':
        return YD_KEY_LEFT;
    case 'F':
        return YD_KEY_END;
    case 'H':
        return YD_KEY_HOME;
    case 'M':
        return YD_KEY_ENTER;
    case 'P':
        return YD_KEY_F1;
    case 'Q':
        return YD_KEY_F1 + 1;
    case 'R':
        return YD_KEY_F1 + 2;
    case 'S':
        return YD_KEY_F1 + 3;
    case 'Z':
        return YD_KEY_BACK_TAB;
    default:
        return YD_KEY_UNKNOWN;
    }
}

enum { SHIFT = 4, ALT = 8, CTRL = 16, MOTION = 32, WHEEL = 64, EXTRA = 128 }; /* of a mouse's buttons */

/* x and y from 1. */
static int take_mouse(yd_input *input, int bits, long x, long y, bool released)
{
    static const int wheel[4] = {-1, 1, -2, 2};
    int low = bits & 3;
    if (bits & EXTRA || x < 1 || y < 1) return YD_KEY_UNKNOWN;
    yd_mouse *mouse = &input->mouse;
    *mouse = (yd_mouse){.x = (int)x - 1, .y = (int)y - 1};
    mouse->modifiers = (bits & SHIFT ? YD_MOUSE_SHIFT : 0u) | (bits & ALT ? YD_MOUSE_ALT : 0u) |
                       (bits & CTRL ? YD_MOUSE_CTRL : 0u);
    if (bits & WHEEL) {
        mouse->kind = YD_MOUSE_WHEEL;
        mouse->button = wheel[low];
        return released ? YD_KEY_UNKNOWN : YD_KEY_MOUSE;
    }
    if (low == 3) return YD_KEY_UNKNOWN; /* moved without a button */
    mouse->button = low + 1;
    mouse->kind = released ? YD_MOUSE_RELEASE : bits & MOTION ? YD_MOUSE_DRAG : YD_MOUSE_PRESS;
    return YD_KEY_MOUSE;
}

/* SGR mouse: CSI < buttons ; x ; y, then M for a press and what follows it, m for a release. */
static int end_mouse(yd_input *input, unsigned char final)
{
    enum { LIMIT = 100000 };
    long numbers[3];
    char *text = input->sequence + 1, *end;
    for (int i = 0; i < 3; i++) {
        numbers[i] = strtol(text, &end, 10);
        if (end == text || numbers[i] < 0 || numbers[i] > LIMIT || *end != (i < 2 ? ';' : '\0'))
            return YD_KEY_UNKNOWN;
        text = end + 1;
    }
    return take_mouse(input, (int)numbers[0], numbers[1], numbers[2], final == 'm');
}

/* The mouse of terminals without SGR coordinates: CSI M and three bytes, each 32 more than what it says,
 * which must never be taken for keys. Which button was released it does not say: the left one matters. */
static int in_old_mouse(yd_input *input, unsigned char byte)
{
    enum { BYTES = 3, OFFSET = 32, RELEASE = 3 };
    input->sequence[input->length++] = (char)byte;
    if (input->length < BYTES) return YD_KEY_NONE;
    const unsigned char *bytes = (const unsigned char *)input->sequence;
    input->state = GROUND;
    int bits = bytes[0] - OFFSET;
    bool released = bits >= 0 && (bits & (RELEASE | MOTION | WHEEL)) == RELEASE;
    if (bits < 0) return YD_KEY_UNKNOWN;
    return take_mouse(input, released ? bits & ~RELEASE : bits, bytes[1] - OFFSET, bytes[2] - OFFSET,
                      released);
}

static int end_report(yd_input *input, unsigned char final)
{
    yd_report *report = &input->report;
    report->introducer = '[';
    report->final = (char) final;
    report->length = input->length;
    memcpy(report->text, input->sequence, (size_t)input->length + 1);
    return YD_KEY_REPORT;
}

/* Device attributes, whether a mode is known, and sizes. */
static bool is_report(const yd_input *input, unsigned char final)
{
    char first = input->sequence[0];
    return (final == 'c' && (first == '?' || first == '>')) || (final == 'y' && first == '?') || final == 't';
}

static int end_control(yd_input *input, unsigned char final)
{
    input->state = GROUND;
    input->sequence[input->length] = '\0';
    if (input->sequence[0] == '<' && (final == 'M' || final == 'm')) return end_mouse(input, final);
    if (final == '~' && strcmp(input->sequence, "200") == 0) {
        input->paste = true;
        input->pasted_length = 0;
        return YD_KEY_NONE;
    }
    if (final == '~') return tilde(input->sequence);
    if (final == 'n') return YD_KEY_ANSWER;
    if (is_report(input, final)) return end_report(input, final);
    if (final == 'M' && input->length == 0) {
        input->state = OLD_MOUSE;
        return YD_KEY_NONE;
    }
    /* A private marker, or a report of something else that ends like a key. */
    if (strspn(input->sequence, "0123456789;") != (size_t)input->length) return YD_KEY_UNKNOWN;
    return final == 'M' ? YD_KEY_UNKNOWN : cursor_key(final);
}

static int in_control(yd_input *input, unsigned char byte)
{
    if (byte == '[' && input->length == 0) {
        input->state = CONTROL_CONSOLE;
        return YD_KEY_NONE;
    }
    if (byte >= 0x40 && byte <= 0x7e) return end_control(input, byte);
    if (byte < 0x20 || byte > 0x7e) {
        input->state = GROUND;
        return YD_KEY_NONE;
    }
    if (input->length + 1 < (int)sizeof input->sequence)
        input->sequence[input->length++] = (char)byte;
    else
        input->state = CONTROL_LONG;
    return YD_KEY_NONE;
}

static int in_character(yd_input *input, unsigned char byte)
{
    if ((byte & 0xc0) != 0x80) { /* broken off: this byte begins anew */
        input->missing = 0;
        return yd_input_byte(input, byte, input->changed_ns);
    }
    input->character = input->character << 6 | (byte & 0x3f);
    if (--input->missing) return YD_KEY_NONE;
    return input->character < 0x110000 ? (int)input->character : YD_KEY_UNKNOWN;
}

static int in_ground(yd_input *input, unsigned char byte)
{
    if (byte == 0x1b) {
        input->state = ESCAPE;
        return YD_KEY_NONE;
    }
    if (byte == '\n') return YD_KEY_ENTER;
    if (byte == '\b') return YD_KEY_BACKSPACE;
    if (byte < 0x80) return byte ? byte : YD_KEY_UNKNOWN;
    if (byte < 0xc2 || byte > 0xf4) return YD_KEY_UNKNOWN;
    input->missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    input->character = byte & (0x3fu >> input->missing);
    return YD_KEY_NONE;
}

static int after_escape(yd_input *input, unsigned char byte)
{
    input->length = 0;
    switch (byte) {
    case 0x1b:
        return YD_KEY_ESCAPE; /* the first was a key of its own; this one may begin something */
    case '[':
        input->state = CONTROL;
        return YD_KEY_NONE;
    case 'O':
        input->state = SINGLE;
        return YD_KEY_NONE;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
        input->state = STRING;
        input->report = (yd_report){.introducer = (char)byte};
        return YD_KEY_NONE;
    default:
        input->state = GROUND;
        input->queued = in_ground(input, byte);
        return YD_KEY_ESCAPE;
    }
}

static void add_pasted(yd_input *input, const char *bytes, int count)
{
    for (int i = 0; i < count && input->pasted_length + 1 < YD_PASTE_LIMIT; i++)
        input->pasted[input->pasted_length++] = bytes[i];
}

/* What was pasted becomes text that a field can take: line ends and other controls are blanks. */
static void clean_pasted(yd_input *input)
{
    char *to = input->pasted;
    input->pasted[input->pasted_length] = '\0';
    for (const char *from = input->pasted; from < input->pasted + input->pasted_length;) {
        int length = yd_utf8_length(from);
        bool control = (unsigned char)*from < 0x20 || *from == 0x7f;
        if (length == 2 && (unsigned char)from[0] == 0xc2 && (unsigned char)from[1] < 0xa0) control = true;
        if (length == 0 || control)
            *to++ = ' ';
        else
            memmove(to, from, (size_t)length), to += length;
        from += length ? length : 1;
    }
    *to = '\0';
    input->pasted_length = (int)(to - input->pasted);
}

/* Only the closing bracket counts: ESC [ 2 0 1 ~ */
static int in_paste(yd_input *input, unsigned char byte)
{
    static const char closing[] = "\033[201~";
    if (byte != (unsigned char)closing[input->length]) {
        add_pasted(input, closing, input->length);
        input->length = 0;
    }
    if (byte != (unsigned char)closing[input->length]) {
        add_pasted(input, (const char *)&byte, 1);
        return YD_KEY_NONE;
    }
    if (++input->length < (int)sizeof closing - 1) return YD_KEY_NONE;
    input->paste = false;
    input->length = 0;
    clean_pasted(input);
    return YD_KEY_PASTE;
}

/* The NUL behind it is there from the beginning. */
static void keep(yd_report *report, unsigned char byte)
{
    if (report->length + 1 < (int)sizeof report->text) report->text[report->length++] = (char)byte;
}

static int in_string(yd_input *input, unsigned char byte)
{
    bool ends = byte == '\a' || byte == 0x9c || (input->state == STRING_ESCAPE && byte == '\\');
    if (ends) {
        input->state = GROUND;
        return strchr("P]_", input->report.introducer) ? YD_KEY_REPORT : YD_KEY_NONE;
    }
    if (byte != 0x1b) keep(&input->report, byte);
    input->state = byte == 0x1b ? STRING_ESCAPE : STRING;
    return YD_KEY_NONE;
}

int yd_input_byte(yd_input *input, unsigned char byte, int64_t now_ns)
{
    input->changed_ns = now_ns;
    if (input->paste) return in_paste(input, byte);
    if (input->missing) return in_character(input, byte);
    switch ((enum state)input->state) {
    case GROUND:
        return in_ground(input, byte);
    case ESCAPE:
        return after_escape(input, byte);
    case CONTROL: {
        int key = in_control(input, byte);
        if (input->paste) input->length = 0;
        return key;
    }
    case CONTROL_LONG:
        if (byte >= 0x40 && byte <= 0x7e) input->state = GROUND;
        return YD_KEY_NONE;
    case CONTROL_CONSOLE: /* the Linux console's F1 to F5: ESC [ [ A */
        input->state = GROUND;
        return byte >= 'A' && byte <= 'E' ? YD_KEY_F1 + (byte - 'A') : YD_KEY_UNKNOWN;
    case OLD_MOUSE:
        return in_old_mouse(input, byte);
    case SINGLE:
        input->state = GROUND;
        return cursor_key(byte);
    case STRING:
    case STRING_ESCAPE:
        return in_string(input, byte);
    }
    return YD_KEY_NONE;
}

int yd_input_queued(yd_input *input)
{
    int key = input->queued;
    input->queued = YD_KEY_NONE;
    return key;
}

bool yd_input_waits(const yd_input *input)
{
    return input->state != GROUND || input->paste || input->missing;
}

int yd_input_idle(yd_input *input, int64_t now_ns)
{
    int64_t age = now_ns - input->changed_ns;
    if (input->paste) {
        if (age >= PASTE_NS) input->paste = false, input->length = 0;
        return YD_KEY_NONE;
    }
    if (input->state == ESCAPE && age >= ESCAPE_NS) {
        input->state = GROUND;
        return YD_KEY_ESCAPE;
    }
    if (age >= SEQUENCE_NS) input->state = GROUND, input->missing = 0;
    return YD_KEY_NONE;
}

static const struct {
    const char *name;
    int key;
} key_names[] = {
    {"Up", YD_KEY_UP},
    {"Down", YD_KEY_DOWN},
    {"Left", YD_KEY_LEFT},
    {"Right", YD_KEY_RIGHT},
    {"Home", YD_KEY_HOME},
    {"End", YD_KEY_END},
    {"PgUp", YD_KEY_PAGE_UP},
    {"PgDn", YD_KEY_PAGE_DOWN},
    {"Shift-Tab", YD_KEY_BACK_TAB},
    {"Delete", YD_KEY_DELETE},
    {"Insert", YD_KEY_INSERT},
    {"Tab", YD_KEY_TAB},
    {"Enter", YD_KEY_ENTER},
    {"Esc", YD_KEY_ESCAPE},
    {"Backspace", YD_KEY_BACKSPACE},
    {"Space", ' '},
};
enum { KEY_NAMES = sizeof key_names / sizeof *key_names };

const char *yd_key_name(int key, char out[16])
{
    for (int i = 0; i < KEY_NAMES; i++)
        if (key_names[i].key == key) {
            yd_copy_text(out, 16, key_names[i].name);
            return out;
        }
    if (key >= YD_KEY_F1 && key <= YD_KEY_F12)
        snprintf(out, 16, "F%d", key - YD_KEY_F1 + 1);
    else if (key > 0 && key < 32)
        snprintf(out, 16, "Ctrl-%c", key + 64);
    else if ((key > 32 && key < 127) || (key >= 0xa0 && key < 0x110000))
        out[yd_utf8_encode(out, (uint32_t)key)] = '\0';
    else
        snprintf(out, 16, "this key");
    return out;
}

int yd_key_parse(const char *name)
{
    char known[16];
    int length = yd_utf8_length(name);
    for (int i = 0; i < KEY_NAMES; i++)
        if (strcasecmp(key_names[i].name, name) == 0) return key_names[i].key;
    for (int key = YD_KEY_F1; key <= YD_KEY_F12; key++)
        if (strcasecmp(yd_key_name(key, known), name) == 0) return key;
    for (int key = 1; key < 32; key++)
        if (strcasecmp(yd_key_name(key, known), name) == 0) return key;
    if (length == 0 || name[length] != '\0') return YD_KEY_NONE;
    yd_input input = {0};
    int key = YD_KEY_NONE;
    for (int i = 0; i < length; i++) key = yd_input_byte(&input, (unsigned char)name[i], 0);
    bool printable = key >= ' ' && key < YD_KEY_UP && !(key >= 0x7f && key < 0xa0);
    return printable ? key : YD_KEY_NONE;
}
