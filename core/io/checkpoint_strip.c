/* What YOLOv5 does to last.pt and best.pt when training is done: the average becomes the model, in float16,
 * without gradients, and everything that only a resume needs goes. (training.md, 8.5) */
#include "io/archive.h"
#include "io/checkpoint.h"
#include "io/half.h"
#include "io/resume_entry.h"
#include "io/state_dict.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct stripper {
    yd_pt *pt;
    bool *halve;  /* [storages]: holds float32 parameters or buffers, which become float16 */
    int *numbers; /* [storages]: key in the new file; -1: not there */
    int *used;    /* [used_count]: the storage of each new key */
    int used_count;
    yd_pickle_node none, no, ended; /* take the place of what stood there */
    yd_error *error;
} stripper;

static void replace(yd_pickle_node *dict, const char *key, yd_pickle_node *value)
{
    for (size_t i = 0; i < dict->count; i += 2)
        if (yd_pickle_is(dict->items[i], YD_PICKLE_TEXT) && strcmp(dict->items[i]->text, key) == 0)
            dict->items[i + 1] = value;
}

static void remove_key(yd_pickle_node *dict, const char *key)
{
    size_t kept = 0;
    for (size_t i = 0; i < dict->count; i += 2) {
        if (yd_pickle_is(dict->items[i], YD_PICKLE_TEXT) && strcmp(dict->items[i]->text, key) == 0) continue;
        dict->items[kept++] = dict->items[i];
        dict->items[kept++] = dict->items[i + 1];
    }
    dict->count = kept;
}

/* The tree was read for this alone and is written once: changing it changes the new file. */
static yd_status strip_tree(stripper *s)
{
    static const char *const unwanted[] = {"ema",          "updates",          "optimizer",
                                           "best_fitness", "training_results", "wandb_id"};
    yd_pickle_node *root = yd_pt_root(s->pt), *model = yd_state_find_model(root);
    if (!yd_pickle_is(root, YD_PICKLE_DICT) || !yd_pickle_get(root, "model") ||
        !yd_pickle_is(model, YD_PICKLE_OBJECT))
        return yd_fail(s->error, YD_ERR_FORMAT, "%s: not a checkpoint of a run, nothing to strip",
                       yd_pt_label(s->pt));
    replace(root, "model", model);
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++) replace(root, unwanted[i], &s->none);
    replace(root, "epoch", &s->ended);
    remove_key(root, YD_RESUME_KEY);
    return YD_OK;
}

static yd_status strip_tensor(stripper *s, const yd_state_entry *entry)
{
    yd_pt_tensor tensor;
    YD_TRY(yd_pt_tensor_of(s->pt, entry->node, entry->name, &tensor, s->error));
    if (tensor.type == YD_PT_F32) s->halve[tensor.storage] = true;
    yd_pickle_node *arguments = entry->node->items[1];
    bool parameter = !yd_pickle_is_call(entry->node, "torch._utils _rebuild_tensor_v2") &&
                     !yd_pickle_is_call(entry->node, "torch._utils _rebuild_tensor");
    if (parameter && arguments->count > 1) arguments->items[1] = &s->no;
    return YD_OK;
}

static yd_status strip_tensors(stripper *s)
{
    yd_arena *arena = yd_arena_create(0);
    yd_vector entries = {.size = sizeof(yd_state_entry)};
    yd_status status =
        arena ? yd_state_dict_list(s->pt, yd_state_find_model(yd_pt_root(s->pt)), arena, &entries, s->error)
              : yd_fail(s->error, YD_ERR_MEMORY, "%s: no memory to strip it", yd_pt_label(s->pt));
    for (size_t i = 0; status == YD_OK && i < entries.count; i++)
        status = strip_tensor(s, &YD_AT(yd_state_entry, &entries, i));
    yd_vector_free(&entries);
    yd_arena_destroy(arena);
    return status;
}

