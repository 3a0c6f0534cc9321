/* Text on a cairo context, each character in the first of the machine's fonts that has it: DejaVu Sans, and
 * what fontconfig names after it; letters are joined and turned round where their script is. A typeset
 * belongs to one context, and to one thread at a time. */
#pragma once
#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct yd_typeset yd_typeset;

/* NULL: out of memory. The context is the caller's and outlives it. */
yd_typeset *yd_typeset_create(cairo_t *cairo);
void yd_typeset_destroy(yd_typeset *typeset);

/* Sets the font's size and weight for what follows. */
void yd_typeset_choose(yd_typeset *typeset, double size, bool bold);
/* text: valid UTF-8. How far it reaches to the right, in pixels. */
double yd_typeset_width(yd_typeset *typeset, const char *text);
/* Draws it in the context's source, its baseline beginning at the current point. */
void yd_typeset_show(yd_typeset *typeset, const char *text);

/* The first character of the text that no font here has; 0 where all can be shown. */
uint32_t yd_typeset_lacks(yd_typeset *typeset, const char *text);

/* The family that text is set in here; false where the machine has no font at all: then it is one that cairo
 * brings along, which has ASCII alone. */
bool yd_typeset_family(char *family, size_t capacity);
