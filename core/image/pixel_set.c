#include "image/pixel_set.h"
#include "image/pixel_sets.h"

int yd_pixel_list(const yd_pixel_set *list[4])
{
    int count = 0;
    list[count++] = &yd_pixel_plain;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) list[count++] = &yd_pixel_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vbmi"))
        list[count++] = &yd_pixel_avx512;
#endif
    return count;
}

const yd_pixel_set *yd_pixel_choose(void)
{
    const yd_pixel_set *list[4];
    return list[yd_pixel_list(list) - 1];
}
