#include "event/tweaks.h"
#include "base/text.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const yd_tweak_row yd_tweak_rows[YD_TWEAK_COUNT] = {
#define YD_TWEAK(name, type, low, high, step, holds, meaning)                                                \
    {#name, YD_TWEAK_##type,        low,     high,                                                           \
     step,  YD_TWEAK_HOLDS_##holds, meaning, offsetof(yd_status_block, name)},
#include "event/tweaks.def"
#undef YD_TWEAK
};

yd_tweak yd_tweak_find(const char *name)
{
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        const char *a = name, *b = yd_tweak_rows[i].name;
        while (*a && (*a == '-' ? '_' : *a) == *b) a++, b++;
        if (!*a && !*b) return (yd_tweak)i;
    }
    return YD_TWEAK_COUNT;
}

double yd_tweak_get(const yd_status_block *block, yd_tweak tweak)
{
    const yd_tweak_row *row = &yd_tweak_rows[tweak];
    const void *place = (const char *)block + row->place;
    return row->type == YD_TWEAK_WHOLE ? (double)*(const int32_t *)place : *(const double *)place;
}

void yd_tweak_set(yd_status_block *block, yd_tweak tweak, double value)
{
    const yd_tweak_row *row = &yd_tweak_rows[tweak];
    void *place = (char *)block + row->place;
    if (row->type == YD_TWEAK_WHOLE)
        *(int32_t *)place = (int32_t)value;
    else
        *(double *)place = value;
}

/* Sizes are multiples of the model's grid, and the smaller one is not above the larger. */
static yd_tweak_range size_range(const yd_status_block *block, yd_tweak tweak)
{
    double grid = block->size_step > 0 ? block->size_step : 32;
    yd_tweak_range range = {.low = 2 * grid, .high = yd_tweak_rows[tweak].high, .step = grid, .grid = grid};
    if (tweak == YD_TWEAK_size_min) range.high = floor(block->size_max / grid) * grid;
    if (tweak == YD_TWEAK_size_max) range.low = fmax(range.low, ceil(block->size_min / grid) * grid);
    return range;
}

yd_tweak_range yd_tweak_range_of(const yd_status_block *block, yd_tweak tweak)
{
    const yd_tweak_row *row = &yd_tweak_rows[tweak];
    yd_tweak_range range = {.low = row->low, .high = row->high, .step = row->step};
    if (tweak == YD_TWEAK_size_min || tweak == YD_TWEAK_size_max) return size_range(block, tweak);
    if (tweak == YD_TWEAK_epochs) range.low = block->epoch + 1.0;
    return range;
}

void yd_tweak_wanted(const yd_status_block *block, yd_tweak tweak, char *out, size_t capacity)
{
    yd_tweak_range range = yd_tweak_range_of(block, tweak);
    char low[32], high[32];
    yd_tweak_text(tweak, range.low, low, sizeof low);
    yd_tweak_text(tweak, range.high, high, sizeof high);
    if (range.grid > 0)
        snprintf(out, capacity, "a multiple of %g from %s to %s", range.grid, low, high);
    else
        snprintf(out, capacity, "a %snumber from %s to %s",
                 yd_tweak_rows[tweak].type == YD_TWEAK_WHOLE ? "whole " : "", low, high);
}

bool yd_tweak_parse(const yd_status_block *block, yd_tweak tweak, const char *text, double *value)
{
    yd_tweak_range range = yd_tweak_range_of(block, tweak);
    int64_t whole;
    double number;
    if (yd_tweak_rows[tweak].type == YD_TWEAK_WHOLE) {
        if (!yd_parse_int(text, &whole)) return false;
        number = (double)whole;
    } else if (!yd_parse_double(text, &number))
        return false;
    if (!(number >= range.low && number <= range.high)) return false;
    if (range.grid > 0 && fmod(number, range.grid) != 0) return false;
    if (tweak == YD_TWEAK_save_period && number == 0) number = -1;
    *value = number;
    return true;
}

double yd_tweak_step(const yd_status_block *block, yd_tweak tweak, double value, int direction)
{
    yd_tweak_range range = yd_tweak_range_of(block, tweak);
    double next;
    if (tweak == YD_TWEAK_save_period && (direction < 0 ? value <= 1 : value < 1))
        return direction < 0 ? -1 : 1;
    if (range.grid > 0)
        next = direction > 0 ? (floor(value / range.grid) + 1) * range.grid
                             : (ceil(value / range.grid) - 1) * range.grid;
    else
        next = rint((value + direction * range.step) * 1e6) / 1e6; /* so that 0.1 + 0.2 is 0.3 */
    return fmin(fmax(next, range.low), range.high);
}

const char *yd_tweak_text(yd_tweak tweak, double value, char *out, size_t capacity)
{
    if (yd_tweak_rows[tweak].type == YD_TWEAK_WHOLE || value == rint(value))
        snprintf(out, capacity, "%.0f", value);
    else
        yd_format_double(out, capacity, value);
    return out;
}

void yd_tweak_first(const yd_status_block *block, yd_tweak tweak, int *epoch, int *batch)
{
    const int64_t most = (int64_t)1 << 53; /* what another process wrote may be anything */
    int64_t step = block->step >= 0 && block->step < most ? block->step + 1 : 0;
    int batches = block->batches > 0 ? block->batches : 1;
    if (yd_tweak_rows[tweak].holds == YD_TWEAK_HOLDS_LOADED && block->loader_next > step &&
        block->loader_next < most)
        step = block->loader_next;
    *epoch = (int)(step / batches);
    *batch = (int)(step % batches);
    if (yd_tweak_rows[tweak].holds == YD_TWEAK_HOLDS_EPOCH) *epoch = block->epoch, *batch = block->batches;
}
