/* SPDX-License-Identifier: MIT */
/*
 * The grammar of values that are texts. Only conf/ includes this. Every text is UTF-8 without control characters, not
 * empty, and no longer than its option allows: conf_type_set_text() has seen to it.
 */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include "base/err.h"
#include "base/view.h"
#include "conf/conf.h"

/* No blank at the ends. */
bool conf_text_is_text(struct view v);
/* Absolute. */
bool conf_text_is_path(struct view v);
bool conf_text_is_user(struct view v);
/* Letter-digit-hyphen labels in lower case; the last is not a number, or it would be taken for an address. */
bool conf_text_is_domain(struct view v);
/* A domain name or a numeric address without brackets. */
bool conf_text_is_host(struct view v);
/* https://HOST[:PORT] and nothing behind it; HOST a domain name, an IPv4 address or [IPv6]. */
bool conf_text_is_url(struct view v);
/* LOCAL@DOMAIN; the local part is a dot-atom of RFC 5322. */
bool conf_text_is_mail(struct view v);
/* A mail address for bounces: at most one * in its local part, where a token is put. */
bool conf_text_is_bounce(struct view v);
/* What conf_relay_next() takes apart: 1 to 7 of HOST[:PORT], one blank between two. */
bool conf_text_is_relays(struct view v);
/* What network_parse_list() takes. */
bool conf_text_is_networks(struct view v);
/* "192.0.2.1:443" or "[2001:db8::1]:443". ERR_SYNTAX: it is neither. */
int conf_text_address(struct view text, struct conf_address *address_r) ERR_CHECK;

#endif
