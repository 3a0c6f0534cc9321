/* libyaml's emitter, set so that its output equals yaml.safe_dump(sort_keys=False): what needs quotes is
 * decided by the resolver that reads it back. */
#include "config/yaml.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { MAX_OPEN = 16 };

struct yd_yaml_writer {
    yaml_emitter_t emitter;
    yd_text *text;
    char open[MAX_OPEN]; /* brackets, the root's first */
    int depth;
    bool failed;
};

static int receive(void *data, unsigned char *buffer, size_t size)
{
    yd_text *text = data;
    yd_text_add_bytes(text, buffer, size);
    return !text->failed;
}

/* event is consumed, made or not. */
static void emit(yd_yaml_writer *writer, yaml_event_t *event, int made)
{
    if (!made || !yaml_emitter_emit(&writer->emitter, event)) writer->failed = true;
}

static bool is_utf8(const char *value)
{
    while (*value) {
        int length = yd_utf8_length(value);
        if (!length) return false;
        value += length;
    }
    return true;
}

/* A scalar; text that would read back as something else is quoted. */
static void emit_scalar(yd_yaml_writer *writer, const char *value, bool text)
{
    int64_t integer;
    double number;
    yaml_event_t event;
    char escaped[4096];
    if (!is_utf8(value)) value = yd_escape(escaped, sizeof escaped, value);
    int plain = !text || yd_yaml_resolve(value, &integer, &number) == YD_YAML_TEXT;
    int made = yaml_scalar_event_initialize(&event, NULL, (const yaml_char_t *)(text ? YAML_STR_TAG : NULL),
                                            (const yaml_char_t *)value, (int)strlen(value), plain, 1,
                                            YAML_ANY_SCALAR_STYLE);
    emit(writer, &event, made);
}

static void emit_key(yd_yaml_writer *writer, const char *key)
{
    YD_ASSERT((writer->open[writer->depth - 1] == '{') == (key != NULL));
    if (key) emit_scalar(writer, key, true);
}

static void emit_value(yd_yaml_writer *writer, const char *key, const char *value, bool text)
{
    if (!writer || writer->failed) return;
    emit_key(writer, key);
    emit_scalar(writer, value, text);
}

yd_yaml_writer *yd_yaml_write_start(yd_text *text)
{
    yd_yaml_writer *writer = calloc(1, sizeof *writer);
    if (!writer) return NULL;
    if (!yaml_emitter_initialize(&writer->emitter)) {
        free(writer);
        return NULL;
    }
    writer->text = text;
    writer->depth = 1;
    writer->open[0] = '{';
    yaml_emitter_set_output(&writer->emitter, receive, text);
    yaml_event_t event;
    emit(writer, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(writer, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    emit(writer, &event,
         yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
    return writer;
}

void yd_yaml_write_open(yd_yaml_writer *writer, const char *key, char bracket)
{
    if (!writer || writer->failed) return;
    YD_ASSERT(writer->depth < MAX_OPEN && (bracket == '{' || bracket == '['));
    emit_key(writer, key);
    yaml_event_t event;
    int made = bracket == '{'
                   ? yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE)
                   : yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE);
    writer->open[writer->depth++] = bracket;
    emit(writer, &event, made);
}

static void emit_end(yd_yaml_writer *writer)
{
    yaml_event_t event;
    char bracket = writer->open[--writer->depth];
    emit(writer, &event,
         bracket == '{' ? yaml_mapping_end_event_initialize(&event)
                        : yaml_sequence_end_event_initialize(&event));
}

void yd_yaml_write_close(yd_yaml_writer *writer)
{
    if (!writer || writer->failed) return;
    YD_ASSERT(writer->depth > 1);
    emit_end(writer);
}

void yd_yaml_write_text(yd_yaml_writer *writer, const char *key, const char *value)
{
    emit_value(writer, key, value, true);
}

/* Python's repr, with the point that YAML 1.1 wants before an exponent. */
void yd_yaml_write_number(yd_yaml_writer *writer, const char *key, double value)
{
    char shortest[40], written[48];
    if (isfinite(value)) {
        yd_format_double(shortest, sizeof shortest, value);
        char *mark = strchr(shortest, 'e');
        bool bare = mark && !strchr(shortest, '.');
        int head = (int)(mark ? mark - shortest : (ptrdiff_t)strlen(shortest));
        snprintf(written, sizeof written, "%.*s%s%s", head, shortest, bare ? ".0" : "", mark ? mark : "");
    } else
        yd_copy_text(written, sizeof written, isnan(value) ? ".nan" : value < 0 ? "-.inf" : ".inf");
    emit_value(writer, key, written, false);
}

void yd_yaml_write_integer(yd_yaml_writer *writer, const char *key, int64_t value)
{
    char written[24];
    snprintf(written, sizeof written, "%lld", (long long)value);
    emit_value(writer, key, written, false);
}

void yd_yaml_write_bool(yd_yaml_writer *writer, const char *key, bool value)
{
    emit_value(writer, key, value ? "true" : "false", false);
}

void yd_yaml_write_null(yd_yaml_writer *writer, const char *key)
{
    emit_value(writer, key, "null", false);
}

yd_status yd_yaml_write_finish(yd_yaml_writer *writer, yd_error *error)
{
    if (!writer) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    YD_ASSERT(writer->failed || writer->depth == 1);
    yaml_event_t event;
    if (!writer->failed) emit_end(writer);
    if (!writer->failed) emit(writer, &event, yaml_document_end_event_initialize(&event, 1));
    if (!writer->failed) emit(writer, &event, yaml_stream_end_event_initialize(&event));
    bool failed = writer->failed || writer->text->failed;
    yaml_emitter_delete(&writer->emitter);
    free(writer);
    return failed ? yd_fail(error, YD_ERR_MEMORY, "out of memory") : YD_OK;
}
