/* PyTorch's own files without Python: the container (zip, or the stream of before 1.6), its pickle as data,
 * and the tensors in it. (training.md, 10.1 to 10.4, 10.7) */
#pragma once
#include "io/pickle.h"

typedef enum yd_pt_type {
    YD_PT_F16,
    YD_PT_BF16,
    YD_PT_F32,
    YD_PT_F64,
    YD_PT_I8,
    YD_PT_I16,
    YD_PT_I32,
    YD_PT_I64,
    YD_PT_U8,
    YD_PT_BOOL
} yd_pt_type;

/* A view of one storage; checked to lie within it. */
typedef struct yd_pt_tensor {
    int storage; /* index */
    yd_pt_type type;
    int rank, dims[8];
    size_t offset, strides[8], elements; /* in elements */
} yd_pt_tensor;

typedef struct yd_pt yd_pt;

/* FORMAT, naming the file and what is wrong, for anything else than a sound file of PyTorch's; IO where the
 * system refuses. */
yd_status yd_pt_open(const char *path, yd_pt **pt, yd_error *error);
/* The same of bytes in memory, which must outlive it. */
yd_status yd_pt_open_memory(const void *bytes, size_t length, const char *label, yd_pt **pt, yd_error *error);
void yd_pt_close(yd_pt *pt);

yd_pickle_node *yd_pt_root(const yd_pt *pt); /* valid until the file is closed */
const char *yd_pt_label(const yd_pt *pt);    /* the path */

bool yd_pt_is_tensor(const yd_pickle_node *node); /* a tensor or a parameter */
/* name: of the tensor, for messages. FORMAT where the view leaves its storage, or where all the views that
 * were asked for are so much larger than their storages that only an attack explains it. */
yd_status yd_pt_tensor_of(yd_pt *pt, const yd_pickle_node *node, const char *name, yd_pt_tensor *tensor,
                          yd_error *error);
bool yd_pt_is_integer(yd_pt_type type);
/* The elements in row-major order. */
yd_status yd_pt_floats(yd_pt *pt, const yd_pt_tensor *tensor, float *out, yd_error *error);
yd_status yd_pt_doubles(yd_pt *pt, const yd_pt_tensor *tensor, double *out, yd_error *error);
yd_status yd_pt_integers(yd_pt *pt, const yd_pt_tensor *tensor, int64_t *out, yd_error *error);

/* A whole storage as it stands in the file; the bytes are valid until the next one is asked for. */
yd_status yd_pt_storage(yd_pt *pt, int storage, const unsigned char **bytes, size_t *length, yd_error *error);
/* The storage that a PERSISTENT names; -1 where it names none. */
int yd_pt_storage_of(const yd_pt *pt, const yd_pickle_node *persistent);
int yd_pt_storage_count(const yd_pt *pt);
