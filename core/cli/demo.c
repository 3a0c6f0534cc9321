/* yolodeck demo [FOLDER]: what a newcomer runs first. */
#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/start.h"
#include "data/synthetic.h"
#include <stdio.h>
#include <stdlib.h>

enum { PICTURE_SIZE = 256 };

/* FOLDER, or yolodeck/demo in the user's cache. */
static yd_status choose_folder(const yd_options *options, char *out, size_t capacity, yd_error *error)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (options->word_count)
        yd_copy_text(out, capacity, options->words[0]);
    else if (cache && cache[0] == '/')
        snprintf(out, capacity, "%s/yolodeck/demo", cache);
    else if (home && home[0] == '/')
        snprintf(out, capacity, "%s/.cache/yolodeck/demo", home);
    else
        return yd_fail(error, YD_ERR_USAGE,
                       "demo: there is no HOME to keep the pictures in; name a folder: yolodeck demo FOLDER");
    return yd_make_folders(out, error);
}

static void set(yd_options *options, yd_option_id id, const char **place, const char *value)
{
    *place = value;
    options->given[id] = true;
}

int yd_cli_demo(const yd_cli *cli, int argc, char **argv)
{
    yd_arena *arena = yd_arena_create(0);
    yd_options options;
    yd_error error;
    char folder[4000], data[4096];
    int status;
    if (!yd_cli_options(YD_FOR_DEMO, argc, argv, arena, &options, &status)) goto out;
    if (choose_folder(&options, folder, sizeof folder, &error) != YD_OK) {
        status = yd_cli_fail(&error);
        goto out;
    }
    fprintf(stderr, "demo: %d + %d pictures of drawn objects in %s\n", options.pictures, options.pictures / 4,
            folder);
    if (yd_synthetic_write(folder, 0, options.pictures, options.pictures / 4, PICTURE_SIZE, data, &error) !=
        YD_OK) {
        status = yd_cli_fail(&error);
        goto out;
    }
    if (options.write_only) goto out;
    set(&options, YD_OPT_data, &options.data, data);
    set(&options, YD_OPT_weights, &options.weights, "");
    set(&options, YD_OPT_cfg, &options.cfg, "yolov5n.yaml");
    set(&options, YD_OPT_hyp, &options.hyp, "hyp.demo.yaml");
    status = yd_cli_start_training(cli, &options);
out:
    yd_arena_destroy(arena);
    return status;
}
