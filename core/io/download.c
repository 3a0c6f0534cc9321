#include "io/download.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include <ctype.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { REDIRECTS = 10, CONNECT_SECONDS = 30, SILENT_SECONDS = 60, FRUITLESS = 5, BUFFER = 1 << 16 };

/* What is used of libcurl. */
typedef struct curl_library {
    CURLcode (*global_init)(long flags);
    CURL *(*open)(void);
    CURLcode (*set)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    CURLcode (*info)(CURL *, CURLINFO, ...);
    void (*close)(CURL *);
    struct curl_slist *(*list_append)(struct curl_slist *, const char *);
    void (*list_free)(struct curl_slist *);
} curl_library;

typedef struct transfer {
    const yd_download_request *request;
    curl_library curl;
    char url[4096], part[4096],
        from[4096]; /* the address without its fragment; the files beside the target */
    int fd;         /* of the part, locked */
    CURL *handle;
    int64_t have, total;  /* bytes in the part; in all, -1 unknown */
    int64_t begun, first; /* when this session began, and what there was then */
    int attempt;
    bool stopped, answered; /* answered: the body of this try has begun */
    int disk_errno;         /* why a write failed, 0: none did */
    /* Of the answer under way. */
    int64_t range_start, range_total, length;
    bool misplaced;      /* it is no continuation of the part */
    char validator[512]; /* its strong ETag, else its date; "" none */
    yd_error *error;
} transfer;

bool yd_download_is_url(const char *text)
{
    return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0 ||
           strncasecmp(text, "file://", 7) == 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool yd_download_name(const char *url, char *out, size_t capacity)
{
    size_t end = strcspn(url, "?#"), start = end, used = 0;
    while (start > 0 && url[start - 1] != '/') start--;
    for (size_t i = start; i < end; i++) {
        char c = url[i];
        if (c == '%' && i + 2 < end && hex_digit(url[i + 1]) >= 0 && hex_digit(url[i + 2]) >= 0) {
            c = (char)(hex_digit(url[i + 1]) * 16 + hex_digit(url[i + 2]));
            i += 2;
        }
        if (c == '/' || (unsigned char)c < ' ' || c == 127 || used + 1 >= capacity) return false;
        out[used++] = c;
    }
    if (used >= capacity) return false;
    out[used] = '\0';
    return used > 0 && out[0] != '.';
}

const char *yd_download_checksum(const char *url)
{
    static const char key[] = "#sha256=";
    const char *found = strstr(url, key);
    return found ? found + sizeof key - 1 : "";
}

/* The library stays loaded: what it has set up for the process cannot be taken back safely. */
static yd_status load_library(curl_library *curl, yd_error *error)
{
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    static const struct {
        const char *name;
        size_t place;
    } functions[] = {{"curl_global_init", offsetof(curl_library, global_init)},
                     {"curl_easy_init", offsetof(curl_library, open)},
                     {"curl_easy_setopt", offsetof(curl_library, set)},
                     {"curl_easy_perform", offsetof(curl_library, perform)},
                     {"curl_easy_getinfo", offsetof(curl_library, info)},
                     {"curl_easy_cleanup", offsetof(curl_library, close)},
                     {"curl_slist_append", offsetof(curl_library, list_append)},
                     {"curl_slist_free_all", offsetof(curl_library, list_free)}};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "downloads need libcurl, which is not installed (Debian: libcurl4)");
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *symbol = dlsym(library, functions[i].name);
        if (!symbol) return yd_fail(error, YD_ERR_UNSUPPORTED, "libcurl has no %s", functions[i].name);
        memcpy((char *)curl + functions[i].place, &symbol, sizeof symbol);
    }
    if (curl->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) return YD_OK;
    return yd_fail(error, YD_ERR_UNSUPPORTED, "libcurl cannot be set up");
}

/* The value of a header line of that name, without blanks around, or NULL. */
static const char *header_value(char *line, const char *name)
{
    size_t length = strlen(name);
    if (strncasecmp(line, name, length) != 0 || line[length] != ':') return NULL;
    char *value = line + length + 1;
    while (*value == ' ' || *value == '\t') value++;
    for (size_t end = strlen(value); end && isspace((unsigned char)value[end - 1]);) value[--end] = '\0';
    return value;
}

