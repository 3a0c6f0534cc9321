/* Each plot shows its data where they belong, in the colours that its legend gives, and no text lies on
 * another or leaves the sheet, whatever the names and however many there are. */
#include "plot/confusion_plot.h"
#include "plot/curve_plot.h"
#include "plot/evolve_plot.h"
#include "plot/label_plots.h"
#include "plot/palette.h"
#include "plot/results_plot.h"
#include "plot/study_plot.h"
#include "support/layout.h"
#include "support/pixels.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

enum { LONGEST = 200 };

/* Short and endless ones, of several scripts, with escape bytes and invalid UTF-8. The caller frees both. */
static const char **make_names(int count, char **block)
{
    static const char *const odd[] = {"cat",   "esc\x1b[31mred\n", "Größe – Tür", "猫と犬",
                                      "кошка", "bad \xff\xfe",     "قطة",         ""};
    const char **names = calloc((size_t)count + 1, sizeof *names);
    *block = calloc((size_t)count + 1, LONGEST);
    REQUIRE(names && *block);
    for (int i = 0; i < count; i++) {
        char *name = *block + (size_t)i * LONGEST;
        if (i % 11 == 9)
            memset(name, 'W', LONGEST - 1);
        else
            snprintf(name, LONGEST, "%s %d", odd[i % 8], i);
        names[i] = name;
    }
    return names;
}

static void check(yd_status status, yd_sheet *sheet, const yd_error *error, const char *what, int count)
{
    char text[64];
    if (status != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s of %d: %s", what, count, error->message);
    snprintf(text, sizeof text, "%s of %d", what, count);
    yd_check_layout(sheet, text);
    yd_sheet_destroy(sheet);
}

/* ---- the confusion matrix ---- */

enum { SIDE = 1640, TOP = 120, SCALE = 260 };

static void confusion_cells(void)
{
    enum { NC = 3 };
    /* columns: 100 labels, 40, none, and 10 predictions of nothing */
    const double counts[(NC + 1) * (NC + 1)] = {80, 0, 0, 9, 5, 40, 0, 1, 0, 0, 0, 0, 15, 0, 0, 0};
    const double totals[NC + 1] = {100, 40, 0, 10};
    const char *const names[] = {"a", "b", "c"};
    yd_sheet *sheet;
    yd_error error;
    REQUIRE(yd_draw_confusion(counts, NC, names, &sheet, &error) == YD_OK);
    yd_check_layout(sheet, "confusion");
    yd_image image = yd_finish_sheet(sheet);
    const int left = image.width - SCALE - SIDE, cell = SIDE / (NC + 1);
    const yd_colour empty = yd_pixel(&image, left + 2 * cell + 30, TOP + 30);
    for (int predicted = 0; predicted <= NC; predicted++)
        for (int truth = 0; truth <= NC; truth++) {
            yd_colour found = yd_pixel(&image, left + truth * cell + 30, TOP + predicted * cell + 30);
            double share = totals[truth] > 0 ? counts[predicted * (NC + 1) + truth] / totals[truth] : 0;
            CHECK(yd_is_colour(found, truth == 2 ? empty : yd_palette_heat(share), 2));
        }
    CHECK(!yd_is_colour(empty, yd_paper, 4)); /* without labels is not the same as nothing found */
    /* the scale: dark at the top, white at the foot */
    CHECK(yd_is_colour(yd_pixel(&image, left + SIDE + 85, TOP + 5), yd_palette_heat(1), 4));
    CHECK(yd_is_colour(yd_pixel(&image, left + SIDE + 85, TOP + SIDE - 5), yd_paper, 4));
    yd_image_free(&image);
}

static void confusion_layouts(void)
{
    static const int sizes[] = {0, 1, 2, 3, 8, 29, 30, 80, 98, 99, 400};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        int nc = sizes[k];
        size_t side = (size_t)nc + 1;
        char *block;
        const char **names = make_names(nc, &block);
        double *counts = calloc(side * side, sizeof *counts);
        yd_sheet *sheet;
        yd_error error = {0};
        REQUIRE(counts);
        for (size_t i = 0; i < side * side; i++) counts[i] = i * 7 % 13 < 4 ? (double)(i * 7919 % 100000) : 0;
        yd_status status = yd_draw_confusion(counts, nc, names, &sheet, &error);
        check(status, sheet, &error, "confusion", nc);
        free(counts);
        free(names);
        free(block);
    }
}

