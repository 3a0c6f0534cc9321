#include "support/recorded_run.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "series/class_report.h"
#include "sink/tensorboard.h"
#include "support/test.h"
#include "tui/sample.h"
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND 1000000000LL
static const int64_t step_ns = SECOND / 4, validation_ns = 3 * SECOND;
static const int64_t begin_ns = 1000 * SECOND, begin_wall_ns = 1773489600 * SECOND; /* 2026-03-14 12:00:00 */

/* Curves without a transcendental function: the same to the last bit everywhere. x: in epochs. */
static float falling(double from, double to, double half, double x)
{
    return (float)(to + (from - to) * half / (half + x));
}

/* YOLOv5's linear schedule with three epochs of warm-up; group 2 are the biases. */
static float learning_rate(int group, double x)
{
    double planned = 0.01 * ((1 - x / YD_RECORDED_EPOCHS) * 0.99 + 0.01), start = group == 2 ? 0.1 : 0;
    return (float)(x < 3 ? start + (planned - start) * x / 3 : planned);
}

/* In -1..1, like noise, and the same every time. */
static double jitter(int64_t step, uint32_t salt)
{
    uint32_t h = ((uint32_t)step + 1) * 2654435761u ^ salt * 40503u;
    h ^= h >> 15;
    h *= 2246822519u;
    h ^= h >> 13;
    return (double)(h & 0xffff) / 32768.0 - 1;
}

static void set_clock(yd_recorded_run *run, int64_t passed_ns)
{
    run->now_ns += passed_ns;
    run->wall_ns += passed_ns;
    yd_clock_fake(run->now_ns, run->wall_ns);
}

static double position(const yd_recorded_run *run)
{
    return (double)run->step / YD_RECORDED_BATCHES;
}

static void describe(yd_recorded_run *run)
{
    yd_status_block *block = &run->block;
    *block = (yd_status_block){.state = YD_RUN_SETUP, .pid = 4711, .started_wall_ns = run->wall_ns};
    yd_copy_text(block->run, sizeof block->run, "exp3");
    yd_copy_text(block->model, sizeof block->model, "yolov5n");
    yd_copy_text(block->dataset, sizeof block->dataset, "bccd");
    yd_copy_text(block->device, sizeof block->device, "cpu bf16");
    block->epochs = YD_RECORDED_EPOCHS, block->batches = YD_RECORDED_BATCHES;
    block->best_epoch = -1, block->best_fitness = NAN, block->patience = 100, block->save_period = 5;
    block->precision = block->recall = block->map50 = block->map50_95 = block->fitness = NAN;
    block->memory_bytes = 1100000000, block->disk_free_bytes = 71000000000, block->cpu_percent = 196;
    block->share_data = 0.03f, block->share_forward = 0.31f, block->share_backward = 0.58f;
    block->share_optimizer = 0.04f;
    block->image_size = 640, block->batch_size = 16, block->images_left_out = 3;
    block->lr0 = 0.01, block->lrf = 0.01, block->warmup_bias_lr = 0.1;
    block->warmup_iterations = 3 * YD_RECORDED_BATCHES;
    block->val_period = 1, block->lr_scale = 1, block->mosaic = 1, block->mixup = 0.1;
    block->size_min = 320, block->size_max = 960, block->size_step = 32;
}

static void publish(yd_recorded_run *run)
{
    run->block.heartbeat_ns = run->now_ns;
    run->block.step = run->step ? run->step - 1 : 0;
    run->block.loader_next = run->block.step + 4;
    yd_ring_set_status(run->ring, &run->block);
}

static void watch(yd_recorded_run *run)
{
    if (run->view) yd_sample_ring(run->reader, run->view, NULL, NULL);
}

/* What the batch that is done says, in the block too. */
static yd_event_body measure_step(yd_recorded_run *run)
{
    yd_status_block *block = &run->block;
    double x = position(run);
    block->loss_box = falling(0.11, 0.03, 4, x), block->loss_obj = falling(0.09, 0.05, 3, x);
    block->loss_cls = falling(0.03, 0.002, 1, x);
    block->loss_total = block->loss_box + block->loss_obj + block->loss_cls;
    block->images_per_second = (float)(38 + 2 * jitter(run->step, 1));
    block->memory_bytes = 1100000000 + (int64_t)(2e7 * x);
    yd_event_body body = {.step = {.step = run->step - 1,
                                   .epoch = block->epoch,
                                   .batch = block->batch - 1,
                                   .box = block->loss_box * (float)(1 + 0.1 * jitter(run->step, 2)),
                                   .obj = block->loss_obj * (float)(1 + 0.1 * jitter(run->step, 3)),
                                   .cls = block->loss_cls * (float)(1 + 0.1 * jitter(run->step, 4)),
                                   .images_per_second = block->images_per_second,
                                   .share = {0.03f, 0.31f, 0.58f, 0.04f},
                                   .memory_mb = (float)((double)block->memory_bytes / 1e6)}};
    body.step.total = body.step.box + body.step.obj + body.step.cls;
    for (int i = 0; i < 3; i++) body.step.lr[i] = block->lr[i] = learning_rate(i, x);
    return body;
}

