/* Writes Python pickles of protocol 2, opcode by opcode, and trees that pickle.h read. Texts and globals that
 * come again are taken from the memo, as Python's pickler does. (training.md, 10.3, 10.6) */
#pragma once
#include "base/text.h"
#include "io/pickle.h"

typedef struct yd_pickle_writer yd_pickle_writer;

/* NULL when memory is out. */
yd_pickle_writer *yd_pickle_writer_create(void);
void yd_pickle_writer_destroy(yd_pickle_writer *writer);

/* Each puts one object on the reader's stack. */
void yd_pickle_put_none(yd_pickle_writer *writer);
void yd_pickle_put_bool(yd_pickle_writer *writer, bool value);
void yd_pickle_put_int(yd_pickle_writer *writer, int64_t value);
void yd_pickle_put_float(yd_pickle_writer *writer, double value);
void yd_pickle_put_text(yd_pickle_writer *writer, const char *text); /* UTF-8 */
void yd_pickle_put_bytes(yd_pickle_writer *writer, const void *bytes, size_t length);
void yd_pickle_put_global(yd_pickle_writer *writer, const char *module, const char *name);
void yd_pickle_put_empty(yd_pickle_writer *writer, yd_pickle_kind kind); /* TUPLE, LIST or DICT */
void yd_pickle_put_ordered_dict(yd_pickle_writer *writer);               /* empty */

/* begin, the items, then one end: a tuple of them; into the list or the dict below. */
void yd_pickle_put_begin(yd_pickle_writer *writer);
void yd_pickle_put_end_tuple(yd_pickle_writer *writer);
void yd_pickle_put_end_list(yd_pickle_writer *writer);
void yd_pickle_put_end_dict(yd_pickle_writer *writer);

void yd_pickle_put_call(yd_pickle_writer *writer);       /* callable, tuple: its result */
void yd_pickle_put_instance(yd_pickle_writer *writer);   /* class, tuple: an instance */
void yd_pickle_put_build(yd_pickle_writer *writer);      /* object, state: the object with its state */
void yd_pickle_put_persistent(yd_pickle_writer *writer); /* id: what it stands for */

/* Keeps the object on top for later; back again. */
uint32_t yd_pickle_put_keep(yd_pickle_writer *writer);
void yd_pickle_put_kept(yd_pickle_writer *writer, uint32_t place);

/* A tree as it was read. Shared nodes stay shared (their memo fields are overwritten). persistent writes what
 * stands for a PERSISTENT. FORMAT where it is deeper than 200. */
typedef yd_status yd_pickle_put_persistent_function(void *context, yd_pickle_writer *writer,
                                                    const yd_pickle_node *node, yd_error *error);
yd_status yd_pickle_put_tree(yd_pickle_writer *writer, yd_pickle_node *node,
                             yd_pickle_put_persistent_function *persistent, void *context, yd_error *error);

/* Ends the pickle: its bytes, owned by the writer. MEMORY where it ran out anywhere on the way. */
yd_status yd_pickle_writer_finish(yd_pickle_writer *writer, const char **bytes, size_t *length,
                                  yd_error *error);
