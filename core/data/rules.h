/* What differs between the generations of YOLOv5 in reading and augmenting a data set (data_and_metrics.md,
 * 30). The presets in configs/presets name the same fields; these two hold their values for callers without a
 * preset. */
#pragma once
#include <stdbool.h>

typedef struct yd_data_rules {
    int polygon_tokens;     /* one line with more tokens than this makes the whole file a polygon file */
    bool drop_duplicates;   /* equal rows are removed (and the rest sorted); else they condemn the file */
    bool keep_unended_jpeg; /* a JPEG that does not end in FF D9 is kept where it decodes; else it is left out
                             */
    bool dot_slash_anywhere; /* in list files every "./" is replaced, not only a leading one */
    bool shuffle;            /* a new order each epoch (never with rectangular batches) */
    bool shuffle_tiles;      /* the picture itself may be any tile of its mosaic, not only the upper left */
    bool close_polygons;     /* polygons are closed before they are resampled */
    bool paste_by_mask;      /* copy-paste copies whole pixels, not only channels above 0 */
    double label_margin;     /* boxes are clipped so many pixels inside the right and lower edge before they
                                are normalised; 0: they are not clipped */
    double aspect_limit;     /* boxes that augmentation makes thinner than this are dropped */
} yd_data_rules;

extern const yd_data_rules yd_data_rules_v7;   /* v7.0 */
extern const yd_data_rules yd_data_rules_seed; /* mid-2021 */