static void read_range(transfer *t, const char *value)
{
    long long start, end, total;
    if (sscanf(value, "bytes %lld-%lld/%lld", &start, &end, &total) == 3 && start >= 0 && total > 0)
        t->range_start = start, t->range_total = total;
    else if (sscanf(value, "bytes */%lld", &total) == 1)
        t->range_total = total;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    transfer *t = context;
    char line[1024];
    size_t length = size * count, kept = length < sizeof line ? length : sizeof line - 1;
    const char *value;
    memcpy(line, data, kept);
    line[kept] = '\0';
    if (strncmp(line, "HTTP/", 5) == 0) { /* of each answer on the way: redirects too */
        t->range_start = t->range_total = t->length = -1;
        t->validator[0] = '\0';
    } else if (((value = header_value(line, "etag")) && value[0] == '"') ||
               ((value = header_value(line, "last-modified")) && !t->validator[0])) {
        yd_copy_text(t->validator, sizeof t->validator, value);
    } else if ((value = header_value(line, "content-length"))) {
        int64_t bytes;
        if (yd_parse_int(value, &bytes) && bytes >= 0) t->length = bytes;
    } else if ((value = header_value(line, "content-range"))) {
        read_range(t, value);
    }
    return length;
}

/* What the part came from: without it the part is not gone on with. Losing it costs no more than that. */
static void note_origin(const transfer *t)
{
    char text[5000];
    int length = snprintf(text, sizeof text, "%s\n%s\n", t->url, t->validator);
    yd_file_write(t->from, text, (size_t)length, NULL);
}

/* The validator under which the part was begun, or "" where it is of something else, or of something that
 * cannot be recognized. */
static void read_origin(const transfer *t, char validator[512])
{
    char *text, *rest = NULL;
    size_t length;
    validator[0] = '\0';
    if (yd_file_read(t->from, 8192, &text, &length, NULL) != YD_OK) return;
    const char *url = strtok_r(text, "\n", &rest), *stored = strtok_r(NULL, "\n", &rest);
    if (url && stored && strcmp(url, t->url) == 0) yd_copy_text(validator, 512, stored);
    free(text);
}

static bool fits_on_disk(transfer *t)
{
    struct statvfs disk;
    if (t->total < 0 || fstatvfs(t->fd, &disk) != 0) return true;
    return (double)(t->total - t->have) <= (double)disk.f_bavail * (double)disk.f_frsize;
}

/* The body begins: it goes on where the part ends, or it is all of the file. */
static bool begin_body(transfer *t)
{
    long code = 0;
    t->answered = true;
    t->curl.info(t->handle, CURLINFO_RESPONSE_CODE, &code);
    if (code == 206 && t->range_start == t->have) {
        t->total = t->range_total;
    } else if (code == 206) {
        t->misplaced = true;
        return false;
    } else {
        if (ftruncate(t->fd, 0) != 0) {
            t->disk_errno = errno;
            return false;
        }
        t->have = t->first = 0;
        t->total = t->length;
        note_origin(t);
    }
    if (!fits_on_disk(t)) t->disk_errno = ENOSPC;
    return !t->disk_errno;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    transfer *t = context;
    size_t length = size * count;
    if (!t->answered && !begin_body(t)) return 0;
    if (lseek(t->fd, (off_t)t->have, SEEK_SET) < 0 || !yd_write_all(t->fd, data, length)) {
        t->disk_errno = errno;
        return 0;
    }
    t->have += (int64_t)length;
    return length;
}

static bool report(transfer *t)
{
    int64_t ns = yd_clock_ns() - t->begun;
    const yd_download_state state = {.done = t->have,
                                     .total = t->total,
                                     .rate = ns > 0 ? (double)(t->have - t->first) * 1e9 / (double)ns : 0,
                                     .attempt = t->attempt};
    if (t->request->progress && !t->request->progress(t->request->context, &state)) t->stopped = true;
    return !t->stopped;
}

static int look_on(void *context, curl_off_t total, curl_off_t done, curl_off_t up_total, curl_off_t up_done)
{
    (void)total, (void)done, (void)up_total, (void)up_done;
    return report(context) ? 0 : 1;
}

