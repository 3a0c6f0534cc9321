/* A growing region: its allocations live and die together; each is 64-byte aligned and zeroed. */
#pragma once
#include <stddef.h>

typedef struct yd_arena yd_arena;

/* block: bytes asked of the system at a time (0 for a default). NULL when memory is out. */
yd_arena *yd_arena_create(size_t block);
/* NULL when memory is out or count * size overflows. */
void *yd_arena_alloc(yd_arena *arena, size_t count, size_t size);
char *yd_arena_strdup(yd_arena *arena, const char *text);
char *yd_arena_printf(yd_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Moves all that lies in other to arena, where it stays at its place, and destroys other (NULL: nothing). */
void yd_arena_adopt(yd_arena *arena, yd_arena *other);
void yd_arena_destroy(yd_arena *arena);

/* One aligned, zeroed block outside any arena (huge pages advised from 2 MiB up), for yd_block_free. */
void *yd_block_alloc(size_t bytes);
void yd_block_free(void *block, size_t bytes);

/* a * b, or aborts the addition of sizes: returns 0 where the product overflows (and neither factor is 0). */
size_t yd_mul_size(size_t a, size_t b);
