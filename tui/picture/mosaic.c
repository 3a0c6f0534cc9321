#include "tui/picture/mosaic.h"
#include "tui/picture/blocks.h"
#include "tui/picture/diffusion.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = YD_BLOCKS_CELL, HALF = SIDE / 2, QUARTERS = 4, NUMBERS = 3 * QUARTERS, COLOURS = 8 };
enum { LETTERS = 20, BLOCK = 1 + (COLOURS - 1) * LETTERS, TRIED = 3 };

/* A character and the share of each quarter that it inks: upper left, upper right, lower left, lower right.
 */
typedef struct letter {
    uint32_t character;
    float ink[QUARTERS];
} letter;

/* Those that are missing are there with the colours exchanged; alone they are needed where there are none. */
static const letter blocks[] = {
    {0x2598, {1, 0, 0, 0}},         {0x259d, {0, 1, 0, 0}},
    {0x2596, {0, 0, 1, 0}},         {0x2597, {0, 0, 0, 1}},
    {0x2580, {1, 1, 0, 0}},         {0x258c, {1, 0, 1, 0}},
    {0x259a, {1, 0, 0, 1}},         {0x2591, {.25f, .25f, .25f, .25f}},
    {0x2592, {.5f, .5f, .5f, .5f}}, {0x2593, {.75f, .75f, .75f, .75f}},
    {0x2588, {1, 1, 1, 1}},         {0x259e, {0, 1, 1, 0}},
    {0x2590, {0, 1, 0, 1}},         {0x2584, {0, 0, 1, 1}},
    {0x259b, {1, 1, 1, 0}},         {0x259c, {1, 1, 0, 1}},
    {0x2599, {1, 0, 1, 1}},         {0x259f, {0, 1, 1, 1}},
};
enum { BLOCKS = sizeof blocks / sizeof *blocks, BLOCKS_OF_A_PAIR = 9 };

/* As fonts for terminals have them, more or less. */
static const letter ascii[] = {
    {'.', {0, 0, .07f, .07f}},       {'\'', {.10f, .10f, 0, 0}},      {'"', {.18f, .18f, 0, 0}},
    {'_', {0, 0, .14f, .14f}},       {':', {.07f, .07f, .07f, .07f}}, {'-', {.10f, .10f, .10f, .10f}},
    {'=', {.20f, .20f, .20f, .20f}}, {'+', {.15f, .15f, .15f, .15f}}, {'*', {.24f, .24f, .16f, .16f}},
    {'o', {.12f, .12f, .32f, .32f}}, {'%', {.34f, .30f, .30f, .34f}}, {'#', {.42f, .42f, .42f, .42f}},
    {'@', {.46f, .50f, .50f, .46f}}, {'/', {.03f, .25f, .25f, .03f}}, {'\\', {.25f, .03f, .03f, .25f}},
    {'P', {.38f, .40f, .26f, .05f}}, {'b', {.26f, .12f, .40f, .40f}}, {'d', {.12f, .26f, .40f, .40f}},
    {'7', {.24f, .36f, .16f, .14f}}, {'L', {.22f, .02f, .32f, .20f}},
};

/* Terminals and their users differ about these; so this is no one's. */
static const float palette[COLOURS][3] = {{0, 0, 0},   {187, 0, 0},   {0, 187, 0},   {187, 187, 0},
                                          {0, 0, 187}, {187, 0, 187}, {0, 187, 187}, {220, 220, 220}};
/* An eye sees differences of green best, of red least of what is left: squares of these sum up to 1. */
static const float weights[3] = {.4714f, .6667f, .5774f};
/* How much a mix of two colours that differ is worse than one that does not: specks are seen. */
static const float roughness = 0.12f;
/* The share of the hue missed that is made up for: brightness is wanted exactly, hue without specks. */
static const float calm = 0.5f;

typedef struct candidate {
    uint32_t character;
    uint8_t fore, back;
    float mean[3];
} candidate;

/* All that a cell can be with a background, and the weighted colours of its quarters: a row for each of the
 * numbers, so that many are compared at once. */
typedef struct choices {
    int count;
    candidate all[BLOCK];
    float shown[NUMBERS][BLOCK], score[BLOCK]; /* score: what is the same for every cell */
} choices;

