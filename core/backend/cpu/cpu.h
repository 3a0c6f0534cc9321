/* The fast backend: convolutions by oneDNN, everything around them by our own vector code, float32
 * throughout. */
#pragma once
#include "backend/backend.h"

extern const yd_backend yd_backend_cpu;

/* Instruction set and libraries in words, for logs and `doctor`: "AVX-512, oneDNN 2.6.3, 2 threads". The text
 * lives as long as the device. */
const char *yd_cpu_describe(const yd_device *device);
