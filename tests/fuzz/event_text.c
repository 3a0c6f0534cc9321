/* Any event as a line and as an object: one line each, without a character that a terminal would obey, and
 * the object is JSON. */
#include "event/event_text.h"
#include "base/error.h"
#include "base/json_reader.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(const yd_text *text)
{
    for (size_t i = 0; i < text->length; i++)
        YD_ASSERT((unsigned char)text->data[i] >= 0x20 || text->data[i] == '\n');
    YD_ASSERT(text->length == 0 || text->data[text->length - 1] == '\n');
}

static void check_object(const yd_text *text)
{
    if (!text->length) return; /* a line of the log that goes on */
    char key[64];
    yd_json_reader reader;
    check_lines(text);
    YD_ASSERT(strchr(text->data, '\n') == text->data + text->length - 1);
    yd_json_read_start(&reader, text->data, text->length);
    yd_json_read_open(&reader, '{');
    while (yd_json_read_key(&reader, key, sizeof key)) yd_json_read_skip(&reader);
    YD_ASSERT(yd_json_read_end(&reader));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yd_event_text lines = {0}, objects = {0};
    yd_status_block block = {.epochs = 10, .batches = 5, .epoch = 3, .batch = 4};
    for (yd_event event = {0}; size > 0;) {
        yd_text text = {0};
        size_t count = size < sizeof event ? size : sizeof event;
        memcpy(&event, data, count);
        data += count;
        size -= count;
        if (event.reserved % 2) event.type %= YD_EVENT_COUNT;
        yd_event_text_line(&lines, &event, event.reserved % 3 ? &block : NULL, &text);
        check_lines(&text);
        yd_text_clear(&text);
        yd_event_text_json(&objects, &event, &text);
        check_object(&text);
        yd_text_free(&text);
    }
    yd_event_text_free(&lines);
    yd_event_text_free(&objects);
    return 0;
}
