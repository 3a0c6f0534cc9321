/* What W&B is told of the machine that a run is on. */
#pragma once
#include "event/wire.h"
#include "sink/wandb_writer.h"

/* Nothing secret: no arguments, no user, no environment. */
void yd_wandb_machine_read(yd_wandb_machine *machine, const char *program, const char *folder,
                           int64_t start_ns);
/* As W&B's wandb-metadata.json has it. */
void yd_wandb_machine_json(const yd_wandb_machine *machine, yd_text *text);
/* W&B's system metrics: of the machine as it is now, of the process as the block has it. */
void yd_wandb_machine_stats(const yd_wandb_machine *machine, const yd_status_block *block,
                            yd_wandb_values *values);
