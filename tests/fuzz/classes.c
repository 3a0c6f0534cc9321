/* Any bytes as classes.jsonl: the index is in order, and what is read of a line is whole. */
#include "series/class_file.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const yd_class_report *report)
{
    for (int c = 0; c < report->class_count; c++) YD_ASSERT(report->names[c] && report->rows[c].labels >= 0);
    for (int i = 0; i < report->entry_count; i++) {
        const yd_confusion_entry *entry = &report->entries[i];
        YD_ASSERT(entry->predicted <= report->class_count && entry->truth <= report->class_count);
        YD_ASSERT(yd_class_report_count(report, entry->predicted, entry->truth) == entry->count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    bool more = true;
    int fd = memfd_create("classes", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    yd_class_file *file = yd_class_file_create(path);
    while (file && more) yd_class_file_refresh(file, &more);
    for (int i = 0; file && i < yd_class_file_count(file); i++) {
        const yd_class_head *head = yd_class_file_head(file, i);
        yd_class_report report;
        YD_ASSERT(!i || head->step >= yd_class_file_head(file, i - 1)->step);
        if (yd_class_file_load(file, i, &report, NULL) != YD_OK) continue;
        look_at(&report);
        yd_class_report_free(&report);
    }
    yd_class_file_destroy(file);
    close(fd);
    return 0;
}
