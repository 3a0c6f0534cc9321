#include "base/clock.h"
#include "base/crc32c.h"
#include "base/protobuf.h"
#include "series/event_file.h"
#include "series/event_record.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first record of a file as TensorBoard's own writer leaves it: wall time 1.5e9, "brain.Event:2"
 * (tensorboard.summary.writer.record_writer, 2.21). */
static const uint8_t first_record[] = {0x18, 0,    0,    0,   0,   0,   0,    0,    0xa3, 0x7f,
                                       0x4b, 0x22, 0x09, 0,   0,   0,   0xc0, 0x0b, 0x5a, 0xd6,
                                       0x41, 0x1a, 0x0d, 'b', 'r', 'a', 'i',  'n',  '.',  'E',
                                       'v',  'e',  'n',  't', ':', '2', 0x4c, 0xa9, 0xa4, 0x64};

typedef struct seen {
    int scalars, versions, restarts, writers;
    char tags[4096]; /* joined by '|' */
    int64_t step;
    double wall, value, sum;
} seen;

static void see(void *context, const yd_event_item *item)
{
    seen *own = context;
    own->step = item->step, own->wall = item->wall;
    switch (item->kind) {
    case YD_ITEM_SCALAR:
        own->scalars++;
        own->value = item->value;
        own->sum += item->value;
        break;
    case YD_ITEM_VERSION:
        own->versions++;
        break;
    case YD_ITEM_WRITER:
        own->writers++;
        break;
    case YD_ITEM_RESTART:
        own->restarts++;
        break;
    }
    size_t length = strlen(own->tags);
    snprintf(own->tags + length, sizeof own->tags - length, "%.*s|", (int)item->tag_length, item->tag);
}

static void put_message(yd_text *text, uint32_t number, yd_text *message)
{
    yd_wire_put_bytes(text, number, message->data ? message->data : "", message->length);
    yd_text_free(message);
}

/* A value with its tag as simple_value. */
static void put_simple(yd_text *summary, const char *tag, float value)
{
    yd_text own = {0};
    yd_wire_put_bytes(&own, 1, tag, strlen(tag));
    yd_wire_put_float(&own, 2, value);
    put_message(summary, 1, &own);
}

static void put_event(yd_text *file, int64_t step, double wall, yd_text *summary)
{
    yd_text event = {0};
    yd_wire_put_double(&event, 1, wall);
    yd_wire_put_varint(&event, 2, (uint64_t)step);
    put_message(&event, 5, summary);
    yd_record_add(file, event.data, event.length);
    yd_text_free(&event);
}

static void put_scalar(yd_text *file, const char *tag, int64_t step, float value)
{
    yd_text summary = {0};
    put_simple(&summary, tag, value);
    put_event(file, step, 1.6e9 + (double)step, &summary);
}

static const char *path_of(const char *name)
{
    static char path[4200];
    snprintf(path, sizeof path, "%s/%s", yd_test_folder(), name);
    return path;
}

static void write_file(const char *name, const void *data, size_t length, const char *mode)
{
    FILE *file = fopen(path_of(name), mode);
    REQUIRE(file && fwrite(data, 1, length, file) == length && fclose(file) == 0);
}

