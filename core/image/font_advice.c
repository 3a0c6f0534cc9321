#include "image/font_advice.h"
#include "base/text.h"
#include "image/typeset.h"
#include <stdio.h>

bool yd_font_family(char *family, size_t capacity)
{
    return yd_typeset_family(family, capacity);
}

/* Debian's package with a font for a character. */
static const char *package_of(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } east_asian[] = {{0x1100, 0x11FF}, {0x2E80, 0x30FF},  {0x3100, 0x31BF}, {0x31F0, 0x9FFF},
                      {0xA960, 0xA97F}, {0xAC00, 0xD7FF},  {0xF900, 0xFAFF}, {0xFE30, 0xFE4F},
                      {0xFF00, 0xFFEF}, {0x20000, 0x3FFFF}};
    for (size_t i = 0; i < sizeof east_asian / sizeof *east_asian; i++)
        if (character >= east_asian[i].first && character <= east_asian[i].last) return "fonts-noto-cjk";
    return character >= 0x1F000 && character < 0x20000 ? "fonts-noto-color-emoji or fonts-symbola"
                                                       : "fonts-noto-core";
}

bool yd_font_advice(const char *const *names, int count, char *out, size_t capacity)
{
    char family[64], name[256];
    bool found = false;
    if (!yd_font_family(family, sizeof family)) {
        snprintf(
            out, capacity,
            "no font was found: plots and captions are set in a plain one that has ASCII alone; install one "
            "(Debian: fonts-dejavu-core)");
        return true;
    }
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    cairo_t *cairo = cairo_create(surface);
    yd_typeset *typeset = yd_typeset_create(cairo);
    for (int i = 0; typeset && !found && i < count; i++) {
        yd_escape(name, sizeof name, names[i]);
        uint32_t character = yd_typeset_lacks(typeset, name);
        found = character != 0;
        if (found)
            snprintf(
                out, capacity,
                "no font here has the character U+%04X of the class \"%s\": plots and captions show a box in "
                "its place; install one that has it (Debian: %s)",
                (unsigned)character, name, package_of(character));
    }
    yd_typeset_destroy(typeset);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return found;
}
