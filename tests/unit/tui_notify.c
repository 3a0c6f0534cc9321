#include "support/test.h"
#include "tui/term/notify.h"
#include <stdlib.h>
#include <string.h>

static void check(yd_notify how, const char *text, bool tmux, const char *wanted)
{
    char *found = yd_notify_sequence(how, text, tmux);
    CHECK_TEXT(found ? found : "", wanted);
    free(found);
}

static void calls_as_asked(void)
{
    check(YD_NOTIFY_BELL, "exp3: the loss", false, "\a");
    check(YD_NOTIFY_BELL, "exp3: the loss", true, "\a"); /* tmux knows what to make of it */
    check(YD_NOTIFY_NONE, "exp3", false, "");
    check(YD_NOTIFY_OSC9, "exp3: 5 GB", false, "\033]9;yolodeck: exp3: 5 GB\a");
    check(YD_NOTIFY_OSC9, "exp3", true, "\033Ptmux;\033\033]9;yolodeck: exp3\a\033\\\a");
}

static void lets_nothing_through(void)
{
    check(YD_NOTIFY_OSC9, "a\a\033]52;c;eA==\a\302\234b\n", false,
          "\033]9;yolodeck: a\\x07\\x1b]52;c;eA==\\x07\\xc2\\x9cb\\x0a\a");
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    char *found = yd_notify_sequence(YD_NOTIFY_OSC9, text, false);
    REQUIRE(found);
    CHECK(strlen(found) < 600 && found[strlen(found) - 1] == '\a');
    free(found);
}

static void knows_its_words(void)
{
    CHECK(yd_notify_of("bell") == YD_NOTIFY_BELL && yd_notify_of(NULL) == YD_NOTIFY_BELL);
    CHECK(yd_notify_of("osc9") == YD_NOTIFY_OSC9 && yd_notify_of("none") == YD_NOTIFY_NONE);
}

static const yd_test_case cases[] = {
    {"calls as asked", calls_as_asked},
    {"lets nothing through", lets_nothing_through},
    {"knows its words", knows_its_words},
};

TEST_MAIN(cases)
