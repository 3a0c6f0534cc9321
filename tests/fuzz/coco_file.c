/* Any bytes as COCO's annotations: what is read is within bounds, and can be evaluated. */
#include "eval/coco_file.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    yd_arena *arena = yd_arena_create(0);
    yd_coco_file file;
    double numbers[YD_COCO_NUMBERS];
    if (yd_coco_file_parse((const char *)data, size, "fuzz", arena, &file, NULL) == YD_OK) {
        for (size_t i = 0; i < file.label_count; i++)
            YD_ASSERT(file.labels[i].image >= 0 && file.labels[i].image < file.image_count &&
                      file.labels[i].category >= 0 && file.labels[i].category < file.category_count);
        for (int i = 1; i < file.image_count; i++) YD_ASSERT(file.images[i].id > file.images[i - 1].id);
        yd_coco_detection *found = calloc(file.label_count + 1, sizeof *found);
        for (size_t i = 0; found && i < file.label_count; i++) {
            const yd_coco_label *label = &file.labels[i];
            found[i] = (yd_coco_detection){label->image, label->category, {0}, 0.5};
            for (int k = 0; k < 4; k++) found[i].box[k] = label->box[k];
        }
        const yd_coco_set set = {file.image_count,
                                 file.category_count,
                                 file.labels,
                                 file.label_count,
                                 found,
                                 found ? file.label_count : 0};
        if (file.label_count < 1000 && yd_coco_evaluate(&set, numbers, NULL) == YD_OK)
            for (int i = 0; i < YD_COCO_NUMBERS; i++)
                YD_ASSERT(numbers[i] == -1 || (numbers[i] >= 0 && numbers[i] <= 1 + 1e-9));
        free(found);
    }
    yd_arena_destroy(arena);
    return 0;
}
