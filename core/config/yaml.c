/* libyaml's events to a tree. Each node is built once, an alias is one more pointer to it; weight and depth
 * count what a walk over the tree would see, so that no small file is a large tree. */
#include "config/yaml.h"
#include "base/file.h"
#include "base/vector.h"
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { MAX_ANCHORS = 1000 };

typedef struct anchor {
    const char *name;
    const yd_yaml_node *node; /* NULL while it is being built: it must not contain itself */
} anchor;

typedef struct builder {
    yaml_parser_t parser;
    const char *file;
    yd_arena *arena;
    yd_vector anchors;
    size_t nodes;
    yd_error *error;
} builder;

/* Children that are gathered before their number is known: pointers to nodes. */
typedef struct children {
    yd_vector keys, items;
} children;

static int event_line(const yaml_event_t *event)
{
    return event->start_mark.line < INT32_MAX ? (int)event->start_mark.line + 1 : INT32_MAX;
}

static yd_status out_of_memory(builder *b)
{
    return yd_fail(b->error, YD_ERR_MEMORY, "%s: out of memory", b->file);
}

static yd_status too_large(builder *b, int line)
{
    return yd_fail(b->error, YD_ERR_CONFIG,
                   "%s:%d: more than %d values, aliases counted as often as they stand", b->file, line,
                   YD_YAML_MAX_NODES);
}

static yd_status next_event(builder *b, yaml_event_t *event)
{
    if (yaml_parser_parse(&b->parser, event)) return YD_OK;
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR) return out_of_memory(b);
    size_t line = p->error == YAML_READER_ERROR ? 0 : p->problem_mark.line + 1;
    const char *problem = p->problem ? p->problem : "cannot be read";
    if (line == 0) return yd_fail(b->error, YD_ERR_CONFIG, "%s: not YAML: %s", b->file, problem);
    return yd_fail(b->error, YD_ERR_CONFIG, "%s:%zu: not YAML: %s%s%s", b->file, line, problem,
                   p->context ? " " : "", p->context ? p->context : "");
}

/* NULL with *status where there can be no more. */
static yd_yaml_node *new_node(builder *b, const yaml_event_t *event, yd_yaml_kind kind, yd_status *status)
{
    bool room = ++b->nodes <= YD_YAML_MAX_NODES;
    yd_yaml_node *node = room ? yd_arena_alloc(b->arena, 1, sizeof *node) : NULL;
    if (!node) {
        *status = room ? out_of_memory(b) : too_large(b, event_line(event));
        return NULL;
    }
    node->kind = kind;
    node->line = event_line(event);
    node->weight = 1;
    return node;
}

/* The place of a new anchor among anchors, or -1 where the event has none. Later anchors of the same name
 * hide earlier ones. */
static yd_status open_anchor(builder *b, const yaml_event_t *event, const yaml_char_t *name, int *place)
{
    *place = -1;
    if (!name) return YD_OK;
    if (b->anchors.count >= MAX_ANCHORS)
        return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: more than %d anchors", b->file, event_line(event),
                       MAX_ANCHORS);
    anchor fresh = {yd_arena_strdup(b->arena, (const char *)name), NULL};
    if (!fresh.name || !yd_vector_push(&b->anchors, &fresh)) return out_of_memory(b);
    *place = (int)b->anchors.count - 1;
    return YD_OK;
}

static yd_status find_alias(builder *b, const yaml_event_t *event, const yd_yaml_node **node)
{
    const char *name = (const char *)event->data.alias.anchor;
    for (size_t i = b->anchors.count; i-- > 0;) {
        const anchor *known = &YD_AT(anchor, &b->anchors, i);
        if (strcmp(known->name, name) != 0) continue;
        *node = known->node;
        if (*node) return YD_OK;
        return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: *%s stands inside itself", b->file, event_line(event),
                       name);
    }
    return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: *%s names nothing", b->file, event_line(event), name);
}

/* A tag without the prefix of YAML's own, or NULL where the event has none. Others name types of Python and
 * are refused. */
static yd_status standard_tag(builder *b, const yaml_event_t *event, const yaml_char_t *tag,
                              const char *const *allowed, const char **short_tag)
{
    static const char prefix[] = "tag:yaml.org,2002:";
    *short_tag = NULL;
    if (!tag || strcmp((const char *)tag, "!") == 0) return YD_OK;
    if (strncmp((const char *)tag, prefix, sizeof prefix - 1) == 0)
        for (; *allowed; allowed++)
            if (strcmp((const char *)tag + sizeof prefix - 1, *allowed) == 0) {
                *short_tag = *allowed;
                return YD_OK;
            }
    return yd_fail(b->error, YD_ERR_CONFIG,
                   "%s:%d: the tag %s is not one of YAML's own types that can stand here", b->file,
                   event_line(event), (const char *)tag);
}

