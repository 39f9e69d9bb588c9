/* SPDX-License-Identifier: MIT */
/*
 * A store of one's own, while no daemon runs: provision-store executed on a socket pair, set up as provisiond does it,
 * jailed, as the store's user. It answers what it would answer provisionctl and does nothing by itself: no job of "due" is
 * worked unless asked for. Its own lock on the state directory decides who may run.
 */
#ifndef ADMIN_OFFLINE_H
#define ADMIN_OFFLINE_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/conf.h"
#include "launch/problem.h"

struct offline;
struct ipc_call;

/*
 * Starts it and waits until it is ready: minutes, when much has to be recovered. *call_r: a link as provisionctl's, owned. ERR_BUSY:
 * a store runs on this state directory. ERR_CONFIG: *p (master key, user, program). What the store itself refuses it logs to
 * standard error; then an error with the exit code it ended with, and *p. conf: its log level is raised to warnings.
 */
int offline_open(struct conf *conf, bool is_jailed, struct offline **o_r, struct ipc_call **call_r, struct problem *p) ERR_CHECK;
/* Takes *o, accepts NULL. Tells it to end and waits; kills it if it does not. Close the call first. */
void offline_close(struct offline **o);

#endif
