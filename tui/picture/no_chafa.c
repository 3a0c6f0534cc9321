#include "tui/picture/chafa.h"

static const char advice[] =
    "the program was built without libchafa, which draws sixels, and characters without "
    "UTF-8 or 256 colours (Debian: install libchafa-dev and libglib2.0-dev, then build again)";

const char *yd_chafa_version(void)
{
    return NULL;
}

yd_status yd_chafa_cells(const yd_image *image, int columns, int rows, int colours, bool unicode,
                         yd_text *out, yd_error *error)
{
    (void)image, (void)columns, (void)rows, (void)colours, (void)unicode, (void)out;
    return yd_fail(error, YD_ERR_UNSUPPORTED, "%s", advice);
}

yd_status yd_chafa_sixel(const yd_image *image, yd_text *out, yd_error *error)
{
    (void)image, (void)out;
    return yd_fail(error, YD_ERR_UNSUPPORTED, "%s", advice);
}
