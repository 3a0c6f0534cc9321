#include "sink/journal.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "event/event_news.h"
#include <limits.h>
#include <stdlib.h>

typedef struct journal {
    yd_text text; /* not written yet */
    char path[PATH_MAX];
} journal;

static yd_status take(void *context, const yd_event *event, const yd_sink_matter *matter, yd_error *error)
{
    (void)matter;
    journal *own = context;
    char news[YD_NEWS_TEXT], shown[4 * YD_NEWS_TEXT], stamp[YD_STAMP];
    if (yd_event_news_is_ordinary(event) || !yd_event_news(event, news)) return YD_OK;
    yd_text_addf(&own->text, "%s * %s\n", yd_wall_stamp(event->wall_ns, stamp),
                 yd_escape(shown, sizeof shown, news));
    return own->text.failed ? yd_fail(error, YD_ERR_MEMORY, "%s: no memory for a line", own->path) : YD_OK;
}

static yd_status flush(void *context, yd_error *error)
{
    journal *own = context;
    if (!own->text.length) return YD_OK;
    YD_TRY(yd_file_append(own->path, own->text.data, own->text.length, error));
    yd_text_clear(&own->text);
    return YD_OK;
}

static void finish(void *context)
{
    journal *own = context;
    flush(own, NULL);
    yd_text_free(&own->text);
    free(own);
}

yd_status yd_journal_sink(const char *folder, yd_sink *sink, yd_error *error)
{
    journal *own = calloc(1, sizeof *own);
    if (!own) return yd_fail(error, YD_ERR_MEMORY, "no memory for the journal");
    if (!yd_path_join(own->path, sizeof own->path, folder, "train.log")) {
        free(own);
        return yd_fail(error, YD_ERR_CONFIG, "%s/train.log: the path is too long", folder);
    }
    *sink = (yd_sink){.name = "train.log", .context = own, .take = take, .flush = flush, .close = finish};
    return YD_OK;
}
