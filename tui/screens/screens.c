#include "tui/screens/screen.h"

/* In the order of the tabs; the keys leave room for the screens between. */
const yd_screen *const yd_screens[] = {&yd_screen_dash, &yd_screen_log};
_Static_assert(sizeof yd_screens / sizeof *yd_screens == YD_SCREENS, "one row a screen");
