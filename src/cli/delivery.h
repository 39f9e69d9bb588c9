/* SPDX-License-Identifier: MIT */
/*
 * One package on its way, from files to delivered. Order: walk → whom, keys → size → package, manifest, body, file records, seal →
 * complete. Until the last step nobody sees anything. The verb send does it once, a batch for each of its rows.
 */
#ifndef CLI_DELIVERY_H
#define CLI_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "cli/sending.h"
#include "cli/session.h"
#include "cli/walk.h"
#include "cli/whom.h"
#include "package/layout.h"
#include "package/manifest.h"

/* Told through note, in this order, each before the request that could do it. */
enum cli_delivery_step {
	CLI_DELIVERY_BEGINS,       /* the service hears of this package for the first time */
	CLI_DELIVERY_COMPLETES     /* it may be visible from now on */
};

struct cli_delivery {
	struct cli_sending_request request;   /* strings are borrowed */
	const struct cli_whom *whom;          /* to whom; NULL: to be found by the request */
	bool is_one_of_many;                  /* what is the same for each of them is not told */
	/* May be NULL. An error gives the package up. */
	int (*note)(void *arg, enum cli_delivery_step step, const struct id *package);
	/* The files as they are about to be sent; another error than 0 ends it. May be NULL. */
	int (*look)(void *arg, const struct package_manifest *m);
	void *arg;
	/* In: what another process left of it, taken; NULL: nothing. Out: what is kept of the package. */
	struct cli_sending *kept;
	/* What came out. */
	struct id package, subscription;
	bool was_delivered;        /* by an earlier process */
	bool can_go_on;            /* it failed, and what is kept of it can be gone on with later */
	bool is_unknown;           /* it failed, and may have been delivered all the same */
};

/*
 * Sends. Errors are told; whatever cannot be gone on with was given up. cli_delivery_close() in any case.
 */
int cli_delivery_run(struct cli_session *s, struct cli_delivery *d) ERR_CHECK;
/* The caller has noted that it was delivered: until this is called, another process would find it and see that. */
void cli_delivery_end(struct cli_session *s, struct cli_delivery *d);
void cli_delivery_close(struct cli_delivery *d);

/* The files of a request, and what a package would hold of them; also on errors both are owned. Errors are told. */
int cli_delivery_files(struct tool_call *c, const struct cli_sending_request *q, struct cli_walk **walk_r,
    struct package_manifest **manifest_r) ERR_CHECK;
/* Whether the service takes a body of this size: ERR_LIMIT. Errors are told. */
int cli_delivery_check_size(struct cli_session *s, const struct package_layout *layout) ERR_CHECK;

/* What the service has of a package of one's own. */
enum cli_delivery_state { CLI_DELIVERY_NONE, CLI_DELIVERY_ARRIVING, CLI_DELIVERY_DONE };
/* Errors are told. */
int cli_delivery_ask(struct cli_session *s, const struct id *package, enum cli_delivery_state *state_r) ERR_CHECK;
/* Gives up what the service has of it. ERR_STATE: it is complete; not told. ERR_NOT_FOUND: it has nothing of it; not told. */
int cli_delivery_abort(struct cli_session *s, const struct id *package) ERR_CHECK;

#endif
