#include "tui/tune_effect.h"
#include "tui/show.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static void add(yd_tune_effect *effect, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(yd_tune_effect *effect, const char *format, ...)
{
    if (effect->count == YD_EFFECT_LINES) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(effect->lines[effect->count++], sizeof effect->lines[0], format, arguments);
    va_end(arguments);
}

/* ---- time ---- */

/* Seconds of a whole epoch to come, its validation counted in; NAN: not known yet. */
static double epoch_seconds(const yd_status_block *block)
{
    int later = block->epochs - block->epoch - 1;
    double rest = block->eta_seconds - block->later_seconds - block->epoch_eta_seconds;
    double all = later > 0 ? rest / later : NAN;
    if (!isfinite(all)) all = (double)block->batches * block->batch_size / (double)block->images_per_second;
    return isfinite(all) && all >= 0 ? all : NAN;
}

/* Seconds until epoch number `epoch` is done. */
static double seconds_to_end_of(const yd_status_block *block, double epoch)
{
    return block->epoch_eta_seconds + (epoch - block->epoch) * epoch_seconds(block);
}

static void add_end(yd_tune_effect *effect, const yd_status_block *block, double seconds)
{
    char then[32], now[32];
    if (!isfinite(seconds) || !isfinite(block->eta_seconds) || seconds < 0) return;
    add(effect, "the run ends in about %s (as it is: %s)", yd_show_duration(then, sizeof then, seconds),
        yd_show_duration(now, sizeof now, block->eta_seconds));
}

/* ", in about 0:12:30"; nothing where that is not known. */
static const char *in_about(const yd_status_block *block, double epoch, char out[48])
{
    char duration[32];
    double seconds = seconds_to_end_of(block, epoch);
    out[0] = '\0';
    if (isfinite(seconds) && seconds >= 0)
        snprintf(out, 48, ", in about %s", yd_show_duration(duration, sizeof duration, seconds));
    return out;
}

/* ---- one function a value ---- */

typedef void describer(const yd_run_view *view, double value, yd_tune_effect *effect);

static void describe_save_period(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    const yd_status_block *block = &view->block;
    char when[48];
    if (value < 1) {
        add(effect, "no more epochN.pt; last.pt and best.pt are written as before");
        return;
    }
    double next = ceil(block->epoch / value) * value, last = block->epochs - 1.0;
    if (next > last)
        add(effect, "no epochN.pt before the end of the run");
    else
        add(effect, "epoch%.0f.pt is the next%s; %.0f more to the end", next, in_about(block, next, when),
            floor((last - next) / value));
}

static void describe_epochs(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    const yd_status_block *block = &view->block;
    add(effect, "the last epoch is %.0f", value - 1);
    if (value == block->epochs) return;
    add(effect, "the learning rate is planned over %.0f epochs from epoch %d on", value, block->epoch + 1);
    add_end(effect, block, seconds_to_end_of(block, value - 1));
}

static void describe_patience(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    const yd_status_block *block = &view->block;
    double end = block->best_epoch + value;
    char when[48];
    if (value < 1)
        add(effect, "the run goes through all its epochs");
    else if (block->best_epoch < 0)
        add(effect, "the run ends %.0f epochs after its best one; there is none yet", value);
    else if (end <= block->epoch)
        add(effect, "the run ends after this epoch: the best one was %d", block->best_epoch);
    else if (end >= block->epochs - 1)
        add(effect, "epoch %d, the best so far, may stay it to the end of the run", block->best_epoch);
    else
        add(effect, "the run ends after epoch %.0f unless a better one than %d comes%s", end,
            block->best_epoch, in_about(block, end, when));
}

/* Validations of the epochs from the one under way on. */
static double validations(const yd_status_block *block, double period)
{
    double due = period > 0 ? floor(block->epochs / period) - floor(block->epoch / period) : 0;
    bool last_is_one = period > 0 && fmod(block->epochs, period) == 0;
    return due + !last_is_one;
}

