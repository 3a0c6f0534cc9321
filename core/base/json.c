#include "base/json.h"
#include "base/error.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { DEEPEST = sizeof((yd_json *)0)->first / sizeof(bool) };

static void add_string(yd_text *text, const char *value)
{
    yd_text_add(text, "\"");
    while (*value) {
        int length = yd_utf8_length(value);
        if (!length)
            yd_text_add(text, "\\ufffd"); /* what is not UTF-8 cannot stand in JSON */
        else if (*value == '"' || *value == '\\')
            yd_text_addf(text, "\\%c", *value);
        else if ((unsigned char)*value < 0x20 || *value == 0x7f)
            yd_text_addf(text, "\\u%04x", (unsigned)*value);
        else
            yd_text_add_bytes(text, value, (size_t)length);
        value += length ? length : 1;
    }
    yd_text_add(text, "\"");
}

static void begin_value(yd_json *json, const char *key)
{
    if (!json->first[json->depth]) yd_text_add(json->text, ", ");
    json->first[json->depth] = false;
    if (!key) return;
    add_string(json->text, key);
    yd_text_add(json->text, ": ");
}

void yd_json_start(yd_json *json, yd_text *text)
{
    *json = (yd_json){.text = text, .first = {true}};
}

void yd_json_open(yd_json *json, const char *key, char bracket)
{
    YD_ASSERT(json->depth + 1 < DEEPEST);
    begin_value(json, key);
    yd_text_add_bytes(json->text, &bracket, 1);
    json->first[++json->depth] = true;
}

void yd_json_close(yd_json *json, char bracket)
{
    YD_ASSERT(json->depth > 0);
    json->depth--;
    yd_text_add_bytes(json->text, &bracket, 1);
}

void yd_json_number(yd_json *json, const char *key, double value)
{
    begin_value(json, key);
    if (isfinite(value))
        yd_text_addf(json->text, "%.9g", value);
    else
        yd_text_add(json->text, "null");
}

void yd_json_numbers(yd_json *json, const char *key, const float *values, int count)
{
    yd_json_open(json, key, '[');
    for (int i = 0; i < count; i++) yd_json_number(json, NULL, (double)values[i]);
    yd_json_close(json, ']');
}

void yd_json_exact(yd_json *json, const char *key, double value)
{
    char text[40] = "null";
    begin_value(json, key);
    if (isfinite(value)) yd_format_double(text, sizeof text, value);
    yd_text_add(json->text, text);
}

void yd_json_integer(yd_json *json, const char *key, int64_t value)
{
    begin_value(json, key);
    yd_text_addf(json->text, "%" PRId64, value);
}

void yd_json_time(yd_json *json, const char *key, int64_t wall_ns)
{
    int64_t ms = wall_ns > 0 ? wall_ns / 1000000 : 0;
    begin_value(json, key);
    yd_text_addf(json->text, "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
}

void yd_json_string(yd_json *json, const char *key, const char *value)
{
    begin_value(json, key);
    add_string(json->text, value);
}

void yd_json_bool(yd_json *json, const char *key, bool value)
{
    begin_value(json, key);
    yd_text_add(json->text, value ? "true" : "false");
}

void yd_json_raw(yd_json *json, const char *key, const char *value)
{
    begin_value(json, key);
    yd_text_add(json->text, value);
}
