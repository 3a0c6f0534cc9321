/* Base64 with padding, as terminals take it (RFC 4648, section 4). */
#pragma once
#include "base/text.h"

/* Appends what the bytes are in base64, in one line. */
void yd_base64_add(yd_text *text, const void *bytes, size_t length);
/* Appends the bytes that base64 of this length stands for. False, with nothing promised of the text, where it
 * is none: another character, or a length that is no multiple of four. */
bool yd_base64_decode(yd_text *text, const char *base64, size_t length);