static yd_event_file *open_file(const char *name)
{
    yd_event_file *file;
    yd_error error = {0};
    if (yd_event_file_open(path_of(name), &file, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return file;
}

/* All that a file of these bytes says. */
static seen read_bytes(const void *data, size_t length, yd_event_file_report *report)
{
    seen own = {0};
    write_file("events", data, length, "wb");
    yd_event_file *file = open_file("events");
    CHECK(!yd_event_file_read(file, 0, see, &own));
    yd_event_file_tell(file, report);
    yd_event_file_close(file);
    return own;
}

static void checksums(void)
{
    /* RFC 3720, B.4 */
    uint8_t data[32] = {0};
    CHECK(yd_crc32c(data, 32) == 0x8a9136aa);
    memset(data, 0xff, 32);
    CHECK(yd_crc32c(data, 32) == 0x62a8ab43);
    for (int i = 0; i < 32; i++) data[i] = (uint8_t)i;
    CHECK(yd_crc32c(data, 32) == 0x46dd794e);
    CHECK(yd_crc32c("123456789", 9) == 0xe3069283 && yd_crc32c("", 0) == 0);
    for (size_t length = 0; length <= 32; length++)
        CHECK(yd_crc32c(data, length) == yd_crc32c_plain(data, length));
}

static void known_bytes(void)
{
    uint64_t length;
    CHECK(yd_record_head(first_record, &length) && length == 24);
    yd_text text = {0};
    yd_record_add(&text, first_record + YD_RECORD_HEAD, 24);
    REQUIRE(text.length == sizeof first_record && memcmp(text.data, first_record, sizeof first_record) == 0);
    yd_event_file_report report;
    seen own = read_bytes(text.data, text.length, &report);
    CHECK(own.versions == 1 && own.scalars == 0 && report.records == 1 && report.corrupt == 0 &&
          report.waiting == 0);
    CHECK_TEXT(own.tags, "brain.Event:2|");
    CHECK_NEAR(own.wall, 1.5e9, 0);
    yd_text_free(&text);
    /* A scalar by hand: step 300 is the varint ac 02, 0.5f is 3f000000. */
    static const uint8_t payload[] = {0x09, 0,    0,    0,    0,    0x65, 0xcd, 0xcd, 0x41,
                                      0x10, 0xac, 0x02, 0x2a, 0x0c, 0x0a, 0x0a, 0x0a, 0x03,
                                      'a',  '/',  'b',  0x15, 0,    0,    0,    0x3f};
    own = (seen){0};
    CHECK(yd_event_payload_read(payload, sizeof payload, 0, see, &own));
    CHECK(own.scalars == 1 && own.step == 300);
    CHECK_NEAR(own.value, 0.5, 0);
    CHECK_NEAR(own.wall, 1e9, 0);
    CHECK_TEXT(own.tags, "a/b|");
    for (size_t cut = 1; cut < sizeof payload; cut++) { /* no prefix reads beyond itself */
        uint8_t *exact = malloc(cut);
        REQUIRE(exact);
        memcpy(exact, payload, cut);
        yd_event_payload_read(exact, cut, 0, see, &own);
        free(exact);
    }
}

/* The tensor that a list of fields makes, as a summary value. */
static double read_tensor(uint64_t type, const int64_t *shape, int rank, uint32_t field, const void *bytes,
                          size_t length, const char *plugin)
{
    yd_text tensor = {0}, dims = {0}, value = {0}, summary = {0}, event = {0};
    yd_wire_put_varint(&tensor, 1, type);
    for (int i = 0; i < rank; i++) {
        yd_text dim = {0};
        yd_wire_put_varint(&dim, 1, (uint64_t)shape[i]);
        put_message(&dims, 2, &dim);
    }
    put_message(&tensor, 2, &dims);
    if (field) yd_wire_put_bytes(&tensor, field, bytes, length);
    yd_wire_put_bytes(&value, 1, "t", 1);
    if (plugin) {
        yd_text data = {0}, metadata = {0};
        yd_wire_put_bytes(&data, 1, plugin, strlen(plugin));
        put_message(&metadata, 1, &data);
        put_message(&value, 9, &metadata);
    }
    put_message(&value, 8, &tensor);
    put_message(&summary, 1, &value);
    put_message(&event, 5, &summary);
    seen own = {.value = -12345};
    CHECK(yd_event_payload_read(event.data, event.length, 0, see, &own));
    yd_text_free(&event);
    return own.scalars ? own.value : (double)-12345;
}

static void tensors(void)
{
    const int64_t one[] = {1, 1}, two[] = {2};
    const float single = 0.25f;
    const double precise = 1e300;
    enum { CONTENT = 4 };
    CHECK_NEAR(read_tensor(1, one, 0, CONTENT, &single, 4, NULL), 0.25, 0);
    CHECK_NEAR(read_tensor(1, one, 2, CONTENT, &single, 4, "scalars"), 0.25, 0);
    CHECK_NEAR(read_tensor(1, one, 0, 5, &single, 4, "scalars"), 0.25, 0); /* float_val, packed */
    CHECK_NEAR(read_tensor(2, one, 0, CONTENT, &precise, 8, NULL) / 1e300, 1, 0);
    CHECK_NEAR(read_tensor(2, one, 0, 6, &precise, 8, NULL) / 1e300, 1, 0);
    CHECK_NEAR(read_tensor(3, one, 0, CONTENT, "\xfe\xff\xff\xff", 4, NULL), -2, 0);
    CHECK_NEAR(read_tensor(3, one, 0, 7, "\xac\x02", 2, NULL), 300, 0);
    CHECK_NEAR(read_tensor(3, one, 0, 7, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, NULL), -2, 0);
    CHECK_NEAR(read_tensor(9, one, 0, CONTENT, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, NULL), -1, 0);
    CHECK_NEAR(read_tensor(4, one, 0, CONTENT, "\xff", 1, NULL), 255, 0);
    CHECK_NEAR(read_tensor(6, one, 0, CONTENT, "\xff", 1, NULL), -1, 0);
    CHECK_NEAR(read_tensor(10, one, 0, CONTENT, "\x01", 1, NULL), 1, 0);
    CHECK_NEAR(read_tensor(19, one, 0, CONTENT, "\x00\xc1", 2, NULL), -2.5, 0); /* half: c100 */
    CHECK_NEAR(read_tensor(19, one, 0, 13, "\x80\x70", 2, NULL), 0.5, 0);       /* half_val: 3800 */
    CHECK_NEAR(read_tensor(19, one, 0, CONTENT, "\x01\x00", 2, NULL), 0x1p-24, 0);
    CHECK(isinf(read_tensor(19, one, 0, CONTENT, "\x00\x7c", 2, NULL)));
    CHECK(isnan(read_tensor(19, one, 0, CONTENT, "\x01\x7c", 2, NULL)));
    CHECK_NEAR(read_tensor(14, one, 0, CONTENT, "\x80\x3f", 2, NULL), 1, 0); /* bfloat16 */
    CHECK_NEAR(read_tensor(17, one, 0, CONTENT, "\xff\xff", 2, NULL), 65535, 0);
    CHECK_NEAR(read_tensor(1, one, 0, 0, NULL, 0, NULL), 0, 0); /* an empty list is 0 */
    /* No scalars: two numbers, a text, another plugin's, no type. */
    CHECK_NEAR(read_tensor(1, two, 1, CONTENT, "\0\0\0\0\0\0\0\0", 8, NULL), -12345, 0);
    CHECK_NEAR(read_tensor(7, one, 0, 8, "text", 4, "text"), -12345, 0);
    CHECK_NEAR(read_tensor(1, one, 0, CONTENT, &single, 4, "pr_curves"), -12345, 0);
    CHECK_NEAR(read_tensor(0, one, 0, CONTENT, &single, 4, NULL), -12345, 0);
    CHECK_NEAR(read_tensor(UINT64_MAX, one, 0, CONTENT, &single, 4, NULL), -12345, 0);
}

static void other_fields(void)
{
    yd_event_file_report report;
    yd_text file = {0}, event = {0}, session = {0}, source = {0}, summary = {0}, image = {0};
    yd_wire_put_varint(&session, 1, 1);
    yd_wire_put_varint(&event, 2, 77);
    put_message(&event, 7, &session);
    yd_record_add(&file, event.data, event.length);
    yd_text_clear(&event);
    yd_wire_put_bytes(&source, 1, "someone", 7);
    put_message(&event, 10, &source);
    yd_wire_put_bytes(&event, 99, "unknown", 7);
    yd_wire_put_float(&event, 98, 1);
    yd_record_add(&file, event.data, event.length);
    yd_text_free(&event);
    /* A picture, a NaN, and two values in one record; step stands behind the summary. */
    yd_wire_put_bytes(&image, 1, "picture", 7);
    yd_wire_put_bytes(&image, 4, "....", 4);
    put_message(&summary, 1, &image);
    put_simple(&summary, "a", NAN);
    put_simple(&summary, "b", 2);
    put_message(&event, 5, &summary);
    yd_wire_put_varint(&event, 2, (uint64_t)-5);
    yd_record_add(&file, event.data, event.length);
    yd_text_free(&event);
    seen own = read_bytes(file.data, file.length, &report);
    CHECK(own.restarts == 1 && own.writers == 1 && own.scalars == 2 && own.step == -5 && isnan(own.sum));
    CHECK_TEXT(own.tags, "|someone|a|b|");
    CHECK(report.records == 3 && report.corrupt == 0);
    yd_text_free(&file);
}

static void follows_a_growing_file(void)
{
    yd_text file = {0};
    seen own = {0};
    for (int i = 0; i < 3; i++) put_scalar(&file, "a", i, (float)i);
    size_t third = file.length / 3;
    write_file("grows", file.data, 0, "wb");
    yd_event_file *reader = open_file("grows");
    /* Byte by byte: each record is told when its last byte is there, once. */
    for (size_t i = 0; i < file.length; i++) {
        write_file("grows", file.data + i, 1, "ab");
        CHECK(!yd_event_file_read(reader, 0, see, &own));
        CHECK(own.scalars == (int)((i + 1) / third));
    }
    yd_event_file_report report;
    yd_event_file_tell(reader, &report);
    CHECK(report.records == 3 && report.corrupt == 0 && report.waiting == 0 &&
          report.offset == (int64_t)file.length);
    /* The end is torn, cut off, and another record written in its place. */
    write_file("grows", file.data, 20, "ab");
    CHECK(!yd_event_file_read(reader, 0, see, &own));
    yd_event_file_tell(reader, &report);
    CHECK(report.waiting == 20 && report.corrupt == 0);
    REQUIRE(truncate(path_of("grows"), (off_t)file.length) == 0);
    yd_text_clear(&file);
    put_scalar(&file, "another", 9, 9);
    write_file("grows", file.data, file.length, "ab");
    CHECK(!yd_event_file_read(reader, 0, see, &own));
    CHECK(own.scalars == 4 && own.step == 9);
    /* The file is cut to nothing, and begins anew. */
    REQUIRE(truncate(path_of("grows"), 0) == 0);
    CHECK(!yd_event_file_read(reader, 0, see, &own));
    write_file("grows", file.data, file.length, "ab");
    CHECK(!yd_event_file_read(reader, 0, see, &own));
    CHECK(own.scalars == 5);
    yd_event_file_tell(reader, &report);
    CHECK(report.corrupt == 0);
    yd_event_file_close(reader);
    yd_text_free(&file);
}

static void steps_over_what_is_corrupt(void)
{
    enum { RECORDS = 20 };
    yd_text file = {0};
    yd_event_file_report report;
    for (int i = 0; i < RECORDS; i++) put_scalar(&file, "loss", i, (float)i);
    size_t length = file.length / RECORDS;
    /* Any byte of the seventh record wrong: that one is lost, and no other. */
    for (size_t at = 6 * length; at < 7 * length; at++) {
        file.data[at] ^= 0x10;
        seen own = read_bytes(file.data, file.length, &report);
        CHECK(own.scalars == RECORDS - 1 && report.corrupt == 1 && report.waiting == 0);
        CHECK_NEAR(own.sum, RECORDS * (RECORDS - 1) / 2 - 6, 0);
        file.data[at] ^= 0x10;
    }
    /* A piece is missing, or noise lies between. */
    yd_text broken = {0};
    yd_text_add_bytes(&broken, file.data, 3 * length + 5);
    yd_text_add_bytes(&broken, file.data + 5 * length, 5 * length);
    for (int i = 0; i < 1000; i++) yd_text_add_bytes(&broken, "noise, and more", 15);
    yd_text_add_bytes(&broken, file.data + 10 * length, 10 * length);
    seen own = read_bytes(broken.data, broken.length, &report);
    CHECK(own.scalars == RECORDS - 2 && report.corrupt == 2 && report.waiting == 0);
    /* Nothing but noise: the rest, shorter than a head, is waited for. */
    own = read_bytes("no event file at all, whatever it is", 36, &report);
    CHECK(own.scalars == 0 && report.corrupt == 1 && report.waiting < YD_RECORD_HEAD);
    yd_text_free(&broken);
    yd_text_free(&file);
}

static void hostile_lengths(void)
{
    static const uint64_t lengths[] = {UINT64_MAX, INT64_MAX, (uint64_t)1 << 62, ((uint64_t)1 << 40) + 1,
                                       UINT64_MAX - 15};
    yd_event_file_report report;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        yd_text file = {0};
        put_scalar(&file, "a", 1, 1);
        /* A head with such a length and the right checksum. */
        uint8_t head[YD_RECORD_HEAD];
        for (int b = 0; b < 8; b++) head[b] = (uint8_t)(lengths[i] >> 8 * b);
        uint32_t crc = yd_crc32c(head, 8), masked = (crc >> 15 | crc << 17) + 0xa282ead8u;
        for (int b = 0; b < 4; b++) head[8 + b] = (uint8_t)(masked >> 8 * b);
        uint64_t found;
        CHECK(yd_record_head(head, &found) && found == lengths[i]);
        yd_text_add_bytes(&file, head, sizeof head);
        put_scalar(&file, "b", 2, 2);
        seen own = read_bytes(file.data, file.length, &report);
        CHECK(own.scalars == 2 && report.corrupt == 1);
        yd_text_free(&file);
    }
    /* A long record, as pictures make, is stepped over; one in the window is not. */
    yd_text file = {0}, event = {0};
    char *payload = calloc(1, YD_EVENT_FILE_RECORD + 1);
    REQUIRE(payload);
    yd_record_add(&file, payload, YD_EVENT_FILE_RECORD + 1);
    put_scalar(&file, "b", 2, 2);
    yd_wire_put_bytes(&event, 4, payload, YD_EVENT_FILE_RECORD - 64);
    yd_record_add(&file, event.data, event.length);
    put_scalar(&file, "c", 3, 3);
    seen own = read_bytes(file.data, file.length, &report);
    CHECK(own.scalars == 2 && report.too_large == 1 && report.records == 3 && report.corrupt == 0);
    /* While it is not whole it is waited for. */
    own = read_bytes(file.data, YD_EVENT_FILE_RECORD, &report);
    CHECK(own.scalars == 0 && report.too_large == 0 && report.waiting == YD_EVENT_FILE_RECORD);
    free(payload);
    yd_text_free(&event);
    yd_text_free(&file);
}

static void refuses_what_is_no_file(void)
{
    yd_event_file *file;
    yd_error error = {0};
    CHECK(yd_event_file_open(path_of("nothing"), &file, &error) == YD_ERR_IO);
    CHECK(strstr(error.message, "nothing") != NULL);
    CHECK(yd_event_file_open(yd_test_folder(), &file, &error) == YD_ERR_IO);
    REQUIRE(mkfifo(path_of("fifo"), 0600) == 0);
    CHECK(yd_event_file_open(path_of("fifo"), &file, &error) == YD_ERR_IO); /* and does not wait */
}

static void stops_in_time(void)
{
    yd_text file = {0};
    for (int i = 0; i < 5000; i++) put_scalar(&file, "a", i, 1);
    write_file("long", file.data, file.length, "wb");
    yd_event_file *reader = open_file("long");
    seen own = {0};
    int rounds = 0;
    while (yd_event_file_read(reader, yd_clock_ns() - 1, see, &own)) rounds++;
    CHECK(rounds > 10 && own.scalars == 5000);
    yd_event_file_close(reader);
    yd_text_free(&file);
}

static const yd_test_case cases[] = {
    {"checksums", checksums},
    {"known bytes", known_bytes},
    {"tensors", tensors},
    {"other fields", other_fields},
    {"follows a growing file", follows_a_growing_file},
    {"steps over what is corrupt", steps_over_what_is_corrupt},
    {"hostile lengths", hostile_lengths},
    {"refuses what is no file", refuses_what_is_no_file},
    {"stops in time", stops_in_time},
};
TEST_MAIN(cases)
