/* A console's or ctl's side of a live run. */
#pragma once
#include "base/error.h"
#include "event/message.h"
#include "event/ring.h"

typedef struct yd_client yd_client;

/* run_folder: the folder that holds "live". DATA where the run does not live: the message says whether it
 * ended, died, or lives on another host (named). */
yd_status yd_client_open(const char *run_folder, yd_client **client, yd_error *error);
/* The same for whoever must not wait: where the run lives but its engine has not answered after wait_ms the
 * client is there without being up, and yd_client_rejoin goes on with it. */
yd_status yd_client_begin(const char *run_folder, int wait_ms, yd_client **client, yd_error *error);
bool yd_client_is_up(const yd_client *client);
/* Waits for the engine; false where it has not answered, or cannot. */
bool yd_client_await(yd_client *client, int wait_ms);
/* Why a client that is not up cannot be, in words; empty where the engine has only not answered yet. */
const char *yd_client_problem(const yd_client *client);
void yd_client_close(yd_client *client);
/* What became of a lost connection. DEAD: no engine lives there (any more). */
typedef enum yd_rejoin { YD_REJOIN_DONE, YD_REJOIN_WAIT, YD_REJOIN_DEAD } yd_rejoin;
/* After yd_client_answer said that the engine is gone: connects anew where the run lives, to be called every
 * now and then while it says WAIT; never waits itself. The ring is read on where it was; where another engine
 * has taken the run over (it was resumed), it is that one's, from its beginning. Answers to commands that
 * were open do not come. */
yd_rejoin yd_client_rejoin(yd_client *client);
int yd_client_descriptor(const yd_client *client); /* poll it: answers, and the end of the engine */
yd_ring_reader *yd_client_ring(yd_client *client); /* NULL until it has been up */
/* Sends; the answer comes by yd_client_answer with the same number. 0: not sent, the engine is gone or the
 * queue is full. */
uint32_t yd_client_send(yd_client *client, yd_command_type type, const char *argument);
/* Makes this client a console, one of which steers at a time: who does is told by the engine. After a
 * connection that was lost the control is asked for again. */
void yd_client_control(yd_client *client, yd_control_wish wish);
typedef struct yd_control {
    bool known; /* the engine has told */
    bool ours;
    char who[64];     /* has it: escaped; empty: nobody */
    unsigned changes; /* how often the engine has told */
} yd_control;
/* As yd_client_answer has brought it. */
const yd_control *yd_client_controller(const yd_client *client);
typedef struct yd_answer {
    uint32_t number;
    bool done;
    char text[512];
} yd_answer;
/* 1: an answer; 0: none now (never blocks); -1: the engine is gone. */
int yd_client_answer(yd_client *client, yd_answer *answer);
/* Sends and waits. False where refused, gone or too late; answer->text says so. */
bool yd_client_ask(yd_client *client, yd_command_type type, const char *argument, int timeout_ms,
                   yd_answer *answer);
