#include "base/file.h"
#include "runs/run_list.h"
#include "support/fake_engine.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static char root[4200];

static void put(const char *run, const char *name, const char *text, int age)
{
    char folder[4400], path[4600];
    snprintf(folder, sizeof folder, "%s/%s", root, run);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    FILE *file = fopen(path, "w");
    REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
    struct timeval times[2] = {{.tv_sec = 1700000000 - age}, {.tv_sec = 1700000000 - age}};
    REQUIRE(utimes(path, times) == 0);
}

static const yd_run_entry *find(const yd_run_list *list, const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->entries[i].name, name) == 0) return &list->entries[i];
    yd_test_fatal(__FILE__, __LINE__, "no run %s in the list", name);
}

static void lists_runs_of_all_kinds(void)
{
    static const char header[] = "epoch,metrics/mAP_0.5,metrics/mAP_0.5:0.95\n";
    char text[512];
    snprintf(root, sizeof root, "%s/list", yd_test_folder());
    setenv("XDG_STATE_HOME", yd_test_folder(), 1);
    snprintf(text, sizeof text, "%s0,0.5,0.2\n1,0.8,0.6\n2,0.7,0.5\n", header);
    put("train/done", "results.csv", text, 300);
    put("train/done", "opt.yaml", "epochs: 3\nname: done\n", 300);
    put("train/ended", "results.csv", text, 200);
    put("train/ended", "opt.yaml", "epochs: 100\n", 200);
    put("train/yolov5", "results.txt", "  0/19 ...\n", 100);
    put("train/broken", "opt.yaml", "epochs: [\n\t!!", 50);
    put("train/broken", "results.csv", "\377\376 not a table", 50);
    put("train/killed", "live", "host somewhere\n", 40);
    put("train/no run", "notes.txt", "nothing", 10);
    put("train/scalars", "events.out.tfevents.1700000000.host", "whatever", 5);
    put("train/seed", "results.txt",
        "     0/19     1.2G   0.09  0.06   0.02  0.17  22  640  0.5  0.4  0.3  0.1 0.08 0.05 0.01\n", 110);
    put("train/done/weights", "opt.yaml", "epochs: 1\n", 10); /* within a run: no run */
    char live[4600];
    snprintf(live, sizeof live, "%s/train/alive", root);
    pid_t engine = yd_fake_engine_start(live, &(yd_fake_run){.first_epoch = 7});
    yd_arena *arena = yd_arena_create(0);
    yd_run_list list;
    yd_error error;
    REQUIRE(yd_run_list_read(root, arena, &list, &error) == YD_OK);
    CHECK(list.count == 8);
    CHECK_TEXT(list.entries[0].name, "done"); /* oldest first */
    CHECK_TEXT(find(&list, "done")->state, "done");
    CHECK(find(&list, "done")->epoch == 3 && find(&list, "done")->epochs == 3 &&
          find(&list, "done")->best_epoch == 1);
    CHECK_NEAR(find(&list, "done")->best_fitness, 0.62, 1e-6);
    CHECK_TEXT(find(&list, "ended")->state, "ended");
    CHECK(find(&list, "ended")->kind == YD_RUN_KIND_YOLOV5);
    CHECK(find(&list, "scalars")->kind == YD_RUN_KIND_SCALARS && find(&list, "scalars")->epoch == -1);
    CHECK(find(&list, "seed")->best_epoch == 0);
    CHECK_NEAR(find(&list, "seed")->best_map50, 0.3, 1e-6);
    CHECK(yd_run_bytes(find(&list, "scalars")->folder) == 8);
    CHECK(yd_run_bytes("/no/such/folder") == -1);
    char file[4600];
    snprintf(file, sizeof file, "%s/train/scalars/events.out.tfevents.1700000000.host", root);
    CHECK(yd_run_stamp_of(file).kind == YD_RUN_KIND_SCALARS && yd_run_bytes(file) == 8);
    snprintf(file, sizeof file, "%s/train/no run/notes.txt", root);
    CHECK(yd_run_stamp_of(file).kind == YD_RUN_KIND_NONE);
    CHECK(find(&list, "yolov5")->epoch == -1 && isnan(find(&list, "yolov5")->best_fitness));
    CHECK(find(&list, "broken")->epochs == -1 && find(&list, "broken")->best_epoch == -1);
    CHECK_TEXT(find(&list, "killed")->state, "dead");
    const yd_run_entry *alive = find(&list, "alive");
    CHECK(strcmp(alive->state, "train") == 0 || strcmp(alive->state, "setup") == 0);
    CHECK(alive->epoch == 7 && alive->epochs == 100 && alive->lives && alive->kind == YD_RUN_KIND_OURS);
    yd_fake_engine_kill(engine);
    REQUIRE(yd_run_list_read(live, arena, &list, &error) == YD_OK); /* a run folder is a list of one */
    CHECK(list.count == 1);
    CHECK_TEXT(list.entries[0].state, "dead");
    yd_arena_destroy(arena);
}

static void refuses_what_is_no_folder(void)
{
    yd_arena *arena = yd_arena_create(0);
    yd_run_list list;
    yd_error error = {0};
    CHECK(yd_run_list_read("/no/such/folder", arena, &list, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "/no/such/folder") != NULL && list.count == 0);
    snprintf(root, sizeof root, "%s/empty", yd_test_folder());
    REQUIRE(yd_make_folders(root, NULL) == YD_OK);
    CHECK(yd_run_list_read(root, arena, &list, &error) == YD_OK && list.count == 0);
    yd_arena_destroy(arena);
}

static const yd_test_case cases[] = {
    {"lists runs of all kinds", lists_runs_of_all_kinds},
    {"refuses what is no folder", refuses_what_is_no_folder},
};

TEST_MAIN(cases)
