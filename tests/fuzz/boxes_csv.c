/* Any bytes as a list of boxes: what is read can be drawn, on a picture of any size. */
#include "base/file.h"
#include "image/boxes.h"
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    yd_vector boxes = {.size = sizeof(yd_box)};
    yd_image image;
    snprintf(path, sizeof path, "/tmp/yolodeck-fuzz-boxes-%d", (int)getpid());
    if (yd_file_write(path, data, size, NULL) != YD_OK) return 0;
    if (yd_boxes_read(path, 1000, &boxes, NULL) == YD_OK && yd_image_create(33, 21, &image, NULL) == YD_OK) {
        const yd_boxes_look look = {
            .x = -3, .y = 5, .scale_x = 0.3, .scale_y = 7, .thickness = 2, .text_size = 9};
        yd_boxes_draw(&image, boxes.data, boxes.count, &look, NULL);
        yd_image_free(&image);
    }
    yd_vector_free(&boxes);
    unlink(path);
    return 0;
}
