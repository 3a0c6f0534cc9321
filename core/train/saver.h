/* The writer thread: one piece of work at a time beside the training, in two parts, what reads the state of
 * the run and what only the disk has to do.
 *
 * The state is not copied: a second one of yolov5s is 90 MB, and between two optimizer steps weights, momenta
 * and averages stand still. So the work reads them where they are, and the training thread waits for it
 * before it changes them (yd_saver_wait_read) - as a rule for nothing, since a batch of forward and backward
 * passes lies in between - and for the disk never. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>

typedef struct yd_saver yd_saver;
/* Runs on the writer thread; calls yd_saver_has_read where it has read all that may change afterwards. */
typedef void yd_saver_work(void *context, yd_saver *saver);

/* Starts the thread, which calls work(context) for each yd_saver_start. MEMORY. */
yd_status yd_saver_create(yd_saver_work *work, void *context, yd_saver **saver, yd_error *error);
void yd_saver_destroy(yd_saver *saver); /* when the work under way is done; NULL is fine */

void yd_saver_has_read(yd_saver *saver); /* by the work */

/* By the training thread. What the work leaves in its context may be looked at from yd_saver_take on, until
 * the next start. */
void yd_saver_start(yd_saver *saver); /* none under way: the last one was taken */
void yd_saver_wait_read(yd_saver *saver);
/* Appends text to the file at path, whole lines at once, before any work that is started later; a file that
 * cannot be written costs a warning. Takes the text, which is empty then. Never waits for the disk. */
void yd_saver_append(yd_saver *saver, const char *path, yd_text *text);
/* Waits until all of that is written. */
void yd_saver_flush(yd_saver *saver);
/* True, once, when the work that was started is done; wait: returns only then, false where none was started.
 */
bool yd_saver_take(yd_saver *saver, bool wait);
