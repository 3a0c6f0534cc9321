/* What yolodeck ctl does, once its command line is taken apart. */
#pragma once
#include <stdbool.h>

typedef struct yd_ctl_request {
    const char *const *words; /* RUN VERB ARGUMENT … */
    int count;
    bool json;      /* status as one JSON object */
    double timeout; /* seconds */
} yd_ctl_request;

/* Sends the verb, waits for the answer, and prints: what was asked for on standard output, reasons on
 * standard error. Returns the exit status of the program: 0 done, 1 refused or no answer in time, 2 wrong
 * use, 4 the run does not live. */
int yd_ctl_run(const yd_ctl_request *request);
