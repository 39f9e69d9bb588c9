/* SPDX-License-Identifier: MIT */
/*
 * The files beside the configuration: certificate, keys, passwords. Read and checked here, handed to the roles as
 * bytes; no role opens them.
 */
#ifndef PROVISIOND_MATERIAL_H
#define PROVISIOND_MATERIAL_H

#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"
#include "launch/problem.h"
#include "role/role.h"

struct material {
	struct secret *secrets[ROLE_SECRET_COUNT];   /* owned; NULL: not configured */
	uint64_t certificate_expires_ms;
};

/*
 * Reads everything that conf names, and makes a new ticket key. ERR_CONFIG: *p says which file and why. Blocks. For a
 * reload the master key and the ticket key are left out.
 */
int material_read(const struct conf *conf, bool is_reload, struct material *m_r, struct problem *p) ERR_CHECK;
void material_deinit(struct material *m);
/* A new file (mode 0600) with a random master key; an existing one is never touched. ERR_CONFIG: *p. */
int material_make_master_key(const char *path, struct problem *p) ERR_CHECK;

#endif
