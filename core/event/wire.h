/* The layout of what engine and console share: 128-byte event records and the status block. Fixed-width
 * fields, no pointers; readers trust nothing that they read. */
#pragma once
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

enum { YD_WIRE_VERSION = 2 };

typedef enum yd_event_type {
#define YD_EVENT(enumerator, name) YD_EVENT_##enumerator,
#include "event/events.def"
#undef YD_EVENT
    YD_EVENT_COUNT
} yd_event_type;
typedef enum yd_command_type {
#define YD_COMMAND(enumerator, name, ...) YD_COMMAND_##enumerator,
#include "event/commands.def"
#undef YD_COMMAND
    YD_COMMAND_COUNT
} yd_command_type;
typedef enum yd_run_state {
#define YD_RUN_STATE(enumerator, name) YD_RUN_##enumerator,
#include "event/states.def"
#undef YD_RUN_STATE
    YD_RUN_STATE_COUNT
} yd_run_state;
typedef enum yd_watchdog {
#define YD_WATCHDOG(enumerator, name, level, meaning) YD_WATCHDOG_##enumerator,
#include "event/watchdogs.def"
#undef YD_WATCHDOG
    YD_WATCHDOG_COUNT
} yd_watchdog;
/* "?" for a value out of range. */
const char *yd_event_name(uint32_t type);
const char *yd_command_name(uint32_t type);
const char *yd_run_state_name(uint32_t state);
const char *yd_watchdog_name(uint32_t watchdog);

typedef union yd_event_body {
    struct {
        uint32_t from, to, exit_code;
    } state; /* exit_code: the engine's (product.md), where to is DONE or FAILED */
    struct {
        int64_t step;
        int32_t epoch, batch;
        float box, obj, cls, total, lr[3], images_per_second;
        float share[4], memory_mb; /* of its time, smoothed: data, forward, backward, optimizer */
    } step;                        /* the batch's own losses */
    struct {
        int32_t epoch;
        float box, obj, cls, total, lr[3], seconds;
        int32_t bias_first; /* the order in which the results have the groups: sink/results.h */
    } epoch;                /* running means; lr: norm weights, weights, biases */
    struct {
        int32_t epoch, best;
        float precision, recall, map50, map50_95, fitness, box, obj, cls, seconds;
        int32_t asked; /* between two batches, by a user: not the epoch's own */
    } validation;
    struct {
        int32_t epoch;
        float fitness;
        char name[96];
    } saved; /* file name below weights/ */
    struct {
        int32_t epoch, batch;
        char name[96];
    } picture; /* file name in the run folder */
    struct {
        int64_t step;
        double from, to;
        int32_t first_epoch, first_batch; /* the first batch affected; not of the epoch: its end */
        char name[32], who[40];
    } changed;
    struct {
        int64_t step;
        uint16_t watchdog, level, ends, reserved; /* level: of a log line; ends: what it tells of is over */
        char text[88];
    } alert;
    struct {
        int64_t from, to;     /* steps: the next one before, and now */
        int32_t epoch, batch; /* now */
        char name[80];        /* of the checkpoint, below weights/ */
    } rollback;
    struct {
        int32_t number, end, done, best;
        float fitness, map50, map50_95, seconds;
        char failed[64];
    } generation;
    struct {
        uint16_t level, more;
        char text[100];
    } log; /* more: the line goes on in the next record */
} yd_event_body;

typedef struct yd_event {
    uint64_t sequence; /* 1, 2, 3, …; the ring's own */
    int64_t wall_ns;
    uint32_t type, reserved;
    yd_event_body body;
} yd_event;
static_assert(sizeof(yd_event) == 128, "an event is two cache lines");

/* Names in the block are UTF-8, terminated, as the files have them (not yet escaped). NAN: not known yet. */
typedef struct yd_status_block {
    uint32_t version, state;
    int64_t pid, started_wall_ns, heartbeat_ns; /* heartbeat: CLOCK_MONOTONIC of the engine's main thread */
    char run[256], model[64], dataset[64], device[64];
    int32_t epoch, epochs, batch, batches; /* epoch and batch count from 0 */
    int64_t step;
    float loss_box, loss_obj, loss_cls, loss_total; /* running means of this epoch */
    float precision, recall, map50, map50_95, fitness, val_box, val_obj, val_cls;
    int32_t best_epoch; /* -1: none yet */
    float best_fitness;
    float lr[3];
    float images_per_second;
    double eta_seconds, epoch_eta_seconds;
    int64_t memory_bytes, disk_free_bytes;
    float cpu_percent;
    float share_data, share_forward, share_backward, share_optimizer; /* of the time of a step, smoothed */
    int32_t save_period, patience, image_size, batch_size;
    int64_t images_left_out;
    int32_t validation_batch, validation_batches;
    /* what the planned LR curve is drawn from (series/schedule.h) */
    int32_t warmup_iterations, cosine;
    double lr0, lrf, warmup_bias_lr, lr_scale; /* lr_scale: 0 means 1 */
    int32_t linear_to_last;
    /* live values without a place above (event/tweaks.h), as decided: not yet in force, perhaps */
    int32_t val_period, size_min, size_max, size_step, plot_period;
    double mosaic, mixup;
    int64_t loader_next; /* step of the first batch that nobody loads yet */
    /* of an evolution: the generation under way, where it ends, and the fittest so far (-1: none); all 0:
     * none is under way */
    int32_t generation, generations, best_generation;
    float best_generation_fitness;
    double later_seconds; /* of eta_seconds: generations that come after the one under way */
    uint64_t reserved[6];
} yd_status_block;
