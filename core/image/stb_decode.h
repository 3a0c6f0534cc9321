/* stb_image, behind one function. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* JPEG, PNG or BMP to RGB, 8 bits a sample, not yet turned upright. The result is freed with free(). NULL,
 * with the reason in *reason, on failure. The caller has checked the header: see jpeg_check.h and
 * png_check.h. */
uint8_t *yd_stb_decode(const uint8_t *data, size_t length, int *width, int *height, const char **reason);