/* Gives a tagged scalar the kind that its tag says. */
static yd_status apply_tag(builder *b, yd_yaml_node *node, const char *tag)
{
    yd_yaml_kind found = yd_yaml_resolve(node->text, &node->integer, &node->number);
    yd_yaml_kind wanted = strcmp(tag, "int") == 0     ? YD_YAML_INT
                          : strcmp(tag, "float") == 0 ? YD_YAML_FLOAT
                          : strcmp(tag, "bool") == 0  ? YD_YAML_BOOL
                          : strcmp(tag, "null") == 0  ? YD_YAML_NULL
                                                      : YD_YAML_TEXT;
    bool fits =
        wanted == YD_YAML_TEXT || found == wanted || (wanted == YD_YAML_FLOAT && found == YD_YAML_INT);
    if (!fits)
        return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: tagged !!%s, but found \"%s\"", b->file, node->line,
                       tag, node->text);
    node->kind = wanted;
    return YD_OK;
}

static yd_status build_scalar(builder *b, const yaml_event_t *event, const yd_yaml_node **result)
{
    static const char *const tags[] = {"str", "int", "float", "bool", "null", NULL};
    const char *value = (const char *)event->data.scalar.value, *tag = NULL;
    int place = -1;
    yd_status status;
    yd_yaml_node *node = new_node(b, event, YD_YAML_TEXT, &status);
    if (!node) return status;
    YD_TRY(open_anchor(b, event, event->data.scalar.anchor, &place));
    YD_TRY(standard_tag(b, event, event->data.scalar.tag, tags, &tag));
    if (strlen(value) != event->data.scalar.length)
        return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: a text holds a zero byte", b->file, node->line);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = yd_arena_strdup(b->arena, value);
    if (!node->text) return out_of_memory(b);
    if (tag)
        YD_TRY(apply_tag(b, node, tag));
    else if (!node->quoted)
        node->kind = yd_yaml_resolve(node->text, &node->integer, &node->number);
    if (place >= 0) YD_AT(anchor, &b->anchors, place).node = node;
    *result = node;
    return YD_OK;
}

static yd_status add_child(builder *b, children *list, const yd_yaml_node *key, const yd_yaml_node *item)
{
    if ((key && !yd_vector_push(&list->keys, &key)) || !yd_vector_push(&list->items, &item))
        return out_of_memory(b);
    return YD_OK;
}

/* The pairs of a mapping that «<<» names. They count as new values: merging merged mappings must not multiply
 * them. */
static yd_status merge_mapping(builder *b, children *merged, const yd_yaml_node *from, int line)
{
    if (from->kind != YD_YAML_MAPPING)
        return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: << needs a mapping or a list of mappings", b->file,
                       line);
    b->nodes += (size_t)from->count;
    if (b->nodes > YD_YAML_MAX_NODES) return too_large(b, line);
    for (int i = 0; i < from->count; i++) YD_TRY(add_child(b, merged, from->keys[i], from->items[i]));
    return YD_OK;
}

/* Of a list, the first mapping wins; the last pair of a key is what counts, so the list is taken from its
 * end. */
static yd_status merge(builder *b, children *merged, const yd_yaml_node *from, int line)
{
    if (from->kind != YD_YAML_SEQUENCE) return merge_mapping(b, merged, from, line);
    for (int i = from->count; i-- > 0;) YD_TRY(merge_mapping(b, merged, from->items[i], line));
    return YD_OK;
}

static yd_status build(builder *b, yaml_event_t *event, int depth, const yd_yaml_node **node);

static yd_status build_next(builder *b, int depth, const yd_yaml_node **node)
{
    yaml_event_t event;
    YD_TRY(next_event(b, &event));
    yd_status status = build(b, &event, depth, node);
    yaml_event_delete(&event);
    return status;
}

/* Children up to the end event, merged pairs in merged. */
static yd_status gather(builder *b, bool pairs, int depth, children *own, children *merged)
{
    for (;;) {
        yaml_event_t event;
        YD_TRY(next_event(b, &event));
        if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return YD_OK;
        }
        const yd_yaml_node *first = NULL, *second = NULL;
        yd_status status = build(b, &event, depth, &first);
        yaml_event_delete(&event);
        if (status != YD_OK) return status;
        if (!pairs) {
            YD_TRY(add_child(b, own, NULL, first));
            continue;
        }
        if (!first->text)
            return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: a key must be a word or a number", b->file,
                           first->line);
        YD_TRY(build_next(b, depth, &second));
        if (!first->quoted && strcmp(first->text, "<<") == 0)
            YD_TRY(merge(b, merged, second, first->line));
        else
            YD_TRY(add_child(b, own, first, second));
    }
}

static bool copy_pointers(yd_arena *arena, const yd_vector *head, const yd_vector *tail,
                          const yd_yaml_node ***result)
{
    size_t count = head->count + tail->count;
    *result = yd_arena_alloc(arena, count ? count : 1, head->size);
    if (!*result) return false;
    if (head->count) memcpy(*result, head->data, head->count * head->size);
    if (tail->count) memcpy(*result + head->count, tail->data, tail->count * tail->size);
    return true;
}

