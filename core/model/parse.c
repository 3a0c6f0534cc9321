#include "model/parse.h"
#include "base/text.h"
#include "model/lower.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REPEATS = 256, MAX_LAYERS = 4096 };

typedef enum arguments { SCALED, NESTED, GIVEN } arguments;
typedef struct module_kind {
    const char *name, *class_name;
    arguments arguments;
    yd_lower *lower;
} module_kind;
static const module_kind kinds[] = {
#define YD_MODULE(name, class_name, arguments, lowering) {name, class_name, arguments, yd_lower_##lowering},
#include "model/modules.def"
#undef YD_MODULE
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

int yd_make_divisible(double x)
{
    return (int)(ceil(x / 8) * 8);
}

int yd_scale_depth(int number, double gain)
{
    if (number <= 1) return number;
    double scaled = rint(number * gain);
    return scaled > 1 ? (int)fmin(scaled, INT_MAX) : 1;
}

static const module_kind *find_kind(yd_builder *b, const char *name)
{
    const module_kind *nearest = &kinds[0];
    int distance = INT_MAX;
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
        int away = yd_edit_distance(kinds[i].name, name);
        if (away < distance) distance = away, nearest = &kinds[i];
    }
    char found[96];
    yd_escape(found, sizeof found, name);
    if (distance <= 3 && 2 * (size_t)distance <= strlen(name)) /* a short one is near to many */
        yd_build_fail(b, YD_ERR_UNSUPPORTED, "unknown module \"%s\", did you mean \"%s\"?", found,
                      nearest->name);
    else
        yd_build_fail(b, YD_ERR_UNSUPPORTED, "module \"%s\" is not supported", found);
    return NULL;
}

/* Index of the layer that a from names, -1 for the image, before layer 0 alone. */
static int resolve_from(yd_builder *b, int from)
{
    int layer = from < 0 ? b->layer + from : from;
    if (layer == -1 && b->layer == 0) return -1;
    if (layer >= 0 && layer < b->layer) return layer;
    if (b->layer == 0)
        return yd_build_fail(b, YD_ERR_CONFIG, "from must be -1, the image, in the first row, found %d",
                             from);
    return yd_build_fail(b, YD_ERR_CONFIG, "from must be a layer before this one, -%d to %d, found %d",
                         b->layer, b->layer - 1, from);
}

static bool resolve_inputs(yd_builder *b, const yd_model_row *row, int inputs[YD_ROW_MAX_FROM])
{
    if (row->from_count < 1 || row->from_count > YD_ROW_MAX_FROM || row->arg_count > YD_ROW_MAX_ARGS)
        yd_build_fail(b, YD_ERR_CONFIG,
                      "from names %d layers, and there are %d arguments: 1 to %d and at most %d are wanted",
                      row->from_count, row->arg_count, YD_ROW_MAX_FROM, YD_ROW_MAX_ARGS);
    for (int i = 0; i < row->from_count && b->status == YD_OK; i++) {
        int layer = resolve_from(b, row->from[i]);
        if (b->status != YD_OK) return false;
        inputs[i] = layer < 0 ? 0 : b->tree->layers[layer].value;
        if (inputs[i] == YD_NO_VALUE)
            yd_build_fail(b, YD_ERR_CONFIG, "from is row %d, which puts out no map", layer);
        if (row->from[i] != -1) b->tree->save[b->tree->save_count++] = layer;
    }
    return b->status == YD_OK;
}

/* c2 of a row: args[0], with the width gain unless it is the width of an output layer. */
static int scaled_channels(yd_builder *b, const yd_model_row *row)
{
    const yd_model_yaml *yaml = &b->model->yaml;
    if (row->arg_count < 1 || row->args[0].kind != YD_ARG_INT || row->args[0].number < 1 ||
        row->args[0].number > 1 << 20) {
        char found[96];
        yd_build_fail(b, YD_ERR_CONFIG, "argument 1 (channels) must be an integer from 1 to %d, found %s",
                      1 << 20, row->arg_count ? yd_arg_show(&row->args[0], found, sizeof found) : "none");
        return 0;
    }
    int channels = (int)row->args[0].number;
    if (channels == yaml->anchor_count * (yaml->nc + 5)) return channels;
    double scaled = channels * yaml->width_multiple;
    if (!(scaled > 0 && scaled <= 1 << 20)) {
        yd_build_fail(b, YD_ERR_CONFIG, "%d channels times width_multiple %g: 1 to %d are wanted", channels,
                      yaml->width_multiple, 1 << 20);
        return 0;
    }
    return yd_make_divisible(scaled);
}

