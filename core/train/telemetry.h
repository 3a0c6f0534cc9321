/* What a run tells the world: the status block, step and epoch events, rates, and where the time of a step
 * goes. The training thread reports; the engine's main thread adds heartbeat and machine figures. Nothing
 * here waits for a reader. */
#pragma once
#include "event/ring.h"
#include <pthread.h>

typedef enum yd_time_share {
    YD_TIME_DATA,
    YD_TIME_FORWARD,
    YD_TIME_BACKWARD,
    YD_TIME_OPTIMIZER,
    YD_TIME_COUNT
} yd_time_share;

typedef struct yd_telemetry {
    yd_ring *ring;
    pthread_mutex_t
        guard; /* of block, between the training thread and the main thread; held for copies only */
    yd_status_block block;
    int64_t sign_ns;      /* the last sign of progress; under guard, as is what follows */
    double usual_seconds; /* of a batch; 0: not known yet */
    bool knows_disk;
    int64_t checkpoint_bytes; /* of last.pt; 0: not known yet */
    /* the training thread's own */
    double share[YD_TIME_COUNT]; /* smoothed */
    /* this session's rates, which the ETA comes from: seconds of one batch and of one validation */
    double batch_seconds, validation_seconds;
    double generation_seconds; /* that generations of the evolution took before this one; 0: not known */
    int64_t cpu_ns, cpu_sampled_ns;
} yd_telemetry;

void yd_telemetry_start(yd_telemetry *telemetry, yd_ring *ring);
void yd_telemetry_stop(yd_telemetry *telemetry);

/* A change of state: in the block, and as an event. exit_code counts for DONE and FAILED. */
void yd_telemetry_state(yd_telemetry *telemetry, yd_run_state state, int exit_code);
yd_run_state yd_telemetry_get_state(yd_telemetry *telemetry);

/* One batch is done, of count images; seconds[] says where its time went, total the whole time. */
typedef struct yd_step_report {
    int epoch, batch, count, image_size;
    int64_t step;
    int64_t loader_next;  /* the first batch that nobody loads yet, counted as steps are */
    double box, obj, cls; /* of this batch */
    double mean[3];       /* running means of the epoch */
    double lr[3];
    double seconds[YD_TIME_COUNT], total_seconds;
} yd_step_report;
void yd_telemetry_step(yd_telemetry *telemetry, const yd_step_report *report);

/* Fields that set-up, validation, saving and live changes fill: lock, write to the block, unlock (which
 * publishes). */
yd_status_block *yd_telemetry_lock(yd_telemetry *telemetry);
void yd_telemetry_unlock(yd_telemetry *telemetry);

/* A validation batch is done: a sign of progress that is no step. */
void yd_telemetry_progress(yd_telemetry *telemetry);
/* The size of a checkpoint, as it will be or as it was written. Any thread. */
void yd_telemetry_checkpoint(yd_telemetry *telemetry, int64_t bytes);

/* What watchdogs look at. */
typedef struct yd_pulse {
    yd_run_state state;
    int64_t step, sign_ns; /* sign_ns: when the last batch was done, or the state changed */
    double batch_seconds;  /* usual; 0: not known yet */
    int64_t disk_free_bytes, checkpoint_bytes; /* -1, 0: not known */
} yd_pulse;
yd_pulse yd_telemetry_pulse(yd_telemetry *telemetry);

/* From the main thread, a few times a second: heartbeat, memory, CPU, free disk of the folder. */
void yd_telemetry_beat(yd_telemetry *telemetry, const char *folder);
