#include "base/arena.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, DEFAULT_BLOCK = 64 * 1024 };
static const size_t huge_page = (size_t)2 << 20;

typedef struct block {
    struct block *next;
    size_t size, used; /* bytes, this header included */
} block;

struct yd_arena {
    block *blocks; /* the newest first: the only one that is still filled */
    size_t block_size;
};

size_t yd_mul_size(size_t a, size_t b)
{
    size_t product;
    return __builtin_mul_overflow(a, b, &product) ? 0 : product;
}

/* Rounds up to a multiple of a power of two; 0 on overflow. */
static size_t round_up(size_t bytes, size_t unit)
{
    return bytes > SIZE_MAX - (unit - 1) ? 0 : (bytes + unit - 1) & ~(unit - 1);
}

/* Maps one huge page more than needed and gives the ends back, so that huge pages can be used from the start
 * on. */
static void *map_huge(size_t bytes)
{
    size_t length = round_up(bytes, huge_page);
    if (!length || length > SIZE_MAX - huge_page) return NULL;
    char *start = mmap(NULL, length + huge_page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) return NULL;
    size_t skip = (huge_page - ((uintptr_t)start & (huge_page - 1))) & (huge_page - 1);
    if (skip) munmap(start, skip);
    munmap(start + skip + length, huge_page - skip);
    madvise(start + skip, length, MADV_HUGEPAGE); /* advice: the memory is as good without */
    return start + skip;
}

void *yd_block_alloc(size_t bytes)
{
    if (bytes >= huge_page) return map_huge(bytes);
    size_t length = round_up(bytes ? bytes : 1, ALIGNMENT);
    void *memory = aligned_alloc(ALIGNMENT, length);
    return memory ? memset(memory, 0, length) : NULL;
}

void yd_block_free(void *memory, size_t bytes)
{
    if (!memory) return;
    if (bytes >= huge_page)
        munmap(memory, round_up(bytes, huge_page));
    else
        free(memory);
}

yd_arena *yd_arena_create(size_t block_size)
{
    yd_arena *arena = calloc(1, sizeof *arena);
    if (arena) arena->block_size = block_size ? block_size : DEFAULT_BLOCK;
    return arena;
}

static block *add_block(yd_arena *arena, size_t wanted)
{
    if (wanted > SIZE_MAX - ALIGNMENT) return NULL;
    size_t size = wanted + ALIGNMENT > arena->block_size ? wanted + ALIGNMENT : arena->block_size;
    block *fresh = yd_block_alloc(size);
    if (!fresh) return NULL;
    *fresh = (block){.next = arena->blocks, .size = size, .used = ALIGNMENT};
    arena->blocks = fresh;
    return fresh;
}

void *yd_arena_alloc(yd_arena *arena, size_t count, size_t size)
{
    size_t bytes = yd_mul_size(count, size);
    if (!bytes && count && size) return NULL;
    bytes = round_up(bytes ? bytes : 1, ALIGNMENT);
    if (!bytes) return NULL;
    block *current = arena->blocks;
    if (!current || current->size - current->used < bytes) current = add_block(arena, bytes);
    if (!current) return NULL;
    void *memory = (char *)current + current->used;
    current->used += bytes;
    return memory;
}

char *yd_arena_strdup(yd_arena *arena, const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = yd_arena_alloc(arena, length, 1);
    return copy ? memcpy(copy, text, length) : NULL;
}

char *yd_arena_printf(yd_arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : yd_arena_alloc(arena, (size_t)length + 1, 1);
    if (text) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void yd_arena_adopt(yd_arena *arena, yd_arena *other)
{
    block *oldest = other ? other->blocks : NULL;
    while (oldest && oldest->next) oldest = oldest->next;
    if (oldest) {
        /* behind the newest, which is still filled */
        block **place = arena->blocks ? &arena->blocks->next : &arena->blocks;
        oldest->next = *place;
        *place = other->blocks;
    }
    free(other);
}

void yd_arena_destroy(yd_arena *arena)
{
    if (!arena) return;
    for (block *next, *current = arena->blocks; current; current = next) {
        next = current->next;
        yd_block_free(current, current->size);
    }
    free(arena);
}
