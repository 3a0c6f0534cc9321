#include "tensor/tensor.h"

size_t yd_dtype_size(yd_dtype dtype)
{
    switch (dtype) {
    case YD_F32:
        return 4;
    case YD_F64:
        return 8;
    case YD_BF16:
        return 2;
    case YD_U8:
        return 1;
    case YD_I64:
        return 8;
    }
    return 0;
}
