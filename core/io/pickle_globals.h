/* The names that a pickle may hold, and what a call of each becomes. */
#pragma once

typedef enum yd_global_kind {
    YD_GLOBAL_REFUSED,
    YD_GLOBAL_BARE,   /* named as a value, never called */
    YD_GLOBAL_OBJECT, /* a call stays a node that names it */
    YD_GLOBAL_CLASS,  /* a module of a network: torch.nn.modules.*, models.* */
    YD_GLOBAL_DICT,
    YD_GLOBAL_SET,
    YD_GLOBAL_TUPLE,
    YD_GLOBAL_TEXT, /* a path from its parts */
    YD_GLOBAL_BYTES /* text, each of whose code points is a byte */
} yd_global_kind;

/* global: "module name". */
yd_global_kind yd_global_find(const char *global);
