/* Every screen as it looks, compared with what is stored in tests/tui/screens/NAME.txt: a run that is the
 * same every time, under a fake clock, through the real drawing code, at every size and with both sets of
 * glyphs.
 *
 *     YD_REGENERATE=1 test_tui_screens     writes the files anew: look at the difference before it is
 * committed
 *
 * A screen is a row of `scenes`. */
#include "base/file.h"
#include "base/text.h"
#include "series/evolution.h"
#include "support/recorded_run.h"
#include "support/test.h"
#include "tui/frame.h"
#include <dirent.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the run stands when the console attaches, and what it is brought to: called with the view watching.
 */
typedef void set_scene(yd_recorded_run *run);

typedef struct scene {
    const char *name;  /* of the file */
    int epoch;         /* the console attaches at its beginning */
    int steps;         /* that it watches */
    set_scene *set;    /* NULL: no more than that */
    const char *keys;  /* typed then */
    const char *shows; /* what threads of the screen's have to bring first, one text a line; NULL: nothing */
    bool everywhere;   /* at all sizes; else at 94 x 30 alone */
    bool styles;       /* what each cell means, too */
} scene;

static void log_lines(yd_recorded_run *run)
{
    yd_recorded_run_log(run, 2, "labels/000.txt:3: class 7, wanted 0 to 2");
    yd_recorded_run_log(run, 1,
                        "a name with escapes: \033[31m\a\xff, and one with letters: gr\303\266\303\237e");
    yd_recorded_run_log(run, 3, "results.csv: cannot write: No space left on device");
}

/* An evolution in its thirteenth generation; one before was killed. */
static void evolve(yd_recorded_run *run)
{
    static const char *const names[] = {"lr0", "lrf",   "momentum", "weight_decay", "box",
                                        "obj", "hsv_h", "scale",    "fl_gamma",     "mosaic"};
    yd_evolution evolution = YD_EVOLUTION;
    yd_text text = {0};
    char path[4200];
    evolution.wanted = 30;
    yd_evolution_begin_line(&evolution, run->wall_ns, &text);
    for (int i = 0; i < 10; i++) yd_evolution_add_gene(&evolution, names[i]);
    for (int g = 0; g < 12; g++) {
        yd_generation_record record = {.number = g, .seconds = 61.5 + g, .wall_ns = run->wall_ns};
        double found = 0.30 + 0.02 * g - (g % 3 == 1 ? 0.06 : 0);
        if (g == 7) yd_copy_text(record.failed, sizeof record.failed, "ended by signal 9 (Killed)");
        if (g != 7) record.fitness = found, record.results[2] = found + 0.2, record.results[3] = found - 0.02;
        for (int i = 0; i < YD_EVOLUTION_GENES; i++)
            record.values[i] = i == 8 ? 0 : 0.01 * (i + 1) * (1 + 0.013 * ((g * 7 + i) % 11));
        yd_evolution_line(&evolution, &record, &text);
    }
    snprintf(path, sizeof path, "%.4096s/evolve.jsonl", run->folder);
    REQUIRE(!text.failed && yd_file_write(path, text.data, text.length, NULL) == YD_OK);
    yd_text_free(&text);
    run->block.generation = 12, run->block.generations = 30;
    run->block.best_generation = 11, run->block.best_generation_fitness = 0.52f;
    yd_recorded_run_move(run, YD_RUN_TRAIN, 0);
}

static void pause_run(yd_recorded_run *run)
{
    yd_recorded_run_move(run, YD_RUN_PAUSED, 0);
}

static void begin_validation(yd_recorded_run *run)
{
    run->block.validation_batch = 3, run->block.validation_batches = 12;
    yd_recorded_run_move(run, YD_RUN_VALIDATE, 0);
}

static void stall(yd_recorded_run *run)
{
    yd_recorded_run_rest(run, 20, false);
}

