/* The engine: the process that holds a run. Its main thread takes signals and keeps the heartbeat; training
 * has a thread of its own. */
#pragma once
#include "config/options.h"
#include "train/generation.h"

typedef struct yd_engine_request {
    const yd_options *options;
    bool plain; /* print lines to standard output */
    bool json;  /* … as JSON objects */
    /* Called once: with the run's folder when set-up is done, or with NULL and the error when it failed. May
     * be NULL. */
    void (*ready)(void *context, const char *folder, const yd_error *error);
    /* Before that, several times a second: how far a download is. May be NULL. */
    void (*note)(void *context, const char *line);
    void *context;
    yd_generation *generation; /* NULL, or this engine trains a generation of an evolution */
} yd_engine_request;

/* Runs to the end, an evolution too (evolution.h), and returns the exit status of product.md. Called before
 * any thread exists; returns with signals as they were. */
int yd_engine_run(const yd_engine_request *request);
