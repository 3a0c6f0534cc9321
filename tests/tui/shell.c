/* The real console in a pseudo-terminal: command line, mouse, copying, help. */
#include "base/file.h"
#include "support/console.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static yd_test_console console;

static void start(const yd_fake_run *script, int width, int height)
{
    yd_test_console_engine(&console, script);
    yd_test_console_start(&console, NULL, width, height, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    CHECK(yd_test_console_wait(&console, "p pause", 8000)); /* the whole picture is there */
}

static void steers_by_the_command_line(void)
{
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    yd_test_console_type(&console, ":pa\t\r");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_type(&console, ":set save_period 9\r");
    CHECK(yd_test_console_wait(&console, "save period 9", 8000));
    CHECK(yd_test_console_wait(&console, "set save_period 9: done", 8000));
    yd_test_console_type(&console,
                         ":set nothing 1\r"); /* known here already: said in the line, which stays */
    CHECK(yd_test_console_wait(&console, "! \"nothing\" cannot be changed live", 8000));
    yd_test_console_type(&console, "\025set save_period x\r");
    CHECK(yd_test_console_wait(&console, "! save_period must be a whole number", 8000));
    yd_test_console_type(&console, "\025stop nwo\r");
    CHECK(yd_test_console_wait(&console, "! stop must be now|epoch|final", 8000));
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait_gone(&console, "stop nwo", 8000));
    yd_test_console_type(&console, "+");
    CHECK(yd_test_console_wait(&console, "save period 10", 8000));
    yd_test_console_type(&console, ":\033[A\033[A\033[A\033[A\r"); /* the line four before, again */
    CHECK(yd_test_console_wait(&console, "save period 9", 8000));
    yd_test_console_type(&console, ":nonsense\r");
    CHECK(yd_test_console_wait(&console, "! unknown command \"nonsense\"", 8000));
    CHECK(!console.screen.cursor_hidden && console.screen.y == 29);
    yd_test_console_type(&console, "\003");
    CHECK(yd_test_console_wait(&console, "after a final validation", 8000));
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait_gone(&console, "after a final validation", 8000));
    yd_test_console_type(&console, ":quit\r");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    yd_test_console_end(&console);
}

