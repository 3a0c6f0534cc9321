/* Archives into a folder: what is unpacked, what is refused, and that a refusal leaves nothing behind. */
#include "base/file.h"
#include "base/text.h"
#include "io/tar.h"
#include "io/unpack.h"
#include "io/zip_writer.h"
#include "support/test.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static yd_error problem;
static int number;

static const char *in_folder(const char *name)
{
    static char path[4][4096];
    static int which;
    which = (which + 1) % 4;
    snprintf(path[which], sizeof path[which], "%s/%d/%s", yd_test_folder(), number, name);
    return path[which];
}

/* Each archive has a folder of its own to be unpacked into, with a file in it already. */
static void begin(void)
{
    number++;
    REQUIRE(yd_make_folders(in_folder("to/set"), &problem) == YD_OK);
    REQUIRE(yd_file_write(in_folder("to/set/old.txt"), "old", 3, &problem) == YD_OK);
}

static yd_status unpack(const char *archive)
{
    const yd_unpack_request request = {.archive = archive, .folder = in_folder("to")};
    return yd_unpack(&request, &problem);
}

static void check_text(const char *name, const char *wanted)
{
    char *text;
    size_t length;
    if (yd_file_read(in_folder(name), 0, &text, &length, &problem) != YD_OK) {
        CHECK_TEXT(problem.message, "");
        return;
    }
    CHECK_TEXT(text, wanted);
    free(text);
}

/* Names in a folder, without "." and "..". */
static int count_names(const char *path)
{
    int count = 0;
    DIR *folder = opendir(path);
    REQUIRE(folder);
    for (struct dirent *e; (e = readdir(folder));) count += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    closedir(folder);
    return count;
}

static void add_header(yd_text *tar, const char *name, char type, size_t size, const char *link)
{
    char header[512] = {0};
    unsigned sum = 0;
    snprintf(header, 100, "%s", name);
    memcpy(header + 100, "0000644", 8);
    snprintf(header + 124, 12, "%011o", (unsigned)size);
    memset(header + 148, ' ', 8);
    header[156] = type;
    snprintf(header + 157, 100, "%s", link);
    memcpy(header + 257, "ustar\00000", 8);
    for (int i = 0; i < 512; i++) sum += (unsigned char)header[i];
    snprintf(header + 148, 8, "%06o", sum);
    yd_text_add_bytes(tar, header, sizeof header);
}

static void add_member(yd_text *tar, const char *name, char type, const char *contents)
{
    static const char blanks[512];
    size_t size = strlen(contents);
    add_header(tar, name, type, size, "");
    yd_text_add_bytes(tar, contents, size);
    yd_text_add_bytes(tar, blanks, (512 - size % 512) % 512);
}

static void end_tar(yd_text *tar)
{
    static const char blanks[1024];
    yd_text_add_bytes(tar, blanks, sizeof blanks);
}

static const char *write_gz(yd_text *tar)
{
    const char *path = in_folder("a.tar.gz");
    gzFile file = gzopen(path, "wb");
    REQUIRE(file && !tar->failed && gzwrite(file, tar->data, (unsigned)tar->length) == (int)tar->length);
    gzclose(file);
    yd_text_free(tar);
    return path;
}

static const char *write_plain(yd_text *tar)
{
    const char *path = in_folder("a.tar");
    REQUIRE(yd_file_write(path, tar->data, tar->length, &problem) == YD_OK);
    yd_text_free(tar);
    return path;
}

static const char *write_zip(const char *const *names, int count)
{
    yd_zip_writer *zip;
    const char *path = in_folder("a.zip");
    REQUIRE(yd_zip_create(path, true, &zip, &problem) == YD_OK);
    for (int i = 0; i < count; i++) REQUIRE(yd_zip_add(zip, names[i], "zip", 3, &problem) == YD_OK);
    REQUIRE(yd_zip_commit(zip, &problem) == YD_OK);
    return path;
}

static void good_zip(void)
{
    static const char *const names[] = {"set/images/a.jpg", "set/old.txt",    "./set/x/../y.txt",
                                        "set/.DS_Store",    "__MACOSX/set/a", "set/b"};
    begin();
    CHECK(unpack(write_zip(names, 3)) == YD_ERR_FORMAT); /* even where it would stay inside */
    check_text("to/set/old.txt", "old");
    begin();
    const char *some[] = {names[0], names[1], names[3], names[4], names[5]};
    REQUIRE(unpack(write_zip(some, 5)) == YD_OK);
    check_text("to/set/images/a.jpg", "zip");
    check_text("to/set/old.txt", "zip");
    check_text("to/set/b", "zip");
    CHECK(count_names(in_folder("to")) == 1 && count_names(in_folder("to/set")) == 3);
}

static void good_tar(void)
{
    char name[300], wanted[400];
    for (int i = 0; i < 2; i++) {
        yd_text tar = {0};
        begin();
        add_member(&tar, "set/", '5', "");
        add_member(&tar, "set/a.txt", '0', "one");
        memset(name, 'n', sizeof name);
        memcpy(name, "set/", 4);
        memcpy(name + 150, "/", 1);
        name[299] = '\0';
        add_member(&tar, "././@LongLink", 'L', name);
        add_member(&tar, "cut", '0', "two");
        add_member(&tar, "pax", 'x', "20 path=set/p\303\244.txt\n");
        add_member(&tar, "other", '0', "three");
        add_member(&tar, "pax_global", 'g', "15 comment=abc\n");
        add_member(&tar, "set/empty", '\0', "");
        end_tar(&tar);
        REQUIRE(unpack(i ? write_plain(&tar) : write_gz(&tar)) == YD_OK);
        check_text("to/set/a.txt", "one");
        snprintf(wanted, sizeof wanted, "to/%s", name);
        check_text(wanted, "two");
        check_text("to/set/p\303\244.txt", "three");
        check_text("to/set/empty", "");
        check_text("to/set/old.txt", "old");
        CHECK(count_names(in_folder("to")) == 1);
    }
}

