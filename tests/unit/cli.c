/* Dispatch, help, suggestions and exit statuses of the command line, and doctor on machines that are made up.
 */
#include "cli/cli.h"
#include "base/file.h"
#include "cli/doctor.h"
#include "config/run_folder.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *library(void)
{
    return "somelib 1.2";
}

static const char *(*const libraries[])(void) = {library, NULL};
static const yd_cli_hooks hooks = {.libraries = libraries};

static char output[1 << 16], errors[1 << 16];

static void read_all(int descriptor, char *out, size_t capacity)
{
    size_t length = 0;
    for (ssize_t got; length < capacity - 1; length += (size_t)got)
        if ((got = read(descriptor, out + length, capacity - 1 - length)) <= 0) break;
    out[length] = '\0';
    close(descriptor);
}

/* Runs the command line in a child and returns its exit status; what it printed is in output and errors. */
static int run(const char *line)
{
    char copy[1024], *argv[32] = {"yolodeck"}, *rest = NULL;
    int argc = 1, out[2], err[2], status;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    REQUIRE(pipe(out) == 0 && pipe(err) == 0);
    fflush(stdout);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        dup2(out[1], 1), dup2(err[1], 2);
        int code = yd_cli_main(&hooks, argc, argv);
        fflush(stdout);
        _exit(code);
    }
    close(out[1]), close(err[1]);
    read_all(out[0], output, sizeof output); /* less than a pipe holds comes on the other */
    read_all(err[0], errors, sizeof errors);
    REQUIRE(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_overview(void)
{
    CHECK(run("") == 2 && !*output && strstr(errors, "usage: yolodeck COMMAND"));
    CHECK(run("help") == 0 && strstr(output, "\n  doctor   says what this machine offers") && !*errors);
    CHECK(run("--help") == 0 && strstr(output, "usage: yolodeck COMMAND"));
    CHECK(run("-h") == 0 && run("help help") == 0);
    CHECK(run("--version") == 0 && strncmp(output, "yolodeck 0.", 11) == 0 &&
          strstr(output, "\nsomelib 1.2\n"));
}

static void test_command_help(void)
{
    CHECK(run("help doctor") == 0 && strncmp(output, "usage: yolodeck doctor [OPTION]...\n", 35) == 0);
    CHECK(strstr(output, "\n  --help ") != NULL);
    char first[sizeof output];
    memcpy(first, output, sizeof first);
    CHECK(run("doctor --help") == 0);
    CHECK_TEXT(output, first);
    CHECK(run("doctor -h") == 0 && run("doctor --he") == 0);
}

static void test_refused(void)
{
    CHECK(run("doktor") == 2);
    CHECK_TEXT(errors, "yolodeck: unknown command doktor; did you mean doctor?\n");
    CHECK(run("help doktor") == 2);
    CHECK(run("frobnicate") == 2);
    CHECK_TEXT(errors, "yolodeck: unknown command frobnicate; yolodeck help lists them\n");
    CHECK(run("doctor --hulp") == 2);
    CHECK_TEXT(errors, "yolodeck: unknown option --hulp; did you mean --help?\nsee yolodeck doctor --help\n");
    CHECK(run("doctor me") == 2);
    CHECK_TEXT(errors, "yolodeck: doctor does not know what to do with \"me\"\nsee yolodeck doctor --help\n");
    CHECK(run("doctor \x1b[2J") == 2 && !strchr(errors, '\x1b'));
    CHECK(!*output);
}

/* A file of a made-up machine. */
static void put(const char *name, const char *text)
{
    char path[YD_PATH_MAX], folder[YD_PATH_MAX];
    yd_error error;
    snprintf(path, sizeof path, "%s%s", yd_test_folder(), name);
    yd_path_parent(folder, sizeof folder, path);
    REQUIRE(yd_make_folders(folder, &error) == YD_OK);
    REQUIRE(yd_file_write(path, text, strlen(text), &error) == YD_OK);
}

static const char *report(const char *root)
{
    static yd_text text;
    yd_cli cli = {.hooks = &hooks};
    yd_text_clear(&text);
    CHECK(yd_doctor_report(&cli, root, &text) == 1); /* no backend is registered here */
    return text.data;
}

static void test_doctor_machine(void)
{
    put("/proc/cpuinfo",
        "processor\t: 0\nmodel name\t: Test \x1b[31mCPU\nflags\t\t: fpu avx2 fma avx512f avx512_bf16\n");
    put("/proc/meminfo", "MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\n");
    put("/sys/fs/cgroup/memory.max", "4294967296\n");
    const char *text = report(yd_test_folder());
    CHECK(strstr(text, "  processor  Test \\x1b[31mCPU, ") && strstr(text, ": AVX2, FMA, AVX-512, bf16\n"));
    CHECK(strstr(text,
                 "  memory     16.0 GiB, 8.0 GiB available\n             a control group allows 4.0 GiB\n"));
    CHECK(strstr(text, "  GPU        none;") && strstr(text, "somelib 1.2\n") && strstr(text, "libyaml "));
    CHECK(strstr(text, "!            no CPU backend in this build") || strstr(text, "! software   no CPU"));
    CHECK(!strchr(text, '\x1b'));
}

static void test_doctor_poor_machine(void)
{
    put("/proc/cpuinfo", "model name: Old\nflags: fpu avx\n");
    put("/proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n");
    put("/sys/fs/cgroup/memory.max", "max\n");
    put("/dev/nvidiactl", "");
    setenv("TERM", "dumb", 1);
    const char *text = report(yd_test_folder());
    CHECK(strstr(text, "?            no AVX2: training works, but slowly") != NULL);
    CHECK(strstr(text, "?            less than 2 GiB available") && !strstr(text, "control group"));
    CHECK(strstr(text, "? GPU        an NVIDIA driver is there") &&
          strstr(text, "TERM is dumb: plain lines only"));
    setenv("TERM", "xterm-256color", 1);
    setenv("TMUX", "x", 1);
    unsetenv("COLORTERM");
    text = report("/nonexistent");
    CHECK(strstr(text, "xterm-256color, ") && strstr(text, ", 256 colours\n"));
    CHECK(strstr(text, "processor  unknown, ") != NULL);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"overview and version", test_overview},
        {"help of a command", test_command_help},
        {"what is refused", test_refused},
        {"doctor on a machine", test_doctor_machine},
        {"doctor on a poor machine", test_doctor_poor_machine},
    };
    return yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
}
