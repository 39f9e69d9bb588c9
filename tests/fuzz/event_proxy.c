/* SPDX-License-Identifier: MIT */
/*
 * The PROXY header, as it comes from a trusted proxy.
 */
#include <string.h>

#include "base/fatal.h"
#include "event/proxy.h"
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct event_address none;
	struct event_address peer = { .port = 7 }, a;
	struct view header = view_of(data, size);
	size_t length;

	peer.ip[15] = 1;
	if (event_proxy_parse(header, &peer, &a) != 0)
		return 0;
	require(event_proxy_length(view_slice(header, 0, EVENT_PROXY_START), &length) == 0);
	require(length == size && size <= EVENT_PROXY_MAX);
	require(memcmp(a.ip, none.ip, sizeof(a.ip)) != 0);
	return 0;
}
