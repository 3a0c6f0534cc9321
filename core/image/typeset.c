#include "image/typeset.h"
#include "base/text.h"
#include "image/shape.h"
#include <cairo-ft.h>
#include <stdlib.h>
#include <string.h>

/* Fonts beside the first that are kept: a name seldom needs more than one of them. */
enum { MOST_FALLBACKS = 16, LONGEST_RUN = 1024 };
static const char first_family[] = "DejaVu Sans";

typedef struct fallback {
    FcCharSet *characters;
    cairo_font_face_t *face;
} fallback;

struct yd_typeset {
    cairo_t *cairo;
    cairo_font_face_t *faces[2]; /* regular, bold */
    FcCharSet *characters;       /* of the first font; NULL where there is none at all */
    fallback fallbacks[MOST_FALLBACKS];
    int fallback_count;
    double size;
    bool bold;
};

static FcPattern *make_pattern(const char *family)
{
    FcPattern *pattern = FcPatternCreate();
    if (!pattern) return NULL;
    FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)family);
    FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
    return pattern;
}

static void substitute(FcPattern *pattern)
{
    FcConfigSubstitute(NULL, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
}

/* What fontconfig takes for the first family; NULL where it has no font. */
static FcPattern *match_first(void)
{
    FcResult result;
    FcPattern *wanted = make_pattern(first_family);
    if (!wanted) return NULL;
    substitute(wanted);
    FcPattern *found = FcFontMatch(NULL, wanted, &result);
    FcPatternDestroy(wanted);
    FcChar8 *file;
    if (found && FcPatternGetString(found, FC_FILE, 0, &file) == FcResultMatch) return found;
    if (found) FcPatternDestroy(found);
    return NULL;
}

yd_typeset *yd_typeset_create(cairo_t *cairo)
{
    yd_typeset *own = calloc(1, sizeof *own);
    if (!own) return NULL;
    own->cairo = cairo;
    own->size = 12;
    FcPattern *first = match_first();
    FcCharSet *characters;
    if (first && FcPatternGetCharSet(first, FC_CHARSET, 0, &characters) == FcResultMatch)
        own->characters = FcCharSetCopy(characters);
    if (first) FcPatternDestroy(first);
    for (int bold = 0; bold < 2; bold++)
        own->faces[bold] = cairo_toy_font_face_create(
            first_family, CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    yd_typeset_choose(own, own->size, false);
    return own;
}

void yd_typeset_destroy(yd_typeset *typeset)
{
    if (!typeset) return;
    for (int i = 0; i < typeset->fallback_count; i++) {
        FcCharSetDestroy(typeset->fallbacks[i].characters);
        cairo_font_face_destroy(typeset->fallbacks[i].face);
    }
    for (int i = 0; i < 2; i++) cairo_font_face_destroy(typeset->faces[i]);
    if (typeset->characters) FcCharSetDestroy(typeset->characters);
    free(typeset);
}

void yd_typeset_choose(yd_typeset *typeset, double size, bool bold)
{
    typeset->size = size;
    typeset->bold = bold;
    cairo_set_font_size(typeset->cairo, size);
    cairo_set_font_face(typeset->cairo, typeset->faces[bold]);
}

bool yd_typeset_family(char *family, size_t capacity)
{
    FcPattern *first = match_first();
    FcChar8 *name;
    bool found = first && FcPatternGetString(first, FC_FAMILY, 0, &name) == FcResultMatch;
    yd_copy_text(family, capacity, found ? (const char *)name : "");
    if (first) FcPatternDestroy(first);
    return found;
}

/* ---- which font has a character ---- */

/* Valid UTF-8 of that many bytes. */
static uint32_t decode(const char *text, int length)
{
    const unsigned char *byte = (const unsigned char *)text;
    uint32_t value = length == 1 ? byte[0] : byte[0] & (0x7Fu >> length);
    for (int i = 1; i < length; i++) value = value << 6 | (byte[i] & 0x3Fu);
    return value;
}

/* Asks fontconfig for a font that has it, and keeps it; -1 where none has. */
static int find_fallback(yd_typeset *own, uint32_t character)
{
    FcResult result;
    FcCharSet *wanted = FcCharSetCreate(), *characters;
    FcPattern *pattern = make_pattern(first_family), *found = NULL;
    int index = -1;
    if (!wanted || !pattern || own->fallback_count == MOST_FALLBACKS) goto out;
    FcCharSetAddChar(wanted, character);
    FcPatternAddCharSet(pattern, FC_CHARSET, wanted);
    substitute(pattern);
    found = FcFontMatch(NULL, pattern, &result);
    if (!found || FcPatternGetCharSet(found, FC_CHARSET, 0, &characters) != FcResultMatch ||
        !FcCharSetHasChar(characters, character))
        goto out;
    cairo_font_face_t *face = cairo_ft_font_face_create_for_pattern(found);
    if (cairo_font_face_status(face) == CAIRO_STATUS_SUCCESS) {
        index = own->fallback_count++;
        own->fallbacks[index] = (fallback){FcCharSetCopy(characters), face};
    } else {
        cairo_font_face_destroy(face);
    }
out:
    if (found) FcPatternDestroy(found);
    if (pattern) FcPatternDestroy(pattern);
    if (wanted) FcCharSetDestroy(wanted);
    return index;
}

enum { FIRST = -1, NONE = -2 };

/* FIRST, a fallback's index, or NONE. */
static int font_of(yd_typeset *own, uint32_t character)
{
    if (character < 0x80 || !own->characters) return character < 0x80 ? FIRST : NONE;
    if (FcCharSetHasChar(own->characters, character)) return FIRST;
    for (int i = 0; i < own->fallback_count; i++)
        if (FcCharSetHasChar(own->fallbacks[i].characters, character)) return i;
    int found = find_fallback(own, character);
    return found >= 0 ? found : NONE;
}

uint32_t yd_typeset_lacks(yd_typeset *typeset, const char *text)
{
    for (int length; (length = yd_utf8_length(text)) > 0; text += length) {
        uint32_t character = decode(text, length);
        if (font_of(typeset, character) == NONE) return character;
    }
    return 0;
}

static void choose_font(yd_typeset *own, int font)
{
    cairo_set_font_face(own->cairo, font >= 0 ? own->fallbacks[font].face : own->faces[own->bold]);
}

/* ---- runs of one font ---- */

/* Copies the beginning of *text that one font has, and leaves that font chosen. False at the end. */
static bool next_run(yd_typeset *own, const char **text, char run[LONGEST_RUN + 1])
{
    int count = 0, font = NONE, length;
    while ((length = yd_utf8_length(*text)) > 0 && count + length <= LONGEST_RUN) {
        int next = font_of(own, decode(*text, length));
        if (next == NONE) next = FIRST; /* whose sign for a missing character is shown */
        if (count && next != font) break;
        font = next;
        memcpy(run + count, *text, (size_t)length);
        count += length;
        *text += length;
    }
    run[count] = '\0';
    if (count == 0) return false;
    choose_font(own, font);
    return true;
}

/* ---- lines that are shaped ---- */

typedef struct line {
    uint32_t text[YD_SHAPE_LONGEST];
    int fonts[YD_SHAPE_LONGEST], count;
} line;

static bool is_to_be_shaped(const char *text)
{
    for (int length; (length = yd_utf8_length(text)) > 0; text += length)
        if (yd_shape_wanted(decode(text, length))) return true;
    return false;
}

static void read_line(yd_typeset *own, const char *text, line *l)
{
    l->count = 0;
    for (int length; l->count < YD_SHAPE_LONGEST && (length = yd_utf8_length(text)) > 0; text += length) {
        const uint32_t character = l->text[l->count] = decode(text, length);
        const bool joins = l->count > 0 && yd_shape_joins(character);
        l->fonts[l->count] = joins ? l->fonts[l->count - 1] : font_of(own, character);
        l->count++;
    }
}

enum { GLYPHS = 3 * YD_SHAPE_LONGEST };

/* The glyphs of a run; -1 where its font is none of FreeType's, or memory is out. */
static int shape(yd_typeset *own, const line *l, const yd_shape_run *run, double *x, double y,
                 yd_glyph glyphs[GLYPHS])
{
    choose_font(own, run->font);
    cairo_scaled_font_t *font = cairo_get_scaled_font(own->cairo);
    if (cairo_scaled_font_get_type(font) != CAIRO_FONT_TYPE_FT) return -1;
    FT_Face face = cairo_ft_scaled_font_lock_face(font);
    if (!face) return -1;
    int found = yd_shape_glyphs(face, own->size, l->text, l->count, run, x, y, glyphs, GLYPHS);
    cairo_ft_scaled_font_unlock_face(font);
    return found;
}

static void show_glyphs(yd_typeset *own, const yd_glyph *glyphs, int count)
{
    cairo_glyph_t shown[64];
    for (int i = 0, used = 0; i < count; i++) {
        shown[used++] = (cairo_glyph_t){glyphs[i].index, glyphs[i].x, glyphs[i].y};
        if (used < (int)(sizeof shown / sizeof *shown) && i + 1 < count) continue;
        cairo_show_glyphs(own->cairo, shown, used);
        used = 0;
    }
}

/* Draws the line from the current point on, where it is to be drawn, and returns its width; -1 where it
 * cannot be shaped. */
static double set_line(yd_typeset *own, const char *text, bool draw)
{
    line *l = malloc(sizeof *l);
    yd_shape_run *runs = malloc(YD_SHAPE_LONGEST * sizeof *runs);
    yd_glyph *glyphs = malloc(GLYPHS * sizeof *glyphs);
    double left = 0, y = 0, width = -1;
    if (!l || !runs || !glyphs) goto out;
    read_line(own, text, l);
    int count = yd_shape_runs(l->text, l->count, l->fonts, runs);
    if (draw) cairo_get_current_point(own->cairo, &left, &y);
    double x = left;
    for (int i = 0; i < count; i++) {
        int found = shape(own, l, &runs[i], &x, y, glyphs);
        if (found < 0) goto out;
        if (draw) show_glyphs(own, glyphs, found);
    }
    if (count) width = x - left;
out:
    free(glyphs);
    free(runs);
    free(l);
    return width;
}

double yd_typeset_width(yd_typeset *typeset, const char *text)
{
    char run[LONGEST_RUN + 1];
    double width = is_to_be_shaped(text) ? set_line(typeset, text, false) : -1;
    if (width >= 0) return width;
    width = 0;
    while (next_run(typeset, &text, run)) {
        cairo_text_extents_t extents;
        cairo_text_extents(typeset->cairo, run, &extents);
        width += extents.x_advance;
    }
    return width;
}

void yd_typeset_show(yd_typeset *typeset, const char *text)
{
    char run[LONGEST_RUN + 1];
    if (is_to_be_shaped(text) && set_line(typeset, text, true) >= 0) return;
    while (next_run(typeset, &text, run)) cairo_show_text(typeset->cairo, run); /* moves the point along */
}
