#include "base/allocation.h"
#include <errno.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

#if defined(YD_DEBUG) && !defined(SANITIZED)

/* The executable's malloc takes the place of libc's for every library; libc's own names do the work. Only
 * calls from the program itself are counted: oneDNN's execute makes small maps of its arguments with each
 * call, which its C interface gives no way to avoid. */
static _Thread_local uint64_t count;
extern const char __executable_start[], etext[];

static void note(const void *caller)
{
    if ((uintptr_t)caller >= (uintptr_t)__executable_start && (uintptr_t)caller < (uintptr_t)etext) count++;
}

#define EXPORTED __attribute__((visibility("default")))
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
EXPORTED void *malloc(size_t size);
EXPORTED void *calloc(size_t number, size_t size);
EXPORTED void *realloc(void *memory, size_t size);
EXPORTED void *memalign(size_t alignment, size_t size);
EXPORTED void *aligned_alloc(size_t alignment, size_t size);
EXPORTED int posix_memalign(void **memory, size_t alignment, size_t size);

void *malloc(size_t size)
{
    note(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    note(__builtin_return_address(0));
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
    note(__builtin_return_address(0));
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    note(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    note(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    note(__builtin_return_address(0));
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

bool yd_allocations_counted(void)
{
    return true;
}

uint64_t yd_allocations(void)
{
    return count;
}

#else

bool yd_allocations_counted(void)
{
    return false;
}

uint64_t yd_allocations(void)
{
    return 0;
}

#endif