static void report_step(yd_recorded_run *run)
{
    yd_status_block *block = &run->block;
    yd_event_body body = measure_step(run);
    double left = (double)(block->batches - block->batch) * 0.25;
    block->epoch_eta_seconds = left;
    block->eta_seconds = left + (block->epochs - block->epoch - 1) * (block->batches * 0.25 + 3);
    publish(run);
    yd_ring_publish(run->ring, YD_EVENT_STEP, &body);
}

static void save(yd_recorded_run *run, const char *name)
{
    yd_event_body body = {.saved = {.epoch = run->block.epoch, .fitness = run->block.fitness}};
    yd_copy_text(body.saved.name, sizeof body.saved.name, name);
    yd_ring_publish(run->ring, YD_EVENT_SAVED, &body);
}

static void measure(yd_status_block *block, int epoch)
{
    block->map50_95 = 0.62f - falling(0.6, 0, 3, epoch), block->map50 = 1.5f * block->map50_95;
    block->precision = 0.9f - falling(0.5, 0, 2, epoch), block->recall = 0.88f - falling(0.6, 0, 2, epoch);
    block->fitness = 0.1f * block->map50 + 0.9f * block->map50_95;
}

static yd_event_body measure_validation(yd_recorded_run *run, bool best)
{
    yd_status_block *block = &run->block;
    measure(block, block->epoch);
    return (yd_event_body){.validation = {.epoch = block->epoch,
                                          .best = best,
                                          .precision = block->precision,
                                          .recall = block->recall,
                                          .map50 = block->map50,
                                          .map50_95 = block->map50_95,
                                          .fitness = block->fitness,
                                          .box = block->loss_box,
                                          .obj = block->loss_obj,
                                          .cls = block->loss_cls,
                                          .seconds = 3}};
}

static void validate(yd_recorded_run *run)
{
    yd_status_block *block = &run->block;
    yd_recorded_run_move(run, YD_RUN_VALIDATE, 0);
    set_clock(run, validation_ns);
    bool best = block->epoch != 9; /* an epoch that was none */
    yd_event_body body = measure_validation(run, best);
    if (best) block->best_epoch = block->epoch, block->best_fitness = block->fitness;
    yd_ring_publish(run->ring, YD_EVENT_VALIDATION, &body);
    yd_recorded_run_move(run, YD_RUN_SAVE, 0);
    save(run, "last.pt");
    if (best) save(run, "best.pt");
    yd_recorded_run_move(run, YD_RUN_TRAIN, 0);
}

static yd_event_body measure_epoch(const yd_recorded_run *run)
{
    const yd_status_block *block = &run->block;
    yd_event_body body = {.epoch = {.epoch = block->epoch,
                                    .box = block->loss_box,
                                    .obj = block->loss_obj,
                                    .cls = block->loss_cls,
                                    .total = block->loss_total,
                                    .seconds = 10}};
    for (int i = 0; i < 3; i++) body.epoch.lr[i] = block->lr[i];
    return body;
}

static void end_epoch(yd_recorded_run *run)
{
    yd_status_block *block = &run->block;
    yd_event_body body = measure_epoch(run);
    yd_ring_publish(run->ring, YD_EVENT_EPOCH, &body);
    validate(run);
    block->epoch++;
    block->batch = 0;
}

