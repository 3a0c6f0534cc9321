#include "plot/palette.h"
#include <math.h>

const yd_colour yd_ink = {0x26, 0x26, 0x26};
const yd_colour yd_faded = {0x8C, 0x8C, 0x8C};
const yd_colour yd_grid = {0xE4, 0xE4, 0xE4};
const yd_colour yd_paper = {0xFF, 0xFF, 0xFF};

/* Neighbours differ in lightness as well as in hue. The first six are those of Okabe and Ito (Color Universal
 * Design, 2008), darkened where they were too light for a thin line on white. */
static const yd_colour colours[YD_PALETTE_COLOURS] = {
    {0x00, 0x72, 0xB2}, /* blue */
    {0xE6, 0x8A, 0x00}, /* orange */
    {0x00, 0x7A, 0x5A}, /* green */
    {0xCC, 0x66, 0xA0}, /* pink */
    {0x9A, 0x32, 0x00}, /* rust */
    {0x4A, 0xB0, 0xE8}, /* sky */
    {0x4B, 0x2C, 0x91}, /* violet */
    {0xA8, 0x9A, 0x1C}, /* olive */
    {0x14, 0x14, 0x14}, /* black */
    {0x8C, 0x8C, 0x8C}, /* grey */
};

static const yd_colour heat[] = {
    {0xFF, 0xFF, 0xFF}, {0xDF, 0xEB, 0xF7}, {0xB4, 0xD3, 0xEA}, {0x7A, 0xB3, 0xD9},
    {0x40, 0x8F, 0xC4}, {0x18, 0x66, 0xA8}, {0x08, 0x3C, 0x78},
};
enum { HEATS = sizeof heat / sizeof *heat };

yd_colour yd_palette_colour(int index)
{
    return colours[index > 0 ? index % YD_PALETTE_COLOURS : 0];
}

bool yd_palette_repeats(int index)
{
    return index / YD_PALETTE_COLOURS % 2 == 1;
}

static uint8_t mix(uint8_t a, uint8_t b, double part)
{
    return (uint8_t)lrint(a + (b - a) * part);
}

yd_colour yd_palette_heat(double share)
{
    double place = share > 0 ? (share < 1 ? share : 1) * (HEATS - 1) : 0;
    int below = place < HEATS - 2 ? (int)place : HEATS - 2;
    double part = place - below;
    const yd_colour *a = &heat[below], *b = &heat[below + 1];
    return (yd_colour){mix(a->red, b->red, part), mix(a->green, b->green, part), mix(a->blue, b->blue, part)};
}

yd_colour yd_palette_on_heat(double share)
{
    return share > 0.55 ? yd_paper : yd_ink;
}
