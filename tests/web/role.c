/* SPDX-License-Identifier: MIT */
/*
 * The functions of role/role.h that src/web/ uses.
 */
#include "web/role.h"

#include <string.h>

struct event_loop *
role_loop(struct role *r)
{
	return r->loop;
}

const struct conf *
role_conf(const struct role *r)
{
	return &r->conf;
}

unsigned
role_index(const struct role *r)
{
	return r->index;
}

const struct secret *
role_secret(const struct role *r, enum role_secret which)
{
	return r->secrets[which];
}

int
role_listener(const struct role *r, const char *name, size_t nth)
{
	if (nth != 0)
		return -1;
	return strcmp(name, "https") == 0 ? r->https : strcmp(name, "metrics") == 0 ? r->metrics : -1;
}

void
role_report_lost(struct role *r, uint64_t link)
{
	r->lost++;
	r->lost_link = link;
}

void
role_exit(struct role *r, int code)
{
	(void)code;
	r->is_over = true;
}
