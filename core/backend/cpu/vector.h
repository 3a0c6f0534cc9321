/* Our own vector code. One source (vector_kernels.inc) is compiled for each instruction set; which one runs
 * is chosen when the device opens. Vectors run across the channels of a block, so that every set adds in the
 * same order: all give the same bits.
 *
 * A plane is one block of channels of one image, [pixels][block]. */
#pragma once
#include "backend/backend.h"

enum { YD_MAX_BLOCK = 16, YD_MOST_TERMS = 16 };

/* Statistics of one plane, or of several combined: for each channel the mean and the sum of squared distances
 * from it. */
typedef struct yd_moments {
    double count, mean[YD_MAX_BLOCK], m2[YD_MAX_BLOCK];
} yd_moments;

/* Norm and activation of one block of channels, each array [block]: u = (z - mean) * scale + shift, y =
 * act(u). Backward: g = dy * act'(u), dz = scale * (g - c1 - (z - mean) * c2). */
typedef struct yd_norm_lanes {
    const float *mean, *scale, *shift, *c1, *c2;
    yd_activation activation;
    float slope;
} yd_norm_lanes;

typedef struct yd_norm_sums {
    double g[YD_MAX_BLOCK], gz[YD_MAX_BLOCK]; /* sums of g and of g * (z - mean) */
} yd_norm_sums;

/* The numbers of yd_sgd as float. */
typedef struct yd_sgd_step {
    float lr, momentum, weight_decay, scale;
    bool first;
} yd_sgd_step;

/* The numbers of yd_adam as float. p *= shrink; g = scale * gradient + weight_decay * p; mean = keep1 * mean
 * + take1 * g; square = keep2 * square + take2 * g * g; p -= rate * mean / (sqrt(square) / root + epsilon).
 * Either shrink is 1 or weight_decay is 0. */
typedef struct yd_adam_step {
    float rate, root, keep1, take1, keep2, take2, epsilon, shrink, weight_decay, scale;
} yd_adam_step;

/* Windows of k x k pixels of a plane, stride pixels apart, the first of them pad pixels outside. */
typedef struct yd_windows {
    int height, width, out_height, out_width, k, stride, pad;
} yd_windows;

/* A row (or column) of a resized plane: (1 - share) of row first and share of row second. */
typedef struct yd_plane_tap {
    int first, second;
    float share;
} yd_plane_tap;
typedef struct yd_plane_resize {
    int height, width, out_height, out_width;
    const yd_plane_tap *rows, *columns; /* [out_height], [out_width] */
} yd_plane_resize;

/* Kernels over planes of one type of element: float32, or bf16 (each the upper half of a float32, in a
 * uint16_t), from which sums are taken and to which results are rounded, while all is computed in float32. */
typedef struct yd_plane_kernels {
    void (*moments)(const void *z, size_t pixels, yd_moments *moments);
    void (*norm_forward)(const yd_norm_lanes *lanes, const void *z, size_t pixels, void *y);
    /* dy: count planes, added in this order. keep: NULL, or where g is written (norm_backward with NONE as
     * activation then takes it for dy, and need not compute it again). */
    void (*norm_sums)(const yd_norm_lanes *lanes, const void *z, const void *const *dy, int count,
                      size_t pixels, void *keep, yd_norm_sums *sums);
    void (*norm_backward)(const yd_norm_lanes *lanes, const void *z, const void *const *dy, int count,
                          size_t pixels, void *dz);

    /* index: dy * k + dx of the first maximum in the window, row by row; NULL where it is not wanted. rows:
     * scratch of 2 * height * out_width * block floats. */
    void (*max_pool)(const yd_windows *windows, const void *x, void *y, uint8_t *index, float *rows);
    /* winner: what max_pool wrote. offset[k * k]: from the first element of a window to one of its elements,
     * in elements. rows: scratch of (height * width + out_height * out_width) * block floats. */
    void (*max_pool_backward)(const yd_windows *windows, const void *const *dy, int count,
                              const uint8_t *winner, const int *offset, float *rows, void *dx);
    void (*upsample)(const void *x, int height, int width, void *y); /* [h, w] -> [2h, 2w] */
    void (*upsample_sums)(const void *const *dy, int count, int height, int width,
                          void *dx); /* [2h, 2w] -> [h, w] */
    /* The same to any size. rows: scratch of height * width * block floats. */
    void (*resize)(const yd_plane_resize *resize, const void *x, void *y);
    void (*resize_sums)(const yd_plane_resize *resize, const void *const *dy, int count, float *rows,
                        void *dx);

    /* The sum of count (at most YD_MOST_TERMS) buffers of n elements, n a multiple of the block; out may be
     * one of them. */
    void (*sum)(const void *const *x, int count, size_t n, void *out);
    void (*load_bytes)(const uint8_t *bytes, size_t n, void *out); /* / 255 */
} yd_plane_kernels;

