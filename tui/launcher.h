/* Runs this very program with other arguments, out of the way of the screen: to resume a run, or to branch
 * off one. In a thread that exists before the console lowers its own priority, or what it starts would have
 * that too. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { YD_LAUNCH_ARGUMENTS = 48 };

typedef struct yd_launcher yd_launcher;

/* wake is called on the other thread when a program has ended. NULL where memory or threads are out. */
yd_launcher *yd_launcher_create(void);
/* A program that still runs is left to itself. */
void yd_launcher_destroy(yd_launcher *launcher);
void yd_launcher_set_wake(yd_launcher *launcher, void (*wake)(void *context), void *context);

/* Starts «yolodeck ARGUMENTS…» (NULL ends them), which has to end by itself soon (--detach). False where one
 * still runs, or there are too many arguments. what: for the user, "resume exp3". */
bool yd_launcher_start(yd_launcher *launcher, const char *const *arguments, const char *what);

typedef struct yd_launch_result {
    int status;      /* exit status; -1: could not be started, 128 + N: ended by signal N */
    char line[1024]; /* the last line that it printed, as it came: escape when showing */
    char what[256];  /* what it was started for */
} yd_launch_result;
/* True once for each program that has ended. */
bool yd_launcher_take(yd_launcher *launcher, yd_launch_result *result);