static void add(choices *set, const letter *drawn, int fore, int back)
{
    int at = set->count++;
    candidate *made = &set->all[at];
    *made = (candidate){.character = drawn->character, .fore = (uint8_t)fore, .back = (uint8_t)back};
    for (int q = 0; q < QUARTERS; q++)
        for (int k = 0; k < 3; k++) {
            float difference = palette[fore][k] - palette[back][k];
            float value = palette[back][k] + drawn->ink[q] * difference;
            float rough = drawn->ink[q] * (1 - drawn->ink[q]) * difference * weights[k];
            made->mean[k] += value / QUARTERS;
            set->shown[q * 3 + k][at] = value * weights[k];
            set->score[at] += value * weights[k] * value * weights[k] + roughness * rough * rough;
        }
}

static void make_choices(choices *set, int back, int colours, bool unicode)
{
    static const letter blank = {' ', {0, 0, 0, 0}};
    const letter *letters = unicode ? blocks : ascii;
    int count = !unicode ? (int)(sizeof ascii / sizeof *ascii) : colours ? BLOCKS_OF_A_PAIR : BLOCKS;
    add(set, &blank, back, back);
    for (int fore = colours ? 0 : COLOURS - 1; fore < COLOURS; fore++)
        for (int i = 0; fore != back && i < count; i++) add(set, &letters[i], fore, back);
}

/* The mean colours of the quarters, one after the other. */
static void read_quarters(const yd_image *image, int column, int row, float quarters[NUMBERS])
{
    for (int q = 0; q < QUARTERS; q++) {
        uint32_t sum[3] = {0};
        int left = column * SIDE + q % 2 * HALF, top = row * SIDE + q / 2 * HALF;
        for (int y = top; y < top + HALF; y++) {
            const uint8_t *pixel = image->pixels + ((size_t)y * (size_t)image->width + (size_t)left) * 3;
            for (int x = 0; x < HALF; x++, pixel += 3)
                for (int k = 0; k < 3; k++) sum[k] += pixel[k];
        }
        for (int k = 0; k < 3; k++) quarters[q * 3 + k] = (float)sum[k] / (HALF * HALF);
    }
}

/* White is the terminal's, which is no picture's: without this all that is nearly white would end as it.
 * Where there are no colours, brightness alone counts, and all of it that there is room for: what lies
 * between the darkest and the brightest hundredth is spread over the whole range. */
typedef struct tone {
    bool grey;
    float low, scale;
} tone;

static float brightness(const float colour[3])
{
    return 0.299f * colour[0] + 0.587f * colour[1] + 0.114f * colour[2];
}

/* The value below which the share of the pixels lies. */
static float percentile(const uint32_t counts[256], uint32_t total, float share)
{
    uint32_t below = 0;
    int value = 0;
    while (value < 255 && (float)(below += counts[value]) < share * (float)total) value++;
    return (float)value;
}

static tone find_tone(const yd_image *image, int colours)
{
    uint32_t counts[256] = {0}, total = 0;
    size_t pixels = (size_t)image->width * (size_t)image->height;
    const float white = palette[COLOURS - 1][0], least = 16;
    if (colours) return (tone){.scale = white / 255};
    for (size_t i = 0; i < pixels; i += 7, total++) {
        const uint8_t *pixel = image->pixels + i * 3;
        const float colour[3] = {pixel[0], pixel[1], pixel[2]};
        counts[(int)brightness(colour)]++;
    }
    float low = percentile(counts, total, 0.01f), high = percentile(counts, total, 0.99f);
    if (high - low < least) low = 0, high = 255; /* what is flat stays flat */
    return (tone){true, low, white / (high - low)};
}

