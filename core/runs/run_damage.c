#include "runs/run_damage.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "config/yaml.h"
#include "series/evolution.h"
#include "series/ledger.h"
#include "series/results_reader.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_CAPACITY = 4096, MOST_BYTES = 256 << 20 };

/* Each says what is wrong with a regular file, NULL where nothing is. */

static const char *check_yaml(const char *path)
{
    yd_yaml yaml;
    yd_arena *arena = yd_arena_create(0);
    bool sound = !arena || yd_yaml_load(path, arena, &yaml, NULL) == YD_OK;
    yd_arena_destroy(arena);
    return sound ? NULL : "no YAML";
}

static const char *check_table(const char *path)
{
    yd_results results = {0};
    struct stat info;
    if (stat(path, &info) == 0 && info.st_size == 0) return NULL; /* no epoch has ended yet */
    bool table = yd_results_read(path, &results, NULL) == YD_OK, whole = !results.skipped;
    yd_results_free(&results);
    return !table ? "no table" : whole ? NULL : "lines that cannot be read";
}

static const char *check_lines(const char *path, int (*parse)(const char *text, size_t length))
{
    char *text;
    size_t length;
    if (yd_file_read(path, MOST_BYTES, &text, &length, NULL) != YD_OK) return "cannot be read";
    int bad = parse(text, length);
    free(text);
    return bad > 0 ? "lines that cannot be read" : NULL;
}

static int parse_evolution(const char *text, size_t length)
{
    yd_evolution evolution = YD_EVOLUTION;
    int bad = yd_evolution_parse(&evolution, text, length);
    yd_evolution_free(&evolution);
    return bad;
}

static int parse_ledger(const char *text, size_t length)
{
    yd_ledger ledger = YD_LEDGER;
    int bad = yd_ledger_parse(&ledger, text, length);
    yd_ledger_free(&ledger);
    return bad;
}

static const char *check_evolution(const char *path)
{
    return check_lines(path, parse_evolution);
}

static const char *check_ledger(const char *path)
{
    return check_lines(path, parse_ledger);
}

/* PyTorch's files: a zip archive, whose directory ends with 22 bytes that begin "PK\5\6", or before 1.6 a row
 * of pickles. */
static const char *check_weights(const char *path)
{
    unsigned char head[4] = {0}, tail[22] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    bool read = end >= (off_t)sizeof tail && pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
                pread(fd, tail, sizeof tail, end - (off_t)sizeof tail) == (ssize_t)sizeof tail;
    if (fd >= 0) close(fd);
    if (end == 0) return "empty";
    if (!read) return "cannot be read";
    if (memcmp(head, "PK\3\4", 4) == 0) return memcmp(tail, "PK\5\6", 4) == 0 ? NULL : "cut off";
    return head[0] == 0x80 ? NULL : "no weights";
}

static const struct {
    const char *name;
    const char *(*check)(const char *path); /* NULL: whatever is in it */
} files[] = {{"train.log", NULL},
             {"classes.jsonl", NULL},
             {"opt.yaml", check_yaml},
             {"hyp.yaml", check_yaml},
             {"results.csv", check_table},
             {"results.txt", check_table},
             {"tweaks.jsonl", check_ledger},
             {"evolve.jsonl", check_evolution},
             {"weights/last.pt", check_weights},
             {"weights/best.pt", check_weights}};

void yd_run_damage(const char *folder, char *out, size_t capacity)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof files / sizeof *files && used < capacity; i++) {
        char path[PATH_CAPACITY];
        struct stat info;
        if (!yd_path_join(path, sizeof path, folder, files[i].name) || stat(path, &info) != 0) continue;
        const char *wrong = S_ISDIR(info.st_mode) ? "a folder" : NULL;
        if (S_ISREG(info.st_mode) && files[i].check) wrong = files[i].check(path);
        if (wrong)
            used += (size_t)snprintf(out + used, capacity - used, "%s%s (%s)", used ? ", " : "",
                                     files[i].name, wrong);
    }
}
