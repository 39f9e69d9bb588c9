/* SPDX-License-Identifier: MIT */
/*
 * The processes of the real table, all of them dummies, with times short enough for a test.
 */
#include "provisiond/table.h"

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

static unsigned
web_processes(const struct conf *conf)
{
	return conf->web_processes;
}

static const struct role_row roles[] = {
	{ .name = "store", .role = IPC_ROLE_STORE, .conf_mask = CONF_ROLE_STORE,
	  .secrets = SECRET(MASTER_KEY) | SECRET(RELAY_PASSWORD), .user_option = "user_store", .user = user_store, .count = one,
	  .stage = 0, .ready_ms = 5000 },
	{ .name = "web", .role = IPC_ROLE_WEB, .conf_mask = CONF_ROLE_WEB,
	  .secrets = SECRET(CERTIFICATE) | SECRET(CERTIFICATE_KEY) | SECRET(TICKET_KEY),
	  .user_option = "user_web", .user = user_web, .count = web_processes,
	  .listeners = { "https" }, .first_listeners = { "metrics" }, .links = LINK(STORE), .stage = 1, .ready_ms = 5000 },
	{ .name = "courier", .role = IPC_ROLE_COURIER, .conf_mask = CONF_ROLE_COURIER,
	  .user_option = "user_courier", .user = user_courier, .count = one,
	  .links = LINK(STORE), .stage = 1, .is_disposable = true, .ready_ms = 5000 },
};

static const struct role_timing timing = {
	.early_ms = 5000, .healthy_ms = 10000, .early_max = 3, .backoff_first_ms = 100, .backoff_max_ms = 400,
	.ping_ms = 100, .pong_ms = 1500, .lost_ms = 400, .stop_ms = 1500, .ticket_ms = 700,
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