/* ---- curves ---- */

enum { POINTS = YD_CURVE_POINTS };
static const yd_area curve_panel = {170, 110, 1560, 1350}, curve_legend = {1610, 110, 2230, 1400};

typedef struct measured {
    yd_metrics_result result;
    yd_class_result *classes;
    double *precision, *recall, *ap;
} measured;

/* Class c has precision (c + 1) / (count + 1) throughout, and a recall that falls from 1 to 0. */
static measured measure(int count)
{
    size_t n = (size_t)count * POINTS + 1;
    measured own = {.classes = calloc((size_t)count + 1, sizeof *own.classes),
                    .precision = calloc(n, sizeof(double)),
                    .recall = calloc(n, sizeof(double)),
                    .ap = calloc(n, sizeof(double))};
    REQUIRE(own.classes && own.precision && own.recall && own.ap);
    for (int c = 0; c < count; c++) {
        own.classes[c] = (yd_class_result){.cls = c, .map50 = (c + 1.) / (count + 1)};
        for (int i = 0; i < POINTS; i++) {
            int place = c * POINTS + i;
            own.precision[place] = own.ap[place] = own.classes[c].map50;
            own.recall[place] = 1 - i / (POINTS - 1.);
        }
    }
    own.result = (yd_metrics_result){.class_count = count,
                                     .classes = own.classes,
                                     .nc = count,
                                     .curve_precision = own.precision,
                                     .curve_recall = own.recall,
                                     .curve_ap = own.ap};
    return own;
}

static void forget(measured *own)
{
    free(own->classes);
    free(own->precision);
    free(own->recall);
    free(own->ap);
}

static yd_colour at_panel(const yd_image *image, const yd_area *a, double right, double up)
{
    return yd_pixel(image, (int)(a->left + right * (a->right - a->left)),
                    (int)(a->bottom - up * (a->bottom - a->top)));
}

static void curves_lie_where_their_values_are(void)
{
    const char *const names[] = {"first", "second"};
    measured own = measure(2);
    for (yd_curve_kind kind = YD_CURVE_F1; kind <= YD_CURVE_PR; kind++) {
        yd_sheet *sheet;
        yd_error error;
        REQUIRE(yd_draw_curve(kind, &own.result, names, &sheet, &error) == YD_OK);
        yd_check_layout(sheet, "curve");
        yd_image image = yd_finish_sheet(sheet);
        CHECK(image.width == 2250 && image.height == 1500);
        const double place = 0.35; /* on no grid line */
        for (int c = 0; c < 2; c++) {
            double p = (c + 1) / 3., r = 1 - place,
                   y = kind == YD_CURVE_F1  ? 2 * p * r / (p + r)
                       : kind == YD_CURVE_R ? r
                                            : p;
            /* the classes' recalls are one curve, under the mean's */
            yd_colour wanted = yd_palette_colour(kind == YD_CURVE_R ? 0 : c + 1);
            CHECK(yd_is_colour(at_panel(&image, &curve_panel, place, y), wanted, 12));
        }
        CHECK(yd_is_colour(at_panel(&image, &curve_panel, place, 0.97), yd_paper, 0));
        for (int c = 0; c < 3; c++) /* the legend has a sample of each */
            CHECK(yd_count_colour(&image, (int)curve_legend.left, (int)curve_legend.top,
                                  (int)curve_legend.left + 58, 400, yd_palette_colour(c), 8) > 100);
        yd_image_free(&image);
    }
    forget(&own);
}

static void curve_layouts(void)
{
    static const int sizes[] = {0, 1, 2, 20, 21, 80, 1000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        char *block;
        const char **names = make_names(sizes[k], &block);
        measured own = measure(sizes[k]);
        yd_sheet *sheet;
        yd_error error = {0};
        yd_status status = yd_draw_curve(YD_CURVE_F1, &own.result, names, &sheet, &error);
        check(status, sheet, &error, "F1", sizes[k]);
        forget(&own);
        free(names);
        free(block);
    }
}

