/* SPDX-License-Identifier: MIT */
/*
 * Stands in for role/role.c: a role without a supervisor. What it was given, and what the process said to it.
 */
#ifndef TESTS_WEB_ROLE_H
#define TESTS_WEB_ROLE_H

#include "conf/conf.h"
#include "role/role.h"

struct role {
	struct event_loop *loop;
	struct conf conf;
	struct secret *secrets[ROLE_SECRET_COUNT];
	int https, metrics;      /* listeners; -1: none */
	unsigned index;
	unsigned lost;           /* role_report_lost() so far ... */
	uint64_t lost_link;      /* ... and the last number */
	bool is_over;            /* role_exit() */
};

#endif
