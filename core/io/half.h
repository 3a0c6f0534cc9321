/* IEEE 754 binary16 and bfloat16, in integers alone, so that every machine gives the same bits. */
#pragma once
#include <stdint.h>
#include <string.h>

static inline float yd_bits_to_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float yd_bfloat_to_float(uint16_t bits)
{
    return yd_bits_to_float((uint32_t)bits << 16);
}

static inline float yd_half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ff;
    if (exponent == 31) return yd_bits_to_float(sign | 0x7f800000 | fraction << 13);
    if (exponent != 0) return yd_bits_to_float(sign | (exponent + 112) << 23 | fraction << 13);
    if (fraction == 0) return yd_bits_to_float(sign);
    int shift = __builtin_clz(fraction) - 21; /* brings the leading bit to bit 10 */
    return yd_bits_to_float(sign | (uint32_t)(113 - shift) << 23 | (fraction << shift & 0x3ff) << 13);
}

/* To nearest, ties to even; too large becomes infinite; a NaN stays one. */
static inline uint16_t yd_float_to_half(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* 65520 and above */
    uint32_t exponent = magnitude >> 23, drop = 13, fraction = magnitude & 0x7fffff, base = 0;
    if (exponent > 112) {
        base = (exponent - 112) << 10;
    } else { /* subnormal: the leading bit becomes explicit and more bits fall away */
        if (exponent < 102) return (uint16_t)sign;
        fraction |= 0x800000;
        drop = 126 - exponent;
    }
    uint32_t kept = fraction >> drop, rest = fraction & ((1u << drop) - 1), half = 1u << (drop - 1);
    kept += rest + (kept & 1) > half; /* no branch: which way it goes is as good as random */
    return (uint16_t)(sign |
                      (base + kept)); /* a carry out of the fraction raises the exponent, as it should */
}
