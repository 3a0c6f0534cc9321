#include "tui/ticks.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static double power_of_ten(double value)
{
    return floor(log10(value) + 1e-9);
}

/* The least of 1, 2, 5, 10, … that is no less. */
static double round_up(double value)
{
    double base = pow(10, power_of_ten(value)), share = value / base;
    return base * (share <= 1 + 1e-9 ? 1 : share <= 2 + 1e-9 ? 2 : share <= 5 + 1e-9 ? 5 : 10);
}

static int decimals_of(double step)
{
    double decimals = -power_of_ten(step);
    return decimals < 0 ? 0 : decimals > 12 ? 12 : (int)decimals;
}

/* "2e-4", "1.5e9": as printf, without the padding of the exponent. */
static void label_exponent(char out[YD_TICK_LABEL], double value, double step)
{
    char text[32];
    double digits = value != 0 ? power_of_ten(fabs(value)) - power_of_ten(step) : 0;
    snprintf(text, sizeof text, "%.*e", digits < 0 ? 0 : digits > 6 ? 6 : (int)digits, value);
    char *exponent = strchr(text, 'e');
    const char *number = exponent ? exponent + 1 : text;
    bool negative = *number == '-';
    number += strspn(number, "+-");
    number += strspn(number, "0");
    if (exponent) *exponent = '\0';
    snprintf(out, YD_TICK_LABEL, "%.9se%s%.4s", text, negative ? "-" : "", *number ? number : "0");
}

/* most: the largest magnitude on the axis, which decides the shape of all its labels. */
static void label_number(char out[YD_TICK_LABEL], double value, double step, double most)
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
    if (fabs(value) < step / 2) {
        snprintf(out, YD_TICK_LABEL, "0");
        return;
    }
    if (most >= 1e13 || most < 1e-3) {
        label_exponent(out, value, step);
        return;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units && most >= 1e4; i++) {
        bool long_number = i > 0 && most >= units[i].unit * 1e3;
        if (most < units[i].unit || long_number || decimals_of(step / units[i].unit) > 2) continue;
        snprintf(out, YD_TICK_LABEL, "%.*f%s", decimals_of(step / units[i].unit), value / units[i].unit,
                 units[i].name);
        return;
    }
    snprintf(out, YD_TICK_LABEL, "%.*f", decimals_of(step), value);
}

static bool is_range(double from, double to)
{
    return isfinite(from) && isfinite(to) && to > from && isfinite(to - from);
}

static int at_most(int most)
{
    return most < 1 ? 1 : most > YD_TICKS ? YD_TICKS : most;
}

/* The multiples of step in the range; their number, where ticks is NULL. A hair beyond an edge counts as on
 * it. */
static int multiples(yd_ticks *ticks, double from, double to, double step)
{
    double hair = (to - from) * 1e-9, first = ceil((from - hair) / step), last = floor((to + hair) / step);
    double most = fmax(fabs(from), fabs(to)), count = last - first + 1;
    if (!ticks) return count > 1e6 ? 1000000 : (int)count;
    for (double k = first; k <= last && ticks->count < YD_TICKS; k++) {
        yd_tick *tick = &ticks->ticks[ticks->count++];
        tick->at = k * step;
        label_number(tick->label, tick->at, step, most);
    }
    return ticks->count;
}

static void ticks_of(yd_ticks *ticks, double from, double to, int most, double least_step)
{
    *ticks = (yd_ticks){0};
    if (!is_range(from, to)) return;
    most = at_most(most);
    double step = fmax(round_up((to - from) / (most + 1)), least_step);
    if (step <= fmax(fabs(from), fabs(to)) * 1e-14) return; /* finer than the numbers themselves */
    while (multiples(NULL, from, to, step) > most) step = round_up(step * 1.5);
    multiples(ticks, from, to, step);
}

void yd_ticks_linear(yd_ticks *ticks, double from, double to, int most)
{
    ticks_of(ticks, from, to, most, 0);
}

