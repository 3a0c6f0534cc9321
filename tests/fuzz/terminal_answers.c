/* Anything that a terminal may answer: keys, mouse, paste and reports come of it, and a way of drawing whose
 * sizes can be used. */
#include "base/error.h"
#include "tui/term/answers.h"
#include <stddef.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *no_variable(const char *name)
{
    (void)name;
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yd_input input;
    yd_answers answers = {0};
    yd_text out = {0};
    input = (yd_input){0};
    yd_answers_start(&answers, no_variable, size % 2, size % 3);
    yd_answers_ask(&answers, 80, 24, 0, 0, 1, &out);
    for (size_t i = 0; i < size; i++) {
        int64_t now = (int64_t)i * 100000000;
        int key = yd_input_byte(&input, data[i], now);
        YD_ASSERT(key >= 0 && key <= YD_KEY_UNKNOWN);
        if (key == YD_KEY_REPORT) {
            YD_ASSERT(input.report.length >= 0 && input.report.length < (int)sizeof input.report.text);
            yd_answers_take(&answers, &input.report);
            yd_answers_ask_outside(&answers, now, &out);
        }
        yd_input_queued(&input);
    }
    for (int wish = 0; wish < YD_GRAPHICS_WISH_COUNT; wish++) {
        yd_graphics_mode mode = yd_graphics_choose((yd_graphics_wish)wish, &answers.traits);
        YD_ASSERT(mode.graphics < YD_GRAPHICS_COUNT && mode.cell_width > 0 && mode.cell_height > 0);
        YD_ASSERT(mode.cell_width <= 200 && mode.cell_height <= 200);
    }
    for (const char *c = answers.name; *c; c++) YD_ASSERT(*c >= ' ' && *c <= '~');
    yd_text_free(&out);
    return 0;
}