static void finish_run(yd_recorded_run *run)
{
    yd_recorded_run_move(run, YD_RUN_DONE, 0);
}

static void fail_run(yd_recorded_run *run)
{
    yd_recorded_run_log(run, 3, "the loss is not finite at step 499");
    yd_recorded_run_move(run, YD_RUN_FAILED, 3);
}

static void kill_engine(yd_recorded_run *run)
{
    yd_run_view_gone(run->view, run->wall_ns);
}

static const scene scenes[] = {
    {"dash", 5, 500, NULL, "", NULL, true, true},
    {"dash-begin", 0, 0, NULL, "", NULL, false, false},
    {"dash-paused", 5, 99, pause_run, "", NULL, false, false},
    {"dash-validating", 5, 99, begin_validation, "", NULL, false, false},
    {"dash-stalled", 5, 99, stall, "", NULL, false, false},
    {"dash-done", 19, 40, finish_run, "", NULL, false, false},
    {"dash-failed", 5, 99, fail_run, "", NULL, false, false},
    {"dash-dead", 5, 99, kill_engine, "", NULL, false, false},
    {"tune", 5, 99, NULL, "5jjjj", NULL, true, false},
    {"tune-edit", 5, 99, NULL, "5jjjj\r0.5", NULL, true, true},
    {"tune-wrong", 5, 99, NULL, "5j\r2", NULL, false, false},
    {"log", 5, 120, log_lines, "7", NULL, true, false},
    {"charts", 5, 500, NULL, "2", NULL, true, false},
    {"charts-zoomed", 5, 500, NULL, "2+++hhw", NULL, false, false},
    {"charts-scalars", 5, 500, NULL, "2:draw 'step/lr_*'\r]:draw *box_loss\rhh", NULL, true, false},
    {"charts-enlarged", 5, 500, NULL, "2fgx", NULL, false, false},
    {"runs", 5, 99, NULL, "6", "60 kB\n1.5 kB\n832 B", true, false},
    {"classes", 5, 99, NULL, "4", NULL, true, true},
    {"classes-matrix", 5, 99, NULL, "4mjll", NULL, true, false},
    {"classes-worst", 5, 99, NULL, "4[mm", NULL, false, false},
    {"images-none", 5, 99, NULL, "3", "no pictures", false, false},
    {"help", 5, 99, NULL, "?", NULL, false, false},
    {"stop-menu", 5, 99, NULL, "e", NULL, false, false},
    {"rollback-menu", 5, 500, NULL, "R", NULL, false, false},
    {"evolve", 12, 40, evolve, "8", NULL, true, false},
};
enum { SCENES = sizeof scenes / sizeof *scenes };

static const struct {
    int width, height;
} sizes[] = {{94, 30}, {80, 24}, {200, 60}, {60, 16}, {40, 10}, {1, 1}};

/* A letter a style, in the order of the table. */
static void draw_styles(const yd_canvas *canvas, yd_text *text)
{
    static const char letters[] = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char *const names[] = {
#define YD_STYLE(enumerator, ...) #enumerator,
#include "tui/theme.def"
#undef YD_STYLE
    };
    for (int i = 0; i < YD_STYLE_COUNT; i++) yd_text_addf(text, "%c %s\n", letters[i], names[i]);
    for (int y = 0; y < canvas->height; y++) {
        for (int x = 0; x < canvas->width; x++)
            yd_text_addf(text, "%c", letters[canvas->cells[y * canvas->stride + x].style]);
        yd_text_add(text, "\n");
    }
}

