/* Scripts that join, stack and run from right to left: how their lines are laid out, and that sheets show
 * them so. */
#include "base/text.h"
#include "image/font_advice.h"
#include "image/shape.h"
#include "image/sheet.h"
#include "support/layout.h"
#include "support/pixels.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "ab" as characters; nothing here lies beyond what two bytes of UTF-8 hold. */
static int decode(const char *text, uint32_t *out)
{
    int count = 0;
    for (int length; (length = yd_utf8_length(text)) > 0; text += length) {
        const unsigned char *byte = (const unsigned char *)text;
        REQUIRE(length <= 2);
        out[count++] = length == 1 ? byte[0] : (byte[0] & 0x1Fu) << 6 | (byte[1] & 0x3Fu);
    }
    return count;
}

/* Runs as "first+count" from left to right, with a < where they run to the left. */
static void describe(const char *text, const int *fonts, char *out, size_t capacity)
{
    static const int one_font[YD_SHAPE_LONGEST];
    uint32_t characters[64];
    yd_shape_run runs[64];
    int count = decode(text, characters), used = 0;
    int found = yd_shape_runs(characters, count, fonts ? fonts : one_font, runs);
    out[0] = '\0';
    for (int i = 0; i < found; i++)
        used += snprintf(out + used, capacity - (size_t)used, "%s%d+%d%s", i ? " " : "", runs[i].first,
                         runs[i].count, runs[i].level % 2 ? "<" : "");
}

static void runs_in_order(void)
{
    char found[256];
    describe("abc", NULL, found, sizeof found);
    CHECK_TEXT(found, "0+3");
    describe("שלום", NULL, found, sizeof found);
    CHECK_TEXT(found, "0+4<");
    describe("ab שלום cd", NULL, found, sizeof found); /* a blank is of the script before it */
    CHECK_TEXT(found, "0+3 3+4< 7+1 8+2");
    describe("שלום 12", NULL, found, sizeof found); /* the number stands at the left, and runs to the right */
    CHECK_TEXT(found, "5+2 0+5<");
    describe("שלום ab קר", NULL, found, sizeof found);
    CHECK_TEXT(found, "8+2< 7+1< 5+2 0+5<");
    describe("0.5 שלום", NULL, found, sizeof found); /* as a legend has it: the number first */
    CHECK_TEXT(found, "0+4 4+4<");
    describe("", NULL, found, sizeof found);
    CHECK_TEXT(found, "");
}

static void runs_of_fonts_and_scripts(void)
{
    const int fonts[] = {0, 0, 1, 1, 0};
    char found[256];
    describe("abcde", fonts, found, sizeof found);
    CHECK_TEXT(found, "0+2 2+2 4+1");
    describe("abко", NULL, found, sizeof found); /* Latin, Cyrillic */
    CHECK_TEXT(found, "0+2 2+2");
    describe("(ко)", NULL, found, sizeof found); /* brackets have no script of their own */
    CHECK_TEXT(found, "0+4");
}

static void which_are_shaped(void)
{
    CHECK(!yd_shape_wanted('a') && !yd_shape_wanted(0xE4) && !yd_shape_wanted(0x43A) &&
          !yd_shape_wanted(0x732B));
    CHECK(yd_shape_wanted(0x628) && yd_shape_wanted(0x5D0) && yd_shape_wanted(0x915) &&
          yd_shape_wanted(0xE01));
    CHECK(yd_shape_wanted(0x301) && yd_shape_wanted(0x200D));
    CHECK(yd_shape_joins(0x301) && yd_shape_joins(0x200D) && yd_shape_joins(0x93F) && !yd_shape_joins('a'));
}

