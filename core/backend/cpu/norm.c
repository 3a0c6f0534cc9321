#include "backend/cpu/norm.h"
#include "ops/conv.h"
#include <math.h>

/* Pixels of a piece: 128 KiB of 16 channels in float32. */
enum { PIECE = 2048 };
/* Bytes for each thread up to which the gradient behind the activation is kept between the two visits,
 * instead of being computed twice: its share of the last cache. */
enum { MOST_KEPT = 4 << 20 };

typedef struct job {
    const yd_norm_plan *plan;
    const yd_node_params *params;
    const yd_norm_saved *saved;
    void *z; /* yd_norm_forward_running: only read */
    const yd_view *y, *dy;
    int count;
    bool norm;
    char *kept; /* NULL where nothing is kept */
    union {
        yd_moments *moments; /* [blocks][batch][pieces] */
        yd_norm_sums *sums;
    } of;
} job;

/* A piece of a plane: tasks run over blocks, then images, then pieces. */
typedef struct task {
    size_t index, block, image, first, pixels;
    void *kept; /* of this piece, or NULL */
} task;

yd_norm_saved yd_norm_saved_at(float *memory, int channels)
{
    const size_t n = (size_t)channels;
    return (yd_norm_saved){.mean = memory,
                           .scale = memory + n,
                           .shift = memory + 2 * n,
                           .inverse_deviation = memory + 3 * n,
                           .c1 = memory + 4 * n,
                           .c2 = memory + 5 * n,
                           .gamma_gradient = memory + 6 * n,
                           .beta_gradient = memory + 7 * n};
}

void yd_norm_plan_init(yd_norm_plan *plan, yd_device *device, const yd_op_desc *desc)
{
    *plan = (yd_norm_plan){.device = device,
                           .batch = desc->output.n,
                           .channels = desc->output_map.physical,
                           .pixels = (size_t)desc->output.h * (size_t)desc->output.w,
                           .activation = desc->node->activation,
                           .slope = desc->node->slope};
    plan->piece = PIECE;
    plan->pieces = (plan->pixels + PIECE - 1) / PIECE;
}

static size_t blocks_of(const yd_norm_plan *plan)
{
    return (size_t)(plan->channels / plan->device->vector->block);
}

static size_t tasks_of_block(const yd_norm_plan *plan)
{
    return (size_t)plan->batch * plan->pieces;
}

/* Whether threads take whole blocks of channels: where those divide well. A block then stays in the thread's
 * cache between its two visits. */
static bool takes_whole_blocks(const yd_norm_plan *plan)
{
    const size_t blocks = blocks_of(plan), threads = (size_t)yd_team_threads(plan->device->team);
    return blocks % threads == 0 || blocks >= 4 * threads;
}

/* Bytes of a block of channels, of all images. */
static size_t block_bytes(const yd_norm_plan *plan)
{
    return (size_t)plan->batch * plan->pixels * (size_t)plan->device->vector->block * plan->device->element;
}

/* What all threads keep: a block of channels each, or, where they share the blocks, everything. 0 where that
 * is too much. */
static size_t kept_bytes(const yd_norm_plan *plan)
{
    const size_t threads = (size_t)yd_team_threads(plan->device->team);
    const size_t bytes = block_bytes(plan) * (takes_whole_blocks(plan) ? threads : blocks_of(plan));
    return plan->activation != YD_ACT_NONE && bytes <= threads * MOST_KEPT ? bytes : 0;
}

static size_t reduction_bytes(const yd_norm_plan *plan)
{
    const size_t each = sizeof(yd_moments) > sizeof(yd_norm_sums) ? sizeof(yd_moments) : sizeof(yd_norm_sums);
    return yd_cpu_align(blocks_of(plan) * tasks_of_block(plan) * each);
}

size_t yd_norm_scratch(const yd_norm_plan *plan)
{
    return reduction_bytes(plan) + kept_bytes(plan);
}

static task task_at(const yd_norm_plan *plan, size_t index)
{
    const size_t in_block = index % tasks_of_block(plan);
    task t = {.index = index,
              .block = index / tasks_of_block(plan),
              .image = in_block / plan->pieces,
              .first = in_block % plan->pieces * plan->piece};
    t.pixels = plan->pixels - t.first < plan->piece ? plan->pixels - t.first : plan->piece;
    return t;
}

/* Where a pixel lies in its plane, in bytes. */
static size_t bytes_before(const yd_norm_plan *plan, size_t pixel)
{
    return pixel * (size_t)plan->device->vector->block * plan->device->element;
}

static void *dense_at(const yd_norm_plan *plan, void *z, const task *t)
{
    const size_t plane = t->image * blocks_of(plan) + t->block;
    return (char *)z + bytes_before(plan, plane * plan->pixels + t->first);
}

static void *view_at(const yd_norm_plan *plan, const yd_view *view, const task *t)
{
    return (char *)yd_cpu_plane(plan->device, view, t->image, t->block) + bytes_before(plan, t->first);
}