static void apply_tone(const tone *own, float quarters[NUMBERS])
{
    for (int d = 0; d < NUMBERS && !own->grey; d++) quarters[d] *= own->scale;
    for (int q = 0; q < QUARTERS && own->grey; q++) {
        float value = (brightness(quarters + q * 3) - own->low) * own->scale;
        for (int k = 0; k < 3; k++) quarters[q * 3 + k] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
}

/* The best of a set, and how far off it is: |wanted - shown|^2 without |wanted|^2, which is the same for
 * all. Written out, so that it becomes one pass over all rows. */
static const candidate *best_of(const choices *set, const float twice[NUMBERS], float *least)
{
    float scores[BLOCK] = {0};
    const float(*s)[BLOCK] = set->shown, *w = twice;
    int best = 0;
    for (int i = 0; i < set->count; i++)
        scores[i] = set->score[i] - w[0] * s[0][i] - w[1] * s[1][i] - w[2] * s[2][i] - w[3] * s[3][i] -
                    w[4] * s[4][i] - w[5] * s[5][i] - w[6] * s[6][i] - w[7] * s[7][i] - w[8] * s[8][i] -
                    w[9] * s[9][i] - w[10] * s[10][i] - w[11] * s[11][i];
    for (int i = 1; i < set->count; i++)
        if (scores[i] < scores[best]) best = i;
    *least = scores[best];
    return &set->all[best];
}

/* The few backgrounds that the cell is nearest to are tried with everything that may stand on them. */
static const candidate *nearest(const choices *sets, int count, const float wanted[NUMBERS],
                                const float mean[3])
{
    float apart[COLOURS], twice[NUMBERS], least = INFINITY, score;
    const candidate *best = NULL;
    for (int i = 0; i < count; i++) {
        apart[i] = 0;
        for (int k = 0; k < 3; k++) {
            float off = (mean[k] - palette[i][k]) * weights[k];
            apart[i] += off * off;
        }
    }
    for (int d = 0; d < NUMBERS; d++) twice[d] = 2 * wanted[d] * weights[d % 3];
    for (int tried = 0; tried < count && tried < TRIED; tried++) {
        int back = 0;
        for (int i = 1; i < count; i++)
            if (apart[i] < apart[back]) back = i;
        apart[back] = INFINITY;
        const candidate *found = best_of(&sets[back], twice, &score);
        if (score < least) best = found, least = score;
    }
    return best ? best : &sets[0].all[0];
}

static void add_character(yd_text *out, int colours, const candidate *drawn, int *fore, int *back)
{
    char bytes[32], *at = bytes;
    bool new_fore = colours && drawn->character != ' ' && *fore != drawn->fore;
    bool new_back = colours && *back != drawn->back;
    if (new_fore || new_back) *at++ = '\033', *at++ = '[';
    if (new_fore) *at++ = '3', *at++ = (char)('0' + drawn->fore), *fore = drawn->fore;
    if (new_fore && new_back) *at++ = ';';
    if (new_back) *at++ = '4', *at++ = (char)('0' + drawn->back), *back = drawn->back;
    if (new_fore || new_back) *at++ = 'm';
    at += yd_utf8_encode(at, drawn->character);
    yd_text_add_bytes(out, bytes, (size_t)(at - bytes));
}

static void add_row(const yd_image *image, const choices *sets, int row, int colours, const tone *toned,
                    yd_diffusion *rest, yd_text *out)
{
    int fore = -1, back = -1;
    yd_text_add(out, "\033[0m");
    for (int column = 0; column < rest->columns; column++) {
        float wanted[NUMBERS];
        yd_missed owed = yd_diffusion_owed(rest, column), missed = {{0}};
        read_quarters(image, column, row, wanted);
        apply_tone(toned, wanted);
        float light = brightness(owed.channel);
        for (int d = 0; d < NUMBERS; d++) {
            wanted[d] += light + calm * (owed.channel[d % 3] - light);
            missed.channel[d % 3] += wanted[d] / QUARTERS;
        }
        const candidate *drawn = nearest(sets, colours ? COLOURS : 1, wanted, missed.channel);
        for (int k = 0; k < 3; k++) missed.channel[k] -= drawn->mean[k];
        yd_diffusion_share(rest, column, &missed);
        add_character(out, colours, drawn, &fore, &back);
    }
    yd_text_add(out, "\033[0m");
}

yd_status yd_mosaic_cells(const yd_image *image, int columns, int rows, int colours, bool unicode,
                          yd_text *out, yd_error *error)
{
    yd_diffusion rest = {0};
    YD_ASSERT(image->width == columns * SIDE && image->height == rows * SIDE);
    choices *sets = calloc(COLOURS, sizeof *sets); /* one for each background */
    bool good = sets && yd_diffusion_start(&rest, columns);
    for (int back = 0; good && back < COLOURS; back++) make_choices(&sets[back], back, colours, unicode);
    tone toned = find_tone(image, colours);
    for (int row = 0; good && row < rows; row++) {
        if (row) yd_text_add(out, "\n"), yd_diffusion_next_row(&rest);
        add_row(image, sets, row, colours, &toned, &rest, out);
    }
    yd_diffusion_free(&rest);
    free(sets);
    return good && !out->failed ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture");
}
