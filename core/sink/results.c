#include "sink/results.h"
#include "base/file.h"
#include "base/text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CSV_COLUMNS = 14, TXT_COLUMNS = 15, LINE_LIMIT = 1024, FILE_LIMIT = 1 << 26 };

static const char *const csv_names[CSV_COLUMNS] = {"epoch",
                                                   "train/box_loss",
                                                   "train/obj_loss",
                                                   "train/cls_loss",
                                                   "metrics/precision",
                                                   "metrics/recall",
                                                   "metrics/mAP_0.5",
                                                   "metrics/mAP_0.5:0.95",
                                                   "val/box_loss",
                                                   "val/obj_loss",
                                                   "val/cls_loss",
                                                   "x/lr0",
                                                   "x/lr1",
                                                   "x/lr2"};

static size_t fits(int length, size_t capacity)
{
    return length > 0 && (size_t)length < capacity ? (size_t)length : 0;
}

size_t yd_results_csv_header(char *out, size_t capacity)
{
    size_t length = 0;
    for (int c = 0; c < CSV_COLUMNS; c++) {
        const char *end = c == CSV_COLUMNS - 1 ? "\n" : ",";
        size_t added =
            fits(snprintf(out + length, capacity - length, "%20s%s", csv_names[c], end), capacity - length);
        if (!added) return 0;
        length += added;
    }
    return length;
}

size_t yd_results_csv_row(char *out, size_t capacity, const yd_epoch_row *row, yd_results_order order)
{
    bool bias_first = order == YD_RESULTS_BIAS_FIRST;
    const double values[CSV_COLUMNS] = {row->epoch,     row->box,
                                        row->obj,       row->cls,
                                        row->precision, row->recall,
                                        row->map50,     row->map50_95,
                                        row->val_box,   row->val_obj,
                                        row->val_cls,   row->lr[bias_first ? 2 : 0],
                                        row->lr[1],     row->lr[bias_first ? 0 : 2]};
    size_t length = 0;
    for (int c = 0; c < CSV_COLUMNS; c++) {
        const char *end = c == CSV_COLUMNS - 1 ? "\n" : ",";
        int printed = snprintf(out + length, capacity - length, "%20.5g%s", yd_unsigned_nan(values[c]), end);
        if (!fits(printed, capacity - length)) return 0;
        length += (size_t)printed;
    }
    return length;
}

size_t yd_results_txt_row(char *out, size_t capacity, const yd_epoch_row *row)
{
    char epoch[32], memory[32];
    snprintf(epoch, sizeof epoch, "%d/%d", row->epoch, row->epochs - 1);
    snprintf(memory, sizeof memory, "%.3gG", (double)row->device_memory_bytes / 1e9);
    const double values[] = {row->box,        row->obj,       row->cls,    row->total, row->last_labels,
                             row->last_width, row->precision, row->recall, row->map50, row->map50_95,
                             row->val_box,    row->val_obj,   row->val_cls};
    size_t length = fits(snprintf(out, capacity, "%10s%10s", epoch, memory), capacity);
    for (size_t c = 0; c < sizeof values / sizeof *values && length; c++) {
        int printed = snprintf(out + length, capacity - length, "%10.4g", yd_unsigned_nan(values[c]));
        length = fits(printed, capacity - length) ? length + (size_t)printed : 0;
    }
    if (!length || length + 2 > capacity) return 0;
    out[length++] = '\n';
    out[length] = 0;
    return length;
}

static yd_status path_of(char path[4096], const char *folder, const char *name, yd_error *error)
{
    if (yd_path_join(path, 4096, folder, name)) return YD_OK;
    return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
}

static bool has_content(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && info.st_size > 0;
}

yd_status yd_results_append(const char *folder, const yd_epoch_row *row, yd_results_order order,
                            yd_error *error)
{
    char path[4096], lines[2 * LINE_LIMIT];
    YD_TRY(path_of(path, folder, "results.csv", error));
    size_t header = has_content(path) ? 0 : yd_results_csv_header(lines, LINE_LIMIT);
    size_t length = header + yd_results_csv_row(lines + header, LINE_LIMIT, row, order);
    YD_TRY(yd_file_append(path, lines, length, error));
    YD_TRY(path_of(path, folder, "results.txt", error));
    length = yd_results_txt_row(lines, LINE_LIMIT, row);
    return yd_file_append(path, lines, length, error);
}

/* The epoch that a whole line is of, or -1: lines end at NUL here, and give up their newline. */
typedef int64_t epoch_reader(char *line);

static int64_t csv_epoch(char *line)
{
    int columns = 1;
    double epoch;
    for (const char *c = line; *c; c++) columns += *c == ',';
    if (columns != CSV_COLUMNS) return -1;
    char *field = line + strspn(line, " ");
    field[strcspn(field, ",")] = 0;
    return yd_parse_double(field, &epoch) && epoch >= 0 && epoch < 1e9 ? (int64_t)epoch : -1;
}

static int64_t txt_epoch(char *line)
{
    int columns = 0;
    int64_t epoch;
    for (const char *c = line; *c;) {
        c += strspn(c, " ");
        columns += *c != 0;
        c += strcspn(c, " ");
    }
    if (columns != TXT_COLUMNS) return -1;
    char *field = line + strspn(line, " ");
    field[strcspn(field, "/")] = 0;
    return yd_parse_int(field, &epoch) && epoch >= 0 ? epoch : -1;
}

/* Moves the lines to keep to the front of data; returns their length. */
static size_t keep_lines(char *data, size_t length, bool header, int epoch, epoch_reader *read)
{
    size_t kept = 0;
    char copy[LINE_LIMIT];
    for (size_t start = 0; start < length;) {
        const char *end = memchr(data + start, '\n', length - start);
        if (!end) break; /* torn */
        size_t line = (size_t)(end - data) - start;
        bool stays = header && start == 0 && strncmp(data + strspn(data, " "), "epoch", 5) == 0;
        if (!stays && line < sizeof copy && !memchr(data + start, 0, line)) {
            memcpy(copy, data + start, line);
            copy[line] = 0;
            int64_t found = read(copy);
            stays = found >= 0 && found < epoch;
        }
        if (stays) {
            memmove(data + kept, data + start, line + 1);
            kept += line + 1;
        }
        start += line + 1;
    }
    return kept;
}

static yd_status trim(const char *folder, const char *name, bool header, int epoch, epoch_reader *read,
                      yd_error *error)
{
    char path[4096], *data;
    size_t length;
    YD_TRY(path_of(path, folder, name, error));
    if (!yd_file_exists(path)) return YD_OK;
    YD_TRY(yd_file_read(path, FILE_LIMIT, &data, &length, error));
    size_t kept = keep_lines(data, length, header, epoch, read);
    yd_status status = kept == length ? YD_OK : yd_file_write(path, data, kept, error);
    free(data);
    return status;
}

yd_status yd_results_trim(const char *folder, int epoch, yd_error *error)
{
    YD_TRY(trim(folder, "results.csv", true, epoch, csv_epoch, error));
    return trim(folder, "results.txt", false, epoch, txt_epoch, error);
}
