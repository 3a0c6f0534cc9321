/* What a live change would do, in words: computed from what the console knows, before the run is asked. Pure.
 */
#pragma once
#include "event/tweaks.h"
#include "tui/state.h"

enum { YD_EFFECT_LINES = 3 };

typedef struct yd_tune_effect {
    char lines[YD_EFFECT_LINES][160];
    int count;
} yd_tune_effect;

/* What the run does once the value is `value`, which the run would take; and when it then ends, where that
 * changes. */
void yd_tune_effect_of(const yd_run_view *view, yd_tweak tweak, double value, yd_tune_effect *effect);
/* "e4 b12", "end of e4": the first batch that a change made now would affect. */
void yd_tune_first_text(const yd_status_block *block, yd_tweak tweak, char *out, size_t capacity);
