/* How often the calling thread asked for memory: debug builds count every malloc of the program itself (not
 * those inside libraries); other builds, and those of the sanitizers, which bring their own malloc, do not.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

bool yd_allocations_counted(void); /* whether this build counts */
uint64_t yd_allocations(void);     /* of this thread so far; 0 where nothing is counted */
