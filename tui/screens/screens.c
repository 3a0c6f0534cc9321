#include "tui/screens/screen.h"

/* In the order of the tabs; the keys leave room for the screens between. */
const yd_screen *const yd_screens[YD_SCREENS] = {&yd_screen_dash, &yd_screen_log};
