#include "cli/ctl_request.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/ctl_values.h"
#include "event/client.h"
#include "event/registry.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NOT_LIVE = 4 };

static int wrong_use(const char *what, const char *found)
{
    char shown[1024];
    fprintf(stderr, "yolodeck: %s%s\n", what, yd_escape(shown, sizeof shown, found));
    return EXIT_USAGE;
}

/* What is read from the status block; the run is not asked. */
static bool shows_block(yd_command_type type)
{
    return type == YD_COMMAND_STATUS || type == YD_COMMAND_VALUES;
}

/* The command of the verb with its argument. False, with the exit status in *failure, where the words are
 * wrong. */
static bool make_command(const yd_ctl_request *request, yd_command_type *type, yd_text *argument,
                         int *failure)
{
    static const struct {
        int least, most;
        const char *wanted;
    } words[YD_COMMAND_COUNT] = {[YD_COMMAND_STOP] = {1, 1, "one of now, epoch, final"},
                                 [YD_COMMAND_SET] = {2, 2, "NAME VALUE"},
                                 [YD_COMMAND_ROLLBACK] = {0, 1, "nothing, or a file below weights/,"}};
    const char *verb = request->words[1];
    uint32_t found = 0;
    while (found < YD_COMMAND_COUNT && strcmp(verb, yd_command_name(found)) != 0) found++;
    if (found == YD_COMMAND_COUNT) {
        *failure = wrong_use("ctl: unknown verb ", verb);
        return false;
    }
    if (request->count - 2 < words[found].least || request->count - 2 > words[found].most) {
        char what[128];
        snprintf(what, sizeof what, "ctl: wanted %s after ",
                 words[found].wanted ? words[found].wanted : "nothing");
        *failure = wrong_use(what, verb);
        return false;
    }
    for (int i = 2; i < request->count; i++)
        yd_text_addf(argument, "%s%s", i > 2 ? " " : "", request->words[i]);
    const char *when = argument->data ? argument->data : "";
    *failure = 0;
    if (found == YD_COMMAND_STOP && strcmp(when, "now") != 0 && strcmp(when, "epoch") != 0 &&
        strcmp(when, "final") != 0)
        *failure = wrong_use("ctl: stop wants now, epoch or final, found ", when);
    else if (argument->failed || argument->length > 255)
        *failure = wrong_use("ctl: the argument is too long", "");
    else if (request->json && !shows_block((yd_command_type)found))
        *failure = wrong_use("ctl: --json goes with status and values, not ", verb);
    *type = (yd_command_type)found;
    return *failure == 0;
}

static void add_integer(yd_json *json, const char *key, int64_t value, bool known)
{
    if (known)
        yd_json_integer(json, key, value);
    else
        yd_json_number(json, key, NAN); /* null */
}

static void add_evolution(yd_json *json, const yd_status_block *block)
{
    bool has_best = block->best_generation >= 0;
    yd_json_open(json, "evolution", '{');
    yd_json_integer(json, "generation", block->generation);
    yd_json_integer(json, "generations", block->generations);
    add_integer(json, "best", block->best_generation, has_best);
    yd_json_number(json, "best_fitness", has_best ? block->best_generation_fitness : NAN);
    yd_json_number(json, "generation_eta_seconds", block->eta_seconds - block->later_seconds);
    yd_json_close(json, '}');
}

/* known: the block comes from a live engine; else only pid and state are. */
static void add_status(yd_json *json, const yd_status_block *block, const char *run, bool known)
{
    yd_json_open(json, NULL, '{');
    yd_json_string(json, "run", run);
    yd_json_integer(json, "pid", block->pid);
    yd_json_string(json, "state", yd_run_state_name(block->state));
    add_integer(json, "epoch", block->epoch, known);
    add_integer(json, "epochs", block->epochs, known);
    add_integer(json, "batch", block->batch, known);
    add_integer(json, "batches", block->batches, known);
    add_integer(json, "step", block->step, known);
    yd_json_open(json, "loss", '{');
    yd_json_number(json, "box", block->loss_box);
    yd_json_number(json, "obj", block->loss_obj);
    yd_json_number(json, "cls", block->loss_cls);
    yd_json_number(json, "total", block->loss_total);
    yd_json_close(json, '}');
    yd_json_open(json, "metrics", '{');
    yd_json_number(json, "precision", block->precision);
    yd_json_number(json, "recall", block->recall);
    yd_json_number(json, "map50", block->map50);
    yd_json_number(json, "map50_95", block->map50_95);
    yd_json_number(json, "fitness", block->fitness);
    yd_json_close(json, '}');
    yd_json_open(json, "best", '{');
    add_integer(json, "epoch", block->best_epoch, block->best_epoch >= 0);
    yd_json_number(json, "fitness", block->best_epoch >= 0 ? block->best_fitness : NAN);
    yd_json_close(json, '}');
    yd_json_open(json, "lr", '[');
    for (int i = 0; i < 3; i++) yd_json_number(json, NULL, block->lr[i]);
    yd_json_close(json, ']');
    yd_json_number(json, "images_per_second", block->images_per_second);
    yd_json_number(json, "eta_seconds", block->eta_seconds);
    add_integer(json, "memory_bytes", block->memory_bytes, known);
    add_integer(json, "save_period", block->save_period, known);
    add_integer(json, "patience", block->patience, known);
    if (block->generations > 0) add_evolution(json, block);
    yd_json_close(json, '}');
}

