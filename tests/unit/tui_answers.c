/* What terminals answer, and how pictures are drawn for it. */
#include "base/base64.h"
#include "support/test.h"
#include "tui/term/answers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000LL

static const char *const *environment; /* "NAME=value", up to NULL */

static const char *variable(const char *name)
{
    for (const char *const *entry = environment; *entry; entry++) {
        size_t length = strlen(name);
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return *entry + length + 1;
    }
    return NULL;
}

static yd_answers answers;
static yd_text asked;

static void begin(const char *const *entries, int pixel_width, int pixel_height)
{
    environment = entries;
    answers = (yd_answers){0};
    yd_text_clear(&asked);
    yd_answers_start(&answers, variable, true, true);
    yd_answers_ask(&answers, 80, 24, pixel_width, pixel_height, SECOND, &asked);
}

/* Through the parser, as they come from the terminal. */
static void hear(const char *bytes)
{
    yd_input input = {0};
    for (; *bytes; bytes++)
        if (yd_input_byte(&input, (unsigned char)*bytes, 0) == YD_KEY_REPORT)
            yd_answers_take(&answers, &input.report);
}

static yd_graphics chosen(yd_graphics_wish wish)
{
    return yd_graphics_choose(wish, &answers.traits).graphics;
}

static const char *const xterm[] = {"TERM=xterm-256color", NULL};

static void asks_and_hears(void)
{
    begin(xterm, 0, 0);
    CHECK(strstr(asked.data, "\033_G") && strstr(asked.data, "\033[>0q") && strstr(asked.data, "\033[16t"));
    CHECK(strcmp(asked.data + asked.length - 3, "\033[c") == 0); /* the last one, which all answer */
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_CELLS);
    CHECK(yd_answers_waits(&answers, 2 * SECOND) && !yd_answers_waits(&answers, 4 * SECOND));
    hear("\033[?62;4;22c");
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_SIXEL);
    CHECK(!yd_answers_waits(&answers, SECOND));
    hear("\033_Gi=31;ENOENT:what\033\\");
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_SIXEL);
    hear("\033_Gi=31;OK\033\\"); /* late, but not too late */
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_KITTY);
    CHECK(answers.traits.colours == YD_TRUE_COLOUR);
}

static void wishes_are_fulfilled(void)
{
    static const struct {
        const char *word;
        yd_graphics outside, within; /* tmux */
    } rows[] = {{"kitty", YD_GRAPHICS_KITTY, YD_GRAPHICS_PLACEHOLDER},
                {"iterm", YD_GRAPHICS_ITERM, YD_GRAPHICS_ITERM},
                {"sixel", YD_GRAPHICS_SIXEL, YD_GRAPHICS_SIXEL},
                {"cells", YD_GRAPHICS_CELLS, YD_GRAPHICS_CELLS},
                {"none", YD_GRAPHICS_NONE, YD_GRAPHICS_NONE}};
    static const char *const tmux[] = {"TERM=tmux-256color", "TMUX=/tmp/tmux-0/default,1,0", NULL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(xterm, 0, 0);
        CHECK(chosen(yd_graphics_wish_of(rows[i].word)) == rows[i].outside);
        begin(tmux, 0, 0);
        CHECK(chosen(yd_graphics_wish_of(rows[i].word)) == rows[i].within);
    }
    CHECK(yd_graphics_wish_of("no such") == YD_GRAPHICS_WISH_AUTO);
    CHECK(yd_graphics_wish_of(NULL) == YD_GRAPHICS_WISH_AUTO);
}

/* What tmux takes for a title is not sent to it; the terminal around it is asked once tmux has said its name.
 */
static void asks_through_tmux(void)
{
    static const char *const tmux[] = {"TERM=screen-256color", "TMUX=/tmp/tmux-0/default,1,0", NULL};
    yd_text more = {0};
    begin(tmux, 0, 0);
    CHECK(strstr(asked.data, "\033_G") == NULL);
    CHECK(!yd_answers_ask_outside(&answers, SECOND, &more));
    hear("\033P>|tmux 3.3a\033\\\033[?1;2c");
    CHECK_TEXT(answers.name, "tmux 3.3a");
    CHECK(answers.traits.colours == YD_TRUE_COLOUR); /* which tmux brings down where it has to */
    REQUIRE(yd_answers_ask_outside(&answers, 10 * SECOND, &more));
    CHECK(strncmp(more.data, "\033Ptmux;\033\033_G", 11) == 0);
    CHECK(!yd_answers_ask_outside(&answers, 11 * SECOND, &more));
    CHECK(yd_answers_ask_outside(&answers, 12 * SECOND, &more) &&
          !yd_answers_ask_outside(&answers, 14 * SECOND, &more));
    CHECK(yd_answers_waits(&answers, 13 * SECOND));
    CHECK(yd_answers_ask_outside(&answers, 15 * SECOND, &more));
    CHECK(!yd_answers_ask_outside(&answers, 100 * SECOND, &more) &&
          !yd_answers_waits(&answers, 100 * SECOND));
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_CELLS);
    hear("\033_Gi=32;OK\033\\");
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_PLACEHOLDER);
    yd_text_free(&more);
    static const char *const screen[] = {"TERM=screen", NULL};
    begin(screen, 0, 0);
    hear("\033[?1;2c");
    CHECK(strstr(asked.data, "\033_G") == NULL && !yd_answers_ask_outside(&answers, SECOND, &more));
}