/* The rows that the engine had written before. */
static void write_results(const char *folder, int epochs)
{
    char path[4400];
    yd_text text = {0};
    yd_text_add(&text,
                "epoch,train/box_loss,train/obj_loss,train/cls_loss,metrics/precision,metrics/recall,"
                "metrics/mAP_0.5,metrics/mAP_0.5:0.95,val/box_loss,val/obj_loss,val/cls_loss,x/lr0,x/lr1,"
                "x/lr2\n");
    for (int epoch = 0; epoch < epochs; epoch++) {
        yd_status_block block = {0};
        measure(&block, epoch);
        double box = (double)falling(0.11, 0.03, 4, epoch + 1),
               obj = (double)falling(0.09, 0.05, 3, epoch + 1);
        double cls = (double)falling(0.03, 0.002, 1, epoch + 1);
        yd_text_addf(&text, "%d,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.6f,%.6f,%.6f\n", epoch,
                     box, obj, cls, (double)block.precision, (double)block.recall, (double)block.map50,
                     (double)block.map50_95, box, obj, cls, (double)learning_rate(0, epoch + 1),
                     (double)learning_rate(1, epoch + 1), (double)learning_rate(2, epoch + 1));
    }
    snprintf(path, sizeof path, "%s/results.csv", folder);
    REQUIRE(!text.failed && yd_file_write(path, text.data, text.length, NULL) == YD_OK);
    yd_text_free(&text);
}

enum { CLASSES = 20 };

/* What a validation found of each class: later classes less, all of them a little more every epoch. */
static void write_class_line(const yd_recorded_run *run, int epoch)
{
    static const char *const names[CLASSES] = {"RBC",
                                               "WBC",
                                               "platelets",
                                               "red blood cell, overlapping",
                                               "gr\303\266\303\237e",
                                               "esc\033[31mape",
                                               "\350\241\200",
                                               "c7",
                                               "c8",
                                               "c9",
                                               "c10",
                                               "c11",
                                               "c12",
                                               "c13",
                                               "c14",
                                               "c15",
                                               "c16",
                                               "c17",
                                               "c18",
                                               "never seen"};
    yd_class_row rows[CLASSES] = {{0}};
    yd_confusion_entry entries[3 * CLASSES];
    int count = 0;
    for (int c = 0; c < CLASSES; c++) {
        double good = (double)falling(0.1F, 0.95F, 2, (float)epoch + 1) / (1 + 0.1 * c),
               labels = 400 / (c + 1);
        bool seen = c + 1 < CLASSES;
        rows[c] = (yd_class_row){.images = seen ? 90 - 3 * c : 0,
                                 .labels = seen ? (int64_t)labels : 0,
                                 .precision = seen ? good : NAN,
                                 .recall = seen ? good * 0.9 : NAN,
                                 .map50 = seen ? good * 0.95 : NAN,
                                 .map50_95 = seen ? good * 0.6 + 0.01 * (c % 3 - 1) * epoch : NAN};
        if (!seen) continue;
        if (c % 4 == 1) entries[count++] = (yd_confusion_entry){c - 1, c, floor(labels * (1 - good) / 2) + 1};
        entries[count++] = (yd_confusion_entry){c, c, floor(labels * good) + 1};
        entries[count++] = (yd_confusion_entry){CLASSES, c, floor(labels * (1 - good)) + 1};
    }
    entries[count++] = (yd_confusion_entry){0, CLASSES, 31};
    const yd_class_report report = {
        .head = {.epoch = epoch, .step = (int64_t)(epoch + 1) * YD_RECORDED_BATCHES},
        .time = 1.7e9 + epoch,
        .images = 90,
        .labels = 1400,
        .precision = 0.6,
        .recall = 0.5,
        .map50 = 0.5 + 0.01 * epoch,
        .map50_95 = 0.3 + 0.01 * epoch,
        .fitness = 0.32,
        .confidence = 0.4,
        .class_count = CLASSES,
        .names = names,
        .rows = rows,
        .has_confusion = true,
        .entry_count = count,
        .entries = entries};
    char path[4400];
    yd_text line = {0};
    snprintf(path, sizeof path, "%s/classes.jsonl", run->folder);
    yd_class_report_write(&report, &line);
    REQUIRE(!line.failed && yd_file_append(path, line.data, line.length, NULL) == YD_OK);
    yd_text_free(&line);
}

static void log_event(const yd_sink *sink, yd_event_type type, int64_t wall_ns, yd_event_body body)
{
    yd_event event = {.type = type, .wall_ns = wall_ns, .body = body};
    REQUIRE(sink->take(sink->context, &event, NULL, NULL) == YD_OK);
}

