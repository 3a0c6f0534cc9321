/* The records of W&B's log: protobuf messages Record of wandb_internal.proto, by the numbers of their fields,
 * in a file of sink/wandb_log.h. Each function adds one; yd_appender_flush of log.file writes them. */
#pragma once
#include "sink/wandb_log.h"
#include "sink/wandb_values.h"

/* Initialise with log.file.fd = -1. */
typedef struct yd_wandb_writer {
    yd_wandb_log log;
    char id[72];             /* of the run */
    int64_t number;          /* of the record written last */
    yd_text record, message; /* under way */
} yd_wandb_writer;

void yd_wandb_writer_close(yd_wandb_writer *writer);

/* Who writes the file: its first record. */
void yd_wandb_write_header(yd_wandb_writer *writer, const char *program);

typedef struct yd_wandb_run {
    const char *entity, *project, *name, *job, *host; /* entity, host: "" where there is none */
    int64_t start_ns;
    bool resumed; /* an earlier session has the same id */
} yd_wandb_run;
void yd_wandb_write_run(yd_wandb_writer *writer, const yd_wandb_run *run, const yd_wandb_values *config);
/* What of the configuration is new. */

/* The machine; "" and 0 for what is not known. */
typedef struct yd_wandb_machine {
    char system[160], host[72], processor[96], program[72], executable[4096];
    int cpus;
    int64_t memory_bytes, disk_bytes, disk_used_bytes, start_ns;
} yd_wandb_machine;
void yd_wandb_write_environment(yd_wandb_writer *writer, const yd_wandb_machine *machine);

void yd_wandb_write_history(yd_wandb_writer *writer, const yd_wandb_values *row, int64_t step);
void yd_wandb_write_summary(yd_wandb_writer *writer, const yd_wandb_values *summary);
/* A file below files/ that belongs to the run. */
void yd_wandb_write_file(yd_wandb_writer *writer, const char *path);
/* What the program printed. */
void yd_wandb_write_output(yd_wandb_writer *writer, int64_t wall_ns, const char *line);
/* System metrics. */
void yd_wandb_write_stats(yd_wandb_writer *writer, int64_t wall_ns, const yd_wandb_values *values);

/* A file of an artifact. */
typedef struct yd_wandb_entry {
    const char *path, *local; /* within the artifact; where it lies on this machine */
    char digest[28];          /* its MD5 in base64 */
    int64_t bytes;
} yd_wandb_entry;
typedef struct yd_wandb_artifact {
    const char *entity, *project, *type, *name, *metadata; /* metadata: JSON */
    const char *const *aliases;
    int alias_count;
    const yd_wandb_entry *entries; /* [entry_count], by path */
    size_t entry_count;
    const char *client_id, *sequence_id; /* random words of 128 letters: of this version, of the name */
} yd_wandb_artifact;
void yd_wandb_write_artifact(yd_wandb_writer *writer, const yd_wandb_artifact *artifact);

/* The last record. */
void yd_wandb_write_exit(yd_wandb_writer *writer, int code, int64_t seconds);

/* What a record says of a step of the history; false for all other records. runtime: seconds since the run
 * began, -1 where it does not say. */
bool yd_wandb_record_step(const void *record, size_t length, int64_t *step, double *runtime);
