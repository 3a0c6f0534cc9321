/* yolodeck runs [DIR]: lists the runs of a folder, live and ended, YOLOv5's own run folders too. */
#include "base/json.h"
#include "cli/cli.h"
#include "runs/run_damage.h"
#include "runs/run_list.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What is wrong with the files of a run that is not being written; "" where nothing is. */
static void look_for_damage(const yd_run_entry *entry, char out[512])
{
    out[0] = '\0';
    if (!entry->lives && !entry->may_grow) yd_run_damage(entry->folder, out, 512);
}

static void print_json(const yd_run_list *list)
{
    yd_text text = {0};
    yd_json json;
    yd_json_start(&json, &text);
    yd_json_open(&json, NULL, '[');
    for (int i = 0; i < list->count; i++) {
        const yd_run_entry *entry = &list->entries[i];
        char damage[512];
        look_for_damage(entry, damage);
        yd_json_open(&json, NULL, '{');
        yd_json_string(&json, "run", entry->name);
        yd_json_string(&json, "folder", entry->folder);
        yd_json_string(&json, "state", entry->state);
        yd_json_number(&json, "epoch", entry->epoch < 0 ? (double)NAN : entry->epoch);
        yd_json_number(&json, "epochs", entry->epochs < 0 ? (double)NAN : entry->epochs);
        yd_json_open(&json, "best", '{');
        yd_json_number(&json, "epoch", entry->best_epoch < 0 ? (double)NAN : entry->best_epoch);
        yd_json_number(&json, "fitness", entry->best_fitness);
        yd_json_close(&json, '}');
        yd_json_string(&json, "damage", damage);
        yd_json_close(&json, '}');
    }
    yd_json_close(&json, ']');
    puts(text.data && !text.failed ? text.data : "[]");
    yd_text_free(&text);
}

static void show_number(char *out, size_t capacity, const char *format, double value, bool known)
{
    if (known)
        snprintf(out, capacity, format, value);
    else
        snprintf(out, capacity, "-");
}

static void print_table(const yd_run_list *list)
{
    printf("%-16s %-10s %13s %8s %10s  %s\n", "run", "state", "epoch", "fitness", "best epoch",
           "last change");
    for (int i = 0; i < list->count; i++) {
        const yd_run_entry *entry = &list->entries[i];
        char damage[512], name[256], done[24], all[24], epoch[64], fitness[32], best[24], changed[32] = "-";
        struct tm parts;
        time_t seconds = (time_t)(entry->changed_ns / 1000000000);
        show_number(done, sizeof done, "%.0f", entry->epoch, entry->epoch >= 0);
        show_number(all, sizeof all, "%.0f", entry->epochs, entry->epochs >= 0);
        snprintf(epoch, sizeof epoch, "%s/%s", done, all);
        show_number(fitness, sizeof fitness, "%.4f", entry->best_fitness, isfinite(entry->best_fitness));
        show_number(best, sizeof best, "%.0f", entry->best_epoch, entry->best_epoch >= 0);
        if (localtime_r(&seconds, &parts)) strftime(changed, sizeof changed, "%Y-%m-%d %H:%M", &parts);
        yd_escape(name, sizeof name, entry->name);
        int surplus = (int)strlen(name) - yd_utf8_characters(name); /* printf counts bytes */
        printf("%-*s %-10s %13s %8s %10s  %s\n", 16 + surplus, name, entry->state, epoch, fitness, best,
               changed);
        look_for_damage(entry, damage);
        if (damage[0]) printf("%-16s   damaged: %s\n", "", damage);
    }
}

static bool wants_console(const yd_cli *cli, const yd_options *options)
{
    return cli->hooks && cli->hooks->open_console && options->tui && !options->json && isatty(STDIN_FILENO) &&
           isatty(STDOUT_FILENO);
}

static int list_runs(const yd_cli *cli, const yd_options *options, yd_arena *arena)
{
    const char *folder = options->word_count ? options->words[0] : "runs/train";
    yd_run_list list;
    yd_error error;
    if (wants_console(cli, options)) {
        if (access(folder, R_OK) != 0) { /* said before there is a screen */
            yd_fail_errno(&error, YD_ERR_CONFIG, "%s: cannot read the folder", folder);
            return yd_cli_fail(&error);
        }
        yd_cli_console console = yd_cli_console_of(options, NULL);
        console.project = folder;
        return cli->hooks->open_console(&console);
    }
    if (yd_run_list_read(folder, arena, &list, &error) != YD_OK) return yd_cli_fail(&error);
    if (options->json) {
        print_json(&list);
    } else if (list.count) {
        print_table(&list);
    } else {
        char shown[1024];
        printf("no runs in %s\n", yd_escape(shown, sizeof shown, folder));
    }
    return 0;
}

int yd_cli_runs(const yd_cli *cli, int argc, char **argv)
{
    yd_arena *arena = yd_arena_create(0);
    yd_options options;
    int status;
    if (yd_cli_options(YD_FOR_RUNS, argc, argv, arena, &options, &status))
        status = list_runs(cli, &options, arena);
    yd_arena_destroy(arena);
    return status;
}