/* text NULL: draws, and shows nobody. */
static void draw_at(yd_app *app, int width, int height, const yd_glyphs *glyphs, bool styles, yd_text *text)
{
    yd_canvas canvas;
    char row[8192];
    REQUIRE(yd_canvas_create(&canvas, width, height, glyphs));
    yd_frame_draw(app, &canvas);
    if (!text) {
        yd_canvas_free(&canvas);
        return;
    }
    const char *kind = styles ? "styles" : glyphs == &yd_glyphs_ascii ? "ASCII" : "UTF-8";
    yd_text_addf(text, "=== %dx%d %s\n", width, height, kind);
    for (int y = 0; y < height && !styles; y++) {
        yd_canvas_row(&canvas, y, row, sizeof row);
        yd_text_addf(text, "%s\n", row);
    }
    if (styles) draw_styles(&canvas, text);
    yd_canvas_free(&canvas);
}

static bool has_all(const char *text, const char *lines)
{
    for (; *lines; lines += *lines == '\n') {
        char line[64];
        const size_t length = strcspn(lines, "\n");
        REQUIRE(length < sizeof line);
        snprintf(line, sizeof line, "%.*s", (int)length, lines);
        if (!strstr(text, line)) return false;
        lines += length;
    }
    return true;
}

/* Threads of screens take the time that they take. */
static void wait_for(yd_app *app, const char *lines)
{
    for (int i = 0; lines && i < 2000 * YD_TEST_PATIENCE; i++) {
        yd_text text = {0};
        yd_app_tick(app);
        draw_at(app, sizes[0].width, sizes[0].height, &yd_glyphs_unicode, false, &text);
        bool there = has_all(text.data, lines);
        yd_text_free(&text);
        if (there) return;
        usleep(5000);
    }
    if (lines) yd_test_fatal(__FILE__, __LINE__, "\"%s\" does not come", lines);
}

/* The name of the test's folder is another one each time. */
static void hide_folder(yd_text *text)
{
    const char *folder = yd_test_folder(), *name = yd_path_name(folder);
    for (char *at = text->data; (at = strstr(at, name)); at += strlen(name))
        for (size_t i = strlen("yolodeck-test-"); i < strlen(name); i++) at[i] = 'X';
}

static void draw_scene(const scene *shown, yd_text *text)
{
    static yd_app app;
    yd_recorded_run run;
    yd_recorded_run_open(&run, shown->epoch);
    REQUIRE(yd_app_start(&app, yd_run_view_create(), NULL, run.folder));
    yd_curves_read_all(&app.curves);
    yd_recorded_run_watch(&run, app.view);
    yd_recorded_run_play(&run, shown->steps);
    if (shown->set) shown->set(&run);
    app.now_ns = run.now_ns, app.wall_ns = run.wall_ns;
    for (const char *key = shown->keys; *key; key++) {
        draw_at(&app, sizes[0].width, sizes[0].height, &yd_glyphs_unicode, false,
                NULL); /* what keys refer to */
        yd_app_key(&app, (unsigned char)*key);
    }
    wait_for(&app, shown->shows);
    for (size_t i = 0; i < (shown->everywhere ? sizeof sizes / sizeof *sizes : 1); i++) {
        draw_at(&app, sizes[i].width, sizes[i].height, &yd_glyphs_unicode, false, text);
        draw_at(&app, sizes[i].width, sizes[i].height, &yd_glyphs_ascii, false, text);
    }
    if (shown->styles) draw_at(&app, sizes[0].width, sizes[0].height, &yd_glyphs_unicode, true, text);
    yd_app_end(&app);
    yd_recorded_run_close(&run);
    REQUIRE(!text->failed);
    hide_folder(text);
}

/* The end of the line at text; *width without its newline. */
static const char *next_line(const char *text, int *width)
{
    size_t length = strcspn(text, "\n");
    *width = (int)length;
    return text + length + (text[length] != '\0');
}

/* Prints the rows that differ, under the heading that they stand below (name NULL: silently); returns how
 * many.
 */
