/* SPDX-License-Identifier: MIT */
/*
 * Checks what is about to be said to a relay. Must not know why it is said. Called by courier/relay.c for
 * every argument and every mail.
 */
#include "courier/gate.h"

#include <stdbool.h>
#include <string.h>

#define LINE_MAX_BYTES 998   /* RFC 5321 4.5.3.1.6 without CRLF */

int
gate_argument(struct view v, char *out, size_t size)
{
	if (v.len >= size)
		return ERR_LIMIT;
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] <= ' ' || v.data[i] == 0x7f || v.data[i] == '<' || v.data[i] == '>')
			return ERR_SYNTAX;
	if (v.len > 0)
		memcpy(out, v.data, v.len);
	out[v.len] = '\0';
	return 0;
}

int
gate_message(struct view v)
{
	size_t line = 0;
	bool is_after_cr = false;
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.data[i];
		if (c == '\0' || (c == '\n') != is_after_cr)
			return ERR_SYNTAX;
		is_after_cr = c == '\r';
		line = c == '\n' ? 0 : line + 1;
		if (line > LINE_MAX_BYTES + 1)
			return ERR_LIMIT;
	}
	/* Ends behind a CRLF. */
	return v.len > 0 && line == 0 ? 0 : ERR_SYNTAX;
}
