#include "event/spsc.h"
#include "base/arena.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Counts of all elements ever pushed and popped, each written by one side alone; they wrap without harm. On
 * lines of their own, so that the sides do not take turns at one line. */
struct yd_spsc {
    _Alignas(64) _Atomic size_t pushed;
    _Alignas(64) _Atomic size_t popped;
    _Alignas(64) size_t capacity;
    size_t size;
    char *elements;
};

yd_spsc *yd_spsc_create(size_t capacity, size_t element_size)
{
    yd_spsc *queue = yd_block_alloc(sizeof *queue);
    size_t bytes = yd_mul_size(capacity, element_size);
    char *elements = bytes ? malloc(bytes) : NULL;
    if (!queue || !elements) {
        free(elements);
        yd_block_free(queue, sizeof *queue);
        return NULL;
    }
    queue->capacity = capacity;
    queue->size = element_size;
    queue->elements = elements;
    return queue;
}

void yd_spsc_destroy(yd_spsc *queue)
{
    if (!queue) return;
    free(queue->elements);
    yd_block_free(queue, sizeof *queue);
}

bool yd_spsc_push(yd_spsc *queue, const void *element)
{
    size_t pushed = atomic_load_explicit(&queue->pushed, memory_order_relaxed); /* our own */
    /* Acquire, with the release in pop: what was read out of the place is read before we overwrite it. */
    if (pushed - atomic_load_explicit(&queue->popped, memory_order_acquire) == queue->capacity) return false;
    memcpy(queue->elements + (pushed & (queue->capacity - 1)) * queue->size, element, queue->size);
    /* Release, with the acquire in pop: who sees the count sees the element. */
    atomic_store_explicit(&queue->pushed, pushed + 1, memory_order_release);
    return true;
}

bool yd_spsc_pop(yd_spsc *queue, void *element)
{
    size_t popped = atomic_load_explicit(&queue->popped, memory_order_relaxed); /* our own */
    if (atomic_load_explicit(&queue->pushed, memory_order_acquire) == popped) return false;
    memcpy(element, queue->elements + (popped & (queue->capacity - 1)) * queue->size, queue->size);
    atomic_store_explicit(&queue->popped, popped + 1, memory_order_release);
    return true;
}

bool yd_spsc_empty(const yd_spsc *queue)
{
    size_t popped = atomic_load_explicit(&queue->popped, memory_order_relaxed);
    return atomic_load_explicit(&queue->pushed, memory_order_acquire) == popped;
}