static yd_norm_lanes lanes_of(const job *j, size_t block)
{
    const size_t at = block * (size_t)j->plan->device->vector->block;
    return (yd_norm_lanes){.mean = j->saved->mean + at,
                           .scale = j->saved->scale + at,
                           .shift = j->saved->shift + at,
                           .c1 = j->saved->c1 + at,
                           .c2 = j->saved->c2 + at,
                           .activation = j->plan->activation,
                           .slope = j->plan->slope};
}

/* A pass is two kinds of tasks with a reduction over each block of channels between them. */
typedef struct pass {
    void (*reduce)(const job *j, const task *t);
    void (*combine)(const job *j, size_t block);
    void (*write)(const job *j, const task *t);
} pass;

typedef struct stage {
    const job *job;
    const pass *pass;
    enum { WHOLE, REDUCE, WRITE } what;
} stage;

/* The piece's place among what is kept: slot is the thread's number, or the block's where threads share
 * blocks. */
static task keeping(const job *j, task t, size_t slot)
{
    const size_t at = bytes_before(j->plan, t.image * j->plan->pixels + t.first);
    if (j->kept) t.kept = j->kept + slot * block_bytes(j->plan) + at;
    return t;
}

static void run_stage(void *context, int index, int count)
{
    const stage *s = context;
    const yd_norm_plan *plan = s->job->plan;
    const size_t each = tasks_of_block(plan);
    size_t begin, end;
    if (s->what != WHOLE) {
        yd_team_share(blocks_of(plan) * each, index, count, &begin, &end);
        for (size_t i = begin; i < end; i++) {
            /* what was read last lies in the cache: write backwards */
            task t = task_at(plan, s->what == REDUCE ? i : begin + (end - 1 - i));
            t = keeping(s->job, t, t.block);
            (s->what == REDUCE ? s->pass->reduce : s->pass->write)(s->job, &t);
        }
        return;
    }
    yd_team_share(blocks_of(plan), index, count, &begin, &end);
    for (size_t block = begin; block < end; block++) {
        for (size_t i = 0; i < each; i++) {
            const task t = keeping(s->job, task_at(plan, block * each + i), (size_t)index);
            s->pass->reduce(s->job, &t);
        }
        s->pass->combine(s->job, block);
        for (size_t i = each; i-- > 0;) {
            const task t = keeping(s->job, task_at(plan, block * each + i), (size_t)index);
            s->pass->write(s->job, &t);
        }
    }
}

/* Whole blocks of channels for each thread, or pieces of all. */
static void run_pass(const job *j, const pass *p)
{
    yd_team *team = j->plan->device->team;
    stage s = {.job = j, .pass = p, .what = WHOLE};
    if (takes_whole_blocks(j->plan)) {
        yd_team_run(team, run_stage, &s);
        return;
    }
    s.what = REDUCE;
    yd_team_run(team, run_stage, &s);
    for (size_t block = 0; block < blocks_of(j->plan); block++) p->combine(j, block);
    s.what = WRITE;
    yd_team_run(team, run_stage, &s);
}

static void reduce_moments(const job *j, const task *t)
{
    j->plan->device->planes->moments(dense_at(j->plan, j->z, t), t->pixels, &j->of.moments[t->index]);
}

/* From the pieces' moments to scale and shift, and into the running statistics (variance with n - 1, as
 * PyTorch keeps it). */
static void combine_moments(const job *j, size_t block)
{
    const int lanes = j->plan->device->vector->block;
    const size_t each = tasks_of_block(j->plan);
    yd_moments *all = &j->of.moments[block * each];
    for (size_t i = 1; i < each; i++) yd_moments_combine(&all[0], &all[i], lanes);
    const double n = all->count;
    float *running_mean = j->params->mean, *running_variance = j->params->variance;
    for (int lane = 0; lane < lanes; lane++) {
        const size_t c = block * (size_t)lanes + (size_t)lane;
        const double inverse = 1 / sqrt(all->m2[lane] / n + YD_NORM_EPS);
        j->saved->mean[c] = (float)all->mean[lane];
        j->saved->inverse_deviation[c] = (float)inverse;
        j->saved->scale[c] = (float)(inverse * (double)((const float *)j->params->gamma)[c]);
        j->saved->shift[c] = ((const float *)j->params->beta)[c];
        running_mean[c] =
            (float)((1 - YD_NORM_MOMENTUM) * (double)running_mean[c] + YD_NORM_MOMENTUM * all->mean[lane]);
        running_variance[c] = (float)((1 - YD_NORM_MOMENTUM) * (double)running_variance[c] +
                                      YD_NORM_MOMENTUM * all->m2[lane] / (n > 1 ? n - 1 : 1));
    }
}

static void write_output(const job *j, const task *t)
{
    const yd_norm_lanes lanes = lanes_of(j, t->block);
    j->plan->device->planes->norm_forward(&lanes, dense_at(j->plan, j->z, t), t->pixels,
                                          view_at(j->plan, j->y, t));
}

