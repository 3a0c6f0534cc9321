/* Options that YOLOv5 has and that change nothing here, or nothing yet: each is answered, none is passed over
 * in silence. */
#pragma once
#include "base/error.h"
#include "config/options.h"

/* Logs a line for every option that was asked for in vain. CONFIG where going on would not be what was asked
 * for, or where this process is one of several that a launcher started. */
yd_status yd_answers_give(const yd_options *options, yd_error *error);

/* CONFIG, saying what there is, where --device asks for what is not there. As in the reference, "mps" then
 * means the CPU, and anything but "" and "cpu" names GPUs. */
yd_status yd_answers_device(const char *device, yd_error *error);
