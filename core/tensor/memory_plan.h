/* Where buffers with known lifetimes lie in one arena: those that are never alive together may share bytes.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { YD_SPAN_ALIGNMENT = 64 };

/* A buffer that is written in step first and read for the last time in step last (first <= last). */
typedef struct yd_span {
    size_t bytes;
    int first, last;
    size_t offset; /* result: a multiple of YD_SPAN_ALIGNMENT */
} yd_span;

/* Gives every span its offset so that no two spans alive in the same step overlap, and *total the bytes of
 * the arena. The largest come first, each into the smallest gap that holds it between those already placed
 * that live at the same time ("greedy by size", Pisarchyk and Lee, 2020). The result depends on the input
 * alone. False where memory is out or sizes overflow. */
bool yd_memory_plan(yd_span *spans, int count, size_t *total);
