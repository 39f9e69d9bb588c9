/* SPDX-License-Identifier: MIT */
/*
 * What a taken-over role would try first. Each act works in an ordinary process and must fail in the jail.
 */
#ifndef ROLE_JAIL_PROBE_H
#define ROLE_JAIL_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* What the acts need, made outside the jail. */
struct role_probe_place {
	char folder[64];         /* an own folder below /tmp that the jail does not allow */
	int tcp;                 /* listening on loopback */
	int local;               /* AF_UNIX socket listening at folder/socket */
	int victim;              /* a process of the same user that waits */
};

struct role_probe {
	const char *name;        /* "open a file elsewhere" */
	/* 0: it worked. */
	int (*act)(const struct role_probe_place *place);
};

/* The list, *n_r rows. */
const struct role_probe *role_probes(size_t *n_r);
/* False with errno: could not be set up. */
bool role_probe_place_make(struct role_probe_place *place);
void role_probe_place_remove(struct role_probe_place *place);
/* Runs the act in a child; in a jail with these permits when is_jailed. True when the act worked. */
bool role_probe_works(const struct role_probe *probe, const struct role_probe_place *place, bool is_jailed, unsigned permits);

#endif
