/* The items that a record of an event file holds. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum yd_event_item_kind {
    YD_ITEM_SCALAR,  /* simple_value, or a tensor of one number; tag: its name */
    YD_ITEM_VERSION, /* of the file, in its first record; tag: "brain.Event:2" */
    YD_ITEM_WRITER,  /* tag: the program that writes the file */
    YD_ITEM_RESTART  /* SessionLog START: whatever lies at step and behind it was undone; no tag */
} yd_event_item_kind;

typedef struct yd_event_item {
    yd_event_item_kind kind;
    const char *tag; /* not terminated, any bytes; valid during the call */
    size_t tag_length;
    int64_t step;
    double wall; /* seconds since 1970, as it stands there */
    double value;
    int64_t offset; /* of the record in the file */
} yd_event_item;

typedef void yd_event_receiver(void *context, const yd_event_item *item);

/* Hands on what the payload says, in its order. False where it is no well-formed Event; what came before the
 * fault has been handed on then. */
bool yd_event_payload_read(const void *payload, size_t length, int64_t offset, yd_event_receiver *receive,
                           void *context);
