/* Pictures on disk: NumPy's format to the byte; what is read is the picture, whatever lies in the file's
 * place; nothing that was not ours is lost; a full disk is a message. */
#include "base/file.h"
#include "base/log.h"
#include "data/disk_cache.h"
#include "data/npy.h"
#include "data/picture.h"
#include "image/write.h"
#include "support/test.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 40, HEIGHT = 30, PIXELS = WIDTH * HEIGHT * 3, FILE_BYTES = YD_NPY_HEADER + PIXELS };

static char logged[4096];

static void receive(void *context, yd_log_level level, const char *line)
{
    (void)context, (void)level;
    size_t used = strlen(logged);
    snprintf(logged + used, sizeof logged - used, "%s\n", line);
}

/* folder/images/name, in this program's own folder. */
static const char *path_of(const char *folder, const char *name)
{
    static char paths[16][4400];
    static unsigned next;
    char *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s/images/%s", yd_test_folder(), folder, name);
    return path;
}

static void make_picture(const char *folder, const char *name, int shade)
{
    char parent[4400];
    yd_image image;
    yd_path_parent(parent, sizeof parent, path_of(folder, name));
    REQUIRE(yd_make_folders(parent, NULL) == YD_OK);
    REQUIRE(yd_image_create(WIDTH, HEIGHT, &image, NULL) == YD_OK);
    for (int i = 0; i < PIXELS; i++) image.pixels[i] = (uint8_t)(7 * i + shade);
    REQUIRE(yd_image_write(&image, path_of(folder, name), NULL) == YD_OK);
    yd_image_free(&image);
}

