/* SPDX-License-Identifier: MIT */
/*
 * The functions that the rows of handlers.c name, by family. Each family has a file, handle_FAMILY.c; a function's name is
 * that and the message's: handle_session_open_check() prepares SessionOpen, handle_session_open() applies it. What
 * each answers, errors included, stands beside its row.
 */
#ifndef STORE_HANDLE_H
#define STORE_HANDLE_H

#include "store/call.h"
#include "store/due.h"

/* server */
int handle_server_info(struct store_call *c);

/* registration */
int handle_registration_create_check(struct store_call *c);
int handle_registration_create(struct store_call *c);
int handle_registration_verify_check(struct store_call *c);
int handle_registration_verify(struct store_call *c);
int handle_registration_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

/* session */
int handle_session_parameters(struct store_call *c);
int handle_session_open_check(struct store_call *c);
int handle_session_open(struct store_call *c);
int handle_session_close_check(struct store_call *c);
int handle_session_close(struct store_call *c);

/* account */
int handle_account_get(struct store_call *c);
int handle_account_pins_get(struct store_call *c);
int handle_account_pins_put_check(struct store_call *c);
int handle_account_pins_put(struct store_call *c);
int handle_account_nonce_check(struct store_call *c);
int handle_account_nonce(struct store_call *c);

#endif
