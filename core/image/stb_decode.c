#include "image/stb_decode.h"
#include "image/image.h"
#include <limits.h>
#include <stdlib.h>

/* No picture within the limits needs a larger piece than its own 16-bit RGBA; a PNG whose data inflates
 * without end does. */
#define LARGEST_PIECE ((size_t)YD_IMAGE_MAX_PIXELS * 8)

/* Zeroed, because the decoder's tables and palettes have entries that a broken file uses and nobody filled.
 */
static void *get_piece(size_t size)
{
    return size <= LARGEST_PIECE ? calloc(1, size ? size : 1) : NULL;
}

static void *resize_piece(void *piece, size_t size)
{
    return size <= LARGEST_PIECE ? realloc(piece, size ? size : 1) : NULL;
}

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS       YD_IMAGE_MAX_SIDE
#define STBI_ASSERT(condition)    ((void)0) /* a file must not be able to end the program */
#define STBI_MALLOC(size)         get_piece(size)
#define STBI_REALLOC(piece, size) resize_piece(piece, size)
#define STBI_FREE(piece)          free(piece)

/* The header is foreign code: warnings, and arithmetic that overflows harmlessly on broken files, are its
 * own. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image.h>
#pragma GCC diagnostic pop

uint8_t *yd_stb_decode(const uint8_t *data, size_t length, int *width, int *height, const char **reason)
{
    int channels;
    *reason = "larger than 2 GiB";
    if (length > INT_MAX) return NULL;
    uint8_t *pixels = stbi_load_from_memory(data, (int)length, width, height, &channels, 3);
    if (!pixels) *reason = stbi_failure_reason();
    return pixels;
}
