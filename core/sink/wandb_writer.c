#include "sink/wandb_writer.h"
#include "base/md5.h"
#include "base/protobuf.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum record_field {
    RECORD_NUMBER = 1,
    RECORD_HISTORY = 2,
    RECORD_SUMMARY = 3,
    RECORD_FILES = 6,
    RECORD_STATS = 7,
    RECORD_ARTIFACT = 8,
    RECORD_OUTPUT = 13,
    RECORD_RUN = 17,
    RECORD_EXIT = 18,
    RECORD_HEADER = 21,
    RECORD_ENVIRONMENT = 26,
    RECORD_INFO = 200
};
enum run_field {
    RUN_ID = 1,
    RUN_ENTITY = 2,
    RUN_PROJECT = 3,
    RUN_CONFIG = 4,
    RUN_JOB = 7,
    RUN_NAME = 8,
    RUN_HOST = 13,
    RUN_START = 17,
    RUN_RESUME = 24
};
enum environment_field {
    MACHINE_SYSTEM = 1,
    MACHINE_START = 3,
    MACHINE_PROGRAM = 6,
    MACHINE_HOST = 12,
    MACHINE_EXECUTABLE = 14,
    MACHINE_CPUS = 16,
    MACHINE_THREADS = 17,
    MACHINE_DISK = 20,
    MACHINE_MEMORY = 21,
    MACHINE_PROCESSOR = 22,
    MACHINE_WRITER = 199
};
enum artifact_field {
    ARTIFACT_RUN = 1,
    ARTIFACT_PROJECT = 2,
    ARTIFACT_ENTITY = 3,
    ARTIFACT_TYPE = 4,
    ARTIFACT_NAME = 5,
    ARTIFACT_DIGEST = 6,
    ARTIFACT_METADATA = 8,
    ARTIFACT_ALIAS = 11,
    ARTIFACT_MANIFEST = 12,
    ARTIFACT_FINALIZE = 14,
    ARTIFACT_CLIENT = 15,
    ARTIFACT_SEQUENCE = 16,
    ARTIFACT_DIGEST_KIND = 20
};
enum { MANIFEST_VERSION = 1, MANIFEST_POLICY = 2, MANIFEST_SETTING = 3, MANIFEST_ENTRY = 4 };
enum { ENTRY_PATH = 1, ENTRY_DIGEST = 2, ENTRY_SIZE = 4, ENTRY_LOCAL = 6 };
enum { ITEM_KEY = 1, ITEM_NESTED = 2, ITEM_JSON = 16, HISTORY_ITEM = 1, HISTORY_STEP = 2, STEP_NUMBER = 1 };
enum { TIME_SECONDS = 1, TIME_NANOS = 2 };

static void put_text(yd_text *message, uint32_t field, const char *value)
{
    if (*value) yd_wire_put_bytes(message, field, value, strlen(value));
}

static void put_message(yd_text *message, uint32_t field, yd_text *part)
{
    yd_wire_put_bytes(message, field, part->data ? part->data : "", part->length);
    message->failed |= part->failed;
    yd_text_free(part);
}

static void put_time(yd_text *message, uint32_t field, int64_t wall_ns)
{
    yd_text time = {0};
    yd_wire_put_varint(&time, TIME_SECONDS, (uint64_t)(wall_ns / 1000000000));
    yd_wire_put_varint(&time, TIME_NANOS, (uint64_t)(wall_ns % 1000000000));
    put_message(message, field, &time);
}

static void put_number(yd_text *message, uint32_t field, int64_t value)
{
    if (value > 0) yd_wire_put_varint(message, field, (uint64_t)value);
}

/* An empty message to fill in. */
static yd_text *begin(yd_wandb_writer *writer)
{
    yd_text_clear(&writer->message);
    return &writer->message;
}

/* The message as the field of a Record. */
static void end(yd_wandb_writer *writer, uint32_t field)
{
    yd_text *record = &writer->record, info = {0};
    yd_text_clear(record);
    yd_wire_put_varint(record, RECORD_NUMBER, (uint64_t)++writer->number);
    yd_wire_put_bytes(record, field, writer->message.data ? writer->message.data : "",
                      writer->message.length);
    put_text(&info, 1, writer->id);
    put_message(record, RECORD_INFO, &info);
    if (!record->failed && !writer->message.failed)
        yd_wandb_log_add(&writer->log, record->data, record->length);
    else
        writer->log.file.waiting.failed = true; /* the next flush says so */
}

