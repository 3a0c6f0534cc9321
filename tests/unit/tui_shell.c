/* What stands around the screens, without a terminal: text entry, the command line, help, the mouse. */
#include "base/file.h"
#include "base/text.h"
#include "support/test.h"
#include "tui/commands.h"
#include "tui/frame.h"
#include "tui/keymap_file.h"
#include "tui/term/clipboard.h"
#include "tui/term/direct.h"
#include "tui/theme_file.h"
#include "tui/train_log.h"
#include "tui/widgets/entry.h"
#include "tui/words.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000LL

static yd_app app;
static char screen[200 * 1024];

static void begin(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    yd_app_end(&app);
    REQUIRE(yd_app_start(&app, yd_run_view_create(), NULL, "/nowhere/runs/exp3"));
    app.now_ns = 100 * SECOND, app.wall_ns = 342 * SECOND;
}

static yd_cursor draw(int width, int height)
{
    yd_canvas canvas;
    size_t length = 0;
    REQUIRE(yd_canvas_create(&canvas, width, height, &yd_glyphs_unicode));
    yd_cursor cursor = yd_frame_draw(&app, &canvas);
    for (int y = 0; y < height; y++) {
        yd_canvas_row(&canvas, y, screen + length, sizeof screen - length - 1);
        length += strlen(screen + length);
        screen[length++] = '\n';
    }
    screen[length] = '\0';
    yd_canvas_free(&canvas);
    return cursor;
}

static bool shows(const char *text)
{
    draw(94, 30);
    if (strstr(screen, text)) return true;
    fprintf(stderr, "\"%s\" is not in\n%s", text, screen);
    return false;
}

static int type(const char *keys)
{
    int request = 0;
    for (; *keys; keys++) request |= yd_app_key(&app, *keys == '\n' ? YD_KEY_ENTER : (unsigned char)*keys);
    return request;
}

static void press(yd_entry *entry, const char *keys)
{
    for (; *keys; keys++) yd_entry_key(entry, (unsigned char)*keys);
}

static void edits_a_line(void)
{
    yd_entry entry = {0};
    press(&entry, "one two");
    CHECK(yd_entry_key(&entry, 0xe9) == YD_ENTRY_EDITED);
    CHECK_TEXT(entry.text, "one two\303\251");
    CHECK(yd_entry_key(&entry, YD_KEY_LEFT) == YD_ENTRY_TAKEN && entry.cursor == 7);
    yd_entry_key(&entry, 0x1f642);
    CHECK_TEXT(entry.text, "one two\360\237\231\202\303\251");
    yd_entry_key(&entry, YD_KEY_BACKSPACE);
    yd_entry_key(&entry, YD_KEY_DELETE);
    CHECK_TEXT(entry.text, "one two");
    yd_entry_key(&entry, YD_KEY_DELETE); /* nothing is behind the end */
    press(&entry, "\001zero ");
    CHECK_TEXT(entry.text, "zero one two");
    press(&entry, "\005\027");
    CHECK_TEXT(entry.text, "zero one ");
    press(&entry, "\027\001\013");
    CHECK_TEXT(entry.text, "");
    CHECK(yd_entry_key(&entry, YD_KEY_BACKSPACE) == YD_ENTRY_CANCELLED);
    CHECK(yd_entry_key(&entry, YD_KEY_PAGE_UP) == YD_ENTRY_IGNORED);
    CHECK(yd_entry_key(&entry, 0xd800) == YD_ENTRY_IGNORED && yd_entry_key(&entry, 0x9b) == YD_ENTRY_IGNORED);
    for (int i = 0; i < 2 * YD_ENTRY_LIMIT; i++) yd_entry_key(&entry, 0x20ac);
    CHECK(strlen(entry.text) == (YD_ENTRY_LIMIT - 1) / 3 * 3); /* never half a character */
    yd_entry_set(&entry, "a\tb\033[2J\302\233c\377d");
    CHECK_TEXT(entry.text, "ab[2Jcd");
}

static void keeps_a_history(void)
{
    yd_entry_history history = {0};
    yd_entry entry = {.history = &history};
    for (int i = 0; i < YD_ENTRY_HISTORY + 3; i++) {
        char text[32];
        snprintf(text, sizeof text, "line %d", i);
        yd_entry_set(&entry, text);
        CHECK(yd_entry_key(&entry, YD_KEY_ENTER) == YD_ENTRY_DONE);
    }
    yd_entry_set(&entry, "half a li");
    yd_entry_key(&entry, YD_KEY_UP);
    CHECK_TEXT(entry.text, "line 34");
    for (int i = 0; i < 100; i++) yd_entry_key(&entry, YD_KEY_UP);
    CHECK_TEXT(entry.text, "line 3"); /* the oldest that is kept */
    for (int i = 0; i < 100; i++) yd_entry_key(&entry, YD_KEY_DOWN);
    CHECK_TEXT(entry.text, "half a li");
}

