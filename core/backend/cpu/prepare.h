/* Settings that libgomp reads when it is loaded. */
#pragma once

/* Sets those that the user has not set, and executes the program anew where there were any; called first of
 * all in main. Comes back where nothing is to be set, or where the program cannot be executed (then the run
 * is slower, not wrong). */
void yd_cpu_prepare(char **argv);