/* More than a line holds, and nothing but marks. */
static void odd_lines(void)
{
    enum { MANY = 3000 };
    char *text = malloc(2 * MANY + 1);
    yd_sheet *sheet;
    yd_error error;
    REQUIRE(text && yd_sheet_create(400, 60, &sheet, &error) == YD_OK);
    for (int i = 0; i < MANY; i++) memcpy(text + 2 * i, i % 3 ? "ب" : "\xCC\x81", 2);
    text[2 * MANY] = '\0';
    const yd_lettering how = {.size = 20, .widest = 300};
    CHECK(yd_sheet_text_width(sheet, text, &how) <= 300);
    yd_sheet_text(sheet, (yd_place){10, 10}, text, &how);
    yd_sheet_text(sheet, (yd_place){10, 30}, "\xCC\x81\xCC\x81", &how);
    yd_check_layout(sheet, "odd lines");
    yd_sheet_destroy(sheet);
    free(text);
}

static yd_image draw(const char *const *texts, int count, double left)
{
    const yd_lettering how = {.size = 60};
    yd_sheet *sheet;
    yd_error error;
    REQUIRE(yd_sheet_create(200, 100, &sheet, &error) == YD_OK);
    for (int i = 0; i < count; i++) {
        yd_sheet_text(sheet, (yd_place){left, 10}, texts[i], &how);
        left += yd_sheet_text_width(sheet, texts[i], &how);
    }
    return yd_finish_sheet(sheet);
}

static double difference(const yd_image *a, const yd_image *b)
{
    double sum = 0;
    for (int y = 0; y < a->height; y++)
        for (int x = 0; x < a->width; x++) sum += abs(yd_pixel(a, x, y).green - yd_pixel(b, x, y).green);
    return sum;
}

static void has_letters(const char *text)
{
    char family[64], advice[512];
    const char *const names[] = {text};
    if (!yd_font_family(family, sizeof family) || yd_font_advice(names, 1, advice, sizeof advice))
        yd_test_skip("no font here has %s", text);
}

static void hebrew_is_read_from_the_right(void)
{
    has_letters("אל");
    const char *const word[] = {"אל"}, *const turned[] = {"ל", "א"}, *const as_stored[] = {"א", "ל"};
    yd_image shown = draw(word, 1, 10), right = draw(turned, 2, 10), wrong = draw(as_stored, 2, 10);
    CHECK(difference(&shown, &right) < 0.2 * difference(&shown, &wrong));
    yd_image_free(&shown);
    yd_image_free(&right);
    yd_image_free(&wrong);
}

static void arabic_is_joined(void)
{
    has_letters("قطة");
    const yd_lettering how = {.size = 60};
    const char *const letters[] = {"ق", "ط", "ة"};
    double apart = 0;
    yd_sheet *sheet;
    yd_error error;
    REQUIRE(yd_sheet_create(200, 100, &sheet, &error) == YD_OK);
    for (int i = 0; i < 3; i++) apart += yd_sheet_text_width(sheet, letters[i], &how);
    CHECK(fabs(yd_sheet_text_width(sheet, "قطة", &how) - apart) > 3);
    yd_sheet_destroy(sheet);
}

static void marks_take_no_room(void)
{
    has_letters("e\xCC\x81");
    const yd_lettering how = {.size = 60};
    yd_sheet *sheet;
    yd_error error;
    REQUIRE(yd_sheet_create(200, 100, &sheet, &error) == YD_OK);
    CHECK_NEAR(yd_sheet_text_width(sheet, "e\xCC\x81", &how), yd_sheet_text_width(sheet, "é", &how), 1.5);
    yd_sheet_destroy(sheet);
}

static const yd_test_case cases[] = {
    {"runs in order", runs_in_order},
    {"runs of fonts and scripts", runs_of_fonts_and_scripts},
    {"which are shaped", which_are_shaped},
    {"odd lines", odd_lines},
    {"Hebrew is read from the right", hebrew_is_read_from_the_right},
    {"Arabic is joined", arabic_is_joined},
    {"marks take no room", marks_take_no_room},
};
TEST_MAIN(cases)
