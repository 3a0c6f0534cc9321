#include "sink/wandb_artifact.h"
#include "base/base64.h"
#include "base/md5.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 64 << 10 };

static yd_status digest_file(int fd, const char *path, uint8_t digest[16], int64_t *bytes, yd_error *error)
{
    uint8_t piece[PIECE];
    yd_hash hash;
    ssize_t count;
    *bytes = 0;
    yd_md5_start(&hash);
    while ((count = read(fd, piece, sizeof piece)) != 0) {
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return yd_fail_errno(error, YD_ERR_IO, "cannot read %s", path);
        yd_hash_add(&hash, piece, (size_t)count);
        *bytes += count;
    }
    yd_md5_finish(&hash, digest);
    return YD_OK;
}

yd_status yd_wandb_entry_read(const char *path, const char *local, yd_wandb_entry *entry, yd_error *error)
{
    uint8_t digest[16];
    yd_text text = {0};
    *entry = (yd_wandb_entry){.path = path, .local = local};
    int fd = open(local, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "cannot open %s", local);
    yd_status status = digest_file(fd, local, digest, &entry->bytes, error);
    close(fd);
    YD_TRY(status);
    yd_base64_add(&text, digest, sizeof digest);
    yd_copy_text(entry->digest, sizeof entry->digest, text.data ? text.data : "");
    yd_text_free(&text);
    return YD_OK;
}
