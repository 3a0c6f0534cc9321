#include "train/telemetry.h"
#include "base/clock.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/* Rates follow the last dozen batches, so that a change of load shows within seconds. */
static const double smoothing = 0.12;

void yd_telemetry_start(yd_telemetry *telemetry, yd_ring *ring)
{
    *telemetry = (yd_telemetry){.ring = ring};
    pthread_mutex_init(&telemetry->guard, NULL);
    yd_status_block *block = &telemetry->block;
    block->version = YD_WIRE_VERSION;
    block->state = YD_RUN_SETUP;
    block->pid = getpid();
    block->started_wall_ns = yd_wall_clock_ns();
    block->heartbeat_ns = yd_clock_ns();
    block->best_epoch = -1;
    block->save_period = -1;
    block->eta_seconds = block->epoch_eta_seconds = NAN;
    float *unknown[] = {&block->loss_box,         &block->loss_obj, &block->loss_cls, &block->loss_total,
                        &block->precision,        &block->recall,   &block->map50,    &block->map50_95,
                        &block->fitness,          &block->val_box,  &block->val_obj,  &block->val_cls,
                        &block->best_fitness,     &block->lr[0],    &block->lr[1],    &block->lr[2],
                        &block->images_per_second};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) *unknown[i] = NAN;
    yd_ring_set_status(ring, block);
}

void yd_telemetry_stop(yd_telemetry *telemetry)
{
    pthread_mutex_destroy(&telemetry->guard);
}

yd_status_block *yd_telemetry_lock(yd_telemetry *telemetry)
{
    pthread_mutex_lock(&telemetry->guard);
    return &telemetry->block;
}

void yd_telemetry_unlock(yd_telemetry *telemetry)
{
    yd_ring_set_status(telemetry->ring, &telemetry->block);
    pthread_mutex_unlock(&telemetry->guard);
}

void yd_telemetry_state(yd_telemetry *telemetry, yd_run_state state, int exit_code)
{
    yd_status_block *block = yd_telemetry_lock(telemetry);
    yd_event_body body = {
        .state = {.from = block->state, .to = (uint32_t)state, .exit_code = (uint32_t)exit_code}};
    block->state = (uint32_t)state;
    telemetry->sign_ns = yd_clock_ns();
    yd_telemetry_unlock(telemetry);
    yd_ring_publish(telemetry->ring, YD_EVENT_STATE, &body);
}

yd_run_state yd_telemetry_get_state(yd_telemetry *telemetry)
{
    pthread_mutex_lock(&telemetry->guard);
    yd_run_state state = (yd_run_state)telemetry->block.state;
    pthread_mutex_unlock(&telemetry->guard);
    return state;
}

void yd_telemetry_progress(yd_telemetry *telemetry)
{
    pthread_mutex_lock(&telemetry->guard);
    telemetry->sign_ns = yd_clock_ns();
    pthread_mutex_unlock(&telemetry->guard);
}

void yd_telemetry_checkpoint(yd_telemetry *telemetry, int64_t bytes)
{
    pthread_mutex_lock(&telemetry->guard);
    telemetry->checkpoint_bytes = bytes;
    pthread_mutex_unlock(&telemetry->guard);
}

yd_pulse yd_telemetry_pulse(yd_telemetry *telemetry)
{
    pthread_mutex_lock(&telemetry->guard);
    const yd_status_block *block = &telemetry->block;
    yd_pulse pulse = {.state = (yd_run_state)block->state,
                      .step = block->step,
                      .sign_ns = telemetry->sign_ns,
                      .batch_seconds = telemetry->usual_seconds,
                      .disk_free_bytes = telemetry->knows_disk ? block->disk_free_bytes : -1,
                      .checkpoint_bytes = telemetry->checkpoint_bytes};
    pthread_mutex_unlock(&telemetry->guard);
    return pulse;
}

static void follow(double *average, double value)
{
    *average = *average > 0 ? *average + smoothing * (value - *average) : value;
}

/* How many of the epochs before `end` and after `epoch` are validated: the last one always is. */
static int validations(const yd_status_block *block, int epoch, int end)
{
    int period = block->val_period, due = period > 0 ? end / period - epoch / period : 0;
    bool last = end == block->epochs && (period <= 0 || end % period != 0);
    return due + last;
}

