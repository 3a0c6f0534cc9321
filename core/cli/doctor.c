#include "cli/doctor.h"
#include "backend/backend.h"
#include "base/file.h"
#include "base/thread.h"
#include "cli/launch.h"
#include "config/find.h"
#include "config/run_folder.h"
#include "image/font_advice.h"
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { GIB = 1 << 30, MAX_PROC_FILE = 1 << 20 };

/* How much a line matters: something to know, something to do, something that stands in the way of
 * everything. */
typedef enum weight { FINE, ADVICE, MISSING } weight;

typedef struct report {
    const yd_cli *cli;
    const char *root;
    yd_text *text;
    const char *subject; /* shown before its first line */
    int missing;
} report;

__attribute__((format(printf, 3, 4))) static void say(report *r, weight how, const char *format, ...)
{
    static const char *const marks[] = {"  ", "? ", "! "};
    char line[2048], escaped[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments); /* NOLINT(clang-analyzer-valist.*): set one line above */
    va_end(arguments);
    yd_text_addf(r->text, "%s%-10s %s\n", marks[how], r->subject, yd_escape(escaped, sizeof escaped, line));
    r->subject = "";
    r->missing += how == MISSING;
}

/* A whole file of the system below the root; NULL where it cannot be read. The caller frees it. */
static char *read_system_file(const report *r, const char *path)
{
    char full[YD_PATH_MAX], *data;
    size_t length;
    snprintf(full, sizeof full, "%s%s", r->root, path);
    return yd_file_read(full, MAX_PROC_FILE, &data, &length, NULL) == YD_OK ? data : NULL;
}

static bool system_file_exists(const report *r, const char *path)
{
    char full[YD_PATH_MAX];
    snprintf(full, sizeof full, "%s%s", r->root, path);
    return access(full, F_OK) == 0;
}

/* The value of the first line "key<blanks>: value" of text, cut at the end of the line. */
static bool find_value(const char *text, const char *key, char *out, size_t capacity)
{
    size_t length = strlen(key);
    for (const char *line = text; line && *line;) {
        const char *rest = line + length;
        const char *end = strchr(line, '\n');
        if (strncmp(line, key, length) == 0) {
            rest += strspn(rest, " \t");
            if (*rest == ':') {
                rest += 1 + strspn(rest + 1, " \t");
                snprintf(out, capacity, "%.*s", (int)strcspn(rest, "\n"), rest);
                return true;
            }
        }
        line = end ? end + 1 : NULL;
    }
    return false;
}

/* Whether word stands in a list that is separated by blanks. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
    return false;
}

static void check_processor(report *r)
{
    static const struct {
        const char *flag, *name;
    } features[] = {{"avx2", "AVX2"},        {"fma", "FMA"},           {"avx512f", "AVX-512"},
                    {"avx512_bf16", "bf16"}, {"amx_bf16", "AMX bf16"}, {"asimd", "NEON"},
                    {"sve", "SVE"},          {"bf16", "bf16"}};
    char model[128] = "unknown", flags[8192] = "", list[256] = "";
    char *info = read_system_file(r, "/proc/cpuinfo");
    r->subject = "processor";
    if (info) {
        find_value(info, "model name", model, sizeof model);
        if (!find_value(info, "flags", flags, sizeof flags))
            find_value(info, "Features", flags, sizeof flags);
    }
    free(info);
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        size_t n = strlen(list);
        if (has_word(flags, features[i].flag))
            snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", features[i].name);
    }
    say(r, FINE, "%s, %d core%s for this process: %s", model, yd_cpu_count(), yd_cpu_count() == 1 ? "" : "s",
        *list ? list : "no vector instructions known here");
    if (!has_word(flags, "avx2") && !has_word(flags, "asimd"))
        say(r, ADVICE, "no AVX2: training works, but slowly; take a machine from 2014 or later");
    if (yd_cpu_count() == 1) say(r, ADVICE, "one core: loading pictures and computing take turns");
}

static void check_memory(report *r)
{
    char total[64] = "", available[64] = "";
    char *info = read_system_file(r, "/proc/meminfo"),
         *limit = read_system_file(r, "/sys/fs/cgroup/memory.max");
    r->subject = "memory";
    if (info) {
        find_value(info, "MemTotal", total, sizeof total);
        find_value(info, "MemAvailable", available, sizeof available);
    }
    double free_gib = strtod(available, NULL) * 1024 / GIB;
    say(r, FINE, "%.1f GiB, %.1f GiB available", strtod(total, NULL) * 1024 / GIB, free_gib);
    if (limit && *limit >= '0' && *limit <= '9') {
        double limit_gib = strtod(limit, NULL) / GIB;
        say(r, limit_gib < 2 ? ADVICE : FINE, "a control group allows %.1f GiB", limit_gib);
    }
    if (info && free_gib < 2)
        say(r, ADVICE, "less than 2 GiB available: keep --batch-size and --img-size small");
    free(info);
    free(limit);
}

static void check_disk(report *r)
{
    char folder[YD_PATH_MAX];
    struct statvfs info;
    r->subject = "disk";
    if (!getcwd(folder, sizeof folder) || statvfs(folder, &info) != 0) {
        say(r, ADVICE, "the current folder cannot be examined; runs go to runs/train below it");
        return;
    }
    double free_gib = (double)info.f_bavail * (double)info.f_frsize / GIB;
    say(r, FINE, "%.1f GiB free in %s", free_gib, folder);
    if (free_gib < 1) say(r, ADVICE, "less than 1 GiB: make room, or give --project another disk");
    if (access(folder, W_OK) != 0)
        say(r, ADVICE, "this folder cannot be written to: give --project, or change to another one");
}

static void check_software(report *r)
{
    char folder[YD_PATH_MAX];
    yd_error error;
    struct utsname kernel;
    r->subject = "software";
    if (uname(&kernel) == 0) say(r, FINE, "%s %s, YoloDeck %s", kernel.sysname, kernel.release, YD_VERSION);
    for (int i = 0; r->cli->hooks->libraries && r->cli->hooks->libraries[i]; i++)
        say(r, FINE, "%s", r->cli->hooks->libraries[i]());
    say(r, FINE, "libyaml %s", yd_yaml_version());
    if (!yd_backend_find("cpu")) say(r, MISSING, "no CPU backend in this build: build it with oneDNN");
    if (yd_config_folder(folder, sizeof folder, &error) == YD_OK)
        say(r, FINE, "configurations in %s", folder);
    else
        say(r, MISSING, "%s", error.message);
    int descriptor = memfd_create("doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor >= 0)
        close(descriptor);
    else
        say(r, MISSING, "this kernel has no memfd_create, which live runs need: Linux 3.17 or later");
}

static void check_graphics(report *r)
{
    r->subject = "GPU";
    if (system_file_exists(r, "/proc/driver/nvidia/version") || system_file_exists(r, "/dev/nvidiactl"))
        say(r, ADVICE, "an NVIDIA driver is there, but this build computes on the processor alone");
    else
        say(r, FINE, "none; training runs on the processor");
}

/* Whether TERM names a type that can be drawn on. */
static bool can_draw(const char *term)
{
    return term && *term && strcmp(term, "dumb") != 0 && strcmp(term, "unknown") != 0;
}

