/* Any bytes as a picture: header, checks, and, for small pictures, the decoder behind them. */
#include "image/decode.h"
#include "image/stb_decode.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yd_image_info info;
    yd_image image;
    if (yd_image_probe(data, size, "x", &info, NULL) != YD_OK) return 0;
    if (info.orientation < 1 || info.orientation > 8) abort();
    if ((int64_t)info.width * info.height > 1 << 20) return 0;
    if (yd_image_decode(data, size, "x", &image, NULL) == YD_OK) {
        volatile uint8_t last = image.pixels[yd_image_bytes(&image) - 1]; /* the whole of it is there */
        (void)last;
    }
    yd_image_free(&image);
    if (info.format == YD_FORMAT_PNG) { /* random changes never pass the CRCs: once more without them */
        const char *reason;
        free(yd_stb_decode(data, size, &image.width, &image.height, &reason));
    }
    return 0;
}
