#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"
#include "event/ring.h"
#include "event/ring_layout.h"
#include "support/test.h"
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static yd_ring *make_ring(uint32_t capacity)
{
    yd_ring *ring;
    yd_error error = {0};
    if (yd_ring_create(capacity, &ring, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return ring;
}

static yd_ring_reader *open_reader(yd_ring *ring)
{
    yd_ring_reader *reader;
    yd_error error = {0};
    if (yd_ring_open(yd_ring_descriptor(ring), &reader, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return reader;
}

static void publish_step(yd_ring *ring, int64_t step)
{
    yd_event_body body = {.step = {.step = step, .epoch = 3, .box = 0.5f, .images_per_second = 38.1f}};
    yd_ring_publish(ring, YD_EVENT_STEP, &body);
}

static void events_arrive_in_order(void)
{
    yd_ring *ring = make_ring(8);
    yd_ring_reader *reader = open_reader(ring);
    yd_event events[16];
    uint64_t lost = 0;
    CHECK(yd_ring_read(reader, events, 16, &lost) == 0);
    for (int step = 0; step < 5; step++) publish_step(ring, 100 + step);
    REQUIRE(yd_ring_read(reader, events, 3, &lost) == 3);
    REQUIRE(yd_ring_read(reader, events + 3, 13, &lost) == 2);
    CHECK(yd_ring_read(reader, events + 5, 3, &lost) == 0 && lost == 0);
    for (int i = 0; i < 5; i++) {
        CHECK(events[i].sequence == (uint64_t)i + 1 && events[i].type == YD_EVENT_STEP);
        CHECK(events[i].body.step.step == 100 + i && events[i].body.step.epoch == 3);
        CHECK(events[i].body.step.images_per_second == 38.1f && events[i].wall_ns > 0);
    }
    yd_ring_close(reader);
    yd_ring_destroy(ring);
}

static void a_lapped_reader_knows_its_loss(void)
{
    yd_ring *ring = make_ring(16);
    yd_ring_reader *reader = open_reader(ring);
    yd_event events[32];
    uint64_t lost = 0;
    for (int step = 1; step <= 40; step++) publish_step(ring, step);
    int count = yd_ring_read(reader, events, 32, &lost);
    CHECK(count > 0 && (uint64_t)count + lost == 40);
    CHECK(count >= 16 - 16 / 8 - 1); /* most of the ring is had */
    CHECK(events[0].body.step.step == 41 - count && events[count - 1].body.step.step == 40);
    yd_ring_reader *late = open_reader(ring); /* has lost nothing: it was not there */
    uint64_t nothing = 0;
    CHECK(yd_ring_read(late, events, 32, &nothing) == 16 && nothing == 0 && events[0].body.step.step == 25);
    yd_ring_close(late);
    yd_ring_close(reader);
    yd_ring_destroy(ring);
}

static void log_lines_are_split_between_characters(void)
{
    yd_ring *ring = make_ring(64);
    yd_ring_reader *reader = open_reader(ring);
    yd_text line = {0}, joined = {0};
    for (int i = 0; i < 120; i++) yd_text_add(&line, i % 2 ? "猫" : "x");
    yd_ring_log(ring, 2, line.data);
    yd_ring_log(ring, 1, "");
    yd_event events[64];
    uint64_t lost = 0;
    int count = yd_ring_read(reader, events, 64, &lost);
    REQUIRE(count >= 4);
    for (int i = 0; i < count - 1; i++) {
        CHECK(events[i].type == YD_EVENT_LOG && events[i].body.log.level == 2);
        CHECK(events[i].body.log.more == (i + 1 < count - 1));
        CHECK((events[i].body.log.text[0] & 0xc0) != 0x80); /* begins with a character */
        yd_text_add(&joined, events[i].body.log.text);
    }
    CHECK_TEXT(joined.data, line.data);
    yd_text_free(&line);
    yd_text_free(&joined);
    CHECK(events[count - 1].body.log.text[0] == '\0' && !events[count - 1].body.log.more);

    char longer[10000], broken[300];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    yd_ring_log(ring, 0, longer);
    CHECK(yd_ring_read(reader, events, 64, &lost) == 16); /* cut there */
    memset(broken, '\x80', sizeof broken - 1);
    broken[sizeof broken - 1] = '\0';
    yd_ring_log(ring, 0, broken);
    count = yd_ring_read(reader, events, 64, &lost);
    size_t length = 0;
    for (int i = 0; i < count; i++) length += strlen(events[i].body.log.text);
    CHECK(length == sizeof broken - 1);
    yd_ring_close(reader);
    yd_ring_destroy(ring);
}

static void clients_cannot_write_or_resize(void)
{
    yd_ring *ring = make_ring(8);
    int fd = yd_ring_descriptor(ring);
    CHECK(ftruncate(fd, 10) != 0 && ftruncate(fd, 1 << 20) != 0);
    if (!(fcntl(fd, F_GET_SEALS) & F_SEAL_FUTURE_WRITE)) yd_test_skip("needs Linux 5.1");
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK(pwrite(fd, "x", 1, 0) < 0);
    yd_ring_destroy(ring);
}

static void the_status_block_is_copied_whole(void)
{
    yd_ring *ring = make_ring(8);
    yd_ring_reader *reader = open_reader(ring);
    yd_status_block found, block = {.state = YD_RUN_TRAIN, .epoch = 12, .best_epoch = -1, .lr0 = 0.01};
    CHECK(!yd_ring_status(reader, &found));   /* nothing written yet */
    memset(block.run, 'r', sizeof block.run); /* not terminated */
    yd_ring_set_status(ring, &block);
    REQUIRE(yd_ring_status(reader, &found));
    CHECK(found.version == YD_WIRE_VERSION && found.state == YD_RUN_TRAIN && found.epoch == 12);
    CHECK(found.best_epoch == -1 && found.lr0 == 0.01);
    CHECK(strlen(found.run) == sizeof found.run - 1);
    yd_ring_close(reader);
    yd_ring_destroy(ring);
}

/* Many threads publish while others read, on a ring so small that laps are the rule. */
enum { PRODUCERS = 3, RECORDS = 20000, STRESS_CAPACITY = 32 };

typedef struct stress {
    yd_ring *ring;
    int producer;
    uint64_t notes[RECORDS]; /* plain memory, written before the record that announces it */
} stress;

static stress producers[PRODUCERS];
static atomic_int producing;

static void *produce(void *context)
{
    stress *own = context;
    for (int i = 0; i < RECORDS; i++) {
        uint64_t mark = (uint64_t)own->producer << 32 | (uint32_t)i;
        own->notes[i] = mark * 0x9E3779B97F4A7C15u;
        yd_event_body body;
        memset(&body, 0, sizeof body);
        uint64_t words[sizeof body / 8];
        for (size_t j = 0; j < sizeof words / 8; j++) words[j] = mark * (2 * j + 1);
        memcpy(&body, words, sizeof words);
        yd_ring_publish(own->ring, YD_EVENT_STEP, &body);
    }
    atomic_fetch_sub(&producing, 1);
    return NULL;
}

typedef struct reading {
    yd_ring_reader *reader;
    uint64_t received, lost, torn, disordered;
    bool sees_notes; /* on the producers' own mapping, so that ThreadSanitizer knows what the record orders */
} reading;

static void check_event(reading *own, const yd_event *event, int64_t last[PRODUCERS], uint64_t *sequence)
{
    uint64_t words[sizeof event->body / 8], mark;
    memcpy(words, &event->body, sizeof words);
    mark = words[0];
    for (size_t j = 0; j < sizeof words / 8; j++) own->torn += words[j] != mark * (2 * j + 1);
    size_t producer = (size_t)(mark >> 32);
    uint32_t number = (uint32_t)mark;
    if (producer >= PRODUCERS || number >= RECORDS) {
        own->torn++;
        return;
    }
    own->disordered += (int64_t)number <= last[producer] || event->sequence <= *sequence;
    last[producer] = number;
    *sequence = event->sequence;
    if (own->sees_notes) own->torn += producers[producer].notes[number] != mark * 0x9E3779B97F4A7C15u;
}

static void *consume(void *context)
{
    reading *own = context;
    yd_event events[16];
    int64_t last[PRODUCERS] = {-1, -1, -1};
    uint64_t sequence = 0;
    for (bool end = false;;) {
        int count = yd_ring_read(own->reader, events, 16, &own->lost);
        for (int i = 0; i < count; i++) check_event(own, &events[i], last, &sequence);
        own->received += (uint64_t)count;
        if (end && count == 0) return NULL;
        end = atomic_load(&producing) == 0; /* what was published before is seen by the next turn */
    }
}

static void many_producers_and_readers_agree(void)
{
    yd_ring *ring = make_ring(STRESS_CAPACITY);
    pthread_t threads[PRODUCERS + 2];
    reading readings[2] = {{.sees_notes = true}, {.reader = open_reader(ring)}};
    REQUIRE(yd_ring_open_local(ring, &readings[0].reader, NULL) == YD_OK);
    atomic_store(&producing, PRODUCERS);
    for (int i = 0; i < 2; i++)
        REQUIRE(yd_thread_start(&threads[PRODUCERS + i], "reader", consume, &readings[i], NULL) == YD_OK);
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i].ring = ring;
        producers[i].producer = i;
        REQUIRE(yd_thread_start(&threads[i], "producer", produce, &producers[i], NULL) == YD_OK);
    }
    for (int i = 0; i < PRODUCERS + 2; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++) {
        CHECK(readings[i].torn == 0 && readings[i].disordered == 0);
        CHECK(readings[i].received > 0 && readings[i].received + readings[i].lost == PRODUCERS * RECORDS);
        yd_ring_close(readings[i].reader);
    }
    yd_ring_destroy(ring);
}

static void *write_status(void *context)
{
    yd_status_block block = {0};
    while (atomic_load(&producing)) {
        block.step++;
        block.epoch = block.plot_period = (int32_t)block.step;
        block.eta_seconds = (double)block.step;
        yd_ring_set_status(context, &block);
        if (block.step % 4 == 0) sched_yield();
    }
    return NULL;
}

static void a_changing_status_is_never_torn(void)
{
    yd_ring *ring = make_ring(2);
    yd_ring_reader *reader = open_reader(ring);
    pthread_t thread;
    atomic_store(&producing, 1);
    REQUIRE(yd_thread_start(&thread, "status", write_status, ring, NULL) == YD_OK);
    int copies = 0, changes = 0, torn = 0;
    int64_t last = 0, deadline = yd_clock_ns() + YD_TEST_PATIENCE * INT64_C(5000000000);
    while ((copies < 2000 || changes < 100) && yd_clock_ns() < deadline) {
        yd_status_block block;
        if (!yd_ring_status(reader, &block)) continue;
        copies++;
        changes += block.step != last;
        torn += block.epoch != block.step || block.plot_period != block.step ||
                block.eta_seconds != (double)block.step || block.step < last;
        last = block.step;
    }
    atomic_store(&producing, 0);
    pthread_join(thread, NULL);
    CHECK(torn == 0 && copies >= 2000 && changes >= 100);
    yd_ring_close(reader);
    yd_ring_destroy(ring);
}

/* Memory made by hand, as a writer that died or a hostile one leaves it. */
static ring_memory *make_memory(uint32_t capacity, int *fd)
{
    size_t bytes = ring_bytes(capacity);
    *fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    REQUIRE(*fd >= 0 && ftruncate(*fd, (off_t)bytes) == 0);
    ring_memory *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    REQUIRE(memory != MAP_FAILED && fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
    memcpy(memory->magic, ring_magic, sizeof ring_magic);
    memory->version = YD_WIRE_VERSION;
    memory->event_size = sizeof(yd_event);
    memory->status_size = sizeof(yd_status_block);
    memory->capacity = capacity;
    return memory;
}

static void put_event(ring_memory *memory, uint64_t ticket, uint64_t flags, const yd_event *event)
{
    uint64_t words[EVENT_WORDS];
    memcpy(words, event, sizeof words);
    ring_slot *slot = &memory->slots[(ticket - 1) & (memory->capacity - 1)];
    for (int i = 1; i < EVENT_WORDS; i++) atomic_store(&slot->words[i], words[i]);
    atomic_store(&slot->words[0], ticket << SLOT_SHIFT | flags);
}

static void a_writer_that_died_inside_is_noticed(void)
{
    int fd;
    ring_memory *memory = make_memory(4, &fd);
    yd_ring_reader *reader;
    REQUIRE(yd_ring_open(fd, &reader, NULL) == YD_OK);
    yd_status_block block;
    atomic_store(&memory->status_sequence, 7); /* odd */
    CHECK(!yd_ring_status(reader, &block));    /* and comes back */
    yd_event event = {.type = YD_EVENT_STEP}, events[8];
    uint64_t lost = 0;
    put_event(memory, 1, 0, &event);
    put_event(memory, 2, SLOT_OCCUPIED, &event);
    put_event(memory, 3, 0, &event);
    CHECK(yd_ring_read(reader, events, 8, &lost) == 1 && lost == 0); /* waits for the second */
    put_event(memory, 2, SLOT_OCCUPIED | SLOT_TOMBSTONE, &event);
    CHECK(yd_ring_read(reader, events, 8, &lost) == 1 && lost == 1 && events[0].sequence == 3);
    yd_ring_close(reader);
    munmap(memory, ring_bytes(4));
    close(fd);
}

/* A process that shared the ring was killed: with a ticket taken and nothing written, inside a record, and
 * inside the status block. */
static void what_a_killed_writer_left_is_mended(void)
{
    yd_ring *ring = make_ring(8);
    yd_ring_reader *reader = open_reader(ring);
    ring_memory *memory;
    memcpy(&memory, ring, sizeof memory); /* its first member: no other mapping may write */
    yd_status_block block = {.state = YD_RUN_TRAIN, .epoch = 4};
    yd_event events[8];
    uint64_t lost = 0;
    publish_step(ring, 1);
    atomic_fetch_add(&memory->taken, 2);
    atomic_store(&memory->slots[2].words[0], (uint64_t)3 << SLOT_SHIFT | SLOT_OCCUPIED);
    publish_step(ring, 4);
    yd_ring_set_status(ring, &block);
    atomic_fetch_add(&memory->status_sequence, 1);
    CHECK(yd_ring_read(reader, events, 8, &lost) == 1 && !yd_ring_status(reader, &block));
    yd_ring_mend(ring);
    REQUIRE(yd_ring_read(reader, events, 8, &lost) == 1);
    CHECK(events[0].body.step.step == 4 && lost == 2);
    CHECK(yd_ring_status(reader, &block) && block.epoch == 4);
    for (int step = 5; step < 21; step++) { /* two laps: the slots serve as before */
        publish_step(ring, step);
        CHECK(yd_ring_read(reader, events, 8, &lost) == 1 && events[0].body.step.step == step);
    }
    yd_ring_mend(ring); /* of one that is whole nothing is lost */
    publish_step(ring, 21);
    CHECK(yd_ring_read(reader, events, 8, &lost) == 1 && lost == 2);
    yd_ring_close(reader);
    yd_ring_destroy(ring);
}

static void hostile_records_do_no_harm(void)
{
    int fd;
    ring_memory *memory = make_memory(8, &fd);
    yd_ring_reader *reader;
    REQUIRE(yd_ring_open(fd, &reader, NULL) == YD_OK);
    yd_event event, events[8];
    uint64_t lost = 0;
    memset(&event, 'A', sizeof event);
    static const uint32_t types[] = {YD_EVENT_SAVED, YD_EVENT_PICTURE, YD_EVENT_CHANGED, YD_EVENT_LOG, 4242};
    for (uint32_t i = 0; i < 5; i++) {
        event.type = types[i];
        put_event(memory, i + 1, 0, &event);
    }
    REQUIRE(yd_ring_read(reader, events, 8, &lost) == 4); /* without the one of unknown type */
    CHECK(strlen(events[0].body.saved.name) == sizeof event.body.saved.name - 1);
    CHECK(strlen(events[1].body.picture.name) == sizeof event.body.picture.name - 1);
    CHECK(strlen(events[2].body.changed.name) == sizeof event.body.changed.name - 1);
    CHECK(strlen(events[3].body.log.text) == sizeof event.body.log.text - 1);
    /* Tickets that jump, to the end of their range and back: each call returns, and never with more than
     * asked. */
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t noise = i * 0x9E3779B97F4A7C15u;
        event.type = (uint32_t)(noise % 9);
        for (uint64_t j = 0; j < 8; j++)
            atomic_store(&memory->slots[j].words[0], noise << j | noise >> (63 - j));
        atomic_store(&memory->taken, noise);
        int count = yd_ring_read(reader, events, 3, &lost);
        CHECK(count >= 0 && count <= 3);
        yd_ring_reader *late;
        REQUIRE(yd_ring_open(fd, &late, NULL) == YD_OK);
        CHECK(yd_ring_read(late, events, 8, &lost) <= 8);
        yd_ring_close(late);
    }
    memory->capacity = 1u << 20; /* the reader keeps the size that it checked */
    yd_ring_read(reader, events, 8, &lost);
    yd_ring_close(reader);
    munmap(memory, ring_bytes(8));
    close(fd);
}

static yd_status open_status(int fd, yd_error *error)
{
    yd_ring_reader *reader;
    yd_status status = yd_ring_open(fd, &reader, error);
    if (status == YD_OK) yd_ring_close(reader);
    return status;
}

static void foreign_memory_is_refused(void)
{
    int fd;
    yd_error error = {0};
    ring_memory *memory = make_memory(8, &fd);
    REQUIRE(open_status(fd, &error) == YD_OK);
    memory->version = 99;
    CHECK(open_status(fd, &error) == YD_ERR_UNSUPPORTED && strstr(error.message, "99"));
    memory->version = YD_WIRE_VERSION, memory->event_size = 64;
    CHECK(open_status(fd, &error) == YD_ERR_UNSUPPORTED);
    memory->event_size = sizeof(yd_event), memory->status_size = 8;
    CHECK(open_status(fd, &error) == YD_ERR_UNSUPPORTED);
    memory->status_size = sizeof(yd_status_block);
    static const uint32_t wrong[] = {0, 1, 3, 4, 16, 1u << 24, 1u << 31, UINT32_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        memory->capacity = wrong[i];
        CHECK(open_status(fd, &error) == YD_ERR_FORMAT);
    }
    memory->capacity = 8, memory->magic[0] = 'x';
    CHECK(open_status(fd, &error) == YD_ERR_FORMAT);
    munmap(memory, ring_bytes(8));
    close(fd);

    int loose = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    REQUIRE(loose >= 0 && ftruncate(loose, (off_t)ring_bytes(8)) == 0);
    CHECK(open_status(loose, &error) == YD_ERR_FORMAT && strstr(error.message, "sealed"));
    REQUIRE(ftruncate(loose, 10) == 0 && fcntl(loose, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    CHECK(open_status(loose, &error) == YD_ERR_FORMAT && strstr(error.message, "10 bytes"));
    REQUIRE(ftruncate(loose, (off_t)1 << 40) == 0);
    CHECK(open_status(loose, &error) == YD_ERR_FORMAT);
    close(loose);
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    CHECK(open_status(file, &error) == YD_ERR_FORMAT);
    close(file);
    CHECK(open_status(-1, &error) == YD_ERR_FORMAT);
}

static void names_are_those_of_the_tables(void)
{
    CHECK_TEXT(yd_event_name(YD_EVENT_VALIDATION), "validation");
    CHECK_TEXT(yd_command_name(YD_COMMAND_PAUSE), "pause");
    CHECK_TEXT(yd_run_state_name(YD_RUN_DEAD), "dead");
    CHECK_TEXT(yd_event_name(YD_EVENT_COUNT), "?");
    CHECK_TEXT(yd_command_name(UINT32_MAX), "?");
    CHECK_TEXT(yd_run_state_name(YD_RUN_STATE_COUNT), "?");
}

static const yd_test_case cases[] = {
    {"events arrive in order", events_arrive_in_order},
    {"a lapped reader knows its loss", a_lapped_reader_knows_its_loss},
    {"log lines are split between characters", log_lines_are_split_between_characters},
    {"clients cannot write or resize", clients_cannot_write_or_resize},
    {"the status block is copied whole", the_status_block_is_copied_whole},
    {"many producers and readers agree", many_producers_and_readers_agree},
    {"a changing status is never torn", a_changing_status_is_never_torn},
    {"a writer that died inside is noticed", a_writer_that_died_inside_is_noticed},
    {"what a killed writer left is mended", what_a_killed_writer_left_is_mended},
    {"hostile records do no harm", hostile_records_do_no_harm},
    {"foreign memory is refused", foreign_memory_is_refused},
    {"names are those of the tables", names_are_those_of_the_tables},
};
TEST_MAIN(cases)
