/* yolodeck export: the model of a checkpoint for programs that are no trainers. */
#include "base/file.h"
#include "cli/cli.h"
#include "io/onnx.h"
#include "io/weights.h"
#include "train/setup.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct exporter {
    const yd_options *options;
    const yd_backend *backend;
    yd_device *device;
    yd_weights *weights;
    yd_model *model;
    yd_param_set values;
    int height, width;
} exporter;

typedef yd_status write_format(const exporter *e, yd_error *error);

/* "weights/best.pt" as "weights/best.onnx". */
static bool name_output(const char *path, const char *ending, char out[4096])
{
    const char *name = yd_path_name(path), *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - path) : strlen(path);
    return snprintf(out, 4096, "%.*s%s", (int)length, path, ending) < 4096;
}

static void say_written(const char *path, const yd_onnx_export *what, int rows)
{
    struct stat info;
    double megabytes = stat(path, &info) == 0 ? (double)info.st_size / 1e6 : 0;
    printf("%s: ONNX, opset %d, %s, %.1f MB\n", path, what->opset, what->half ? "float16" : "float32",
           megabytes);
    if (what->dynamic)
        printf("images [batch, 3, height, width], height and width multiples of %d -> output0 [batch, "
               "anchors, %d]\n",
               what->model->max_stride, what->model->nc + 5);
    else
        printf("images [%d, 3, %d, %d] -> output0 [%d, %d, %d]\n", what->batch, what->height, what->width,
               what->batch, rows, what->model->nc + 5);
}

static yd_status write_onnx(const exporter *e, yd_error *error)
{
    const yd_options *options = e->options;
    char path[4096];
    int rows;
    yd_onnx_export what = {.model = e->model,
                           .set = &e->values,
                           .names = (const char *const *)e->model->names,
                           .batch = options->batch_size,
                           .height = e->height,
                           .width = e->width,
                           .dynamic = options->dynamic,
                           .half = options->half_file,
                           .opset = options->opset};
    if (!name_output(options->weights, ".onnx", path))
        return yd_fail(error, YD_ERR_CONFIG, "--weights: the path is too long");
    YD_TRY(yd_onnx_export_model(path, &what, &rows, error));
    say_written(path, &what, rows);
    return YD_OK;
}

static const struct {
    const char *name;
    write_format *write;
    const char *answer;
} formats[] = {
#define YD_EXPORT_FORMAT(name, writer, answer) {name, writer, answer},
#include "cli/formats.def"
#undef YD_EXPORT_FORMAT
};
enum { FORMAT_COUNT = (int)(sizeof formats / sizeof *formats) };

static yd_status find_format(const char *name, bool wanted[FORMAT_COUNT], yd_error *error)
{
    for (int i = 0; i < FORMAT_COUNT; i++) {
        if (strcmp(formats[i].name, name) != 0) continue;
        wanted[i] = true;
        return formats[i].write
                   ? YD_OK
                   : yd_fail(error, YD_ERR_UNSUPPORTED, "export writes no %s: %s", name, formats[i].answer);
    }
    return yd_fail(error, YD_ERR_USAGE, "export knows no format \"%.80s\": onnx is wanted", name);
}

/* "--include onnx torchscript" is an option and a word: both name formats. All are looked at before anything
 * is written. */
static yd_status choose_formats(const yd_options *options, bool wanted[FORMAT_COUNT], yd_error *error)
{
    if (options->include.count + options->word_count == 0) return find_format("onnx", wanted, error);
    for (int i = 0; i < options->include.count; i++)
        YD_TRY(find_format(options->include.values[i], wanted, error));
    for (int i = 0; i < options->word_count; i++) YD_TRY(find_format(options->words[i], wanted, error));
    return YD_OK;
}

/* Nothing is computed: any backend will do to hold the values. */
static yd_status open_model(exporter *e, yd_error *error)
{
    const yd_options *options = e->options;
    const char *path = options->weights;
    if (options->batch_size < 1)
        return yd_fail(error, YD_ERR_USAGE, "--batch-size must be at least 1, found %d", options->batch_size);
    if (!yd_file_exists(path))
        return yd_fail(error, YD_ERR_CONFIG, "--weights %s: %s", path,
                       yd_folder_exists(path) ? "a folder, where a file is wanted" : "there is no such file");
    YD_TRY(yd_weights_load(path, &e->weights, error));
    e->backend = yd_backend_find("ref");
    if (!e->backend) return yd_fail(error, YD_ERR_UNSUPPORTED, "this build has no backend");
    YD_TRY(e->backend->open(1, &e->device, error));
    YD_TRY(yd_weights_build(e->weights, path, e->backend, e->device, &e->model, &e->values, error));
    int stride = e->model->max_stride;
    e->height = yd_setup_image_size(options->img_size.values[0], stride, 1, "export");
    e->width = options->img_size.count > 1
                   ? yd_setup_image_size(options->img_size.values[1], stride, 1, "export")
                   : e->height;
    return YD_OK;
}

static yd_status export_all(exporter *e, yd_error *error)
{
    bool wanted[FORMAT_COUNT] = {false};
    YD_TRY(choose_formats(e->options, wanted, error));
    YD_TRY(open_model(e, error));
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (wanted[i]) YD_TRY(formats[i].write(e, error));
    return YD_OK;
}

static void release(exporter *e)
{
    if (e->model) {
        yd_param_set_destroy(e->model, &e->values);
        yd_model_destroy(e->model);
    }
    if (e->device) e->backend->close(e->device);
    yd_weights_free(e->weights);
}

int yd_cli_export(const yd_cli *cli, int argc, char **argv)
{
    (void)cli;
    yd_options options;
    yd_error error;
    int status;
    yd_arena *arena = yd_arena_create(0);
    if (yd_cli_options(YD_FOR_EXPORT, argc, argv, arena, &options, &status)) {
        exporter e = {.options = &options};
        status = export_all(&e, &error) == YD_OK ? 0 : yd_cli_fail(&error);
        release(&e);
    }
    yd_arena_destroy(arena);
    return status;
}