/* ---- labels ---- */

static const yd_area bars = {130, 70, 765, 590}, centres = {130, 870, 765, 1490},
                     sizes_panel = {930, 870, 1565, 1490}, boxes_panel = {930, 70, 1565, 590};

static void label_bars(void)
{
    static const int counts[] = {100, 50, 0, 25};
    float rows[175 * 5];
    int count = 0;
    for (int c = 0; c < 4; c++)
        for (int i = 0; i < counts[c]; i++, count++)
            memcpy(rows + (size_t)count * 5, (const float[]){(float)c, 0.25f, 0.75f, 0.2f, 0.4f},
                   5 * sizeof *rows);
    const yd_labels picture = {.rows = rows, .count = count};
    const char *const names[] = {"a", "b", "c", "d"};
    yd_sheet *sheet;
    yd_error error;
    REQUIRE(yd_draw_labels(&(yd_label_set){&picture, 1, 4, names}, &sheet, &error) == YD_OK);
    yd_check_layout(sheet, "labels");
    yd_image image = yd_finish_sheet(sheet);
    CHECK(image.width == 1600 && image.height == 1600);
    for (int c = 0; c < 4; c++) { /* bars from -0.6 to 3.6, the highest at 1 / 1.08 of the axis */
        double x = (c + 0.6) / 4.2, top = counts[c] / 108.;
        bool any = counts[c] > 0;
        CHECK(!any || yd_is_colour(at_panel(&image, &bars, x, top - 0.02), yd_class_colour(c), 2));
        CHECK(!yd_is_colour(at_panel(&image, &bars, x + 0.07, top + 0.02), yd_class_colour(c), 40));
    }
    /* all centres in one place, counted from the top as in a picture; sizes from below */
    CHECK(yd_is_colour(at_panel(&image, &centres, 0.255, 1 - 0.755), yd_palette_heat(1), 2));
    CHECK(!yd_is_colour(at_panel(&image, &centres, 0.255, 0.755), yd_palette_heat(1), 60));
    CHECK(yd_is_colour(at_panel(&image, &sizes_panel, 0.99, 0.99), yd_palette_heat(1), 2));
    /* the boxes' right edge, at half their width from the middle */
    CHECK(yd_count_colour(&image, (int)boxes_panel.left + 378, 300, (int)boxes_panel.left + 385, 330,
                          yd_paper, 40) < 7 * 30);
    yd_image_free(&image);
}

static void label_layouts(void)
{
    static const int sizes[] = {0, 1, 2, 12, 13, 29, 30, 80, 1000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        int nc = sizes[k], count = nc * 5;
        char *block;
        const char **names = make_names(nc, &block);
        float *rows = calloc((size_t)count + 1, 5 * sizeof *rows);
        REQUIRE(rows);
        for (int i = 0; i < count; i++) {
            const float row[5] = {(float)(i * i % nc), (float)(i % 7) / 7, (float)(i % 11) / 11, 0.3f, 1};
            memcpy(rows + (size_t)i * 5, row, sizeof row);
        }
        const yd_labels pictures[2] = {{.rows = rows, .count = count}, {0}};
        const yd_label_set set = {pictures, 2, nc, names};
        yd_sheet *sheet;
        yd_error error = {0};
        yd_status status = yd_draw_labels(&set, &sheet, &error);
        check(status, sheet, &error, "labels", nc);
        status = yd_draw_label_correlogram(&set, &sheet, &error);
        check(status, sheet, &error, "correlogram", nc);
        free(rows);
        free(names);
        free(block);
    }
    yd_sheet *sheet;
    yd_error error = {0};
    yd_status status = yd_draw_labels(&(yd_label_set){0}, &sheet, &error); /* no picture at all */
    check(status, sheet, &error, "labels of pictures", 0);
    status = yd_draw_label_correlogram(&(yd_label_set){0}, &sheet, &error);
    check(status, sheet, &error, "correlogram of pictures", 0);
}

/* ---- results ---- */

