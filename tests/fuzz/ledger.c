/* Any bytes as tweaks.jsonl: what holds is in order and bounded, and is read back as it was written. */
#include "series/ledger.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_order(const yd_ledger *ledger)
{
    YD_ASSERT(yd_ledger_count(ledger) <= YD_LEDGER_MOST);
    for (int i = 0; i < yd_ledger_count(ledger); i++) {
        const yd_ledger_entry *entry = yd_ledger_at(ledger, i);
        YD_ASSERT(entry->number <= ledger->number && entry->name[0]);
        YD_ASSERT(!i || yd_moment_compare(yd_ledger_at(ledger, i - 1)->made, entry->made) <= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yd_ledger ledger = YD_LEDGER, again = YD_LEDGER;
    yd_text text = {0};
    yd_ledger_parse(&ledger, (const char *)data, size);
    check_order(&ledger);
    yd_ledger_text(&ledger, &text);
    YD_ASSERT(text.failed || yd_ledger_parse(&again, text.data ? text.data : "", text.length) == 0);
    YD_ASSERT(text.failed || yd_ledger_count(&again) == yd_ledger_count(&ledger));
    yd_text_free(&text);
    yd_ledger_free(&ledger);
    yd_ledger_free(&again);
    return 0;
}
