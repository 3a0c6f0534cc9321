/* The pictures that stand on the terminal's screen, and those that are on their way there: which bytes remove
 * what is not wanted any more, and which come next of what is. Pure: nothing is written here. */
#pragma once
#include "base/text.h"
#include "tui/canvas.h"

/* Zero-initialise. */
typedef struct yd_pictures {
    struct yd_picture_state *states;
    int count, capacity;
    uint64_t removals;
} yd_pictures;

/* What the next frame shows; the prints are held as long as the terminal knows them. */
void yd_pictures_want(yd_pictures *pictures, const yd_picture_list *wanted);
/* To be sent before the cells of the frame: what is not wanted any more disappears. */
void yd_pictures_remove(yd_pictures *pictures, yd_text *out);
/* To be sent behind the cells: the next pieces, about `budget` bytes of them, at least one. */
void yd_pictures_send(yd_pictures *pictures, size_t budget, yd_text *out);
/* Whether pieces are still to be sent. */
bool yd_pictures_unfinished(const yd_pictures *pictures);
/* Whether what is wanted is there or on its way, and nothing else. */
bool yd_pictures_match(const yd_pictures *pictures, const yd_picture_list *wanted);
/* The screen was cleared: everything has to be drawn again. */
void yd_pictures_forget(yd_pictures *pictures);
/* The screen is being left: the terminal forgets all of them. Releases everything. */
void yd_pictures_leave(yd_pictures *pictures, yd_text *out);