static void knows_terminals(void)
{
    static const char *const iterm[] = {"TERM=xterm-256color", "TERM_PROGRAM=iTerm.app", NULL},
                             *const by_ssh[] = {"TERM=xterm-256color", "LC_TERMINAL=iTerm2", NULL},
                             *const in_tmux[] = {"TERM=tmux-256color", "LC_TERMINAL=iTerm2", NULL};
    begin(iterm, 0, 0);
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_ITERM);
    begin(by_ssh, 0, 0);
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_ITERM);
    begin(in_tmux, 0, 0);
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_CELLS);
    begin(xterm, 0, 0);
    hear("\033P>|WezTerm 20240203\033\\");
    CHECK(chosen(YD_GRAPHICS_WISH_AUTO) == YD_GRAPHICS_ITERM);
}

static void counts_colours(void)
{
    static const struct {
        const char *type, *colorterm;
        int colours;
    } rows[] = {{"TERM=xterm-256color", "COLORTERM=truecolor", YD_TRUE_COLOUR},
                {"TERM=xterm-256color", "COLORTERM=", 256},
                {"TERM=xterm-kitty", "X=", YD_TRUE_COLOUR},
                {"TERM=xterm", "X=", 8},
                {"TERM=linux", "X=", 8},
                {"TERM=vt220", "X=", 0},
                {"X=", "X=", 256}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const entries[] = {rows[i].type, rows[i].colorterm, NULL};
        begin(entries, 0, 0);
        CHECK(answers.traits.colours == rows[i].colours);
    }
    environment = xterm;
    answers = (yd_answers){0};
    yd_answers_start(&answers, variable, true, false);
    hear("\033P>|kitty(0.30.1)\033\\\033_Gi=31;OK\033\\");
    CHECK(answers.traits.colours == 0); /* the user wants none */
}

static void learns_a_cells_size(void)
{
    begin(xterm, 0, 0);
    yd_graphics_mode mode = yd_graphics_choose(YD_GRAPHICS_WISH_AUTO, &answers.traits);
    CHECK(mode.cell_width == 10 && mode.cell_height == 20);
    hear("\033[4;480;800t"); /* the area's: 24 rows, 80 columns */
    mode = yd_graphics_choose(YD_GRAPHICS_WISH_AUTO, &answers.traits);
    CHECK(mode.cell_width == 10 && mode.cell_height == 20 && answers.traits.cell_width == 10);
    hear("\033[6;34;17t");
    CHECK(answers.traits.cell_width == 17 && answers.traits.cell_height == 34);
    hear("\033[6;0;0t\033[6;t\033[6;1t\033[;;;t\033[6;99999999999999999999;5t");
    CHECK(answers.traits.cell_width == 17 && answers.traits.cell_height == 34);
    hear("\033[6;100000;100000t"); /* whoever says that is not believed */
    mode = yd_graphics_choose(YD_GRAPHICS_WISH_AUTO, &answers.traits);
    CHECK(mode.cell_width == 10 && mode.cell_height == 20);
    begin(xterm, 720, 384);
    CHECK(answers.traits.cell_width == 9 && answers.traits.cell_height == 16);
    CHECK(strstr(asked.data, "\033[14t") == NULL);
}

static void stands_noise(void)
{
    static const char parts[] = "\033\033[P_]\\;>|Gi=31,OKtc?0123456789q\a~";
    begin(xterm, 0, 0);
    yd_input input = {0};
    srand(11);
    for (int i = 0; i < 500000; i++) {
        unsigned char byte =
            rand() % 8 ? (unsigned char)parts[rand() % (int)(sizeof parts - 1)] : (unsigned char)rand();
        if (yd_input_byte(&input, byte, i) == YD_KEY_REPORT) yd_answers_take(&answers, &input.report);
    }
    for (const char *c = answers.name; *c; c++) CHECK(*c >= ' ' && *c <= '~');
    yd_graphics_mode mode = yd_graphics_choose(YD_GRAPHICS_WISH_AUTO, &answers.traits);
    CHECK(mode.cell_width >= 1 && mode.cell_width <= 200 && mode.cell_height >= 1 && mode.cell_height <= 200);
}

static void base64_both_ways(void)
{
    static const char *const rows[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        yd_text text = {0}, back = {0};
        yd_base64_add(&text, rows[i][0], strlen(rows[i][0]));
        CHECK_TEXT(text.data ? text.data : "", rows[i][1]);
        CHECK(yd_base64_decode(&back, rows[i][1], strlen(rows[i][1])));
        CHECK_TEXT(back.data ? back.data : "", rows[i][0]);
        yd_text_free(&text);
        yd_text_free(&back);
    }
    yd_text out = {0};
    CHECK(!yd_base64_decode(&out, "Zg=", 3) && !yd_base64_decode(&out, "Z*==", 4) &&
          !yd_base64_decode(&out, "=g==", 4));
    unsigned char bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 131 >> 3);
    yd_text text = {0};
    yd_text_clear(&out);
    yd_base64_add(&text, bytes, sizeof bytes);
    CHECK(yd_base64_decode(&out, text.data, text.length) && out.length == sizeof bytes);
    CHECK(memcmp(out.data, bytes, sizeof bytes) == 0);
    yd_text_free(&text);
    yd_text_free(&out);
}

static const yd_test_case cases[] = {
    {"asks and hears", asks_and_hears},       {"wishes are fulfilled", wishes_are_fulfilled},
    {"asks through tmux", asks_through_tmux}, {"knows terminals", knows_terminals},
    {"counts colours", counts_colours},       {"learns a cell's size", learns_a_cells_size},
    {"stands noise", stands_noise},           {"base64, both ways", base64_both_ways},
};

TEST_MAIN(cases)
