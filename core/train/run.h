/* A run: all that the training thread owns. Shared by the files of this module; others see trainer.h and
 * engine.h. */
#pragma once
#include "config/dataset_yaml.h"
#include "config/hyp.h"
#include "config/options.h"
#include "config/preset.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "data/multi_scale.h"
#include "eval/validate.h"
#include "event/server.h"
#include "event/tweaks.h"
#include "io/checkpoint.h"
#include "model/plan.h"
#include "series/ledger.h"
#include "series/schedule.h"
#include "sink/follower.h"
#include "sink/sink.h"
#include "train/alarm.h"
#include "train/generation.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include "train/patience.h"
#include "train/telemetry.h"
#include <stdatomic.h>

/* What a checkpoint keeps beside tensors: where the run stands, in numbers. */
typedef struct yd_progress {
    int epoch, batch;  /* the next to train; batch == batches: the epoch's validation is next */
    int64_t last_step; /* iteration (batch + batches * epoch) of the last optimizer step; -1 at first */
    int64_t updates;   /* of the moving average */
    int64_t steps;     /* that Adam has taken; 0 with SGD */
    double mean[3];    /* running means of box, obj and cls loss over this epoch's batches */
    int last_labels, last_width; /* of the last batch */
    yd_best best;
    double results[7]; /* of the last validation: P, R, mAP@.5, mAP@.5:.95, box, obj, cls */
    double *maps;      /* [nc] per-class mAP of the last validation */
    yd_epoch_row row;  /* the last epoch's line of results.csv and results.txt; epoch -1 before the first */
} yd_progress;

typedef enum yd_stop { YD_STOP_NONE, YD_STOP_NOW, YD_STOP_EPOCH, YD_STOP_FINAL } yd_stop;

/* Commands that wait for a moment of the loop. */
typedef struct yd_requests {
    bool pause, save, validate, rollback;
    yd_stop stop;
    yd_command save_asker, validate_asker, pause_asker, stop_asker,
        rollback_asker; /* ticket 0: nobody waits */
} yd_requests;

/* --branch: the parent, and what this run has otherwise. */
typedef struct yd_branch_from {
    bool on;
    char folder[4096];             /* the parent's */
    bool by_hand[YD_OPTION_COUNT]; /* given on the command line */
} yd_branch_from;

/* Values that change live: tweaks.h. */
typedef struct yd_tweaks {
    double initial[YD_TWEAK_COUNT]; /* as the run began */
    double value[YD_TWEAK_COUNT];   /* in force for the batch, or the end of the epoch, that comes next */
    double shown[YD_TWEAK_COUNT];   /* as decided last: in the status block */
    double asked[YD_TWEAK_COUNT];   /* given beside --resume; NAN: not */
    yd_ledger ledger;
} yd_tweaks;

typedef struct yd_save yd_save; /* the save that may be under way: save.h */

typedef struct yd_run {
    /* decided by set-up */
    yd_arena *arena;
    yd_options options;
    yd_preset preset;
    yd_hyp hyp; /* as the file has it: scaled values go straight to where they are used */
    yd_dataset_yaml data;
    char folder[4096], weights_folder[4096];
    const char *const *names;
    int nc, batches, batch_size, image_size, max_stride;
    int epochs; /* in all, as the live value in force has it */
    bool resumed;
    bool restores;         /* a state is read back: resumed, or branched from a checkpoint that has one */
    yd_branch_from branch; /* branch.h */
    struct {
        bool asked;          /* by --resume of a run of YOLOv5's own */
        int epochs;          /* that --weights brought along; 0: none */
        bool average;        /* and its average */
        const char *results; /* and its results.txt, or NULL */
    } carried;               /* carry_on.h */
    int lock;                /* descriptor of RUN/lock */
    char wandb_id[72];       /* of the run at W&B; "": it has none */
    yd_schedule schedule;    /* of the batch that was trained last, or of the first */
    yd_tweaks tweaks;

    /* the engine */
    const yd_backend *backend;
    yd_device *device;
    yd_model *model;
    yd_plan_cache *plans;
    yd_param_set values, gradients, average;
    yd_param_set momenta, squares; /* what the optimizer remembers; squares: with Adam alone */
    yd_dataset *train_set, *val_set;
    yd_loader *train_loader, *val_loader; /* val_loader: NULL until it is needed */
    double *picture_weights; /* [train_set->count] of the epoch, with --image-weights; else NULL */
    yd_loss *loss;
    yd_metrics *metrics;
    yd_optimizer optimizer;
    yd_batch_resizer resizer; /* of multi-scale training */
    int largest_size;         /* that a batch had in this session */
    yd_follower *loggers;     /* NULL where nothing is logged */
    yd_save *save;
    struct yd_studio *studio;       /* NULL: no pictures */
    struct yd_snapshots *snapshots; /* likewise */

    /* where it stands */
    yd_progress progress;
    char hash[65];          /* of the state as it was saved last */
    bool validation_begun;  /* of the epoch whose batches are all done */
    bool gradients_pending; /* batches were accumulated since the last optimizer step */
    int64_t skipped_steps;  /* optimizer steps left out because gradients were not finite */
    int64_t session_start_ns;
    bool plots_begun;              /* in this session */
    double seconds[YD_TIME_COUNT]; /* of the batch under way */
    double epoch_seconds;          /* of the batches of this epoch that were trained in this session */

    /* the outside */
    yd_telemetry telemetry;
    yd_alarm alarm;
    yd_ring *ring;
    yd_server *server; /* NULL where nobody can attach, and in a generation */
    yd_command_port port;
    yd_generation *generation; /* of an evolution; NULL: the run stands for itself */
    yd_requests requests;
    atomic_int *stop_signal;                       /* set by the main thread: the signal that asked to stop */
    void (*note)(void *context, const char *line); /* how far a download of set-up is; NULL: nobody waits */
    void *note_context;
} yd_run;
