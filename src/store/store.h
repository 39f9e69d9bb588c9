/* SPDX-License-Identifier: MIT */
/*
 * The parts of the store's process, as handlers and jobs see them. Made once at start by recovery.h, in this order,
 * and the same for the process's life.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

struct store_index;
struct store_keys;
struct store_vault;
struct store_spool;
struct store_due;
struct store_clock;
struct store_reserve;
struct store_pool;
struct store_backup;
struct store_committer;
struct store_worker;
struct store_handler;
struct store_due_kind;
struct conf;
struct ipc_server;
struct store_settings_box;
struct store_listeners;
struct store_service;
struct secret;

/* What a reload may change: one constant snapshot, counted; store_call and store_due_item carry the one in force. */
struct store_settings {
	const struct conf *conf;                /* NULL in unit tests that need none */
	const struct secret *relay_password;    /* NULL: no relay credential */
};

struct store {
	struct store_index *index;
	struct store_keys *keys;
	struct store_vault *vault;
	struct store_spool *spool;
	struct store_due *due;
	struct store_clock *clock;
	struct store_reserve *reserve;
	struct store_pool *pool;          /* for what waits for the disk */
	struct store_committer *committer;
	struct store_backup *backup;
	struct store_worker *worker;
	struct ipc_server *server;        /* links; NULL in unit tests */
	struct store_listeners *listeners;     /* of live events; NULL in unit tests without any */
	struct store_settings_box *settings;   /* settings.h */
	struct store_service *service;    /* what the handlers share, service.h */
};

#endif