/* Losses fall from 1 to 0.1, metrics rise to 0.5 in the middle and fall again. */
static yd_results make_results(int count)
{
    yd_results results = {.rows = calloc((size_t)count + 1, sizeof *results.rows), .count = count};
    REQUIRE(results.rows);
    for (int i = 0; i < count; i++) {
        float part = count > 1 ? (float)i / (float)(count - 1) : 0, loss = 1 - 0.9f * part,
              metric = 0.5f - fabsf(part - 0.5f);
        results.rows[i] =
            (yd_results_row){i, loss, loss, loss, metric, metric, metric, metric, loss, loss, 0, {0}};
    }
    return results;
}

/* The area of a panel, as results_plot lays it out. */
static yd_area results_panel(int panel)
{
    double width = 2380. / 5, left = 20 + width * (panel % 5), top = 570. * (panel / 5);
    return (yd_area){left + 80, top + 60, left + width - 24, top + 500};
}

static void results_lie_where_their_values_are(void)
{
    yd_results results = make_results(101);
    for (int i = 60; i < 80; i++) results.rows[i].train_obj = (float)NAN;
    const yd_results_plot_run run = {.name = "run", .results = &results};
    yd_sheet *sheet;
    yd_error error;
    REQUIRE(yd_draw_results(&run, 1, &sheet, &error) == YD_OK);
    yd_check_layout(sheet, "results");
    yd_image image = yd_finish_sheet(sheet);
    CHECK(image.width == 2400 && image.height == 1200);
    const yd_area loss = results_panel(0), gap = results_panel(1), metric = results_panel(8);
    const double low = 0.1 - 0.9 * 0.05, range = 0.9 * 1.1; /* with a little room */
    CHECK(yd_is_colour(at_panel(&image, &loss, 0.33, (1 - 0.9 * 0.33 - low) / range), yd_palette_colour(0),
                       12));
    CHECK(
        yd_is_colour(at_panel(&image, &gap, 0.33, (1 - 0.9 * 0.33 - low) / range), yd_palette_colour(0), 12));
    CHECK(!yd_is_colour(at_panel(&image, &gap, 0.71, (1 - 0.9 * 0.71 - low) / range), yd_palette_colour(0),
                        60));
    CHECK(yd_is_colour(at_panel(&image, &loss, 0.33, 0.2), yd_paper, 0));
    yd_area best = {metric.left + (metric.right - metric.left) / 2, metric.top, 0, 0};
    CHECK(yd_count_colour(&image, (int)best.left - 12, (int)best.top, (int)best.left + 12, (int)best.top + 60,
                          yd_palette_colour(0), 8) > 150); /* the best epoch's mark, in the middle */
    /* a loss that was never measured is a line at 0, not a gap */
    const yd_area unmeasured = results_panel(7);
    CHECK(yd_is_colour(at_panel(&image, &unmeasured, 0.33, 0.5), yd_palette_colour(0), 12));
    yd_image_free(&image);
    yd_results_free(&results);
}

static void results_layouts(void)
{
    static const int runs[] = {1, 2, 3, 12, 40}, epochs[] = {1, 2, 300, 100000};
    for (size_t k = 0; k < sizeof epochs / sizeof *epochs; k++) {
        yd_results results = make_results(epochs[k]);
        for (size_t r = 0; r < sizeof runs / sizeof *runs && (r == 0 || epochs[k] < 1000); r++) {
            char *block;
            const char **names = make_names(runs[r], &block);
            yd_results_plot_run all[40];
            yd_sheet *sheet;
            yd_error error = {0};
            for (int i = 0; i < runs[r]; i++) all[i] = (yd_results_plot_run){names[i], &results};
            yd_status status = yd_draw_results(all, runs[r], &sheet, &error);
            check(status, sheet, &error, "results", runs[r]);
            free(names);
            free(block);
        }
        yd_results_free(&results);
    }
}

/* ---- evolution ---- */

