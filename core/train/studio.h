/* Where a run's pictures are made: a thread of its own, at lower priority, that draws and writes one task
 * after another, while the training thread goes on; it only hands tasks in and publishes what was written. */
#pragma once
#include "train/run.h"

enum { YD_TASK_PICTURES = 6 };

/* A task of whoever wants pictures: the first member of a struct of its own. */
typedef struct yd_task {
    /* On the thread. Where it fails, none of its pictures is announced, and the log says why. */
    yd_status (*work)(struct yd_task *task, yd_error *error);
    void (*release)(struct yd_task *task); /* frees it; once, on whichever thread, whatever became of it */
    bool optional;                         /* left out where too many wait */
    int epoch, batch;                      /* that the pictures show */
    char names[YD_TASK_PICTURES][96];      /* of the files in the run folder; set before the work's end */
    int name_count;

    /* the studio's own */
    struct yd_task *next;
    yd_status status;
    yd_error error;
} yd_task;

typedef struct yd_studio yd_studio;

/* MEMORY. */
yd_status yd_studio_open(yd_run *run, yd_error *error);
void yd_studio_close(yd_run *run); /* waits for what is under way, drops the rest */
/* The task is the studio's from here on. Without a studio it is released at once. */
void yd_studio_submit(yd_run *run, yd_task *task);
/* Publishes what was written since, and logs what failed. wait: first, until all is. */
void yd_studio_settle(yd_run *run, bool wait);
