/* Standard output and standard error go to a file while the screen is the console's, so that what a library
 * prints does not destroy the picture. */
#pragma once
#include <stdbool.h>

/* Zero-initialise. */
typedef struct yd_capture {
    int output, error; /* what they were */
    bool active;
} yd_capture;

/* Appends to path (made if need be, never longer than a mebibyte to begin with); where it cannot be written,
 * what is printed is dropped. */
void yd_capture_start(yd_capture *capture, const char *path);
void yd_capture_stop(yd_capture *capture);
