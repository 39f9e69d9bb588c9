/* SPDX-License-Identifier: MIT */
/*
 * Reading JSON: owns jansson, so that nobody else includes it. Checks what jansson does not (size, depth, number
 * of values) and turns members into checked types. Must not know what documents mean. Handlers and the API
 * client call it.
 */
#include "http/json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/json_place.h"

#define FIELD_MAX 128

struct http_json {
	json_t *root;
	int err;                /* the first error, sticky */
	char field[FIELD_MAX];
};

/* The names' hash table is seeded here, for jansson itself would open a device, which a jailed role cannot. */
static void
seed_once(void)
{
	static bool is_seeded;
	size_t seed = 0;
	if (is_seeded)
		return;
	while (seed == 0)
		require(getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed));
	json_object_seed(seed);
	is_seeded = true;
}

/* Depth and number of values, without understanding more than strings and brackets. */
static int
check_shape(struct view text)
{
	unsigned depth = 0;
	size_t values = 1;
	bool in_string = false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '[' || c == '{') {
			values++;
			if (++depth > HTTP_JSON_DEPTH_MAX)
				return ERR_LIMIT;
		} else if ((c == ']' || c == '}') && depth > 0) {
			depth--;
		} else if (c == ',') {
			values++;
		}
	}
	return values > HTTP_JSON_VALUES_MAX ? ERR_LIMIT : 0;
}

int
http_json_parse(struct view text, size_t max_bytes, struct http_json **doc_r)
{
	json_error_t error = { .position = 0 };
	*doc_r = NULL;
	if (text.len > max_bytes)
		return ERR_LIMIT;
	int err = check_shape(text);
	if (err != 0)
		return err;
	seed_once();
	struct http_json *doc = mem_alloc(sizeof(*doc));
	doc->root = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (doc->root == NULL) {
		doc->err = ERR_SYNTAX;
		http_json_place(text, error.position < 0 ? 0 : (size_t)error.position, doc->field, sizeof(doc->field));
	}
	*doc_r = doc;
	return doc->err;
}

void
http_json_free(struct http_json **doc)
{
	if (*doc == NULL)
		return;
	json_decref((*doc)->root);
	mem_free(doc);
}

int
http_json_check(const struct http_json *doc)
{
	return doc->err;
}

const char *
http_json_field(const struct http_json *doc)
{
	return doc->field;
}

void
http_json_fail(struct http_json_at o, const char *name, int err)
{
	struct http_json *doc = o.doc;
	if (doc->err != 0)
		return;
	doc->err = err;
	const char *outer = o.outer == NULL ? "" : o.outer, *dot = o.outer == NULL || name == NULL ? "" : ".";
	if (o.has_index)
		snprintf(doc->field, sizeof(doc->field), "%s[%zu]%s%s", outer, o.index, dot, name == NULL ? "" : name);
	else
		snprintf(doc->field, sizeof(doc->field), "%s%s%s", outer, dot, name == NULL ? "" : name);
}

struct http_json_at
http_json_root(struct http_json *doc)
{
	return (struct http_json_at){ .doc = doc, .value = doc->root };
}

/* Member, or NULL where it is missing or null, or after an error. */
static const json_t *
member(struct http_json_at o, const char *name)
{
	if (o.value == NULL || o.doc->err != 0)
		return NULL;
	if (!json_is_object((const json_t *)o.value)) {
		http_json_fail(o, NULL, ERR_SYNTAX);
		return NULL;
	}
	const json_t *v = json_object_get(o.value, name);
	return json_is_null(v) ? NULL : v;
}

static const json_t *
required(struct http_json_at o, const char *name)
{
	const json_t *v = member(o, name);
	if (v == NULL)
		http_json_fail(o, name, ERR_SYNTAX);
	return v;
}

bool
http_json_has(struct http_json_at o, const char *name)
{
	return member(o, name) != NULL;
}

size_t
http_json_count(struct http_json_at o)
{
	const json_t *v = o.value;
	if (v == NULL)
		return 0;
	return json_is_object(v) ? json_object_size(v) : json_array_size(v);
}

/* Any characters, NUL too. */
static struct view
unicode_of(struct http_json_at o, const char *name, const json_t *v, size_t max)
{
	if (v == NULL)
		return view_of(NULL, 0);
	if (!json_is_string(v)) {
		http_json_fail(o, name, ERR_SYNTAX);
		return view_of(NULL, 0);
	}
	if (json_string_length(v) > max) {
		http_json_fail(o, name, ERR_LIMIT);
		return view_of(NULL, 0);
	}
	return view_of(json_string_value(v), json_string_length(v));
}

/* Without NUL. */
static struct view
string_of(struct http_json_at o, const char *name, const json_t *v, size_t max)
{
	struct view text = unicode_of(o, name, v, max);
	if (text.data == NULL || view_find(text, 0) == text.len)
		return text;
	http_json_fail(o, name, ERR_SYNTAX);
	return view_of(NULL, 0);
}

struct view
http_json_unicode(struct http_json_at o, const char *name, size_t max)
{
	return unicode_of(o, name, required(o, name), max);
}

struct view
http_json_string(struct http_json_at o, const char *name, size_t max)
{
	return string_of(o, name, required(o, name), max);
}

struct view
http_json_string_optional(struct http_json_at o, const char *name, size_t max)
{
	return string_of(o, name, member(o, name), max);
}

static uint64_t
u64_of(struct http_json_at o, const char *name, const json_t *v, uint64_t max)
{
	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0) {
		http_json_fail(o, name, ERR_SYNTAX);
		return 0;
	}
	uint64_t n = (uint64_t)json_integer_value(v);
	if (n > max) {
		http_json_fail(o, name, ERR_LIMIT);
		return 0;
	}
	return n;
}

