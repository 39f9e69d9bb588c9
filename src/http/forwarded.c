/* SPDX-License-Identifier: MIT */
/*
 * Reading Forwarded and X-Forwarded-For from the right. Pure. Items are cut at every comma: what a proxy writes has none
 * inside, and quotes that a client leaves open left of it change nothing. request.c asks for each request.
 */
#include "http/forwarded.h"

#include "base/text.h"

static struct view
trimmed(struct view v)
{
	while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t'))
		v = view_slice(v, 1, v.len);
	while (v.len > 0 && (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\t'))
		v.len--;
	return v;
}

/* Cuts off what stands behind the last comma. */
static struct view
cut_last(struct view *v)
{
	size_t at = v->len;

	while (at > 0 && v->data[at - 1] != ',')
		at--;
	struct view item = view_slice(*v, at, v->len);
	v->len = at > 0 ? at - 1 : 0;
	return trimmed(item);
}

/* node = IPv4 / IPv6 / "[" IPv6 "]", each with ":" port, IPv6 only in brackets. */
static int
parse_node(struct view node, struct event_address *a_r)
{
	struct view port = { NULL, 0 };
	size_t colon = view_find(node, ':');
	uint64_t number = 0;
	static const struct event_address none;

	if (node.len > 0 && node.data[0] == '[') {
		size_t end = view_find(node, ']');
		if (end == node.len || (end + 1 < node.len && node.data[end + 1] != ':'))
			return ERR_SYNTAX;
		port = view_slice(node, end + 1, node.len);
		node = view_slice(node, 1, end - 1);
	} else if (colon != node.len && view_find(view_slice(node, colon + 1, node.len), ':') == node.len - colon - 1) {
		port = view_slice(node, colon, node.len);
		node = view_slice(node, 0, colon);
	}
	if (port.len > 0 && text_u64(view_slice(port, 1, port.len), 65535, &number) != 0)
		return ERR_SYNTAX;
	if (event_address_parse(node, 0, a_r) != 0 || event_address_equal(a_r, &none))
		return ERR_SYNTAX;
	a_r->port = (uint16_t)number;
	return 0;
}

/* forwarded-element = [ pair ] *( ";" [ pair ] ); pair = token "=" ( token / quoted-string ) */
static int
parse_element(struct view element, struct event_address *a_r)
{
	struct view node = { NULL, 0 };

	while (element.len > 0) {
		size_t end = view_find(element, ';');
		struct view pair = trimmed(view_slice(element, 0, end));
		size_t equals = view_find(pair, '=');
		element = view_slice(element, end == element.len ? end : end + 1, element.len);
		if (!view_equal_nocase(view_slice(pair, 0, equals), VIEW_LIT("for")))
			continue;
		if (node.data != NULL || equals == pair.len)
			return ERR_SYNTAX;
		node = view_slice(pair, equals + 1, pair.len);
	}
	if (node.len >= 2 && node.data[0] == '"' && node.data[node.len - 1] == '"')
		node = view_slice(node, 1, node.len - 2);
	return parse_node(node, a_r);
}

static const struct form {
	const char *name;
	int (*parse)(struct view item, struct event_address *a_r);
} FORMS[] = {
	[HTTP_FORWARDED_FORWARDED] = { "forwarded", parse_element },
	[HTTP_FORWARDED_X_FORWARDED_FOR] = { "x-forwarded-for", parse_node },
};

struct event_address
http_forwarded_client(const struct http_head *h, enum http_forwarded field, const struct network_list *trusted,
    const struct event_address *peer)
{
	struct event_address client = *peer;

	if (field == HTTP_FORWARDED_NONE)
		return client;
	for (size_t i = h->n_fields; i-- > 0;) {
		struct view value = h->fields[i].value;
		if (!view_equal_nocase(h->fields[i].name, view_str(FORMS[field].name)))
			continue;
		while (value.len > 0) {
			struct event_address before;
			if (!network_list_has(trusted, client.ip) || FORMS[field].parse(cut_last(&value), &before) != 0)
				return client;
			client = before;
		}
	}
	return client;
}