/* The row as the summary prints it: Python's list of what the module is called with. */
static void add_number(yd_text *text, double number)
{
    char digits[40];
    if (number == rint(number) && fabs(number) < 1e15)
        yd_text_addf(text, "%.0f", number);
    else
        yd_format_double(digits, sizeof digits, number), yd_text_add(text, digits);
}

static void add_anchors(yd_text *text, const yd_model_yaml *yaml, int levels)
{
    yd_text_add(text, "[");
    for (int level = 0; level < levels; level++) {
        yd_text_add(text, level ? ", [" : "[");
        for (int i = 0; i < 2 * yaml->anchor_count; i++) {
            if (i) yd_text_add(text, ", ");
            add_number(text, yaml->level_count ? yaml->anchors[level][i] : i);
        }
        yd_text_add(text, "]");
    }
    yd_text_add(text, "]");
}

static void add_argument(yd_text *text, const yd_model_yaml *yaml, const yd_arg *arg, int levels)
{
    char shown[256];
    if (arg->kind == YD_ARG_NC)
        yd_text_addf(text, "%d", yaml->nc);
    else if (arg->kind == YD_ARG_ANCHORS)
        add_anchors(text, yaml, levels);
    else
        yd_text_add(text, yd_arg_show(arg, shown, sizeof shown));
}

static const char *show_arguments(yd_builder *b, const module_kind *kind, const yd_lowering *call)
{
    yd_text text = {0};
    yd_text_add(&text, "[");
    if (kind->arguments != GIVEN)
        yd_text_addf(&text, "%d, %d", yd_build_channels(b, call->inputs[0]), call->c2);
    if (kind->lower == yd_lower_batch_norm) /* whatever the row says */
        yd_text_addf(&text, "%d", yd_build_channels(b, call->inputs[0]));
    if (kind->arguments == NESTED) yd_text_addf(&text, ", %d", call->repeats);
    for (int i = 0; i < call->arg_count && kind->lower != yd_lower_batch_norm; i++) {
        if (i || kind->arguments != GIVEN) yd_text_add(&text, ", ");
        add_argument(&text, &b->model->yaml, &call->args[i], call->input_count);
    }
    if (kind->lower == yd_lower_detect) { /* given the channels of its inputs too */
        for (int i = 0; i < call->input_count; i++)
            yd_text_addf(&text, "%s%d", i ? ", " : ", [", yd_build_channels(b, call->inputs[i]));
        yd_text_add(&text, "]");
    }
    yd_text_add(&text, "]");
    const char *shown = text.failed ? NULL : yd_arena_strdup(b->arena, text.data);
    if (!shown) yd_build_fail(b, YD_ERR_MEMORY, "out of memory");
    yd_text_free(&text);
    return shown;
}

/* number copies in a Sequential, all built alike: what the first puts out must be what it takes. */
static int lower_repeated(yd_builder *b, const module_kind *kind, yd_lowering call, int number)
{
    yd_module *sequence = call.module;
    int value = call.inputs[0], in = yd_build_channels(b, value);
    if (call.input_count != 1)
        return yd_build_fail(b, YD_ERR_CONFIG, "repeated %d times, but from several rows", number);
    for (int i = 0; i < number && b->status == YD_OK; i++) {
        call.module = yd_build_numbered_child(b, sequence, i, kind->class_name);
        call.inputs = &value;
        value = kind->lower(&call);
        int out = yd_build_channels(b, value);
        if (b->status == YD_OK && out != in)
            return yd_build_fail(b, YD_ERR_CONFIG,
                                 "repeated %d times, so input and output channels must be equal: %d and %d",
                                 number, in, out);
    }
    return b->status == YD_OK ? value : YD_NO_VALUE;
}

