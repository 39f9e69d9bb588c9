/* SPDX-License-Identifier: MIT */
/*
 * Finds the relay and connects to it: resolver, then all its addresses in turn, each a quarter of a second
 * after the one before (or at once when that has failed), the two families alternating, until one answers (RFC
 * 8305). Blocks; asks the resolver, which reads its files in /etc and the network only.
 */
#ifndef COURIER_DIAL_H
#define COURIER_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "event/stream.h"

/*
 * host: a name or a numeric address. loopback_only: other addresses are not tried. timeout_ms: for all addresses
 * together; the resolver has its own (resolv.conf(5)).
 * ERR_NOT_FOUND: no such name, or no usable address; ERR_UNAVAILABLE: the resolver does not answer, or every address
 * refused; ERR_TIMEOUT: no address answered; ERR_DENIED: loopback_only, and it has other addresses only; ERR_IO.
 */
int dial(const char *host, uint16_t port, bool loopback_only, uint32_t timeout_ms, struct event_stream **s_r) ERR_CHECK;

#endif
