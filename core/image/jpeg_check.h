/* A walk over a JPEG's markers (ITU-T T.81, annex B): what the header says, and whether the decoder behind
 * may be trusted with the file. The walk is strict where decoders are not: table sizes, symbols, tables that
 * a scan uses but nobody defined. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct yd_jpeg_header {
    int width, height, components, orientation;
    bool multi;   /* an APP2 segment "MPF": the first picture of several */
    bool partial; /* the data ended before the first scan */
} yd_jpeg_header;

/* Walks to the first scan, or, with whole, to the end marker. Returns NULL, or why the file is refused. */
const char *yd_jpeg_check(const uint8_t *data, size_t length, bool whole, yd_jpeg_header *header);
