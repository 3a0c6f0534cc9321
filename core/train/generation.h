/* A generation of an evolution: a training in a process of its own, so that whatever becomes of it the
 * evolution goes on. It writes into the evolution's event ring and run folder, and takes its commands from
 * the evolution's server by way of a socket; both ends of that are here. To whoever watches there is one run.
 */
#pragma once
#include "base/error.h"
#include "config/hyp.h"
#include "event/port.h"
#include "event/ring.h"

/* What a generation is to train. */
typedef struct yd_generation_order {
    int32_t number, end; /* of this generation; of the evolution */
    int32_t best;        /* the fittest so far; -1: none */
    float best_fitness;
    double mean_seconds;          /* of those that were done; 0: none was */
    bool first;                   /* of its session: the options are written down */
    bool redirect;                /* standard output and error go to RUN/train.log */
    int64_t pid, started_wall_ns; /* of the evolution */
    yd_hyp hyp;
    char checkpoint[4200]; /* goes on from there: the generation was cut; "": from the beginning */
} yd_generation_order;

typedef enum yd_generation_note {
    YD_NOTE_ORDER,   /* to the generation, before it is there: order */
    YD_NOTE_READY,   /* from it: all is checked and made ready, but for the run folder */
    YD_NOTE_GO,      /* to it: text is the run folder */
    YD_NOTE_COMMAND, /* to it: command */
    YD_NOTE_ANSWER,  /* from it: answer */
    YD_NOTE_RESULT,  /* from it, at its end: result */
    YD_NOTE_FAILED,  /* from it, at its end: failure */
} yd_generation_note;

typedef struct yd_generation_message {
    uint32_t note;
    union {
        yd_generation_order order;
        yd_command command;
        char text[4096];
        struct {
            yd_command command; /* of it only who asked is looked at */
            bool done;
            char text[512];
        } answer;
        struct {
            double results[7]; /* P, R, mAP@.5, mAP@.5:.95, validation losses box, obj, cls */
            bool finished;     /* else it was stopped, and saved */
            bool stop;         /* the evolution is to stop, too */
        } result;
        struct {
            yd_status status;
            char text[1024];
        } failure;
    };
} yd_generation_message;

/* One message, as much of it as its note needs. False where the other end is gone, or, with wait false, where
 * there is no room for it now. */
bool yd_generation_send(int fd, const yd_generation_message *message, bool wait);
/* The next message; false where there is none (now: wait false), or the other end is gone. */
bool yd_generation_receive(int fd, yd_generation_message *message, bool wait);

/* The generation's end. */
typedef struct yd_generation {
    int fd;
    yd_ring *ring;
    yd_generation_order order;
} yd_generation;

/* Says that all is ready and waits for the run folder (4096 bytes). STOPPED where the evolution is gone. */
yd_status yd_generation_ready(yd_generation *generation, char *folder, yd_error *error);
/* Commands of the evolution's clients. */
yd_command_port yd_generation_port(yd_generation *generation);
void yd_generation_result(yd_generation *generation, const double results[7], bool finished, bool stop);
void yd_generation_failed(yd_generation *generation, const yd_error *error);
