/* SPDX-License-Identifier: MIT */
/*
 * JSON helpers of the vector program.
 */
#include "vectors/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypt/equal.h"

static uint8_t **kept;
static size_t kept_count;

void
want(bool ok, const char *where)
{
	if (ok)
		return;
	fprintf(stderr, "vectors: not as it should be: %s\n", where);
	exit(1);
}

void
want_ok(int err, const char *where)
{
	if (err != 0)
		fprintf(stderr, "vectors: %s: %s\n", where, err_name(err));
	want(err == 0, where);
}

void
put_hex(json_t *o, const char *key, struct view v)
{
	char *text = mem_alloc(v.len * 2 + 1);
	text_hex(v, text);
	put_text(o, key, text);
	mem_free(&text);
}

void
put_text(json_t *o, const char *key, const char *s)
{
	want(json_object_set_new(o, key, json_string(s)) == 0, key);
}

void
put_int(json_t *o, const char *key, uint64_t v)
{
	want(json_object_set_new(o, key, json_integer((json_int_t)v)) == 0, key);
}

json_t *
put_object(json_t *o, const char *key)
{
	json_t *member = json_object();
	want(json_object_set_new(o, key, member) == 0, key);
	return member;
}

json_t *
put_array(json_t *o, const char *key)
{
	json_t *member = json_array();
	want(json_object_set_new(o, key, member) == 0, key);
	return member;
}

json_t *
add_object(json_t *array)
{
	json_t *member = json_object();
	want(json_array_append_new(array, member) == 0, "array");
	return member;
}

json_t *
get(const json_t *o, const char *key)
{
	json_t *member = json_object_get(o, key);
	want(member != NULL, key);
	return member;
}

struct view
get_text(const json_t *o, const char *key)
{
	const json_t *member = get(o, key);
	want(json_is_string(member), key);
	return view_of(json_string_value(member), json_string_length(member));
}

struct view
get_hex(const json_t *o, const char *key)
{
	struct view text = get_text(o, key);
	uint8_t *bytes = mem_alloc(text.len / 2);
	kept = mem_resize(kept, kept_count + 1, sizeof(kept[0]));
	kept[kept_count++] = bytes;
	want(text_unhex(text, bytes, text.len / 2) == 0, key);
	return view_of(bytes, text.len / 2);
}

uint64_t
get_int(const json_t *o, const char *key)
{
	const json_t *member = get(o, key);
	want(json_is_integer(member) && json_integer_value(member) >= 0, key);
	return (uint64_t)json_integer_value(member);
}

struct id
get_id(const json_t *o, const char *key)
{
	struct id id;
	want_ok(id_from_view(get_hex(o, key), &id), key);
	return id;
}

struct hash
get_hash(const json_t *o, const char *key)
{
	struct hash h;
	struct view v = get_hex(o, key);
	want(v.len == sizeof(h.bytes), key);
	memcpy(h.bytes, v.data, sizeof(h.bytes));
	return h;
}

struct secret *
get_secret(const json_t *o, const char *key)
{
	return secret_from_view(get_hex(o, key));
}

void
want_hex(const json_t *o, const char *key, struct view v)
{
	want(crypt_equal(get_hex(o, key), v), key);
}

json_t *
find(const json_t *array, const char *key, const char *text)
{
	size_t i;
	json_t *element;
	json_array_foreach(array, i, element)
		if (view_equal_str(get_text(element, key), text))
			return element;
	want(false, text);
	return NULL;
}

void
forget_all(void)
{
	for (size_t i = 0; i < kept_count; i++)
		mem_free(&kept[i]);
	mem_free(&kept);
	kept_count = 0;
}
