/* The names of the scalars of a run, and what the steps of a scalar count. */
#pragma once
#include <stddef.h>

typedef enum yd_tag {
#define YD_TAG(enumerator, domain, name) YD_TAG_##enumerator,
#include "series/tags.def"
#undef YD_TAG
    YD_TAG_COUNT
} yd_tag;

/* What the steps of a series count; of a series that nobody here has named, it is not known. */
typedef enum yd_step_domain { YD_STEP_UNKNOWN, YD_STEP_EPOCH, YD_STEP_BATCH } yd_step_domain;

const char *yd_tag_name(yd_tag tag);
/* By the table; beyond it whatever begins with "step/" or "tweak/" counts batches. */
yd_step_domain yd_tag_domain(const char *name);