uint64_t
http_json_u64(struct http_json_at o, const char *name, uint64_t max)
{
	return u64_of(o, name, required(o, name), max);
}

uint64_t
http_json_u64_optional(struct http_json_at o, const char *name, uint64_t max, uint64_t otherwise)
{
	const json_t *v = member(o, name);
	return v == NULL ? otherwise : u64_of(o, name, v, max);
}

static bool
bool_of(struct http_json_at o, const char *name, const json_t *v)
{
	if (v != NULL && !json_is_boolean(v))
		http_json_fail(o, name, ERR_SYNTAX);
	return v != NULL && json_is_true(v);
}

bool
http_json_bool(struct http_json_at o, const char *name)
{
	return bool_of(o, name, required(o, name));
}

bool
http_json_bool_optional(struct http_json_at o, const char *name, bool otherwise)
{
	const json_t *v = member(o, name);
	return v == NULL ? otherwise : bool_of(o, name, v);
}

void
http_json_blob(struct http_json_at o, const char *name, struct buf *out)
{
	struct view text = http_json_string(o, name, SIZE_MAX);
	if (text.data == NULL)
		return;
	int err = text_unbase64url(text, out);
	if (err != 0)
		http_json_fail(o, name, err);
}

void
http_json_bytes(struct http_json_at o, const char *name, void *out, size_t n)
{
	struct buf b;
	memset(out, 0, n);
	struct view text = http_json_string(o, name, SIZE_MAX);
	if (text.data == NULL)
		return;
	buf_init(&b, n);
	if (text.len != TEXT_BASE64URL_LEN(n) || text_unbase64url(text, &b) != 0 || b.len != n)
		http_json_fail(o, name, ERR_SYNTAX);
	else if (n > 0)
		memcpy(out, b.data, n);
	buf_wipe(&b);
	buf_deinit(&b);
}

struct id
http_json_id(struct http_json_at o, const char *name)
{
	struct id id = { { 0 } };
	struct view text = http_json_string(o, name, SIZE_MAX);
	if (text.data != NULL && id_parse(text, &id) != 0)
		http_json_fail(o, name, ERR_SYNTAX);
	return id;
}

uint64_t
http_json_time(struct http_json_at o, const char *name)
{
	uint64_t wall_ms = 0;
	struct view text = http_json_string(o, name, SIZE_MAX);
	if (text.data != NULL && clock_parse_rfc3339(text, &wall_ms) != 0)
		http_json_fail(o, name, ERR_SYNTAX);
	return wall_ms;
}

static struct http_json_at
nothing(struct http_json_at o)
{
	return (struct http_json_at){ .doc = o.doc };
}

static struct http_json_at
object_of(struct http_json_at o, const char *name, const json_t *v)
{
	if (v == NULL)
		return nothing(o);
	if (!json_is_object(v)) {
		http_json_fail(o, name, ERR_SYNTAX);
		return nothing(o);
	}
	return (struct http_json_at){ .doc = o.doc, .value = v, .outer = name };
}

struct http_json_at
http_json_object(struct http_json_at o, const char *name)
{
	return object_of(o, name, required(o, name));
}

struct http_json_at
http_json_object_optional(struct http_json_at o, const char *name)
{
	return object_of(o, name, member(o, name));
}

static struct http_json_at
array_of(struct http_json_at o, const char *name, const json_t *v, size_t max)
{
	if (v == NULL)
		return nothing(o);
	if (!json_is_array(v)) {
		http_json_fail(o, name, ERR_SYNTAX);
		return nothing(o);
	}
	if (json_array_size(v) > max) {
		http_json_fail(o, name, ERR_LIMIT);
		return nothing(o);
	}
	return (struct http_json_at){ .doc = o.doc, .value = v, .outer = name };
}

struct http_json_at
http_json_array(struct http_json_at o, const char *name, size_t max)
{
	return array_of(o, name, required(o, name), max);
}

struct http_json_at
http_json_array_optional(struct http_json_at o, const char *name, size_t max)
{
	return array_of(o, name, member(o, name), max);
}

/* The i-th element, with *at_r naming it in errors. */
static const json_t *
item(struct http_json_at array, size_t i, struct http_json_at *at_r)
{
	*at_r = (struct http_json_at){ .doc = array.doc, .outer = array.outer, .index = i, .has_index = true };
	if (array.value == NULL || array.doc->err != 0)
		return NULL;
	require(json_is_array((const json_t *)array.value) && i < json_array_size(array.value));
	return json_array_get(array.value, i);
}

struct http_json_at
http_json_item_object(struct http_json_at array, size_t i)
{
	struct http_json_at at;
	const json_t *v = item(array, i, &at);
	if (v != NULL && !json_is_object(v))
		http_json_fail(at, NULL, ERR_SYNTAX);
	else
		at.value = v;
	return at;
}

struct view
http_json_item_string(struct http_json_at array, size_t i, size_t max)
{
	struct http_json_at at;
	const json_t *v = item(array, i, &at);
	return string_of(at, NULL, v, max);
}

struct view
http_json_member_name(struct http_json_at o, size_t i)
{
	if (o.value == NULL || !json_is_object((const json_t *)o.value))
		return view_of(NULL, 0);
	/* jansson gives iterators of non-const objects only; nothing is changed through this one. */
	json_t *object = (json_t *)(uintptr_t)o.value;
	void *at = json_object_iter(object);
	while (at != NULL && i-- > 0)
		at = json_object_iter_next(object, at);
	return view_str(at == NULL ? NULL : json_object_iter_key(at));
}
