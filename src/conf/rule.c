/* SPDX-License-Identifier: MIT */
/*
 * Owns the rules between options, one row each. What a single value must be stands in the option table.
 * The parser calls it when everything else is right.
 */
#include "conf/rule.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

static bool
is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool
is_relay_exposed(const struct conf *conf)
{
	return conf->relay_security == CONF_SECURITY_PLAIN && !is_loopback(conf->relay_host);
}

static bool
is_fallback_exposed(const struct conf *conf)
{
	struct view rest = view_str(conf->relay_fallback == NULL ? "" : conf->relay_fallback), host;
	char text[INET6_ADDRSTRLEN];
	uint16_t port;
	while (conf->relay_security == CONF_SECURITY_PLAIN && conf_relay_next(&rest, &host, &port)) {
		if (host.len >= sizeof(text))
			return true;
		memcpy(text, host.data, host.len);
		text[host.len] = '\0';
		if (!is_loopback(text))
			return true;
	}
	return false;
}

static bool
is_password_missing(const struct conf *conf)
{
	return conf->relay_user != NULL && conf->relay_password_file == NULL;
}

static bool
is_user_missing(const struct conf *conf)
{
	return conf->relay_user == NULL && conf->relay_password_file != NULL;
}

static bool
is_idle_too_long(const struct conf *conf)
{
	return conf->session_idle_s > conf->session_max_s;
}

static bool
is_mirror_no_mirror(const struct conf *conf)
{
	return conf->key_mirror_dir != NULL && strcmp(conf->key_mirror_dir, conf->state_dir) == 0;
}

static bool
is_nobody_trusted(const struct conf *conf)
{
	bool is_asked = conf->proxy_protocol != CONF_PROXY_PROTOCOL_OFF || conf->address_field != CONF_ADDRESS_FIELD_NONE;
	return is_asked && conf->trusted_proxies == NULL;
}

static const struct conf_rule RULES[] = {
	{ "relay_security", "plain is allowed only when relay_host is a loopback address such as 127.0.0.1", is_relay_exposed },
	{ "relay_fallback", "plain is allowed only when each is a loopback address such as 127.0.0.1", is_fallback_exposed },
	{ "relay_user", "it needs relay_password_file", is_password_missing },
	{ "relay_password_file", "it needs relay_user", is_user_missing },
	{ "trusted_proxies", "proxy_protocol and address_field need it", is_nobody_trusted },
	{ "session_idle_s", "it is longer than session_max_s", is_idle_too_long },
	{ "key_mirror_dir", "it is the state directory itself", is_mirror_no_mirror },
};

const struct conf_rule *
conf_rule_find_broken(const struct conf *conf)
{
	for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++)
		if (RULES[i].is_broken(conf))
			return &RULES[i];
	return NULL;
}