static void print_json(const yd_status_block *block, const char *folder, bool known)
{
    yd_text text = {0};
    yd_json json;
    yd_json_start(&json, &text);
    add_status(&json, block, block->run[0] ? block->run : yd_path_name(folder), known);
    if (!text.failed) puts(text.data);
    yd_text_free(&text);
}

static void print_eta(double seconds)
{
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e9) return;
    long total = (long)seconds;
    printf(", ETA %ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
}

static void print_plain(const yd_status_block *block, const char *folder)
{
    char run[1024];
    yd_escape(run, sizeof run, block->run[0] ? block->run : yd_path_name(folder));
    printf("%s: %s, process %lld\n", run, yd_run_state_name(block->state), (long long)block->pid);
    if (block->generations > 0) {
        printf("generation %d of %d", block->generation, block->generations);
        if (block->best_generation >= 0)
            printf(", best: generation %d, fitness %.4g", block->best_generation,
                   (double)block->best_generation_fitness);
        putchar('\n');
    }
    printf("epoch %d of %d, batch %d of %d, step %lld", block->epoch, block->epochs, block->batch,
           block->batches, (long long)block->step);
    if (isfinite(block->images_per_second)) printf(", %.1f images/s", (double)block->images_per_second);
    print_eta(block->eta_seconds);
    putchar('\n');
    if (isfinite(block->loss_total))
        printf("loss: box %.4g, obj %.4g, cls %.4g, total %.4g\n", (double)block->loss_box,
               (double)block->loss_obj, (double)block->loss_cls, (double)block->loss_total);
    if (isfinite(block->map50))
        printf("validation: P %.3f, R %.3f, mAP@.5 %.3f, mAP@.5:.95 %.3f, fitness %.3f\n",
               (double)block->precision, (double)block->recall, (double)block->map50, (double)block->map50_95,
               (double)block->fitness);
    if (block->best_epoch >= 0)
        printf("best: epoch %d, fitness %.3f\n", block->best_epoch, (double)block->best_fitness);
    printf("save period %d, patience %d, memory %.2f GB\n", block->save_period, block->patience,
           (double)block->memory_bytes / 1e9);
}

/* With --json a run that died still has a status: "dead", and nothing else. */
static int report_not_live(const yd_ctl_request *request, const char *folder, const yd_error *error)
{
    yd_live live;
    fprintf(stderr, "yolodeck: %s\n", error->message);
    if (!request->json || yd_live_check(folder, &live) != YD_LIVE_DEAD) return EXIT_NOT_LIVE;
    yd_status_block block = {.state = YD_RUN_DEAD, .pid = live.pid, .best_epoch = -1, .eta_seconds = NAN};
    block.loss_box = block.loss_obj = block.loss_cls = block.loss_total = NAN;
    block.precision = block.recall = block.map50 = block.map50_95 = block.fitness = NAN;
    block.lr[0] = block.lr[1] = block.lr[2] = block.images_per_second = NAN;
    print_json(&block, folder, false);
    return EXIT_NOT_LIVE;
}

static int show_block(yd_client *client, const yd_ctl_request *request, yd_command_type type,
                      const char *folder)
{
    yd_status_block block;
    if (!yd_ring_status(yd_client_ring(client), &block)) {
        fprintf(stderr, "yolodeck: the run has no status yet\n");
        return EXIT_REFUSED;
    }
    if (type == YD_COMMAND_VALUES)
        yd_ctl_print_values(&block, block.run[0] ? block.run : yd_path_name(folder), request->json);
    else if (request->json)
        print_json(&block, folder, true);
    else
        print_plain(&block, folder);
    return EXIT_DONE;
}

static int ask(yd_client *client, const yd_ctl_request *request, yd_command_type type, const char *argument)
{
    yd_answer answer;
    bool done = yd_client_ask(client, type, argument, (int)(request->timeout * 1000), &answer);
    if (answer.text[0]) fprintf(done ? stdout : stderr, "%s%s\n", done ? "" : "yolodeck: ", answer.text);
    if (done) return EXIT_DONE;
    yd_answer more; /* refused, or gone? */
    return yd_client_answer(client, &more) < 0 ? EXIT_NOT_LIVE : EXIT_REFUSED;
}

static int run_request(const yd_ctl_request *request, yd_command_type type, const char *argument)
{
    char folder[4096];
    yd_error error = {0};
    yd_client *client;
    if (yd_run_find(request->words[0], folder, sizeof folder, &error) != YD_OK)
        return wrong_use("", error.message);
    if (yd_client_open(folder, &client, &error) != YD_OK) return report_not_live(request, folder, &error);
    int exit_status =
        shows_block(type) ? show_block(client, request, type, folder) : ask(client, request, type, argument);
    yd_client_close(client);
    return exit_status;
}

int yd_ctl_run(const yd_ctl_request *request)
{
    yd_text argument = {0};
    yd_command_type type;
    int exit_status;
    if (request->count < 2) return wrong_use("ctl wants RUN and VERB", "");
    if (make_command(request, &type, &argument, &exit_status))
        exit_status = run_request(request, type, argument.data ? argument.data : "");
    yd_text_free(&argument);
    return exit_status;
}