static yd_status finish(builder *b, yd_yaml_node *node, const children *own, const children *merged)
{
    if (!copy_pointers(b->arena, &merged->items, &own->items, &node->items)) return out_of_memory(b);
    if (node->kind == YD_YAML_MAPPING && !copy_pointers(b->arena, &merged->keys, &own->keys, &node->keys))
        return out_of_memory(b);
    node->count = (int)(merged->items.count + own->items.count);
    for (int i = 0; i < node->count; i++) {
        const yd_yaml_node *item = node->items[i];
        node->weight += item->weight + (node->keys ? 1 : 0);
        if (item->height + 1 > node->height) node->height = item->height + 1;
        if (node->weight > YD_YAML_MAX_NODES) return too_large(b, node->line);
    }
    if (node->height > YD_YAML_MAX_DEPTH)
        return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: nested deeper than %d", b->file, node->line,
                       YD_YAML_MAX_DEPTH);
    return YD_OK;
}

static yd_status build_collection(builder *b, const yaml_event_t *event, int depth,
                                  const yd_yaml_node **result)
{
    static const char *const sequence_tags[] = {"seq", NULL}, *const mapping_tags[] = {"map", NULL};
    bool pairs = event->type == YAML_MAPPING_START_EVENT;
    const char *tag;
    int place = -1;
    if (depth > YD_YAML_MAX_DEPTH)
        return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: nested deeper than %d", b->file, event_line(event),
                       YD_YAML_MAX_DEPTH);
    yd_status status;
    yd_yaml_node *node = new_node(b, event, pairs ? YD_YAML_MAPPING : YD_YAML_SEQUENCE, &status);
    if (!node) return status;
    YD_TRY(open_anchor(b, event, pairs ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                       &place));
    YD_TRY(standard_tag(b, event, pairs ? event->data.mapping_start.tag : event->data.sequence_start.tag,
                        pairs ? mapping_tags : sequence_tags, &tag));
    size_t size = sizeof(void *);
    children own = {{.size = size}, {.size = size}}, merged = {{.size = size}, {.size = size}};
    status = gather(b, pairs, depth + 1, &own, &merged);
    if (status == YD_OK) status = finish(b, node, &own, &merged);
    yd_vector_free(&own.keys);
    yd_vector_free(&own.items);
    yd_vector_free(&merged.keys);
    yd_vector_free(&merged.items);
    if (status != YD_OK) return status;
    if (place >= 0) YD_AT(anchor, &b->anchors, place).node = node;
    *result = node;
    return YD_OK;
}

static yd_status build(builder *b, yaml_event_t *event, int depth, const yd_yaml_node **node)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return build_scalar(b, event, node);
    case YAML_ALIAS_EVENT:
        return find_alias(b, event, node);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return build_collection(b, event, depth, node);
    default:
        return yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: not YAML: a value is missing", b->file,
                       event_line(event));
    }
}

/* The one document of the stream; a NULL node where there is none. */
static yd_status build_stream(builder *b, const yd_yaml_node **root)
{
    for (bool seen = false;;) {
        yaml_event_t event;
        YD_TRY(next_event(b, &event));
        yaml_event_type_t type = event.type;
        yd_yaml_node *empty = NULL;
        yd_status status = YD_OK;
        if (type == YAML_STREAM_END_EVENT && !seen) {
            empty = new_node(b, &event, YD_YAML_NULL, &status);
            if (empty) empty->text = "", *root = empty;
        } else if (type == YAML_DOCUMENT_START_EVENT && seen)
            status = yd_fail(b->error, YD_ERR_CONFIG, "%s:%d: a second document begins; one is wanted",
                             b->file, event_line(&event));
        else if (type == YAML_DOCUMENT_START_EVENT) {
            seen = true;
            status = build_next(b, 1, root);
        }
        yaml_event_delete(&event);
        if (status != YD_OK || type == YAML_STREAM_END_EVENT) return status;
    }
}

yd_status yd_yaml_parse(const char *name, const char *data, size_t length, yd_arena *arena, yd_yaml *yaml,
                        yd_error *error)
{
    builder b = {.arena = arena, .error = error, .anchors = {.size = sizeof(anchor)}};
    *yaml = (yd_yaml){.file = yd_arena_strdup(arena, name)};
    b.file = yaml->file;
    if (!yaml->file || !yaml_parser_initialize(&b.parser))
        return yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", name);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)data, length);
    yd_status status = build_stream(&b, &yaml->root);
    yaml_parser_delete(&b.parser);
    yd_vector_free(&b.anchors);
    return status;
}

yd_status yd_yaml_load(const char *path, yd_arena *arena, yd_yaml *yaml, yd_error *error)
{
    char *data;
    size_t length;
    yd_error reason = {0};
    yd_status status = yd_file_read(path, YD_YAML_MAX_BYTES, &data, &length, &reason);
    if (status != YD_OK)
        return yd_fail(error, status == YD_ERR_MEMORY ? status : YD_ERR_CONFIG, "%s", reason.message);
    status = yd_yaml_parse(path, data, length, arena, yaml, error);
    free(data);
    return status;
}

const char *yd_yaml_version(void)
{
    return yaml_get_version_string();
}
