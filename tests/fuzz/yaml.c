/* Any bytes as a YAML file, through the reader and everything that reads a tree; what the reader took, the
 * writer writes. */
#include "base/file.h"
#include "base/log.h"
#include "config/dataset_yaml.h"
#include "config/hyp.h"
#include "config/model_yaml.h"
#include "config/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void be_quiet(void *context, yd_log_level level, const char *line)
{
    (void)context, (void)level, (void)line;
}

/* Parsers that take a path see the bytes through a file without a name. */
static int file_of(const uint8_t *data, size_t size, char path[64])
{
    int descriptor = memfd_create("fuzz", 0);
    if (descriptor < 0 || !yd_write_all(descriptor, data, size)) abort();
    snprintf(path, 64, "/proc/self/fd/%d", descriptor);
    return descriptor;
}

/* Text is written and read back as itself. */
static void check_round_trip(const yd_yaml_node *node, yd_arena *arena)
{
    yd_text text = {0};
    yd_yaml again;
    yd_yaml_writer *writer = yd_yaml_write_start(&text);
    yd_yaml_write_text(writer, "key", node->text);
    if (yd_yaml_write_finish(writer, NULL) != YD_OK) abort();
    if (yd_yaml_parse("again", text.data, text.length, arena, &again, NULL) != YD_OK) abort();
    const yd_yaml_node *value = yd_yaml_find(again.root, "key");
    if (!value || value->kind != YD_YAML_TEXT || strcmp(value->text, node->text) != 0) abort();
    yd_text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    yd_yaml yaml;
    yd_error error;
    yd_hyp hyp;
    yd_options options;
    yd_model_yaml model;
    yd_dataset_yaml dataset;
    char *argv[] = {"train", "--resume", NULL};
    yd_log_set_receiver(be_quiet, NULL);
    yd_arena *arena = yd_arena_create(0);
    if (yd_yaml_parse("fuzz", (const char *)data, size, arena, &yaml, &error) == YD_OK) {
        int descriptor = file_of(data, size, path);
        yd_hyp_read(&yaml, yaml.root, &hyp, &error);
        yd_model_yaml_load(path, arena, &model, &error);
        yd_dataset_yaml_load(path, NULL, arena, &dataset, &error);
        if (yd_options_parse(YD_FOR_TRAIN, 2, argv, arena, &options, &error) != YD_OK) abort();
        yd_options_resume(&options, path, &error);
        if (yaml.root->kind == YD_YAML_TEXT) check_round_trip(yaml.root, arena);
        close(descriptor);
    }
    yd_arena_destroy(arena);
    return 0;
}
