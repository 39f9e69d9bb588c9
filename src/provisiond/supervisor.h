/* SPDX-License-Identifier: MIT */
/*
 * All processes together: started by stages, linked, watched, reloaded, stopped in reverse. Signals: SIGTERM and SIGINT
 * stop (a second one at once), SIGHUP reloads.
 */
#ifndef PROVISIOND_SUPERVISOR_H
#define PROVISIOND_SUPERVISOR_H

#include "provisiond/context.h"

/*
 * Runs until stopped; borrows the context and changes its conf and material at a reload. Returns the exit code: 0 after
 * a stop; that of a process which could not start the first time; EX_SOFTWARE when processes had to be killed at the end.
 */
int supervisor_run(struct context *context);

#endif
