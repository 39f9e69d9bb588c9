/* SPDX-License-Identifier: MIT */
/*
 * What every way into an account has in common: registering, logging in, recovering.
 */
#ifndef CLI_ACCOUNT_H
#define CLI_ACCOUNT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/session.h"
#include "mail/address.h"
#include "record/account.pb-c.h"
#include "trust/account.h"

/* The option --email. Errors are told. */
int cli_account_email(struct tool_call *c, struct mail_address *address_r) ERR_CHECK;
/* The first pin store of new keys, of one page: the service's own key. Errors are told. */
int cli_account_pins(struct cli_session *s, const struct trust_account *account, const struct trust_keys *keys, uint64_t version,
    struct buf *root, struct buf *page) ERR_CHECK;
/* Keeps a session that was opened and says who it is, in the object of the result that is open, and closes it. Takes *l, which has address, statement and keys. Errors are told. */
int cli_account_begin(struct cli_session *s, const Provision__SessionOpenReply *r, struct cli_login *l) ERR_CHECK;

#endif
