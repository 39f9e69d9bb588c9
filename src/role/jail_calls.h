/* SPDX-License-Identifier: MIT */
/*
 * The system calls of the jail as data: jail_calls.c is the table to read when one asks what a role can do.
 */
#ifndef ROLE_JAIL_CALLS_H
#define ROLE_JAIL_CALLS_H

#include <stddef.h>
#include <stdint.h>

/* A condition on an argument: (argument & mask) == value. */
struct jail_condition {
	enum { JAIL_NO_CONDITION, JAIL_ARGUMENT, JAIL_ARGUMENT_IS_SELF } kind;
	unsigned argument;
	uint64_t mask, value;    /* JAIL_ARGUMENT_IS_SELF: equal to our own process id */
};

#define JAIL_CONDITIONS 2

struct jail_call {
	int number;              /* as libseccomp resolves it; negative: this machine has no such call */
	unsigned permits;        /* any of these enum role_permit allows it; 0: every role may */
	int refusal;             /* 0: allowed; else it fails with this errno, unless another row allows it without condition */
	struct jail_condition conditions[JAIL_CONDITIONS];
};

/* The table, *n_r rows. What no row allows is logged and ends the process. */
const struct jail_call *jail_calls(size_t *n_r);
/* What no process of ours needs, the supervisor included; *n_r numbers. */
const int *jail_denied_calls(size_t *n_r);

#endif
