/* SPDX-License-Identifier: MIT */
/*
 * Who is behind a proxy, by the header field it writes (C4). Fields are read from the right, where the last proxy wrote:
 * every address that is trusted says who came before it, and the first that is not trusted is the client. What
 * stands left of that, anybody may have sent. Source: RFC 7239; X-Forwarded-For as proxies write it.
 */
#ifndef HTTP_FORWARDED_H
#define HTTP_FORWARDED_H

#include "base/network.h"
#include "event/address.h"
#include "http/head.h"

enum http_forwarded {
	HTTP_FORWARDED_NONE = 0,
	HTTP_FORWARDED_FORWARDED,          /* Forwarded: for=... */
	HTTP_FORWARDED_X_FORWARDED_FOR,
};

/*
 * The client of a request that came from peer. peer itself when it is not trusted, or no field is read. Where a trusted one
 * says nothing that can be read ("unknown", an obfuscated name), it is the client.
 */
struct event_address http_forwarded_client(const struct http_head *h, enum http_forwarded field,
    const struct network_list *trusted, const struct event_address *peer);

#endif