static void evolution(void)
{
    yd_evolution all = YD_EVOLUTION;
    yd_sheet *sheet;
    yd_error error;
    CHECK(yd_draw_evolution(&all, &sheet, &error) == YD_ERR_DATA && !sheet);
    for (int g = 0; g < 29; g++) {
        char name[32];
        snprintf(name, sizeof name, "a_hyperparameter_%d", g);
        REQUIRE(yd_evolution_add_gene(&all, name) == g);
    }
    for (int i = 0; i < 3; i++) {
        yd_generation_record record = {.number = i, .fitness = i == 1 ? 0.9 : 0.1};
        for (int g = 0; g < 29; g++)
            record.values[g] = g == 28 ? (double)NAN : 1e-7 * pow(10, g % 12) * (i + 1);
        REQUIRE(yd_vector_push(&all.generations, &record));
    }
    REQUIRE(yd_draw_evolution(&all, &sheet, &error) == YD_OK);
    yd_check_layout(sheet, "evolution");
    yd_image image = yd_finish_sheet(sheet);
    /* the first panel: the fittest in the middle near the top, the others at the foot on both sides */
    const yd_area panel = {120, 56, 420, 310};
    CHECK(yd_is_colour(at_panel(&image, &panel, 0.5, 0.95), yd_palette_colour(1), 4));
    for (int i = 0; i < 2; i++)
        CHECK(yd_is_colour(at_panel(&image, &panel, i ? 0.955 : 0.045, 0.047), yd_palette_colour(0), 4));
    yd_image_free(&image);
    yd_evolution_free(&all);
}

/* ---- studies ---- */

static const yd_area study_by_size = {150, 80, 960, 720}, study_by_time = {1160, 80, 1970, 720};

/* mAP grows to the size in the middle, 0.8, and falls again; times grow from 10 to 20 ms. */
static yd_study make_study(const char *name)
{
    yd_study study = {.count = YD_STUDY_SIZES};
    snprintf(study.name, sizeof study.name, "%s", name);
    for (int i = 0; i < YD_STUDY_SIZES; i++)
        study.rows[i] = (yd_study_row){.map50_95 = 0.8 - 0.1 * abs(i - 5), .inference_ms = 10 + i};
    return study;
}

static void studies_lie_where_their_values_are(void)
{
    const yd_study study = make_study("a");
    yd_sheet *sheet;
    yd_error error;
    REQUIRE(yd_draw_studies(&study, 1, &sheet, &error) == YD_OK);
    yd_check_layout(sheet, "a study");
    yd_image image = yd_finish_sheet(sheet);
    for (int i = 0; i < YD_STUDY_SIZES; i++) {
        const double up = study.rows[i].map50_95 / 0.84;
        const yd_colour wanted = i == 5 ? yd_paper : yd_palette_colour(0); /* the best has an open dot */
        CHECK(yd_is_colour(at_panel(&image, &study_by_size, (i + 0.5) / YD_STUDY_SIZES, up), wanted, 4));
        CHECK(yd_is_colour(at_panel(&image, &study_by_time, (10 + i) / 21., up), wanted, 4));
    }
    yd_image_free(&image);
}

static void study_layouts(void)
{
    static const int sizes[] = {1, 3, 12, 30};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        yd_study all[30];
        char *block;
        const char **names = make_names(sizes[k], &block);
        yd_sheet *sheet;
        yd_error error = {0};
        for (int i = 0; i < sizes[k]; i++) {
            all[i] = make_study(names[i]);
            if (i % 3 == 1) all[i].count = 1; /* cut short */
            if (i % 3 == 2)
                for (int r = 0; r < YD_STUDY_SIZES; r++)
                    all[i].rows[r].map50_95 = all[i].rows[r].inference_ms = (double)NAN;
        }
        yd_status status = yd_draw_studies(all, sizes[k], &sheet, &error);
        check(status, sheet, &error, "studies", sizes[k]);
        free(names);
        free(block);
    }
}

static const yd_test_case cases[] = {
    {"confusion: cells", confusion_cells},
    {"confusion: layouts", confusion_layouts},
    {"curves lie where their values are", curves_lie_where_their_values_are},
    {"curves: layouts", curve_layouts},
    {"labels: bars, centres, sizes", label_bars},
    {"labels: layouts", label_layouts},
    {"results lie where their values are", results_lie_where_their_values_are},
    {"results: layouts", results_layouts},
    {"evolution", evolution},
    {"studies lie where their values are", studies_lie_where_their_values_are},
    {"studies: layouts", study_layouts},
};
TEST_MAIN(cases)
