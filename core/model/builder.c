#include "model/builder.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int yd_build_fail(yd_builder *b, yd_status status, const char *format, ...)
{
    if (b->status != YD_OK) return YD_NO_VALUE;
    char what[512], place[512], module[96];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    const char *file = b->model->yaml.file ? b->model->yaml.file : "model";
    if (!b->row)
        snprintf(place, sizeof place, "%s", file);
    else if (b->row->line > 0)
        snprintf(place, sizeof place, "%s:%d", file, b->row->line);
    else
        snprintf(place, sizeof place, "%s: row %d", file, b->layer);
    if (b->row) yd_escape(module, sizeof module, b->row->module);
    b->status =
        yd_fail(b->error, status, "%s: %s%s%s", place, b->row ? module : "", b->row ? ": " : "", what);
    return YD_NO_VALUE;
}

static void fail_memory(yd_builder *b)
{
    yd_build_fail(b, YD_ERR_MEMORY, "out of memory");
}

/* Room for one more element behind count: arrays double whenever their length is a power of two. NULL, and a
 * failure recorded, when memory is out. */
static void *grow(yd_builder *b, void *array, int count, size_t size)
{
    if (count & (count - 1)) return array; /* not full */
    if (count == 0 && array) return array;
    void *larger = yd_arena_alloc(b->arena, count ? (size_t)count * 2 : 1, size);
    if (!larger) {
        fail_memory(b);
        return NULL;
    }
    if (count) memcpy(larger, array, (size_t)count * size);
    return larger;
}

static yd_module *find_child(const yd_module *parent, const char *name)
{
    for (int i = 0; i < parent->child_count; i++)
        if (strcmp(parent->children[i]->name, name) == 0) return parent->children[i];
    return NULL;
}

yd_module *yd_build_child(yd_builder *b, yd_module *parent, const char *name, const char *class_name)
{
    yd_module *child = find_child(parent, name);
    if (child) {
        if (class_name) child->class_name = class_name;
        return child;
    }
    yd_module **children = grow(b, parent->children, parent->child_count, sizeof(yd_module *));
    child = yd_arena_alloc(b->arena, 1, sizeof *child);
    if (!children || !child) {
        fail_memory(b);
        return &b->spare;
    }
    *child = (yd_module){.class_name = class_name ? class_name : "", .name = name, .node = -1};
    parent->children = children;
    children[parent->child_count++] = child;
    b->tree->module_count++;
    return child;
}

void yd_build_reserve(yd_builder *b, yd_module *parent, const char *names)
{
    char *copy = yd_arena_strdup(b->arena, names), *rest = NULL;
    if (!copy) fail_memory(b);
    for (char *name = copy ? strtok_r(copy, " ", &rest) : NULL; name; name = strtok_r(NULL, " ", &rest))
        yd_build_child(b, parent, name, NULL);
}

yd_module *yd_build_numbered_child(yd_builder *b, yd_module *parent, int number, const char *class_name)
{
    char *name = yd_arena_printf(b->arena, "%d", number);
    if (name) return yd_build_child(b, parent, name, class_name);
    fail_memory(b);
    return &b->spare;
}

void yd_build_attr(yd_builder *b, yd_module *module, yd_module_attr attr)
{
    yd_module_attr *attrs = grow(b, module->attrs, module->attr_count, sizeof *attrs);
    if (!attrs) return;
    module->attrs = attrs;
    attrs[module->attr_count++] = attr;
}

void yd_build_attr_int(yd_builder *b, yd_module *module, const char *name, int value)
{
    yd_build_attr(b, module, (yd_module_attr){.name = name, .kind = YD_ATTR_INT, .number = value});
}

void yd_build_attr_bool(yd_builder *b, yd_module *module, const char *name, bool value)
{
    yd_build_attr(b, module, (yd_module_attr){.name = name, .kind = YD_ATTR_BOOL, .number = value});
}

static yd_module_entry *add_entry(yd_builder *b, yd_module *module, const char *name)
{
    yd_module_entry *entries = grow(b, module->entries, module->entry_count, sizeof *entries);
    if (!entries) return NULL;
    module->entries = entries;
    entries[module->entry_count] = (yd_module_entry){.name = name, .param = -1};
    return &entries[module->entry_count++];
}

void yd_build_none(yd_builder *b, yd_module *module, const char *name)
{
    add_entry(b, module, name);
}

void yd_build_param(yd_builder *b, yd_module *module, const char *name, const yd_owners *of, yd_param param,
                    size_t node_field)
{
    yd_pending_param pending = {.param = param, .node_count = of->count, .node_field = node_field};
    yd_module_entry *entry = add_entry(b, module, name);
    if (!entry) return;
    entry->buffer = param.counter || param.region == YD_REGION_STATISTIC;
    entry->param = (int)b->params.count;
    for (int i = 0; i < of->count; i++) pending.nodes[i] = of->nodes[i];
    if (!yd_vector_push(&b->params, &pending)) fail_memory(b);
}

