#include "image/webp_decode.h"
#include <webp/decode.h>

static const char *reason_of(VP8StatusCode status)
{
    static const char *const reasons[] = {
        [VP8_STATUS_OK] = "broken data",
        [VP8_STATUS_OUT_OF_MEMORY] = "no memory for its decoder",
        [VP8_STATUS_INVALID_PARAM] = "a wrong size",
        [VP8_STATUS_BITSTREAM_ERROR] = "broken data",
        [VP8_STATUS_UNSUPPORTED_FEATURE] = "a feature that libwebp does not have",
        [VP8_STATUS_SUSPENDED] = "truncated",
        [VP8_STATUS_USER_ABORT] = "broken data",
        [VP8_STATUS_NOT_ENOUGH_DATA] = "truncated",
    };
    return (size_t)status < sizeof reasons / sizeof *reasons ? reasons[status] : "broken data";
}

const char *yd_webp_probe(const uint8_t *data, size_t length, int *width, int *height)
{
    WebPBitstreamFeatures features;
    VP8StatusCode status = WebPGetFeatures(data, length, &features);
    if (status != VP8_STATUS_OK) return reason_of(status);
    if (features.has_animation) return "an animation";
    *width = features.width;
    *height = features.height;
    return NULL;
}

yd_status yd_webp_decode(const uint8_t *data, size_t length, const char *name, yd_image *image,
                         yd_error *error)
{
    *image = (yd_image){0};
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return yd_fail(error, YD_ERR_UNSUPPORTED, "libwebp is of another version");
    VP8StatusCode status = WebPGetFeatures(data, length, &config.input);
    if (status == VP8_STATUS_OK) {
        YD_TRY(yd_image_create(config.input.width, config.input.height, image, error));
        config.output.colorspace = MODE_RGB;
        config.output.is_external_memory = 1;
        config.output.u.RGBA.rgba = image->pixels;
        config.output.u.RGBA.stride = image->width * 3;
        config.output.u.RGBA.size = yd_image_bytes(image);
        status = WebPDecode(data, length, &config);
        WebPFreeDecBuffer(&config.output);
    }
    if (status == VP8_STATUS_OK) return YD_OK;
    yd_image_free(image);
    return yd_fail(error, status == VP8_STATUS_OUT_OF_MEMORY ? YD_ERR_MEMORY : YD_ERR_FORMAT,
                   "%s: a broken WebP: %s", name, reason_of(status));
}
