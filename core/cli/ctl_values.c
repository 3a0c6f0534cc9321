#include "cli/ctl_values.h"
#include "base/json.h"
#include "event/tweaks.h"
#include <stdio.h>

static void add_value(yd_json *json, const yd_status_block *block, yd_tweak tweak)
{
    yd_tweak_range range = yd_tweak_range_of(block, tweak);
    int epoch, batch;
    yd_tweak_first(block, tweak, &epoch, &batch);
    yd_json_open(json, yd_tweak_rows[tweak].name, '{');
    yd_json_number(json, "value", yd_tweak_get(block, tweak));
    yd_json_number(json, "low", range.low);
    yd_json_number(json, "high", range.high);
    yd_json_number(json, "step", range.step);
    if (range.grid > 0) yd_json_number(json, "multiple_of", range.grid);
    yd_json_integer(json, "first_epoch", epoch);
    yd_json_integer(json, "first_batch", batch);
    yd_json_string(json, "meaning", yd_tweak_rows[tweak].meaning);
    yd_json_close(json, '}');
}

static void print_json(const yd_status_block *block, const char *run)
{
    yd_text text = {0};
    yd_json json;
    yd_json_start(&json, &text);
    yd_json_open(&json, NULL, '{');
    yd_json_string(&json, "run", run);
    yd_json_open(&json, "values", '{');
    for (int i = 0; i < YD_TWEAK_COUNT; i++) add_value(&json, block, (yd_tweak)i);
    yd_json_close(&json, '}');
    yd_json_close(&json, '}');
    if (!text.failed) puts(text.data);
    yd_text_free(&text);
}

void yd_ctl_print_values(const yd_status_block *block, const char *run, bool json)
{
    if (json) {
        print_json(block, run);
        return;
    }
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        char value[40], wanted[96];
        yd_tweak_text((yd_tweak)i, yd_tweak_get(block, (yd_tweak)i), value, sizeof value);
        yd_tweak_wanted(block, (yd_tweak)i, wanted, sizeof wanted);
        printf("%-12s %-8s %-40s %s\n", yd_tweak_rows[i].name, value, wanted, yd_tweak_rows[i].meaning);
    }
}
