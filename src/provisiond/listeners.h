/* SPDX-License-Identifier: MIT */
/*
 * The listening sockets: bound here or taken from the service manager, handed to roles, never read.
 */
#ifndef PROVISIOND_LISTENERS_H
#define PROVISIOND_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "conf/conf.h"
#include "launch/problem.h"
#include "provisiond/users.h"

#define LISTENERS_MAX 40

struct listeners {
	struct {
		char name[32];   /* https, metrics, control */
		int fd;
	} of[LISTENERS_MAX];
	size_t n;
	char control_path[108];  /* made by us and removed at the end; "" if not */
};

/*
 * Sockets by name from the manager first; what it did not give is bound as conf says. ERR_CONFIG: *p says which address
 * and why (in use, no permission).
 */
int listeners_open(const struct conf *conf, const struct users *users, struct listeners *l_r, struct problem *p) ERR_CHECK;
/* The nth of this name, borrowed; -1: none. */
int listeners_find(const struct listeners *l, const char *name, size_t nth);
/* Closes all and removes the control socket. */
void listeners_close(struct listeners *l);

#endif
