/* From a picture file to a print: the work of the darkroom's thread, without the thread. */
#pragma once
#include "tui/picture/darkroom.h"

/* Decoded pictures, the last ones used. Zero-initialise. */
typedef struct yd_negatives {
    yd_vector entries;
    size_t bytes;
    uint64_t uses;
} yd_negatives;
void yd_negatives_free(yd_negatives *negatives);

/* Fills *copy, whose print (if there is one) has one holder. STOPPED where it was cancelled; any other error
 * is in the copy's message. */
yd_status yd_develop(yd_negatives *negatives, const char *folder, const yd_order *order, uint32_t number,
                     const atomic_bool *cancelled, yd_copy *copy);