static int complete(void *context, const char *text, int start, int cursor, const char *candidates[],
                    int capacity)
{
    const char *const *words = context;
    int count = 0;
    for (; *words && count < capacity; words++)
        if (strncmp(*words, text + start, (size_t)(cursor - start)) == 0) candidates[count++] = *words;
    return count;
}

/* As the command line's does. */
static int complete_unquoted(void *context, const char *text, int start, int cursor, const char *candidates[],
                             int capacity)
{
    char typed[YD_ENTRY_LIMIT], word[YD_ENTRY_LIMIT];
    const char *rest = typed;
    yd_copy_text(typed, (size_t)(cursor - start) + 1, text + start);
    yd_words_next(&rest, word, sizeof word);
    return complete(context, word, 0, (int)strlen(word), candidates, capacity);
}

static void completes_words(void)
{
    const char *words[] = {"save", "screen", "set", "stop", "\303\251a", "\303\250b", NULL};
    yd_entry entry = {.complete = complete, .complete_context = words};
    press(&entry, "s\t");
    CHECK_TEXT(entry.text, "s");
    press(&entry, "t\t");
    CHECK_TEXT(entry.text, "stop ");
    press(&entry, "sa\t");
    CHECK_TEXT(entry.text, "stop save ");
    press(&entry, "none\t");
    CHECK_TEXT(entry.text, "stop save none");
    const char *letters[] = {"\303\251a", "\303\250b", NULL};
    yd_entry other = {.complete = complete, .complete_context = letters};
    press(&other, "\t"); /* what they have in common is half a letter */
    CHECK_TEXT(other.text, "");
}

static void check_words(const char *line, const char *first, const char *second, const char *typed)
{
    char word[64], quoted[64];
    const char *rest = line;
    CHECK(yd_words_next(&rest, word, sizeof word) == (first != NULL));
    CHECK_TEXT(word, first ? first : "");
    yd_words_quote(word, quoted, sizeof quoted);
    CHECK_TEXT(quoted, typed);
    CHECK(yd_words_next(&rest, word, sizeof word) == (second != NULL));
    CHECK_TEXT(word, second ? second : "");
}

static void parts_words_as_a_shell_does(void)
{
    check_words("", NULL, NULL, "");
    check_words("   ", NULL, NULL, "");
    check_words(" plain words", "plain", "words", "plain");
    check_words("my\\ run b", "my run", "b", "my\\ run");
    check_words("'my run' b", "my run", "b", "my\\ run");
    check_words("\"it's\"'\"' x", "it's\"", "x", "it\\'s\\\"");
    check_words("\"a\\\"b\" ''", "a\"b", "", "a\\\"b");
    check_words("'not closed b", "not closed b", NULL, "not\\ closed\\ b");
    check_words("a\\\\b C:\\d", "a\\b", "C:\\d", "a\\\\b");
    check_words("end\\", "end\\", NULL, "end\\\\");
    check_words("a\\x1b[31m\\xff \\x00", "a\033[31m\377", "\\x00", "a\\x1b[31m\\xff");
    check_words("gr\303\266\303\237e", "gr\303\266\303\237e", NULL, "gr\303\266\303\237e");
    char small[4];
    const char *rest = "abcdef g";
    CHECK(yd_words_next(&rest, small, sizeof small));
    CHECK_TEXT(small, "abc");
    CHECK_TEXT(rest, " g");
    yd_words_quote("a bcd", small, sizeof small);
    CHECK_TEXT(small, "a\\ "); /* no half of an escape */
    CHECK(yd_words_start("compare my\\ ru", 14) == 8);
    CHECK(yd_words_start("compare 'a b' \"c d", 18) == 14);
    CHECK(yd_words_start("compare ", 8) == 8 && yd_words_start("", 0) == 0);
    CHECK(yd_words_start("compare a", 4) == 0);
}

static void completes_words_with_blanks(void)
{
    const char *words[] = {"my run", "my race", "it's", "\033[2J", NULL};
    yd_entry entry = {.complete = complete_unquoted, .complete_context = words};
    press(&entry, "m\t");
    CHECK_TEXT(entry.text, "my\\ r");
    press(&entry, "u\t");
    CHECK_TEXT(entry.text, "my\\ run ");
    press(&entry, "\"it\t");
    CHECK_TEXT(entry.text, "my\\ run it\\'s ");
    press(&entry, "\\x1b\t");
    CHECK_TEXT(entry.text, "my\\ run it\\'s \\x1b[2J ");
}

