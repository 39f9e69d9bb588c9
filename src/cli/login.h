/* SPDX-License-Identifier: MIT */
/*
 * What this machine holds of a person between commands: the session's token and the unwrapped private keys, sealed under a
 * random key that lies in the kernel's keyring (cli/keyring.h). The same for a registration that waits for its code.
 *
 *   magic "PVcl" ‖ u16 version 1 ‖ id of the key[16] ‖ registration[16] ‖ u64 end ‖ u32 memory_kib ‖ u32 passes
 *   ‖ block(host) ‖ block(address) ‖ block(account statement) ‖ block(wrapped keys, kind 3 of trust/FORMAT.md)
 *   ‖ block(record(derive(key, "provision/1/local-token", ""), all bytes before, token))
 */
#ifndef CLI_LOGIN_H
#define CLI_LOGIN_H

#include <stdint.h>

#include "api/client.h"
#include "base/err.h"
#include "base/id.h"
#include "cli/profile.h"
#include "crypt/password.h"
#include "crypt/secret.h"
#include "mail/address.h"
#include "trust/account.h"
#include "trust/link.h"

enum cli_login_kind { CLI_LOGIN_SESSION, CLI_LOGIN_PENDING };

struct cli_login {
	struct id registration;        /* PENDING only */
	uint64_t end_ms;               /* when the token ends */
	struct crypt_cost cost;        /* PENDING: what the password was hashed with */
	char host[TRUST_HOST_MAX + 1];
	char email[MAIL_ADDRESS_LEN + 1];
	uint8_t statement[TRUST_STATEMENT_MAX];
	size_t statement_len;
	struct trust_account account;  /* of the statement */
	struct trust_keys keys;        /* owned */
	struct secret *token;          /* owned, API_SESSION_BYTES */
};

/* Overwrites and frees what is secret; accepts an empty struct. */
void cli_login_deinit(struct cli_login *l);
/* Parses and keeps a statement. ERR_SYNTAX, ERR_LIMIT, ERR_VERSION, ERR_CRYPTO. */
int cli_login_set_statement(struct cli_login *l, struct view statement) ERR_CHECK;
/* Replaces what was kept, with a new key. */
int cli_login_save(const struct cli_profile *p, enum cli_login_kind kind, const struct cli_login *l) ERR_CHECK;
/* ERR_NOT_FOUND: nothing kept. ERR_LOGIN: the key is gone (the machine was restarted). ERR_CRYPTO, ERR_SYNTAX: damaged. */
int cli_login_load(const struct cli_profile *p, enum cli_login_kind kind, struct cli_login *l_r) ERR_CHECK;
void cli_login_erase(const struct cli_profile *p, enum cli_login_kind kind);

#endif
