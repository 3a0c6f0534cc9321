/* The messages between server and client: one fixed layout, one datagram each (SOCK_SEQPACKET). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum yd_message_kind {
    YD_MESSAGE_HELLO,   /* server, once, with the descriptor of the event ring */
    YD_MESSAGE_COMMAND, /* client: value is a yd_command_type, text its argument */
    YD_MESSAGE_ANSWER,  /* server: value is 1 where it was done; number that of the command, 0: the connection
                           is refused */
    YD_MESSAGE_CONTROL, /* client: value is a yd_control_wish; makes it a console, of which one steers at a
                           time. server, to consoles, when it changes: value is 1 where the receiver steers;
                           text is who steers, empty: nobody */
    YD_MESSAGE_KIND_COUNT
} yd_message_kind;

/* What a console wants of the control. A client that never speaks of it is a script: its commands are always
 * taken. */
typedef enum yd_control_wish {
    YD_CONTROL_WATCH, /* gives it up where it has it */
    YD_CONTROL_ASK,   /* has it where nobody has */
    YD_CONTROL_TAKE,  /* has it, whoever had it before */
    YD_CONTROL_WISHES
} yd_control_wish;

/* magic and version stand at these places in every version. */
typedef struct yd_message {
    uint32_t magic, version;
    uint32_t kind, number, value, reserved;
    char text[512];
} yd_message;

yd_message yd_message_make(yd_message_kind kind, uint32_t number, uint32_t value, const char *text);

typedef enum yd_message_verdict {
    YD_MESSAGE_GOOD,
    YD_MESSAGE_BAD,
    YD_MESSAGE_OTHER_VERSION
} yd_message_verdict;
/* Judges length bytes that came in. GOOD: *message is of a known kind and its text is terminated, valid UTF-8
 * without control characters. OTHER_VERSION: message->version says which. */
yd_message_verdict yd_message_read(const void *bytes, size_t length, yd_message *message);
