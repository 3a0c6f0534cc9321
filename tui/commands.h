/* The verbs of the command line: a table of them, what completes them, and what they do. */
#pragma once
#include "tui/app.h"

typedef enum yd_verb_argument {
    YD_VERB_TEXT,    /* nothing completes it */
    YD_VERB_CHOICE,  /* its words name the choices: "on|off" */
    YD_VERB_COMMAND, /* of a live run */
    YD_VERB_RUN,     /* folders beside the run's */
    YD_VERB_SCALAR,  /* of the open run */
    YD_VERB_SCREEN,
    YD_VERB_THEME
} yd_verb_argument;

typedef struct yd_verb {
    const char *name, *words, *help;
    yd_verb_argument argument;
} yd_verb;

/* The table, those of a live run first; sorted for nobody. */
const yd_verb *yd_verbs(int *count);

/* Runs a line as it was typed; an unambiguous beginning of a verb will do. False: nothing was done, error
 * says why. *request: yd_request bits. */
bool yd_commands_run(yd_app *app, const char *line, int *request, char *error, size_t capacity);
/* A yd_entry_completer; context: the app. */
int yd_commands_complete(void *app, const char *text, int start, int cursor, const char *candidates[],
                         int capacity);
