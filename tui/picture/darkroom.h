/* Pictures are read, cut, scaled and encoded here, in a thread of its own: whoever draws only asks. What is
 * not asked for any more is given up. Memory is bounded: YD_DARKROOM_FILES bytes of decoded pictures,
 * YD_DARKROOM_PRINTS of encoded ones, and what one picture of at most YD_DARKROOM_PIXELS takes. */
#pragma once
#include "tui/picture/album.h"
#include "tui/picture/print.h"
#include "tui/picture/view.h"

enum {
    YD_DARKROOM_FILES = 48 << 20,
    YD_DARKROOM_PRINTS = 32 << 20,
    YD_DARKROOM_PIXELS = 50 << 20,
    YD_DARKROOM_KEPT = 160 /* prints, at most */
};

typedef struct yd_darkroom yd_darkroom;

/* What is wanted of a file: equal orders have one result. */
typedef struct yd_order {
    yd_album_entry file; /* as the album has it: a file that changed is another */
    yd_view view;
    yd_room room;
    yd_graphics_mode mode;
    bool boxes; /* of a picture whose boxes are kept apart: whether to draw them */
} yd_order;

typedef struct yd_copy {
    yd_print *print;   /* NULL: message says why there is none */
    char message[256]; /* escaped */
    yd_shot shot;      /* where in the room the print belongs */
    int width, height; /* of the picture; 0: not known */
    bool apart;        /* its boxes are kept apart, so that they can be shown or not */
    int boxes;         /* how many */
} yd_copy;

/* Called by the thread whenever something is finished. */
typedef void yd_darkroom_wake(const void *context);

/* For the pictures of one folder, which is read at once. MEMORY. */
yd_status yd_darkroom_open(const char *folder, yd_darkroom_wake *wake, const void *context,
                           yd_darkroom **darkroom, yd_error *error);
void yd_darkroom_close(yd_darkroom *darkroom); /* waits for the work under way, which ends early */
/* Whether anything was finished since it was asked last. */
bool yd_darkroom_collect(yd_darkroom *darkroom);

/* Asks for the folder to be read again. */
void yd_darkroom_look(yd_darkroom *darkroom);
/* The folder as it was read last; NULL before it was. The darkroom's, until the next yd_darkroom_collect. */
const yd_album *yd_darkroom_album(const yd_darkroom *darkroom);

/* Orders are made anew with every frame, between these two, the most urgent first: NULL while one is under
 * way. The result is the darkroom's, until the next yd_darkroom_begin. */
void yd_darkroom_begin(yd_darkroom *darkroom);
const yd_copy *yd_darkroom_order(yd_darkroom *darkroom, const yd_order *order);
void yd_darkroom_end(yd_darkroom *darkroom);
