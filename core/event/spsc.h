/* A bounded queue between one producer thread and one consumer thread; neither ever waits. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct yd_spsc yd_spsc;

/* capacity: a power of two. NULL when memory is out. */
yd_spsc *yd_spsc_create(size_t capacity, size_t element_size);
void yd_spsc_destroy(yd_spsc *queue);
/* False where the queue is full. */
bool yd_spsc_push(yd_spsc *queue, const void *element);
/* False where the queue is empty. */
bool yd_spsc_pop(yd_spsc *queue, void *element);
bool yd_spsc_empty(const yd_spsc *queue); /* for the consumer */
