/* SPDX-License-Identifier: MIT */
/*
 * Who the processes become. Started as root, every kind of process has a user of its own; else all share ours.
 */
#ifndef PROVISIOND_USERS_H
#define PROVISIOND_USERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "conf/conf.h"
#include "launch/problem.h"
#include "provisiond/table.h"

#define USERS_MAX 16

struct users {
	bool is_shared;          /* all stay who they are: fit for trying */
	struct {
		uid_t uid;       /* 0: stay */
		gid_t gid;
	} of[USERS_MAX];         /* by row of the table */
	gid_t admin_gid;         /* (gid_t)-1: no group */
};

/* Looks all names up. ERR_CONFIG: unknown, root, or given to two kinds of process. */
int users_find(const struct conf *conf, struct users *u_r, struct problem *p) ERR_CHECK;

#endif
