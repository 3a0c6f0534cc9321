/* Themes as files: YAML, "style: words". Shipped ones lie in configs/themes, the user's in
 * ~/.config/yolodeck/themes. */
#pragma once
#include "tui/theme.h"

/* A name, searched in the user's folder and then among the shipped ones, or a path (where it holds a slash or
 * ends in .yaml). "default" without a file of the user is the built-in one. On failure the theme is the
 * built-in one, and error names file, line and key. */
yd_status yd_theme_load(const char *name, yd_theme *theme, yd_error *error);
/* Every name that there is, once, in no order; name is valid during the call. */
void yd_theme_names(void (*receiver)(void *context, const char *name), void *context);
