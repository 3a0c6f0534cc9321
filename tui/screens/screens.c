#include "tui/screens/screen.h"

const yd_screen *const yd_screens[YD_SCREENS] = {
#define YD_SCREEN(name) &yd_screen_##name,
#include "tui/screens/screens.def"
#undef YD_SCREEN
};