/* Generations that come after this one: as long as those before it, or as this one will have been. */
static double later_generations(const yd_telemetry *telemetry, const yd_status_block *block)
{
    int left = block->generations - block->generation - 1;
    double each = telemetry->generation_seconds;
    if (left <= 0) return 0;
    if (!(each > 0))
        each = (double)block->epochs * block->batches * telemetry->batch_seconds +
               validations(block, 0, block->epochs) * telemetry->validation_seconds;
    return left * each;
}

/* The rest of this epoch and all later ones at this session's rates, with the validations that are due, and
 * the generations that follow. */
static void estimate(const yd_telemetry *telemetry, yd_status_block *block)
{
    int left = block->batches - block->batch - 1, later = block->epochs - block->epoch - 1;
    double validation = telemetry->validation_seconds;
    block->epoch_eta_seconds =
        left * telemetry->batch_seconds + validations(block, block->epoch, block->epoch + 1) * validation;
    block->eta_seconds = block->epoch_eta_seconds +
                         (double)later * block->batches * telemetry->batch_seconds +
                         validations(block, block->epoch + 1, block->epochs) * validation;
    if (later <= 0) block->eta_seconds = block->epoch_eta_seconds;
    block->later_seconds = later_generations(telemetry, block);
    block->eta_seconds += block->later_seconds;
}

void yd_telemetry_step(yd_telemetry *telemetry, const yd_step_report *report)
{
    follow(&telemetry->batch_seconds, report->total_seconds);
    for (int i = 0; i < YD_TIME_COUNT; i++) follow(&telemetry->share[i], report->seconds[i]);
    yd_status_block *block = yd_telemetry_lock(telemetry);
    telemetry->sign_ns = yd_clock_ns();
    telemetry->usual_seconds = telemetry->batch_seconds;
    block->epoch = report->epoch;
    block->batch = report->batch;
    block->step = report->step;
    block->image_size = report->image_size;
    block->loader_next = report->loader_next;
    block->loss_box = (float)report->mean[0];
    block->loss_obj = (float)report->mean[1];
    block->loss_cls = (float)report->mean[2];
    block->loss_total = (float)(report->mean[0] + report->mean[1] + report->mean[2]);
    for (int i = 0; i < 3; i++) block->lr[i] = (float)report->lr[i];
    block->images_per_second = (float)(report->count / report->total_seconds);
    float *shares[] = {&block->share_data, &block->share_forward, &block->share_backward,
                       &block->share_optimizer};
    for (int i = 0; i < YD_TIME_COUNT; i++)
        *shares[i] = (float)(telemetry->share[i] / telemetry->batch_seconds);
    estimate(telemetry, block);
    yd_event_body body = {.step = {.step = report->step,
                                   .epoch = report->epoch,
                                   .batch = report->batch,
                                   .box = (float)report->box,
                                   .obj = (float)report->obj,
                                   .cls = (float)report->cls,
                                   .total = (float)(report->box + report->obj + report->cls),
                                   .images_per_second = block->images_per_second,
                                   .memory_mb = (float)((double)block->memory_bytes / 1e6)}};
    for (int i = 0; i < YD_TIME_COUNT; i++) body.step.share[i] = *shares[i];
    for (int i = 0; i < 3; i++) body.step.lr[i] = (float)report->lr[i];
    yd_telemetry_unlock(telemetry);
    yd_ring_publish(telemetry->ring, YD_EVENT_STEP, &body);
}

static int64_t resident_bytes(void)
{
    long long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return 0;
    if (fscanf(file, "%lld %lld", &pages, &resident) != 2) resident = 0;
    fclose(file);
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

void yd_telemetry_beat(yd_telemetry *telemetry, const char *folder)
{
    struct timespec cpu;
    struct statvfs disk;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    int64_t cpu_ns = (int64_t)cpu.tv_sec * 1000000000 + cpu.tv_nsec, now = yd_clock_ns();
    bool has_disk = folder && statvfs(folder, &disk) == 0;
    int64_t resident = resident_bytes();
    yd_status_block *block = yd_telemetry_lock(telemetry);
    block->heartbeat_ns = now;
    block->memory_bytes = resident;
    telemetry->knows_disk = has_disk;
    if (has_disk) block->disk_free_bytes = (int64_t)(disk.f_bavail * disk.f_frsize);
    if (telemetry->cpu_sampled_ns && now > telemetry->cpu_sampled_ns)
        block->cpu_percent =
            (float)(100.0 * (double)(cpu_ns - telemetry->cpu_ns) / (double)(now - telemetry->cpu_sampled_ns));
    telemetry->cpu_ns = cpu_ns;
    telemetry->cpu_sampled_ns = now;
    yd_telemetry_unlock(telemetry);
}