static void describe_val_period(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    const yd_status_block *block = &view->block;
    double next = value > 0 ? ceil((block->epoch + 1) / value) * value - 1 : block->epochs,
           last = block->epochs - 1.0;
    if (next > last) next = last;
    add(effect, "epoch %.0f is the next that is validated; %.0f validations to the end", next,
        validations(block, value));
    double fewer = validations(block, block->val_period) - validations(block, value);
    if (fewer != 0) add_end(effect, block, block->eta_seconds - fewer * view->validation_seconds);
}

static void describe_lr_scale(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    const yd_status_block *block = &view->block;
    double now = block->lr_scale > 0 ? block->lr_scale : 1, rate = (double)block->lr[1];
    if (!isfinite(rate)) return;
    if (value == now)
        add(effect, "weights learn at %.3g", rate);
    else
        add(effect, "weights: %.3g -> %.3g at the next batch", rate, rate / now * value);
}

/* The mean of size² over the sizes that are drawn. */
static double mean_pixels(double low, double high, double grid)
{
    double sum = 0, count = 0;
    low = floor(low / grid) * grid;
    for (double size = low; size <= high && count < 1000; size += grid, count++) sum += size * size;
    return count > 0 ? sum / count : low * low;
}

static void describe_sizes(const yd_run_view *view, double low, double high, yd_tune_effect *effect)
{
    const yd_status_block *block = &view->block;
    double grid = block->size_step > 0 ? block->size_step : 32;
    double now = mean_pixels(block->size_min, block->size_max, grid), then = mean_pixels(low, high, grid);
    if (low >= high)
        add(effect, "every batch has size %.0f", high);
    else
        add(effect, "%.0f sizes from %.0f to %.0f", floor(high / grid) - floor(low / grid) + 1, low, high);
    if (now <= 0 || then == now) return;
    double ratio = then / now, share = (double)(block->share_forward + block->share_backward);
    add(effect, "a batch has on average %.2f times as many pixels as now", ratio);
    if (isfinite(share))
        add_end(effect, block,
                block->eta_seconds + (block->eta_seconds - block->later_seconds) * (ratio - 1) * share);
}

static void describe_size_min(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    describe_sizes(view, value, view->block.size_max, effect);
}

static void describe_size_max(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    describe_sizes(view, view->block.size_min, value, effect);
}

static void describe_mosaic(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    int of = view->block.batch_size;
    add(effect, "about %.3g of the %d pictures of a batch are mosaics of four", value * of, of);
}

static void describe_mixup(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    int of = view->block.batch_size;
    add(effect, "about %.3g of the %d pictures of a batch are two mosaics in one",
        value * view->block.mosaic * of, of);
}

static void describe_plot_period(const yd_run_view *view, double value, yd_tune_effect *effect)
{
    double next = value > 0 ? (floor(view->block.epoch / value) + 1) * value : 0;
    if (value > 0 && next < view->block.epochs)
        add(effect, "train_e%.0f_b0.jpg is the next picture", next);
    else
        add(effect, "no more pictures of training batches");
}

void yd_tune_effect_of(const yd_run_view *view, yd_tweak tweak, double value, yd_tune_effect *effect)
{
    static describer *const describers[YD_TWEAK_COUNT] = {
#define YD_TWEAK(name, ...) [YD_TWEAK_##name] = describe_##name,
#include "event/tweaks.def"
#undef YD_TWEAK
    };
    *effect = (yd_tune_effect){0};
    if (view->has_block) describers[tweak](view, value, effect);
}

void yd_tune_first_text(const yd_status_block *block, yd_tweak tweak, char *out, size_t capacity)
{
    int epoch, batch;
    yd_tweak_first(block, tweak, &epoch, &batch);
    if (yd_tweak_rows[tweak].holds == YD_TWEAK_HOLDS_EPOCH)
        snprintf(out, capacity, "end of e%d", epoch);
    else
        snprintf(out, capacity, "e%d b%d", epoch, batch);
}
