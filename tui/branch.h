/* A branch that is being put together: which checkpoint of a run, and what the new run has otherwise. Without
 * a terminal; reads the run's folder when it is loaded, and nothing after. */
#pragma once
#include "config/hyp.h"
#include "tui/launcher.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_BRANCH_FILES = 512, YD_BRANCH_TEXT = 128 };

typedef struct yd_branch_file {
    char name[256]; /* below weights/, raw */
    int64_t bytes, changed_ns;
} yd_branch_file;

/* What can be decided, in the order of the rows; from YD_BRANCH_HYP on the hyperparameters. */
typedef enum yd_branch_row {
    YD_BRANCH_START,
    YD_BRANCH_CHECKPOINT,
    YD_BRANCH_NAME,
    YD_BRANCH_EPOCHS,
    YD_BRANCH_HYP,
    YD_BRANCH_ROWS = YD_BRANCH_HYP + YD_HYP_COUNT
} yd_branch_row;

/* Zero-initialise. */
typedef struct yd_branch {
    char folder[4096];                     /* of the parent; empty: nothing is loaded */
    yd_branch_file files[YD_BRANCH_FILES]; /* newest first */
    int file_count, file;                  /* file: the chosen one; the newest until one is chosen by hand */
    bool by_hand;
    char name[YD_BRANCH_TEXT]; /* of the new run; empty: the parent's, numbered */
    int epochs, parent_epochs; /* epochs 0: as the parent */
    bool has_hyp;
    yd_hyp parent, hyp;
    char problem[512]; /* why it cannot be started; empty: it can */
} yd_branch;

/* Loads a run folder; of one that is loaded already only the list of checkpoints is read again, and what was
 * decided stays. parent_epochs: 0 where not known. */
void yd_branch_load(yd_branch *branch, const char *folder, int parent_epochs);
/* Another checkpoint, by its distance in the list. */
void yd_branch_choose(yd_branch *branch, int step);
/* A value as it is typed; an empty text brings the parent's back. False: why says what is wanted. */
bool yd_branch_set(yd_branch *branch, yd_branch_row row, const char *text, char *why, size_t capacity);

const char *yd_branch_row_name(yd_branch_row row);
/* The value that the parent has, and the one that was decided where it is another (else ""). Raw. */
void yd_branch_row_values(const yd_branch *branch, yd_branch_row row, char parent[YD_BRANCH_TEXT],
                          char decided[YD_BRANCH_TEXT]);
/* What the row means, and which values it takes. */
void yd_branch_row_meaning(yd_branch_row row, char *out, size_t capacity);

/* The command line that starts it, for yd_launcher_start. */
typedef struct yd_branch_command {
    const char *arguments[YD_LAUNCH_ARGUMENTS + 1]; /* NULL ends them; in the texts below */
    char checkpoint[4400], epochs[32], sets[YD_HYP_COUNT][96], name[YD_BRANCH_TEXT + 8];
} yd_branch_command;
void yd_branch_command_of(const yd_branch *branch, yd_branch_command *command);

/* The run that a run folder was branched from, as its opt.yaml says; false where it was not, or that run is
 * no more. */
bool yd_branch_parent(const char *run_folder, char parent[4096]);
