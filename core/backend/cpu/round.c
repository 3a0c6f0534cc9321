#include "backend/cpu/round.h"

#if defined(__x86_64__)
/* only called where the processor has more than that: bf16 */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))),                  \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")
#endif
#endif

enum { LANES = 16, PAIRS = LANES / 2 };
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef float vf __attribute__((vector_size(4 * LANES)));
typedef float vf_memory __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef uint16_t vh_memory __attribute__((vector_size(2 * LANES), aligned(2), may_alias));
typedef uint32_t vu_memory __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

/* Sixteen numbers rounded; each is the upper half of its lane. NaN stays NaN. */
INLINE vu rounded(const float *from, vf scale)
{
    const vu bits = (vu)(*(const vf_memory *)from * scale);
    const vu nan = (vu)((bits & 0x7fffffffu) > 0x7f800000u);
    return (~nan & (bits + 0x7fffu + ((bits >> 16) & 1))) | (nan & (bits | 0x400000u));
}

/* In each lane: low's number, then high's. */
INLINE vu paired(vu low, vu high)
{
    return (low >> 16) | (high & 0xffff0000u);
}

INLINE void store(uint16_t *to, vu v)
{
    *(vu_memory *)(void *)to = v;
}

/* rows: of inputs, each lane an output; D: pairs of outputs side by side in rows i and i + 8; then a
 * transposition of 8 x 8 pairs in either half. */
INLINE void store_transposed(const vu rows[LANES], uint16_t *to)
{
    vu a[PAIRS], b[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        const vu even = __builtin_shufflevector(rows[i], rows[i + PAIRS], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18,
                                                20, 22, 24, 26, 28, 30);
        const vu odd = __builtin_shufflevector(rows[i], rows[i + PAIRS], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19,
                                               21, 23, 25, 27, 29, 31);
        a[i] = paired(even, odd);
    }
    for (int i = 0; i < PAIRS; i += 2) { /* 2 x 2 */
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14,
                                       30);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29,
                                           15, 31);
    }
    for (int i = 0; i < PAIRS; i += 4) /* 4 x 4 */
        for (int k = i; k < i + 2; k++) {
            a[k] = __builtin_shufflevector(b[k], b[k + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13,
                                           28, 29);
            a[k + 2] = __builtin_shufflevector(b[k], b[k + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14,
                                               15, 30, 31);
        }
    for (int k = 0; k < 4; k++) { /* 8 x 8 */
        store(to + k * 2 * LANES, __builtin_shufflevector(a[k], a[k + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9,
                                                          10, 11, 24, 25, 26, 27));
        store(to + (k + 4) * 2 * LANES, __builtin_shufflevector(a[k], a[k + 4], 4, 5, 6, 7, 20, 21, 22, 23,
                                                                12, 13, 14, 15, 28, 29, 30, 31));
    }
}

/* One block of inputs by outputs, [16i][16o]. */
static void round_block(const float *from, vf scale, uint16_t *forward, uint16_t *data)
{
    vu rows[LANES];
    for (int i = 0; i < LANES; i++) rows[i] = rounded(from + i * LANES, scale);
    for (int i = 0; i < PAIRS; i++) store(forward + i * 2 * LANES, paired(rows[2 * i], rows[2 * i + 1]));
    if (data) store_transposed(rows, data);
}

/* Inputs of the image at one place, [in][16o]; behind an odd number zeros. */
static void round_image(const float *from, int in, vf scale, uint16_t *forward)
{
    for (int i = 0; i < in; i += 2) {
        const vu low = rounded(from + i * LANES, scale),
                 high = i + 1 < in ? rounded(from + (i + 1) * LANES, scale) : (vu){0};
        store(forward + i * LANES, paired(low, high));
    }
}

static void round_lanes(const float *from, vf scale, uint16_t *forward)
{
    *(vh_memory *)forward = __builtin_convertvector(rounded(from, scale) >> 16, vh_memory);
}

void yd_weight_round(const yd_weight_layout *master, int block, const float *from, const float *scale,
                     uint16_t *forward, uint16_t *data)
{
    const yd_weight_layout f = yd_weight_for_forward(master, YD_BF16),
                           d = yd_weight_for_data(master, YD_BF16);
    vf factor = 1.0f - (vf){0};
    if (scale) factor = *(const vf_memory *)scale;
    const int out = block * LANES, in = master->form == YD_FORM_IN_OUT ? master->in : 1;
    for (int i = 0; i < in; i += LANES)
        for (int y = 0; y < master->kernel_h; y++)
            for (int x = 0; x < master->kernel_w; x++) {
                const float *at = from + yd_weight_offset(master, out, i, y, x);
                uint16_t *to = forward + yd_weight_offset(&f, out, i, y, x);
                if (master->form == YD_FORM_IN_OUT)
                    round_block(at, factor, to, data ? data + yd_weight_offset(&d, out, i, y, x) : NULL);
                else if (master->form == YD_FORM_IMAGE)
                    round_image(at, master->in, factor, to);
                else
                    round_lanes(at, factor, to);
            }
}

#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute pop
#endif
