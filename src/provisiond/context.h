/* SPDX-License-Identifier: MIT */
/*
 * What is true for all processes at one time: configuration, secrets, users, sockets. Owned by run.c, changed by a
 * reload in supervisor.c, read by process.c. A plain value.
 */
#ifndef PROVISIOND_CONTEXT_H
#define PROVISIOND_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "provisiond/listeners.h"
#include "provisiond/material.h"
#include "provisiond/users.h"

struct context {
	const char *config_path;
	struct conf *conf;
	struct material material;
	struct users users;
	struct listeners listeners;
	bool is_unjailed;        /* --no-jail */
	bool is_systemd;         /* the log goes to the journal */
	uint64_t generation;     /* of conf and material; one more with every reload */
};

#endif
