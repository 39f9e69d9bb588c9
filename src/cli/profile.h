/* SPDX-License-Identifier: MIT */
/*
 * The folder of one person's configuration and keys, PROVISION_HOME (mode 0700, every file 0600, every change atomic):
 *
 *   profile       JSON: server, authority, address, account; what the server must not take back: the highest version of the
 *                 pin store and the highest cost of hashing seen. Stays when the person logs out.
 *   session       who is logged in (cli/login.h)
 *   pending       a registration that waits for its code (cli/login.h)
 *   *.key         only where the kernel has no keyring: the key under which session or pending is sealed
 *   seen-*        numbers of the packages seen, one file a subscription (cli/seen.h)
 *   sending-*     packages whose sending may have to go on (cli/sending.h)
 *   package-*     what is needed to prove the files of a package (cli/keeping.h)
 *   invitation-*  secrets of invitations that this client made, sealed (cli/member.c)
 *   lock          held for the moment of a change, so that several commands at once work
 */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "crypt/password.h"
#include "tool/verb.h"

struct cli_profile {
	struct tool_call *call;   /* where errors are told */
	int folder;               /* descriptor */
	char *path;
	/* As in the file. */
	char *url;                /* NULL: not known yet */
	char *ca_file;            /* NULL: the system's authorities */
	char *email;              /* NULL: none */
	struct id account;        /* none before the first login */
	uint64_t pins_version;    /* highest seen, 0: none */
	struct crypt_cost cost;   /* highest used, 0: none */
};

/* Opens PROVISION_HOME, makes it if need be, reads the file "profile". All errors are told. *p_r owned. */
int cli_profile_open(struct tool_call *c, struct cli_profile **p_r) ERR_CHECK;
void cli_profile_free(struct cli_profile **p);

/*
 * One change of the file "profile": under the lock reads it again, calls change, writes it. change returns 0 or an error, which ends
 * it; it must be quick.
 */
int cli_profile_change(struct cli_profile *p, int (*change)(struct cli_profile *p, void *arg), void *arg) ERR_CHECK;
/* Holds the lock for another file of the folder. *fd_r: file_close() lets go. */
int cli_profile_lock(const struct cli_profile *p, int *fd_r) ERR_CHECK;
/* Writes a file of the folder anew, durably. Errors are told with its path. */
int cli_profile_put(const struct cli_profile *p, const char *file, struct view bytes) ERR_CHECK;
/* Replaces a string of the profile; value may be NULL. */
void cli_profile_set(char **field, const char *value);
/* Remembers a version of the pin store that was seen. */
int cli_profile_note_pins(struct cli_profile *p, uint64_t version) ERR_CHECK;

#endif
