/* SPDX-License-Identifier: MIT */
/*
 * What provisiond counts, told to the store for the metrics: how often processes were started again, and whether the last
 * reload was taken.
 */
#ifndef PROVISIOND_REPORT_H
#define PROVISIOND_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "provisiond/process.h"

/* To the store among them, if it is ready; otherwise nothing: it is told when it is. */
void report_send(struct process *const *processes, size_t count, bool is_reload_refused);

#endif
