/* SPDX-License-Identifier: MIT */
/*
 * Passwords on their way from the person to keys: read, normalised, judged when chosen, hashed with a cost that the server may not
 * lower.
 */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include <stddef.h>

#include "api/client.h"
#include "base/err.h"
#include "cli/profile.h"
#include "crypt/password.h"
#include "crypt/secret.h"
#include "mail/address.h"
#include "tool/verb.h"

/* The existing password. *password_r owned, in NFC. Errors are told. */
int cli_password_ask(struct tool_call *c, struct secret **password_r) ERR_CHECK;
/* A new one, twice on a terminal; words about the person as in cli/strength.h. ERR_LIMIT: too weak. Errors are told. */
int cli_password_choose(struct tool_call *c, const char *const *words, size_t n, struct secret **password_r) ERR_CHECK;
/*
 * Asks the server for salt and cost of the address, refuses a cost below the floor, above the ceiling or below what this profile
 * has used before (ERR_TRUST), and hashes. Blocks for about a second. Errors are told.
 */
int cli_password_keys(struct tool_call *c, struct cli_profile *p, struct api_client *client, const struct mail_address *address,
    const struct secret *password, struct crypt_cost *cost_r, struct secret **auth_r, struct secret **wrap_r) ERR_CHECK;

#endif
