/* Pythons that tests talk to: what others' programs make of what is written here. */
#pragma once

/* A Python that can import the modules ("onnx, onnxruntime"): $variable, build/<folder>/bin/python of the
 * source tree, or python3. Skips the case where there is none. variable and folder may be NULL. */
const char *yd_test_python(const char *modules, const char *variable, const char *folder);
