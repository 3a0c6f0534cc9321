/* A branch that is put together: checkpoints, values, the command line; and the parent of a run. */
#include "base/file.h"
#include "base/text.h"
#include "support/test.h"
#include "tui/branch.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static yd_branch branch;

/* A file of the run, written so many seconds after the epoch; text NULL: shipped hyperparameters. */
static void put(const char *folder, const char *name, const char *text, int seconds)
{
    char path[4600], source[4200], *data = NULL;
    size_t length = text ? strlen(text) : 0;
    snprintf(path, sizeof path, "%s/weights", folder);
    REQUIRE(yd_make_folders(path, NULL) == YD_OK);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(source, sizeof source, "%s/configs/hyp/hyp.scratch-low.yaml", YD_SOURCE_DIR);
    if (!text) REQUIRE(yd_file_read(source, 0, &data, &length, NULL) == YD_OK);
    REQUIRE(yd_file_write(path, text ? text : data, length, NULL) == YD_OK);
    free(data);
    const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    REQUIRE(utimensat(AT_FDCWD, path, times, 0) == 0);
}

static const char *run_folder(const char *name)
{
    static char folder[4300];
    snprintf(folder, sizeof folder, "%s/%s", yd_test_folder(), name);
    put(folder, "hyp.yaml", NULL, 1);
    put(folder, "weights/epoch1.pt", "x", 100);
    put(folder, "weights/last.pt", "xy", 200);
    put(folder, "weights/best.pt", "xy", 200);
    put(folder, "weights/.hidden.pt", "xy", 300);
    put(folder, "weights/notes.txt", "xy", 300);
    put(folder, "weights/weird \033[31m.pt", "xyz", 50);
    return folder;
}

/* The words of the command, separated by '|'; the checkpoint without the folder. */
static const char *command_line(void)
{
    static char text[8192];
    yd_branch_command command;
    yd_branch_command_of(&branch, &command);
    text[0] = '\0';
    for (int i = 0; command.arguments[i]; i++) {
        const char *word = command.arguments[i];
        size_t folder = strlen(branch.folder);
        if (strncmp(word, branch.folder, folder) == 0) word += folder;
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? "|" : "", word);
    }
    return text;
}

static const char *chosen(void)
{
    return branch.files[branch.file].name;
}

static void checkpoints(void)
{
    branch = (yd_branch){0};
    const char *folder = run_folder("checkpoints");
    yd_branch_load(&branch, folder, 100);
    CHECK_TEXT(branch.problem, "");
    CHECK(branch.file_count == 4 && branch.files[0].bytes == 2);
    CHECK_TEXT(chosen(), "last.pt"); /* the newest, by the name that says so */
    put(folder, "weights/epoch2.pt", "x", 400);
    yd_branch_load(&branch, folder, 100);
    CHECK_TEXT(chosen(), "epoch2.pt"); /* nobody has chosen: the newest is followed */
    yd_branch_choose(&branch, 3);
    CHECK_TEXT(chosen(), "epoch1.pt");
    yd_branch_choose(&branch, 5);
    CHECK_TEXT(chosen(), "epoch1.pt");
    put(folder, "weights/epoch3.pt", "x", 500);
    yd_branch_load(&branch, folder, 100);
    CHECK_TEXT(chosen(), "epoch1.pt"); /* what was chosen stays */
    CHECK_TEXT(command_line(), "train|--detach|--branch|/weights/epoch1.pt");
}

