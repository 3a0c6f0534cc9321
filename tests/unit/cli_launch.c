#include "base/file.h"
#include "cli/launch.h"
#include "support/test.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *in_folder(const char *name)
{
    static char paths[16][4096];
    static unsigned next;
    char *path = paths[next++ % 16];
    yd_path_join(path, sizeof paths[0], yd_test_folder(), name);
    return path;
}

static bool file_holds(const char *path, const char *wanted)
{
    char *data;
    size_t length;
    if (yd_file_read(path, 0, &data, &length, NULL) != YD_OK) return false;
    bool same = strcmp(data, wanted) == 0;
    if (!same) fprintf(stderr, "%s: \"%s\"\n", path, data);
    free(data);
    return same;
}

/* Looks around in its new session and writes down what it sees; goes on after the launcher was told. */
static int engine_that_runs(void *context, int ready_fd)
{
    char text[256], byte;
    sigset_t mask;
    struct sigaction usr1;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    sigaction(SIGUSR1, NULL, &usr1);
    printf("before\n");
    fprintf(stderr, "trouble\n");
    if (yd_launch_redirect(in_folder("console.log"), NULL) != YD_OK) return 9;
    printf("after\n");
    fflush(stdout);
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    snprintf(text, sizeof text, "leader %d stdin %d mask %d handler %d terminal %d", getsid(0) == getpid(),
             (int)read(STDIN_FILENO, &byte, 1), sigismember(&mask, SIGINT), usr1.sa_handler != SIG_DFL,
             terminal >= 0);
    yd_file_write(in_folder("seen"), text, strlen(text), NULL);
    yd_launch_ready(ready_fd, context);
    return 7;
}

static void on_signal(int number)
{
    (void)number;
}

static void an_engine_runs_in_a_session_of_its_own(void)
{
    yd_launched out;
    yd_error error = {0};
    yd_test_folder(); /* the parent's, not the child's */
    signal(SIGUSR1, on_signal);
    REQUIRE(yd_launch(engine_that_runs, "/runs/train/exp\n3", &out, &error) == YD_OK);
    CHECK_TEXT(out.folder, "/runs/train/exp\n3");
    int status = 0;
    REQUIRE(waitpid(out.pid, &status, 0) == out.pid); /* was not waited for */
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CHECK(file_holds(in_folder("seen"), "leader 1 stdin 0 mask 0 handler 0 terminal 0"));
    CHECK(file_holds(in_folder("console.log"), "trouble\nbefore\nafter\n") ||
          file_holds(in_folder("console.log"), "before\ntrouble\nafter\n"));
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    CHECK(!sigismember(&mask, SIGINT) && !sigismember(&mask, SIGTERM));
    signal(SIGUSR1, SIG_DFL);
}

static int engine_that_finds_bad_data(void *context, int ready_fd)
{
    yd_launch_failed(ready_fd, 2, context);
    return 2;
}

static void errors_of_the_set_up_come_back(void)
{
    yd_launched out;
    yd_error error = {0};
    CHECK(yd_launch(engine_that_finds_bad_data, "hyp.yaml:7: lr0 must be a number", &out, &error) ==
          YD_ERR_CONFIG);
    CHECK_TEXT(error.message, "hyp.yaml:7: lr0 must be a number");
    CHECK(out.exit_status == 2 && yd_exit_code(error.status) == 2);
    CHECK(waitpid(out.pid, NULL, WNOHANG) == -1 && errno == ECHILD); /* reaped */
    static char longer[20000];
    memset(longer, 'm', sizeof longer - 1);
    CHECK(yd_launch(engine_that_finds_bad_data, longer, &out, &error) == YD_ERR_CONFIG);
    CHECK(strlen(error.message) > 1000 && out.exit_status == 2);
}

static int engine_that_crashes(void *context, int ready_fd)
{
    (void)context, (void)ready_fd;
    fprintf(stderr, "first\nlibdnnl: no such instruction\n");
    raise(SIGKILL);
    return 0;
}

static int engine_that_says_nothing(void *context, int ready_fd)
{
    (void)context, (void)ready_fd;
    return 3;
}

static void an_engine_that_crashes_is_told_of(void)
{
    yd_launched out;
    yd_error error = {0};
    CHECK(yd_launch(engine_that_crashes, NULL, &out, &error) == YD_ERR_INTERNAL &&
          out.exit_status == 128 + SIGKILL);
    CHECK(strstr(error.message, "signal 9") && strstr(error.message, ": libdnnl: no such instruction"));
    CHECK(yd_launch(engine_that_says_nothing, NULL, &out, &error) == YD_ERR_INTERNAL && out.exit_status == 3);
    CHECK(strstr(error.message, "status 3"));
}

