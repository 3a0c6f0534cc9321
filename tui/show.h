/* Numbers as the console shows them: short, of steady width, "-" where a value is not known. All return out.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* H:MM:SS, from a day on "3d 04:05"; "-" where seconds is not finite or negative. */
const char *yd_show_duration(char *out, size_t capacity, double seconds);
/* "1.1 GB" in powers of 1000; "-" where negative. */
const char *yd_show_bytes(char *out, size_t capacity, int64_t bytes);
/* A loss: four decimals, fewer from 100 on; "-" for NAN, "inf" for an infinite one. */
const char *yd_show_loss(char *out, size_t capacity, double value);
/* Any scalar: about four significant digits; "-" for NAN. */
const char *yd_show_number(char *out, size_t capacity, double value);
/* A metric in [0, 1]: three decimals; "-" for NAN. */
const char *yd_show_metric(char *out, size_t capacity, double value);
/* A share in [0, 1] as "12%"; "-" for NAN. */
const char *yd_show_percent(char *out, size_t capacity, double share);
/* Three significant digits. */
const char *yd_show_rate(char *out, size_t capacity, double value);
/* HH:MM:SS, local time; "--:--:--" where wall_ns is not above 0. */
const char *yd_show_clock(char *out, size_t capacity, int64_t wall_ns);