void yd_wandb_writer_close(yd_wandb_writer *writer)
{
    yd_appender_close(&writer->log.file);
    yd_text_free(&writer->record);
    yd_text_free(&writer->message);
}

void yd_wandb_write_header(yd_wandb_writer *writer, const char *program)
{
    yd_text *message = begin(writer), version = {0};
    put_text(&version, 1, program);
    put_message(message, 1, &version);
    end(writer, RECORD_HEADER);
}

void yd_wandb_write_run(yd_wandb_writer *writer, const yd_wandb_run *run, const yd_wandb_values *config)
{
    yd_text *message = begin(writer), all = {0};
    put_text(message, RUN_ID, writer->id);
    put_text(message, RUN_ENTITY, run->entity);
    put_text(message, RUN_PROJECT, run->project);
    yd_wandb_values_put(config, 1, &all);
    put_message(message, RUN_CONFIG, &all);
    put_text(message, RUN_JOB, run->job);
    put_text(message, RUN_NAME, run->name);
    put_text(message, RUN_HOST, run->host);
    put_time(message, RUN_START, run->start_ns);
    if (run->resumed) yd_wire_put_varint(message, RUN_RESUME, 1);
    end(writer, RECORD_RUN);
}

void yd_wandb_write_environment(yd_wandb_writer *writer, const yd_wandb_machine *machine)
{
    yd_text *message = begin(writer), part = {0}, disk = {0};
    put_text(message, MACHINE_SYSTEM, machine->system);
    put_time(message, MACHINE_START, machine->start_ns);
    put_text(message, MACHINE_PROGRAM, machine->program);
    put_text(message, MACHINE_HOST, machine->host);
    put_text(message, MACHINE_EXECUTABLE, machine->executable);
    put_number(message, MACHINE_CPUS, machine->cpus);
    put_number(message, MACHINE_THREADS, machine->cpus);
    put_number(&disk, 1, machine->disk_bytes);
    put_number(&disk, 2, machine->disk_used_bytes);
    put_text(&part, 1, "/");
    put_message(&part, 2, &disk);
    put_message(message, MACHINE_DISK, &part);
    put_number(&part, 1, machine->memory_bytes);
    put_message(message, MACHINE_MEMORY, &part);
    put_number(&part, 1, machine->cpus);
    put_number(&part, 2, machine->cpus);
    put_text(&part, 3, machine->processor);
    put_message(message, MACHINE_PROCESSOR, &part);
    put_text(message, MACHINE_WRITER, writer->id);
    end(writer, RECORD_ENVIRONMENT);
}

void yd_wandb_write_history(yd_wandb_writer *writer, const yd_wandb_values *row, int64_t step)
{
    yd_text *message = begin(writer), number = {0};
    yd_wandb_values_put(row, HISTORY_ITEM, message);
    put_number(&number, STEP_NUMBER, step);
    put_message(message, HISTORY_STEP, &number);
    end(writer, RECORD_HISTORY);
}

void yd_wandb_write_summary(yd_wandb_writer *writer, const yd_wandb_values *summary)
{
    yd_wandb_values_put(summary, 1, begin(writer));
    end(writer, RECORD_SUMMARY);
}

void yd_wandb_write_file(yd_wandb_writer *writer, const char *path)
{
    yd_text *message = begin(writer), file = {0};
    put_text(&file, 1, path);
    put_message(message, 1, &file);
    end(writer, RECORD_FILES);
}

void yd_wandb_write_output(yd_wandb_writer *writer, int64_t wall_ns, const char *line)
{
    yd_text *message = begin(writer);
    yd_wire_put_varint(message, 1, 1); /* standard output */
    put_time(message, 2, wall_ns);
    put_text(message, 3, line);
    end(writer, RECORD_OUTPUT);
}

void yd_wandb_write_stats(yd_wandb_writer *writer, int64_t wall_ns, const yd_wandb_values *values)
{
    yd_text *message = begin(writer);
    put_time(message, 2, wall_ns);
    yd_wandb_values_put(values, 3, message);
    end(writer, RECORD_STATS);
}

