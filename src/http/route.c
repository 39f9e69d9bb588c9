/* SPDX-License-Identifier: MIT */
/*
 * Matching a path against the table of routes, segment by segment. Tables are short (some dozens of rows), so
 * every row is tried. Must not know handlers' work. The server asks it for every request.
 */
#include "http/route.h"

#include <string.h>

#include "base/fatal.h"
#include "base/text.h"

#define SLUG_MAX 63
#define TOKEN_MAX 128
#define NUMBER_MAX ((uint64_t)INT64_MAX)

static bool
is_lower_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool
match_id(struct view v, struct http_route_param *p)
{
	return id_parse(v, &p->id) == 0;
}

static bool
match_number(struct view v, struct http_route_param *p)
{
	return text_u64(v, NUMBER_MAX, &p->number) == 0;
}

static bool
match_slug(struct view v, struct http_route_param *p)
{
	(void)p;
	if (v.len == 0 || v.len > SLUG_MAX || v.data[0] == '-')
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (!is_lower_or_digit(v.data[i]) && v.data[i] != '-')
			return false;
	return true;
}

static bool
match_token(struct view v, struct http_route_param *p)
{
	(void)p;
	if (v.len == 0 || v.len > TOKEN_MAX)
		return false;
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.data[i];
		if (!is_lower_or_digit(c) && !(c >= 'A' && c <= 'Z') && c != '_' && c != '-')
			return false;
	}
	return true;
}

static const struct hole {
	const char *name;
	bool (*match)(struct view v, struct http_route_param *p);
} HOLES[] = {
	{ "{id}", match_id },
	{ "{number}", match_number },
	{ "{slug}", match_slug },
	{ "{token}", match_token },
};

static const struct hole *
hole_of(struct view segment)
{
	for (size_t i = 0; i < sizeof(HOLES) / sizeof(HOLES[0]); i++)
		if (view_equal_str(segment, HOLES[i].name))
			return &HOLES[i];
	return NULL;
}

/* Takes the leading "/segment" off *path. */
static struct view
next_segment(struct view *path)
{
	struct view rest = view_slice(*path, 1, path->len);
	size_t n = view_find(rest, '/');
	*path = view_slice(rest, n, rest.len);
	return view_slice(rest, 0, n);
}

/* Fits path to pattern; *literals_r counts segments that matched as text. */
static bool
fits(const char *pattern_text, struct view path, struct http_route_match *m, size_t *literals_r)
{
	struct view pattern = view_str(pattern_text);
	*literals_r = 0;
	m->n_params = 0;
	while (pattern.len > 0 && path.len > 0) {
		struct view want = next_segment(&pattern), is = next_segment(&path);
		const struct hole *h = hole_of(want);
		if (h == NULL) {
			if (!view_equal(want, is))
				return false;
			++*literals_r;
			continue;
		}
		struct http_route_param *p = &m->params[m->n_params];
		*p = (struct http_route_param){ .text = is };
		if (!h->match(is, p))
			return false;
		m->n_params++;
	}
	return pattern.len == 0 && path.len == 0;
}

static bool
answers(const struct http_route *row, enum http_method method)
{
	return row->method == method || (row->method == HTTP_GET && method == HTTP_HEAD);
}

/* A row for the very method beats one that stands in for it, then the one with more literal segments wins. */
static bool
is_better(const struct http_route *row, size_t literals, const struct http_route *best, size_t best_literals, enum http_method method)
{
	if (best == NULL || literals != best_literals)
		return best == NULL || literals > best_literals;
	return row->method == method && best->method != method;
}

int
http_route_find(const struct http_route *routes, size_t n, enum http_method method, struct view path,
    struct http_route_match *m_r)
{
	struct http_route_match m, best = { .route = NULL };
	size_t best_literals = 0;
	unsigned allowed = 0;
	if (path.len == 0 || path.data[0] != '/')
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < n; i++) {
		size_t literals = 0;
		if (!fits(routes[i].pattern, path, &m, &literals))
			continue;
		allowed |= 1u << routes[i].method;
		if (routes[i].method == HTTP_GET)
			allowed |= 1u << HTTP_HEAD;
		if (answers(&routes[i], method) && is_better(&routes[i], literals, best.route, best_literals, method)) {
			best = m;
			best.route = &routes[i];
			best_literals = literals;
		}
	}
	*m_r = best;
	m_r->allowed = allowed;
	if (best.route != NULL)
		return 0;
	return allowed == 0 ? ERR_NOT_FOUND : ERR_UNSUPPORTED;
}

static void
check_pattern(const char *text)
{
	struct view pattern = view_str(text);
	size_t holes = 0;
	if (pattern.len == 0 || pattern.data[0] != '/')
		panic("route %s: not absolute", text);
	while (pattern.len > 1) {
		struct view segment = next_segment(&pattern);
		bool is_hole = segment.len > 0 && segment.data[0] == '{';
		if (segment.len == 0 || (is_hole && hole_of(segment) == NULL))
			panic("route %s: empty segment or unknown hole", text);
		holes += is_hole ? 1 : 0;
	}
	if (holes > HTTP_ROUTE_PARAMS_MAX)
		panic("route %s: too many holes", text);
}

void
http_route_check(const struct http_route *routes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check_pattern(routes[i].pattern);
		if (routes[i].handler == NULL || routes[i].method >= HTTP_METHODS)
			panic("route %s: no handler or method", routes[i].pattern);
		if (routes[i].body != HTTP_BODY_NONE && routes[i].body_max == 0)
			panic("route %s: a body without a maximum", routes[i].pattern);
		for (size_t j = 0; j < i; j++)
			if (routes[i].method == routes[j].method && strcmp(routes[i].pattern, routes[j].pattern) == 0)
				panic("route %s: twice", routes[i].pattern);
	}
}
