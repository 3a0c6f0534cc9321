#include "base/vector.h"
#include "base/arena.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool yd_vector_reserve(yd_vector *vector, size_t count)
{
    if (count <= vector->capacity) return true;
    size_t capacity = vector->capacity ? vector->capacity : 8;
    while (capacity < count) {
        if (capacity > SIZE_MAX / 2) return false;
        capacity *= 2;
    }
    size_t bytes = yd_mul_size(capacity, vector->size);
    void *data = bytes ? realloc(vector->data, bytes) : NULL;
    if (!data) return false;
    vector->data = data;
    vector->capacity = capacity;
    return true;
}

void *yd_vector_push(yd_vector *vector, const void *element)
{
    if (!yd_vector_reserve(vector, vector->count + 1)) return NULL;
    void *place = (char *)vector->data + vector->count * vector->size;
    memcpy(place, element, vector->size);
    vector->count++;
    return place;
}

void yd_vector_free(yd_vector *vector)
{
    free(vector->data);
    *vector = (yd_vector){.size = vector->size};
}
