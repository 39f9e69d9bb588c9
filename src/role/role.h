/* SPDX-License-Identifier: MIT */
/*
 * The skeleton of a jailed process. A role's main() is one call of role_main() with its spec; the order is
 * the same for all:
 *
 *   undumpable -> settings, secrets, listeners, links from the supervisor (descriptor 3) -> open() -> own user
 *   -> no_new_privs, Landlock, seccomp -> start() -> Ready -> loop -> stop() -> close()
 *
 * A failure on the way is fatal. All callbacks come from the one thread of the loop. A role that loses
 * its control channel exits: the supervisor is gone.
 */
#ifndef ROLE_ROLE_H
#define ROLE_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "event/loop.h"
#include "ipc/message.h"

struct conf;
struct role;

/* What a role may do in its jail beyond the base (which is: the loop, memory, its open descriptors, clocks, random). */
enum role_permit {
	ROLE_PERMIT_ACCEPT = 1 << 0,    /* accept() on listeners it was given */
	ROLE_PERMIT_CONNECT = 1 << 1,   /* IPv4 and IPv6 sockets that connect out, the resolver's netlink socket */
	ROLE_PERMIT_FILES_READ = 1 << 2,   /* open files below what landlock leaves */
	ROLE_PERMIT_FILES_WRITE = 1 << 3,  /* make, change, rename, unlink files there */
	ROLE_PERMIT_THREADS = 1 << 4,   /* threads (never processes) */
	ROLE_PERMIT_SHARED_MEMORY = 1 << 5,  /* map files shared and writable: Berkeley DB regions */
};

/* Rights below a path. */
enum role_right {
	ROLE_RIGHT_READ = 1,            /* read files, list folders */
	ROLE_RIGHT_WRITE = 2,           /* also change, make, rename and unlink regular files and folders */
};

/* One path a role may use in its jail; a missing one is left out. */
struct role_path {
	const char *path;               /* absolute, file or folder */
	unsigned rights;
};

/* Secrets and material that come with the settings; only what the role's row in the supervisor's table grants. */
enum role_secret {
	ROLE_SECRET_CERTIFICATE,        /* PEM chain (no secret, but it comes with its key) */
	ROLE_SECRET_CERTIFICATE_KEY,    /* PEM */
	ROLE_SECRET_TICKET_KEY,         /* EVENT_TLS_TICKET_KEY_BYTES */
	ROLE_SECRET_MASTER_KEY,         /* 32 bytes */
	ROLE_SECRET_NEXT_MASTER_KEY,    /* the same, where it is to be changed */
	ROLE_SECRET_RELAY_PASSWORD,
	ROLE_SECRET_COUNT
};

struct role_spec {
	const char *name;               /* "web": in the log, and the program is provision-web */
	enum ipc_role role;
	unsigned permits;
	const struct role_path *paths;  /* ends with a NULL path; NULL: none */
	uint64_t data_max;              /* RLIMIT_AS in bytes; 0: no limit */
	unsigned files_max;             /* RLIMIT_NOFILE; 0: as given */
	/*
	 * Still outside the jail, and root if the supervisor is: opens what cannot be opened later, and no more. Settings,
	 * secrets and listeners are there. May call role_allow(). *state_r is given to all further callbacks.
	 */
	int (*open)(struct role *r, void **state_r);
	/* In the jail: everything else. Ready is said when it returns 0. May take long (recovery). */
	int (*start)(struct role *r, void *state);
	/* A link to another role (taken: close it). An older one to the same role and index is void. Never before start(). */
	void (*attach)(void *state, enum ipc_role peer, unsigned index, uint64_t link, int fd);
	/* The process at the other end of this link is dead. May be NULL. */
	void (*detach)(void *state, uint64_t link);
	/* New settings: role_conf() and the secrets are the new ones. An error: the role must go on as before, with the old
	 * ones, which role.c puts back. May be NULL: nothing to do. */
	int (*reload)(struct role *r, void *state);
	/* A new ROLE_SECRET_TICKET_KEY is there. May be NULL. */
	void (*ticket)(struct role *r, void *state);
	/* What the supervisor counts (a SupervisorReport, borrowed). May be NULL: not wanted. */
	void (*report)(void *state, const struct ProtobufCMessage *report);
	/* Take nothing new, finish what is in flight, then role_exit(). NULL: exits at once. */
	void (*stop)(struct role *r, void *state, uint64_t timeout_ms);
	/* The loop has ended: free everything, cancel all handles. May be NULL. */
	void (*close)(void *state);
};

/* The whole life of the process; returns its exit code. */
int role_main(const struct role_spec *spec, int argc, char **argv);

struct event_loop *role_loop(struct role *r);
/* Borrowed until the next reload has been taken. */
const struct conf *role_conf(const struct role *r);
/* Which one of how many of its kind. */
unsigned role_index(const struct role *r);
unsigned role_count(const struct role *r);
bool role_is_jailed(const struct role *r);
/* Started by a tool while no daemon runs: it is to do nothing that was not asked for. */
bool role_is_offline(const struct role *r);
/* NULL: not granted or not configured. Borrowed until the next reload or ticket key; copy what is kept. */
const struct secret *role_secret(const struct role *r, enum role_secret which);
/* The secret goes over to the caller (master key: after that the skeleton holds none). NULL as above. */
struct secret *role_secret_take(struct role *r, enum role_secret which);
/* The nth listening socket of this name ("https", "metrics", "control"), borrowed; -1: there is none. */
int role_listener(const struct role *r, const char *name, size_t nth);
/* In open() only: one more path for the jail (state directory, CA bundle). A missing path is an error later: fatal. */
void role_allow(struct role *r, const char *path, unsigned rights);
/* A link was cut or lost. If the other end still lives the supervisor makes both ends anew. Call it from lost(). */
void role_report_lost(struct role *r, uint64_t link);
/* Ends the loop; 0: as asked, or a disposable role's batch is done. */
void role_exit(struct role *r, int code);

#endif
