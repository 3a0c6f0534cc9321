/* Anything that a terminal may send: what becomes of it are keys, mouse and pasted text within their bounds,
 * and answers about the terminal that can be worked with. */
#include "base/error.h"
#include "base/text.h"
#include "tui/term/answers.h"
#include "tui/term/input.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *nothing(const char *name)
{
    (void)name;
    return NULL;
}

static void check_paste(const yd_input *input)
{
    char escaped[4 * YD_PASTE_LIMIT];
    YD_ASSERT(memchr(input->pasted, '\0', sizeof input->pasted));
    YD_ASSERT(strcmp(yd_escape(escaped, sizeof escaped, input->pasted), input->pasted) == 0);
}

static void check_report(yd_answers *answers, const yd_report *report)
{
    YD_ASSERT(report->length >= 0 && report->length < (int)sizeof report->text);
    yd_answers_take(answers, report);
    yd_text question = {0};
    yd_answers_ask_outside(answers, &question);
    yd_text_free(&question);
    YD_ASSERT(memchr(answers->name, '\0', sizeof answers->name));
    YD_ASSERT(answers->traits.cell_width >= 0 && answers->traits.cell_height >= 0);
}

static void check(yd_input *input, yd_answers *answers, int key)
{
    char name[16];
    YD_ASSERT(key >= 0 && key <= YD_KEY_UNKNOWN);
    YD_ASSERT(strlen(yd_key_name(key, name)) < sizeof name);
    if (key == YD_KEY_MOUSE) YD_ASSERT(input->mouse.x >= 0 && input->mouse.y >= 0);
    if (key == YD_KEY_PASTE) check_paste(input);
    if (key == YD_KEY_REPORT) check_report(answers, &input->report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yd_input input = {0};
    yd_answers answers = {0};
    yd_text question = {0};
    int64_t now_ns = 1;
    yd_answers_start(&answers, nothing, true, true);
    yd_answers_ask(&answers, 80, 24, 0, 0, now_ns, &question);
    for (size_t i = 0; i < size; i++) {
        check(&input, &answers, yd_input_byte(&input, data[i], now_ns));
        check(&input, &answers, yd_input_queued(&input));
        now_ns += data[i] == 0xff ? INT64_C(1500000000) : 1000; /* a silence */
        if (data[i] == 0xff) check(&input, &answers, yd_input_idle(&input, now_ns));
    }
    yd_text_free(&question);
    return 0;
}
