/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C, hang-up and termination as a wish that long work looks at, so that it can clean up. A second one ends the
 * program at once.
 */
#ifndef TOOL_STOP_H
#define TOOL_STOP_H

#include <stdbool.h>

/* From now on SIGINT, SIGHUP and SIGTERM are wishes. SIGPIPE is ignored. */
void tool_stop_listen(void);
bool tool_stop_is_wanted(void);
/* If there was a wish: ends the process by that signal, as the shell expects. */
void tool_stop_obey(void);

#endif
