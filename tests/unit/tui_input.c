#include "support/test.h"
#include "tui/keymap.h"
#include "tui/term/input.h"
#include <stdlib.h>
#include <string.h>

#define MS 1000000LL

/* Feeds bytes; the keys that come out, ended by NONE. */
static int feed(yd_input *input, const char *bytes, size_t length, int keys[16])
{
    int count = 0;
    for (size_t i = 0; i < length; i++) {
        int key = yd_input_byte(input, (unsigned char)bytes[i], 0), queued = yd_input_queued(input);
        if (key != YD_KEY_NONE && count < 15) keys[count++] = key;
        if (queued != YD_KEY_NONE && count < 15) keys[count++] = queued;
    }
    keys[count] = YD_KEY_NONE;
    return count;
}

static int only_key(const char *bytes)
{
    yd_input input = {0};
    int keys[16];
    int count = feed(&input, bytes, strlen(bytes), keys);
    return count == 1 ? keys[0] : -count;
}

static void knows_sequences(void)
{
    static const struct {
        const char *bytes;
        int key;
    } rows[] = {
        {"p", 'p'},
        {"\003", YD_KEY_CTRL_C},
        {"\t", YD_KEY_TAB},
        {"\r", YD_KEY_ENTER},
        {"\n", YD_KEY_ENTER},
        {"\177", YD_KEY_BACKSPACE},
        {"\033[A", YD_KEY_UP},
        {"\033OB", YD_KEY_DOWN},
        {"\033[1;5C", YD_KEY_RIGHT},
        {"\033[5~", YD_KEY_PAGE_UP},
        {"\033[6~", YD_KEY_PAGE_DOWN},
        {"\033[H", YD_KEY_HOME},
        {"\033[4~", YD_KEY_END},
        {"\033[Z", YD_KEY_BACK_TAB},
        {"\033OP", YD_KEY_F1},
        {"\033[11~", YD_KEY_F1},
        {"\033[[A", YD_KEY_F1},
        {"\033[24~", YD_KEY_F12},
        {"\033[0n", YD_KEY_ANSWER},
        {"\033[3n", YD_KEY_ANSWER},
        {"\033[<0;10;5M", YD_KEY_MOUSE},
        {"\033[3~", YD_KEY_DELETE},
        {"\033[?62;4c", YD_KEY_REPORT},
        {"\033[6;20;10t", YD_KEY_REPORT},
        {"\033]11;rgb:0/0/0\a", YD_KEY_REPORT},
        {"\033_Gi=31;OK\033\\", YD_KEY_REPORT},
        {"\303\251", 0xe9},
        {"\360\237\231\202", 0x1f642},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) CHECK(only_key(rows[i].bytes) == rows[i].key);
}

static void takes_nothing_from_a_paste(void)
{
    yd_input input = {0};
    int keys[16];
    const char *bytes = "\033[200~qe1\r\003\033[A\033\033[201~p";
    CHECK(feed(&input, bytes, strlen(bytes), keys) == 2 && keys[0] == YD_KEY_PASTE && keys[1] == 'p');
    CHECK(!yd_input_waits(&input));
}

static void gives_up_what_never_ends(void)
{
    yd_input input = {0};
    int keys[16];
    CHECK(feed(&input, "\033[200~qqq", 9, keys) == 0);
    CHECK(yd_input_idle(&input, 1000 * MS) == YD_KEY_NONE && yd_input_waits(&input));
    CHECK(yd_input_idle(&input, 2000 * MS) == YD_KEY_NONE && !yd_input_waits(&input));
    CHECK(feed(&input, "\033]0;title that goes on", 22, keys) == 0);
    yd_input_idle(&input, 2000 * MS);
    CHECK(feed(&input, "q", 1, keys) == 1 && keys[0] == 'q');
}

static void tells_escape_from_sequences(void)
{
    yd_input input = {0};
    int keys[16];
    CHECK(yd_input_byte(&input, 0x1b, 0) == YD_KEY_NONE && yd_input_waits(&input));
    CHECK(yd_input_idle(&input, 20 * MS) == YD_KEY_NONE);
    CHECK(yd_input_idle(&input, 70 * MS) == YD_KEY_ESCAPE);
    CHECK(!yd_input_waits(&input));
    CHECK(feed(&input, "\033q", 2, keys) == 2 && keys[0] == YD_KEY_ESCAPE && keys[1] == 'q');
    CHECK(feed(&input, "\033\033[A", 4, keys) == 2 && keys[0] == YD_KEY_ESCAPE && keys[1] == YD_KEY_UP);
}

