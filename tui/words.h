/* The words of a typed line, quoted as a shell has them: blanks part words; '...' and "..." hold them
 * together, and so does a backslash before a blank, a quote or another backslash; \xNN is the byte of that
 * number, so that every name that a file can have can be typed. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Takes the next word of *rest, without its quotes, and leaves *rest behind it. False: there is none. A quote
 * that is not closed ends with the line; of what is too long the beginning is kept. */
bool yd_words_next(const char **rest, char *word, size_t capacity);
/* The byte at which the word begins that the one before `cursor` belongs to; cursor itself behind a blank. */
int yd_words_start(const char *text, int cursor);
/* The word as it has to be typed, cut where there is no room for all of it. */
void yd_words_quote(const char *word, char *out, size_t capacity);