static void values(void)
{
    char why[256], parent[YD_BRANCH_TEXT], decided[YD_BRANCH_TEXT];
    const yd_branch_row lr0 = YD_BRANCH_HYP + YD_HYP_lr0, mosaic = YD_BRANCH_HYP + YD_HYP_mosaic;
    branch = (yd_branch){0};
    const char *folder = run_folder("values");
    yd_branch_load(&branch, folder, 100);
    CHECK(yd_branch_set(&branch, lr0, "0.0050", why, sizeof why));
    CHECK(yd_branch_set(&branch, mosaic, "0", why, sizeof why));
    CHECK(yd_branch_set(&branch, YD_BRANCH_EPOCHS, "30", why, sizeof why));
    CHECK(yd_branch_set(&branch, YD_BRANCH_NAME, "calm --er", why, sizeof why));
    yd_branch_row_values(&branch, lr0, parent, decided);
    CHECK_TEXT(parent, "0.01");
    CHECK_TEXT(decided, "0.005");
    CHECK_TEXT(command_line(),
               "train|--detach|--branch|/weights/last.pt|--name=calm --er|--epochs=30|--set=lr0=0.005|"
               "--set=mosaic=0.0");
    yd_branch_load(&branch, folder, 100); /* what was decided stays */
    CHECK(yd_branch_set(&branch, lr0, "", why, sizeof why) &&
          yd_branch_set(&branch, mosaic, "1", why, sizeof why));
    CHECK(yd_branch_set(&branch, YD_BRANCH_EPOCHS, "", why, sizeof why) &&
          yd_branch_set(&branch, YD_BRANCH_NAME, "", why, sizeof why));
    CHECK_TEXT(command_line(), "train|--detach|--branch|/weights/last.pt");
    for (int i = 0; i < YD_HYP_COUNT; i++) { /* all of them at once fit */
        char text[64];
        double value = *yd_hyp_value(&branch.parent, (yd_hyp_key)i) * 0.5 + 0.001;
        yd_format_double(text, sizeof text, i == YD_HYP_anchor_t ? 7 : value);
        CHECK(yd_branch_set(&branch, (yd_branch_row)(YD_BRANCH_HYP + i), text, why, sizeof why));
    }
    yd_branch_command command;
    yd_branch_command_of(&branch, &command);
    CHECK(command.arguments[4 + YD_HYP_COUNT - 1] != NULL && command.arguments[4 + YD_HYP_COUNT] == NULL);
}

static void refusals(void)
{
    static const struct {
        yd_branch_row row;
        const char *text, *why;
    } table[] = {
        {YD_BRANCH_HYP + YD_HYP_lr0, "2", "lr0 must be a number in (0, 1]"},
        {YD_BRANCH_HYP + YD_HYP_lr0, "fast", "lr0 must be a number in (0, 1]"},
        {YD_BRANCH_EPOCHS, "0", "epochs must be a whole number from 1 to 1000000"},
        {YD_BRANCH_EPOCHS, "2.5", "epochs must be a whole number from 1 to 1000000"},
        {YD_BRANCH_NAME, "../x", "a name has no '/', and no dash or point at its start"},
        {YD_BRANCH_NAME, "--help", "a name has no '/', and no dash or point at its start"},
        {YD_BRANCH_START, "x", "nothing can be typed here"},
    };
    branch = (yd_branch){0};
    yd_branch_load(&branch, run_folder("refusals"), 100);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char why[256] = "";
        CHECK(!yd_branch_set(&branch, table[i].row, table[i].text, why, sizeof why));
        CHECK_TEXT(why, table[i].why);
    }
    CHECK_TEXT(command_line(), "train|--detach|--branch|/weights/last.pt");
    branch = (yd_branch){0};
    yd_branch_load(&branch, "/nowhere", 0);
    CHECK(branch.problem[0] && !branch.has_hyp);
    char why[256], parent[YD_BRANCH_TEXT], decided[YD_BRANCH_TEXT];
    CHECK(!yd_branch_set(&branch, YD_BRANCH_HYP, "0.1", why, sizeof why));
    for (int row = 0; row < YD_BRANCH_ROWS; row++)
        yd_branch_row_values(&branch, (yd_branch_row)row, parent, decided);
}

static void parents(void)
{
    char parent[4096], text[4400];
    const char *folder = run_folder("child");
    CHECK(!yd_branch_parent(folder, parent));
    snprintf(text, sizeof text, "epochs: 3\nbranch: %s/weights/last.pt\nbranch_run: %s\nbranch_epoch: 2\n",
             yd_test_folder(), yd_test_folder());
    put(folder, "opt.yaml", text, 1);
    CHECK(yd_branch_parent(folder, parent));
    CHECK_TEXT(parent, yd_test_folder());
    static const char *const none[] = {"branch_run: ''\n",
                                       "branch_run: /nowhere/at/all\n",
                                       "branch_run: [1]\n",
                                       "branch_run: relative\n",
                                       "[",
                                       ""};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        put(folder, "opt.yaml", none[i], 1);
        CHECK(!yd_branch_parent(folder, parent));
    }
}

static const yd_test_case cases[] = {
    {"checkpoints", checkpoints},
    {"values", values},
    {"refusals", refusals},
    {"parents", parents},
};
TEST_MAIN(cases)