/* The TensorBoard file that the engine had written before, with every step. */
static void write_history(yd_recorded_run *run, int epochs)
{
    yd_sink sink;
    int64_t wall_ns = begin_wall_ns;
    const yd_tensorboard_start start = {.batches = YD_RECORDED_BATCHES, .row.epoch = -1};
    REQUIRE(yd_tensorboard_sink(run->folder, &start, &sink, NULL) == YD_OK);
    for (int epoch = 0; epoch < epochs; epoch++) {
        run->block.epoch = epoch;
        for (int batch = 0; batch < YD_RECORDED_BATCHES; batch++) {
            run->step++;
            log_event(&sink, YD_EVENT_STEP, wall_ns += step_ns, measure_step(run));
        }
        log_event(&sink, YD_EVENT_EPOCH, wall_ns, measure_epoch(run));
        log_event(&sink, YD_EVENT_VALIDATION, wall_ns += validation_ns, measure_validation(run, true));
    }
    sink.close(sink.context);
}

/* The files of a folder were written then. */
static void set_times(const char *folder, int64_t wall_ns)
{
    const struct timespec then = {.tv_sec = wall_ns / SECOND}, times[2] = {then, then};
    DIR *dir = opendir(folder);
    REQUIRE(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, "..") != 0) utimensat(dirfd(dir), entry->d_name, times, 0);
    closedir(dir);
}

/* Runs of the same project that have ended: of yesterday, and of the day before. */
static void write_neighbours(const yd_recorded_run *run)
{
    for (int i = 1; i <= 2; i++) {
        char folder[4300];
        snprintf(folder, sizeof folder, "%s/train/exp%s", yd_test_folder(), i == 1 ? "" : "2");
        REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
        write_results(folder, 6 * i);
        set_times(folder, run->wall_ns - (3 - i) * 86400 * SECOND);
    }
}

static void write_classes(const yd_recorded_run *run, int epochs)
{
    char path[4400];
    snprintf(path, sizeof path, "%s/classes.jsonl", run->folder);
    unlink(path);
    for (int epoch = 0; epoch < epochs; epoch++) write_class_line(run, epoch);
}

void yd_recorded_run_open(yd_recorded_run *run, int epoch)
{
    *run = (yd_recorded_run){.now_ns = begin_ns, .wall_ns = begin_wall_ns};
    snprintf(run->folder, sizeof run->folder, "%s/train/exp3", yd_test_folder());
    setenv("TZ", "UTC", 1);
    REQUIRE(yd_make_folders(run->folder, NULL) == YD_OK);
    REQUIRE(yd_ring_create(1024, &run->ring, NULL) == YD_OK);
    REQUIRE(yd_ring_open_local(run->ring, &run->reader, NULL) == YD_OK);
    describe(run);
    write_neighbours(run);
    write_results(run->folder, epoch);
    write_history(run, epoch);
    write_classes(run, epoch);
    set_times(run->folder, run->wall_ns);
    set_clock(run, epoch * (YD_RECORDED_BATCHES * step_ns + validation_ns));
    run->block.epoch = epoch;
    if (epoch > 0) {
        measure(&run->block, epoch - 1);
        run->block.best_epoch = epoch - 1, run->block.best_fitness = run->block.fitness;
    }
    publish(run);
    yd_recorded_run_move(run, YD_RUN_TRAIN, 0);
}

void yd_recorded_run_watch(yd_recorded_run *run, yd_run_view *view)
{
    run->view = view;
    watch(run);
}

void yd_recorded_run_play(yd_recorded_run *run, int steps)
{
    for (int i = 0; i < steps; i++) {
        set_clock(run, step_ns);
        run->step++;
        run->block.batch++;
        report_step(run);
        if (run->block.batch == run->block.batches) end_epoch(run);
        watch(run);
    }
}

void yd_recorded_run_move(yd_recorded_run *run, yd_run_state state, int exit_code)
{
    yd_event_body body = {.state = {run->block.state, state, (uint32_t)exit_code}};
    run->block.state = state;
    publish(run);
    yd_ring_publish(run->ring, YD_EVENT_STATE, &body);
    watch(run);
}

void yd_recorded_run_rest(yd_recorded_run *run, double seconds, bool beats)
{
    set_clock(run, (int64_t)(seconds * 1e9));
    if (beats) publish(run);
    watch(run);
}

void yd_recorded_run_log(yd_recorded_run *run, int level, const char *line)
{
    yd_ring_log(run->ring, level, line);
    watch(run);
}

void yd_recorded_run_close(yd_recorded_run *run)
{
    yd_ring_close(run->reader);
    yd_ring_destroy(run->ring);
    yd_clock_fake(0, 0);
    *run = (yd_recorded_run){0};
}
