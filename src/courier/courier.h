/* SPDX-License-Identifier: MIT */
/*
 * The courier's life: it leases one batch of due mails from the store, sends it, reports, and ends; provisiond
 * starts the next. Disposable: whatever happens to it, leases run out and the mails are taken again.
 *
 *   link -> leasing -> sending and reporting -> all reported -> exit 0
 */
#ifndef COURIER_COURIER_H
#define COURIER_COURIER_H

#include "role/role.h"

/* The callbacks of role/role.h. */
int courier_open(struct role *r, void **state_r);
int courier_start(struct role *r, void *state);
void courier_attach(void *state, enum ipc_role peer, unsigned index, uint64_t link, int fd);
void courier_detach(void *state, uint64_t link);
int courier_reload(struct role *r, void *state);
void courier_stop(struct role *r, void *state, uint64_t timeout_ms);
void courier_close(void *state);

#endif
