/* SPDX-License-Identifier: MIT */
/*
 * Networks as people write them: "192.0.2.1", "10.0.0.0/8", "2001:db8::/32". An address is 16 bytes in network order, IPv4
 * as ::ffff:a.b.c.d. Nothing here asks a resolver.
 */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define NETWORK_LIST_MAX 32

struct network {
	uint8_t ip[16];
	uint8_t bits;      /* of the prefix, 0..128; those of an IPv4 network count from ::ffff:0:0 on */
};

struct network_list {
	size_t count;
	struct network networks[NETWORK_LIST_MAX];
};

/* Where in the 16 bytes those of an IPv4 address begin. */
#define NETWORK_IPV4_AT 12

/* The one form of addresses: of 4 bytes in network order their 16. */
void network_map_ipv4(const uint8_t ipv4[4], uint8_t ip_r[16]);
/* Whether the 16 bytes are those of an IPv4 address. */
bool network_is_ipv4(const uint8_t ip[16]);
/* The bytes as their kind of address has them: of 16 that are IPv4 the last 4, all others as they are. Borrows. */
struct view network_own_bytes(struct view ip);
/* An address of 4 or 16 bytes as people write it, an IPv4 one in any case; "" for any other length. */
struct network_text {
	char s[46];
};
struct network_text network_text(struct view ip);
/* A numeric address of one kind, in this spelling only. ERR_SYNTAX: a zone, a name, IPv4 in the form of IPv6. */
int network_parse_ip(struct view text, bool is_ipv4, uint8_t ip_r[16]) ERR_CHECK;
/* One network. ERR_SYNTAX: not of this form, bits behind the prefix that are not zero, a mapped IPv4 in the form of IPv6. */
int network_parse(struct view text, struct network *network_r) ERR_CHECK;
/* Networks divided by one blank each; none for an empty text. ERR_SYNTAX, ERR_LIMIT: more than NETWORK_LIST_MAX. */
int network_parse_list(struct view text, struct network_list *list_r) ERR_CHECK;
bool network_list_has(const struct network_list *list, const uint8_t ip[16]);

#endif