static void refused(const char *archive, const char *says)
{
    CHECK(unpack(archive) == YD_ERR_FORMAT);
    if (!strstr(problem.message, says)) CHECK_TEXT(problem.message, says);
    CHECK(count_names(in_folder("to")) == 1 && count_names(in_folder("to/set")) == 1);
}

static void hostile_names(void)
{
    static const char *const names[] = {"../out", "set/../../out", "/abs/out", "set/\\..\\out", "a\nb"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        yd_text tar = {0};
        begin();
        add_member(&tar, "set/first", '0', "x");
        add_member(&tar, names[i], '0', "evil");
        end_tar(&tar);
        refused(write_gz(&tar), "member");
        if (i < 4) {
            begin();
            refused(write_zip(&names[i], 1), "member");
        }
    }
    CHECK(!yd_file_exists(in_folder("out")));
}

static void hostile_kinds(void)
{
    static const char types[] = {'1', '2', '3', '4', '6', 'Z'};
    for (size_t i = 0; i < sizeof types; i++) {
        yd_text tar = {0};
        begin();
        add_header(&tar, "set/link", types[i], 0, "/etc/passwd");
        add_member(&tar, "set/link/x", '0', "evil");
        end_tar(&tar);
        refused(write_gz(&tar), i < 2 ? "is a link" : "is no file");
    }
}

/* A link in a zip is a file whose mode says so: bytes 38 to 41 of its entry. */
static void link_in_zip(void)
{
    static const char *const names[] = {"set/link"};
    char *bytes;
    size_t length;
    begin();
    const char *path = write_zip(names, 1);
    REQUIRE(yd_file_read(path, 0, &bytes, &length, &problem) == YD_OK);
    for (size_t i = 0; i + 46 < length; i++)
        if (memcmp(bytes + i, "PK\1\2", 4) == 0) bytes[i + 5] = 3, bytes[i + 41] = (char)0xa1;
    REQUIRE(yd_file_write(path, bytes, length, &problem) == YD_OK);
    free(bytes);
    refused(path, "is a link");
}

static void bombs(void)
{
    yd_text tar = {0};
    char *zeros = calloc(1, 1 << 20);
    REQUIRE(zeros);
    begin();
    add_header(&tar, "set/zeros", '0', (size_t)80 << 20, "");
    for (int i = 0; i < 80; i++) yd_text_add_bytes(&tar, zeros, 1 << 20);
    end_tar(&tar);
    free(zeros);
    refused(write_gz(&tar), "expand beyond");
    tar = (yd_text){0};
    begin();
    for (int i = 0; i < 150000; i++) add_header(&tar, "set/a", '0', 0, "");
    end_tar(&tar);
    refused(write_gz(&tar), "expand beyond");
}

/* Cut at every length, and with bytes changed: refused or, where only the end's blanks are gone, unpacked. */
static void damaged(void)
{
    yd_text tar = {0};
    begin();
    add_member(&tar, "set/a.txt", '0', "one");
    add_member(&tar, "set/b.txt", '0', "two");
    end_tar(&tar);
    for (size_t cut = 0; cut < tar.length - 1024; cut += 256) {
        yd_text part = {0};
        yd_text_add_bytes(&part, tar.data, cut);
        yd_text_add(&part, "");
        refused(write_gz(&part), "no sound tar");
    }
    for (size_t at = 0; at < 512; at += 31) {
        yd_text part = {0};
        yd_text_add_bytes(&part, tar.data, tar.length);
        part.data[at] ^= 0x15;
        refused(write_gz(&part), "damaged");
    }
    yd_text_free(&tar);
    REQUIRE(yd_file_write(in_folder("junk.tgz"), "\x1f\x8b\x08junk", 7, &problem) == YD_OK);
    refused(in_folder("junk.tgz"), "no sound tar");
    REQUIRE(yd_file_write(in_folder("junk.zip"), "junk", 4, &problem) == YD_OK);
    refused(in_folder("junk.zip"), "zip");
    CHECK(unpack(in_folder("a.rar")) == YD_ERR_UNSUPPORTED);
}

static bool stop(void *context, const yd_unpack_state *state)
{
    int *files = context;
    *files = (int)state->files;
    return state->files < 2;
}

static void stopped(void)
{
    static const char *const names[] = {"set/1", "set/2", "set/3"};
    int files = 0;
    begin();
    const yd_unpack_request request = {
        .archive = write_zip(names, 3), .folder = in_folder("to"), .progress = stop, .context = &files};
    CHECK(yd_unpack(&request, &problem) == YD_ERR_STOPPED && files == 2);
    CHECK(count_names(in_folder("to")) == 1 && count_names(in_folder("to/set")) == 1);
}

static const yd_test_case cases[] = {{"good zip", good_zip},
                                     {"good tar", good_tar},
                                     {"hostile names", hostile_names},
                                     {"hostile kinds", hostile_kinds},
                                     {"link in zip", link_in_zip},
                                     {"bombs", bombs},
                                     {"damaged", damaged},
                                     {"stopped", stopped}};
TEST_MAIN(cases)
