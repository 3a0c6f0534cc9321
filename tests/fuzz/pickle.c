/* The pickle reader, on anything; what it accepts is written again and must read back. */
#include "io/numpy_value.h"
#include "io/pickle_writer.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static yd_status put_persistent(void *context, yd_pickle_writer *writer, const yd_pickle_node *node,
                                yd_error *error)
{
    (void)context, (void)node, (void)error;
    yd_pickle_put_text(writer, "id");
    yd_pickle_put_persistent(writer);
    return YD_OK;
}

static void write_again(yd_pickle_node *root)
{
    yd_pickle_writer *writer = yd_pickle_writer_create();
    yd_arena *arena = yd_arena_create(0);
    yd_pickle again;
    const char *bytes;
    size_t length;
    if (!writer || !arena) abort();
    if (yd_pickle_put_tree(writer, root, put_persistent, NULL, NULL) ==
        YD_OK) { /* else too deep, or a loop of tuples */
        if (yd_pickle_writer_finish(writer, &bytes, &length, NULL) != YD_OK) abort();
        if (yd_pickle_read(bytes, length, "again", arena, &again, NULL) != YD_OK || again.length != length)
            abort();
        if (again.root->kind != root->kind) abort();
    }
    yd_arena_destroy(arena);
    yd_pickle_writer_destroy(writer);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    yd_arena *arena = yd_arena_create(0);
    yd_pickle pickle;
    double number;
    if (!arena) abort();
    if (yd_pickle_read(data, size, "fuzz", arena, &pickle, NULL) == YD_OK) {
        yd_pickle_number(pickle.root, &number);
        yd_pickle_number(yd_pickle_get(pickle.root, "best_fitness"), &number);
        write_again(pickle.root);
    }
    yd_arena_destroy(arena);
    return 0;
}
