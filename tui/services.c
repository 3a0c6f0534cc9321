#include "tui/services.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MESSAGE_NS 5000000000LL

bool yd_services_start(yd_services *services, yd_client *client, const char *run_folder)
{
    *services = (yd_services){.steer = {.client = client}, .glyphs = &yd_glyphs_ascii, .mouse = true};
    yd_copy_text(services->run_folder, sizeof services->run_folder, run_folder ? run_folder : "");
    services->waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return services->waker >= 0;
}

void yd_services_end(yd_services *services)
{
    if (services->waker > 0) close(services->waker);
    free(services->copied);
    *services = (yd_services){0};
}

void yd_services_say(yd_services *services, yd_style style, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(services->message, sizeof services->message, format, arguments);
    va_end(arguments);
    services->message_style = style;
    services->message_until_ns = services->now_ns + MESSAGE_NS;
}

bool yd_services_send(yd_services *services, yd_command_type type, const char *argument, const char *what)
{
    char message[sizeof services->message];
    bool sent = yd_steer_send(&services->steer, type, argument, what, message, sizeof message);
    yd_services_say(services, sent ? YD_STYLE_NOTICE : YD_STYLE_BAD, "%s", message);
    return sent;
}

void yd_services_copy(yd_services *services, const char *text)
{
    char shown[64];
    size_t length = strlen(text);
    if (length > YD_COPY_LIMIT) {
        yd_services_say(services, YD_STYLE_BAD, "not copied: %zu bytes, at most %d", length, YD_COPY_LIMIT);
        return;
    }
    free(services->copied);
    services->copied = strdup(text);
    if (services->copied)
        yd_services_say(services, YD_STYLE_NOTICE, "copied %s", yd_escape(shown, sizeof shown, text));
    else
        yd_services_say(services, YD_STYLE_BAD, "not copied: no memory");
}

void yd_services_open_run(yd_services *services, const char *folder)
{
    yd_copy_text(services->open_folder, sizeof services->open_folder, folder);
}

void yd_services_show_screen(yd_services *services, const char *name)
{
    services->screen = name;
}

void yd_services_wake(const yd_services *services)
{
    eventfd_write(services->waker, 1); /* full only where it is about to wake anyway */
}
