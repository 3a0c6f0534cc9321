/* A sheet that plots and captions are drawn on: with typeset, all that knows cairo. Units are pixels, y goes
 * down; all is anti-aliased and clipped to the sheet. Equal calls give equal bytes on one machine. A sheet
 * belongs to one thread at a time. */
#pragma once
#include "image/draw.h"
#include <stdbool.h>

typedef struct yd_sheet yd_sheet;

typedef struct yd_place {
    double x, y;
} yd_place;

typedef struct yd_area {
    double left, top, right, bottom;
} yd_area;

typedef struct yd_stroke {
    double thickness;
    yd_colour colour;
    bool dashed;
    double fade; /* 0: opaque; 1: nothing to be seen */
} yd_stroke;

/* How a text is set. anchor: the part of its width, and of its line's height, that lies left of and above the
 * given place: {0, 0} begins there, {0.5, 0.5} is centred on it. */
typedef struct yd_lettering {
    double size; /* of the font */
    yd_colour colour;
    yd_place anchor;
    bool bold;
    bool upwards;  /* turned to be read from below */
    double widest; /* a longer text is cut and ends in "…"; 0: as long as it is */
} yd_lettering;

/* All white. MEMORY; FORMAT for sizes that no picture has. */
yd_status yd_sheet_create(int width, int height, yd_sheet **sheet, yd_error *error);
/* The picture, to be drawn on. */
yd_status yd_sheet_create_on(const yd_image *picture, yd_sheet **sheet, yd_error *error);
void yd_sheet_destroy(yd_sheet *sheet);
/* What is on it, as a picture that the caller frees. MEMORY. */
yd_status yd_sheet_picture(yd_sheet *sheet, yd_image *picture, yd_error *error);
/* As yd_image_write: whole or not at all, PNG or JPEG by the suffix. MEMORY too where drawing ran out of it.
 */
yd_status yd_sheet_write(yd_sheet *sheet, const char *path, yd_error *error);

/* Until yd_sheet_unclip nothing is drawn outside the area. */
void yd_sheet_clip(yd_sheet *sheet, yd_area area);
void yd_sheet_unclip(yd_sheet *sheet);

/* opacity: 0 to 1. */
void yd_sheet_fill(yd_sheet *sheet, yd_area area, yd_colour colour, double opacity);
/* Without smoothed edges: areas that share one leave neither a gap nor a seam. */
void yd_sheet_tile(yd_sheet *sheet, yd_area area, yd_colour colour);
void yd_sheet_outline(yd_sheet *sheet, yd_area area, yd_stroke stroke);
/* Straight lines from place to place, ends and corners rounded. */
void yd_sheet_line(yd_sheet *sheet, const yd_place *places, int count, yd_stroke stroke);
void yd_sheet_disc(yd_sheet *sheet, yd_place centre, double radius, yd_colour colour, double opacity);

/* UTF-8; control characters and what is not valid shows as \xNN. Each character is taken from the first of
 * the machine's fonts that has it. Where there is no font at all, from one that cairo brings along, which has
 * ASCII alone. */
void yd_sheet_text(yd_sheet *sheet, yd_place place, const char *text, const yd_lettering *how);
double yd_sheet_text_width(yd_sheet *sheet, const char *text, const yd_lettering *how);
/* Of a line of text of this size. */
double yd_sheet_line_height(double size);
/* Where the texts so far lie, in the order of drawing: as wide as they are, as high as capitals. [*count]. */
const yd_area *yd_sheet_texts(const yd_sheet *sheet, size_t *count);
