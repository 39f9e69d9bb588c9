/* SPDX-License-Identifier: MIT */
/*
 * Pages are files of web/pages/, compiled in: layout.html around a fragment whose first line is the title.
 * The route's operation is the fragment's name. Holes: {lang} {title} {body} {service} {url}; what fills them is escaped, but for the fragment itself.
 */
#include "web/page.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "http/response.h"
#include "web/web.h"

#define PAGE_MAX ((size_t)64 * 1024)
#define PAGE_POLICY "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

static const struct {
	const char *name, *content;
} files[] = {
#include "web/page_files.inc"
};

struct hole {
	const char *name;
	struct view value;
	bool is_html;
};

static struct view
file_content(const char *name)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(files[i].name, name) == 0)
			return view_str(files[i].content);
	panic("no page %s", name);
}

static int
append_escaped(struct buf *out, struct view v)
{
	static const struct { uint8_t c; const char *entity; } entities[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" },
	};
	int err = 0;
	for (size_t i = 0; i < v.len && err == 0; i++) {
		const char *entity = NULL;
		for (size_t k = 0; k < sizeof(entities) / sizeof(entities[0]); k++)
			if (entities[k].c == v.data[i])
				entity = entities[k].entity;
		err = entity != NULL ? buf_append_str(out, entity) : buf_append_u8(out, v.data[i]);
	}
	return err;
}

/* Appends text with its holes filled; holes ends with a NULL name. What is no hole stays as it is. */
static int
fill(struct buf *out, struct view text, const struct hole *holes)
{
	int err = 0;
	while (text.len > 0 && err == 0) {
		size_t open = view_find(text, '{');
		struct view rest = view_slice(text, open, text.len);
		const struct hole *h = holes;
		err = buf_append_view(out, view_slice(text, 0, open));
		size_t len = 0;
		for (; h->name != NULL; h++) {
			len = strlen(h->name) + 2;
			if (rest.len >= len && rest.data[len - 1] == '}' && view_equal_str(view_slice(rest, 1, len - 2), h->name))
				break;
		}
		if (h->name == NULL)
			len = rest.len == 0 ? 0 : 1;
		if (err == 0 && h->name != NULL)
			err = h->is_html ? buf_append_view(out, h->value) : append_escaped(out, h->value);
		else if (err == 0)
			err = buf_append_view(out, view_slice(rest, 0, len));
		text = view_slice(rest, len, rest.len);
	}
	return err;
}

/* Thousandths of a quality value ("q=0.5"), of what it can be in RFC 9110, 12.4.2; 1000 for anything else. */
static unsigned
quality(struct view parameter)
{
	unsigned q = 0, worth = 1000;
	if (parameter.len < 3 || !view_equal_nocase(view_slice(parameter, 0, 2), VIEW_LIT("q=")) || parameter.data[2] != '0')
		return 1000;
	for (size_t i = 4; i < parameter.len && i < 7 && parameter.data[i] >= '0' && parameter.data[i] <= '9'; i++)
		q += (unsigned)(parameter.data[i] - '0') * (worth /= 10);
	return q;
}

static struct view
trim(struct view v)
{
	while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t'))
		v = view_slice(v, 1, v.len);
	while (v.len > 0 && (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\t'))
		v.len--;
	return v;
}

/* Which of ours is liked best (of two liked the same, the first); the operator's default when none is. */
static const char *
language(const struct web *web, struct view accept)
{
	static const char *const ours[] = { "de", "en" };
	const char *best = web_conf(web)->default_locale == CONF_LOCALE_DE ? "de" : "en";
	unsigned best_q = 0;
	while (accept.len > 0) {
		struct view item = view_slice(accept, 0, view_find(accept, ','));
		struct view range = trim(view_slice(item, 0, view_find(item, ';')));
		unsigned q = quality(trim(view_slice(item, view_find(item, ';') + 1, item.len)));
		accept = view_slice(accept, item.len + 1, accept.len);
		range.len = view_find(range, '-');
		for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
			if (q > best_q && view_equal_nocase(range, view_str(ours[i]))) {
				best = ours[i];
				best_q = q;
			}
		}
	}
	return best;
}

void
web_page_send(struct http_request *r, const struct web *web, const char *name)
{
	const char *lang = language(web, http_request_field(r, "accept-language"));
	char file[64];
	snprintf(file, sizeof(file), "%s.%s.html", name, lang);
	struct view fragment = file_content(file);
	size_t title_len = view_find(fragment, '\n');
	struct hole holes[] = {
		{ "url", view_str(web_conf(web)->url), false },
		{ "service", view_str(web_conf(web)->service_name), false },
		{ "lang", view_str(lang), false },
		{ "title", view_slice(fragment, 0, title_len), false },
		{ "body", { NULL, 0 }, true },
		{ NULL, { NULL, 0 }, false },
	};
	struct buf body, page;
	buf_init(&body, PAGE_MAX);
	buf_init(&page, PAGE_MAX);
	int err = fill(&body, view_slice(fragment, title_len + 1, fragment.len), holes);
	holes[4].value = buf_view(&body);
	if (err == 0)
		err = fill(&page, file_content("layout.html"), holes);
	http_response_add(r, "Content-Security-Policy", "%s", PAGE_POLICY);
	http_response_add(r, "Vary", "Accept-Language");
	http_response_add(r, "Content-Language", "%s", lang);
	if (err != 0)
		http_response_send_problem(r, err, NULL, NULL);
	else
		http_response_send(r, 200, HTTP_TYPE_HTML, buf_view(&page));
	buf_deinit(&page);
	buf_deinit(&body);
}

void
web_page_handle(struct http_request *r, void *web)
{
	web_page_send(r, web, http_request_route(r)->operation);
}

void
web_page_style(struct http_request *r, void *arg)
{
	(void)arg;
	http_response_send(r, 200, "text/css; charset=utf-8", file_content("style.css"));
}
