/* Any bytes as a label file, under both generations' rules. */
#include "data/labels.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const yd_data_rules *rules[] = {&yd_data_rules_v7, &yd_data_rules_seed};
    for (int i = 0; i < 2; i++) {
        yd_arena *arena = yd_arena_create(4096);
        yd_labels labels;
        yd_status status = yd_labels_parse((const char *)data, size, "x.txt", rules[i], arena, &labels, NULL);
        for (int k = 0; status == YD_OK && k < labels.count * 5; k++)
            if (!(labels.rows[k] >= 0 && (k % 5 == 0 || labels.rows[k] <= 1))) abort();
        yd_arena_destroy(arena);
    }
    return 0;
}