/* The digest of a manifest is the MD5 of a line that names its kind and of a line "path:digest" a file. */
static void manifest_digest(const yd_wandb_artifact *artifact, char out[33])
{
    static const char first[] = "wandb-artifact-manifest-v1\n";
    yd_hash hash;
    uint8_t digest[16];
    yd_md5_start(&hash);
    yd_hash_add(&hash, first, sizeof first - 1);
    for (size_t i = 0; i < artifact->entry_count; i++) {
        const yd_wandb_entry *entry = &artifact->entries[i];
        yd_hash_add(&hash, entry->path, strlen(entry->path));
        yd_hash_add(&hash, ":", 1);
        yd_hash_add(&hash, entry->digest, strlen(entry->digest));
        yd_hash_add(&hash, "\n", 1);
    }
    yd_md5_finish(&hash, digest);
    for (int i = 0; i < 16; i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void put_manifest(const yd_wandb_artifact *artifact, yd_text *message)
{
    yd_text manifest = {0}, part = {0};
    yd_wire_put_varint(&manifest, MANIFEST_VERSION, 1);
    put_text(&manifest, MANIFEST_POLICY, "wandb-storage-policy-v1");
    put_text(&part, 1, "storageLayout");
    put_text(&part, 2, "\"V2\"");
    put_message(&manifest, MANIFEST_SETTING, &part);
    for (size_t i = 0; i < artifact->entry_count; i++) {
        const yd_wandb_entry *entry = &artifact->entries[i];
        put_text(&part, ENTRY_PATH, entry->path);
        put_text(&part, ENTRY_DIGEST, entry->digest);
        put_number(&part, ENTRY_SIZE, entry->bytes);
        put_text(&part, ENTRY_LOCAL, entry->local);
        put_message(&manifest, MANIFEST_ENTRY, &part);
    }
    put_message(message, ARTIFACT_MANIFEST, &manifest);
}

void yd_wandb_write_artifact(yd_wandb_writer *writer, const yd_wandb_artifact *artifact)
{
    yd_text *message = begin(writer);
    char digest[33];
    manifest_digest(artifact, digest);
    put_text(message, ARTIFACT_RUN, writer->id);
    put_text(message, ARTIFACT_PROJECT, artifact->project);
    put_text(message, ARTIFACT_ENTITY, artifact->entity);
    put_text(message, ARTIFACT_TYPE, artifact->type);
    put_text(message, ARTIFACT_NAME, artifact->name);
    put_text(message, ARTIFACT_DIGEST, digest);
    put_text(message, ARTIFACT_METADATA, artifact->metadata);
    for (int i = 0; i < artifact->alias_count; i++) put_text(message, ARTIFACT_ALIAS, artifact->aliases[i]);
    put_manifest(artifact, message);
    yd_wire_put_varint(message, ARTIFACT_FINALIZE, 1);
    put_text(message, ARTIFACT_CLIENT, artifact->client_id);
    put_text(message, ARTIFACT_SEQUENCE, artifact->sequence_id);
    put_text(message, ARTIFACT_DIGEST_KIND, "MANIFEST_MD5");
    end(writer, RECORD_ARTIFACT);
}

void yd_wandb_write_exit(yd_wandb_writer *writer, int code, int64_t seconds)
{
    yd_text *message = begin(writer);
    put_number(message, 1, code);
    put_number(message, 2, seconds);
    end(writer, RECORD_EXIT);
}

/* The number of an item of that name; false where it is another's. */
static bool item_number(yd_wire item, const char *name, double *number)
{
    yd_wire_field field;
    char text[64] = "";
    bool named = false;
    while (yd_wire_next(&item, &field)) {
        if (field.type != YD_WIRE_BYTES) continue;
        size_t length = (size_t)field.value;
        if (field.number == ITEM_KEY || field.number == ITEM_NESTED)
            named |= length == strlen(name) && memcmp(field.bytes.at, name, length) == 0;
        if (field.number == ITEM_JSON && length < sizeof text) {
            memcpy(text, field.bytes.at, length);
            text[length] = '\0';
        }
    }
    return named && yd_parse_double(text, number);
}

bool yd_wandb_record_step(const void *record, size_t length, int64_t *step, double *runtime)
{
    yd_wire all = yd_wire_on(record, length);
    yd_wire_field part, field;
    while (yd_wire_next(&all, &part)) {
        if (part.number != RECORD_HISTORY || part.type != YD_WIRE_BYTES) continue;
        *step = 0;
        *runtime = -1;
        while (yd_wire_next(&part.bytes, &field)) {
            if (field.type != YD_WIRE_BYTES) continue;
            if (field.number == HISTORY_ITEM) item_number(field.bytes, "_runtime", runtime);
            yd_wire_field number;
            if (field.number == HISTORY_STEP && yd_wire_next(&field.bytes, &number) &&
                number.number == STEP_NUMBER && number.type == YD_WIRE_VARINT)
                *step = (int64_t)number.value;
        }
        return true;
    }
    return false;
}
