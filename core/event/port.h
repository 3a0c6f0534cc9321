/* Where the training thread takes commands from and answers them, whoever serves the clients: the server of
 * this process (server.h), or one of another process. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct yd_command {
    uint32_t type;      /* yd_command_type */
    uint64_t ticket;    /* names the asker; 0: nobody */
    char argument[256]; /* text, checked for length and control characters, nothing else */
    char who[40];       /* the process that asks, as the kernel names it, and its terminal: "pid 71 pts/3" */
} yd_command;

/* Functions of the training thread. All NULL: nobody can ask. */
typedef struct yd_command_port {
    void *context;
    /* The next command; false where there is none. */
    bool (*take)(void *context, yd_command *command);
    /* Sleeps until a command may be there or timeout_ms have passed. */
    void (*wait)(void *context, int timeout_ms);
    /* done: carried out; else refused with the reason in text (NULL: none). Every command taken is answered
     * once, at once or later and in any order. Never waits. */
    void (*answer)(void *context, const yd_command *command, bool done, const char *text);
} yd_command_port;