static void configure(transfer *t, struct curl_slist *headers, char *range, char *reason)
{
    curl_library *curl = &t->curl;
    CURL *handle = t->handle;
    curl->set(handle, CURLOPT_URL, t->url);
    curl->set(handle, CURLOPT_PROTOCOLS_STR, "http,https,file");
    curl->set(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl->set(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl->set(handle, CURLOPT_MAXREDIRS, (long)REDIRECTS);
    curl->set(handle, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl->set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl->set(handle, CURLOPT_LOW_SPEED_TIME, (long)SILENT_SECONDS);
    curl->set(handle, CURLOPT_FAILONERROR, 1L);
    curl->set(handle, CURLOPT_NOSIGNAL, 1L);
    curl->set(handle, CURLOPT_USERAGENT, "yolodeck");
    curl->set(handle, CURLOPT_ERRORBUFFER, reason);
    curl->set(handle, CURLOPT_HTTPHEADER, headers);
    if (range[0]) curl->set(handle, CURLOPT_RANGE, range);
    curl->set(handle, CURLOPT_HEADERFUNCTION, take_header);
    curl->set(handle, CURLOPT_HEADERDATA, t);
    curl->set(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl->set(handle, CURLOPT_WRITEDATA, t);
    curl->set(handle, CURLOPT_NOPROGRESS, 0L);
    curl->set(handle, CURLOPT_XFERINFOFUNCTION, look_on);
    curl->set(handle, CURLOPT_XFERINFODATA, t);
}

/* Whether it is worth another try: the server or the way to it may be better in a moment. Where no server was
 * reached at all, the user had better hear of it at once. */
static bool may_pass(const transfer *t, CURLcode code, long answer)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return t->have > t->first;
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
        return true;
    case CURLE_HTTP_RETURNED_ERROR:
        return answer >= 500 || answer == 429;
    default:
        return false;
    }
}

static yd_status explain(const transfer *t, CURLcode code, long answer, const char *reason)
{
    if (t->stopped)
        return yd_fail(t->error, YD_ERR_STOPPED,
                       "the download of %s was stopped; the next start goes on with %s", t->url, t->part);
    if (t->disk_errno) {
        errno = t->disk_errno;
        if (t->total < 0)
            return yd_fail_errno(t->error, YD_ERR_IO, "%s: cannot write (%.1f MB are there)", t->part,
                                 (double)t->have / 1e6);
        return yd_fail_errno(t->error, YD_ERR_IO, "%s: cannot write (%.1f MB of %.1f are there)", t->part,
                             (double)t->have / 1e6, (double)t->total / 1e6);
    }
    if (code == CURLE_HTTP_RETURNED_ERROR)
        return yd_fail(t->error, answer < 500 ? YD_ERR_DATA : YD_ERR_IO, "%s: the server answers %ld", t->url,
                       answer);
    return yd_fail(t->error, YD_ERR_IO, "%s: cannot be downloaded: %s", t->url,
                   reason[0] ? reason : "the answer does not fit what was asked for");
}

/* One request, from where the part ends. *again: it failed in a way that may pass. */
static yd_status try_once(transfer *t, bool *again)
{
    char reason[CURL_ERROR_SIZE] = "", range[32] = "", condition[560], validator[512];
    struct curl_slist *headers = NULL;
    *again = false;
    read_origin(t, validator);
    t->answered = false;
    t->range_start = t->range_total = t->length = -1;
    t->misplaced = false;
    t->validator[0] = '\0';
    if (t->have && validator[0]) {
        snprintf(range, sizeof range, "%lld-", (long long)t->have);
        snprintf(condition, sizeof condition, "If-Range: %s", validator);
        headers = t->curl.list_append(NULL, condition);
    }
    t->handle = t->curl.open();
    if (!t->handle) {
        t->curl.list_free(headers);
        return yd_fail(t->error, YD_ERR_MEMORY, "no memory for a download");
    }
    configure(t, headers, range, reason);
    CURLcode code = t->curl.perform(t->handle);
    long answer = 0;
    t->curl.info(t->handle, CURLINFO_RESPONSE_CODE, &answer);
    if (code == CURLE_OK && !t->answered && !begin_body(t)) code = CURLE_WRITE_ERROR; /* an empty file */
    t->curl.close(t->handle);
    t->curl.list_free(headers);
    if (answer == 416 && range[0] && t->range_total == t->have) { /* nothing is left to be sent */
        t->total = t->have;
        return YD_OK;
    }
    if ((answer == 416 && range[0]) || t->misplaced) { /* without its origin the part is begun anew */
        unlink(t->from);
        *again = true;
        return yd_fail(t->error, YD_ERR_IO, "%s: the server does not go on behind byte %lld of it", t->part,
                       (long long)t->have);
    }
    if (code == CURLE_OK && (t->total < 0 || t->have == t->total)) return YD_OK;
    *again = !t->stopped && !t->disk_errno && (code == CURLE_OK || may_pass(t, code, answer));
    return explain(t, code, answer, reason);
}

/* Waits before the next try; false where the user stops meanwhile. */
static bool wait_a_while(transfer *t, int seconds)
{
    int64_t until = yd_clock_ns() + (int64_t)seconds * 1000000000;
    const struct timespec moment = {.tv_nsec = 100000000};
    while (yd_clock_ns() < until) {
        if (!report(t)) return false;
        nanosleep(&moment, NULL);
    }
    return true;
}

static yd_status try_until_done(transfer *t)
{
    int fruitless = 0;
    for (t->attempt = 1;; t->attempt++) {
        int64_t before = t->have;
        bool again;
        yd_status status = try_once(t, &again);
        fruitless = t->have > before ? 0 : fruitless + 1;
        if (status == YD_OK || !again || fruitless == FRUITLESS) return status;
        if (t->error) yd_log(YD_LOG_WARNING, "%s; trying again", t->error->message);
        if (!wait_a_while(t, fruitless ? 1 << (fruitless - 1) : 1)) return explain(t, CURLE_OK, 0, "");
    }
}

static yd_status check_sum(const transfer *t)
{
    const char *wanted = t->request->sha256;
    char found[65];
    yd_hash hash;
    if (!*wanted) return YD_OK;
    char *buffer = malloc(BUFFER);
    if (!buffer) return yd_fail(t->error, YD_ERR_MEMORY, "no memory to check %s", t->part);
    yd_sha256_start(&hash);
    ssize_t got = 0;
    for (off_t at = 0; (got = pread(t->fd, buffer, BUFFER, at)) > 0; at += got)
        yd_hash_add(&hash, buffer, (size_t)got);
    free(buffer);
    if (got < 0) return yd_fail_errno(t->error, YD_ERR_IO, "%s: cannot read", t->part);
    yd_sha256_hex(&hash, found);
    if (strcasecmp(found, wanted) == 0) return YD_OK;
    return yd_fail(t->error, YD_ERR_DATA, "%s: its sha256 is %s, %s is wanted: removed", t->url, found,
                   wanted);
}

static yd_status check(const transfer *t)
{
    if (t->have < t->request->least)
        return yd_fail(t->error, YD_ERR_DATA, "%s: has %lld bytes, at least %lld are wanted: removed", t->url,
                       (long long)t->have, (long long)t->request->least);
    return check_sum(t);
}

static yd_status put_in_place(const transfer *t)
{
    if ((fsync(t->fd) == 0 || errno == EINVAL) && rename(t->part, t->request->path) == 0) {
        unlink(t->from);
        return YD_OK;
    }
    return yd_fail_errno(t->error, YD_ERR_IO, "%s: cannot be put in place", t->request->path);
}

static yd_status open_part(transfer *t)
{
    struct stat info, named;
    t->fd = open(t->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0666);
    if (t->fd < 0) return yd_fail_errno(t->error, YD_ERR_IO, "%s: cannot open", t->part);
    bool taken = flock(t->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (fstat(t->fd, &info) != 0 || !S_ISREG(info.st_mode))
        return yd_fail(t->error, YD_ERR_IO, "%s: is no regular file", t->part);
    /* Whoever had it may have put it in place between the two calls: then it is a part no more. */
    if (taken || stat(t->part, &named) != 0 || named.st_ino != info.st_ino)
        return yd_fail(t->error, YD_ERR_IO, "%s: another process is downloading it", t->part);
    t->have = t->first = info.st_size;
    return YD_OK;
}

yd_status yd_download(const yd_download_request *request, yd_error *error)
{
    transfer t = {.request = request, .fd = -1, .total = -1, .begun = yd_clock_ns(), .error = error};
    if (!yd_download_is_url(request->url))
        return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: http, https and file addresses are downloaded",
                       request->url);
    int length = snprintf(t.url, sizeof t.url, "%.*s", (int)strcspn(request->url, "#"), request->url);
    int longest = snprintf(t.from, sizeof t.from, "%s.part.from", request->path);
    if (length >= (int)sizeof t.url || longest >= (int)sizeof t.from)
        return yd_fail(error, YD_ERR_CONFIG, "%.64s…: the address or the path is too long", request->url);
    snprintf(t.part, sizeof t.part, "%.4080s.part", request->path);
    YD_TRY(load_library(&t.curl, error));
    yd_status status = open_part(&t);
    if (status == YD_OK) {
        status = try_until_done(&t);
        if (status == YD_OK) {
            status = check(&t);
            if (status == YD_OK)
                status = put_in_place(&t);
            else if (status == YD_ERR_DATA)
                unlink(t.part), unlink(t.from);
        }
        if (!t.have && status != YD_OK) unlink(t.part);
    }
    if (t.fd >= 0) close(t.fd);
    return status;
}
