/* Commands to the run: sent at once, answered whenever the run takes them; nothing waits. */
#pragma once
#include "event/client.h"
#include <stdbool.h>
#include <stddef.h>

enum { YD_STEER_PENDING = 16 };

/* What became of a command. */
typedef struct yd_steer_result {
    uint32_t number;
    bool done;      /* carried out; else refused */
    char text[512]; /* escaped: what the run said */
} yd_steer_result;

/* Zero-initialise; client is the caller's, NULL where nobody listens. */
typedef struct yd_steer {
    yd_client *client;
    bool lost; /* the connection is gone: nothing can be sent until the caller sets it back */
    struct yd_steer_pending {
        uint32_t number; /* 0: free */
        char what[48];
    } pending[YD_STEER_PENDING];
    bool ours;              /* this console steers, as far as was said */
    unsigned control_seen;  /* changes of the control that were said */
    int wanted_period;      /* the save period that was asked for last */
    uint32_t period_number; /* and by which command; 0: none open */
    uint32_t sent;          /* the number of the command that was sent last */
    yd_steer_result result; /* of yd_steer_answer's last answer */
} yd_steer;

/* what: how the command is called to the user ("pause"). False: not sent; message says why, else that it was
 * sent. */
bool yd_steer_send(yd_steer *steer, yd_command_type type, const char *argument, const char *what,
                   char *message, size_t capacity);
/* Save period: `change` more than the newest that is wanted or, where none is, than `now`. */
bool yd_steer_save_period(yd_steer *steer, int now, int change, char *message, size_t capacity);
/* 1: an answer came, message and result hold it, *done whether the command was carried out; 0: none now; -1:
 * the connection is gone, and lost is set. */
int yd_steer_answer(yd_steer *steer, bool *done, char *message, size_t capacity);
/* Forgets what is open, whose answers will not come; returns how many there were. */
int yd_steer_drop(yd_steer *steer);
/* True where who steers has changed since the last call; message says so, empty where it needs no saying.
 * keys: those that take the control. */
bool yd_steer_control(yd_steer *steer, const char *keys, char *message, size_t capacity);