void yd_norm_forward(const yd_norm_plan *plan, void *z, const yd_node_params *params,
                     const yd_norm_saved *saved, const yd_view *y, void *scratch)
{
    const job j = {.plan = plan, .params = params, .saved = saved, .z = z, .y = y, .of.moments = scratch};
    run_pass(&j, &(pass){reduce_moments, combine_moments, write_output});
}

static void write_all(const job *j)
{
    yd_team_run(j->plan->device->team, run_stage,
                &(stage){.job = j, .pass = &(pass){.write = write_output}, .what = WRITE});
}

void yd_norm_forward_running(const yd_norm_plan *plan, const void *z, const yd_node_params *params,
                             const yd_norm_saved *saved, const yd_view *y)
{
    const float *gamma = params->gamma, *beta = params->beta, *mean = params->mean,
                *variance = params->variance;
    for (int c = 0; c < plan->channels; c++) {
        saved->mean[c] = mean[c];
        saved->scale[c] = (float)((double)gamma[c] / sqrt((double)variance[c] + YD_NORM_EPS));
        saved->shift[c] = beta[c];
    }
    write_all(&(job){.plan = plan, .saved = saved, .z = (void *)(uintptr_t)z, .y = y});
}

void yd_norm_forward_plain(const yd_norm_plan *plan, void *z, const float *beta, const yd_norm_saved *saved,
                           const yd_view *y)
{
    for (int c = 0; c < plan->channels; c++) {
        saved->mean[c] = 0;
        saved->scale[c] = 1;
        saved->shift[c] = beta ? beta[c] : 0;
    }
    write_all(&(job){.plan = plan, .saved = saved, .z = z, .y = y});
}

static void gradients_at(const job *j, const task *t, const void *at[YD_MAX_GRADIENT_VIEWS])
{
    for (int i = 0; i < j->count; i++) at[i] = view_at(j->plan, &j->dy[i], t);
}

static void reduce_sums(const job *j, const task *t)
{
    const yd_norm_lanes lanes = lanes_of(j, t->block);
    const void *dy[YD_MAX_GRADIENT_VIEWS];
    gradients_at(j, t, dy);
    j->plan->device->planes->norm_sums(&lanes, dense_at(j->plan, j->z, t), dy, j->count, t->pixels, t->kept,
                                       &j->of.sums[t->index]);
}

/* Ioffe and Szegedy 2015: with x = (z - mean) / deviation, dgamma = sum(g x), dbeta = sum(g),
 * dz = gamma / deviation * (g - dbeta / n - x * dgamma / n). */
static void combine_sums(const job *j, size_t block)
{
    const int lanes = j->plan->device->vector->block;
    const size_t each = tasks_of_block(j->plan);
    const double n = (double)j->plan->batch * (double)j->plan->pixels;
    const yd_norm_sums *all = &j->of.sums[block * each];
    for (int lane = 0; lane < lanes; lane++) {
        const size_t c = block * (size_t)lanes + (size_t)lane;
        double g = 0, gz = 0;
        for (size_t i = 0; i < each; i++) g += all[i].g[lane], gz += all[i].gz[lane];
        j->saved->beta_gradient[c] = (float)g;
        if (!j->norm) {
            j->saved->c1[c] = j->saved->c2[c] = 0;
            continue;
        }
        const double inverse = (double)j->saved->inverse_deviation[c];
        j->saved->gamma_gradient[c] = (float)(gz * inverse);
        j->saved->c1[c] = (float)(g / n);
        j->saved->c2[c] = (float)(gz * inverse * inverse / n);
    }
}

/* What was kept is the gradient behind the activation already. */
static void write_gradient(const job *j, const task *t)
{
    yd_norm_lanes lanes = lanes_of(j, t->block);
    const void *dy[YD_MAX_GRADIENT_VIEWS];
    void *z = dense_at(j->plan, j->z, t);
    gradients_at(j, t, dy);
    if (t->kept) {
        lanes.activation = YD_ACT_NONE;
        dy[0] = t->kept;
    }
    j->plan->device->planes->norm_backward(&lanes, z, dy, t->kept ? 1 : j->count, t->pixels, z);
}

void yd_norm_backward(const yd_norm_plan *plan, bool norm, void *z, const yd_view *dy, int count,
                      const yd_norm_saved *saved, void *scratch)
{
    char *kept = (char *)scratch + reduction_bytes(plan);
    const job j = {.plan = plan,
                   .saved = saved,
                   .z = z,
                   .dy = dy,
                   .count = count,
                   .norm = norm,
                   .kept = kept_bytes(plan) ? kept : NULL,
                   .of.sums = scratch};
    run_pass(&j, &(pass){reduce_sums, combine_sums, write_gradient});
}

static void give(float *to, const float *value, int count, bool accumulate)
{
    for (int i = 0; to && i < count; i++) to[i] = accumulate ? to[i] + value[i] : value[i];
}

void yd_norm_give(const yd_norm_plan *plan, const yd_norm_saved *saved, const yd_node_grads *grads)
{
    give(grads->gamma, saved->gamma_gradient, plan->channels, grads->accumulate);
    give(grads->beta, saved->beta_gradient, plan->channels, grads->accumulate);
}
