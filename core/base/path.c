#include "base/file.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

bool yd_path_join(char *out, size_t capacity, const char *head, const char *tail)
{
    size_t length = strlen(head);
    while (length > 1 && head[length - 1] == '/') length--;
    if (tail[0] == '/') length = 0;
    bool slash = length > 0 && head[length - 1] != '/' && tail[0];
    size_t rest = strlen(tail);
    if (capacity == 0) return false;
    if (length > capacity || rest > capacity || length + slash + rest >= capacity) {
        out[0] = '\0';
        return false;
    }
    memmove(out, head, length); /* out may be head */
    if (slash) out[length++] = '/';
    memcpy(out + length, tail, rest + 1);
    return true;
}

const char *yd_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void yd_path_parent(char *out, size_t capacity, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) {
        yd_copy_text(out, capacity, ".");
        return;
    }
    size_t length = slash == path ? 1 : (size_t)(slash - path);
    yd_copy_text(out, length + 1 < capacity ? length + 1 : capacity, path);
}
