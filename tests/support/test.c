#include "support/test.h"
#include <dirent.h>
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum outcome { PASSED, FAILED, SKIPPED };
static jmp_buf leave_case;
static int failures; /* of the case that runs */
static char folder[4096];
static pid_t owner; /* a forked child must not remove the folder */

void yd_test_check(bool holds, const char *expression, const char *file, int line)
{
    if (holds) return;
    failures++;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, expression);
}

void yd_test_check_near(double found, double wanted, double tolerance, const char *expression,
                        const char *file, int line)
{
    if (fabs(found - wanted) <= tolerance) return;
    failures++;
    fprintf(stderr, "%s:%d: %s is %.17g, wanted %.17g within %g\n", file, line, expression, found, wanted,
            tolerance);
}

void yd_test_check_text(const char *found, const char *wanted, const char *file, int line)
{
    if (found && strcmp(found, wanted) == 0) return;
    failures++;
    fprintf(stderr, "%s:%d: found \"%s\", wanted \"%s\"\n", file, line, found ? found : "(null)", wanted);
}

void yd_test_fatal(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    longjmp(leave_case, FAILED);
}

void yd_test_skip(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("  skipped: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    longjmp(leave_case, SKIPPED);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info, (void)type, (void)place;
    return remove(path);
}

static void remove_folder(void)
{
    if (getpid() == owner) nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *yd_test_folder(void)
{
    if (folder[0]) return folder;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/yolodeck-test-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder)) yd_test_fatal(__FILE__, __LINE__, "cannot make %s", folder);
    owner = getpid();
    atexit(remove_folder);
    return folder;
}

const char *yd_test_shared(const char *name)
{
    static char paths[16][4096];
    static unsigned next;
    char *path = paths[next++ % 16];
    const char *golden = getenv("YD_GOLDEN");
    if (golden && strncmp(name, "golden/", 7) == 0)
        snprintf(path, sizeof paths[0], "%s/%s", golden, name + 7);
    else
        snprintf(path, sizeof paths[0], "%s/../shared/%s", YD_SOURCE_DIR, name);
    if (access(path, R_OK) != 0) yd_test_skip("needs %s", path);
    return path;
}

/* A function of its own, so that no variable lives across the longjmp. */
static int run_case(const yd_test_case *test)
{
    failures = 0;
    int outcome = setjmp(leave_case);
    if (outcome == PASSED) test->run();
    return failures ? FAILED : outcome;
}

int yd_test_main(int argc, char **argv, const yd_test_case *cases, int count)
{
    static const char *const words[] = {[PASSED] = "ok     ", [FAILED] = "FAILED ", [SKIPPED] = "skipped"};
    int counts[] = {[PASSED] = 0, [FAILED] = 0, [SKIPPED] = 0};
    for (int i = 0; i < count; i++) {
        if (argc > 1 && !strstr(cases[i].name, argv[1])) continue;
        int outcome = run_case(&cases[i]);
        printf("%s %s\n", words[outcome], cases[i].name);
        fflush(stdout);
        counts[outcome]++;
    }
    printf("%d passed, %d failed, %d skipped\n", counts[PASSED], counts[FAILED], counts[SKIPPED]);
    return counts[FAILED] ? 1 : counts[PASSED] == 0 && counts[SKIPPED] ? 77 : 0;
}
