#include "event/message.h"
#include "base/text.h"
#include "event/wire.h"
#include <string.h>

static const uint32_t magic = 0x4B434459; /* "YDCK" */

yd_message yd_message_make(yd_message_kind kind, uint32_t number, uint32_t value, const char *text)
{
    yd_message message = {
        .magic = magic, .version = YD_WIRE_VERSION, .kind = (uint32_t)kind, .number = number, .value = value};
    yd_escape(message.text, sizeof message.text, text ? text : "");
    return message;
}

yd_message_verdict yd_message_read(const void *bytes, size_t length, yd_message *message)
{
    char escaped[sizeof message->text];
    *message = (yd_message){0};
    if (length < offsetof(yd_message, kind)) return YD_MESSAGE_BAD;
    memcpy(message, bytes, length < sizeof *message ? length : sizeof *message);
    if (message->magic != magic) return YD_MESSAGE_BAD;
    if (message->version != YD_WIRE_VERSION) return YD_MESSAGE_OTHER_VERSION;
    if (length != sizeof *message || message->kind >= YD_MESSAGE_KIND_COUNT) return YD_MESSAGE_BAD;
    if (!memchr(message->text, '\0', sizeof message->text)) return YD_MESSAGE_BAD;
    yd_escape(escaped, sizeof escaped, message->text);
    return strcmp(escaped, message->text) == 0 ? YD_MESSAGE_GOOD : YD_MESSAGE_BAD;
}
