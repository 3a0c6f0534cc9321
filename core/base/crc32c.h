/* CRC-32C (Castagnoli; RFC 3720, appendix B.4). */
#pragma once
#include <stddef.h>
#include <stdint.h>

uint32_t yd_crc32c(const void *data, size_t length); /* with the processor's instruction where it has it */
uint32_t yd_crc32c_plain(const void *data,
                         size_t length); /* the same in plain C: the yardstick of the former */
