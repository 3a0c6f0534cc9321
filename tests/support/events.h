/* Event files of other writers, and what must be found in them. */
#pragma once

/* The folder holds files and expected.txt, as tests/support/events/make.py leaves them. Checks that each file
 * says what is expected of it, and no more; returns how many values that were. */
int yd_test_events_check(const char *folder);
