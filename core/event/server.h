/* The engine's side of a live run: RUN/live, the socket, and commands on their way to the training thread. Of
 * several consoles one steers, the commands of the others are refused; scripts always may (message.h). A
 * client can be slow, dead or hostile: it is dropped, and nobody waits for it. */
#pragma once
#include "base/error.h"
#include "event/port.h"
#include "event/ring.h"

typedef struct yd_server yd_server;

/* Makes the socket in the user's own directory, writes RUN/live and starts the server thread. The ring must
 * outlive the server. */
yd_status yd_server_start(const char *run_folder, yd_ring *ring, yd_server **server, yd_error *error);
/* Takes the next command (training thread, lock-free); false where there is none. */
bool yd_server_take(yd_server *server, yd_command *command);
/* Sleeps until a command may be there or timeout_ms have passed (a paused run waits here; training thread).
 */
void yd_server_wait(yd_server *server, int timeout_ms);
/* Readable when a command may be there, until yd_server_wait has found none: for poll. */
int yd_server_descriptor(const yd_server *server);
/* done: carried out; else refused with the reason in text (NULL: none). Every command taken is answered once,
 * by the training thread, at once or later and in any order. Never waits. */
void yd_server_answer(yd_server *server, const yd_command *command, bool done, const char *text);
/* The three above as a port. */
yd_command_port yd_server_port(yd_server *server);
int yd_server_clients(const yd_server *server);
/* Refuses the commands that were not taken, closes (clients can still read what is published), removes socket
 * and RUN/live. After the last use by the training thread. */
void yd_server_stop(yd_server *server);
