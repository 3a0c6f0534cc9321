#include "sink/tensorboard.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/protobuf.h"
#include "base/text.h"
#include "series/event_file.h"
#include "series/event_record.h"
#include "series/event_scalars.h"
#include "series/series.h"
#include "sink/event_writer.h"
#include "sink/row_scalars.h"
#include "sink/summary.h"
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "events.out.tfevents."
static const char writer_name[] = "yolodeck";
static const int64_t sync_every_ns = 10000000000;

typedef struct tensorboard {
    yd_tensorboard_start start;
    yd_event_writer writer;
    yd_event_scalars scalars;
    yd_text value, summary; /* of the record under way */
    bool begun;             /* there is a file, and its head has been put down */
    bool epoch_done;        /* since the last sync */
    bool done;              /* the run has ended well: its pictures are all there */
    int64_t synced_ns;
    int last_epoch;
    yd_text classes, graph; /* of the first head: a Summary, a GraphDef */
    char folder[];
} tensorboard;

/* What an old file says, for cutting it. */
typedef struct scan {
    int64_t step;
    int epoch;
    bool ours;
    int64_t cut;    /* offset of the first record to go; -1: none */
    int last_epoch; /* of what stays */
} scan;

static bool has_tag(const yd_event_item *item, const char *name)
{
    return strlen(name) == item->tag_length && memcmp(name, item->tag, item->tag_length) == 0;
}

static void look_at(void *context, const yd_event_item *item)
{
    scan *own = context;
    char name[YD_SERIES_NAME];
    if (item->kind == YD_ITEM_WRITER && has_tag(item, writer_name)) own->ours = true;
    if (item->kind != YD_ITEM_SCALAR || own->cut >= 0 || item->tag_length >= sizeof name) return;
    memcpy(name, item->tag, item->tag_length);
    name[item->tag_length] = '\0';
    yd_step_domain domain = yd_tag_domain(name);
    bool once = has_tag(item, yd_tag_name(YD_TAG_BATCHES)); /* belongs to the head of the file */
    if ((domain == YD_STEP_BATCH && !once && item->step >= own->step) ||
        (domain == YD_STEP_EPOCH && item->step >= own->epoch))
        own->cut = item->offset;
    else if (domain == YD_STEP_EPOCH && item->step > own->last_epoch)
        own->last_epoch = (int)item->step;
}

static yd_status trim_file(const char *path, scan *own, yd_error *error)
{
    yd_event_file *file;
    own->ours = false;
    own->cut = -1;
    int last = own->last_epoch;
    YD_TRY(yd_event_file_open(path, &file, error));
    yd_event_file_read(file, 0, look_at, own);
    yd_event_file_close(file);
    if (!own->ours) own->last_epoch = last;
    if (!own->ours || own->cut < 0) return YD_OK;
    if (truncate(path, own->cut) == 0) return YD_OK;
    return yd_fail_errno(error, YD_ERR_IO, "%s: what a resumed run does anew cannot be cut off", path);
}

/* Visits the names of event files in the folder; false ends it. */
typedef bool name_visitor(void *context, const char *name);

static void each_file(const char *folder, name_visitor *visit, void *context)
{
    DIR *listing = opendir(folder);
    struct dirent *entry;
    while (listing && (entry = readdir(listing)) != NULL)
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 && !visit(context, entry->d_name)) break;
    if (listing) closedir(listing);
}

typedef struct trimmer {
    const char *folder;
    scan scan;
    yd_status status;
    yd_error *error;
} trimmer;

static bool trim_named(void *context, const char *name)
{
    trimmer *own = context;
    char path[PATH_MAX];
    if (yd_path_join(path, sizeof path, own->folder, name))
        own->status = trim_file(path, &own->scan, own->error);
    return own->status == YD_OK;
}

yd_status yd_tensorboard_trim(const char *folder, int64_t step, int epoch, int *last_epoch, yd_error *error)
{
    trimmer own = {
        .folder = folder, .scan = {.step = step, .epoch = epoch, .last_epoch = -1}, .error = error};
    each_file(folder, trim_named, &own);
    *last_epoch = own.scan.last_epoch;
    return own.status;
}

/* Records. */

static void put_value(tensorboard *own, const yd_scalar *scalar)
{
    yd_text_clear(&own->value);
    yd_wire_put_bytes(&own->value, 1, scalar->name, strlen(scalar->name));
    yd_wire_put_float(&own->value, 2, (float)scalar->value);
    yd_wire_put_bytes(&own->summary, 1, own->value.data, own->value.length);
    own->summary.failed |= own->value.failed;
}

