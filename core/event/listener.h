/* The listening socket of an engine, and the few socket calls that server and client share. */
#pragma once
#include "base/error.h"
#include "event/registry.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct yd_listener {
    int fd; /* -1: closed */
    char path[108];
} yd_listener;

/* In the first of the user's folders that can hold a socket. The name begins with a hash of host and boot, so
 * that what killed engines of this boot left behind can be told and is removed here. */
yd_status yd_listener_open(yd_listener *listener, const yd_live *here, yd_error *error);
/* Closes, and removes the socket. */
void yd_listener_close(yd_listener *listener);
/* A connection of the same user, not blocking; -1 and errno where there is none, EPERM where it was another
 * user's. */
int yd_listener_accept(const yd_listener *listener);

/* The process at the other end runs as our user. */
bool yd_socket_is_ours(int fd);
/* "pid 71 pts/3": the process at the other end, and its terminal where it has one; "?" where the kernel does
 * not tell (a process of another pid namespace). */
void yd_socket_peer(int fd, char *out, size_t capacity);
/* Sends one message with a descriptor. */
bool yd_socket_send_with(int fd, const void *message, size_t length, int descriptor);
/* Receives one message, at most capacity bytes, and the descriptor with it (-1: none; close-on-exec). As recv
 * otherwise. */
long yd_socket_receive_with(int fd, void *message, size_t capacity, int *descriptor);
/* Connects without waiting longer than timeout_ms; -1 and errno. */
int yd_socket_connect(const char *path, int timeout_ms);
