#include "sink/summary.h"
#include "base/file.h"
#include "base/protobuf.h"
#include "image/decode.h"
#include <stdlib.h>
#include <string.h>

enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_IMAGE = 4, VALUE_HISTOGRAM = 5 };
enum { IMAGE_HEIGHT = 1, IMAGE_WIDTH = 2, IMAGE_COLOURS = 3, IMAGE_BYTES = 4, RGB = 3 };
enum {
    HISTOGRAM_MIN = 1,
    HISTOGRAM_MAX = 2,
    HISTOGRAM_COUNT = 3,
    HISTOGRAM_SUM = 4,
    HISTOGRAM_SQUARES = 5,
    HISTOGRAM_LIMITS = 6,
    HISTOGRAM_BINS = 7
};
static const size_t picture_limit = (size_t)64 << 20;

static void put_value(yd_text *summary, const char *tag, uint32_t kind, yd_text *message)
{
    yd_text value = {0};
    yd_wire_put_bytes(&value, VALUE_TAG, tag, strlen(tag));
    yd_wire_put_bytes(&value, kind, message->data ? message->data : "", message->length);
    yd_wire_put_bytes(summary, SUMMARY_VALUE, value.data ? value.data : "", value.length);
    summary->failed |= value.failed || message->failed;
    yd_text_free(&value);
    yd_text_free(message);
}

void yd_summary_histogram(yd_text *summary, const char *tag, const int64_t *occurs, int count)
{
    double numbers = 0, sum = 0, squares = 0;
    int low = -1, high = 0;
    yd_text message = {0};
    for (int i = 0; i < count; i++) {
        double n = (double)occurs[i];
        if (n > 0 && low < 0) low = i;
        if (n > 0) high = i;
        numbers += n, sum += n * i, squares += n * i * i;
    }
    if (low < 0) return;
    yd_wire_put_double(&message, HISTOGRAM_MIN, low);
    yd_wire_put_double(&message, HISTOGRAM_MAX, high);
    yd_wire_put_double(&message, HISTOGRAM_COUNT, numbers);
    yd_wire_put_double(&message, HISTOGRAM_SUM, sum);
    yd_wire_put_double(&message, HISTOGRAM_SQUARES, squares);
    /* A bin reaches from the limit before to its own: an empty one comes first. */
    for (int i = -1; i < count; i++) yd_wire_put_double(&message, HISTOGRAM_LIMITS, i + 0.5);
    for (int i = -1; i < count; i++)
        yd_wire_put_double(&message, HISTOGRAM_BINS, i < 0 ? 0.0 : (double)occurs[i]);
    put_value(summary, tag, VALUE_HISTOGRAM, &message);
}

yd_status yd_summary_picture(yd_text *summary, const char *tag, const char *path, yd_error *error)
{
    char *data;
    size_t length;
    yd_image_info info;
    yd_text message = {0};
    YD_TRY(yd_file_read(path, picture_limit, &data, &length, error));
    yd_status status = yd_image_probe(data, length, path, &info, error);
    if (status == YD_OK) {
        yd_wire_put_varint(&message, IMAGE_HEIGHT, (uint64_t)info.height);
        yd_wire_put_varint(&message, IMAGE_WIDTH, (uint64_t)info.width);
        yd_wire_put_varint(&message, IMAGE_COLOURS, RGB);
        yd_wire_put_bytes(&message, IMAGE_BYTES, data, length);
        put_value(summary, tag, VALUE_IMAGE, &message);
    }
    free(data);
    return status;
}
