/* docs/events.md has each event and each of its fields as core/event/fields.def has them, and what is written
 * are these fields and no others.
 *
 *     YD_REGENERATE=1 test_unit_event_fields     writes the tables in the file anew */
#include "base/file.h"
#include "event/event_text.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct field {
    yd_event_type event;
    const char *name, *kind, *unit, *meaning;
} field;

static const field fields[] = {
#define YD_FIELD(event, name, kind, value, unit, meaning) {YD_EVENT_##event, #name, #kind, unit, meaning},
#include "event/fields.def"
#undef YD_FIELD
};
enum { FIELDS = sizeof fields / sizeof *fields };

static const char *type_of(const char *kind)
{
    return strcmp(kind, "numbers") == 0 ? "array of numbers" : strcmp(kind, "bool") == 0 ? "boolean" : kind;
}

static void write_table(yd_event_type event, yd_text *text)
{
    yd_text_add(text, "| field | type | unit | what |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < FIELDS; i++)
        if (fields[i].event == event)
            yd_text_addf(text, "| `%s` | %s | %s | %s |\n", fields[i].name, type_of(fields[i].kind),
                         fields[i].unit, fields[i].meaning);
}

/* The table below the event's heading: from *begin to *end. False where there is none. */
static bool find_table(const char *document, const char *event, const char **begin, const char **end)
{
    char heading[64];
    snprintf(heading, sizeof heading, "\n## `%s`\n", event);
    const char *section = strstr(document, heading);
    if (!section) return false;
    section += strlen(heading);
    const char *next = strstr(section, "\n## ");
    *begin = strstr(section, "| field |");
    if (!*begin || (next && *begin > next)) return false;
    for (*end = *begin; **end == '|';) {
        *end += strcspn(*end, "\n");
        *end += **end == '\n';
    }
    return true;
}

static void document_path(char path[4200])
{
    snprintf(path, 4200, "%s/docs/events.md", YD_SOURCE_DIR);
}

/* The document with the tables as they have to be. */
static void correct(const char *document, yd_text *text)
{
    yd_text_add(text, document);
    for (int event = 0; event < YD_EVENT_COUNT; event++) {
        const char *begin, *end;
        yd_text table = {0}, changed = {0};
        if (!find_table(text->data, yd_event_name((uint32_t)event), &begin, &end)) {
            fprintf(stderr, "docs/events.md: no section \"## `%s`\" with a table\n",
                    yd_event_name((uint32_t)event));
            CHECK(false);
            continue;
        }
        write_table((yd_event_type)event, &table);
        yd_text_add_bytes(&changed, text->data, (size_t)(begin - text->data));
        yd_text_add(&changed, table.data);
        yd_text_add(&changed, end);
        yd_text_free(text);
        yd_text_free(&table);
        *text = changed;
    }
}

static void the_document_has_every_field(void)
{
    char path[4200], *document;
    size_t length;
    yd_text wanted = {0};
    document_path(path);
    REQUIRE(yd_file_read(path, 1 << 20, &document, &length, NULL) == YD_OK);
    correct(document, &wanted);
    REQUIRE(!wanted.failed);
    if (getenv("YD_REGENERATE")) {
        CHECK(yd_file_write(path, wanted.data, wanted.length, NULL) == YD_OK);
    } else if (strcmp(document, wanted.data) != 0) {
        size_t at = 0;
        while (document[at] == wanted.data[at]) at++;
        while (at > 0 && document[at - 1] != '\n') at--;
        fprintf(stderr, "docs/events.md has\n%.*s\nwanted\n%.*s\n", (int)strcspn(document + at, "\n"),
                document + at, (int)strcspn(wanted.data + at, "\n"), wanted.data + at);
        CHECK(false);
    }
    yd_text_free(&wanted);
    free(document);
}

/* The keys of an object in one line, each with a comma behind it; those of objects within are not there. */
static void keys_of(const char *line, yd_text *keys)
{
    for (const char *quote = line; (quote = strchr(quote, '"'));) {
        const char *end = strchr(quote + 1, '"');
        REQUIRE(end != NULL);
        if (end[1] == ':') yd_text_addf(keys, "%.*s,", (int)(end - quote - 1), quote + 1);
        quote = end + 1;
    }
}

static void what_is_written_are_these_fields(void)
{
    for (int event = 0; event < YD_EVENT_COUNT; event++) {
        yd_event made = {.type = (uint32_t)event};
        yd_event_text told = {0};
        yd_text text = {0}, found = {0}, wanted = {0};
        yd_event_text_json(&told, &made, &text);
        keys_of(text.data, &found);
        yd_text_add(&wanted, "event,time,");
        for (int i = 0; i < FIELDS; i++)
            if (fields[i].event == (yd_event_type)event) yd_text_addf(&wanted, "%s,", fields[i].name);
        CHECK_TEXT(found.data, wanted.data);
        CHECK(strcmp(wanted.data, "event,time,") !=
              0); /* an event that says nothing was forgotten in the table */
        yd_text_free(&text);
        yd_text_free(&found);
        yd_text_free(&wanted);
        yd_event_text_free(&told);
    }
}

static const yd_test_case cases[] = {
    {"the document has every field", the_document_has_every_field},
    {"what is written are these fields", what_is_written_are_these_fields},
};
TEST_MAIN(cases)