static void swallows_what_is_no_key(void)
{
    yd_input input = {0};
    int keys[16];
    char long_sequence[600] = "\033[";
    memset(long_sequence + 2, '1', sizeof long_sequence - 3);
    CHECK(feed(&input, long_sequence, sizeof long_sequence - 1, keys) == 0);
    CHECK(feed(&input, "A", 1, keys) == 0);
    CHECK(feed(&input, "\033^q\033\\", 5, keys) == 0);
    CHECK(feed(&input, "p", 1, keys) == 1 && keys[0] == 'p');
    CHECK(feed(&input, "\377\300\200", 3, keys) == 3 && keys[0] == YD_KEY_UNKNOWN);
    CHECK(feed(&input, "\303p", 2, keys) == 1 && keys[0] == 'p'); /* a character broken off */
}

static void keeps_reports(void)
{
    yd_input input = {0};
    int keys[16];
    CHECK(feed(&input, "\033[?62;4;22c", 11, keys) == 1 && keys[0] == YD_KEY_REPORT);
    CHECK(input.report.introducer == '[' && input.report.final == 'c');
    CHECK_TEXT(input.report.text, "?62;4;22");
    CHECK(feed(&input, "\033P>|tmux 3.3a\033\\", 15, keys) == 1 && keys[0] == YD_KEY_REPORT);
    CHECK(input.report.introducer == 'P' && input.report.length == 11);
    CHECK_TEXT(input.report.text, ">|tmux 3.3a");
    char long_string[900] = "\033_";
    memset(long_string + 2, 'x', sizeof long_string - 4);
    long_string[sizeof long_string - 2] = '\a';
    CHECK(feed(&input, long_string, sizeof long_string - 1, keys) == 1 && keys[0] == YD_KEY_REPORT);
    CHECK(input.report.length == 255 && strlen(input.report.text) == 255);
    CHECK(feed(&input, "p", 1, keys) == 1 && keys[0] == 'p');
}

static void stands_noise(void)
{
    yd_input input = {0};
    srand(3);
    for (int i = 0; i < 200000; i++) {
        int key = yd_input_byte(&input, (unsigned char)(rand() & 255), i * MS);
        int queued = yd_input_queued(&input);
        if (key < 0 || key > YD_KEY_UNKNOWN || queued < 0 || queued > YD_KEY_UNKNOWN) CHECK(false);
        if (i % 1000 == 0) yd_input_idle(&input, (i + 3000) * MS);
    }
    yd_input_idle(&input, 300000 * MS);
    yd_input_idle(&input, 300000 * MS);
    CHECK(!yd_input_waits(&input) || input.paste);
}

static void keymap_is_whole(void)
{
    yd_keymap keymap;
    yd_keymap_default(&keymap);
    for (int i = 0; i < keymap.count; i++) {
        const yd_binding *binding = &keymap.bindings[i];
        CHECK(yd_keymap_action(&keymap, binding->key, binding->place) ==
              binding->action); /* none hides another */
        bool helped = false;
        for (int j = 0; j < keymap.count; j++)
            helped |= keymap.bindings[j].action == binding->action &&
                      keymap.bindings[j].place == binding->place && keymap.bindings[j].help;
        CHECK(helped);
    }
    char keys[32];
    CHECK_TEXT(yd_keymap_keys(&keymap, YD_ACTION_HELP, YD_BINDING_ANY, keys, sizeof keys), "? F1");
    CHECK_TEXT(
        yd_keymap_keys_on(&keymap, YD_ACTION_REDRAW, YD_BINDING_ANY, YD_BINDING_CHARTS, keys, sizeof keys),
        "Ctrl-L"); /* l moves the cursor there */
    CHECK_TEXT(
        yd_keymap_keys_on(&keymap, YD_ACTION_PERIOD_UP, YD_BINDING_ANY, YD_BINDING_IMAGES, keys, sizeof keys),
        ""); /* all its keys zoom */
    CHECK(yd_action_steers(YD_ACTION_PAUSE) && !yd_action_steers(YD_ACTION_DETACH));
    CHECK(yd_keymap_action(&keymap, 'j', YD_BINDING_DASH) == YD_ACTION_NONE);
    CHECK(yd_keymap_action(&keymap, 'j', YD_BINDING_LOG) == YD_ACTION_DOWN);
}

