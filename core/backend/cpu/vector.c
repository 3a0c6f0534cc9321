#include "backend/cpu/vector.h"
#include "backend/cpu/dnnl.h"
#include "backend/cpu/vector_sets.h"

const yd_vector *yd_vector_choose(void)
{
#if defined(__x86_64__)
    switch (yd_dnnl_isa()) {
    case YD_ISA_AVX512:
        return __builtin_cpu_supports("avx512bf16") ? &yd_vector_avx512_bf16 : &yd_vector_avx512;
    case YD_ISA_AVX2:
        return &yd_vector_avx2;
    case YD_ISA_PLAIN:
        break;
    }
#endif
    return &yd_vector_plain8;
}

int yd_vector_list(const yd_vector *list[8])
{
    int count = 0;
    list[count++] = &yd_vector_plain8;
    list[count++] = &yd_vector_plain16;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) list[count++] = &yd_vector_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        list[count++] = &yd_vector_avx512;
    if (list[count - 1] == &yd_vector_avx512 && __builtin_cpu_supports("avx512bf16"))
        list[count++] = &yd_vector_avx512_bf16;
#endif
    return count;
}

void yd_moments_combine(yd_moments *a, const yd_moments *b, int block)
{
    const double count = a->count + b->count, part = b->count / count, cross = a->count * part;
    for (int lane = 0; lane < block; lane++) {
        const double delta = b->mean[lane] - a->mean[lane];
        a->mean[lane] += delta * part;
        a->m2[lane] += b->m2[lane] + delta * delta * cross;
    }
    a->count = count;
}