static void scrolls_a_long_line(void)
{
    yd_canvas canvas;
    char row[256];
    REQUIRE(yd_canvas_create(&canvas, 20, 1, &yd_glyphs_unicode));
    yd_entry entry = {0};
    press(&entry, "0123456789abcdef");
    CHECK(yd_entry_draw(&entry, &canvas, 2, 0, 10, YD_STYLE_TEXT) == 11);
    yd_canvas_row(&canvas, 0, row, sizeof row);
    CHECK_TEXT(row, "  789abcdef");
    yd_entry_key(&entry, YD_KEY_HOME);
    CHECK(yd_entry_draw(&entry, &canvas, 2, 0, 10, YD_STYLE_TEXT) == 2);
    yd_canvas_row(&canvas, 0, row, sizeof row);
    CHECK_TEXT(row, "  0123456789");
    CHECK(yd_entry_draw(&entry, &canvas, 2, 0, 0, YD_STYLE_TEXT) == 2); /* no room at all */
    yd_canvas_free(&canvas);
}

static void runs_commands(void)
{
    begin();
    type(":");
    CHECK(draw(94, 30).y == 29);
    CHECK(type("screen log\n") == YD_REQUEST_NONE && !app.prompt.open);
    CHECK(strcmp(yd_screens[app.screen]->name, "Log") == 0);
    CHECK(type(":screen d\n") == YD_REQUEST_NONE && app.screen == 0);
    CHECK(type(":screen nothing\n") == YD_REQUEST_NONE &&
          app.prompt.open); /* said in the line, which stays */
    CHECK(shows(":screen nothing") && shows("! there is no screen \"nothing\""));
    yd_app_key(&app, YD_KEY_BACKSPACE);
    CHECK(!app.prompt.error[0]);
    yd_app_key(&app, YD_KEY_ESCAPE);
    CHECK(!app.prompt.open);
    type(":wrong\n");
    CHECK(shows("unknown command \"wrong\""));
    yd_app_key(&app, YD_KEY_ESCAPE);
    type(":st\n");
    CHECK(shows("begins several commands"));
    yd_app_key(&app, YD_KEY_ESCAPE);
    type(":pause\n");
    CHECK(shows("pause: not sent, the engine cannot be reached"));
    yd_app_key(&app, YD_KEY_ESCAPE);
    type(":open no-such-run\n");
    CHECK(shows("no-such-run: no such folder"));
    yd_app_key(&app, YD_KEY_ESCAPE);
    CHECK(type(":open /tmp\n") == YD_REQUEST_OPEN);
    CHECK_TEXT(app.services.open_folder, "/tmp");
    app.services.open_folder[0] = '\0';
    char folder[4200], line[4300];
    snprintf(folder, sizeof folder, "%s/my run's", yd_test_folder());
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    snprintf(line, sizeof line, ":open %s\n", folder); /* as it is, */
    CHECK(type(line) == YD_REQUEST_OPEN);
    CHECK_TEXT(app.services.open_folder, folder);
    snprintf(line, sizeof line, ":open \"%s\"\n", folder); /* in quotes, */
    app.services.open_folder[0] = '\0';
    CHECK(type(line) == YD_REQUEST_OPEN);
    CHECK_TEXT(app.services.open_folder, folder);
    yd_copy_text(app.services.browse_folder, sizeof app.services.browse_folder, yd_test_folder());
    app.services.open_folder[0] = '\0';
    CHECK(type(":open my\t\n") == YD_REQUEST_OPEN); /* and by completion */
    CHECK_TEXT(app.services.open_folder, folder);
    app.services.open_folder[0] = app.services.browse_folder[0] = '\0';
    snprintf(line, sizeof line, ":open %s/my", yd_test_folder());
    type(line);
    CHECK(type("\t\n") == YD_REQUEST_OPEN);
    CHECK(strncmp(app.services.open_folder, folder, strlen(folder)) == 0);
    app.services.open_folder[0] = '\0';
    CHECK(type(":q\n") == YD_REQUEST_LEAVE);
    CHECK(type(":\n") == YD_REQUEST_NONE && !app.prompt.open);
}

static void takes_a_paste_in_the_line_only(void)
{
    begin();
    CHECK(yd_app_paste(&app, "quit ") == YD_REQUEST_NONE);
    CHECK(shows("pasted text is not taken here"));
    type(":");
    CHECK(yd_app_paste(&app, "quit ") == YD_REQUEST_NONE);
    CHECK(app.prompt.open);
    CHECK_TEXT(app.prompt.entry.text, "quit ");
    CHECK(type("\n") == YD_REQUEST_LEAVE);
}

static void lists_completions(void)
{
    begin();
    type(":st\t");
    CHECK(shows("status  stop"));
    type("o\t\t");
    CHECK(shows("now  epoch  final"));
    type("f\t");
    CHECK_TEXT(app.prompt.entry.text, "stop final ");
    yd_app_key(&app, YD_KEY_ESCAPE);
    type(":screen l\t");
    CHECK_TEXT(app.prompt.entry.text, "screen Log ");
    yd_app_key(&app, YD_KEY_CTRL_C); /* ends what is typed, and asks how to end the run */
    CHECK(!app.prompt.open && app.overlay == YD_OVERLAY_MENU);
}