static void put_scalars(tensorboard *own, int64_t wall_ns, int64_t step, const yd_scalar *scalars, int count)
{
    yd_text_clear(&own->summary);
    for (int i = 0; i < count; i++) put_value(own, &scalars[i]);
    if (count) yd_event_writer_add(&own->writer, wall_ns, step, 5, &own->summary);
}

static void put_head(tensorboard *own, int64_t wall_ns)
{
    const yd_tensorboard_start *start = &own->start;
    yd_text message = {0};
    yd_event_writer_version(&own->writer, wall_ns, writer_name);
    if (start->step > 0) {
        yd_wire_put_varint(&message, 1, 1); /* SessionLog: START */
        yd_event_writer_add(&own->writer, wall_ns, start->step, 7, &message);
    }
    yd_text_free(&message);
    if (own->classes.length) yd_event_writer_add(&own->writer, wall_ns, 0, 5, &own->classes);
    if (own->graph.length) yd_event_writer_add(&own->writer, wall_ns, 0, 4, &own->graph);
    put_scalars(own, wall_ns, start->step, &(yd_scalar){yd_tag_name(YD_TAG_BATCHES), start->batches}, 1);
}

/* The row of the epoch that was done last, as its events would have said it: the engine was killed between
 * saving and logging. */
static void put_row(tensorboard *own, int64_t wall_ns)
{
    yd_scalar scalars[YD_ROW_SCALARS];
    int count = yd_row_scalars(&own->start.row, own->start.order, scalars);
    put_scalars(own, wall_ns, own->start.row.epoch, scalars, count);
}

/* Pictures: those of the beginning as soon as they are written, the others when the run is done. */

static const char *const first_pictures[] = {"labels.jpg",       "labels_correlogram.jpg", "train_batch0.jpg",
                                             "train_batch1.jpg", "train_batch2.jpg",       NULL};
static const char *const last_pictures[] = {"val_batch0_labels.jpg",
                                            "val_batch0_pred.jpg",
                                            "val_batch1_labels.jpg",
                                            "val_batch1_pred.jpg",
                                            "val_batch2_labels.jpg",
                                            "val_batch2_pred.jpg",
                                            "results.png",
                                            "confusion_matrix.png",
                                            "F1_curve.png",
                                            "PR_curve.png",
                                            "P_curve.png",
                                            "R_curve.png",
                                            NULL};

/* Under its name without the end, as YOLOv5 has it; one that is not there is left out. */
static void put_picture(tensorboard *own, const char *name, int64_t wall_ns, int step)
{
    char path[PATH_MAX], tag[64];
    yd_error error;
    snprintf(tag, sizeof tag, "%.*s", (int)strcspn(name, "."), name);
    yd_text_clear(&own->summary);
    if (!yd_path_join(path, sizeof path, own->folder, name) || !yd_file_exists(path)) return;
    if (yd_summary_picture(&own->summary, tag, path, &error) == YD_OK)
        yd_event_writer_add(&own->writer, wall_ns, step, 5, &own->summary);
    else
        yd_log(YD_LOG_WARNING, "TensorBoard: %s", error.message);
}

static void take_picture(tensorboard *own, const yd_event *event)
{
    size_t capacity = sizeof event->body.picture.name;
    for (const char *const *name = first_pictures; *name; name++)
        if (strncmp(event->body.picture.name, *name, capacity) == 0)
            put_picture(own, *name, event->wall_ns, 0);
}

static void put_last_pictures(tensorboard *own)
{
    int64_t wall_ns = yd_wall_clock_ns();
    for (const char *const *name = last_pictures; *name; name++) {
        put_picture(own, *name, wall_ns, own->last_epoch);
        yd_appender_flush(&own->writer.file, false, NULL); /* one at a time: they are large */
    }
}

/* The file. */

static bool later_than(void *context, const char *name)
{
    int64_t *latest = context;
    char digits[16] = "";
    size_t length = strspn(name + strlen(PREFIX), "0123456789");
    int64_t seconds;
    if (length < sizeof digits) memcpy(digits, name + strlen(PREFIX), length);
    if (yd_parse_int(digits, &seconds) && seconds > *latest) *latest = seconds;
    return true;
}

/* Names are read in their order: a new one comes behind all that are there, even where the clock went back.
 */
