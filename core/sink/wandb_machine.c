#include "sink/wandb_machine.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory_room.h"
#include "base/thread.h"
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* The value of the first line "name … : value" of /proc/cpuinfo. */
static void read_processor(char *out, size_t capacity)
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && fgets(line, sizeof line, file)) {
        char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !value) continue;
        value += strspn(value, ": \t");
        value[strcspn(value, "\n")] = '\0';
        yd_escape(out, capacity, value);
        break;
    }
    if (file) fclose(file);
}

static void read_disk(const char *folder, int64_t *total, int64_t *used)
{
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0) return;
    *total = (int64_t)(disk.f_blocks * disk.f_frsize);
    *used = (int64_t)((disk.f_blocks - disk.f_bfree) * disk.f_frsize);
}

void yd_wandb_machine_read(yd_wandb_machine *machine, const char *program, const char *folder,
                           int64_t start_ns)
{
    struct utsname kernel;
    int64_t available;
    *machine = (yd_wandb_machine){.start_ns = start_ns, .cpus = yd_cpu_count()};
    if (uname(&kernel) == 0) {
        snprintf(machine->system, sizeof machine->system, "%.40s-%.60s-%.40s", kernel.sysname, kernel.release,
                 kernel.machine);
        yd_copy_text(machine->host, sizeof machine->host, kernel.nodename);
    }
    yd_copy_text(machine->program, sizeof machine->program, program);
    ssize_t length = readlink("/proc/self/exe", machine->executable, sizeof machine->executable - 1);
    machine->executable[length > 0 ? length : 0] = '\0';
    read_processor(machine->processor, sizeof machine->processor);
    if (!yd_memory_room("", &available, &machine->memory_bytes)) machine->memory_bytes = 0;
    read_disk(folder, &machine->disk_bytes, &machine->disk_used_bytes);
}

void yd_wandb_machine_json(const yd_wandb_machine *machine, yd_text *text)
{
    yd_json json;
    char started[40];
    struct tm parts;
    time_t second = (time_t)(machine->start_ns / 1000000000);
    gmtime_r(&second, &parts);
    strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", &parts);
    yd_json_start(&json, text);
    yd_json_open(&json, NULL, '{');
    yd_json_string(&json, "os", machine->system);
    yd_json_string(&json, "startedAt", started);
    yd_json_string(&json, "program", machine->program);
    yd_json_string(&json, "host", machine->host);
    yd_json_string(&json, "executable", machine->executable);
    yd_json_integer(&json, "cpu_count", machine->cpus);
    yd_json_open(&json, "disk", '{');
    yd_json_open(&json, "/", '{');
    yd_json_integer(&json, "total", machine->disk_bytes);
    yd_json_integer(&json, "used", machine->disk_used_bytes);
    yd_json_close(&json, '}');
    yd_json_close(&json, '}');
    yd_json_open(&json, "memory", '{');
    yd_json_integer(&json, "total", machine->memory_bytes);
    yd_json_close(&json, '}');
    yd_json_open(&json, "cpu", '{');
    yd_json_string(&json, "model", machine->processor);
    yd_json_integer(&json, "count", machine->cpus);
    yd_json_close(&json, '}');
    yd_json_close(&json, '}');
    yd_text_add(text, "\n");
}

void yd_wandb_machine_stats(const yd_wandb_machine *machine, const yd_status_block *block,
                            yd_wandb_values *values)
{
    static const double mebi = 1 << 20, gibi = 1 << 30;
    int64_t available, total, disk = machine->disk_bytes, used;
    yd_wandb_values_number(values, "cpu", (double)block->cpu_percent / machine->cpus);
    yd_wandb_values_number(values, "proc.memory.rssMB", (double)block->memory_bytes / mebi);
    if (yd_memory_room("", &available, &total) && total > 0) {
        yd_wandb_values_number(values, "proc.memory.availableMB", (double)available / mebi);
        yd_wandb_values_number(values, "proc.memory.percent",
                               100.0 * (double)block->memory_bytes / (double)total);
        yd_wandb_values_number(values, "memory_percent", 100.0 * (double)(total - available) / (double)total);
    }
    if (disk <= 0) return;
    used = disk - block->disk_free_bytes;
    yd_wandb_values_number(values, "disk./.usagePercent", 100.0 * (double)used / (double)disk);
    yd_wandb_values_number(values, "disk./.usageGB", (double)used / gibi);
}
