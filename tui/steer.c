#include "tui/steer.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

static struct yd_steer_pending *find(yd_steer *steer, uint32_t number)
{
    for (int i = 0; i < YD_STEER_PENDING; i++)
        if (steer->pending[i].number == number) return &steer->pending[i];
    return NULL;
}

static bool can_send(const yd_steer *steer)
{
    return steer->client && !steer->lost;
}

static uint32_t send_command(yd_steer *steer, yd_command_type type, const char *argument, const char *what,
                             char *message, size_t capacity)
{
    struct yd_steer_pending *entry = find(steer, 0);
    uint32_t number = entry && can_send(steer) ? yd_client_send(steer->client, type, argument) : 0;
    if (!number) {
        const char *reason = !can_send(steer) ? "the engine cannot be reached"
                             : entry          ? "the engine does not take it"
                                              : "too many are open";
        snprintf(message, capacity, "%s: not sent, %s", what, reason);
        return 0;
    }
    entry->number = steer->sent = number;
    yd_copy_text(entry->what, sizeof entry->what, what);
    snprintf(message, capacity, "%s: asked for, at the next batch", what);
    return number;
}

bool yd_steer_send(yd_steer *steer, yd_command_type type, const char *argument, const char *what,
                   char *message, size_t capacity)
{
    return send_command(steer, type, argument, what, message, capacity) != 0;
}

bool yd_steer_save_period(yd_steer *steer, int now, int change, char *message, size_t capacity)
{
    enum { OFF = -1, MOST = 1000000 };
    int period = steer->period_number ? steer->wanted_period : now;
    if (period < 1) period = 0;
    period += change;
    if (period > MOST) period = MOST;
    if (period < 1) period = OFF;
    char argument[64], what[48];
    snprintf(argument, sizeof argument, "save_period %d", period);
    snprintf(what, sizeof what, period == OFF ? "save period off" : "save period %d", period);
    uint32_t number = send_command(steer, YD_COMMAND_SET, argument, what, message, capacity);
    if (!number) return false;
    steer->wanted_period = period;
    steer->period_number = number;
    return true;
}

int yd_steer_answer(yd_steer *steer, bool *done, char *message, size_t capacity)
{
    yd_answer answer;
    if (!can_send(steer)) return 0;
    int found = yd_client_answer(steer->client, &answer);
    steer->lost = found < 0;
    if (found <= 0) return found;
    struct yd_steer_pending *entry = answer.number ? find(steer, answer.number) : NULL;
    char *text = steer->result.text;
    answer.text[sizeof answer.text - 1] = '\0';
    yd_escape(text, sizeof steer->result.text, answer.text);
    steer->result.number = answer.number;
    steer->result.done = answer.done;
    *done = answer.done;
    snprintf(message, capacity, "%s: %s%s%s", entry ? entry->what : "command",
             answer.done ? "done" : "refused", text[0] ? ", " : "", text);
    if (answer.number == steer->period_number) steer->period_number = 0;
    if (entry) entry->number = 0;
    return 1;
}

int yd_steer_drop(yd_steer *steer)
{
    int open = 0;
    for (int i = 0; i < YD_STEER_PENDING; i++) {
        open += steer->pending[i].number != 0;
        steer->pending[i].number = 0;
    }
    steer->period_number = 0;
    return open;
}

bool yd_steer_control(yd_steer *steer, const char *keys, char *message, size_t capacity)
{
    const yd_control *control = steer->client ? yd_client_controller(steer->client) : NULL;
    if (!control || !control->known || control->changes == steer->control_seen) return false;
    bool first = steer->control_seen == 0, had = steer->ours;
    steer->control_seen = control->changes;
    steer->ours = control->ours;
    message[0] = '\0';
    if (control->ours && !had && !first)
        snprintf(message, capacity, "this console steers now");
    else if (!control->ours && !control->who[0])
        snprintf(message, capacity, "nobody steers now: whoever acts first does");
    else if (!control->ours && had)
        snprintf(message, capacity, "%s has taken the control; %s takes it back", control->who, keys);
    else if (!control->ours)
        snprintf(message, capacity, "%s steers, this console watches; %s takes the control", control->who,
                 keys);
    return true;
}
