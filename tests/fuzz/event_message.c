/* A message from a socket: whatever comes in, what is called good is terminated, clean text of a known kind.
 */
#include "base/error.h"
#include "base/text.h"
#include "event/message.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yd_message message;
    char escaped[sizeof message.text];
    if (yd_message_read(data, size, &message) != YD_MESSAGE_GOOD) return 0;
    YD_ASSERT(size == sizeof message && message.kind < YD_MESSAGE_KIND_COUNT);
    YD_ASSERT(memchr(message.text, '\0', sizeof message.text));
    YD_ASSERT(strcmp(yd_escape(escaped, sizeof escaped, message.text), message.text) == 0);
    return 0;
}
