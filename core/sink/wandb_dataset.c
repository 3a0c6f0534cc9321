#include "sink/wandb_dataset.h"
#include "base/clock.h"
#include "base/file.h"
#include "sink/wandb_artifact.h"
#include "sink/wandb_folder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENT_ID = 128 };

/* Both kinds lie in one folder each, as in the reference: data/images and data/labels. */
static yd_status add_file(yd_wandb_dataset *own, const char *local, bool label, yd_error *error)
{
    char path[512];
    yd_wandb_entry entry;
    if (label && !yd_file_exists(local)) return YD_OK;
    snprintf(path, sizeof path, "data/%s/%.400s", label ? "labels" : "images", yd_path_name(local));
    YD_TRY(yd_wandb_entry_read(NULL, local, &entry, error));
    entry.path = strdup(path);
    own->entries.size = sizeof entry;
    if (entry.path && yd_vector_push(&own->entries, &entry)) return YD_OK;
    free((char *)(uintptr_t)entry.path);
    return yd_fail(error, YD_ERR_MEMORY, "no memory for the files of the data set");
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const yd_wandb_entry *)a)->path, ((const yd_wandb_entry *)b)->path);
}

/* Names count once: of files that have one name in several folders, one. */
static size_t drop_repeated(yd_wandb_entry *entries, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept && strcmp(entries[kept - 1].path, entries[i].path) == 0)
            free((char *)(uintptr_t)entries[i].path);
        else
            entries[kept++] = entries[i];
    }
    return kept;
}

static void write_artifact(yd_wandb_dataset *own, yd_wandb_writer *writer, const char *entity,
                           const char *project)
{
    static const char *const aliases[] = {"latest"};
    char client[CLIENT_ID + 1], sequence[CLIENT_ID + 1];
    yd_wandb_entry *entries = own->entries.data;
    if (own->entries.count) qsort(entries, own->entries.count, sizeof *entries, by_path);
    own->entries.count = drop_repeated(entries, own->entries.count);
    yd_wandb_random_word(client, CLIENT_ID);
    yd_wandb_random_word(sequence, CLIENT_ID);
    const yd_wandb_artifact artifact = {.entity = entity,
                                        .project = project,
                                        .type = "dataset",
                                        .name = own->split.name,
                                        .metadata = "",
                                        .aliases = aliases,
                                        .alias_count = 1,
                                        .entries = entries,
                                        .entry_count = own->entries.count,
                                        .client_id = client,
                                        .sequence_id = sequence};
    yd_wandb_write_artifact(writer, &artifact);
    yd_wandb_dataset_free(own);
    own->done = true;
}

yd_status yd_wandb_dataset_work(yd_wandb_dataset *own, yd_wandb_writer *writer, const char *entity,
                                const char *project, int64_t deadline_ns, yd_error *error)
{
    int count = own->split.count;
    while (!own->done && yd_clock_ns() < deadline_ns) {
        if (own->next == 2 * count) {
            write_artifact(own, writer, entity, project);
            break;
        }
        bool label = own->next >= count;
        const char *local = label ? own->split.labels[own->next - count] : own->split.images[own->next];
        own->next++;
        YD_TRY(add_file(own, local, label, error));
    }
    return YD_OK;
}

void yd_wandb_dataset_free(yd_wandb_dataset *own)
{
    for (size_t i = 0; i < own->entries.count; i++)
        free((char *)(uintptr_t)YD_AT(yd_wandb_entry, &own->entries, i).path);
    own->entries.count = 0;
    yd_vector_free(&own->entries);
}