static void searches_the_help(void)
{
    begin();
    type("?");
    CHECK(shows("every screen") && shows("leave the console; the run goes on"));
    type("/OSC");
    CHECK(shows("copy the value under the cursor") && !strstr(screen, "leave the console"));
    CHECK(draw(94, 30).x > 0);
    type("\n");
    CHECK(draw(94, 30).x == -1 && app.overlay == YD_OVERLAY_HELP);
    type("\n");
    CHECK(app.overlay == YD_OVERLAY_NONE);
    type(":help screen\n");
    CHECK(app.overlay == YD_OVERLAY_HELP && shows("shows a screen"));
    yd_app_key(&app, YD_KEY_ESCAPE);
    CHECK(app.overlay == YD_OVERLAY_NONE);
}

static const char *write_file(const char *name, const char *text)
{
    static char path[4200];
    snprintf(path, sizeof path, "%s/%s", yd_test_folder(), name);
    REQUIRE(yd_file_write(path, text, strlen(text), NULL) == YD_OK);
    return path;
}

static void fill_log(void)
{
    begin();
    for (int i = 0; i < 200; i++)
        yd_lines_addf(&app.view->lines, i * SECOND, i % 50 ? YD_LINE_INFO : YD_LINE_WARNING, "line %d%s.", i,
                      i % 40 == 7 ? " Needle" : "");
    type("7");
    draw(94, 30);
}

static void searches_the_log(void)
{
    fill_log();
    type("/needle\n"); /* in any case */
    CHECK(shows("line 167 Needle.") && shows("search: needle"));
    CHECK(strstr(screen, "\342\226\270") != NULL); /* the pointer */
    type("n");
    CHECK(shows("line 127 Needle.") && !strstr(screen, "line 167"));
    type("n");
    CHECK(shows("line 87 Needle."));
    type("N");
    CHECK(shows("line 127 Needle."));
    type("y");
    REQUIRE(app.services.copied != NULL);
    CHECK_TEXT(app.services.copied, "line 127 Needle.");
    type("nnn");
    CHECK(shows("line 7 Needle."));
    type("n");
    CHECK(shows("no older line holds \"needle\""));
    type("/absent\n");
    CHECK(shows("no such line holds \"absent\""));
    yd_app_key(&app, YD_KEY_END);
    CHECK(shows("line 199."));
    type("y");
    CHECK_TEXT(app.services.copied, "line 199.");
}

static void filters_the_log(void)
{
    fill_log();
    type("&need");
    CHECK(shows("&need") && shows("line 7 Needle.") && shows("line 167 Needle.") &&
          !strstr(screen, "line 199."));
    CHECK(draw(94, 30).y == 2);                      /* the cursor stands in the field */
    CHECK(yd_app_key(&app, 'q') == YD_REQUEST_NONE); /* text, not a key */
    CHECK(shows("&needq") && !strstr(screen, "Needle"));
    yd_app_key(&app, YD_KEY_BACKSPACE);
    CHECK(yd_app_paste(&app, "le") == YD_REQUEST_NONE && yd_app_key(&app, YD_KEY_ENTER) == YD_REQUEST_NONE);
    CHECK(shows("5 lines of 200") && shows("filter: needle"));
    type("ff");
    CHECK(shows("0 lines of 200"));
    type("ff");
    type(":filter 150\n");
    CHECK(shows("1 lines of 200") && shows("line 150."));
    type(":filter\n");
    CHECK(shows("200 lines of 200"));
    type("1:filter x\n");
    CHECK(shows("filter: not on this screen"));
    type("\033");
}

static void long_lines_are_moved_sideways(void)
{
    char line[220];
    begin();
    memset(line, '-', sizeof line);
    memcpy(line, "head", 4);
    memcpy(line + sizeof line - 6, " tail", 6);
    yd_lines_add(&app.view->lines, 1, YD_LINE_INFO, line);
    yd_lines_add(&app.view->lines, 1, YD_LINE_INFO, "short one");
    type("7");
    CHECK(shows("head---") && shows("short one") && !shows(" tail"));
    type("llllllllll");
    CHECK(!shows("head---") && !shows("short one") && shows(" tail"));
    type("h");
    CHECK(!shows(" tail"));
    type("hhhhhhhhhh");
    CHECK(shows("head---") && shows("short one"));
}

/* A key of every screen that means something else on this one is not offered, nor what an ended run cannot
 * do. */
static void the_last_line_offers_what_works(void)
{
    begin();
    CHECK(shows("+ - save period") && shows("q detach"));
    type("5");
    CHECK(shows("+ - step") && !shows("save period\n") && !shows("- save period"));
    type("?/less often\n");
    CHECK(shows("(on other screens)"));
    type("\0331");
    yd_run_view_gone(app.view, 1);
    CHECK(shows("q leave") && !shows("p pause") && !shows("s save") && shows("the run has ended: DEAD"));
}

