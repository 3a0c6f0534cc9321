#include "tui/term/crash.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
enum { FATAL = sizeof fatal / sizeof *fatal };

/* What the handler needs cannot be handed to it: written before the handlers are set, read only by them. */
static struct {
    int fd, printed;
    struct termios modes;
    char leave[256], message[256];
    size_t leave_length, message_length;
    struct sigaction before[FATAL];
    char stack[16384];
} guard = {.fd = -1, .printed = -1};

static void write_some(const char *data, size_t length)
{
    ssize_t written = write(guard.fd, data, length); /* one try: the terminal may be what is broken */
    (void)written;
}

static void tell_printed(void)
{
    enum { MOST = 16 };
    char bytes[512];
    for (int i = 0; i < MOST && guard.printed >= 0; i++) {
        ssize_t count = read(guard.printed, bytes, sizeof bytes);
        if (count <= 0) break;
        write_some(bytes, (size_t)count);
    }
}

/* read, write, tcsetattr and raise are safe here; SA_RESETHAND has put the default back, so that the signal
 * ends the process. */
static void on_fatal(int signal_number)
{
    write_some(guard.leave, guard.leave_length);
    tcsetattr(guard.fd, TCSANOW, &guard.modes);
    tell_printed();
    write_some(guard.message, guard.message_length);
    raise(signal_number);
}

static size_t copy_bytes(char *to, size_t capacity, const char *from, size_t length)
{
    if (length > capacity) length = capacity;
    memcpy(to, from, length);
    return length;
}

void yd_crash_guard(const yd_tty *tty, const char *leave, size_t length, const char *message)
{
    yd_crash_release();
    guard.fd = tty->fd;
    guard.modes = tty->saved;
    guard.leave_length = copy_bytes(guard.leave, sizeof guard.leave, leave, length);
    guard.message_length = copy_bytes(guard.message, sizeof guard.message, message, strlen(message));
    stack_t stack = {.ss_sp = guard.stack, .ss_size = sizeof guard.stack};
    sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_handler = on_fatal,
                               .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER)};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < FATAL; i++) sigaction(fatal[i], &action, &guard.before[i]);
}

void yd_crash_tell(int printed)
{
    guard.printed = printed;
}

void yd_crash_release(void)
{
    if (guard.fd < 0) return;
    for (int i = 0; i < FATAL; i++) sigaction(fatal[i], &guard.before[i], NULL);
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    guard.fd = -1;
}
