/* RUN/live: whatever stands in it, what is taken is a process of which one could ask, and clean text. */
#include "base/text.h"
#include "event/registry.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_clean(const char *text, size_t capacity)
{
    char escaped[1024];
    return memchr(text, '\0', capacity) && strcmp(yd_escape(escaped, sizeof escaped, text), text) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yd_live live;
    yd_error error;
    char *text = malloc(size + 1);
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    if (yd_live_parse(text, size, "live", &live, &error) == YD_OK) {
        YD_ASSERT(live.pid > 0 && live.pid <= INT_MAX && live.start_time >= 0 && live.socket[0] == '/');
        YD_ASSERT(is_clean(live.host, sizeof live.host) && is_clean(live.boot_id, sizeof live.boot_id));
        YD_ASSERT(is_clean(live.socket, sizeof live.socket));
    } else
        YD_ASSERT(error.status == YD_ERR_FORMAT && is_clean(error.message, sizeof error.message));
    free(text);
    return 0;
}
