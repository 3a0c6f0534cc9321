/* Writes JSON into a yd_text; numbers as %.9g (a value that is not finite as null), strings escaped.
 * Commas are kept here. */
#pragma once
#include "base/text.h"

typedef struct yd_json {
    yd_text *text;
    int depth;
    bool first[40];
} yd_json;

void yd_json_start(yd_json *json, yd_text *text);
void yd_json_open(yd_json *json, const char *key, char bracket); /* '{' or '['; key NULL inside arrays */
void yd_json_close(yd_json *json, char bracket);                 /* '}' or ']' */
void yd_json_number(yd_json *json, const char *key, double value);
/* An array. */
void yd_json_numbers(yd_json *json, const char *key, const float *values, int count);
/* The shortest number that reads back as the same double. */
void yd_json_exact(yd_json *json, const char *key, double value);
void yd_json_integer(yd_json *json, const char *key, int64_t value);
/* A time since 1970 in seconds, to the millisecond: %.9g would round it to ten seconds. */
void yd_json_time(yd_json *json, const char *key, int64_t wall_ns);
void yd_json_string(yd_json *json, const char *key, const char *value);
void yd_json_bool(yd_json *json, const char *key, bool value);
/* A value that is JSON already. */
void yd_json_raw(yd_json *json, const char *key, const char *value);