static int lower_row(yd_builder *b, const module_kind *kind, yd_lowering *call, int number)
{
    b->understood = 0;
    bool sequence = number > 1 && kind->arguments != NESTED;
    call->module->class_name = sequence ? "torch.nn.modules.container.Sequential" : kind->class_name;
    int value = sequence ? lower_repeated(b, kind, *call, number) : kind->lower(call);
    int given = call->arg_base + call->arg_count;
    if (given > b->understood && given > call->arg_base)
        yd_build_fail(b, YD_ERR_CONFIG, "%d arguments, at most %d are understood", given, b->understood);
    return value;
}

/* The attributes that YOLOv5 gives every layer of the list; np follows when the parameters are counted. */
static void layer_attrs(yd_builder *b, yd_module *module, const yd_layer *layer)
{
    const yd_model_row *row = layer->row;
    yd_module_attr from = {.name = "f",
                           .kind = row->from_count == 1 ? YD_ATTR_INT : YD_ATTR_INT_LIST,
                           .number = row->from[0],
                           .count = row->from_count};
    memcpy(from.list, row->from, sizeof from.list);
    yd_build_attr_int(b, module, "i", b->layer);
    yd_build_attr(b, module, from);
    yd_build_attr(b, module, (yd_module_attr){.name = "type", .kind = YD_ATTR_TEXT, .text = layer->type});
    yd_build_attr_int(b, module, "np", (int)layer->parameters);
}

static size_t count_parameters(const yd_builder *b, const yd_module *module)
{
    size_t sum = 0;
    for (int i = 0; i < module->entry_count; i++)
        if (!module->entries[i].buffer && module->entries[i].param >= 0)
            sum += YD_AT(yd_pending_param, &b->params, module->entries[i].param).param.plain;
    for (int i = 0; i < module->child_count; i++) sum += count_parameters(b, module->children[i]);
    return sum;
}

static void parse_row(yd_builder *b, yd_module *list)
{
    const yd_model_row *row = b->row;
    const module_kind *kind = find_kind(b, row->module);
    int inputs[YD_ROW_MAX_FROM];
    if (!kind || !resolve_inputs(b, row, inputs)) return;
    int number = yd_scale_depth(row->number, b->model->yaml.depth_multiple);
    if (number < 1 || number > MAX_REPEATS) {
        yd_build_fail(b, YD_ERR_CONFIG, "number is %d after the depth gain: 1 to %d is wanted", number,
                      MAX_REPEATS);
        return;
    }
    int base = kind->arguments == GIVEN ? 0 : 1;
    yd_module *module = yd_build_numbered_child(b, list, b->layer, NULL);
    yd_lowering call = {.builder = b,
                        .module = module,
                        .inputs = inputs,
                        .input_count = row->from_count,
                        .c2 = base ? scaled_channels(b, row) : 0,
                        .repeats = kind->arguments == NESTED ? number : 1,
                        .args = row->args + base,
                        .arg_count = row->arg_count - base,
                        .arg_base = base};
    if (b->status != YD_OK) return;
    int value = lower_row(b, kind, &call, number);
    if (b->status != YD_OK) return;
    yd_layer *layer = &b->tree->layers[b->tree->layer_count++];
    *layer = (yd_layer){.module = module,
                        .row = row,
                        .value = value,
                        .repeats = number,
                        .parameters = count_parameters(b, module),
                        .type = kind->class_name,
                        .arguments = show_arguments(b, kind, &call)};
    layer_attrs(b, module, layer);
}

