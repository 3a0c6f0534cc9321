/* Text: a growing string, and the few helpers that every parser and printer shares. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise; data is NUL-terminated, NULL only while empty; failed is set for good where memory ran
 * out. */
typedef struct yd_text {
    char *data;
    size_t length, capacity;
    bool failed;
} yd_text;

void yd_text_add(yd_text *text, const char *string);
void yd_text_add_bytes(yd_text *text, const void *bytes, size_t length);
void yd_text_addf(yd_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void yd_text_clear(yd_text *text); /* keeps the memory */
void yd_text_free(yd_text *text);

/* Copies source to out (always terminated), control characters and invalid UTF-8 as \xNN. Returns out. */
const char *yd_escape(char *out, size_t capacity, const char *source);

/* source as a word that a POSIX shell (bash, zsh and ksh, where it holds control characters) reads back as it
 * is, without a byte that a terminal would obey. Cut where there is no room; always terminated. Returns out.
 */
const char *yd_shell_word(char *out, size_t capacity, const char *source);

/* Bytes of the UTF-8 character that starts here: 1 to 4; 0 at the end or where it is not valid UTF-8. */
int yd_utf8_length(const char *string);
/* How many characters valid UTF-8 has. */
int yd_utf8_characters(const char *string);
/* Writes a character (up to U+10FFFF) as UTF-8, 1 to 4 bytes without a terminator; returns how many. */
int yd_utf8_encode(char *out, uint32_t character);

/* Truncating copy, always terminated. */
void yd_copy_text(char *out, size_t capacity, const char *source);
/* Whole string as a finite decimal number, independent of the locale; false where anything is left over or
 * out of range (blanks, hexadecimal, "inf" and "nan" are left over too). *value is set only on success. */
bool yd_parse_double(const char *string, double *value);
/* The plain number that text begins with: digits, at most 15, perhaps with a point among them; the same value
 * as yd_parse_double gives it, faster. Returns where it ends, NULL where none begins there. */
const char *yd_scan_plain(const char *text, const char *end, double *value);
bool yd_parse_int(const char *string, int64_t *value);
/* snprintf in the C locale is what the program uses throughout: only LC_CTYPE is ever set. */

/* Edit distance (for «did you mean»). */
int yd_edit_distance(const char *a, const char *b);
/* value as printf is to get it where Python would print it: without the sign that a NaN may have. */
double yd_unsigned_nan(double value);
/* Shortest decimal that reads back as the same double, as Python's repr: "0.01", "1e-05", "3.0". */
void yd_format_double(char *out, size_t capacity, double value);
