/* What an exact resume needs, as an entry of a checkpoint's dictionary:
 *     "yolodeck": {"version": 1, "values": {name: tensor, …}, "average": {…}, "momenta": {…}, "state": {key:
 * value, …}}, and "squares" where the optimizer is Adam or AdamW. Tensors are float32, counters int64; the
 * values of the state are ints, floats, texts and lists of floats. PyTorch reads it as what it is, plain
 * dictionaries. */
#pragma once
#include "io/pickle_writer.h"
#include "io/pt.h"
#include "io/resume_state.h"

#define YD_RESUME_KEY "yolodeck"
enum { YD_RESUME_VERSION = 1 };

void yd_resume_put_pickle(const yd_resume_state *state, yd_pickle_writer *writer);

/* The entry of an open file. FORMAT where there is none (the message says whether the file was stripped) or
 * where it is of another version. */
yd_status yd_resume_find(const yd_pt *pt, const yd_pickle_node **entry, yd_error *error);
/* One of its dictionaries of tensors, by its key. */
yd_status yd_resume_find_set(const yd_pt *pt, const yd_pickle_node *entry, const char *key,
                             const yd_pickle_node **set, yd_error *error);
/* Its trainer's part; the caller destroys *state. */
yd_status yd_resume_read_state(const yd_pt *pt, const yd_pickle_node *entry, yd_resume_state **state,
                               yd_error *error);
