#include "support/python.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>

static bool imports(const char *python, const char *modules)
{
    char command[4400];
    snprintf(command, sizeof command, "'%s' -c 'import %s' 2>/dev/null", python, modules);
    return system(command) == 0;
}

const char *yd_test_python(const char *modules, const char *variable, const char *folder)
{
    static char built[4096];
    const char *given = variable ? getenv(variable) : NULL;
    snprintf(built, sizeof built, "%s/build/%s/bin/python", YD_SOURCE_DIR, folder ? folder : "none");
    const char *const known[] = {given ? given : "", built, "python3", "/usr/bin/python3"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (*known[i] && imports(known[i], modules)) return known[i];
    yd_test_skip("needs a Python that has %s", modules);
}
