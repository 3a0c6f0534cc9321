/* What the console knows of a run: a pure function of the events, status blocks and files that it was
 * given, without clock, terminal or file. Everything that came over the wire is brought into range here;
 * drawing code may trust it. */
#pragma once
#include "base/vector.h"
#include "event/wire.h"
#include "series/event_scalars.h"
#include "series/series_store.h"
#include "tui/lines.h"

typedef enum yd_loss_kind {
    YD_LOSS_BOX,
    YD_LOSS_OBJ,
    YD_LOSS_CLS,
    YD_LOSS_TOTAL,
    YD_LOSS_KINDS
} yd_loss_kind;

enum { YD_STALL_SECONDS = 5 }; /* a heartbeat older than this is a stall */

/* What is worth calling for attention: the last of it. */
typedef struct yd_news {
    uint64_t count;  /* how manieth */
    int64_t wall_ns; /* when it happened */
    bool can_wait;   /* a new best: no news where there was other news just before */
    char text[160];  /* raw */
} yd_news;

/* Allocated by yd_run_view_create. */
typedef struct yd_run_view {
    yd_status_block block; /* the newest; names are terminated, raw (escape when showing), numbers in range */
    bool has_block;
    yd_run_state state; /* DEAD where the engine is gone without having said how it ended */
    bool gone;          /* the engine is no longer there */
    bool unanswered;    /* the engine lives, and has not answered since the run was opened */
    char past[16];      /* of a run that was over when it was opened: how, as "ENDED"; "" of all others */
    bool has_exit_code;
    int exit_code;
    int64_t ended_wall_ns;  /* 0: goes on */
    double stalled_seconds; /* 0: alive */
    double now_epochs;      /* position of the run: epochs done, with the fraction of the one under way */
    yd_series_store *store; /* all scalars and marks: of the files of the run, then of its events */
    yd_event_scalars scalars;
    bool behind;                      /* events were lost: what they said is in the files by and by */
    bool held;                        /* scalars of events wait in waiting until the files have been read */
    yd_vector waiting;                /* yd_event */
    double validation_seconds;        /* the last validation took so long; NAN: none yet */
    int last_validated;               /* epoch; -1: none */
    char partial[YD_LINE_LENGTH * 2]; /* a log line that goes on in the next event */
    yd_lines lines;
    int64_t saved_wall_ns;  /* when a checkpoint was written last; 0: not known */
    uint64_t pictures;      /* that the engine said it wrote */
    int64_t first_event_ns; /* wall clock of the oldest event that was read; 0: none yet */
    uint64_t lost;          /* events that were overwritten before they were read */
    yd_news news;
    bool bias_first; /* x/lr0 of the tables is the biases' rate, x/lr2 the norms' */
    bool grows;      /* nobody publishes the run, but its files grow */
    bool files_tell; /* nobody publishes the run, or wrote train.log: lines are made of its epochs */
    int64_t told;    /* values of that kind that lines were made of */
    double told_best;
    unsigned alerts; /* bits of yd_watchdog: those whose alert is not over */
} yd_run_view;

/* NULL when memory is out. */
yd_run_view *yd_run_view_create(void);
void yd_run_view_destroy(yd_run_view *view);

/* While the files of the run are being read into the store (curves.h), what events say of scalars waits; at
 * the release those of them that the files had as well are left out. */
void yd_run_view_hold(yd_run_view *view);
void yd_run_view_release(yd_run_view *view);
void yd_run_view_status(yd_run_view *view, const yd_status_block *block);
void yd_run_view_event(yd_run_view *view, const yd_event *event);
void yd_run_view_lost(yd_run_view *view, uint64_t count, int64_t wall_ns);
/* now_ns: the monotonic clock that heartbeats are of. */
void yd_run_view_clock(yd_run_view *view, int64_t now_ns);
/* The run was over before it was opened: what its files say, and how it ended (done, ended, dead, elsewhere;
 * "none": there is no run). */
void yd_run_view_past(yd_run_view *view, const yd_status_block *block, const char *how,
                      int64_t ended_wall_ns);
/* The engine closed its socket, or is not there. */
void yd_run_view_gone(yd_run_view *view, int64_t wall_ns);
/* A line for each validation that the store has and no line tells of: of runs that files_tell is set of. */
void yd_run_view_tell_epochs(yd_run_view *view);
/* An engine is there again, which goes on with the run. */
void yd_run_view_revive(yd_run_view *view);

/* The run said that it is done or failed, or it is gone. */
bool yd_run_view_ended(const yd_run_view *view);
/* The exit status that yd_console_run promises for a run that has ended. */
int yd_run_view_exit_code(const yd_run_view *view);
/* "TRAIN", "PAUSED", …, "STALLED" for a run whose heartbeat is late, "CONNECTING" before anything is known,
 * "NO ANSWER" where that lasts. */
const char *yd_run_view_state_name(const yd_run_view *view);
/* Seconds since this session of the run began, until it ended; of a run that was over, from its first value
 * to its last. NAN: not known. */
double yd_run_view_elapsed(const yd_run_view *view, int64_t wall_ns);
/* Seconds that the epochs to come take, if each takes as long as those that the curves have did; NAN: not
 * known. */
double yd_run_view_pace_eta(const yd_run_view *view);
/* The series of the store; NULL where there is none yet. */
const yd_series *yd_run_view_series(const yd_run_view *view, yd_tag tag);
/* The curve of a loss: of its batches, or of epochs where those are not known; of the total then all the
 * parts that it is the sum of. Returns how many there are; 0: none is there yet. */
int yd_run_view_loss_series(const yd_run_view *view, yd_loss_kind kind,
                            const yd_series *series[YD_LOSS_KINDS]);
/* Share of the epoch under way (1: it was the last one), of the whole run, and of the validation under way,
 * each in 0..1; NAN: not known. */
double yd_run_view_epoch_share(const yd_run_view *view);
double yd_run_view_run_share(const yd_run_view *view);
double yd_run_view_validation_share(const yd_run_view *view);
/* Relative change of a running mean against the epoch before; NAN where there is none. */
double yd_run_view_trend(const yd_run_view *view, yd_loss_kind kind);
float yd_run_view_loss(const yd_run_view *view, yd_loss_kind kind);
