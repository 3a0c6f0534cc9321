/* yolodeck info: what a model's YAML builds, what a file of weights holds, and hashes by which two files can
 * be compared. */
#include "base/json.h"
#include "cli/cli.h"
#include "config/find.h"
#include "io/checkpoint.h"
#include "model/summary.h"
#include <stdio.h>
#include <string.h>

enum { SHOWN_NAMES = 400 }; /* bytes of class names on the line */

typedef struct subject {
    const yd_options *options;
    yd_arena *arena;
    const char *path;
    yd_weights *weights; /* NULL: a YAML */
    char train_hash[65];
    const yd_backend *backend;
    yd_device *device;
    yd_model *model; /* NULL where the file's own YAML does not build what it holds */
    const char *problem;
    yd_model_summary summary;
    int size;
} subject;

static bool is_yaml(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* Only shapes are asked of it, so any backend will do. */
static yd_status open_backend(subject *s, yd_error *error)
{
    s->backend = yd_backend_find("cpu");
    if (!s->backend) s->backend = yd_backend_find("ref");
    if (!s->backend) return yd_fail(error, YD_ERR_UNSUPPORTED, "this build has no backend");
    return s->backend->open(1, &s->device, error);
}

static yd_status build(subject *s, const yd_model_yaml *yaml, int nc, yd_error *error)
{
    YD_TRY(yd_model_create(yaml, nc, s->backend, s->device, &s->model, error));
    return yd_model_summarize(s->model, s->size, &s->summary, error);
}

static yd_status load_yaml(subject *s, yd_error *error)
{
    char path[4096];
    yd_model_yaml yaml;
    YD_TRY(yd_config_find(YD_CONFIG_MODEL, NULL, s->path, path, sizeof path, error));
    YD_TRY(yd_model_yaml_load(path, s->arena, &yaml, error));
    return build(s, &yaml, 0, error);
}

static const yd_tensor_entry *find_tensor(const yd_weights *weights, const char *name)
{
    for (int i = 0; i < weights->tensor_count; i++)
        if (strcmp(weights->tensors[i].name, name) == 0) return &weights->tensors[i];
    return NULL;
}

/* The first entry of the model that the file has not, or has in another shape; NULL where all are there. */
static const char *first_missing(const yd_weights *weights, const yd_model *model)
{
    for (int i = 0; i < model->param_count; i++) {
        const yd_param *param = &model->params[i];
        const yd_tensor_entry *tensor = find_tensor(weights, param->name);
        if (!tensor || tensor->rank != param->rank || tensor->elements != param->plain ||
            memcmp(tensor->dims, param->dims, (size_t)param->rank * sizeof *param->dims) != 0)
            return param->name;
    }
    return NULL;
}

static void drop_model(subject *s, const char *problem)
{
    if (s->model) yd_model_destroy(s->model);
    s->model = NULL;
    s->problem = yd_arena_strdup(s->arena, problem);
}

/* What is wrong with the model's description is said, and does not hide the tensors. */
static yd_status load_weights(subject *s, yd_error *error)
{
    yd_error problem;
    YD_TRY(yd_weights_load(s->path, &s->weights, error));
    YD_TRY(yd_train_state_hash_of_file(s->path, s->train_hash, error));
    const yd_weights *weights = s->weights;
    if (!weights->yaml.row_count) {
        s->problem = weights->yaml_problem ? weights->yaml_problem : "it holds no description of its model";
        return YD_OK;
    }
    if (build(s, &weights->yaml, weights->nc, &problem) != YD_OK) {
        drop_model(s, problem.message);
        return YD_OK;
    }
    const char *missing = first_missing(weights, s->model);
    if (missing) {
        char text[256];
        snprintf(text, sizeof text,
                 "its description does not fit its tensors: %s is missing or of another shape", missing);
        drop_model(s, text);
    }
    return YD_OK;
}

/* As text. */

static void print_tensors(const yd_weights *weights, yd_text *out)
{
    for (int i = 0; i < weights->tensor_count; i++) {
        const yd_tensor_entry *tensor = &weights->tensors[i];
        yd_text_addf(out, "%-56s ", tensor->name);
        for (int d = 0; d < tensor->rank; d++) yd_text_addf(out, "%s%d", d ? "x" : "", tensor->dims[d]);
        yd_text_add(out, tensor->rank ? "\n" : "1\n");
    }
    yd_text_addf(out, "%d tensors, %zu parameters\n", weights->tensor_count, weights->parameters);
}

static void print_classes(const yd_weights *weights, yd_text *out)
{
    yd_text_addf(out, "classes %d", weights->nc);
    size_t start = out->length;
    for (int i = 0; weights->names && i < weights->nc && out->length - start < SHOWN_NAMES; i++) {
        char name[256];
        yd_text_addf(out, "%s%s", i ? ", " : ": ", yd_escape(name, sizeof name, weights->names[i]));
        if (out->length - start >= SHOWN_NAMES && i + 1 < weights->nc) yd_text_add(out, ", …");
    }
    yd_text_add(out, "\n");
}

static void print_file(const subject *s, yd_text *out)
{
    const yd_weights *weights = s->weights;
    if (s->problem) yd_text_addf(out, "layers unknown: %s\n", s->problem);
    if (weights->nc) print_classes(weights, out);
    if (weights->epoch >= 0)
        yd_text_addf(out, "epoch %lld\n", (long long)weights->epoch);
    else
        yd_text_add(out, "epoch none: weights alone\n");
    yd_text_addf(out, "holds %s%s%s\n", weights->has_ema ? "model and average" : "model",
                 weights->has_optimizer ? ", optimizer" : "",
                 weights->has_resume ? ", all that an exact resume needs" : "");
    yd_text_addf(out, "state sha256 %s\n", weights->sha256);
    if (s->train_hash[0]) yd_text_addf(out, "train state sha256 %s\n", s->train_hash);
}

static void print_text(const subject *s, yd_text *out)
{
    if (s->model)
        yd_model_print_layers(s->model, out);
    else
        print_tensors(s->weights, out);
    if (s->model && s->size != 640)
        yd_text_addf(out, "%.1f GFLOPs at %d pixels\n", s->summary.gflops, s->size);
    if (s->weights) print_file(s, out);
}

/* As JSON. */

static void json_layers(const yd_model *model, yd_json *json)
{
    const yd_module_tree *tree = yd_model_modules(model);
    yd_json_open(json, "table", '[');
    for (int i = 0; i < tree->layer_count; i++) {
        const yd_layer *layer = &tree->layers[i];
        yd_json_open(json, NULL, '{');
        yd_json_open(json, "from", '[');
        for (int f = 0; f < layer->row->from_count; f++) yd_json_integer(json, NULL, layer->row->from[f]);
        yd_json_close(json, ']');
        yd_json_integer(json, "number", layer->repeats);
        yd_json_integer(json, "parameters", (int64_t)layer->parameters);
        yd_json_string(json, "module", layer->type);
        yd_json_string(json, "arguments", layer->arguments);
        yd_json_close(json, '}');
    }
    yd_json_close(json, ']');
}

static void json_tensors(const yd_weights *weights, yd_json *json)
{
    yd_json_open(json, "tensors", '[');
    for (int i = 0; i < weights->tensor_count; i++) {
        const yd_tensor_entry *tensor = &weights->tensors[i];
        yd_json_open(json, NULL, '{');
        yd_json_string(json, "name", tensor->name);
        yd_json_open(json, "shape", '[');
        for (int d = 0; d < tensor->rank; d++) yd_json_integer(json, NULL, tensor->dims[d]);
        yd_json_close(json, ']');
        yd_json_close(json, '}');
    }
    yd_json_close(json, ']');
}

static void json_file(const subject *s, yd_json *json)
{
    const yd_weights *weights = s->weights;
    yd_json_integer(json, "epoch", weights->epoch);
    yd_json_bool(json, "average", weights->has_ema);
    yd_json_bool(json, "optimizer", weights->has_optimizer);
    yd_json_bool(json, "resumable", weights->has_resume);
    yd_json_string(json, "state_sha256", weights->sha256);
    if (s->train_hash[0]) yd_json_string(json, "train_state_sha256", s->train_hash);
    if (s->problem) yd_json_string(json, "problem", s->problem);
    yd_json_open(json, "names", '[');
    for (int i = 0; weights->names && i < weights->nc; i++) yd_json_string(json, NULL, weights->names[i]);
    yd_json_close(json, ']');
    json_tensors(weights, json);
}

static void print_json(const subject *s, yd_text *out)
{
    yd_json json;
    yd_json_start(&json, out);
    yd_json_open(&json, NULL, '{');
    yd_json_string(&json, "file", s->path);
    yd_json_integer(&json, "nc", s->model ? s->model->nc : s->weights->nc);
    yd_json_integer(&json, "parameters",
                    (int64_t)(s->model ? s->summary.parameters : s->weights->parameters));
    if (s->model) {
        yd_json_integer(&json, "layers", s->summary.layers);
        yd_json_integer(&json, "img_size", s->size);
        yd_json_number(&json, "gflops", s->summary.gflops);
        json_layers(s->model, &json);
    }
    if (s->weights) json_file(s, &json);
    yd_json_close(&json, '}');
    yd_text_add(out, "\n");
}

static yd_status show(const subject *s, yd_error *error)
{
    yd_text text = {0};
    YD_ASSERT(s->model || s->weights); /* of a YAML the one, of a file the other at least */
    if (s->options->json)
        print_json(s, &text);
    else
        print_text(s, &text);
    bool whole = !text.failed;
    if (whole) fputs(text.data, stdout); /* that it went through is looked at where the program ends */
    yd_text_free(&text);
    return whole ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "out of memory");
}

static void release(subject *s)
{
    if (s->model) yd_model_destroy(s->model);
    if (s->device) s->backend->close(s->device);
    yd_weights_free(s->weights);
}

int yd_cli_info(const yd_cli *cli, int argc, char **argv)
{
    (void)cli;
    yd_options options;
    yd_error error;
    int status;
    yd_arena *arena = yd_arena_create(0);
    if (yd_cli_options(YD_FOR_INFO, argc, argv, arena, &options, &status)) {
        subject s = {.options = &options,
                     .arena = arena,
                     .path = options.words[0],
                     .size = options.img_size.values[0]};
        yd_status found = open_backend(&s, &error);
        if (found == YD_OK) found = is_yaml(s.path) ? load_yaml(&s, &error) : load_weights(&s, &error);
        if (found == YD_OK) found = show(&s, &error);
        status = found == YD_OK ? 0 : yd_cli_fail(&error);
        release(&s);
    }
    yd_arena_destroy(arena);
    return status;
}
