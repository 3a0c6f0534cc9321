/* One value of a JSON text by its path of keys, ended by NULL; an array's element by its decimal index:
 *     yd_params_number(text, 1e-6, "noise", "w3/model.0.bn.bias", NULL)
 * A text that is not JSON ends the test case. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* A missing value, a null or one of another type gives otherwise; true is 1 and false 0. */
double yd_params_number(const char *json, double otherwise, ...) __attribute__((sentinel));
/* A string into out (cut to fit), or false. */
bool yd_params_text(const char *json, char *out, size_t capacity, ...) __attribute__((sentinel));
/* Elements of an array or members of an object; -1 where there is none. */
int yd_params_count(const char *json, ...) __attribute__((sentinel));