static void check_terminal(report *r)
{
    const char *term = getenv("TERM"), *colour = getenv("COLORTERM"), *codeset = nl_langinfo(CODESET);
    bool unicode = strcmp(codeset, "UTF-8") == 0,
         direct = colour && (strstr(colour, "truecolor") || strstr(colour, "24bit"));
    const char *depth = direct                        ? "true colour"
                        : term && strstr(term, "256") ? "256 colours"
                                                      : "8 colours or none";
    r->subject = "terminal";
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        say(r, FINE, "none here: train prints plain lines, attach opens the console from a terminal");
    if (!can_draw(term)) {
        say(r, ADVICE,
            "TERM is %s: plain lines only; set TERM to the type of your terminal, such as xterm-256color",
            term && *term ? term : "not set");
        return;
    }
    say(r, FINE, "%s, %s, %s", term, codeset, depth);
    if (!unicode)
        say(r, ADVICE, "not UTF-8: curves are drawn in ASCII; set LANG to C.UTF-8 or a language in UTF-8");
    if (getenv("NO_COLOR")) say(r, FINE, "NO_COLOR is set: no colours");
    char line[512];
    if (r->cli->hooks->describe_terminal &&
        r->cli->hooks->describe_terminal(line, sizeof line, NULL) == YD_OK)
        say(r, FINE, "%s", line);
}

/* What plots and captions are set in. */
static void check_fonts(report *r)
{
    static const struct {
        const char *name, *sample, *package;
    } scripts[] = {{"Chinese, Japanese or Korean", "\xE6\xBC\xA2", "fonts-noto-cjk"},
                   {"Arabic", "\xD8\xB9", "fonts-noto-core"},
                   {"Hindi", "\xE0\xA4\x85", "fonts-noto-core"},
                   {"Cyrillic", "\xD0\x96", "fonts-dejavu-core"}};
    char family[64], advice[512];
    r->subject = "fonts";
    if (!yd_font_family(family, sizeof family)) {
        yd_font_advice(NULL, 0, advice, sizeof advice);
        say(r, ADVICE, "%s", advice);
        return;
    }
    say(r, FINE, "plots are set in %s", family);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (yd_font_advice(&scripts[i].sample, 1, advice, sizeof advice))
            say(r, FINE, "none for %s (Debian: %s)", scripts[i].name, scripts[i].package);
}

/* What may end a run when its terminal goes. */
static void check_session(report *r)
{
    char line[1024];
    bool advised = false;
    r->subject = "session";
    if (yd_launch_kills_at_leave(line, sizeof line)) {
        say(r, ADVICE, "leaving the console ends the run here, so train stays until it is done: %s", line);
        advised = true;
    }
    if (yd_launch_logout_warning(line, sizeof line)) {
        say(r, ADVICE, "%s", line);
        advised = true;
    }
    if (!advised) say(r, FINE, "runs outlive the terminal that starts them");
}

int yd_doctor_report(const yd_cli *cli, const char *root, yd_text *text)
{
    report r = {.cli = cli, .root = root, .text = text};
    check_processor(&r);
    check_memory(&r);
    check_disk(&r);
    check_graphics(&r);
    check_software(&r);
    check_terminal(&r);
    check_fonts(&r);
    check_session(&r);
    return r.missing;
}

int yd_cli_doctor(const yd_cli *cli, int argc, char **argv)
{
    yd_arena *arena = yd_arena_create(0);
    yd_options options;
    yd_text text = {0};
    int status;
    if (yd_cli_options(YD_FOR_DOCTOR, argc, argv, arena, &options, &status)) {
        int missing = yd_doctor_report(cli, "", &text);
        if (text.data) fputs(text.data, stdout);
        puts(missing ? "! is missing and has to be mended" : "nothing is missing; ? is advice");
        status = missing ? yd_exit_code(YD_ERR_INTERNAL) : 0;
    }
    yd_text_free(&text);
    yd_arena_destroy(arena);
    return status;
}
