/* SPDX-License-Identifier: MIT */
/*
 * The store as a process: what main.c plugs into the skeleton of a role (role/role.h).
 */
#ifndef STORE_PROCESS_H
#define STORE_PROCESS_H

#include "role/role.h"

int store_process_open(struct role *r, void **state_r);
int store_process_start(struct role *r, void *state);
void store_process_attach(void *state, enum ipc_role peer, unsigned index, uint64_t link, int fd);
void store_process_detach(void *state, uint64_t link);
int store_process_reload(struct role *r, void *state);
void store_process_report(void *state, const struct ProtobufCMessage *m);
void store_process_stop(struct role *r, void *state, uint64_t timeout_ms);
void store_process_close(void *state);

#endif
