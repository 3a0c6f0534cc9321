#include "image/shape.h"
#include <fribidi.h>
#include <hb-ft.h>
#include <hb-ot.h>
#include <hb.h>
#include <stddef.h>

bool yd_shape_wanted(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } blocks[] = {
        {0x0300, 0x036F},                                         /* marks */
        {0x0590, 0x10FF},                                         /* Hebrew to Myanmar */
        {0x1700, 0x18AF},   {0x1900, 0x1CFF},                     /* Khmer, Mongolian, and others */
        {0x200C, 0x200F},   {0x202A, 0x202E},   {0x2066, 0x2069}, /* joiners, directions */
        {0xA800, 0xABFF},   {0xFB1D, 0xFDFF},   {0xFE70, 0xFEFF}, /* Indic, Arabic's older forms */
        {0x10800, 0x11FFF}, {0x1E800, 0x1EFFF},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (character >= blocks[i].first && character <= blocks[i].last) return true;
    return false;
}

bool yd_shape_joins(uint32_t character)
{
    switch (hb_unicode_general_category(hb_unicode_funcs_get_default(), character)) {
    case HB_UNICODE_GENERAL_CATEGORY_NON_SPACING_MARK:
    case HB_UNICODE_GENERAL_CATEGORY_SPACING_MARK:
    case HB_UNICODE_GENERAL_CATEGORY_ENCLOSING_MARK:
    case HB_UNICODE_GENERAL_CATEGORY_FORMAT:
        return true;
    default:
        return false;
    }
}

/* What has no script of its own is of the script before it; at the beginning, of the one behind it. */
static void find_scripts(const uint32_t *text, int count, hb_script_t *scripts)
{
    hb_script_t before = HB_SCRIPT_COMMON;
    int open = 0; /* characters at the beginning that wait for a script */
    for (int i = 0; i < count; i++) {
        hb_script_t own = hb_unicode_script(hb_unicode_funcs_get_default(), text[i]);
        bool none = own == HB_SCRIPT_COMMON || own == HB_SCRIPT_INHERITED || own == HB_SCRIPT_UNKNOWN;
        scripts[i] = none ? before : own;
        if (none && before == HB_SCRIPT_COMMON) open = i + 1;
        if (none) continue;
        if (before == HB_SCRIPT_COMMON)
            for (int k = 0; k < open; k++) scripts[k] = own;
        before = own;
    }
}

/* From the highest level down, whatever stands that high is turned round (rule L2 of Unicode's UAX 9). */
static void order_runs(yd_shape_run *runs, int count, int highest)
{
    for (int level = highest; level > 0; level--)
        for (int first = 0; first < count; first++) {
            int last = first;
            while (last < count && runs[last].level >= level) last++;
            for (int a = first, b = last - 1; a < b; a++, b--) {
                yd_shape_run swap = runs[a];
                runs[a] = runs[b];
                runs[b] = swap;
            }
            if (last > first) first = last;
        }
}

int yd_shape_runs(const uint32_t *text, int count, const int *fonts, yd_shape_run *runs)
{
    FriBidiCharType types[YD_SHAPE_LONGEST];
    FriBidiBracketType brackets[YD_SHAPE_LONGEST];
    FriBidiLevel levels[YD_SHAPE_LONGEST];
    hb_script_t scripts[YD_SHAPE_LONGEST];
    FriBidiParType direction = count && text[0] < 0x80 ? FRIBIDI_PAR_LTR : FRIBIDI_PAR_ON;
    if (count > YD_SHAPE_LONGEST) count = YD_SHAPE_LONGEST;
    if (count == 0) return 0;
    fribidi_get_bidi_types(text, count, types);
    fribidi_get_bracket_types(text, count, types, brackets);
    int highest = fribidi_get_par_embedding_levels_ex(types, brackets, count, &direction, levels) - 1;
    if (highest < 0) return 0;
    find_scripts(text, count, scripts);
    int found = 0;
    for (int i = 0; i < count; i++) {
        yd_shape_run *run = found ? &runs[found - 1] : NULL;
        if (run && run->font == fonts[i] && run->level == levels[i] && run->script == (uint32_t)scripts[i])
            run->count++;
        else
            runs[found++] = (yd_shape_run){i, 1, fonts[i], levels[i], (uint32_t)scripts[i]};
    }
    order_runs(runs, found, highest);
    return found;
}

int yd_shape_glyphs(struct FT_FaceRec_ *face, double size, const uint32_t *text, int count,
                    const yd_shape_run *run, double *x, double y, yd_glyph *glyphs, int most)
{
    hb_face_t *own_face = hb_ft_face_create_referenced(face);
    hb_font_t *font = hb_font_create(own_face); /* in the face's own units: the same at every size */
    hb_buffer_t *buffer = hb_buffer_create();
    hb_ot_font_set_funcs(font);
    hb_buffer_add_utf32(buffer, text, count, (unsigned)run->first, run->count);
    hb_buffer_set_direction(buffer, run->level % 2 ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
    hb_buffer_set_script(buffer, (hb_script_t)run->script);
    hb_shape(font, buffer, NULL, 0);
    unsigned length = 0;
    const bool good = hb_buffer_allocation_successful(buffer);
    const double unit = size / (double)hb_face_get_upem(own_face);
    const hb_glyph_info_t *infos = hb_buffer_get_glyph_infos(buffer, &length);
    const hb_glyph_position_t *places = hb_buffer_get_glyph_positions(buffer, NULL);
    int found = 0;
    for (unsigned i = 0; good && i < length && found < most; i++) {
        glyphs[found++] =
            (yd_glyph){infos[i].codepoint, *x + places[i].x_offset * unit, y - places[i].y_offset * unit};
        *x += places[i].x_advance * unit;
    }
    hb_buffer_destroy(buffer);
    hb_font_destroy(font);
    hb_face_destroy(own_face);
    return good ? found : -1;
}