static void reads_what_was_logged_before(void)
{
    char folder[4096];
    setenv("TZ", "UTC", 1);
    begin();
    snprintf(folder, sizeof folder, "%s", yd_test_folder());
    write_file("train.log", "2026-11-28 00:23:31 old\033[2J one\nnoise of a library\n"
                            "2026-11-28 00:23:32 warning: careful\n2026-11-28 00:23:34   a row\n"
                            "2026-11-28 00:23:33 * epoch 0: late\n2026-11-28 00:23:40 both know this\n"
                            "2026-11-28 00:23:40 only the file\n2026-11-28 00:23:41 later\n2026-11-28 00:2");
    yd_event event = {.type = YD_EVENT_LOG, .wall_ns = INT64_C(1795825420) * SECOND + 5, .body.log.level = 1};
    strcpy(event.body.log.text, "both know this");
    yd_run_view_event(app.view, &event);
    yd_train_log_read(app.view, folder);
    const yd_lines *lines = &app.view->lines;
    REQUIRE(yd_lines_count(lines) == 6);
    CHECK_TEXT(yd_lines_at(lines, 5)->text, "old\\x1b[2J one");
    CHECK_TEXT(yd_lines_at(lines, 4)->text, "careful");
    CHECK(yd_lines_at(lines, 4)->level == YD_LINE_WARNING);
    CHECK_TEXT(yd_lines_at(lines, 3)->text, "epoch 0: late");
    CHECK(yd_lines_at(lines, 3)->level == YD_LINE_EVENT);
    CHECK_TEXT(yd_lines_at(lines, 2)->text, "  a row");
    CHECK_TEXT(yd_lines_at(lines, 1)->text, "only the file");
    CHECK_TEXT(yd_lines_at(lines, 0)->text, "both know this");
    begin(); /* a long file: its end */
    FILE *file = fopen(write_file("train.log", ""), "w");
    for (int i = 0; i < 20000; i++)
        fprintf(file, "2026-11-28 00:23:31 line %d with some words behind it\n", i);
    fclose(file);
    yd_train_log_read(app.view, folder);
    lines = &app.view->lines;
    CHECK(yd_lines_count(lines) == YD_LINES_CAPACITY &&
          strncmp(yd_lines_at(lines, 0)->text, "line 19999 ", 11) == 0);
    CHECK(strncmp(yd_lines_at(lines, YD_LINES_CAPACITY - 1)->text, "line 18976 ", 11) == 0);
}

static int click(int x, int y)
{
    return yd_app_mouse(&app, &(yd_mouse){.kind = YD_MOUSE_PRESS, .button = 1, .x = x, .y = y}) |
           yd_app_mouse(&app, &(yd_mouse){.kind = YD_MOUSE_RELEASE, .button = 1, .x = x, .y = y});
}

/* Where a text of ASCII stands on the screen drawn last. */
static bool find(const char *text, int *x, int *y)
{
    const char *found = strstr(screen, text);
    *x = *y = 0;
    for (const char *c = screen; found && c < found; c++) {
        if (*c == '\n')
            ++*y, *x = 0;
        else
            *x += ((unsigned char)*c & 0xc0) != 0x80;
    }
    return found != NULL;
}

static void clicks_what_is_seen(void)
{
    int x, y, width = 94, height = 30;
    begin();
    draw(width, height);
    REQUIRE(find("7 Log", &x, &y));
    click(x, y);
    CHECK(strcmp(yd_screens[app.screen]->name, "Log") == 0);
    draw(width, height);
    REQUIRE(find("f level", &x, &y));
    click(x, y);
    CHECK(shows("level: info"));
    REQUIRE(find("e end...", &x, &y));
    click(x + 3, y);
    CHECK(app.overlay == YD_OVERLAY_MENU);
    draw(width, height);
    REQUIRE(find("after this epoch", &x, &y));
    click(x, y);
    CHECK(app.overlay == YD_OVERLAY_MENU && app.chosen == 1 && !app.services.message[0]);
    click(x, y);
    CHECK(app.overlay == YD_OVERLAY_NONE && strstr(app.services.message, "end after this epoch"));
    draw(width, height);
    REQUIRE(find("? help", &x, &y));
    click(x, y);
    CHECK(app.overlay == YD_OVERLAY_HELP);
    draw(200, 60);
    click(0, 30); /* beside it */
    CHECK(app.overlay == YD_OVERLAY_NONE);
}

