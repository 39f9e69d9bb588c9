/* SPDX-License-Identifier: MIT */
/*
 * What a role was given to work with: its part of the configuration and its secrets, taken out of the
 * control channel's messages. A plain value that can be swapped for a reload.
 */
#ifndef ROLE_SETTINGS_H
#define ROLE_SETTINGS_H

#include "base/err.h"
#include "crypt/secret.h"
#include "role/role.h"

struct Provision__Settings;

struct role_settings {
	struct conf *conf;       /* owned; NULL: none was given */
	struct secret *secrets[ROLE_SECRET_COUNT];   /* owned; NULL: not given */
};

/* Takes everything out of m, which the caller then wipes. ERR_SYNTAX, ERR_VERSION: the configuration. */
int role_settings_init(struct role_settings *s, const struct Provision__Settings *m) ERR_CHECK;
/* Frees, wipes and empties. */
void role_settings_deinit(struct role_settings *s);

#endif
