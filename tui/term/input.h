/* Bytes from a terminal, made into keys. Pure: the caller reads, and tells the time. Knows the sequences of
 * xterm, tmux, screen, rxvt and the Linux console, whatever terminfo says; whatever else arrives is swallowed
 * whole and never taken for keys. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* A key is its Unicode character, or one of these. */
typedef enum yd_key {
    YD_KEY_NONE = 0,
    YD_KEY_CTRL_C = 3,
    YD_KEY_TAB = 9,
    YD_KEY_CTRL_L = 12,
    YD_KEY_ENTER = 13,
    YD_KEY_CTRL_Z = 26,
    YD_KEY_ESCAPE = 27,
    YD_KEY_BACKSPACE = 127,
    YD_KEY_UP = 0x110000,
    YD_KEY_DOWN,
    YD_KEY_LEFT,
    YD_KEY_RIGHT,
    YD_KEY_HOME,
    YD_KEY_END,
    YD_KEY_PAGE_UP,
    YD_KEY_PAGE_DOWN,
    YD_KEY_BACK_TAB,
    YD_KEY_DELETE,
    YD_KEY_INSERT,
    YD_KEY_F1,
    YD_KEY_F12 = YD_KEY_F1 + 11,
    YD_KEY_MOUSE,  /* yd_input.mouse holds what the mouse did */
    YD_KEY_PASTE,  /* yd_input.pasted holds what was pasted */
    YD_KEY_ANSWER, /* no key: the terminal's answer to a status query */
    YD_KEY_REPORT, /* no key: what the terminal says of itself, in the input's report */
    YD_KEY_UNKNOWN /* a sequence without meaning here */
} yd_key;

typedef enum yd_mouse_kind { YD_MOUSE_PRESS, YD_MOUSE_RELEASE, YD_MOUSE_DRAG, YD_MOUSE_WHEEL } yd_mouse_kind;
enum yd_mouse_modifiers { YD_MOUSE_SHIFT = 1, YD_MOUSE_ALT = 2, YD_MOUSE_CTRL = 4 };

typedef struct yd_mouse {
    yd_mouse_kind kind;
    int button; /* 1 left, 2 middle, 3 right; WHEEL: -1 up, 1 down, -2 left, 2 right */
    int x, y;   /* cells, from 0 */
    unsigned modifiers;
} yd_mouse;

enum { YD_PASTE_LIMIT = 4096 };

/* A control sequence or string by which a terminal answers. */
typedef struct yd_report {
    char introducer; /* '[' a control sequence; 'P' DCS, ']' OSC, '_' APC */
    char final;      /* of a control sequence */
    int length;      /* of text; what is longer than there is room for is cut */
    char text[256];  /* between introducer and end, any bytes but the end's; a NUL behind them */
} yd_report;

/* Zero-initialise. */
typedef struct yd_input {
    int state;
    bool paste;                  /* between the brackets of a paste */
    yd_mouse mouse;              /* of YD_KEY_MOUSE */
    char pasted[YD_PASTE_LIMIT]; /* of YD_KEY_PASTE: UTF-8, a blank for each control character; cut where
                                    longer */
    int pasted_length;
    char sequence[64]; /* of a control sequence, behind its introducer */
    int length;
    uint32_t character; /* of UTF-8 under way */
    int missing;        /* bytes of it */
    int64_t changed_ns; /* the last byte came then */
    int queued;         /* a key that came with the one returned last */
    yd_report report;   /* with YD_KEY_REPORT; until the next byte */
} yd_input;

/* The key that this byte completes, or YD_KEY_NONE. */
int yd_input_byte(yd_input *input, unsigned char byte, int64_t now_ns);
/* The key that followed within the same byte (Escape and a key typed fast arrive as Alt and that key); to be
 * asked first. */
int yd_input_queued(yd_input *input);
/* To be called when nothing arrives: a lone ESC is the escape key after a short while; sequences and pastes
 * that never end are given up. */
int yd_input_idle(yd_input *input, int64_t now_ns);
/* Whether yd_input_idle has something to wait for. */
bool yd_input_waits(const yd_input *input);

/* "p", "Ctrl-L", "F1", "PgUp". Returns out (at least 16 bytes). */
const char *yd_key_name(int key, char out[16]);
/* The key of such a name, in any case ("Ctrl-L", "pgup"), or of a single character; YD_KEY_NONE: there is
 * none. */
int yd_key_parse(const char *name);