/* No single key goes back: it is asked for, with Enter or by name. */
static void asks_before_it_goes_back(void)
{
    int x, y;
    begin();
    yd_app_key(&app, 'R');
    draw(94, 30);
    CHECK(app.overlay == YD_OVERLAY_MENU && !app.services.message[0]);
    CHECK(find("the newest that is finite", &x, &y) && find("what came later is undone", &x, &y));
    yd_app_key(&app, YD_KEY_ESCAPE);
    CHECK(app.overlay == YD_OVERLAY_NONE && !app.services.message[0]);
    yd_app_key(&app, 'R'), yd_app_key(&app, 'e'); /* one menu takes no other's key */
    CHECK(app.overlay == YD_OVERLAY_MENU && app.menu == YD_MENU_STOP);
    yd_app_key(&app, YD_KEY_ESCAPE);
    yd_app_key(&app, 'R'), yd_app_key(&app, '3'); /* there is no third choice: it is the screen's key */
    CHECK(app.overlay == YD_OVERLAY_NONE && !strstr(app.services.message, "go back"));
    yd_app_key(&app, 'R'), yd_app_key(&app, '2');
    CHECK(app.overlay == YD_OVERLAY_NONE && app.prompt.open);
    CHECK_TEXT(app.prompt.entry.text, "rollback ");
    yd_app_key(&app, YD_KEY_ESCAPE);
    yd_app_key(&app, 'R'), yd_app_key(&app, YD_KEY_ENTER);
    CHECK(app.overlay == YD_OVERLAY_NONE && strstr(app.services.message, "go back to the last good state"));
}

static void turns_the_wheel(void)
{
    begin();
    for (int i = 0; i < 200; i++) yd_lines_addf(&app.view->lines, i * SECOND, YD_LINE_INFO, "line %d.", i);
    type("7");
    draw(94, 30);
    yd_app_mouse(&app, &(yd_mouse){.kind = YD_MOUSE_WHEEL, .button = -1, .x = 5, .y = 9});
    CHECK(shows("line 196.") && !strstr(screen, "line 197."));
    yd_app_mouse(&app, &(yd_mouse){.kind = YD_MOUSE_WHEEL, .button = 1, .x = 5, .y = 9});
    CHECK(shows("line 199."));
    type("1");
    yd_app_mouse(&app, &(yd_mouse){.kind = YD_MOUSE_WHEEL, .button = 1, .x = 5, .y = 9});
    CHECK(!app.services.message[0]); /* nothing to scroll is nothing to complain of */
}

static void gives_the_mouse_back(void)
{
    begin();
    type("M");
    CHECK(!app.services.mouse && shows("M mouse off"));
    type(":mouse on\n");
    CHECK(app.services.mouse);
    draw(94, 30);
    CHECK(!strstr(screen, "mouse off"));
    type(":mouse perhaps\n");
    CHECK(shows("mouse must be on|off"));
}

static void stands_any_mouse(void)
{
    begin();
    srand(5);
    for (int i = 0; i < 20000; i++) {
        yd_mouse mouse = {
            .kind = (yd_mouse_kind)(rand() % 4), .button = rand() % 6 - 2, .x = rand() % 100000};
        mouse.y = rand() % (i % 2 ? 40 : 100000);
        app.now_ns += SECOND / 100;
        yd_app_mouse(&app, &mouse);
        if (i % 50 == 0) draw(1 + rand() % 200, 1 + rand() % 60);
        if (i % 70 == 0) yd_app_key(&app, "?e:17\033"[rand() % 6]);
    }
}

static void speaks_to_clipboards(void)
{
    char *plain = yd_clipboard_sequence("\303\251pe", false), *wrapped = yd_clipboard_sequence("ab", true);
    CHECK_TEXT(plain, "\033]52;c;w6lwZQ==\a");
    CHECK_TEXT(wrapped, "\033]52;c;YWI=\a\033Ptmux;\033\033]52;c;YWI=\a\033\\");
    free(plain);
    free(wrapped);
}

static void reads_key_maps(void)
{
    yd_keymap keymap;
    yd_error error;
    char keys[64];
    CHECK(yd_keymap_load(write_file("keys.yaml", "pause: [Space, F5, \303\251]\nsave: ctrl-a\n"
                                                 "down: [Down, F9]\nvalidate: []\n"),
                         &keymap, &error) == YD_OK);
    CHECK_TEXT(yd_keymap_keys(&keymap, YD_ACTION_PAUSE, YD_BINDING_ANY, keys, sizeof keys),
               "Space F5 \303\251");
    CHECK(yd_keymap_action(&keymap, 'p', YD_BINDING_DASH) == YD_ACTION_NONE);
    CHECK(yd_keymap_action(&keymap, 0xe9, YD_BINDING_DASH) == YD_ACTION_PAUSE);
    CHECK(yd_keymap_action(&keymap, 1, YD_BINDING_DASH) == YD_ACTION_SAVE);
    CHECK(yd_keymap_action(&keymap, 'v', YD_BINDING_DASH) == YD_ACTION_NONE);
    CHECK(yd_keymap_action(&keymap, YD_KEY_F1 + 8, YD_BINDING_LOG) ==
          YD_ACTION_DOWN); /* wherever it stands */
    CHECK(yd_keymap_action(&keymap, YD_KEY_F1 + 8, YD_BINDING_OVERLAY) == YD_ACTION_DOWN);
    CHECK(yd_keymap_action(&keymap, 'j', YD_BINDING_LOG) == YD_ACTION_NONE);
    CHECK(keymap.bindings[0].action == YD_ACTION_PAUSE && keymap.bindings[0].footer != NULL);
    CHECK(yd_keymap_load(write_file("keys.yaml", ""), &keymap, &error) == YD_OK);
}

