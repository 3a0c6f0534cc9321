#include "event/listener.h"
#include "base/hash.h"
#include "base/text.h"
#include "event/user_folder.h"
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

static const char suffix[] = ".sock";

static uint32_t boot_tag(const yd_live *here)
{
    return (uint32_t)(yd_fnv1a(here->host, strlen(here->host)) * 31 +
                      yd_fnv1a(here->boot_id, strlen(here->boot_id)));
}

static bool make_address(struct sockaddr_un *address, const char *path)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path) return false;
    yd_copy_text(address->sun_path, sizeof address->sun_path, path);
    return true;
}

int yd_socket_connect(const char *path, int timeout_ms)
{
    struct sockaddr_un address;
    errno = ENAMETOOLONG;
    if (!make_address(&address, path)) return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    for (;;) {
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
        if (errno == EINTR) continue;
        if (errno != EAGAIN || timeout_ms <= 0) break; /* EAGAIN: the queue of the listener is full */
        poll(NULL, 0, 20);
        timeout_ms -= 20;
    }
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Sockets of engines of this boot at which nobody listens any more. */
static void remove_stale(const char *folder, const char *tag)
{
    DIR *dir = opendir(folder);
    if (!dir) return;
    int left = 256; /* what is more is removed next time */
    for (struct dirent *entry; left > 0 && (entry = readdir(dir)); left--) {
        char path[4096 + 300];
        size_t length = strlen(entry->d_name);
        if (strncmp(entry->d_name, tag, strlen(tag)) != 0 || length < sizeof suffix ||
            strcmp(entry->d_name + length - strlen(suffix), suffix) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        int fd = yd_socket_connect(path, 0);
        if (fd >= 0)
            close(fd);
        else if (errno == ECONNREFUSED)
            unlink(path);
    }
    closedir(dir);
}

/* The name is free, or becomes so by another number: one process may serve several runs. */
static int bind_in(const char *folder, const char *tag, const yd_live *here, char path[108], yd_error *error)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        yd_fail_errno(error, YD_ERR_IO, "cannot make a socket");
        return -1;
    }
    for (int number = 0; number < 100; number++) {
        char candidate[4096 + 64];
        snprintf(candidate, sizeof candidate, "%s/%s%lld-%d%s", folder, tag, (long long)here->pid, number,
                 suffix);
        if (!make_address(&address, candidate)) {
            yd_fail(error, YD_ERR_IO, "%s: the path is too long for a socket", candidate);
            break;
        }
        if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) {
            yd_copy_text(path, sizeof address.sun_path, candidate);
            if (listen(fd, 16) == 0) return fd;
            yd_fail_errno(error, YD_ERR_IO, "%s: cannot listen", candidate);
            unlink(candidate);
            break;
        }
        if (errno == EADDRINUSE) continue;
        yd_fail_errno(error, YD_ERR_IO, "%s: cannot make the socket", candidate);
        break;
    }
    close(fd);
    return -1;
}

yd_status yd_listener_open(yd_listener *listener, const yd_live *here, yd_error *error)
{
    static const yd_user_place places[] = {YD_PLACE_STATE, YD_PLACE_TEMPORARY};
    char folder[4096], tag[16];
    *listener = (yd_listener){.fd = -1};
    snprintf(tag, sizeof tag, "%08x-", (unsigned)boot_tag(here));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (yd_user_folder(places[i], folder, sizeof folder, error) != YD_OK) continue;
        remove_stale(folder, tag);
        listener->fd = bind_in(folder, tag, here, listener->path, error);
        if (listener->fd >= 0) return YD_OK;
    }
    listener->path[0] = '\0';
    return YD_ERR_IO;
}

void yd_listener_close(yd_listener *listener)
{
    if (listener->path[0]) unlink(listener->path);
    if (listener->fd >= 0) close(listener->fd);
    *listener = (yd_listener){.fd = -1};
}

bool yd_socket_is_ours(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && length == sizeof peer &&
           peer.uid == geteuid();
}

/* The name of the terminal that field 7 of /proc/PID/stat has the number of; "" where it is none of the usual
 * ones. */
static void terminal_of(pid_t pid, char *out, size_t capacity)
{
    enum { PSEUDO_FIRST = 136, PSEUDO_LAST = 143, CONSOLE = 4 };
    char path[64], stat[1024];
    int number = 0;
    out[0] = '\0';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file) return;
    stat[fread(stat, 1, sizeof stat - 1, file)] = '\0';
    fclose(file);
    const char *rest = strrchr(stat, ')'); /* the name before it may hold anything */
    if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %d", &number) != 1 || number <= 0) return;
    unsigned high = major((dev_t)(unsigned)number), low = minor((dev_t)(unsigned)number);
    if (high >= PSEUDO_FIRST && high <= PSEUDO_LAST)
        snprintf(out, capacity, " pts/%u", (high - PSEUDO_FIRST) * 256 + low);
    else if (high == CONSOLE)
        snprintf(out, capacity, " tty%u", low);
}

void yd_socket_peer(int fd, char *out, size_t capacity)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    char terminal[24];
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.pid <= 0) {
        yd_copy_text(out, capacity, "?");
        return;
    }
    terminal_of(peer.pid, terminal, sizeof terminal);
    snprintf(out, capacity, "pid %d%s", (int)peer.pid, terminal);
}

int yd_listener_accept(const yd_listener *listener)
{
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 || yd_socket_is_ours(fd)) return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

/* Aligned room for the control message of one descriptor. */
typedef union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
} control;

bool yd_socket_send_with(int fd, const void *message, size_t length, int descriptor)
{
    control room = {0};
    struct iovec part = {.iov_base = (void *)message, .iov_len = length};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
    struct cmsghdr *entry = CMSG_FIRSTHDR(&header);
    entry->cmsg_level = SOL_SOCKET;
    entry->cmsg_type = SCM_RIGHTS;
    entry->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(entry), &descriptor, sizeof descriptor);
    return sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)length;
}

long yd_socket_receive_with(int fd, void *message, size_t capacity, int *descriptor)
{
    control room = {0};
    struct iovec part = {.iov_base = message, .iov_len = capacity};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
    *descriptor = -1;
    ssize_t length = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0) return -1;
    /* The room is for one descriptor; the kernel closes what does not fit. */
    struct cmsghdr *entry = CMSG_FIRSTHDR(&header);
    if (entry && entry->cmsg_level == SOL_SOCKET && entry->cmsg_type == SCM_RIGHTS &&
        entry->cmsg_len == CMSG_LEN(sizeof *descriptor))
        memcpy(descriptor, CMSG_DATA(entry), sizeof *descriptor);
    return length;
}
