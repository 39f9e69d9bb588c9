/* SPDX-License-Identifier: MIT */
/*
 * What a tool does with its own process first.
 */
#ifndef TOOL_PROCESS_H
#define TOOL_PROCESS_H

/* Undumpable and without core files: keys and passwords are in memory. */
void tool_process_harden(void);

#endif