void yd_build_vector(yd_builder *b, yd_module *module, const char *name, const yd_owners *of,
                     yd_region region, yd_initial initial, size_t node_field)
{
    yd_param param = {.dims = {of->channels},
                      .rank = 1,
                      .region = region,
                      .initial = initial,
                      .plain = (size_t)of->channels,
                      .layout.role = YD_ROLE_CHANNEL_VECTOR};
    yd_build_param(b, module, name, of, param, node_field);
}

int yd_build_channels(const yd_builder *b, int value)
{
    return value == YD_NO_VALUE ? 0 : YD_AT(yd_value, &b->values, value).channels;
}

/* Sizes by which the image is larger, where that is a whole number. */
static int reduction_of(yd_shape shape)
{
    return shape.h > 0 ? YD_PROBE_SIZE / shape.h : 1;
}

int yd_build_node(yd_builder *b, const yd_node *wanted)
{
    yd_node node = *wanted;
    yd_shape inputs[YD_NODE_MAX_INPUTS], output;
    yd_error error;
    if (b->status != YD_OK) return YD_NO_VALUE;
    for (int i = 0; i < node.input_count; i++) {
        if (node.inputs[i] == YD_NO_VALUE) return YD_NO_VALUE;
        if (node.inputs[i] == 0 && node.kind != YD_OP_CONV)
            return yd_build_fail(b, YD_ERR_UNSUPPORTED, "only a convolution can read the image");
        inputs[i] = YD_AT(yd_shape, &b->probes, node.inputs[i]);
    }
    if (yd_op_infer(&node, inputs, &output, &error) != YD_OK)
        return yd_build_fail(b, YD_ERR_CONFIG, "for an image of %dx%d: %s", YD_PROBE_SIZE, YD_PROBE_SIZE,
                             error.message);
    node.layer = b->layer;
    node.output = (int)b->values.count;
    yd_value value = {output.c, reduction_of(output), (int)b->nodes.count};
    if (!yd_vector_push(&b->nodes, &node) || !yd_vector_push(&b->values, &value) ||
        !yd_vector_push(&b->probes, &output)) {
        fail_memory(b);
        return YD_NO_VALUE;
    }
    return node.output;
}

yd_node yd_node_bare(yd_node node)
{
    node.weight = node.gamma = node.beta = node.mean = node.variance = node.tracked = -1;
    return node;
}

int yd_build_add(yd_builder *b, int x, int y)
{
    yd_node node = yd_node_bare((yd_node){.kind = YD_OP_ADD, .inputs = {x, y}, .input_count = 2});
    return yd_build_node(b, &node);
}

int yd_build_concat(yd_builder *b, const int *values, int count)
{
    if (count > YD_NODE_MAX_INPUTS)
        return yd_build_fail(b, YD_ERR_UNSUPPORTED, "%d inputs: at most %d can be concatenated", count,
                             YD_NODE_MAX_INPUTS);
    yd_node node = yd_node_bare((yd_node){.kind = YD_OP_CONCAT, .input_count = count});
    for (int i = 0; i < count; i++) node.inputs[i] = values[i];
    return yd_build_node(b, &node);
}

yd_pool_spec yd_pool_square(int kernel)
{
    return (yd_pool_spec){kernel, 1, kernel / 2};
}

int yd_build_max_pool_node(yd_builder *b, int input, yd_pool_spec spec)
{
    yd_node node = yd_node_bare((yd_node){.kind = YD_OP_MAX_POOL,
                                          .inputs = {input},
                                          .input_count = 1,
                                          .kernel_h = spec.kernel,
                                          .kernel_w = spec.kernel,
                                          .stride_h = spec.stride,
                                          .stride_w = spec.stride,
                                          .pad_h = spec.pad,
                                          .pad_w = spec.pad});
    return yd_build_node(b, &node);
}

bool yd_builder_start(yd_builder *b, yd_model *model, yd_module_tree *tree, yd_error *error)
{
    *b = (yd_builder){.model = model,
                      .tree = tree,
                      .arena = model->arena,
                      .error = error,
                      .activation = YD_ACT_SILU,
                      .spare = {.class_name = "", .name = "", .node = -1}};
    b->nodes.size = sizeof(yd_node);
    b->values.size = sizeof(yd_value);
    b->probes.size = sizeof(yd_shape);
    b->params.size = sizeof(yd_pending_param);
    yd_value image = {model->yaml.channels, 1, -1};
    yd_shape shape = {1, model->yaml.channels, YD_PROBE_SIZE, YD_PROBE_SIZE};
    if (!yd_vector_push(&b->values, &image) || !yd_vector_push(&b->probes, &shape)) fail_memory(b);
    tree->root = yd_arena_alloc(b->arena, 1, sizeof *tree->root);
    if (!tree->root) {
        fail_memory(b);
        return false;
    }
    *tree->root = (yd_module){.class_name = "models.yolo.Model", .name = "", .node = -1};
    tree->module_count = 1;
    return b->status == YD_OK;
}

void yd_builder_free(yd_builder *b)
{
    yd_vector_free(&b->nodes);
    yd_vector_free(&b->values);
    yd_vector_free(&b->probes);
    yd_vector_free(&b->params);
}
