/* The boxes of a picture, kept in a file beside it: what a console needs to show them or not. CSV with a
 * header; one box a line:
 *   class,x1,y1,x2,y2,confidence,name
 * Corners in pixels of the picture, confidence empty for a label, the name to the end of the line. */
#pragma once
#include "base/text.h"
#include "base/vector.h"
#include "image/sheet.h"
#include <stdbool.h>

enum { YD_BOX_NAME = 48 };

typedef struct yd_box {
    int class;
    float x1, y1, x2, y2;
    float confidence;       /* below 0: a label has none */
    char name[YD_BOX_NAME]; /* of the class; control characters escaped when written */
} yd_box;

/* Appends the file's text for so many boxes. */
void yd_boxes_format(const yd_box *boxes, size_t count, yd_text *out);
/* Reads a file into boxes (of yd_box), at most limit of them; lines that are no box are left out. IO, MEMORY;
 * FORMAT where the header is another. */
yd_status yd_boxes_read(const char *path, size_t limit, yd_vector *boxes, yd_error *error);

/* Where the pieces of a picture lie that was drawn with boxes: run folder "/pictures/" and the name without
 * them ("val_batch0_pred.jpg" is drawn on "val_batch0.jpg"), and the boxes' own file. False where a path is
 * too long. */
bool yd_boxes_paths(const char *folder, const char *picture, char clean[4200], char boxes[4200]);
/* How boxes are drawn: corners are moved by (-x, -y) and scaled first. */
typedef struct yd_boxes_look {
    double x, y, scale_x, scale_y;
    int thickness;
    double text_size;            /* of the captions' font, pixels; 0: no captions */
    int decimals;                /* of confidences */
    int tile_width, tile_height; /* captions stay in the tile of the grid that their box begins in; 0: in the
                                    picture */
    const yd_area *kept;         /* [kept_count]: captions leave these free */
    int kept_count;
} yd_boxes_look;
/* Draws outlines in the classes' colours, and captions, names with confidences, at their corners: on top of
 * all outlines, and only where none lies already, so that what is there can be read; earlier boxes come
 * first. A caption that has no room is left out. MEMORY: outlines are there, captions are not. */
yd_status yd_boxes_draw(yd_image *image, const yd_box *boxes, size_t count, const yd_boxes_look *look,
                        yd_error *error);
