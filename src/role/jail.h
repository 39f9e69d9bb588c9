/* SPDX-License-Identifier: MIT */
/*
 * The jail: what a process may still do once it has started. Built from the tables in jail_calls.c.
 * What is refused: every path but the allowed ones (Landlock), processes, exec, AF_UNIX sockets,
 * executable memory, tracing, signals to others, and every system call that is not in the table (seccomp); a
 * refused call is written to the log with its number and ends the process with ROLE_JAIL_EXIT.
 */
#ifndef ROLE_JAIL_H
#define ROLE_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "role/role.h"

#define ROLE_JAIL_EXIT 77   /* EX_NOPERM */

/* Undumpable, no core files. First thing in main(). */
void role_jail_harden(void);
/* Becomes this user and group for good, without further groups. ERR_DENIED: not allowed to. */
int role_jail_drop(uid_t uid, gid_t gid) ERR_CHECK;
/*
 * Landlock and seccomp for this thread and all it will make; it must be the only one. Lists end with a NULL path and may be
 * NULL. ERR_UNSUPPORTED: this kernel or this build cannot (logged). ERR_NOT_FOUND: a required path is missing (logged).
 */
int role_jail_enter(unsigned permits, const struct role_path *optional, const struct role_path *required) ERR_CHECK;
/*
 * For the supervisor, and so for all it starts: no new privileges, and what no process of ours ever needs (tracing, mounts,
 * modules, namespaces, ...) fails with EPERM. ERR_UNSUPPORTED (logged).
 */
int role_jail_restrict(void) ERR_CHECK;
/* Landlock's ABI version, 0: none. */
int role_jail_landlock_abi(void);

#endif
