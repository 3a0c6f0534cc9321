/* What files are called where there is no room for their paths. */
#pragma once
#include <stddef.h>

/* The model or data set that a file describes: "yolov5n" for models/yolov5n.yaml and yolov5n.pt. Where the
 * file's own name says nothing, the folder's is said: "bccd" for bccd/data.yaml, "exp3/best" for
 * exp3/weights/best.pt. Raw, cut where there is no room. Returns out. */
char *yd_config_title(const char *path, char *out, size_t capacity);
