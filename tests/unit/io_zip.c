/* Zip archives: what is written is read back, and nothing that a file claims is believed. */
#include "base/file.h"
#include "base/text.h"
#include "io/bytes.h"
#include "io/zip.h"
#include "io/zip_writer.h"
#include "support/test.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

static const char *path_of(const char *name)
{
    static char path[4200];
    snprintf(path, sizeof path, "%s/%s", yd_test_folder(), name);
    return path;
}

static void write_sample(const char *path, bool zip64)
{
    yd_zip_writer *writer;
    yd_error error;
    REQUIRE(yd_zip_create(path, zip64, &writer, &error) == YD_OK);
    REQUIRE(yd_zip_add(writer, "last/data.pkl", "\x80\x02.", 3, &error) == YD_OK);
    REQUIRE(yd_zip_begin(writer, "last/data/0", 1000, &error) == YD_OK);
    char block[250];
    for (int part = 0; part < 4; part++) {
        memset(block, 'a' + part, sizeof block);
        REQUIRE(yd_zip_put(writer, block, sizeof block, &error) == YD_OK);
    }
    REQUIRE(yd_zip_end(writer, &error) == YD_OK);
    REQUIRE(yd_zip_add(writer, "last/data/1", NULL, 0, &error) == YD_OK);
    REQUIRE(yd_zip_add(writer, "last/version", "3\n", 2, &error) == YD_OK);
    REQUIRE(yd_zip_commit(writer, &error) == YD_OK);
}

static void check_sample(const char *path)
{
    yd_zip *zip;
    yd_error error;
    char *data;
    REQUIRE(yd_zip_open(path, &zip, &error) == YD_OK);
    CHECK(yd_zip_count(zip) == 4);
    CHECK_TEXT(yd_zip_at(zip, 1)->name, "last/data/0");
    CHECK(!yd_zip_at(zip, 4));
    CHECK(!yd_zip_find(zip, "last/data"));
    REQUIRE(yd_zip_read(zip, yd_zip_find(zip, "last/data/0"), 0, &data, &error) == YD_OK);
    CHECK(data[0] == 'a' && data[250] == 'b' && data[999] == 'd' && data[1000] == '\0');
    free(data);
    REQUIRE(yd_zip_read(zip, yd_zip_find(zip, "last/data/1"), 0, &data, &error) == YD_OK);
    CHECK_TEXT(data, "");
    free(data);
    CHECK(yd_zip_read(zip, yd_zip_find(zip, "last/data/0"), 999, &data, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "last/data/0") != NULL);
    yd_zip_close(zip);
}

static void round_trip(void)
{
    for (int wide = 0; wide < 2; wide++) {
        const char *path = path_of(wide ? "wide.zip" : "plain.zip");
        write_sample(path, wide);
        check_sample(path);
    }
}

static void data_are_aligned(void)
{
    for (int wide = 0; wide < 2; wide++) {
        char *bytes;
        size_t length;
        yd_error error;
        const char *path = path_of("aligned.zip");
        write_sample(path, wide);
        REQUIRE(yd_file_read(path, 0, &bytes, &length, &error) == YD_OK);
        const unsigned char *at = (const unsigned char *)bytes;
        int members = 0;
        for (size_t i = 0; i + 30 < length; i++) {
            if (memcmp(at + i, "PK\x03\x04", 4) != 0) continue;
            CHECK((i + 30 + yd_get_u16(at + i + 26) + yd_get_u16(at + i + 28)) % 64 == 0);
            CHECK(yd_get_u16(at + i + 8) == 0);
            members++;
        }
        CHECK(members == 4);
        free(bytes);
    }
}

static void other_programs_read_it(void)
{
    if (system("python3 -c pass 2>/dev/null") != 0) yd_test_skip("needs python3");
    for (int wide = 0; wide < 2; wide++) {
        const char *path = path_of("other.zip");
        char command[4600];
        write_sample(path, wide);
        snprintf(
            command, sizeof command,
            "python3 -c \"import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
            "sys.exit(z.testzip() is not None or z.read('last/data/0')[:251] != b'a' * 250 + b'b')\" '%s'",
            path);
        CHECK(system(command) == 0);
    }
}

/* An archive put together by hand, so that every field can lie. */
typedef struct sample {
    unsigned char bytes[1 << 16];
    size_t length, directory, entries;
} sample;

static void add_local(sample *zip, const char *name, const void *data, size_t packed, bool descriptor)
{
    unsigned char *at = zip->bytes + zip->length;
    size_t name_length = strlen(name);
    memset(at, 0, 30);
    memcpy(at, "PK\x03\x04", 4);
    yd_put_u16(at + 6, descriptor ? 8 : 0);
    yd_put_u16(at + 26, (uint16_t)name_length);
    yd_put_u16(at + 28, 5);
    memcpy(at + 30, name, name_length);
    memset(at + 30 + name_length, 0x7f, 5);
    memcpy(at + 35 + name_length, data, packed);
    zip->length += 35 + name_length + packed;
    if (!descriptor) return;
    memcpy(zip->bytes + zip->length, "PK\x07\x08", 4);
    zip->length += 16;
}

