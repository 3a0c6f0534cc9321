#include "train/plain.h"
#include "base/clock.h"
#include "base/thread.h"
#include "event/event_text.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { READ_AT_ONCE = 64, PAUSE_MS = 100, FINISH_MS = 2000 };

struct yd_plain {
    yd_ring_reader *reader;
    pthread_t thread;
    atomic_bool finish, gone; /* gone: nobody reads standard output any more */
    bool json;
    int64_t deadline_ns;
    yd_event_text told;
};

/* All or nothing matters less than never hanging: after the run is over a reader has two seconds. */
static void put(yd_plain *plain, const char *data, size_t length)
{
    while (length && !atomic_load_explicit(&plain->gone, memory_order_relaxed)) {
        struct pollfd file = {.fd = STDOUT_FILENO, .events = POLLOUT};
        int ready = poll(&file, 1, PAUSE_MS);
        bool ending = atomic_load_explicit(&plain->finish, memory_order_relaxed);
        if (ready == 0 && ending && yd_clock_ns() > plain->deadline_ns) atomic_store(&plain->gone, true);
        if (ready <= 0) continue;
        ssize_t written = (file.revents & (POLLERR | POLLNVAL)) ? -1 : write(STDOUT_FILENO, data, length);
        if (written < 0 && errno != EINTR && errno != EAGAIN) atomic_store(&plain->gone, true);
        if (written > 0) data += written, length -= (size_t)written;
    }
}

static int print_new(yd_plain *plain)
{
    yd_event events[READ_AT_ONCE];
    yd_text text = {0};
    yd_status_block block;
    uint64_t lost = 0;
    bool has_block = !plain->json && yd_ring_status(plain->reader, &block);
    int count = yd_ring_read(plain->reader, events, READ_AT_ONCE, &lost);
    if (lost && !plain->json)
        yd_text_addf(&text, "(%llu events were not printed: the output is too slow)\n",
                     (unsigned long long)lost);
    if (lost && plain->json)
        yd_event_text_json_lost(&plain->told, lost, yd_wall_clock_ns(), &text);
    else if (lost)
        yd_event_text_lost(&plain->told);
    for (int i = 0; i < count; i++) {
        if (plain->json)
            yd_event_text_json(&plain->told, &events[i], &text);
        else
            yd_event_text_line(&plain->told, &events[i], has_block ? &block : NULL, &text);
    }
    if (text.length) put(plain, text.data, text.length);
    yd_text_free(&text);
    return count;
}

static void *print(void *context)
{
    yd_plain *plain = context;
    while (!atomic_load(&plain->gone)) {
        bool finish = atomic_load(&plain->finish);
        if (print_new(plain)) continue;
        if (finish) break;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return NULL;
}

yd_plain *yd_plain_start(yd_ring *ring, bool json)
{
    yd_plain *plain = calloc(1, sizeof *plain);
    if (!plain) return NULL;
    plain->json = json;
    if (yd_ring_open(yd_ring_descriptor(ring), &plain->reader, NULL) != YD_OK ||
        yd_thread_start(&plain->thread, "printer", print, plain, NULL) != YD_OK) {
        if (plain->reader) yd_ring_close(plain->reader);
        free(plain);
        return NULL;
    }
    return plain;
}

void yd_plain_finish(yd_plain *plain)
{
    if (!plain) return;
    plain->deadline_ns = yd_clock_ns() + (int64_t)FINISH_MS * 1000000;
    atomic_store(&plain->finish, true);
    pthread_join(plain->thread, NULL);
    yd_ring_close(plain->reader);
    yd_event_text_free(&plain->told);
    free(plain);
}