static int compare(const char *name, const char *wanted, const char *found)
{
    const char *heading = wanted;
    int heading_width = 0, row = 0, differences = 0;
    while (*wanted || *found) {
        int wanted_width, found_width;
        const char *wanted_row = wanted, *found_row = found;
        wanted = next_line(wanted, &wanted_width);
        found = next_line(found, &found_width);
        row++;
        if (strncmp(wanted_row, "=== ", 4) == 0) heading = wanted_row, heading_width = wanted_width, row = 0;
        if (wanted_width == found_width && memcmp(wanted_row, found_row, (size_t)wanted_width) == 0) continue;
        if (++differences > 24 || !name) continue;
        fprintf(stderr, "%s %.*s, row %d:\n  wanted |%.*s|\n  found  |%.*s|\n", name, heading_width, heading,
                row, wanted_width, wanted_row, found_width, found_row);
    }
    if (differences > 24 && name) fprintf(stderr, "… and %d rows more\n", differences - 24);
    return differences;
}

static void stored_path(const char *name, char path[4200])
{
    snprintf(path, 4200, "%s/tests/tui/screens/%s.txt", YD_SOURCE_DIR, name);
}

static void screens_are_as_stored(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    bool anew = getenv("YD_REGENERATE") != NULL;
    for (int i = 0; i < SCENES; i++) {
        char path[4200], *stored = NULL;
        size_t length;
        yd_text text = {0};
        draw_scene(&scenes[i], &text);
        stored_path(scenes[i].name, path);
        if (anew)
            CHECK(yd_file_write(path, text.data, text.length, NULL) == YD_OK);
        else if (yd_file_read(path, 1 << 22, &stored, &length, NULL) != YD_OK)
            yd_test_fatal(__FILE__, __LINE__, "%s: cannot read; YD_REGENERATE=1 makes it", path);
        if (stored && compare(scenes[i].name, stored, text.data) != 0)
            yd_test_check(false, scenes[i].name, __FILE__, __LINE__);
        free(stored);
        yd_text_free(&text);
    }
}

static void a_scene_is_the_same_twice(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    yd_text first = {0}, second = {0};
    draw_scene(&scenes[0], &first);
    draw_scene(&scenes[0], &second);
    CHECK(compare("dash", first.data, second.data) == 0);
    yd_text_free(&first);
    yd_text_free(&second);
}

static void a_difference_is_seen(void)
{
    CHECK(compare(NULL, "=== 3x2\nabc\ndef\n", "=== 3x2\nabc\ndef\n") == 0);
    CHECK(compare(NULL, "=== 3x2\nabc\ndef\n", "=== 3x2\nabc\ndeg\n") == 1);
    CHECK(compare(NULL, "=== 3x2\nabc\ndef\n", "=== 3x2\nabc\n") == 1);
    CHECK(compare(NULL, "=== 3x2\nabc\n", "=== 3x2\nabc\ndef\n") == 1);
}

/* A file without a scene is compared with nothing. */
static void every_file_has_its_scene(void)
{
    char folder[4200];
    snprintf(folder, sizeof folder, "%s/tests/tui/screens", YD_SOURCE_DIR);
    DIR *dir = opendir(folder);
    REQUIRE(dir != NULL);
    int files = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char name[300];
        bool known = entry->d_name[0] == '.';
        for (int i = 0; i < SCENES && !known; i++) {
            snprintf(name, sizeof name, "%s.txt", scenes[i].name);
            known = strcmp(name, entry->d_name) == 0;
        }
        if (!known) fprintf(stderr, "%s has no scene\n", entry->d_name);
        CHECK(known);
        files += entry->d_name[0] != '.';
    }
    closedir(dir);
    CHECK(files == SCENES);
}

static const yd_test_case cases[] = {
    {"screens are as stored", screens_are_as_stored},
    {"a scene is the same twice", a_scene_is_the_same_twice},
    {"a difference is seen", a_difference_is_seen},
    {"every file has its scene", every_file_has_its_scene},
};

int main(int argc, char **argv)
{
    setenv("TMPDIR", "/tmp", 1); /* paths are shown: they have to be of one length */
    return yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
}
