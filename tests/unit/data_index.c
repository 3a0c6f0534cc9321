/* Which pictures a split holds, and where their labels lie. */
#include "base/file.h"
#include "data/index.h"
#include "support/test.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *in_folder(const char *name)
{
    static char paths[64][4400];
    static unsigned next;
    char *path = paths[next++ % 64];
    snprintf(path, sizeof paths[0], "%s/%s", yd_test_folder(), name);
    return path;
}

static void make_file(const char *name, const char *text)
{
    char folder[4400];
    yd_path_parent(folder, sizeof folder, in_folder(name));
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    REQUIRE(yd_file_write(in_folder(name), text, strlen(text), NULL) == YD_OK);
}

static void check_list(const char *const *entries, int count, bool anywhere, const char *const *wanted,
                       int wanted_count)
{
    yd_arena *arena = yd_arena_create(0);
    yd_index index;
    yd_error error;
    if (yd_index_list(entries, count, anywhere, arena, &index, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    CHECK(index.count == wanted_count);
    for (int i = 0; i < index.count && i < wanted_count; i++) CHECK_TEXT(index.paths[i], wanted[i]);
    yd_arena_destroy(arena);
}

static void folders(void)
{
    static const char *const names[] = {"f/b.jpg",       "f/a.PNG",     "f/Z.jpeg",         "f/.hidden.jpg",
                                        "f/.dark/x.jpg", "f/sub/c.jpg", "f/sub/deep/d.bmp", "f/notes.txt",
                                        "f/noext",       "f/e.jpg.txt", "f/dot.dir/g.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) make_file(names[i], "");
    REQUIRE(symlink(in_folder("f"), in_folder("f/sub/loop")) == 0); /* never ends, followed blindly */
    REQUIRE(symlink(in_folder("nowhere"), in_folder("f/gone.jpg")) == 0);
    make_file("elsewhere/h.jpg", "");
    REQUIRE(symlink(in_folder("elsewhere"), in_folder("f/linked")) == 0);
    const char *entry = in_folder("f");
    const char *wanted[] = {in_folder("f/Z.jpeg"),        in_folder("f/a.PNG"),
                            in_folder("f/b.jpg"),         in_folder("f/dot.dir/g.jpg"),
                            in_folder("f/linked/h.jpg"),  in_folder("f/sub/c.jpg"),
                            in_folder("f/sub/deep/d.bmp")};
    check_list(&entry, 1, false, wanted, 7);
}

/* Against the plain way: names that begin alike, or are the beginning of one another, or go beyond ASCII. */
static void order_is_that_of_bytes(void)
{
    static const char *const stems[] = {"a",
                                        "aa",
                                        "a\xC3\xA9",
                                        "a0000000001",
                                        "a00000000011",
                                        "a00000000",
                                        "b/a",
                                        "a-b",
                                        "a\xFF\x01",
                                        "A",
                                        "a b",
                                        "a00000001.x",
                                        "a00000001",
                                        "a0000000002",
                                        "b",
                                        "a00000000/deep"};
    enum { COUNT = sizeof stems / sizeof *stems };
    char name[128];
    const char *wanted[COUNT], *entry = in_folder("bytes");
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "bytes/%s.jpg", stems[i]);
        make_file(name, "");
        wanted[i] = in_folder(name);
        for (int k = i; k > 0 && strcmp(wanted[k], wanted[k - 1]) < 0; k--) {
            const char *swap = wanted[k];
            wanted[k] = wanted[k - 1];
            wanted[k - 1] = swap;
        }
    }
    check_list(&entry, 1, false, wanted, COUNT);
}

static void lists(void)
{
    make_file("l/list.txt", "./b.jpg\n/abs/a./c.jpg\r\n\n./x./y.png  \nreadme.md\n./b.jpg\n");
    const char *entry = in_folder("l/list.txt");
    const char *first[] = {"/abs/a./c.jpg", in_folder("l/b.jpg"), in_folder("l/x./y.png")};
    check_list(&entry, 1, false, first, 3);
    char twice[4400 * 2];
    snprintf(twice, sizeof twice, "%s/x%s/y.png", in_folder("l"), in_folder("l"));
    const char *anywhere[] = {"/abs/a./c.jpg", in_folder("l/b.jpg"), twice};
    check_list(&entry, 1, true, anywhere, 3);
    make_file("l/p/only.jpg", "");
    const char *both[] = {entry, in_folder("l/p")};
    const char *merged[] = {"/abs/a./c.jpg", in_folder("l/b.jpg"), in_folder("l/p/only.jpg"),
                            in_folder("l/x./y.png")};
    check_list(both, 2, false, merged, 4);
    make_file("w/list.txt",
              "\xef\xbb\xbf./a.jpg\r\nin/b.jpg\r\nnowhere.jpg\r\n"); /* of an editor of Windows */
    make_file("w/in/b.jpg", "");
    entry = in_folder("w/list.txt"); /* beside the list, but not in the current folder: taken from there */
    const char *beside[] = {in_folder("w/a.jpg"), in_folder("w/in/b.jpg"), "nowhere.jpg"};
    check_list(&entry, 1, false, beside, 3);
}

static void errors(void)
{
    yd_arena *arena = yd_arena_create(0);
    yd_index index;
    yd_error error;
    char message[4600];
    const char *missing = in_folder("missing"), *empty = in_folder("empty");
    REQUIRE(yd_make_folders(empty, NULL) == YD_OK);
    CHECK(yd_index_list(&missing, 1, false, arena, &index, &error) == YD_ERR_DATA);
    snprintf(message, sizeof message, "%s: does not exist; a folder of pictures or a list of them is wanted",
             missing);
    CHECK_TEXT(error.message, message);
    CHECK(yd_index_list(&empty, 1, false, arena, &index, &error) == YD_ERR_DATA);
    snprintf(message, sizeof message, "%s: no pictures found in it", empty);
    CHECK_TEXT(error.message, message);
    CHECK(yd_index_list(NULL, 0, false, arena, &index, &error) == YD_ERR_DATA);
    yd_arena_destroy(arena);
}

static void label_paths(void)
{
    static const char *const table[][2] = {
        {"/d/images/train/a.jpg", "/d/labels/train/a.txt"},
        {"/images/images/images/a.b.png", "/images/images/labels/a.b.txt"},
        {"/d/pictures/a.jpg", "/d/pictures/a.txt"},
        {"images/a.jpg", "labels/a.txt"},
        {"/myimages/a.jpg", "/myimages/a.txt"},
        {"/d/images/a", "/d/labels/a.txt"},
        {"/d.v1/images/a", "/d.v1/labels/a.txt"},
        {"/images/x.y/a", "/labels/x.y/a.txt"},
    };
    char out[64];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        CHECK(yd_label_path(table[i][0], out, sizeof out));
        CHECK_TEXT(out, table[i][1]);
    }
    CHECK(!yd_label_path("/d/images/train/a.jpg", out, 20));
}

static const yd_test_case cases[] = {{"folders", folders},
                                     {"order is that of bytes", order_is_that_of_bytes},
                                     {"lists", lists},
                                     {"errors", errors},
                                     {"label paths", label_paths}};
TEST_MAIN(cases)
