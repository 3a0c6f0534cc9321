/* The form that puts a branch together, on the place of Tune: which checkpoint, name, epochs,
 * hyperparameters; then it is started in the background, and can be watched. */
#pragma once
#include "tui/branch.h"
#include "tui/screens/screen.h"
#include "tui/widgets/entry.h"

typedef enum yd_branch_state {
    YD_BRANCH_OPEN,     /* being put together */
    YD_BRANCH_WARNED,   /* the run is being trained: the next Enter starts it all the same */
    YD_BRANCH_STARTING, /* the program was asked for */
    YD_BRANCH_STARTED   /* it runs, in folder */
} yd_branch_state;

/* Zero-initialise. */
typedef struct yd_branch_form {
    bool open;
    yd_branch *branch; /* NULL until it is opened */
    int chosen, top;   /* rows */
    yd_rect list;      /* of the rows, on the canvas, as drawn last */
    bool editing;
    yd_entry entry;
    yd_branch_state state;
    char said[512];    /* what is wrong, or how it went; escaped */
    char folder[4096]; /* of the run that was started; raw */
} yd_branch_form;

void yd_branch_form_open(yd_branch_form *form, const yd_screen_context *context);
/* Looks for checkpoints again; true where something looks different. */
bool yd_branch_form_look(yd_branch_form *form, const yd_screen_context *context);
void yd_branch_form_free(yd_branch_form *form);
void yd_branch_form_draw(yd_branch_form *form, const yd_screen_context *context, const yd_canvas *canvas);
/* As the functions of a screen. */
bool yd_branch_form_key(yd_branch_form *form, const yd_screen_context *context, int key);
bool yd_branch_form_paste(yd_branch_form *form, const char *text);
bool yd_branch_form_mouse(yd_branch_form *form, const yd_screen_context *context, const yd_mouse *mouse);
/* Whether the program that has ended was the form's. */
bool yd_branch_form_launched(yd_branch_form *form, const yd_launch_result *result);