typedef struct entry {
    const char *name;
    unsigned method, flags;
    uint32_t crc, packed, size, header;
    const unsigned char *extra;
    size_t extra_length;
} entry;

static void add_entry(sample *zip, const entry *e)
{
    if (!zip->directory) zip->directory = zip->length;
    unsigned char *at = zip->bytes + zip->length;
    size_t name = strlen(e->name);
    memset(at, 0, 46);
    memcpy(at, "PK\x01\x02", 4);
    yd_put_u16(at + 8, (uint16_t)e->flags);
    yd_put_u16(at + 10, (uint16_t)e->method);
    yd_put_u32(at + 16, e->crc);
    yd_put_u32(at + 20, e->packed);
    yd_put_u32(at + 24, e->size);
    yd_put_u16(at + 28, (uint16_t)name);
    yd_put_u16(at + 30, (uint16_t)e->extra_length);
    yd_put_u32(at + 42, e->header);
    memcpy(at + 46, e->name, name);
    if (e->extra_length) memcpy(at + 46 + name, e->extra, e->extra_length);
    zip->length += 46 + name + e->extra_length;
    zip->entries++;
}

static void add_end(sample *zip)
{
    if (!zip->directory) zip->directory = zip->length;
    unsigned char *at = zip->bytes + zip->length;
    memset(at, 0, 22);
    memcpy(at, "PK\x05\x06", 4);
    yd_put_u16(at + 8, (uint16_t)zip->entries);
    yd_put_u16(at + 10, (uint16_t)zip->entries);
    yd_put_u32(at + 12, (uint32_t)(zip->length - zip->directory));
    yd_put_u32(at + 16, (uint32_t)zip->directory);
    zip->length += 22;
}

static uint32_t crc_of(const void *data, size_t length)
{
    return (uint32_t)crc32(0, data, (uInt)length);
}

static size_t deflate_raw(const void *data, size_t length, unsigned char *out, size_t capacity)
{
    z_stream stream = {
        .next_in = (unsigned char *)(uintptr_t)data, .avail_in = (uInt)length, .next_out = out};
    stream.avail_out = (uInt)capacity;
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

/* Opens and reads every member; the status of the first failure. */
static yd_status use(const void *bytes, size_t length, yd_error *error)
{
    yd_zip *zip;
    YD_TRY(yd_zip_open_memory(bytes, length, "sample.pt", &zip, error));
    yd_status status = YD_OK;
    for (size_t i = 0; status == YD_OK && i < yd_zip_count(zip); i++) {
        char *data = NULL;
        status = yd_zip_read(zip, yd_zip_at(zip, i), 0, &data, error);
        free(data);
    }
    yd_zip_close(zip);
    return status;
}

static void deflated_members_with_descriptors(void)
{
    static char text[200000];
    unsigned char packed[4096];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i / 1000 % 26);
    size_t length = deflate_raw(text, sizeof text, packed, sizeof packed);
    static sample zip;
    zip = (sample){0};
    add_local(&zip, "a", packed, length, true);
    add_entry(&zip,
              &(entry){"a", 8, 8, crc_of(text, sizeof text), (uint32_t)length, sizeof text, 0, NULL, 0});
    add_end(&zip);
    yd_zip *archive;
    yd_error error;
    char *data;
    REQUIRE(yd_zip_open_memory(zip.bytes, zip.length, "deflated", &archive, &error) == YD_OK);
    REQUIRE(yd_zip_read(archive, yd_zip_find(archive, "a"), 0, &data, &error) == YD_OK);
    CHECK(memcmp(data, text, sizeof text) == 0);
    free(data);
    yd_zip_close(archive);
    /* One byte more or less than the data expand to, and data that are cut. */
    for (int wrong = -1; wrong <= 1; wrong += 2) {
        zip.length = zip.directory = 35 + 1 + length + 16;
        zip.entries = 0;
        uint32_t size = (uint32_t)((int)sizeof text + wrong);
        add_entry(&zip, &(entry){"a", 8, 8, crc_of(text, sizeof text), (uint32_t)length, size, 0, NULL, 0});
        add_end(&zip);
        CHECK(use(zip.bytes, zip.length, &error) == YD_ERR_FORMAT);
        CHECK_TEXT(error.message, "sample.pt: member a: its compressed data are damaged");
    }
    zip.length = zip.directory = 35 + 1 + length + 16;
    zip.entries = 0;
    add_entry(&zip,
              &(entry){"a", 8, 8, crc_of(text, sizeof text), (uint32_t)length - 5, sizeof text, 0, NULL, 0});
    add_end(&zip);
    CHECK(use(zip.bytes, zip.length, &error) == YD_ERR_FORMAT);
}

