/* When the next frame may be written: the terminal's answer to the query that ended the last one, or two
 * seconds, so that the rate follows the link by itself; never above the highest rate, nor above a cap in bits
 * a second. Pure: the caller tells the time. Terminals that never answer are found out and then go by time
 * alone. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Made by yd_gate_start. */
typedef struct yd_gate {
    int64_t interval_ns;  /* between two frames, at least */
    int bytes_per_second; /* 0: no cap */
    int64_t sent_ns;      /* the newest frame was written then; 0: none yet */
    int64_t paid_ns;      /* the cap is kept from here on */
    int outstanding;      /* queries without their answer */
    bool answers;         /* one has come at least once */
    size_t sent_bytes;    /* of that frame */
    size_t budget;        /* bytes of pictures that a frame may carry */
    bool mute;            /* none came: frames are not ended by a query any more */
} yd_gate;

void yd_gate_start(yd_gate *gate, int max_fps, int max_kbps);
/* Nanoseconds until the next frame may go; 0: now. */
int64_t yd_gate_wait(const yd_gate *gate, int64_t now_ns);
/* Whether the frame that is about to go has to be ended by a query. */
bool yd_gate_asks(yd_gate *gate, int64_t now_ns);
/* A frame of so many bytes went; asked: a query ended it. */
void yd_gate_sent(yd_gate *gate, size_t bytes, bool asked, int64_t now_ns);
void yd_gate_answered(yd_gate *gate, int64_t now_ns);
/* Bytes of pictures that the next frame should carry at most: as many as the link takes in the time of a
 * frame or two, so that keys are never long in coming. */
size_t yd_gate_budget(const yd_gate *gate);