static void names_what_is_wrong_with_key_maps(void)
{
    static const struct {
        const char *text, *says[3];
    } rows[] = {
        {"\npawse: p\n", {"keys.yaml:2", "pawse", "yolodeck help actions"}},
        {"pause: nokey\n", {"keys.yaml:1", "pause", "nokey"}},
        {"pause: [a, {}]\n", {"keys.yaml:1", "pause", NULL}},
        {"pause: s\n", {"keys.yaml:1", "another key than s, which save has", NULL}},
        {"pause: \"1\"\n", {"keys.yaml:1", "digit", NULL}},
        {"interrupt: x\n", {"keys.yaml:1", "Ctrl-C", NULL}},
        {"[pause]\n", {"keys.yaml:1", "a key map", NULL}},
        {"pause: [\n", {"keys.yaml", NULL, NULL}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        yd_keymap keymap;
        yd_error error = {0};
        CHECK(yd_keymap_load(write_file("keys.yaml", rows[i].text), &keymap, &error) == YD_ERR_CONFIG);
        for (int j = 0; j < 3 && rows[i].says[j]; j++) {
            if (strstr(error.message, rows[i].says[j])) continue;
            fprintf(stderr, "\"%s\" is not in \"%s\"\n", rows[i].says[j], error.message);
            CHECK(false);
        }
        CHECK(yd_keymap_action(&keymap, 'p', YD_BINDING_DASH) == YD_ACTION_PAUSE); /* the shipped one */
    }
}

static void knows_keys_by_name(void)
{
    yd_keymap keymap;
    yd_keymap_default(&keymap);
    for (int i = 0; i < keymap.count; i++) {
        char name[16];
        CHECK(yd_key_parse(yd_key_name(keymap.bindings[i].key, name)) == keymap.bindings[i].key);
    }
    CHECK(yd_key_parse("PGUP") == YD_KEY_PAGE_UP && yd_key_parse("f12") == YD_KEY_F12);
    CHECK(yd_key_parse("") == YD_KEY_NONE && yd_key_parse("ab") == YD_KEY_NONE);
    CHECK(yd_key_parse("\377") == YD_KEY_NONE && yd_key_parse("\302\233") == YD_KEY_NONE);
}

static const yd_look *look_of(const yd_theme *theme, yd_style style)
{
    return &theme->looks[style];
}

static bool same_theme(const yd_theme *a, const yd_theme *b)
{
    for (int i = 0; i < YD_STYLE_COUNT; i++) {
        const yd_look *x = &a->looks[i], *y = &b->looks[i];
        if (x->colour != y->colour || x->ground != y->ground || x->colour_8 != y->colour_8 ||
            x->ground_8 != y->ground_8 || x->attributes != y->attributes)
            return false;
    }
    return true;
}

static bool names_every_style(const char *theme)
{
    char path[4200], name[32], wanted[40], *text = NULL;
    size_t length;
    bool all = true;
    snprintf(path, sizeof path, "%s/configs/themes/%s.yaml", YD_SOURCE_DIR, theme);
    REQUIRE(yd_file_read(path, 1 << 20, &text, &length, NULL) == YD_OK);
    for (int i = 0; i < YD_STYLE_COUNT; i++) {
        snprintf(wanted, sizeof wanted, "\n%s: ", yd_style_name((yd_style)i, name, sizeof name));
        if (strstr(text, wanted)) continue;
        fprintf(stderr, "%s does not say how \"%s\" looks\n", path, name);
        all = false;
    }
    free(text);
    return all;
}

static void reads_themes(void)
{
    yd_theme theme, builtin;
    yd_error error;
    CHECK(yd_theme_load(
              write_file("t.yaml", "bar: \"#56b4e9/cyan on 17 bold underline\"\nbad: red\n\"*\": dim\n"),
              &theme, &error) == YD_OK);
    const yd_look *bar = look_of(&theme, YD_STYLE_BAR), *bad = look_of(&theme, YD_STYLE_BAD);
    CHECK(bar->colour == (YD_COLOUR_RGB | 0x56b4e9) && bar->colour_8 == 6 && bar->ground == 17);
    CHECK(bar->ground_8 == YD_COLOUR_OWN && bar->attributes == (YD_BOLD | YD_UNDERLINE));
    CHECK(bad->colour == 1 && bad->colour_8 == 1);
    CHECK(look_of(&theme, YD_STYLE_TEXT)->attributes == YD_DIM);
    CHECK(yd_theme_number(bar, false, YD_COLOURS_DIRECT) == bar->colour);
    CHECK(yd_theme_number(bar, false, 256) == 74 && yd_theme_number(bar, false, 16) == 6);
    CHECK(yd_theme_number(bar, false, 0) == YD_COLOUR_OWN);
    yd_look grey = {.colour = YD_COLOUR_RGB | 0x808080}, white = {.colour = YD_COLOUR_RGB | 0xffffff};
    CHECK(yd_theme_number(&grey, false, 256) == 244 && yd_theme_number(&white, false, 256) == 231);
    yd_theme_default(&builtin);
    REQUIRE(yd_theme_load("default", &theme, &error) == YD_OK);
    CHECK(same_theme(&theme, &builtin)); /* the shipped file says what is built in */
    static const char *const shipped[] = {"default", "high-contrast", "light", "mono"};
    for (int i = 0; i < 4; i++) {
        CHECK(yd_theme_load(shipped[i], &theme, &error) == YD_OK);
        CHECK(same_theme(&theme, &builtin) == (i == 0));
        CHECK(i == 3 || names_every_style(shipped[i]));
    }
    for (int i = 0; i < YD_STYLE_COUNT; i++) /* mono, the last one */
        CHECK(theme.looks[i].colour == YD_COLOUR_OWN && theme.looks[i].ground == YD_COLOUR_OWN);
}

static void names_what_is_wrong_with_themes(void)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"\nbra: red\n", "t.yaml:2"},          {"brand: #ff0000\n", "brand"},
        {"brand: \"#ff000\"\n", "#rrggbb"},    {"brand: 256\n", "0 to 255"},
        {"brand: red red\n", "t.yaml:1"},      {"brand: red on\n", "t.yaml:1"},
        {"brand: \"#ff0000/teal\"\n", "name"}, {"brand: [red]\n", "t.yaml:1"},
        {"- a\n", "a mapping of styles"},
    };
    yd_theme theme;
    yd_error error;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(yd_theme_load(write_file("t.yaml", rows[i].text), &theme, &error) == YD_ERR_CONFIG);
        if (!strstr(error.message, rows[i].says)) {
            fprintf(stderr, "\"%s\" is not in \"%s\"\n", rows[i].says, error.message);
            CHECK(false);
        }
    }
    CHECK(yd_theme_load("no-such-theme", &theme, &error) == YD_ERR_CONFIG &&
          strstr(error.message, "no-such-theme"));
}