static int ascending(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

bool yd_activation_read(const char *text, yd_activation *activation, float *slope)
{
    static const struct {
        const char *text;
        yd_activation activation;
    } known[] = {{"nn.SiLU()", YD_ACT_SILU},
                 {"nn.Hardswish()", YD_ACT_HARDSWISH},
                 {"nn.ReLU()", YD_ACT_RELU},
                 {"nn.Identity()", YD_ACT_NONE}};
    static const char leaky[] = "nn.LeakyReLU(";
    const char *number = text + sizeof leaky - 1;
    char *end;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(text, known[i].text) != 0) continue;
        *activation = known[i].activation;
        return true;
    }
    if (strncmp(text, leaky, sizeof leaky - 1) != 0) return false;
    *activation = YD_ACT_LEAKY_RELU;
    *slope = 0.01f; /* PyTorch's own */
    if (strcmp(number, ")") == 0) return true;
    *slope = strtof(number, &end);
    return end > number && strcmp(end, ")") == 0 && *slope >= 0 && *slope <= 1;
}

/* The key of v7.0 that replaces every Conv's activation. */
static void read_activation(yd_builder *b)
{
    const char *text = b->model->yaml.activation;
    char found[96];
    if (text && !yd_activation_read(text, &b->activation, &b->slope))
        yd_build_fail(
            b, YD_ERR_UNSUPPORTED,
            "activation must be nn.SiLU(), nn.Hardswish(), nn.ReLU() or nn.LeakyReLU(SLOPE), found \"%s\"",
            yd_escape(found, sizeof found, text));
}

static void check_whole(yd_builder *b)
{
    const yd_model_yaml *yaml = &b->model->yaml;
    if (yaml->channels != 3)
        yd_build_fail(b, YD_ERR_UNSUPPORTED, "ch must be 3, found %d", yaml->channels);
    else if (yaml->nc < 1 || yaml->nc > 100000)
        yd_build_fail(b, YD_ERR_CONFIG, "nc must be from 1 to 100000, found %d", yaml->nc);
    else if (yaml->anchor_count < 1 || yaml->anchor_count > YD_MAX_ANCHORS || yaml->level_count < 0 ||
             yaml->level_count > YD_MAX_LEVELS)
        yd_build_fail(b, YD_ERR_CONFIG, "%d anchors on each of %d levels: at most %d on %d are wanted",
                      yaml->anchor_count, yaml->level_count, YD_MAX_ANCHORS, YD_MAX_LEVELS);
    else if (yaml->row_count < 1 || yaml->row_count > MAX_LAYERS)
        yd_build_fail(b, YD_ERR_CONFIG, "%d rows: 1 to %d are wanted", yaml->row_count, MAX_LAYERS);
    else if (!(yaml->depth_multiple > 0) || !(yaml->width_multiple > 0))
        yd_build_fail(b, YD_ERR_CONFIG, "depth_multiple and width_multiple must be above 0, found %g and %g",
                      yaml->depth_multiple, yaml->width_multiple);
}

yd_status yd_model_parse(yd_builder *b)
{
    yd_model *model = b->model;
    yd_module_tree *tree = b->tree;
    check_whole(b);
    read_activation(b);
    if (b->status != YD_OK) return b->status;
    int rows = model->yaml.row_count;
    tree->layers = yd_arena_alloc(b->arena, (size_t)rows, sizeof *tree->layers);
    tree->save = yd_arena_alloc(b->arena, (size_t)rows * YD_ROW_MAX_FROM, sizeof *tree->save);
    yd_module *list = yd_build_child(b, tree->root, "model", "torch.nn.modules.container.Sequential");
    if (!tree->layers || !tree->save) {
        yd_build_fail(b, YD_ERR_MEMORY, "out of memory");
        return b->status;
    }
    for (b->layer = 0; b->layer < rows && b->status == YD_OK; b->layer++) {
        b->row = &model->yaml.rows[b->layer];
        bool last = b->layer == rows - 1, detect = strcmp(b->row->module, "Detect") == 0;
        if (detect != last)
            yd_build_fail(b, YD_ERR_CONFIG,
                          last ? "the last row must be Detect" : "only the last row can be Detect");
        else
            parse_row(b, list);
    }
    qsort(tree->save, (size_t)tree->save_count, sizeof *tree->save, ascending);
    return b->status;
}
