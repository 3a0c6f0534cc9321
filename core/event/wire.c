#include "event/wire.h"

const char *yd_event_name(uint32_t type)
{
    static const char *const names[] = {
#define YD_EVENT(enumerator, name) #name,
#include "event/events.def"
#undef YD_EVENT
    };
    return type < YD_EVENT_COUNT ? names[type] : "?";
}

const char *yd_command_name(uint32_t type)
{
    static const char *const names[] = {
#define YD_COMMAND(enumerator, name, ...) #name,
#include "event/commands.def"
#undef YD_COMMAND
    };
    return type < YD_COMMAND_COUNT ? names[type] : "?";
}

const char *yd_run_state_name(uint32_t state)
{
    static const char *const names[] = {
#define YD_RUN_STATE(enumerator, name) #name,
#include "event/states.def"
#undef YD_RUN_STATE
    };
    return state < YD_RUN_STATE_COUNT ? names[state] : "?";
}

const char *yd_watchdog_name(uint32_t watchdog)
{
    static const char *const names[] = {
#define YD_WATCHDOG(enumerator, name, level, meaning) #name,
#include "event/watchdogs.def"
#undef YD_WATCHDOG
    };
    return watchdog < YD_WATCHDOG_COUNT ? names[watchdog] : "?";
}
