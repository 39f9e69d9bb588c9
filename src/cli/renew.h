/* SPDX-License-Identifier: MIT */
/*
 * A renewal: the company's next epoch, and what else changes with it. All verbs that end somebody's access, change a role or
 * touch the recovery code are one.
 */
#ifndef CLI_RENEW_H
#define CLI_RENEW_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/whom.h"
#include "crypt/secret.h"
#include "tool/verb.h"
#include "trust/account.h"

/* Us as an owner, with the company's keys opened. */
struct cli_renew_owner {
	struct cli_member member;
	struct secret *root_private;
	struct trust_keys epoch_keys;            /* of the current epoch */
};
void cli_renew_owner_deinit(struct cli_renew_owner *o);

/* What is asked for; all zero: new keys and nothing else. */
struct cli_renew_wish {
	const char *whose;                       /* account that goes or changes, as typed; NULL: nobody */
	enum trust_role role;                    /* of that account from now on; 0: removed */
	bool has_root;                           /* a new root, needed or not */
	const struct secret *code;               /* a new recovery code, shown already; NULL: the present one goes on */
	/* Ours are lost: the recovery code's keys, and what was opened with them (taken). Both or none. */
	const struct trust_keys *recovery;
	struct cli_renew_owner *recovered;
};

/* Makes, sends and prints it. Errors are told. */
int cli_renew_run(struct tool_call *c, const struct cli_renew_wish *wish) ERR_CHECK;

#endif