void yd_ticks_whole(yd_ticks *ticks, double from, double to, int most)
{
    ticks_of(ticks, from, to, most, 1);
    if (ticks->count < 2 && to - from < 2) yd_ticks_linear(ticks, from, to, most);
}

static void add_log_tick(yd_ticks *ticks, double at)
{
    double decade = pow(10, power_of_ten(at));
    yd_tick *tick = &ticks->ticks[ticks->count++];
    tick->at = at;
    label_number(tick->label, at, decade, at < 0.001 ? at : at >= 1e4 ? at : 1);
}

void yd_ticks_log(yd_ticks *ticks, double from, double to, int most)
{
    static const double all[] = {1, 2, 5};
    *ticks = (yd_ticks){0};
    if (!(from > 0) || !is_range(from, to)) return;
    most = at_most(most);
    double low = power_of_ten(from), high = power_of_ten(to) + 1;
    int decades = (int)fmin(high - low, 1000), stride = 1;
    int factors = decades * 3 <= most + 2 ? 3 : 1;
    while (decades / stride > most) stride++;
    for (int k = 0; k <= decades; k += stride)
        for (int i = 0; i < factors; i++) {
            double at = all[i] * pow(10, low + k);
            if (at >= from * (1 - 1e-9) && at <= to * (1 + 1e-9) && ticks->count < most)
                add_log_tick(ticks, at);
        }
    if (ticks->count < 2) yd_ticks_linear(ticks, from, to, most);
}

/* most: the greatest on the axis, which decides the shape of all its labels. */
static void label_time(char out[YD_TICK_LABEL], double seconds, double step, double most)
{
    long long whole = llround(fabs(seconds)), days = whole / 86400, hours = whole / 3600 % 24;
    long long minutes = whole / 60 % 60, rest = whole % 60;
    const char *sign = seconds < 0 ? "-" : "";
    if (whole == 0)
        snprintf(out, YD_TICK_LABEL, "0");
    else if (step >= 86400)
        snprintf(out, YD_TICK_LABEL, "%s%lldd", sign, days % 1000000);
    else if (days > 0)
        snprintf(out, YD_TICK_LABEL, "%s%lldd %02lld:%02lld", sign, days % 100000, hours, minutes);
    else if (most < 3600)
        snprintf(out, YD_TICK_LABEL, "%s%lld:%02lld", sign, minutes, rest);
    else if (step >= 60)
        snprintf(out, YD_TICK_LABEL, "%s%lld:%02lldh", sign, hours, minutes);
    else
        snprintf(out, YD_TICK_LABEL, "%s%lld:%02lld:%02lld", sign, hours, minutes, rest);
}

void yd_ticks_time(yd_ticks *ticks, double from, double to, int most)
{
    static const double steps[] = {1,     2,     5,      10,     15,     30,      60,      120,
                                   300,   600,   900,    1800,   3600,   7200,    10800,   21600,
                                   43200, 86400, 172800, 432000, 864000, 1728000, 4320000, 8640000};
    enum { STEPS = sizeof steps / sizeof *steps };
    most = at_most(most);
    if (!is_range(from, to) || to - from < 1.5 || (to - from) / most > steps[STEPS - 1]) {
        yd_ticks_linear(ticks, from, to, most);
        return;
    }
    *ticks = (yd_ticks){0};
    int i = 0;
    while (i < STEPS - 1 && multiples(NULL, from, to, steps[i]) > most) i++;
    multiples(ticks, from, to, steps[i]);
    for (int k = 0; k < ticks->count; k++)
        label_time(ticks->ticks[k].label, ticks->ticks[k].at, steps[i], fmax(fabs(from), fabs(to)));
}

int yd_ticks_width(const yd_ticks *ticks)
{
    int width = 0;
    for (int i = 0; i < ticks->count; i++) {
        int length = (int)strlen(ticks->ticks[i].label);
        if (length > width) width = length;
    }
    return width;
}
