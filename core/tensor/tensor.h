/* What a tensor is to the engine: a type, a shape, and views of memory that a backend owns. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum yd_dtype { YD_F32, YD_F64, YD_BF16, YD_U8, YD_I64 } yd_dtype;
size_t yd_dtype_size(yd_dtype dtype);

/* [n, c, h, w], logical: c counts channels without padding. */
typedef struct yd_shape {
    int n, c, h, w;
} yd_shape;

/* Where the logical channels of a value lie among its physical ones (padded to the backend's block, a segment
 * for each input of a concatenation). index[c] is strictly increasing; lanes that no index names are zero,
 * always. */
typedef struct yd_channel_map {
    int count, physical;
    const int32_t *index; /* [count] */
} yd_channel_map;

/* A value's memory in the backend's own layout. image_stride counts elements from one image to the next; the
 * view is dense where that equals physical channels * h * w. A slice of a concatenation is a view that is not
 * dense. */
typedef struct yd_view {
    void *data;
    size_t image_stride;
    yd_shape shape;
    int physical; /* physical channels */
} yd_view;
