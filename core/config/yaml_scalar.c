/* What a plain scalar means in YAML 1.1 as PyYAML's safe loader resolves it. (training.md, 3.1) */
#include "config/yaml.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NUMBER = 400 }; /* beyond the digits of any double */

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0) return true;
    return false;
}

static const char *skip_sign(const char *s)
{
    return *s == '+' || *s == '-' ? s + 1 : s;
}

static const char *skip(const char *s, const char *set)
{
    return s + strspn(s, set);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ":[0-5]?[0-9]" once or more, as base 60 has it; NULL where there is none. */
static const char *skip_sixties(const char *s)
{
    if (*s != ':') return NULL;
    while (*s == ':') {
        if (s[1] >= '0' && s[1] <= '5' && is_digit(s[2]))
            s += 3;
        else if (is_digit(s[1]))
            s += 2;
        else
            return NULL;
    }
    return s;
}

/* The base of an integer, 60 for sexagesimal; 0 where text is none. */
static int integer_base(const char *text)
{
    const char *s = skip_sign(text), *end;
    if (s[0] == '0' && s[1] == 'b') return s[2 + strspn(s + 2, "_")] && !*skip(s + 2, "01_") ? 2 : 0;
    if (s[0] == '0' && s[1] == 'x')
        return s[2 + strspn(s + 2, "_")] && !*skip(s + 2, "0123456789abcdefABCDEF_") ? 16 : 0;
    if (s[0] == '0') return *skip(s + 1, "01234567_") ? 0 : 8;
    if (!is_digit(*s)) return 0;
    end = skip(s, "0123456789_");
    if (!*end) return 10;
    end = skip_sixties(end);
    return end && !*end ? 60 : 0;
}

/* 10: a decimal float; 60: sexagesimal; 1: infinity or not a number; 0: no float. A sign before a bare point
 * makes text of it. */
static int float_base(const char *text)
{
    static const char *const names[] = {".inf",  ".Inf",  ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
                                        "-.Inf", "-.INF", ".nan", ".NaN",  ".NAN",  NULL};
    if (is_one_of(text, names)) return 1;
    const char *s = skip_sign(text), *sixties;
    int base = 10;
    if (is_digit(*s)) {
        s = skip(s, "0123456789_");
        if ((sixties = skip_sixties(s))) base = 60, s = sixties;
        if (*s++ != '.') return 0;
    } else {
        if (s != text || *s++ != '.' || !is_digit(*s)) return 0;
    }
    s = skip(s, "0123456789_");
    if (base == 10 && (*s == 'e' || *s == 'E')) {
        if ((s[1] != '+' && s[1] != '-') || !is_digit(s[2])) return 0;
        s = skip(s + 2, "0123456789");
    }
    return *s ? 0 : base;
}

static int digit_value(char c)
{
    if (is_digit(c)) return c - '0';
    return (c | 0x20) - 'a' + 10;
}

/* Digits (underscores skipped) in a base up to 16, or base-60 groups of decimal digits. False beyond 64 bits.
 */
static bool integer_value(const char *s, int base, int64_t *integer, double *number)
{
    bool negative = *s == '-', fits = true;
    int64_t value = 0;
    double approximate = 0;
    s = skip_sign(s);
    if (base == 2 || base == 16) s += 2;
    while (*s) {
        int64_t group = 0, factor = base;
        double group_approximate = 0;
        if (*s == '_' || *s == ':') {
            s++;
            continue;
        }
        if (base == 60)
            for (; is_digit(*s) || *s == '_'; s++) {
                if (*s == '_') continue;
                fits = fits && !__builtin_mul_overflow(group, (int64_t)10, &group) &&
                       !__builtin_add_overflow(group, (int64_t)(*s - '0'), &group);
                group_approximate = group_approximate * 10 + (*s - '0');
            }
        else
            group = digit_value(*s++), group_approximate = (double)group;
        fits = fits && !__builtin_mul_overflow(value, factor, &value) &&
               !(negative ? __builtin_sub_overflow(value, group, &value)
                          : __builtin_add_overflow(value, group, &value));
        approximate = approximate * (double)factor + group_approximate;
    }
    *integer = fits ? value : 0;
    *number = fits ? (double)value : negative ? -approximate : approximate;
    return fits;
}

static double float_value(const char *text, int base)
{
    if (base == 1) {
        if (strchr("nN", skip_sign(text)[1])) return (double)NAN;
        return *text == '-' ? -(double)INFINITY : (double)INFINITY;
    }
    char digits[LONGEST_NUMBER + 1];
    size_t length = 0;
    double value = 0;
    const char *s = skip_sign(text);
    for (; *s; s++) {
        if (*s == ':') {
            digits[length] = '\0';
            value = (value + strtod(digits, NULL)) * 60;
            length = 0;
        } else if (*s != '_')
            digits[length++] = *s;
    }
    digits[length] = '\0';
    value += strtod(digits, NULL); /* LC_NUMERIC is always C */
    return *text == '-' ? -value : value;
}

yd_yaml_kind yd_yaml_resolve(const char *text, int64_t *integer, double *number)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const truths[] = {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL};
    static const char *const lies[] = {"no",    "No",  "NO",  "false", "False",
                                       "FALSE", "off", "Off", "OFF",   NULL};
    *integer = 0;
    *number = 0;
    if (is_one_of(text, nulls)) return YD_YAML_NULL;
    if (is_one_of(text, truths)) {
        *integer = 1;
        *number = 1;
        return YD_YAML_BOOL;
    }
    if (is_one_of(text, lies)) return YD_YAML_BOOL;
    if (strlen(text) > LONGEST_NUMBER) return YD_YAML_TEXT;
    int base = float_base(text);
    if (base) {
        *number = float_value(text, base);
        return YD_YAML_FLOAT;
    }
    base = integer_base(text);
    if (!base) return YD_YAML_TEXT;
    if (integer_value(text, base, integer, number)) return YD_YAML_INT;
    if (base == 10) *number = float_value(text, base); /* rounded once, not digit by digit */
    return YD_YAML_FLOAT;
}
