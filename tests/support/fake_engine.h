/* An engine that trains nothing: a process of its own with a real ring and a real socket, which plays a
 * scripted run and obeys commands as the trainer does. For tests of whatever watches and steers. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct yd_fake_run {
    int epochs, batches;                        /* 0: 100, the last again and again, and 50 */
    int first_epoch;                            /* as if resumed */
    int step_ms;                                /* 0: 5 */
    int setup_ms;                               /* stays in set-up so long */
    int validation_batches;                     /* after each epoch; 0: 2 */
    int exit_code;                              /* with which the run ends by itself: 0 done, else failed */
    bool nan_loss;                              /* the loss is not finite from the second epoch on */
    bool held;                                  /* the last epoch does not end before it is told so */
    bool garbage;                               /* publishes random bytes in place of steps */
    int burst;                                  /* so many lines are logged after each step */
    const char *run, *model, *dataset, *device; /* NULL: harmless names */
    const char *refuse;                         /* SET is refused with it */
    const char *log_line;                       /* logged as a warning at the start */
} yd_fake_run;

/* Starts it (SIGUSR1 makes it drop all its clients) on a folder (made if need be) and returns when it can be
 * reached; ends the test case where it cannot. The child dies with this process. */
pid_t yd_fake_engine_start(const char *folder, const yd_fake_run *script);
/* Stops it by a signal, and waits until it stands still. */
void yd_fake_engine_stop(pid_t engine);
/* Lets one that is held come to its end. */
void yd_fake_engine_let_go(pid_t engine);
/* Kills it, and waits. */
void yd_fake_engine_kill(pid_t engine);
/* Waits for its end; its exit status, -1 after YD_TEST_PATIENCE times the time. */
int yd_fake_engine_wait(pid_t engine, int timeout_ms);