static void name_file(const tensorboard *own, char name[NAME_MAX + 1])
{
    enum { LATEST = 2000000000 };
    char host[64] = "";
    int64_t seconds = yd_wall_clock_ns() / 1000000000, latest = 0;
    each_file(own->folder, later_than, &latest);
    if (latest >= seconds && latest < LATEST) seconds = latest + 1;
    gethostname(host, sizeof host - 1);
    for (char *c = host; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(".-_", *c)) *c = '_';
    snprintf(name, NAME_MAX + 1, PREFIX "%010lld.%s.%d.0", (long long)seconds, host[0] ? host : "localhost",
             (int)getpid());
}

static yd_status begin(tensorboard *own, yd_error *error)
{
    char name[NAME_MAX + 1], path[PATH_MAX];
    int last_epoch;
    const yd_tensorboard_start *start = &own->start;
    YD_TRY(yd_tensorboard_trim(own->folder, start->step, start->epoch, &last_epoch, error));
    name_file(own, name);
    if (!yd_path_join(path, sizeof path, own->folder, name))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", own->folder);
    YD_TRY(yd_appender_open(&own->writer.file, path, error));
    /* Events may have come already: they follow the head. */
    yd_text events = own->writer.file.waiting;
    own->writer.file.waiting = (yd_text){0};
    int64_t wall_ns = yd_wall_clock_ns();
    put_head(own, wall_ns);
    if (start->row.epoch > last_epoch) put_row(own, wall_ns);
    yd_text_add_bytes(&own->writer.file.waiting, events.data, events.length);
    yd_text_free(&events);
    own->begun = true;
    return YD_OK;
}

/* The run went back within its session: from here on it is logged as a resumed one. What cannot be written
 * now is mostly void anyway. */
static void go_back(tensorboard *own, const yd_event *event)
{
    if (own->begun) yd_event_writer_close(&own->writer);
    yd_text_clear(&own->writer.file.waiting);
    own->begun = false;
    own->start.step = event->body.rollback.to;
    own->start.epoch = event->body.rollback.epoch;
    own->start.row.epoch = -1;
}

static yd_status take(void *context, const yd_event *event, const yd_sink_matter *matter, yd_error *error)
{
    tensorboard *own = context;
    yd_scalar scalars[YD_EVENT_SCALARS];
    int64_t step;
    (void)matter, (void)error;
    if (event->type == YD_EVENT_ROLLBACK) go_back(own, event);
    int count = yd_event_scalars_of(&own->scalars, event, &step, scalars);
    put_scalars(own, event->wall_ns, step, scalars, count);
    if (event->type == YD_EVENT_PICTURE) take_picture(own, event);
    if (event->type == YD_EVENT_EPOCH) own->last_epoch = event->body.epoch.epoch;
    if (event->type == YD_EVENT_STATE)
        own->done = event->body.state.to == YD_RUN_DONE && event->body.state.exit_code == 0;
    own->epoch_done |= event->type == YD_EVENT_EPOCH || event->type == YD_EVENT_VALIDATION;
    return YD_OK;
}

/* To the disk after an epoch, but not all the time where epochs are short: a machine that loses its power
 * loses no more than one. */
static yd_status flush(void *context, yd_error *error)
{
    tensorboard *own = context;
    if (!own->begun) YD_TRY(begin(own, error));
    int64_t now = yd_clock_ns();
    bool sync = own->epoch_done && (!own->synced_ns || now - own->synced_ns >= sync_every_ns);
    YD_TRY(yd_appender_flush(&own->writer.file, sync, error));
    if (sync) own->epoch_done = false, own->synced_ns = now;
    return YD_OK;
}

static void end(void *context)
{
    tensorboard *own = context;
    if (flush(own, NULL) == YD_OK && own->done) put_last_pictures(own);
    yd_event_writer_close(&own->writer);
    yd_text_free(&own->value);
    yd_text_free(&own->summary);
    yd_text_free(&own->classes);
    yd_text_free(&own->graph);
    free(own);
}

yd_status yd_tensorboard_sink(const char *folder, const yd_tensorboard_start *start, yd_sink *sink,
                              yd_error *error)
{
    size_t length = strlen(folder) + 1;
    tensorboard *made = calloc(1, sizeof *made + length);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for the TensorBoard file");
    made->start = *start;
    if (start->class_counts)
        yd_summary_histogram(&made->classes, "classes", start->class_counts, start->classes);
    if (start->graph) yd_text_add_bytes(&made->graph, start->graph->data, start->graph->length);
    made->start.class_counts = NULL;
    made->start.graph = NULL;
    made->writer.file.fd = -1;
    memcpy(made->folder, folder, length);
    *sink = (yd_sink){.name = "TensorBoard", .context = made, .take = take, .flush = flush, .close = end};
    return YD_OK;
}
