/* The command line of every command, the defaults of presets, and opt.yaml: all made from options.def. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "config/hyp.h"
#include "config/preset.h"
#include <stdbool.h>

typedef enum yd_for {
    YD_FOR_TRAIN = 1 << 0,
    YD_FOR_VAL = 1 << 1,
    YD_FOR_INFO = 1 << 2,
    YD_FOR_DEMO = 1 << 3,
    YD_FOR_RUNS = 1 << 4,
    YD_FOR_ATTACH = 1 << 5,
    YD_FOR_CTL = 1 << 6,
    YD_FOR_DOCTOR = 1 << 7,
    YD_FOR_EXPORT = 1 << 8,
    YD_FOR_PLOT = 1 << 9,
    YD_FOR_ALL = (1 << 10) - 1
} yd_for;

typedef enum yd_option_id {
#define YD_OPTION(field, ...) YD_OPT_##field,
#define YD_OPTION_STORED(...)
#define YD_OPTION_DEFAULT(...)
#include "config/options.def"
#undef YD_OPTION
    YD_OPTION_COUNT
} yd_option_id;

enum { YD_OPTION_MAX_LIST = 64 };
typedef struct yd_int_list {
    int count, values[YD_OPTION_MAX_LIST];
} yd_int_list;

/* The types of options.def. */
typedef const char *yd_option_TEXT;
typedef int yd_option_INT;
typedef double yd_option_REAL;
typedef bool yd_option_FLAG;
typedef yd_int_list yd_option_INTS;
typedef struct yd_word_list {
    int count;
    const char *values[YD_OPTION_MAX_LIST];
} yd_word_list;
typedef yd_word_list yd_option_WORDS;
typedef const char *yd_option_MAYBE; /* NULL: not there; "": there without a value */

typedef struct yd_options {
#define YD_OPTION(field, type, ...) yd_option_##type field;
#include "config/options.def"
#undef YD_OPTION
#undef YD_OPTION_STORED
#undef YD_OPTION_DEFAULT
    bool given[YD_OPTION_COUNT]; /* by hand, or by the opt.yaml of a resumed run: wins over the preset */
    const char **words;          /* what is no option, in order */
    int word_count;
    yd_for command;
    yd_arena *arena;
} yd_options;

/* Parses argv[1 …] (training.md, 2.2): a dash is an underscore; --opt value and --opt=value; any unambiguous
 * prefix; --no-x for a FLAG x; -1 is a value; the last of several wins; after "--" come words. --help ends
 * the parsing. Every field without a PRESET default is set. Strings point into argv or the arena. USAGE
 * otherwise, naming the option and, where it is not known, the nearest that is. */
yd_status yd_options_parse(yd_for command, int argc, char **argv, yd_arena *arena, yd_options *options,
                           yd_error *error);

/* Gives every option that has a PRESET default and was not given by hand the preset's value. */
yd_status yd_options_apply_preset(yd_options *options, const yd_preset *preset, yd_error *error);

/* The validation's image size (the second of --img-size, or the first). */
int yd_options_val_size(const yd_options *options);

/* opt.yaml as YOLOv5 of the preset's generation writes it; hyp stands in it where the preset says so. */
yd_status yd_options_write(const yd_options *options, const yd_preset *preset, const yd_hyp *hyp,
                           yd_text *text, yd_error *error);
/* --resume: takes every stored value from an opt.yaml (YOLOv5's own too, of either wording), but keeps what
 * was given by hand and may stand beside --resume; where anything else was given: USAGE, naming it. What was
 * taken counts as given, so that yd_options_apply_preset fills in the rest. Keys that are not known are
 * passed over. resume itself stays as it was typed. hyp becomes "" where the file holds the values
 * themselves: they are in the run's hyp.yaml too. */
yd_status yd_options_resume(yd_options *options, const char *path, yd_error *error);

/* An option of a command as help shows it; strings are valid during the call. */
typedef struct yd_option_help {
    const char *name;    /* without the dashes */
    const char *form;    /* "--img-size N [N ...]" */
    const char *text;    /* what it does, its other names and its default */
    const char *value;   /* what it takes ("FILE"), "" for a switch */
    const char *choices; /* "a|b" where only these are allowed, else "" */
} yd_option_help;
typedef void yd_option_receiver(void *context, const yd_option_help *option);
/* Every option of a command, in the order of the table, with the defaults of a preset (may be NULL: then
 * without). */
void yd_options_each(yd_for command, const yd_preset *preset, yd_option_receiver *receiver, void *context);

/* --branch: takes every stored value from another run's opt.yaml but those that were given by hand and those
 * that make a run itself: weights, cfg, resume, exist_ok, save_dir, and what it was branched from. hyp
 * becomes "": the run's hyp.yaml holds the values. USAGE where weights, cfg or resume were given. */
yd_status yd_options_inherit(yd_options *options, const char *path, yd_error *error);

/* The lines of help about the options of a command, with the defaults of a preset (may be NULL: then
 * without). */
void yd_options_help(yd_for command, const yd_preset *preset, yd_text *text);
