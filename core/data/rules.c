#include "data/rules.h"

const yd_data_rules yd_data_rules_v7 = {
    .polygon_tokens = 6,
    .drop_duplicates = true,
    .keep_unended_jpeg = true,
    .shuffle = true,
    .shuffle_tiles = true,
    .label_margin = 1e-3,
    .close_polygons = true,
    .paste_by_mask = true,
    .aspect_limit = 100,
};

const yd_data_rules yd_data_rules_seed = {
    .polygon_tokens = 8,
    .dot_slash_anywhere = true,
    .aspect_limit = 20,
};
