/* The files of an artifact: what W&B is to send, by their MD5. */
#pragma once
#include "base/error.h"
#include "sink/wandb_writer.h"

/* Reads the file at local. path and local stay the caller's. IO. */
yd_status yd_wandb_entry_read(const char *path, const char *local, yd_wandb_entry *entry, yd_error *error);
