/* SPDX-License-Identifier: MIT */
/*
 * Owns the grammar of values that are texts, and of addresses to listen on. Knows neither options nor where a value lies;
 * conf/type.c calls it for every text that enters a struct conf.
 */
#include "conf/text.h"

#include <string.h>

#include "base/network.h"
#include "base/text.h"

#define PORT_MAX 65535
#define LABEL_MAX 63
#define LOCAL_PART_MAX 64
#define BOUNCE_LOCAL_MAX 19     /* beside a token */
#define RELAYS_MAX 7

static bool
is_in(uint8_t c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

static bool
consists_of(struct view v, const char *set)
{
	for (size_t i = 0; i < v.len; i++)
		if (!is_in(v.data[i], set))
			return false;
	return true;
}

/* Cuts *v at the first c: returns what stands before it; *v becomes what stands behind it, or empty. */
static struct view
cut_at(struct view *v, uint8_t c)
{
	size_t at = view_find(*v, c);
	struct view before = view_slice(*v, 0, at);
	*v = view_slice(*v, at == v->len ? at : at + 1, v->len);
	return before;
}

bool
conf_text_is_text(struct view v)
{
	return v.data[0] != ' ' && v.data[v.len - 1] != ' ';
}

bool
conf_text_is_path(struct view v)
{
	return v.data[0] == '/';
}

bool
conf_text_is_user(struct view v)
{
	return is_in(v.data[0], "abcdefghijklmnopqrstuvwxyz_") && consists_of(v, "abcdefghijklmnopqrstuvwxyz0123456789_-");
}

static bool
is_label(struct view v)
{
	return v.len >= 1 && v.len <= LABEL_MAX && v.data[0] != '-' && v.data[v.len - 1] != '-' &&
	    consists_of(v, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

bool
conf_text_is_domain(struct view v)
{
	struct view label;
	if (v.len == 0 || v.data[v.len - 1] == '.')
		return false;
	do {
		label = cut_at(&v, '.');
		if (!is_label(label))
			return false;
	} while (v.len != 0);
	return !consists_of(label, "0123456789");
}

bool
conf_text_is_host(struct view v)
{
	uint8_t ip[16];
	return conf_text_is_domain(v) || network_parse_ip(v, true, ip) == 0 || network_parse_ip(v, false, ip) == 0;
}

static int
parse_port(struct view text, uint16_t *port_r)
{
	uint64_t port;
	if (text_u64(text, PORT_MAX, &port) != 0 || port == 0)
		return ERR_SYNTAX;
	*port_r = (uint16_t)port;
	return 0;
}

/* host[:port], host a name, an IPv4 address or [IPv6]. */
static bool
is_authority(struct view v)
{
	uint8_t ip[16];
	uint16_t port;
	struct view host;
	bool is_bracketed = v.len != 0 && v.data[0] == '[';
	if (is_bracketed) {
		if (view_find(v, ']') == v.len)
			return false;
		v = view_slice(v, 1, v.len);
		host = cut_at(&v, ']');
	} else {
		host = view_slice(v, 0, view_find(v, ':'));
		v = view_slice(v, host.len, v.len);
	}
	if (v.len != 0 && (v.data[0] != ':' || parse_port(view_slice(v, 1, v.len), &port) != 0))
		return false;
	return is_bracketed ? network_parse_ip(host, false, ip) == 0 : conf_text_is_domain(host) || network_parse_ip(host, true, ip) == 0;
}

bool
conf_text_is_url(struct view v)
{
	const struct view scheme = VIEW_LIT("https://");
	return view_starts(v, scheme) && is_authority(view_slice(v, scheme.len, v.len));
}

bool
conf_text_is_mail(struct view v)
{
	static const char ATEXT[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~";
	struct view local = cut_at(&v, '@');
	if (local.len == 0 || local.len > LOCAL_PART_MAX || local.data[local.len - 1] == '.')
		return false;
	do {
		struct view atom = cut_at(&local, '.');
		if (atom.len == 0 || !consists_of(atom, ATEXT))
			return false;
	} while (local.len != 0);
	return conf_text_is_domain(v);
}

/* A token of 45 characters has to fit in a local part of 64. */
bool
conf_text_is_bounce(struct view v)
{
	struct view local = view_slice(v, 0, view_find(v, '@'));
	size_t star = view_find(local, '*');
	bool has_more = star < local.len && view_find(view_slice(local, star + 1, local.len), '*') < local.len - star - 1;
	return conf_text_is_mail(v) && !has_more && (star == local.len || local.len - 1 <= BOUNCE_LOCAL_MAX);
}

bool
conf_text_is_relays(struct view v)
{
	struct view host;
	uint16_t port;
	size_t n = 0;
	for (struct view rest = v; rest.len != 0; n++)
		if (!is_authority(view_slice(rest, 0, view_find(rest, ' '))) || !conf_relay_next(&rest, &host, &port))
			return false;
	return n >= 1 && n <= RELAYS_MAX && v.data[v.len - 1] != ' ';
}

bool
conf_relay_next(struct view *rest, struct view *host_r, uint16_t *port_r)
{
	struct view one = cut_at(rest, ' ');
	bool is_bracketed = one.len != 0 && one.data[0] == '[';
	if (is_bracketed)
		one = view_slice(one, 1, one.len);
	*host_r = cut_at(&one, is_bracketed ? ']' : ':');
	if (is_bracketed && one.len != 0)
		one = view_slice(one, 1, one.len);
	*port_r = 0;
	return host_r->len != 0 && (one.len == 0 || parse_port(one, port_r) == 0);
}

bool
conf_text_is_networks(struct view v)
{
	struct network_list list;
	return network_parse_list(v, &list) == 0;
}

/* "192.0.2.1:443" or "[2001:db8::1]:443". */
int
conf_text_address(struct view text, struct conf_address *address_r)
{
	bool is_ipv4 = text.len == 0 || text.data[0] != '[';
	struct view ip;
	if (!is_ipv4) {
		text = view_slice(text, 1, text.len);
		ip = cut_at(&text, ']');
		if (cut_at(&text, ':').len != 0)
			return ERR_SYNTAX;
	} else {
		ip = cut_at(&text, ':');
	}
	int err = network_parse_ip(ip, is_ipv4, address_r->ip);
	return err != 0 ? err : parse_port(text, &address_r->port);
}
