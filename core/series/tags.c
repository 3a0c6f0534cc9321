#include "series/tags.h"
#include <string.h>

static const struct row {
    const char *name;
    yd_step_domain domain;
} rows[YD_TAG_COUNT] = {
#define YD_TAG(enumerator, domain, name) {name, YD_STEP_##domain},
#include "series/tags.def"
#undef YD_TAG
};

const char *yd_tag_name(yd_tag tag)
{
    return rows[tag].name;
}

yd_step_domain yd_tag_domain(const char *name)
{
    if (strncmp(name, "step/", 5) == 0 || strncmp(name, "tweak/", 6) == 0) return YD_STEP_BATCH;
    for (int i = 0; i < YD_TAG_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0) return rows[i].domain;
    return YD_STEP_UNKNOWN;
}
