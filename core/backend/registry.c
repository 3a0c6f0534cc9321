#include "backend/backend.h"
#include <string.h>

enum { CAPACITY = 8 };
static const yd_backend *backends[CAPACITY]; /* filled before threads start, read-only afterwards */
static int count;

yd_status yd_backend_register(const yd_backend *backend)
{
    if (yd_backend_find(backend->name)) return YD_OK;
    if (count == CAPACITY) return YD_ERR_INTERNAL;
    backends[count++] = backend;
    return YD_OK;
}

const yd_backend *yd_backend_find(const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(backends[i]->name, name) == 0) return backends[i];
    return NULL;
}