/* A storage gets its new key where it is first met. */
static yd_status put_storage(void *context, yd_pickle_writer *w, const yd_pickle_node *node, yd_error *error)
{
    stripper *s = context;
    int storage = yd_pt_storage_of(s->pt, node);
    const yd_pickle_node *id = node->items[0];
    if (storage < 0 || id->count != 5)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: its storages are of a kind that cannot be stripped",
                       yd_pt_label(s->pt));
    if (s->numbers[storage] < 0) {
        s->numbers[storage] = s->used_count;
        s->used[s->used_count++] = storage;
    }
    char key[16];
    snprintf(key, sizeof key, "%d", s->numbers[storage]);
    const char *class_name = strchr(id->items[1]->text, ' ') + 1;
    yd_pickle_put_begin(w);
    yd_pickle_put_text(w, "storage");
    yd_pickle_put_global(w, "torch", s->halve[storage] ? "HalfStorage" : class_name);
    yd_pickle_put_text(w, key);
    yd_pickle_put_text(w, "cpu");
    yd_pickle_put_int(w, id->items[4]->integer);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_persistent(w);
    return YD_OK;
}

/* In pieces: the new file needs no second copy of a storage. */
static yd_status put_halved(stripper *s, yd_archive *archive, const unsigned char *bytes, size_t count)
{
    uint16_t piece[2048];
    for (size_t done = 0, now; done < count; done += now) {
        now = count - done < 2048 ? count - done : 2048;
        for (size_t i = 0; i < now; i++) {
            float value;
            memcpy(&value, bytes + 4 * (done + i), sizeof value);
            piece[i] = yd_float_to_half(value);
        }
        YD_TRY(yd_zip_put(archive->zip, piece, 2 * now, s->error));
    }
    return YD_OK;
}

static yd_status copy_storage(stripper *s, yd_archive *archive, int number)
{
    const unsigned char *bytes;
    size_t length;
    int storage = s->used[number];
    bool halve = s->halve[storage];
    YD_TRY(yd_pt_storage(s->pt, storage, &bytes, &length, s->error));
    YD_TRY(yd_archive_begin(archive, number, halve ? length / 2 : length, s->error));
    YD_TRY(halve ? put_halved(s, archive, bytes, length / 4)
                 : yd_zip_put(archive->zip, bytes, length, s->error));
    return yd_zip_end(archive->zip, s->error);
}

static yd_status write_stripped(stripper *s, yd_pickle_writer *w, const char *path)
{
    const char *bytes;
    size_t length;
    yd_archive archive;
    YD_TRY(yd_pickle_put_tree(w, yd_pt_root(s->pt), put_storage, s, s->error));
    YD_TRY(yd_pickle_writer_finish(w, &bytes, &length, s->error));
    YD_TRY(yd_archive_create(&archive, path, bytes, length, s->error));
    yd_status status = YD_OK;
    for (int i = 0; status == YD_OK && i < s->used_count; i++) status = copy_storage(s, &archive, i);
    return yd_archive_finish(&archive, status, s->error);
}

static yd_status strip(stripper *s, const char *path)
{
    size_t count = (size_t)yd_pt_storage_count(s->pt) + 1;
    yd_pickle_writer *w = yd_pickle_writer_create();
    yd_status status = YD_OK;
    s->halve = calloc(count, sizeof *s->halve);
    s->numbers = malloc(count * sizeof *s->numbers);
    s->used = malloc(count * sizeof *s->used);
    if (!w || !s->halve || !s->numbers || !s->used)
        status = yd_fail(s->error, YD_ERR_MEMORY, "%s: no memory to strip it", path);
    for (size_t i = 0; status == YD_OK && i < count; i++) s->numbers[i] = -1;
    if (status == YD_OK) status = strip_tree(s);
    if (status == YD_OK) status = strip_tensors(s);
    if (status == YD_OK) status = write_stripped(s, w, path);
    free(s->used);
    free(s->numbers);
    free(s->halve);
    yd_pickle_writer_destroy(w);
    return status;
}

yd_status yd_checkpoint_strip(const char *path, yd_error *error)
{
    stripper s = {.none.kind = YD_PICKLE_NONE,
                  .no = {.kind = YD_PICKLE_BOOL, .integer = 0},
                  .ended = {.kind = YD_PICKLE_INT, .integer = -1},
                  .error = error};
    YD_TRY(yd_pt_open(path, &s.pt, error));
    yd_status status = strip(&s, path);
    yd_pt_close(s.pt);
    return status;
}
