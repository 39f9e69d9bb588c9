/* SPDX-License-Identifier: MIT */
/*
 * Addresses of peers as plain values: conversion, text, and which ranges are not the public network. Must
 * not resolve names. Everybody who accepts or makes connections calls it.
 */
#include "event/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/network.h"

struct range {
	uint8_t ip[16];
	uint8_t bits;
};

#define V4(a, b, c, n) { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a), (b), (c), 0 }, 96 + (n) }

/* The IANA special-purpose registries (RFC 6890), and what embeds IPv4 addresses of unknown kind. */
static const struct range SPECIAL[] = {
	V4(0, 0, 0, 8), V4(10, 0, 0, 8), V4(100, 64, 0, 10), V4(127, 0, 0, 8), V4(169, 254, 0, 16),
	V4(172, 16, 0, 12), V4(192, 0, 0, 24), V4(192, 0, 2, 24), V4(192, 88, 99, 24), V4(192, 168, 0, 16),
	V4(198, 18, 0, 15), V4(198, 51, 100, 24), V4(203, 0, 113, 24), V4(224, 0, 0, 4), V4(240, 0, 0, 4),
	{ { 0 }, 96 },                                   /* ::/96: unspecified, loopback, IPv4-compatible */
	{ { 0x00, 0x64, 0xff, 0x9b }, 32 },              /* NAT64 */
	{ { 0x01, 0x00 }, 64 },                          /* discard */
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 },              /* Teredo, benchmarking, ORCHID */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },              /* documentation */
	{ { 0x20, 0x02 }, 16 },                          /* 6to4 */
	{ { 0xfc, 0x00 }, 7 },                           /* unique local */
	{ { 0xfe, 0x80 }, 9 },                           /* link-local, site-local */
	{ { 0xff, 0x00 }, 8 },                           /* multicast */
};

static const struct range LOOPBACK[] = {
	V4(127, 0, 0, 8),
	{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 128 },
};

static bool
in_range(const struct event_address *a, const struct range *r)
{
	size_t whole = r->bits / 8;
	if (memcmp(a->ip, r->ip, whole) != 0)
		return false;
	unsigned rest = r->bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);
	return rest == 0 || (a->ip[whole] & mask) == (r->ip[whole] & mask);
}

static bool
in_ranges(const struct event_address *a, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (in_range(a, &r[i]))
			return true;
	return false;
}

struct event_address
event_address_from_sockaddr(const struct sockaddr *sa, socklen_t len)
{
	struct event_address a = { .port = 0 };
	if (len >= sizeof(struct sockaddr_in) && sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof(in));
		network_map_ipv4((const uint8_t *)&in.sin_addr, a.ip);
		a.port = ntohs(in.sin_port);
	} else if (len >= sizeof(struct sockaddr_in6) && sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, sa, sizeof(in6));
		memcpy(a.ip, &in6.sin6_addr, 16);
		a.port = ntohs(in6.sin6_port);
	}
	return a;
}

socklen_t
event_address_to_sockaddr(const struct event_address *a, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (event_address_is_ipv4(a)) {
		struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(a->port) };
		memcpy(&in.sin_addr, a->ip + NETWORK_IPV4_AT, 4);
		memcpy(ss, &in, sizeof(in));
		return sizeof(in);
	}
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(a->port) };
	memcpy(&in6.sin6_addr, a->ip, 16);
	memcpy(ss, &in6, sizeof(in6));
	return sizeof(in6);
}

struct event_address_text
event_address_text(const struct event_address *a)
{
	struct event_address_text t = { "" };
	bool is_v4 = event_address_is_ipv4(a);
	inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? a->ip + NETWORK_IPV4_AT : a->ip, t.s, sizeof(t.s));
	return t;
}

int
event_address_parse(struct view text, uint16_t port, struct event_address *a_r)
{
	char s[EVENT_ADDRESS_TEXT_LEN + 1];
	uint8_t ipv4[4] = { 0 };
	*a_r = (struct event_address){ .port = port };
	if (text.len == 0 || text.len >= sizeof(s) || view_find(text, 0) != text.len)
		return ERR_SYNTAX;
	memcpy(s, text.data, text.len);
	s[text.len] = '\0';
	if (inet_pton(AF_INET, s, ipv4) == 1) {
		network_map_ipv4(ipv4, a_r->ip);
		return 0;
	}
	return inet_pton(AF_INET6, s, a_r->ip) == 1 ? 0 : ERR_SYNTAX;
}

bool
event_address_equal(const struct event_address *a, const struct event_address *b)
{
	return a->port == b->port && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

bool
event_address_is_ipv4(const struct event_address *a)
{
	return network_is_ipv4(a->ip);
}

bool
event_address_is_special(const struct event_address *a)
{
	return in_ranges(a, SPECIAL, sizeof(SPECIAL) / sizeof(SPECIAL[0]));
}

bool
event_address_is_loopback(const struct event_address *a)
{
	return in_ranges(a, LOOPBACK, sizeof(LOOPBACK) / sizeof(LOOPBACK[0]));
}

struct event_address
event_address_prefix(const struct event_address *a)
{
	struct event_address p = *a;
	p.port = 0;
	if (!event_address_is_ipv4(a))
		memset(p.ip + 8, 0, 8);
	return p;
}