/* Where a tile lies: its first row and column, which may be outside, in a plane of height x width pixels. */
typedef struct yd_tile {
    int y, x, height, width;
} yd_tile;

/* What follows a convolution. bias: [block], or NULL. */
typedef struct yd_tile_end {
    const float *bias;
    yd_activation activation;
    float slope;
} yd_tile_end;

enum { YD_TILE = 4, YD_TILE_POINTS = 36, YD_PANEL = 16 };

/* Winograd's algorithm F(4x4, 3x3): a tile of 4 x 4 outputs, or of their gradients, and the 6 x 6 inputs that
 * it is made from become 36 numbers for each channel, step floats apart, and so do 3 x 3 taps. Their
 * products, summed over channels (or, for the gradient of the taps, over tiles), are the outputs' 36. */
typedef struct yd_winograd_kernels {
    void (*input)(const yd_tile *tile, const float *plane, float *to, size_t step); /* 6 x 6; zeros outside */
    void (*gradient)(const yd_tile *tile, const float *plane, float *to,
                     size_t step); /* 4 x 4; zeros outside */
    /* What lies outside of the plane is not written. */
    void (*output)(const yd_tile *tile, const float *from, size_t step, const yd_tile_end *end, float *plane);
    /* One vector for each tap, block * block floats apart; turned: the last one first. */
    void (*taps)(const float *from, bool turned, float *to, size_t step);
    void (*taps_gradient)(const float *from, size_t step, float *to);
    /* c [rows][columns] = a [rows][inner] b; b lies in panels: [columns / PANEL][inner][PANEL]. */
    void (*product)(const float *a, size_t rows, size_t inner, const float *b, size_t columns, float *c);
    /* PANEL columns from panel on of c [rows][columns] = a^T b, plus what c holds where add; a [count][rows],
     * b [count][columns], rows a multiple of 4. */
    void (*outer)(const float *a, size_t rows, const float *b, size_t columns, size_t count, bool add,
                  size_t panel, float *c);
} yd_winograd_kernels;

typedef struct yd_vector {
    const char *name;
    int block; /* channels side by side in activations */
    yd_winograd_kernels winograd;
    yd_plane_kernels f32, bf16;

    /* Flat passes over n floats. */
    void (*sgd)(const yd_sgd_step *step, size_t n, float *p, const float *gradient, float *momentum);
    void (*adam)(const yd_adam_step *step, size_t n, float *p, const float *gradient, float *mean,
                 float *square);
    void (*ema)(float keep, float take, size_t n, float *average, const float *p);
    void (*to_bf16)(const float *from, size_t n, void *to); /* to nearest even */
    double (*sum_squares)(size_t n, const float *x);
    void (*round_half)(size_t n, float *x);
} yd_vector;

/* The best that this processor and oneDNN agree on. */
const yd_vector *yd_vector_choose(void);
/* All that this processor can run, the plain ones first (tests). Returns how many. */
int yd_vector_list(const yd_vector *list[8]);

/* Adds b to a (Chan, Golub, LeVeque 1979). */
void yd_moments_combine(yd_moments *a, const yd_moments *b, int block);
