/* SPDX-License-Identifier: MIT */
/*
 * Error bodies in both directions. The server writes them for every refusal, the API client reads them. Must not
 * know why something failed.
 */
#include "http/problem.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "http/json.h"
#include "http/json_write.h"

#define BODY_MAX 8192
#define TYPE_MAX 64

int
http_problem_write(struct buf *out, int err, int status, const struct http_problem_says *says)
{
	char type[TYPE_MAX + sizeof(HTTP_PROBLEM_URN)];
	struct http_json_write w = http_json_write_to(out);
	snprintf(type, sizeof(type), "%s%s", HTTP_PROBLEM_URN, err_name(err));
	http_json_write_object(&w, NULL);
	http_json_write_str(&w, "type", type);
	http_json_write_str(&w, "title", err_text(err));
	http_json_write_u64(&w, "status", (uint64_t)status);
	if (says->detail != NULL)
		http_json_write_str(&w, "detail", says->detail);
	if (says->field != NULL && says->field[0] != '\0')
		http_json_write_str(&w, "field", says->field);
	if (says->limit != 0) {
		http_json_write_u64(&w, "limit", says->limit);
		http_json_write_u64(&w, "used", says->used);
	}
	http_json_write_close(&w);
	return http_json_write_end(&w);
}

/* ERR_OK for a name that we do not know. */
static int
err_of_type(struct view type)
{
	struct view urn = VIEW_LIT(HTTP_PROBLEM_URN);
	if (!view_starts(type, urn))
		return ERR_OK;
	struct view name = view_slice(type, urn.len, type.len);
	for (int err = ERR_SYNTAX; err > ERR_LAST; err--)
		if (view_equal_str(name, err_name(err)))
			return err;
	return ERR_OK;
}

/* Text of a server for a terminal; cut where it is too long. */
static void
copy_escaped(struct view v, char *out, size_t size)
{
	struct buf b;
	buf_init(&b, size * 8);
	out[0] = '\0';
	if (text_escape(&b, v) == 0)
		snprintf(out, size, "%.*s", (int)b.len, (const char *)b.data);
	buf_deinit(&b);
}

int
http_problem_parse(struct view body, int status, struct http_problem *p_r)
{
	struct http_json *doc = NULL;
	*p_r = (struct http_problem){ .err = status >= 500 ? ERR_UNAVAILABLE : ERR_SYNTAX };
	if (http_json_parse(body, BODY_MAX, &doc) != 0) {
		http_json_free(&doc);
		return ERR_SYNTAX;
	}
	struct http_json_at o = http_json_root(doc);
	struct view type = http_json_string(o, "type", TYPE_MAX + sizeof(HTTP_PROBLEM_URN));
	struct view detail = http_json_string_optional(o, "detail", HTTP_PROBLEM_DETAIL_MAX);
	struct view field = http_json_string_optional(o, "field", HTTP_PROBLEM_FIELD_MAX);
	uint64_t limit = http_json_u64_optional(o, "limit", INT64_MAX, 0);
	uint64_t used = http_json_u64_optional(o, "used", INT64_MAX, 0);
	int err = http_json_check(doc);
	if (err == 0) {
		int named = err_of_type(type);
		p_r->err = named != ERR_OK ? named : p_r->err;
		p_r->limit = limit;
		p_r->used = used;
		copy_escaped(detail, p_r->detail, sizeof(p_r->detail));
		copy_escaped(field, p_r->field, sizeof(p_r->field));
	}
	http_json_free(&doc);
	return err == 0 ? 0 : ERR_SYNTAX;
}
