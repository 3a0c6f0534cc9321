/* Standard output and standard error while the screen is the console's: what a library prints there does not
 * destroy the picture, but becomes lines that the console shows, and is kept in a file. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { YD_CAPTURE_BUFFER = 4096 };

/* Zero-initialise. */
typedef struct yd_capture {
    int output, error;   /* what they were */
    int printed, file;   /* a pipe's end to read from; the file, -1: none */
    bool active, opened; /* opened: the two above are open */
    char buffer[YD_CAPTURE_BUFFER];
    size_t filled;
} yd_capture;

/* Whoever prints never waits: what is too much before the next look is dropped. path: a file to append to
 * (made if need be, never longer than a mebibyte to begin with); empty, or not to be written: no file. */
void yd_capture_start(yd_capture *capture, const char *path);
/* Gives them back. Lines that were printed can still be taken. */
void yd_capture_stop(yd_capture *capture);
/* What to poll for something printed; -1: nothing is captured. */
int yd_capture_descriptor(const yd_capture *capture);
/* The next line, terminated and cut to capacity, raw; false where none is whole yet. After the stop the rest
 * counts as a line, and what was open is closed at the end. */
bool yd_capture_line(yd_capture *capture, char *line, size_t capacity);
