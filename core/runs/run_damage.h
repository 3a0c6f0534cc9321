/* Files of a run folder that are not what they should be. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Their names as "opt.yaml, weights/last.pt (cut off)" into out, "" where there are none: options and tables
 * of which lines cannot be read, weights that lack their beginning or end, folders in a file's place. Of
 * weights the first and the last bytes are looked at, of all else everything. The run is over, or rests: of
 * one that is being written a line may be half there. */
void yd_run_damage(const char *folder, char *out, size_t capacity);
