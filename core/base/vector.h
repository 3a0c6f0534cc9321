/* A growing array of fixed-size elements. Zero-initialise with .size = sizeof(element). */
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct yd_vector {
    void *data;
    size_t count, capacity, size;
} yd_vector;

/* Appends a copy of *element and returns its place; NULL when memory is out. */
void *yd_vector_push(yd_vector *vector, const void *element);
bool yd_vector_reserve(yd_vector *vector, size_t count);
void yd_vector_free(yd_vector *vector);
#define YD_AT(type, vector, index) (((type *)(vector)->data)[index])
