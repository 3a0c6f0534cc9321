#include "support/layout.h"
#include "support/test.h"

void yd_check_layout(yd_sheet *sheet, const char *what)
{
    size_t count;
    const yd_area *texts = yd_sheet_texts(sheet, &count);
    yd_image image;
    REQUIRE(yd_sheet_picture(sheet, &image, NULL) == YD_OK);
    for (size_t i = 0; i < count; i++) {
        const yd_area *a = &texts[i];
        if (a->left < 0 || a->top < 0 || a->right > image.width || a->bottom > image.height)
            yd_test_fatal(__FILE__, __LINE__, "%s: text %zu reaches out of the sheet: %g %g %g %g", what, i,
                          a->left, a->top, a->right, a->bottom);
        for (size_t k = 0; k < i; k++) {
            const yd_area *b = &texts[k];
            if (a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom)
                yd_test_fatal(__FILE__, __LINE__, "%s: texts %zu and %zu overlap, at %g %g", what, k, i,
                              a->left, a->top);
        }
    }
    yd_image_free(&image);
}

yd_image yd_finish_sheet(yd_sheet *sheet)
{
    yd_image image;
    REQUIRE(yd_sheet_picture(sheet, &image, NULL) == YD_OK);
    yd_sheet_destroy(sheet);
    return image;
}
