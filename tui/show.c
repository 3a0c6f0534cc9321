#include "tui/show.h"
#include <math.h>
#include <stdio.h>
#include <time.h>

static const char *unknown(char *out, size_t capacity)
{
    snprintf(out, capacity, "-");
    return out;
}

const char *yd_show_duration(char *out, size_t capacity, double seconds)
{
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e10) return unknown(out, capacity);
    long long whole = (long long)(seconds + 0.5), days = whole / 86400;
    int hours = (int)(whole / 3600 % 24), minutes = (int)(whole / 60 % 60), rest = (int)(whole % 60);
    if (days > 0)
        snprintf(out, capacity, "%lldd %02d:%02d", days, hours, minutes);
    else
        snprintf(out, capacity, "%d:%02d:%02d", hours, minutes, rest);
    return out;
}

const char *yd_show_bytes(char *out, size_t capacity, int64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 0) return unknown(out, capacity);
    double value = (double)bytes;
    int unit = 0;
    while (value >= 999.5 && unit < 6) value /= 1000, unit++;
    snprintf(out, capacity, value < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return out;
}

const char *yd_show_loss(char *out, size_t capacity, double value)
{
    if (isnan(value)) return unknown(out, capacity);
    if (isinf(value))
        snprintf(out, capacity, "%s", value > 0 ? "inf" : "-inf");
    else
        snprintf(out, capacity, fabs(value) < 100 ? "%.4f" : fabs(value) < 1e5 ? "%.1f" : "%.1e", value);
    return out;
}

const char *yd_show_number(char *out, size_t capacity, double value)
{
    double size = fabs(value);
    if (!isfinite(value) || value == 0)
        return value == 0 ? snprintf(out, capacity, "0"), out : yd_show_loss(out, capacity, value);
    snprintf(out, capacity,
             size < 0.001     ? "%.2e"
             : size < 9.9995  ? "%.4f"
             : size < 99.995  ? "%.2f"
             : size < 99999.5 ? "%.1f"
                              : "%.3e",
             value);
    return out;
}

const char *yd_show_metric(char *out, size_t capacity, double value)
{
    if (!isfinite(value)) return unknown(out, capacity);
    snprintf(out, capacity, fabs(value) < 1e4 ? "%.3f" : "%.1e", value);
    return out;
}

const char *yd_show_percent(char *out, size_t capacity, double share)
{
    if (!isfinite(share) || fabs(share) > 1e4) return unknown(out, capacity);
    snprintf(out, capacity, "%.0f%%", share * 100);
    return out;
}

const char *yd_show_rate(char *out, size_t capacity, double value)
{
    if (!isfinite(value)) return unknown(out, capacity);
    snprintf(out, capacity,
             fabs(value) < 9.995   ? "%.2f"
             : fabs(value) < 99.95 ? "%.1f"
             : fabs(value) < 1e6   ? "%.0f"
                                   : "%.1e",
             value);
    return out;
}

const char *yd_show_clock(char *out, size_t capacity, int64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / 1000000000);
    struct tm parts;
    if (wall_ns <= 0) return snprintf(out, capacity, "--:--:--"), out;
    if (!localtime_r(&seconds, &parts) || !strftime(out, capacity, "%H:%M:%S", &parts))
        return unknown(out, capacity);
    return out;
}
