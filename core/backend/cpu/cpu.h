/* The fast backend: convolutions by oneDNN, everything around them by our own vector code. */
#pragma once
#include "backend/backend.h"

extern const yd_backend yd_backend_cpu;
/* The same with activations and working weights in bf16: masters, statistics, heads and loss stay in float32.
 * Opening it is UNSUPPORTED where the processor has no bf16 of its own. */
extern const yd_backend yd_backend_cpu_bf16;

/* Instruction set and libraries in words, for logs and `doctor`: "AVX-512, oneDNN 2.6.3, 2 threads". The text
 * lives as long as the device. */
const char *yd_cpu_describe(const yd_device *device);