static yd_dataset *open_set(const char *folder)
{
    char entry[4400];
    yd_path_parent(entry, sizeof entry, path_of(folder, "x"));
    const char *entries[] = {entry};
    const yd_dataset_options options = {.entries = entries,
                                        .entry_count = 1,
                                        .image_size = WIDTH,
                                        .batch_size = 1,
                                        .stride = 8,
                                        .classes = 1,
                                        .keep_on_disk = true,
                                        .no_cache_file = true,
                                        .rules = yd_data_rules_v7};
    yd_dataset *set;
    yd_error error;
    if (yd_dataset_open(&options, &set, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return set;
}

/* Whether a picture of the data set, loaded, has the pixels that make_picture gave it. */
static bool shows(const yd_dataset *set, int index, int shade)
{
    yd_reader reader = {.dataset = set};
    yd_picture picture;
    REQUIRE(yd_picture_load(&reader, index, &picture, NULL) == YD_OK);
    bool same = !picture.broken && picture.image.width == WIDTH && picture.image.height == HEIGHT;
    for (int i = 0; i < PIXELS && same; i++) same = picture.image.pixels[i] == (uint8_t)(7 * i + shade);
    yd_picture_release(&picture);
    return same;
}

static bool open_and_show(const char *folder, int shade)
{
    yd_dataset *set = open_set(folder);
    bool same = shows(set, 0, shade);
    yd_dataset_close(set);
    return same;
}

static void set_time(const char *path, time_t seconds)
{
    const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    REQUIRE(utimensat(AT_FDCWD, path, times, 0) == 0);
}

/* What NumPy writes for such an array, to the byte; and read again in the place of the picture. */
static void round_trip(void)
{
    char *data;
    size_t length;
    make_picture("trip", "a.png", 3);
    yd_dataset *set = open_set("trip");
    CHECK(!yd_file_exists(path_of("trip", "a.npy")));
    CHECK(shows(set, 0, 3));
    REQUIRE(yd_file_read(path_of("trip", "a.npy"), 0, &data, &length, NULL) == YD_OK);
    REQUIRE(length == FILE_BYTES);
    static const char header[] =
        "\x93NUMPY\x01\x00\x76\x00{'descr': '|u1', 'fortran_order': False, 'shape': (30, 40, 3), }";
    CHECK(memcmp(data, header, sizeof header - 1) == 0 && data[sizeof header - 1] == ' ' &&
          data[127] == '\n');
    for (int i = 0; i < PIXELS; i += 3) /* BGR */
        CHECK((uint8_t)data[128 + i] == (uint8_t)(7 * (i + 2) + 3) &&
              (uint8_t)data[130 + i] == (uint8_t)(7 * i + 3));
    free(data);
    struct stat picture, kept;
    REQUIRE(stat(path_of("trip", "a.png"), &picture) == 0 && stat(path_of("trip", "a.npy"), &kept) == 0);
    CHECK(kept.st_mtim.tv_sec == picture.st_mtim.tv_sec && kept.st_mtim.tv_nsec == picture.st_mtim.tv_nsec);
    /* Without the picture itself it is shown all the same: that was read, then. */
    REQUIRE(yd_file_write(path_of("trip", "a.png"), "gone", 4, NULL) == YD_OK);
    set_time(path_of("trip", "a.png"), picture.st_mtim.tv_sec);
    CHECK(shows(set, 0, 3));
    yd_dataset_close(set);
}

/* Whatever stands in the file's place, the picture is shown. mended: it was a cache of the picture that no
 * longer holds, and is written anew; else it is left as it is. */
static void check_file(const char *what, const uint8_t *bytes, size_t length, bool mended)
{
    static int number;
    char folder[32];
    char *after;
    size_t after_length;
    snprintf(folder, sizeof folder, "bad%d", number++);
    make_picture(folder, "a.png", number);
    REQUIRE(yd_file_write(path_of(folder, "a.npy"), bytes, length, NULL) == YD_OK);
    bool right = open_and_show(folder, number);
    REQUIRE(yd_file_read(path_of(folder, "a.npy"), 0, &after, &after_length, NULL) == YD_OK);
    bool same = after_length == length && memcmp(after, bytes, length) == 0;
    if (!right || same == mended || (mended && after_length != FILE_BYTES))
        yd_test_check(false, what, __FILE__, __LINE__);
    free(after);
}

static void what_may_lie_there(void)
{
    static uint8_t whole[FILE_BYTES + 1], other[FILE_BYTES];
    yd_npy_write_header(WIDTH, HEIGHT, whole);
    memcpy(other, whole, sizeof other);
    check_file("half a file", whole, FILE_BYTES / 2, true);
    check_file("a header alone", whole, YD_NPY_HEADER, true);
    check_file("too long", whole, FILE_BYTES + 1, true);
    check_file("half a header", whole, YD_NPY_HEADER / 2, false);
    check_file("empty", whole, 0, false);
    yd_npy_write_header(WIDTH, HEIGHT - 1, other);
    check_file("another size", other, FILE_BYTES, true);
    yd_npy_write_header(999999999, 999999999, other);
    check_file("a giant", other, FILE_BYTES, true);
    memcpy(other, whole, sizeof other);
    memcpy(strstr((char *)other + 10, "|u1"), "<f4", 3);
    check_file("floats", other, FILE_BYTES, false);
    memcpy(other, whole, sizeof other);
    memcpy(strstr((char *)other + 10, "(30"), "(-3", 3);
    check_file("less than nothing", other, FILE_BYTES, false);
    memcpy(other, whole, sizeof other);
    other[8] = other[9] = 0xff;
    check_file("a header beyond the file", other, FILE_BYTES, true);
    memcpy(other, whole, sizeof other);
    other[6] = 2, other[10] = other[11] = 0xff;
    check_file("of version 2, with its text elsewhere", other, FILE_BYTES, false);
    memset(other, 0, sizeof other);
    check_file("nothing but zeros", other, FILE_BYTES, false);
}

/* Folders, pipes and dangling links where the file would be: no waiting, no harm. */
static void no_files_at_all(void)
{
    struct stat info;
    make_picture("folder", "a.png", 1);
    REQUIRE(mkdir(path_of("folder", "a.npy"), 0700) == 0);
    CHECK(open_and_show("folder", 1));
    CHECK(stat(path_of("folder", "a.npy"), &info) == 0 && S_ISDIR(info.st_mode));
    make_picture("pipe", "a.png", 2);
    REQUIRE(mkfifo(path_of("pipe", "a.npy"), 0600) == 0);
    CHECK(open_and_show("pipe", 2));
    CHECK(stat(path_of("pipe", "a.npy"), &info) == 0 && S_ISFIFO(info.st_mode));
    make_picture("link", "a.png", 3);
    REQUIRE(symlink("a.npy", path_of("link", "a.npy")) == 0);
    CHECK(open_and_show("link", 3));
    CHECK(lstat(path_of("link", "a.npy"), &info) == 0 && S_ISLNK(info.st_mode));
}

static void changed_pictures(void)
{
    char *data;
    size_t length;
    make_picture("changed", "a.png", 1);
    CHECK(open_and_show("changed", 1));
    make_picture("changed", "a.png", 2);
    set_time(path_of("changed", "a.png"),
             time(NULL) + 3600); /* later than the file, and ahead of the clock */
    CHECK(open_and_show("changed", 2));
    REQUIRE(yd_file_read(path_of("changed", "a.npy"), 0, &data, &length, NULL) == YD_OK);
    CHECK(length == FILE_BYTES && (uint8_t)data[YD_NPY_HEADER + 2] == 2); /* written anew */
    free(data);
}

static void names_alike(void)
{
    make_picture("alike", "a.jpg", 1);
    make_picture("alike", "a.png", 2);
    make_picture("alike", "b.png", 3);
    yd_dataset *set = open_set("alike");
    REQUIRE(set->count == 3);
    CHECK(shows(set, 1, 2) && shows(set, 2, 3));
    CHECK(!yd_file_exists(path_of("alike", "a.npy")) && yd_file_exists(path_of("alike", "b.npy")));
    yd_dataset_close(set);
}

static int entries(const char *folder)
{
    int count = 0;
    DIR *listing = opendir(folder);
    REQUIRE(listing);
    for (struct dirent *entry; (entry = readdir(listing));)
        count += entry->d_name[0] != '.' || entry->d_name[1];
    closedir(listing);
    return count - 1; /* ".." */
}

/* In a child whose files may not grow beyond 1000 bytes, as on a full disk. */
static int on_a_full_disk(void)
{
    char folder[4400];
    yd_path_parent(folder, sizeof folder, path_of("full", "x"));
    yd_dataset *set = open_set("full");
    yd_log_set_receiver(receive, NULL);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
    if (!shows(set, 0, 1) || !shows(set, 1, 2)) return 1;
    const char *told = strstr(logged, "no further pictures are kept on disk: ");
    if (!told || !strstr(told, "a.npy: cannot write")) return 2;
    if (strchr(logged, '\n') != strrchr(logged, '\n')) return 3; /* told once */
    return entries(folder) == 2 ? 0 : 4;                         /* nothing is left beside the pictures */
}

static void a_full_disk(void)
{
    make_picture("full", "a.png", 1);
    make_picture("full", "b.png", 2);
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) _exit(on_a_full_disk());
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* More than any disk holds: said before anything is written, and what is there already counts. */
static void no_room(void)
{
    static const int giant[2][2] = {{WIDTH, HEIGHT}, {2000000000, 1000000000}};
    make_picture("room", "a.png", 1);
    make_picture("room", "b.png", 2);
    CHECK(open_and_show("room", 1));
    const char *paths[2] = {path_of("room", "a.png"), path_of("room", "b.png")};
    yd_disk_cache *cache;
    yd_image image;
    logged[0] = '\0';
    yd_log_set_receiver(receive, NULL);
    REQUIRE(yd_disk_cache_open(paths, giant, 2, &cache, NULL) == YD_OK);
    yd_log_set_receiver(NULL, NULL);
    CHECK(strstr(logged, "would take 6000000000.0 GB beside their files, ") != NULL);
    CHECK(strstr(logged, "1 of 2 pictures are there") != NULL);
    CHECK(yd_disk_cache_get(cache, 0, &image));
    yd_disk_cache_put(cache, 1, &image);
    CHECK(!yd_file_exists(path_of("room", "b.npy")));
    yd_image_free(&image);
    yd_disk_cache_close(cache);
}

static const yd_test_case cases[] = {
    {"round trip", round_trip},
    {"what may lie there", what_may_lie_there},
    {"no files at all", no_files_at_all},
    {"changed pictures", changed_pictures},
    {"names alike", names_alike},
    {"a full disk", a_full_disk},
    {"no room", no_room},
};
TEST_MAIN(cases)