/* What was typed is there again in the next console; a file of nonsense does no harm. */
static void remembers_lines(void)
{
    char variable[4300], path[4300];
    struct stat info;
    snprintf(variable, sizeof variable, "XDG_STATE_HOME=%s", yd_test_folder());
    snprintf(path, sizeof path, "%s/yolodeck/history", yd_test_folder());
    const char *const environment[] = {variable, NULL};
    for (int i = 0; i < 2; i++) {
        yd_test_console_engine(&console, &(yd_fake_run){.batches = 2000});
        yd_test_console_start(&console, NULL, 94, 30, environment);
        CHECK(yd_test_console_wait(&console, "p pause", 8000));
        yd_test_console_type(&console, i ? ":\033[A\033[A" : ":help osc\r");
        CHECK(yd_test_console_wait(&console, i ? ":help osc" : "copy the value", 8000));
        if (i == 0) {
            yd_test_console_type(&console, "\r:quit\r"); /* the first Enter closes the help */
            CHECK(yd_test_console_status(&console, 8000) == 5);
        }
        yd_test_console_end(&console);
    }
    CHECK(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    static char hostile[8192];
    memset(hostile, '\377', sizeof hostile);
    memcpy(hostile, "\033]52;c;x\a\n\0pause\n", 18);
    REQUIRE(yd_file_write(path, hostile, sizeof hostile, NULL) == YD_OK);
    yd_test_console_engine(&console, &(yd_fake_run){.batches = 2000});
    yd_test_console_start(&console, NULL, 94, 30, environment);
    CHECK(yd_test_console_wait(&console, "p pause", 8000));
    yd_test_console_type(&console, ":\033[A");
    CHECK(yd_test_console_wait(&console, ":]52;c;x", 8000));
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
}

static void executes_no_paste(void)
{
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    CHECK(console.screen.paste_mode);
    yd_test_console_type(&console, ":\033[200~pause\r\n:quit\r\n\033[201~");
    CHECK(yd_test_console_wait(&console, ":pause  :quit", 8000));
    yd_test_console_run(&console, 300);
    CHECK(!console.over && yd_vterm_find(&console.screen, "PAUSED") < 0);
    yd_test_console_type(&console, "\025pause\r");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_end(&console);
}

static void obeys_the_mouse(void)
{
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    CHECK(console.screen.mouse_mode);
    CHECK(yd_test_console_wait(&console, "p pause", 8000)); /* the last row of a picture comes last */
    REQUIRE(yd_vterm_find(&console.screen, "p pause") == 29);
    yd_test_console_type(&console, "\033[<0;4;30M\033[<0;4;30m");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_type(&console, "M");
    CHECK(yd_test_console_wait(&console, "mouse off", 8000));
    YD_TEST_CONSOLE_AWAIT(&console, !console.screen.mouse_mode);
    CHECK(!console.screen.mouse_mode);
    yd_test_console_type(&console, "M");
    CHECK(yd_test_console_wait_gone(&console, "mouse off", 8000));
    YD_TEST_CONSOLE_AWAIT(&console, console.screen.mouse_mode);
    CHECK(console.screen.mouse_mode);
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    CHECK(!console.screen.mouse_mode && !console.screen.paste_mode);
    yd_test_console_end(&console);
}

/* The console of whoever started a run: leaving it from another run's picture says how to come back to the
 * own. */
static void comes_home_from_another_run(void)
{
    yd_test_console other;
    yd_console_options options = {0};
    char line[4300];
    yd_test_console_engine(&other, &(yd_fake_run){.batches = 2000, .model = "othernet"});
    yd_test_console_engine(&console, &(yd_fake_run){.batches = 2000});
    yd_test_console_start(&console, &options, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "p pause", 8000));
    snprintf(line, sizeof line, ":open %s\r", other.folder);
    yd_test_console_type(&console, line);
    CHECK(yd_test_console_wait(&console, "othernet", 8000));
    yd_fake_engine_kill(other.engine);
    other.engine = 0;
    CHECK(yd_test_console_wait(&console, "DEAD", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    yd_test_console_end(&console);
}

static void opens_another_run(void)
{
    yd_test_console other;
    yd_test_console_engine(&other, &(yd_fake_run){.batches = 2000, .model = "othernet"});
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    char line[4300];
    snprintf(line, sizeof line, ":open %s\r", other.folder);
    yd_test_console_type(&console, line);
    CHECK(yd_test_console_wait(&console, "othernet", 8000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    CHECK(yd_test_console_run_step(&console) >= 0); /* the first one goes on */
    yd_fake_engine_kill(other.engine);
    other.engine = 0;
    CHECK(yd_test_console_wait(&console, "DEAD", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 3);
    yd_test_console_end(&console);
    other.master = -1;
}

/* How the first cell of a text looks; NULL where the text is not there. */
static const yd_vterm_look *look_of(const char *text)
{
    char row[YD_VTERM_LIMIT * 4 + 1];
    int y = yd_vterm_find(&console.screen, text), x = 0;
    if (y < 0) return NULL;
    yd_vterm_row(&console.screen, y, row, sizeof row);
    for (const char *c = row; c < strstr(row, text); c++) x += ((unsigned char)*c & 0xc0) != 0x80;
    return &console.screen.looks[y * console.screen.width + x];
}

/* The screen may be under way. */
static bool looks(const char *text, uint32_t fore, uint32_t back)
{
    const yd_vterm_look *look = look_of(text);
    return look && look->fore == fore && look->back == back;
}

static bool in_ascii(void)
{
    for (int i = 0; i < console.screen.width * console.screen.height; i++)
        if (console.screen.cells[i] > 0x7e) return false;
    return true;
}

static void draws_in_every_depth(void)
{
    static const struct {
        const char *environment[4];
        yd_console_options options;
        uint32_t brand; /* as terminals see it */
        bool coloured, ascii;
    } rows[] = {
        {{"COLORTERM=truecolor"}, {0}, 0x56b4e9, true, false},
        {{"COLORTERM"}, {0}, YD_VTERM_INDEX | 74, true, false},
        {{"COLORTERM", "TERM=xterm"}, {0}, YD_VTERM_INDEX | 6, true, false},
        {{"COLORTERM", "TERM=vt100"}, {0}, YD_VTERM_OWN, false, false},
        {{"COLORTERM=truecolor", "TERM=screen-256color", "TMUX"}, {0}, YD_VTERM_INDEX | 74, true, false},
        {{"COLORTERM=truecolor", "NO_COLOR="}, {0}, 0x56b4e9, true, false}, /* empty is not set */
        {{"COLORTERM=truecolor", "NO_COLOR=1"}, {0}, YD_VTERM_OWN, false, false},
        {{"COLORTERM=truecolor"}, {.no_color = true}, YD_VTERM_OWN, false, false},
        {{"COLORTERM"}, {.ascii = true}, YD_VTERM_INDEX | 74, true, true},
        {{"COLORTERM=24bit"}, {.theme = "high-contrast"}, 0x00ffff, true, false},
        {{"COLORTERM=24bit"}, {.theme = "mono"}, YD_VTERM_OWN, false, false},
        {{"COLORTERM"}, {.theme = "light"}, YD_VTERM_INDEX | 24, true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        yd_console_options options = rows[i].options;
        options.stay = true;
        yd_test_console_engine(&console, &(yd_fake_run){.batches = 2000});
        yd_test_console_start(&console, &options, 94, 30, rows[i].environment);
        CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
        CHECK(yd_test_console_wait(&console, "p pause", 8000));
        const yd_vterm_look *brand = look_of("yolodeck");
        REQUIRE(brand != NULL);
        if (brand->fore != rows[i].brand) fprintf(stderr, "row %zu: brand is %x\n", i, brand->fore);
        CHECK(brand->fore == rows[i].brand);
        CHECK((console.screen.colours > 0) == rows[i].coloured);
        CHECK(in_ascii() == rows[i].ascii);
        CHECK(yd_vterm_find(&console.screen, "TRAIN") == 0); /* said in words in any case */
        CHECK(console.screen.unknown == 0);
        yd_test_console_end(&console);
    }
}

static void changes_its_theme(void)
{
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    CHECK(yd_test_console_wait(&console, "p pause", 8000));
    yd_test_console_type(&console, ":theme high-c\t\r");
    const uint32_t cyan = YD_VTERM_INDEX | 51, black = YD_VTERM_INDEX | 16;
    YD_TEST_CONSOLE_AWAIT(&console, looks("yolodeck", cyan, black));
    CHECK(looks("yolodeck", cyan, black));
    yd_test_console_type(&console, ":theme nowhere\r");
    CHECK(yd_test_console_wait(&console, "there is no theme \"nowhere\"", 8000));
    yd_test_console_end(&console);
}

static void write_users(const char *name, const char *text)
{
    char folder[4200], path[4300];
    snprintf(folder, sizeof folder, "%s/config/yolodeck", yd_test_folder());
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(yd_file_write(path, text, strlen(text), NULL) == YD_OK);
}

static void obeys_the_users_keys(void)
{
    char variable[4300];
    snprintf(variable, sizeof variable, "XDG_CONFIG_HOME=%s/config", yd_test_folder());
    const char *const environment[] = {variable, NULL};
    write_users("keys.yaml", "pause: [Space]\nhelp: [h, F1]\n");
    yd_test_console_engine(&console, &(yd_fake_run){.batches = 2000});
    yd_test_console_start(&console, NULL, 94, 30, environment);
    CHECK(yd_test_console_wait(&console, "Space pause", 8000));
    yd_test_console_type(&console, " ");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "p does nothing here (h lists the keys)", 8000));
    yd_test_console_end(&console);
    write_users("keys.yaml", "# broken\npause: [Hyper-X]\n");
    yd_test_console_engine(&console, &(yd_fake_run){.batches = 2000});
    yd_test_console_start(&console, NULL, 94, 30, environment);
    CHECK(yd_test_console_wait(&console, "keys.yaml:2: pause must be a key", 8000));
    yd_test_console_type(&console, "p"); /* the shipped keys */
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_end(&console);
}

/* Two consoles on one run: one steers, the other sees that, and C changes places. */
static void shares_the_control(void)
{
    yd_test_console other;
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    CHECK(yd_test_console_wait(&console, "ctl \342\227\217", 8000));
    other = (yd_test_console){.master = -1, .over = true};
    memcpy(other.folder, console.folder, sizeof other.folder);
    yd_test_console_start(&other, NULL, 94, 30, NULL);
    CHECK(yd_test_console_wait(&other, "ctl \342\227\213 watching", 8000));
    CHECK(yd_test_console_wait(&other, "steers, this console watches; C takes the control", 8000));
    yd_test_console_type(&other, "p");
    CHECK(yd_test_console_wait(&other, "pause: refused, pid", 8000));
    CHECK(yd_vterm_find(&other.screen, "PAUSED") < 0);
    yd_test_console_type(&other, "C");
    CHECK(yd_test_console_wait(&other, "this console steers now", 8000));
    CHECK(yd_test_console_wait(&console, "has taken the control; C takes it back", 8000));
    CHECK(yd_test_console_wait(&console, "ctl \342\227\213 watching", 8000));
    yd_test_console_type(&other, "p");
    CHECK(yd_test_console_wait(&other, "PAUSED", 8000));
    yd_test_console_type(&other, "q");
    CHECK(yd_test_console_status(&other, 8000) == 5);
    CHECK(yd_test_console_wait(&console, "nobody steers now", 8000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    CHECK(yd_test_console_wait(&console, "ctl \342\227\217", 8000));
    yd_test_console_end(&other);
    yd_test_console_end(&console);
}

static void keep_string(void *context, yd_vterm *terminal, char introducer, const char *text, size_t length)
{
    (void)terminal;
    if (introducer == ']') snprintf(context, 256, "%.*s", (int)length, text);
}

static void searches_and_copies_the_log(void)
{
    char copied[256] = "", path[4300];
    yd_test_console_engine(&console,
                           &(yd_fake_run){.batches = 5000, .log_line = "labels/000.txt: class 7 of 3"});
    snprintf(path, sizeof path, "%s/train.log", console.folder);
    const char *before = "2020-01-02 03:04:05 warning: from before the console came\n";
    REQUIRE(yd_file_write(path, before, strlen(before), NULL) == YD_OK);
    yd_test_console_start(&console, NULL, 94, 30, NULL);
    console.screen.on_string = keep_string, console.screen.string_context = copied;
    CHECK(yd_test_console_wait(&console, "p pause", 8000));
    yd_test_console_type(&console, "7");
    CHECK(yd_test_console_wait(&console, "! from before the console came", 8000));
    yd_test_console_type(&console, "/CLASS 7\r");
    CHECK(yd_test_console_wait(&console, "search: CLASS 7", 8000));
    yd_test_console_type(&console, "y");
    CHECK(yd_test_console_wait(&console, "copied labels/000.txt: class 7 of 3", 8000));
    YD_TEST_CONSOLE_AWAIT(&console, copied[0]);
    CHECK_TEXT(copied, "52;c;bGFiZWxzLzAwMC50eHQ6IGNsYXNzIDcgb2YgMw==");
    yd_test_console_type(&console, "&before\r");
    CHECK(yd_test_console_wait(&console, "1 lines of", 8000));
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"searches and copies the log", searches_and_copies_the_log},
    {"shares the control", shares_the_control},
    {"draws in every depth", draws_in_every_depth},
    {"changes its theme", changes_its_theme},
    {"obeys the user's keys", obeys_the_users_keys},
    {"steers by the command line", steers_by_the_command_line},
    {"remembers lines", remembers_lines},
    {"executes no paste", executes_no_paste},
    {"obeys the mouse", obeys_the_mouse},
    {"comes home from another run", comes_home_from_another_run},
    {"opens another run", opens_another_run},
};

TEST_MAIN(cases)
