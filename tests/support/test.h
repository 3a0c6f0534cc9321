/* The smallest harness: a test program lists its cases; asserts survive NDEBUG; exit status 0, 1 or 77
 * (skipped). */
#pragma once
#include <stdbool.h>

typedef void yd_test_function(void);
typedef struct yd_test_case {
    const char *name;
    yd_test_function *run;
} yd_test_case;

/* What takes a while on a quiet machine may take so many times as long where a test runs: under load, under a
 * sanitizer. Every limit on time is multiplied by it; a wait is over as soon as what it waits for is there.
 */
enum { YD_TEST_PATIENCE = 8 };

/* Runs the cases (or those whose name contains argv[1]), prints a line for each, returns the exit status:
 * 1 where one failed, 77 where none ran to its end because all were skipped, else 0. */
int yd_test_main(int argc, char **argv, const yd_test_case *cases, int count);

void yd_test_check(bool holds, const char *expression, const char *file, int line);
_Noreturn void yd_test_fatal(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void yd_test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
void yd_test_check_near(double found, double wanted, double tolerance, const char *expression,
                        const char *file, int line);
void yd_test_check_text(const char *found, const char *wanted, const char *file, int line);

/* Goes on after a failure. */
#define CHECK(expression) yd_test_check((expression), #expression, __FILE__, __LINE__)
#define CHECK_NEAR(found, wanted, tolerance)                                                                 \
    yd_test_check_near((found), (wanted), (tolerance), #found, __FILE__, __LINE__)
#define CHECK_TEXT(found, wanted) yd_test_check_text((found), (wanted), __FILE__, __LINE__)
/* Ends this case. */
#define REQUIRE(expression) ((expression) ? (void)0 : yd_test_fatal(__FILE__, __LINE__, "%s", #expression))

#define TEST_MAIN(cases)                                                                                     \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        return yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));                         \
    }

/* A fresh folder under $TMPDIR, removed when the program ends. */
const char *yd_test_folder(void);
/* "<source>/../shared/<name>"; skips the case, by name, where it does not exist. $YD_GOLDEN replaces
 * "golden". */
const char *yd_test_shared(const char *name);
