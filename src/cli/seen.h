/* SPDX-License-Identifier: MIT */
/*
 * The numbers of the packages this client has seen, per subscription and direction, so that a server can neither give one
 * twice nor leave one out unnoticed, nor put another person behind a subscription. And what was said once about a conversation.
 * One file a subscription in the profile.
 */
#ifndef CLI_SEEN_H
#define CLI_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "cli/profile.h"

enum cli_seen_direction { CLI_SEEN_IN, CLI_SEEN_OUT };

/* What a number means. */
enum cli_seen_order {
	CLI_SEEN_NEXT,       /* the one after the highest, or the first this client sees, or one that was missing */
	CLI_SEEN_GAP,        /* packages between the highest and this one were not seen: *missing_r of them */
	CLI_SEEN_REPEATED    /* seen before */
};

/* Without a change. */
int cli_seen_check(const struct cli_profile *p, const struct id *subscription, enum cli_seen_direction d, uint64_t sequence,
    enum cli_seen_order *order_r, uint64_t *missing_r) ERR_CHECK;
/* Writes the file as it is, to find out whether a number could be kept, before something that cannot be undone. Errors are told. */
int cli_seen_rehearse(const struct cli_profile *p, const struct id *subscription) ERR_CHECK;
/* Keeps the number. ERR_TRUST: it was seen before (another command may have been faster). */
int cli_seen_note(const struct cli_profile *p, const struct id *subscription, enum cli_seen_direction d, uint64_t sequence) ERR_CHECK;
/*
 * Keeps the number of a package that is about to be sealed here, with the package: 0 also when this very package has it, so that a
 * sending that was broken off can go on. ERR_TRUST: another one had it.
 */
int cli_seen_note_sealed(const struct cli_profile *p, const struct id *subscription, uint64_t sequence, const struct id *package) ERR_CHECK;
/* That package was delivered or given up: only its number is kept. */
int cli_seen_note_done(const struct cli_profile *p, const struct id *subscription, const struct id *package) ERR_CHECK;
/* The account or company behind the subscription, kept at the first call. ERR_TRUST: another one than before. */
int cli_seen_bind(const struct cli_profile *p, const struct id *subscription, const struct id *principal) ERR_CHECK;
/* Notes that the person was told who can read text messages. ERR_EXISTS: was told before. */
int cli_seen_warn(const struct cli_profile *p, const struct id *subscription) ERR_CHECK;
/* The subscription has ended. */
int cli_seen_forget(const struct cli_profile *p, const struct id *subscription) ERR_CHECK;

#endif
