/* The reference backend: plain C in double precision, one thread, one file an operation. It is the yardstick
 * of every test of the others, so it is written to be read and checked, not to be fast. */
#pragma once
#include "backend/backend.h"

extern const yd_backend yd_backend_ref;
