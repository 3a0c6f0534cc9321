/* Reads JSON from memory without building a tree: the caller asks for what it expects, in order, and skips
 * the rest. Nothing is allocated and nothing beyond length is looked at. The first thing that is not as asked
 * makes the reader fail for good: later calls do nothing and return false, so that one look at failed at the
 * end is enough. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YD_JSON_DEPTH = 32 }; /* brackets within brackets, at most */

typedef struct yd_json_reader {
    const char *at, *end;
    bool failed;
    int depth;
    char closing[YD_JSON_DEPTH]; /* the bracket that ends each level */
    bool begun[YD_JSON_DEPTH];   /* the level has had a value */
} yd_json_reader;

void yd_json_read_start(yd_json_reader *reader, const char *data, size_t length);
/* Enters an object ('{') or an array ('['). */
bool yd_json_read_open(yd_json_reader *reader, char bracket);
/* In an object: its next key (what does not fit is cut off), with the reader before the value. False where
 * the object ends, and is left. */
bool yd_json_read_key(yd_json_reader *reader, char *key, size_t capacity);
/* In an array: whether a value follows. False where the array ends, and is left. */
bool yd_json_read_more(yd_json_reader *reader);
/* A finite number; null is NAN. */
bool yd_json_read_number(yd_json_reader *reader, double *value);
/* A whole number in [low, high]; *value is set only on success. */
bool yd_json_read_integer(yd_json_reader *reader, int64_t low, int64_t high, int64_t *value);
/* true or false, or a number, which is true where it is not 0. */
bool yd_json_read_bool(yd_json_reader *reader, bool *value);
/* A string as terminated UTF-8; what does not fit is cut off between characters. An escaped NUL and halves of
 * surrogate pairs stand as U+FFFD; bytes that are not UTF-8 stay as they are. */
bool yd_json_read_string(yd_json_reader *reader, char *out, size_t capacity);
/* Any value, with all that is in it. */
bool yd_json_read_skip(yd_json_reader *reader);
/* Whether all has been read, and nothing but blanks follows. */
bool yd_json_read_end(yd_json_reader *reader);