static void sizes_of_64_bits(void)
{
    unsigned char extra[4 + 4 + 24] = {0};
    yd_put_u16(extra, 0x7777); /* some other field first */
    yd_put_u16(extra + 2, 0);
    yd_put_u16(extra + 4, 1);
    yd_put_u16(extra + 6, 24);
    yd_put_u64(extra + 8, 5);
    yd_put_u64(extra + 16, 5);
    yd_put_u64(extra + 24, 0);
    static sample zip;
    zip = (sample){0};
    yd_error error;
    entry wide = {"a", 0, 0, crc_of("hello", 5), UINT32_MAX, UINT32_MAX, UINT32_MAX, extra, sizeof extra};
    add_local(&zip, "a", "hello", 5, false);
    add_entry(&zip, &wide);
    add_end(&zip);
    CHECK(use(zip.bytes, zip.length, &error) == YD_OK);
    wide.extra_length -= 8; /* the offset is missing */
    yd_put_u16(extra + 6, 16);
    zip.length = zip.directory, zip.entries = 0;
    add_entry(&zip, &wide);
    add_end(&zip);
    CHECK(use(zip.bytes, zip.length, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "64-bit") != NULL);
}

static void lies_are_refused(void)
{
    uint32_t crc = crc_of("hello", 5);
    static const unsigned char zeros[20]; /* deflate never makes 30 kB of 20 bytes */
    const struct {
        entry entry;
        yd_status status;
        const char *says;
    } cases[] = {
        {{"a", 0, 0, crc, 5, 5, 0, NULL, 0}, YD_OK, NULL},
        {{"a", 0, 0, crc + 1, 5, 5, 0, NULL, 0}, YD_ERR_FORMAT, "checksum"},
        {{"a", 0, 0, crc, 5, 6, 0, NULL, 0}, YD_ERR_FORMAT, "two sizes"},
        {{"a", 0, 0, crc, 6, 6, 0, NULL, 0}, YD_ERR_FORMAT, "outside"},
        {{"a", 0, 0, crc, 5, 5, 8, NULL, 0}, YD_ERR_FORMAT, "outside"},
        {{"a", 0, 0, crc, 0, 0, 1, NULL, 0}, YD_ERR_FORMAT, "header is damaged"},
        {{"b", 0, 0, crc, 5, 5, 0, NULL, 0}, YD_ERR_FORMAT, "header is damaged"},
        {{"a", 0, 1, crc, 5, 5, 0, NULL, 0}, YD_ERR_FORMAT, "encrypted"},
        {{"a", 14, 0, crc, 5, 5, 0, NULL, 0}, YD_ERR_UNSUPPORTED, "method 14"},
        {{"a", 8, 0, crc, 5, 5, 0, NULL, 0}, YD_ERR_FORMAT, "compressed data are damaged"},
        {{"a", 8, 0, crc, 5, 100000, 0, NULL, 0}, YD_ERR_FORMAT, "cannot expand"},
        {{"a", 0, 0, crc, 5, 5, UINT32_MAX, NULL, 0}, YD_ERR_FORMAT, "64-bit sizes are missing"},
        {{"a", 0, 0, crc, 5, UINT32_MAX, 0, zeros, 3}, YD_ERR_FORMAT, "64-bit sizes are missing"},
        {{"a\n", 0, 0, crc, 5, 5, 0, NULL, 0}, YD_ERR_FORMAT, "control characters"},
        {{"", 0, 0, crc, 5, 5, 0, NULL, 0}, YD_ERR_FORMAT, "no usable name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static sample zip;
        zip = (sample){0};
        yd_error error = {0};
        add_local(&zip, "a", "hello", 5, false);
        add_entry(&zip, &cases[i].entry);
        add_end(&zip);
        yd_status status = use(zip.bytes, zip.length, &error);
        if (status != cases[i].status || (cases[i].says && !strstr(error.message, cases[i].says)))
            fprintf(stderr, "case %zu: %s\n", i, error.message);
        CHECK(status == cases[i].status);
        CHECK(!cases[i].says || strstr(error.message, cases[i].says) != NULL);
        CHECK(status == YD_OK || strstr(error.message, "sample.pt") != NULL);
    }
}

static void twice_the_same_name(void)
{
    static sample zip;
    zip = (sample){0};
    yd_error error;
    entry same = {"a", 0, 0, crc_of("hello", 5), 5, 5, 0, NULL, 0};
    add_local(&zip, "a", "hello", 5, false);
    add_entry(&zip, &same);
    add_entry(&zip, &same);
    add_end(&zip);
    CHECK(use(zip.bytes, zip.length, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "twice") != NULL);
}

/* 70 MB of zeros from 70 kB: what deflate can do, and no checkpoint does. */
static void bombs(void)
{
    size_t length = 70u << 20;
    char *zeros = calloc(length, 1);
    static unsigned char packed[1 << 17];
    static sample zip;
    zip = (sample){0};
    REQUIRE(zeros);
    size_t small = deflate_raw(zeros, 1 << 20, packed, sizeof packed);
    yd_error error;
    add_local(&zip, "a", packed, small, false);
    add_entry(&zip, &(entry){"a", 8, 0, crc_of(zeros, 1 << 20), (uint32_t)small, 1 << 20, 0, NULL, 0});
    add_end(&zip);
    CHECK(use(zip.bytes, zip.length, &error) == YD_OK);
    unsigned char *large = malloc(1 << 18);
    REQUIRE(large);
    memcpy(large, zip.bytes, 36);
    size_t n = deflate_raw(zeros, length, large + 36, (1 << 18) - 200);
    free(zeros);
    static sample tail;
    tail = (sample){0};
    add_entry(&tail, &(entry){"a", 8, 0, 0, (uint32_t)n, (uint32_t)length, 0, NULL, 0});
    tail.directory = 36 + n;
    add_end(&tail);
    yd_put_u32(tail.bytes + tail.length - 10, (uint32_t)(tail.length - 22));
    memcpy(large + 36 + n, tail.bytes, tail.length);
    CHECK(use(large, 36 + n + tail.length, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "expands beyond") != NULL);
    free(large);
}

/* Every cut and every flipped byte of a sound archive: refused, or read without harm (the sanitizers watch).
 */
static void cuts_and_flips(void)
{
    const char *path = path_of("sound.zip");
    char *bytes;
    size_t length;
    yd_error error;
    for (int wide = 0; wide < 2; wide++) {
        write_sample(path, wide);
        REQUIRE(yd_file_read(path, 0, &bytes, &length, &error) == YD_OK);
        for (size_t cut = 0; cut < length; cut++) {
            char *copy = malloc(cut ? cut : 1);
            REQUIRE(copy);
            memcpy(copy, bytes, cut);
            CHECK(use(copy, cut, &error) != YD_OK);
            free(copy);
        }
        for (size_t i = 0; i < length; i++) {
            bytes[i] ^= 0x55;
            use(bytes, length, &error);
            bytes[i] ^= 0x55;
        }
        free(bytes);
    }
}

static void what_is_no_archive(void)
{
    yd_zip *zip;
    yd_error error;
    CHECK(yd_zip_open(path_of("absent.pt"), &zip, &error) == YD_ERR_IO && !zip);
    CHECK(strstr(error.message, "absent.pt") != NULL);
    CHECK(yd_zip_open(yd_test_folder(), &zip, &error) == YD_ERR_FORMAT);
    static char deep[100004] = "PK\x03\x04";
    memset(deep + 4, '(', 100000);
    CHECK(use(deep, sizeof deep, &error) == YD_ERR_FORMAT);
    CHECK(use("", 0, &error) == YD_ERR_FORMAT);
}

/* In a child, since the limit stays: a file that may not grow beyond 4 kB, as a full disk. */
static void full_disk_leaves_the_old_file(void)
{
    const char *path = path_of("kept.zip");
    yd_error error;
    REQUIRE(yd_file_write(path, "old", 3, &error) == YD_OK);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        struct rlimit limit = {4096, 4096};
        static char block[1 << 16];
        yd_zip_writer *writer;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        bool fails = yd_zip_create(path, false, &writer, &error) == YD_OK &&
                     yd_zip_add(writer, "a", block, sizeof block, &error) == YD_ERR_IO &&
                     strstr(error.message, "kept.zip") != NULL;
        yd_zip_drop(writer);
        _exit(fails ? 0 : 1);
    }
    int result;
    REQUIRE(waitpid(child, &result, 0) == child);
    CHECK(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    char *data;
    size_t length;
    REQUIRE(yd_file_read(path, 0, &data, &length, &error) == YD_OK);
    CHECK_TEXT(data, "old");
    free(data);
}

static const yd_test_case cases[] = {
    {"round trip", round_trip},
    {"data are aligned", data_are_aligned},
    {"other programs read it", other_programs_read_it},
    {"deflated members with descriptors", deflated_members_with_descriptors},
    {"sizes of 64 bits", sizes_of_64_bits},
    {"lies are refused", lies_are_refused},
    {"twice the same name", twice_the_same_name},
    {"bombs", bombs},
    {"cuts and flips", cuts_and_flips},
    {"what is no archive", what_is_no_archive},
    {"full disk leaves the old file", full_disk_leaves_the_old_file},
};
TEST_MAIN(cases)
