#include "base/text.h"
#include "model/lower.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const yd_arg *yd_arg_at(const yd_lowering *call, int index)
{
    int understood = call->arg_base + index + 1;
    if (understood > call->builder->understood) call->builder->understood = understood;
    return index < call->arg_count ? &call->args[index] : NULL;
}

/* NULL for what is absent or None. */
static const yd_arg *given(const yd_lowering *call, int index)
{
    const yd_arg *arg = yd_arg_at(call, index);
    return arg && arg->kind != YD_ARG_NONE ? arg : NULL;
}

static void show_list(const yd_arg *arg, char *out, size_t capacity)
{
    size_t used = (size_t)snprintf(out, capacity, "[");
    for (int i = 0; i < arg->list_count && used < capacity; i++)
        used += (size_t)snprintf(out + used, capacity - used, "%s%d", i ? ", " : "", arg->list[i]);
    if (used < capacity) snprintf(out + used, capacity - used, "]");
}

const char *yd_arg_show(const yd_arg *arg, char *out, size_t capacity)
{
    char text[64];
    switch (arg->kind) {
    case YD_ARG_NONE:
        yd_copy_text(out, capacity, "None");
        break;
    case YD_ARG_INT:
        snprintf(out, capacity, "%.0f", arg->number);
        break;
    case YD_ARG_FLOAT:
        yd_format_double(out, capacity, arg->number);
        break;
    case YD_ARG_BOOL:
        yd_copy_text(out, capacity, arg->number != 0 ? "True" : "False");
        break;
    case YD_ARG_TEXT:
        snprintf(out, capacity, "'%s'", yd_escape(text, sizeof text, arg->text ? arg->text : ""));
        break;
    case YD_ARG_LIST:
        show_list(arg, out, capacity);
        break;
    case YD_ARG_NC:
        yd_copy_text(out, capacity, "nc");
        break;
    case YD_ARG_ANCHORS:
        yd_copy_text(out, capacity, "anchors");
        break;
    }
    return out;
}

static void fail_argument(const yd_lowering *call, int index, const char *name, const char *wanted)
{
    char found[96];
    yd_build_fail(call->builder, YD_ERR_CONFIG, "argument %d (%s) must be %s, found %s",
                  call->arg_base + index + 1, name, wanted,
                  yd_arg_show(&call->args[index], found, sizeof found));
}

static void fail_integer(const yd_lowering *call, int index, const char *name, const char *what, int low,
                         int high)
{
    char wanted[96];
    snprintf(wanted, sizeof wanted, "%s from %d to %d", what, low, high);
    fail_argument(call, index, name, wanted);
}

static bool is_integer(const yd_arg *arg, int low, int high)
{
    return arg->kind == YD_ARG_INT && arg->number >= low && arg->number <= high &&
           arg->number == rint(arg->number);
}

int yd_arg_int(const yd_lowering *call, int index, const char *name, int otherwise, int low, int high)
{
    const yd_arg *arg = given(call, index);
    if (!arg) return otherwise;
    if (is_integer(arg, low, high)) return (int)arg->number;
    fail_integer(call, index, name, "an integer", low, high);
    return otherwise;
}

double yd_arg_real(const yd_lowering *call, int index, const char *name, double otherwise, double low,
                   double high)
{
    const yd_arg *arg = given(call, index);
    if (!arg) return otherwise;
    bool number = arg->kind == YD_ARG_INT || arg->kind == YD_ARG_FLOAT;
    if (number && arg->number >= low && arg->number <= high) return arg->number;
    char wanted[96];
    snprintf(wanted, sizeof wanted, "a number from %g to %g", low, high);
    fail_argument(call, index, name, wanted);
    return otherwise;
}

bool yd_arg_bool(const yd_lowering *call, int index, const char *name, bool otherwise)
{
    const yd_arg *arg = yd_arg_at(call, index);
    if (!arg) return otherwise;
    if (arg->kind == YD_ARG_NONE) return false; /* as Python takes it */
    if (arg->kind == YD_ARG_BOOL || is_integer(arg, 0, 1)) return arg->number != 0;
    fail_argument(call, index, name, "True or False");
    return otherwise;
}

void yd_arg_activation(const yd_lowering *call, int index, yd_conv_spec *spec)
{
    const yd_arg *arg = yd_arg_at(call, index);
    spec->own = arg && arg->kind == YD_ARG_TEXT;
    if (!spec->own)
        spec->identity = !yd_arg_bool(call, index, "act", true);
    else if (!yd_activation_read(arg->text, &spec->activation, &spec->slope))
        fail_argument(
            call, index, "act",
            "True, False, nn.SiLU(), nn.Hardswish(), nn.ReLU(), nn.Identity() or nn.LeakyReLU(SLOPE)");
}

int yd_arg_list(const yd_lowering *call, int index, const char *name, int out[8], int count, int low,
                int high)
{
    const yd_arg *arg = given(call, index);
    if (!arg) return count;
    bool fits = arg->kind == YD_ARG_LIST && arg->list_count >= 1 && arg->list_count <= 8;
    for (int i = 0; fits && i < arg->list_count; i++) fits = arg->list[i] >= low && arg->list[i] <= high;
    if (!fits) {
        fail_integer(call, index, name, "a list of integers", low, high);
        return count;
    }
    memcpy(out, arg->list, (size_t)arg->list_count * sizeof *out);
    return arg->list_count;
}

void yd_arg_pair(const yd_lowering *call, int index, const char *name, int otherwise, int low, int high,
                 int pair[2])
{
    const yd_arg *arg = given(call, index);
    pair[0] = pair[1] = otherwise;
    if (!arg) return;
    if (arg->kind != YD_ARG_LIST) {
        pair[0] = pair[1] = yd_arg_int(call, index, name, otherwise, low, high);
        return;
    }
    bool fits = arg->list_count == 2;
    for (int i = 0; fits && i < 2; i++) fits = arg->list[i] >= low && arg->list[i] <= high;
    if (!fits)
        fail_integer(call, index, name, "one or two integers", low, high);
    else
        memcpy(pair, arg->list, 2 * sizeof *pair);
}
