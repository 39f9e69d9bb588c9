/* SPDX-License-Identifier: MIT */
/*
 * Addresses, networks, and whether one is in the other. Pure; knows nothing of sockets. Used where peers are trusted by their address: the
 * configuration checks what event/ and http/ then ask.
 */
#include "base/network.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

#define MAPPED_BITS (NETWORK_IPV4_AT * 8)

static const uint8_t MAPPED[NETWORK_IPV4_AT] = { [10] = 0xff, [11] = 0xff };

void
network_map_ipv4(const uint8_t ipv4[4], uint8_t ip_r[16])
{
	uint8_t own[4];

	memcpy(own, ipv4, sizeof(own));
	memcpy(ip_r, MAPPED, sizeof(MAPPED));
	memcpy(ip_r + NETWORK_IPV4_AT, own, sizeof(own));
}

bool
network_is_ipv4(const uint8_t ip[16])
{
	return memcmp(ip, MAPPED, sizeof(MAPPED)) == 0;
}

struct view
network_own_bytes(struct view ip)
{
	return ip.len == 16 && network_is_ipv4(ip.data) ? view_slice(ip, NETWORK_IPV4_AT, ip.len) : ip;
}

struct network_text
network_text(struct view ip)
{
	struct network_text t = { "" };
	_Static_assert(sizeof(t.s) >= INET6_ADDRSTRLEN, "room for every address");

	ip = network_own_bytes(ip);
	if (ip.len == 4 || ip.len == 16)
		inet_ntop(ip.len == 4 ? AF_INET : AF_INET6, ip.data, t.s, sizeof(t.s));
	return t;
}

int
network_parse_ip(struct view text, bool is_ipv4, uint8_t ip_r[16])
{
	char s[INET6_ADDRSTRLEN];
	uint8_t ipv4[4] = { 0 };

	if (text.len == 0 || text.len >= sizeof(s) || view_find(text, 0) != text.len)
		return ERR_SYNTAX;
	memcpy(s, text.data, text.len);
	s[text.len] = '\0';
	if (inet_pton(is_ipv4 ? AF_INET : AF_INET6, s, is_ipv4 ? ipv4 : ip_r) != 1)
		return ERR_SYNTAX;
	if (is_ipv4)
		network_map_ipv4(ipv4, ip_r);
	else if (network_is_ipv4(ip_r))
		return ERR_SYNTAX;
	return 0;
}

/* The mask of a prefix for the i-th byte. */
static uint8_t
mask_at(uint8_t bits, size_t i)
{
	size_t before = i * 8;

	if (bits >= before + 8)
		return 0xff;
	if (bits <= before)
		return 0;
	return (uint8_t)(0xff00U >> (bits - before));
}

int
network_parse(struct view text, struct network *network_r)
{
	size_t slash = view_find(text, '/');
	struct view address = view_slice(text, 0, slash);
	bool is_ipv4 = view_find(address, ':') == address.len;
	unsigned own = is_ipv4 ? 32 : 128;
	struct network n = { .bits = 0 };
	uint64_t bits = own;
	int err = network_parse_ip(address, is_ipv4, n.ip);

	if (err == 0 && slash != text.len && text_u64(view_slice(text, slash + 1, text.len), own, &bits) != 0)
		err = ERR_SYNTAX;
	if (err != 0)
		return err;
	n.bits = (uint8_t)(bits + (is_ipv4 ? MAPPED_BITS : 0));
	for (size_t i = 0; i < sizeof(n.ip); i++)
		if ((n.ip[i] & ~mask_at(n.bits, i)) != 0)
			return ERR_SYNTAX;
	*network_r = n;
	return 0;
}

int
network_parse_list(struct view text, struct network_list *list_r)
{
	list_r->count = 0;
	while (text.len > 0) {
		size_t end = view_find(text, ' ');
		if (end + 1 == text.len)
			return ERR_SYNTAX;
		if (list_r->count == NETWORK_LIST_MAX)
			return ERR_LIMIT;
		if (network_parse(view_slice(text, 0, end), &list_r->networks[list_r->count]) != 0)
			return ERR_SYNTAX;
		list_r->count++;
		text = view_slice(text, end == text.len ? end : end + 1, text.len);
	}
	return 0;
}

static bool
has(const struct network *n, const uint8_t ip[16])
{
	for (size_t i = 0; i < sizeof(n->ip); i++)
		if (((n->ip[i] ^ ip[i]) & mask_at(n->bits, i)) != 0)
			return false;
	return true;
}

bool
network_list_has(const struct network_list *list, const uint8_t ip[16])
{
	for (size_t i = 0; i < list->count; i++)
		if (has(&list->networks[i], ip))
			return true;
	return false;
}