static void reads_the_mouse(void)
{
    static const struct {
        const char *bytes;
        yd_mouse mouse;
    } good[] = {
        {"\033[<0;1;1M", {YD_MOUSE_PRESS, 1, 0, 0, 0}},
        {"\033[<0;300;200m", {YD_MOUSE_RELEASE, 1, 299, 199, 0}},
        {"\033[<2;5;6M", {YD_MOUSE_PRESS, 3, 4, 5, 0}},
        {"\033[<48;5;6M", {YD_MOUSE_DRAG, 1, 4, 5, YD_MOUSE_CTRL}},
        {"\033[<68;5;6M", {YD_MOUSE_WHEEL, -1, 4, 5, YD_MOUSE_SHIFT}},
        {"\033[<65;5;6M", {YD_MOUSE_WHEEL, 1, 4, 5, 0}},
    };
    yd_input input = {0};
    int keys[16];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(feed(&input, good[i].bytes, strlen(good[i].bytes), keys) == 1 && keys[0] == YD_KEY_MOUSE);
        const yd_mouse *found = &input.mouse, *wanted = &good[i].mouse;
        CHECK(found->kind == wanted->kind && found->button == wanted->button);
        CHECK(found->x == wanted->x && found->y == wanted->y && found->modifiers == wanted->modifiers);
    }
    static const char *const bad[] = {"\033[<0;0;1M",  "\033[<0;1M",    "\033[<0;1;2;3M",
                                      "\033[<;1;1M",   "\033[<35;1;1M", "\033[<128;1;1M",
                                      "\033[<64;1;1m", "\033[<M",       "\033[<0;99999999999999999999;1M",
                                      "\033[<-1;1;1M"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(feed(&input, bad[i], strlen(bad[i]), keys) == 1 && keys[0] == YD_KEY_UNKNOWN);
}

/* Terminals that know no SGR coordinates: none of the three bytes is a key. */
static void reads_the_old_mouse(void)
{
    static const struct {
        const char *bytes;
        int key;
        yd_mouse mouse;
    } rows[] = {
        {"\033[M !!", YD_KEY_MOUSE, {YD_MOUSE_PRESS, 1, 0, 0, 0}},
        {"\033[M#qs", YD_KEY_MOUSE, {YD_MOUSE_RELEASE, 1, 80, 82, 0}},
        {"\033[M@p\377", YD_KEY_MOUSE, {YD_MOUSE_DRAG, 1, 79, 222, 0}},
        {"\033[M`\033e", YD_KEY_UNKNOWN, {0, 0, 0, 0, 0}},
        {"\033[Maq\"", YD_KEY_MOUSE, {YD_MOUSE_WHEEL, 1, 80, 1, 0}},
        {"\033[M q ", YD_KEY_UNKNOWN, {0, 0, 0, 0, 0}}, /* beyond what a byte can say */
        {"\033[MCqq", YD_KEY_UNKNOWN, {0, 0, 0, 0, 0}}, /* moved without a button */
        {"\033[M\rqq", YD_KEY_UNKNOWN, {0, 0, 0, 0, 0}},
    };
    yd_input input = {0};
    int keys[16];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        input.mouse = (yd_mouse){0};
        CHECK(feed(&input, rows[i].bytes, strlen(rows[i].bytes), keys) == 1 && keys[0] == rows[i].key);
        const yd_mouse *found = &input.mouse, *wanted = &rows[i].mouse;
        if (rows[i].key != YD_KEY_MOUSE) continue;
        CHECK(found->kind == wanted->kind && found->button == wanted->button);
        CHECK(found->x == wanted->x && found->y == wanted->y && found->modifiers == wanted->modifiers);
    }
    CHECK(feed(&input, "\033[M ", 4, keys) == 0 && yd_input_waits(&input));
    yd_input_idle(&input, 2000 * MS); /* the rest was lost */
    CHECK(feed(&input, "q", 1, keys) == 1 && keys[0] == 'q');
}

static void takes_a_paste_as_text(void)
{
    yd_input input = {0};
    int keys[16];
    const char *pasted = "\033[200~a\tb\r\n\033[2J\033[20x\303\251\377\302\2331\033[201~";
    CHECK(feed(&input, pasted, strlen(pasted), keys) == 1 && keys[0] == YD_KEY_PASTE);
    CHECK_TEXT(input.pasted, "a b   [2J [20x\303\251  1");
    CHECK(feed(&input, "\033[200~", 6, keys) == 0);
    for (int i = 0; i < 3 * YD_PASTE_LIMIT; i++) CHECK(feed(&input, "x", 1, keys) == 0);
    CHECK(feed(&input, "\033[201~", 6, keys) == 1 && keys[0] == YD_KEY_PASTE);
    CHECK(strlen(input.pasted) == YD_PASTE_LIMIT - 1);
}

static const yd_test_case cases[] = {
    {"knows sequences", knows_sequences},
    {"takes nothing from a paste", takes_nothing_from_a_paste},
    {"gives up what never ends", gives_up_what_never_ends},
    {"tells escape from sequences", tells_escape_from_sequences},
    {"swallows what is no key", swallows_what_is_no_key},
    {"keeps reports", keeps_reports},
    {"stands noise", stands_noise},
    {"keymap is whole", keymap_is_whole},
    {"reads the mouse", reads_the_mouse},
    {"reads the old mouse", reads_the_old_mouse},
    {"takes a paste as text", takes_a_paste_as_text},
};

TEST_MAIN(cases)
