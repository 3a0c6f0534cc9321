/* PyTorch itself loads what is written, and what it writes in turn is read: torch_check.py, beside this file,
 * does the half of it that is Python's. Skipped where no Python has torch. */
#include "backend/ref/ref.h"
#include "base/text.h"
#include "support/python.h"
#include "support/run.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hash_of(const char *path, char out[65])
{
    yd_error error = {0};
    yd_weights *weights;
    if (yd_weights_load(path, &weights, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    memcpy(out, weights->sha256, sizeof weights->sha256);
    yd_weights_free(weights);
}

typedef struct sample {
    char path[4200], hash[65];
    bool stripped, norm_first;
} sample;

static void write_sample(yd_test_run *run, sample *s)
{
    yd_error error = {0};
    snprintf(s->path, sizeof s->path, "%s/%d%d.pt", yd_test_folder(), s->stripped, s->norm_first);
    run->checkpoint.bias_group_first = !s->norm_first;
    REQUIRE(yd_checkpoint_write(s->path, &run->checkpoint, &error) == YD_OK);
    if (s->stripped) REQUIRE(yd_checkpoint_strip(s->path, &error) == YD_OK);
    hash_of(s->path, s->hash);
}

/* Groups in the order of both generations; whole and stripped. */
static void torch_loads_what_is_written(void)
{
    const char *interpreter = yd_test_python("torch", NULL, NULL);
    sample samples[4] = {{.norm_first = true},
                         {.norm_first = false},
                         {.stripped = true},
                         {.stripped = true, .norm_first = true}};
    yd_text command = {0};
    yd_text_addf(&command, "%s '%s/tests/e2e/torch_check.py'", interpreter, YD_SOURCE_DIR);
    yd_test_run r;
    yd_test_run_open(&r, &yd_backend_ref);
    for (int i = 0; i < 4; i++) {
        write_sample(&r, &samples[i]);
        yd_text_addf(&command, " '%s' %s %s %s", samples[i].path, samples[i].stripped ? "stripped" : "whole",
                     samples[i].norm_first ? "norm" : "bias", samples[i].hash);
    }
    yd_test_run_close(&r);
    REQUIRE(!command.failed && system(command.data) == 0);
    yd_text_free(&command);
    for (int i = 0; i < 4; i++) { /* what torch_check.py saved again */
        static const char *const suffixes[] = {"zip", "legacy", "state"};
        for (size_t k = 0; k < sizeof suffixes / sizeof *suffixes; k++) {
            yd_text again = {0};
            char found[65];
            yd_text_addf(&again, "%s.%s", samples[i].path, suffixes[k]);
            REQUIRE(!again.failed);
            hash_of(again.data, found);
            CHECK_TEXT(found, samples[i].hash);
            yd_text_free(&again);
        }
    }
}

static const yd_test_case cases[] = {{"torch loads what is written", torch_loads_what_is_written}};
TEST_MAIN(cases)
