/* Files from the network: http, https and file, through libcurl, which is loaded when it is needed first
 * (linked, it and its thirty libraries would cost every start 30 ms). */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct yd_download_state {
    int64_t done, total; /* bytes; total is -1 where the server does not tell */
    double rate;         /* bytes a second, in this session */
    int attempt;         /* from 1; more after the connection was lost */
} yd_download_state;

/* Called a few times a second, also while nothing comes. False stops the download. */
typedef bool yd_download_progress(void *context, const yd_download_state *state);

typedef struct yd_download_request {
    const char *url;    /* what stands behind a # is not sent */
    const char *path;   /* of the file; its folder exists */
    const char *sha256; /* 64 hexadecimal digits, or "" */
    int64_t least;      /* bytes: less is no such file, but a page that says so */
    yd_download_progress *progress;
    void *context;
} yd_download_request;

/* Downloads to path, which is there whole or not at all. What has come so far is kept in PATH.part: the next
 * try, of this process or of a later one, goes on there where the server can and has the same file still (its
 * ETag or date, kept in PATH.part.from); a lost connection is tried again five times without a byte between.
 * Ten redirects at most, to http and https; a minute without a byte ends a try. STOPPED where progress said
 * so; DATA: the server has no such file (its status is told), or its checksum or size is wrong (then the part
 * is removed); IO: no connection, no space, another process is at it; UNSUPPORTED: other schemes, or there is
 * no libcurl. */
yd_status yd_download(const yd_download_request *request, yd_error *error);

/* Whether a text is an address that yd_download takes. */
bool yd_download_is_url(const char *text);
/* The name of the file that an address means: its last component without query and fragment, with %XX
 * decoded. False where there is none, or where it would be no plain name in a folder. */
bool yd_download_name(const char *url, char *out, size_t capacity);
/* The checksum in an address that ends with #sha256=HEX; "" where it has none. */
const char *yd_download_checksum(const char *url);
