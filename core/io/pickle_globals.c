#include "io/pickle_globals.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *text;
    yd_global_kind kind;
} known[] = {
#define YD_GLOBAL(module, name, treatment) {module " " name, YD_GLOBAL_##treatment},
#include "io/pickle_globals.def"
#undef YD_GLOBAL
};

/* Networks are made of these. Only plain names pass: "models.common Conv", not "models.common os.system",
 * whose dots Python would follow. */
static bool network_class(const char *global)
{
    static const char *const packages[] = {"torch.nn.modules.", "models.", "yolov5.models."};
    const char *name = strchr(global, ' ');
    if (!name || strchr(name + 1, '.') || strchr(name + 1, ' ')) return false;
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++)
        if (strncmp(global, packages[i], strlen(packages[i])) == 0) return true;
    return false;
}

yd_global_kind yd_global_find(const char *global)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].text, global) == 0) return known[i].kind;
    return network_class(global) ? YD_GLOBAL_CLASS : YD_GLOBAL_REFUSED;
}
