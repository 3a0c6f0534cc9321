#include "image/colour.h"
#include <math.h>

/* Division by value and by chroma, as fixed-point factors with 12 bits. */
typedef struct quotients {
    int32_t saturation[256], hue[256];
} quotients;

static void make_quotients(quotients *q)
{
    q->saturation[0] = q->hue[0] = 0;
    for (int i = 1; i < 256; i++) {
        q->saturation[i] = (int32_t)rint(255 * 4096.0 / i);
        q->hue[i] = (int32_t)rint(180 * 4096.0 / (6.0 * i));
    }
}

static void to_hsv(const quotients *q, const uint8_t *rgb, uint8_t *hsv)
{
    int r = rgb[0], g = rgb[1], b = rgb[2];
    int high = r > g ? r : g, low = r > g ? g : r;
    high = b > high ? b : high, low = b < low ? b : low;
    int chroma = high - low;
    int sector = high == r ? g - b : high == g ? b - r + 2 * chroma : r - g + 4 * chroma;
    int hue = (sector * q->hue[chroma] + 2048) >> 12;
    hsv[0] = (uint8_t)(hue < 0 ? hue + 180 : hue);
    hsv[1] = (uint8_t)((chroma * q->saturation[high] + 2048) >> 12);
    hsv[2] = (uint8_t)high;
}

/* By hue: which of three levels each channel takes - the highest, the lowest, the one between - and how far
 * from the highest towards the lowest the one between lies. */
typedef struct hue_entry {
    uint8_t red, green, blue;
    float descent;
} hue_entry;

typedef struct hsv_tables {
    hue_entry hues[180];
    float fractions[256]; /* i / 255 */
} hsv_tables;

static void make_hsv_tables(hsv_tables *tables)
{
    static const uint8_t level[6][3] = {{0, 2, 1}, {2, 0, 1}, {1, 0, 2}, {1, 2, 0}, {2, 1, 0}, {0, 1, 2}};
    for (int i = 0; i < 180; i++) {
        float h = (float)i * (6.0f / 180.0f);
        int sector = (int)h;
        float place = h - (float)sector;
        const uint8_t *l = level[sector % 6];
        tables->hues[i] = (hue_entry){l[0], l[1], l[2], sector % 2 ? place : 1.0f - place};
    }
    for (int i = 0; i < 256; i++) tables->fractions[i] = (float)i * (1.0f / 255.0f);
}

/* 1 - a * b with one rounding, as a fused multiply-add gives it: the product is exact in double. */
static float one_minus_product(float a, float b)
{
    return (float)(1.0 - (double)a * (double)b);
}

static void to_rgb(const hsv_tables *tables, const uint8_t *hsv, uint8_t *rgb)
{
    hue_entry hue = tables->hues[hsv[0] < 180 ? hsv[0] : hsv[0] - 180];
    float s = tables->fractions[hsv[1]], v = tables->fractions[hsv[2]];
    const float levels[3] = {v, v * (1.0f - s), v * one_minus_product(s, hue.descent)};
    rgb[0] = (uint8_t)(levels[hue.red] * 255.0f);
    rgb[1] = (uint8_t)(levels[hue.green] * 255.0f);
    rgb[2] = (uint8_t)(levels[hue.blue] * 255.0f);
}

void yd_rgb_to_hsv(const uint8_t *rgb, uint8_t *hsv, size_t pixels)
{
    quotients q;
    make_quotients(&q);
    for (size_t i = 0; i < pixels; i++) to_hsv(&q, rgb + 3 * i, hsv + 3 * i);
}

void yd_hsv_gains_make(double hue, double saturation, double value, yd_hsv_gains *gains)
{
    for (int i = 0; i < 256; i++) {
        double turned = fmod(i * hue, 180);
        gains->hue[i] =
            (uint8_t)((int)(turned < 0 ? turned + 180 : turned) % 180); /* modulo as Python has it */
        gains->saturation[i] = (uint8_t)fmin(fmax(i * saturation, 0), 255);
        gains->value[i] = (uint8_t)fmin(fmax(i * value, 0), 255);
    }
}

void yd_hsv_gain(yd_image *image, const yd_hsv_gains *gains)
{
    quotients q;
    hsv_tables tables;
    make_quotients(&q);
    make_hsv_tables(&tables);
    uint8_t *pixel = image->pixels, *end = pixel + yd_image_bytes(image);
    for (; pixel < end; pixel += 3) {
        uint8_t hsv[3];
        to_hsv(&q, pixel, hsv);
        hsv[0] = gains->hue[hsv[0]];
        hsv[1] = gains->saturation[hsv[1]];
        hsv[2] = gains->value[hsv[2]];
        to_rgb(&tables, hsv, pixel);
    }
}
