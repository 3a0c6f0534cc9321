#include "train/answers.h"
#include "base/log.h"
#include "base/thread.h"
#include "data/quad.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A launcher such as torchrun starts one process a device and tells each by its environment. Several that
 * know nothing of each other would train the same run over one another. */
static yd_status check_launcher(yd_error *error)
{
    const char *size = getenv("WORLD_SIZE"), *rank = getenv("RANK");
    if (!size || atoi(size) <= 1) return YD_OK;
    return yd_fail(
        error, YD_ERR_CONFIG,
        "a launcher started this as process %.20s of %.20s (RANK and WORLD_SIZE in the environment): "
        "one process trains on one device; start it once, without the launcher",
        rank ? rank : "?", size);
}

yd_status yd_answers_device(const char *device, yd_error *error)
{
    if (!*device || strcasecmp(device, "cpu") == 0) return YD_OK;
    if (strcasecmp(device, "mps") == 0) {
        yd_log(YD_LOG_WARNING, "--device %s: there is no Metal here; computing on the CPU", device);
        return YD_OK;
    }
    return yd_fail(
        error, YD_ERR_CONFIG,
        "--device %s: there is no GPU that this program can compute on; there is cpu (%d cores): give "
        "--device cpu",
        device, yd_cpu_count());
}

yd_status yd_answers_give(const yd_options *options, yd_error *error)
{
    const struct {
        const char *name;
        bool asked;
        const char *answer;
    } answers[] = {
        {"sync-bn", options->sync_bn, "there is one device, whose batch norm sees every batch whole already"},
        {"local_rank", options->local_rank >= 0,
         "there is one process; the option is not read, as in YOLOv5"},
        {"rect", options->rect && options->image_weights,
         "left out: --image-weights draws pictures in any order"},
        {"bucket", options->bucket[0] && !options->evolve,
         "only evolution is shared by a bucket, as in YOLOv5"},
        {"artifact_alias", strcmp(options->artifact_alias, "latest") != 0,
         "names the version of a data set to fetch from Weights & Biases; nothing is fetched from there, so "
         "that "
         "it changes nothing"},
    };
    YD_TRY(check_launcher(error));
    if (options->batch_size == 0)
        return yd_fail(error, YD_ERR_CONFIG, "--batch-size must be at least 1, or -1 for what memory holds");
    if (options->quad && options->batch_size > 0 && options->batch_size < YD_QUAD)
        return yd_fail(error, YD_ERR_CONFIG,
                       "--quad makes one picture of %d: --batch-size must be at least that, found %d",
                       YD_QUAD, options->batch_size);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (answers[i].asked) yd_log(YD_LOG_WARNING, "--%s: %s", answers[i].name, answers[i].answer);
    return YD_OK;
}
