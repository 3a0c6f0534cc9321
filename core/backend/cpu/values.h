/* Whole values: the image's way in, sums of views, a value's way out. All as backend.h says. */
#pragma once
#include "backend/cpu/device.h"

void yd_values_load_bytes(yd_device *device, const uint8_t *images, const yd_view *view);
void yd_values_load_floats(yd_device *device, const float *images, const yd_view *view);
void yd_values_sum(yd_device *device, const yd_view *views, int count, const yd_view *out);
void yd_values_read(yd_device *device, const yd_view *view, const yd_channel_map *map, double *plain);
void yd_values_write(yd_device *device, const double *plain, const yd_channel_map *map, const yd_view *view);
