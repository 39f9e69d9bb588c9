/* SPDX-License-Identifier: MIT */
/*
 * The processes of Provision and the times that govern them. Adding a role is a row here, its folder, and its
 * rows in ipc/message.c.
 */
#include "config.h"

#include "provisiond/table.h"

#include <sched.h>

#include "event/tls.h"

#define SECRET(which) (1u << ROLE_SECRET_##which)
#define LINK(role) IPC_ROLE_BIT(IPC_ROLE_##role)

static const char *
user_store(const struct conf *conf)
{
	return conf->user_store;
}

static const char *
user_web(const struct conf *conf)
{
	return conf->user_web;
}

static const char *
user_courier(const struct conf *conf)
{
	return conf->user_courier;
}

static unsigned
one(const struct conf *conf)
{
	(void)conf;
	return 1;
}

/* As configured, else one for each core that we may use. */
static unsigned
web_processes(const struct conf *conf)
{
	cpu_set_t cores;
	if (conf->web_processes != 0)
		return conf->web_processes;
	int n = sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;
	return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

static const struct role_row roles[] = {
	{
		.name = "store", .role = IPC_ROLE_STORE, .conf_mask = CONF_ROLE_STORE,
		.secrets = SECRET(MASTER_KEY) | SECRET(NEXT_MASTER_KEY) | SECRET(RELAY_PASSWORD),
		.user_option = "user_store", .user = user_store, .count = one,
		/* recovery of a large index takes its time */
		.stage = 0, .ready_ms = 15 * 60 * 1000,
	},
	{
		.name = "web", .role = IPC_ROLE_WEB, .conf_mask = CONF_ROLE_WEB,
		.secrets = SECRET(CERTIFICATE) | SECRET(CERTIFICATE_KEY) | SECRET(TICKET_KEY),
		.user_option = "user_web", .user = user_web, .count = web_processes,
		.listeners = { "https" }, .first_listeners = { "metrics" },
		.links = LINK(STORE), .stage = 1, .ready_ms = 30 * 1000,
	},
	{
		.name = "courier", .role = IPC_ROLE_COURIER, .conf_mask = CONF_ROLE_COURIER,
		.user_option = "user_courier", .user = user_courier, .count = one,
		.links = LINK(STORE), .stage = 1, .is_disposable = true, .ready_ms = 30 * 1000,
	},
};

static const struct role_timing timing = {
	.early_ms = 2 * 1000, .healthy_ms = 60 * 1000, .early_max = 3, .backoff_first_ms = 1000, .backoff_max_ms = 30 * 1000,
	.ping_ms = 10 * 1000, .pong_ms = 30 * 1000, .lost_ms = 1000, .stop_ms = 30 * 1000,
	.ticket_ms = EVENT_TLS_TICKET_LIFE_S * 1000,
};

const struct role_row *
table_roles(size_t *n_r)
{
	*n_r = sizeof(roles) / sizeof(roles[0]);
	return roles;
}

const struct role_timing *
table_timing(void)
{
	return &timing;
}
