#include "tui/history.h"
#include "base/file.h"
#include "base/text.h"
#include "event/user_folder.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_CAPACITY = 4096, FILE_LIMIT = 64 << 10 };

static bool find_path(char path[PATH_CAPACITY])
{
    char folder[PATH_CAPACITY];
    return yd_user_folder(YD_PLACE_STATE, folder, sizeof folder, NULL) == YD_OK &&
           yd_path_join(path, PATH_CAPACITY, folder, "history");
}

static void add(yd_entry_history *history, const char *line)
{
    yd_entry clean = {0};
    yd_entry_set(&clean, line);
    const char *last = history->lines[(history->count + YD_ENTRY_HISTORY - 1) % YD_ENTRY_HISTORY];
    if (!clean.text[0] || (history->count && strcmp(last, clean.text) == 0)) return;
    yd_copy_text(history->lines[history->count++ % YD_ENTRY_HISTORY], YD_ENTRY_LIMIT, clean.text);
}

static void read_lines(const char *path, yd_entry_history *history)
{
    char *data, *rest;
    size_t length;
    if (!yd_file_exists(path) || yd_file_read(path, FILE_LIMIT, &data, &length, NULL) != YD_OK) return;
    rest = data; /* ends at a NUL, if there is one */
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) add(history, line);
    free(data);
}

int yd_history_load(yd_entry_history *history)
{
    char path[PATH_CAPACITY];
    if (find_path(path)) read_lines(path, history);
    return history->count;
}

void yd_history_save(const yd_entry_history *history, int loaded)
{
    yd_entry_history all = {0};
    char path[PATH_CAPACITY];
    yd_atomic_file file = {0};
    yd_text text = {0};
    int oldest = history->count - YD_ENTRY_HISTORY;
    if (history->count == loaded || !find_path(path)) return;
    read_lines(path, &all);
    for (int i = loaded > oldest ? loaded : oldest; i < history->count; i++)
        add(&all, history->lines[i % YD_ENTRY_HISTORY]);
    for (int i = all.count > YD_ENTRY_HISTORY ? all.count - YD_ENTRY_HISTORY : 0; i < all.count; i++)
        yd_text_addf(&text, "%s\n", all.lines[i % YD_ENTRY_HISTORY]);
    if (text.data && !text.failed && yd_atomic_open(&file, path, NULL) == YD_OK) {
        bool good = fchmod(file.fd, 0600) == 0 &&
                    yd_atomic_write(&file, text.data, text.length, NULL) == YD_OK &&
                    yd_atomic_commit(&file, NULL) == YD_OK;
        if (!good) yd_atomic_drop(&file);
    }
    yd_text_free(&text);
}