static void borrows_numbers_for_colours(void)
{
    yd_direct direct = {0};
    char out[256];
    yd_direct_take(&direct, 16);
    yd_direct_take(&direct, -1);
    int a = yd_direct_borrow(&direct, YD_COLOUR_RGB | 0x010203), b = yd_direct_borrow(&direct, YD_COLOUR_RGB);
    CHECK(a == 17 && b == 18 && yd_direct_borrow(&direct, YD_COLOUR_RGB | 0x010203) == 17);
    const char *in = "\033[38;5;17ma\033[48;5;18mb\033[38;5;19m\033[38;5;171m\033[38;5;17\033[1m\033[38;5;";
    size_t length = yd_direct_rewrite(&direct, in, strlen(in), out);
    out[length] = '\0';
    CHECK_TEXT(out,
               "\033[38;2;1;2;3ma\033[48;2;0;0;0mb\033[38;5;19m\033[38;5;171m\033[38;5;17\033[1m\033[38;5;");
    for (uint32_t i = 0; i < 300; i++) a = yd_direct_borrow(&direct, YD_COLOUR_RGB | (0x100 + i));
    CHECK(a == -1);
}

static const yd_test_case cases[] = {
    {"reads key maps", reads_key_maps},
    {"names what is wrong with key maps", names_what_is_wrong_with_key_maps},
    {"knows keys by name", knows_keys_by_name},
    {"reads themes", reads_themes},
    {"names what is wrong with themes", names_what_is_wrong_with_themes},
    {"borrows numbers for colours", borrows_numbers_for_colours},
    {"edits a line", edits_a_line},
    {"keeps a history", keeps_a_history},
    {"completes words", completes_words},
    {"parts words as a shell does", parts_words_as_a_shell_does},
    {"completes words with blanks", completes_words_with_blanks},
    {"scrolls a long line", scrolls_a_long_line},
    {"runs commands", runs_commands},
    {"takes a paste in the line only", takes_a_paste_in_the_line_only},
    {"lists completions", lists_completions},
    {"searches the help", searches_the_help},
    {"searches the log", searches_the_log},
    {"filters the log", filters_the_log},
    {"long lines are moved sideways", long_lines_are_moved_sideways},
    {"the last line offers what works", the_last_line_offers_what_works},
    {"reads what was logged before", reads_what_was_logged_before},
    {"clicks what is seen", clicks_what_is_seen},
    {"asks before it goes back", asks_before_it_goes_back},
    {"turns the wheel", turns_the_wheel},
    {"gives the mouse back", gives_the_mouse_back},
    {"stands any mouse", stands_any_mouse},
    {"speaks to clipboards", speaks_to_clipboards},
};

TEST_MAIN(cases)
