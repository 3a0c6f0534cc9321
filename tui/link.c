#include "tui/link.h"

#define SECOND 1000000000LL

/* Down: often enough that a user hardly sees it. Gone: a look at a small file, every two seconds. */
static int64_t interval_ns(const yd_link *link)
{
    return link->state == YD_LINK_DOWN ? SECOND / 10 : 2 * SECOND;
}

void yd_link_lost(yd_link *link)
{
    link->state = YD_LINK_DOWN;
    link->tried_ns = 0;
}

yd_link_state yd_link_try(yd_link *link, int64_t now_ns)
{
    static const yd_link_state after[] = {
        [YD_REJOIN_DONE] = YD_LINK_UP, [YD_REJOIN_WAIT] = YD_LINK_DOWN, [YD_REJOIN_DEAD] = YD_LINK_GONE};
    if (link->state == YD_LINK_UP || yd_link_wait(link, now_ns) != 0) return link->state;
    link->tried_ns = now_ns;
    link->state = after[yd_client_rejoin(link->client)];
    return link->state;
}

int yd_link_descriptor(const yd_link *link)
{
    return link->state == YD_LINK_UP ? yd_client_descriptor(link->client) : -1;
}

int64_t yd_link_wait(const yd_link *link, int64_t now_ns)
{
    if (link->state == YD_LINK_UP || !link->client) return -1;
    if (!link->tried_ns) return 0;
    int64_t rest = link->tried_ns + interval_ns(link) - now_ns;
    return rest > 0 ? rest : 0;
}
