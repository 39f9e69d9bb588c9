/* SPDX-License-Identifier: MIT */
/*
 * Which processes there are and how they are watched: data only. A test links a table of its own.
 */
#ifndef PROVISIOND_TABLE_H
#define PROVISIOND_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "ipc/message.h"
#include "role/role.h"

#define TABLE_LISTENERS_MAX 3

/* A kind of process. */
struct role_row {
	const char *name;                /* "web": the program is provision-web in roles_dir */
	enum ipc_role role;
	unsigned conf_mask;              /* enum conf_role: the options it may see */
	unsigned secrets;                /* bits 1 << enum role_secret it is given */
	const char *user_option;         /* for messages */
	const char *(*user)(const struct conf *conf);
	unsigned (*count)(const struct conf *conf);
	const char *listeners[TABLE_LISTENERS_MAX];        /* names; of every one of its processes */
	const char *first_listeners[TABLE_LISTENERS_MAX];  /* only of the one with index 0 */
	unsigned links;                  /* IPC_ROLE_BIT()s of the roles it gets a link to */
	unsigned stage;                  /* lower ones are ready before higher ones start, and stop after them */
	bool is_disposable;              /* exit 0 is the end of its work: replaced at once */
	uint32_t ready_ms;               /* longest start */
};

struct role_timing {
	uint32_t early_ms;               /* a life shorter than this was an early death */
	uint32_t healthy_ms;             /* a life longer than this makes earlier deaths forgotten */
	unsigned early_max;              /* from so many early deaths in a row on, restarts wait */
	uint32_t backoff_first_ms;       /* the first wait, doubled every time */
	uint32_t backoff_max_ms;
	uint32_t ping_ms;                /* between pings */
	uint32_t pong_ms;                /* without an answer for so long, a process is killed */
	uint32_t lost_ms;                /* what a process gets to end when its channel or a link is gone */
	uint32_t stop_ms;                /* to finish what is in flight, per stage */
	uint32_t ticket_ms;              /* life of a session ticket key */
};

const struct role_row *table_roles(size_t *n_r);
const struct role_timing *table_timing(void);

#endif
