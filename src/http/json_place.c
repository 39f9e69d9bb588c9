/* SPDX-License-Identifier: MIT */
/*
 * A walk that understands strings, brackets, colons and commas, and nothing else of JSON: what it is given is broken. Knows no
 * document. Called by json.c.
 */
#include "http/json_place.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "http/json.h"

/* An object or array that is open. */
struct level {
	bool is_array, has_name;
	size_t index;             /* of an array's element */
	struct view name;         /* of an object's member, once it is complete */
};

struct walk {
	struct level levels[HTTP_JSON_DEPTH_MAX];
	size_t depth;
	bool wants_name;          /* the next string is a member's name */
};

static bool
is_plain(struct view name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] == 0 || strchr(plain, name.data[i]) == NULL)
			return false;
	return name.len > 0;
}

static void
step(struct walk *w, uint8_t c)
{
	struct level *inner = w->depth > 0 ? &w->levels[w->depth - 1] : NULL;
	if ((c == '{' || c == '[') && w->depth < HTTP_JSON_DEPTH_MAX) {
		w->levels[w->depth++] = (struct level){ .is_array = c == '[' };
		w->wants_name = c == '{';
	} else if ((c == '}' || c == ']') && inner != NULL) {
		w->depth--;
		w->wants_name = false;
	} else if (c == ':') {
		w->wants_name = false;
	} else if (c == ',' && inner != NULL) {
		inner->index++;
		inner->has_name = false;
		w->wants_name = !inner->is_array;
	}
}

/* The quote that ends the string which begins at i, or the text's end. */
static size_t
end_of_string(struct view text, size_t i)
{
	for (i++; i < text.len && text.data[i] != '"'; i++)
		if (text.data[i] == '\\')
			i++;
	return i < text.len ? i : text.len;
}

static void
walk_to(struct walk *w, struct view text, size_t at)
{
	for (size_t i = 0; i < at && i < text.len; i++) {
		if (text.data[i] != '"') {
			step(w, text.data[i]);
			continue;
		}
		size_t end = end_of_string(text, i);
		if (w->wants_name && w->depth > 0) {
			struct level *inner = &w->levels[w->depth - 1];
			inner->name = view_slice(text, i + 1, end - i - 1);
			inner->has_name = end < at && is_plain(inner->name);
		}
		i = end;
	}
}

void
http_json_place(struct view text, size_t at, char *out, size_t room)
{
	struct walk w = { .depth = 0 };
	size_t used = 0;
	walk_to(&w, text, at);
	out[0] = '\0';
	for (size_t i = 0; i < w.depth && (w.levels[i].is_array || w.levels[i].has_name); i++) {
		const struct level *l = &w.levels[i];
		int n = l->is_array ? snprintf(out + used, room - used, "[%zu]", l->index) :
		    snprintf(out + used, room - used, "%s%.*s", used > 0 ? "." : "", VIEW_FMT(l->name));
		if (n < 0 || (size_t)n >= room - used) {
			out[used] = '\0';
			return;
		}
		used += (size_t)n;
	}
}
