/* Where generations come from: a process that is forked while the program has no threads yet, and forks each
 * generation in turn. All of them die with the evolution, however that ends. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <sys/types.h>

typedef struct yd_nursery {
    int fd; /* readable when a generation has begun or ended */
    int generation,
        behind; /* the generations' socket: the evolution's end; theirs, to look for what was not read */
    pid_t pid;  /* of the nursery, a child of the caller */
} yd_nursery;

/* Forks, so it is called before any thread exists. In each generation run(context, fd) is called, with its
 * end of the generations' socket; its value is the exit status. IO. */
yd_status yd_nursery_start(int (*run)(void *context, int fd), void *context, yd_nursery *nursery,
                           yd_error *error);
/* Asks for a generation. False where the nursery is gone. */
bool yd_nursery_begin(const yd_nursery *nursery);
typedef struct yd_nursery_news {
    pid_t pid;  /* of the generation; -1: it could not be forked, status is errno */
    bool ended; /* status: as of waitpid */
    int status;
} yd_nursery_news;
/* The next news; waits for it. False where the nursery is gone. */
bool yd_nursery_take(const yd_nursery *nursery, yd_nursery_news *news);
/* Ends the nursery, and a generation that is still there. */
void yd_nursery_stop(yd_nursery *nursery);