static int engine_that_sets_up_for_long(void *context, int ready_fd)
{
    (void)context, (void)ready_fd;
    kill(getppid(), SIGINT); /* the user loses patience */
    pause();
    return 0;
}

static void an_interrupt_in_the_set_up_ends_the_engine(void)
{
    yd_launched out;
    yd_error error = {0};
    CHECK(yd_launch(engine_that_sets_up_for_long, NULL, &out, &error) == YD_ERR_INTERNAL);
    CHECK(out.exit_status == 128 + SIGINT); /* and we are still here */
}

static int engine_that_outlives_its_launcher(void *context, int ready_fd)
{
    (void)context;
    pid_t launcher = getppid();
    kill(launcher, SIGHUP);
    while (getppid() == launcher) poll(NULL, 0, 1);
    yd_launch_ready(ready_fd, "exp"); /* nobody hears it: no SIGPIPE */
    yd_file_write(in_folder("survived"), "yes", 3, NULL);
    return 0;
}

static void a_launcher_that_hangs_up_leaves_the_engine_alone(void)
{
    fflush(NULL);
    yd_test_folder();
    pid_t launcher = fork();
    REQUIRE(launcher >= 0);
    if (launcher == 0) {
        yd_launched out;
        yd_launch(engine_that_outlives_its_launcher, NULL, &out, NULL);
        _exit(0);
    }
    int status = 0;
    waitpid(launcher, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
    for (int i = 0; i < 300 * YD_TEST_PATIENCE && !yd_file_exists(in_folder("survived")); i++)
        poll(NULL, 0, 10);
    CHECK(yd_file_exists(in_folder("survived")));
}

static void reports_without_a_launcher_do_nothing(void)
{
    yd_launch_ready(-1, "exp");
    yd_launch_failed(-1, 2, "message");
    yd_error error = {0};
    CHECK(yd_launch_redirect("/nonexistent/console.log", &error) == YD_ERR_IO);
}

static void what_kills_at_leaving_is_named(void)
{
    char why[256] = "";
    static const char *const variables[] = {"SLURM_JOB_ID", "OMPI_COMM_WORLD_SIZE", "PMI_RANK"};
    for (int i = 0; i < 3; i++) unsetenv(variables[i]);
    CHECK(yd_launch_kills_at_leave(why, sizeof why) == (getpid() == 1));
    for (int i = 0; i < 3; i++) {
        setenv(variables[i], "1", 1);
        CHECK(yd_launch_kills_at_leave(why, sizeof why));
        CHECK(getpid() == 1 || strstr(why, variables[i]));
        unsetenv(variables[i]);
    }
}

static void write_conf(const char *folder, const char *name, const char *text)
{
    char path[4096];
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK && yd_path_join(path, sizeof path, folder, name));
    REQUIRE(yd_file_write(path, text, strlen(text), NULL) == YD_OK);
}

static void the_login_managers_settings_are_read(void)
{
    const char *root = in_folder("root");
    CHECK(!yd_launch_logind_kills(root));
    write_conf(in_folder("root/etc/systemd"), "logind.conf", "[Login]\n#KillUserProcesses=yes\n");
    CHECK(!yd_launch_logind_kills(root));
    write_conf(in_folder("root/etc/systemd"), "logind.conf", "[Login]\nKillUserProcesses=yes\n");
    CHECK(yd_launch_logind_kills(root));
    write_conf(in_folder("root/usr/lib/systemd/logind.conf.d"), "50-a.conf",
               "[Login]\n KillUserProcesses = no \n");
    CHECK(!yd_launch_logind_kills(root)); /* drop-ins win */
    write_conf(in_folder("root/etc/systemd/logind.conf.d"), "10-b.conf", "KillUserProcesses=yes\n");
    CHECK(!yd_launch_logind_kills(root)); /* by name, not by folder */
    write_conf(in_folder("root/etc/systemd/logind.conf.d"), "50-a.conf", "KillUserProcesses=1\n");
    CHECK(yd_launch_logind_kills(root));
    char text[512];
    if (geteuid() == 0) CHECK(!yd_launch_logout_warning(text, sizeof text));
}

static const yd_test_case cases[] = {
    {"an engine runs in a session of its own", an_engine_runs_in_a_session_of_its_own},
    {"errors of the set-up come back", errors_of_the_set_up_come_back},
    {"an engine that crashes is told of", an_engine_that_crashes_is_told_of},
    {"an interrupt in the set-up ends the engine", an_interrupt_in_the_set_up_ends_the_engine},
    {"a launcher that hangs up leaves the engine alone", a_launcher_that_hangs_up_leaves_the_engine_alone},
    {"reports without a launcher do nothing", reports_without_a_launcher_do_nothing},
    {"what kills at leaving is named", what_kills_at_leaving_is_named},
    {"the login manager's settings are read", the_login_managers_settings_are_read},
};
TEST_MAIN(cases)
