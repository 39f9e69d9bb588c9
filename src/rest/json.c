/* SPDX-License-Identifier: MIT */
/*
 * Messages as JSON. Walks protobuf-c's descriptors, one small function per kind of field and direction;
 * knows no message by name, no HTTP, no link. web/ and ctl/ call it.
 */
#include "rest/json.h"

#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/text.h"
#include "record/limits.h"

/* What holds for a whole reading. */
struct reading {
	struct arena *arena;
	enum rest_json_unknown unknown;
};

/* One field being read: where it is, what it may be. */
struct slot {
	const ProtobufCFieldDescriptor *field;
	const struct limits_field *limits;
	char name[REST_JSON_NAME_MAX];
	void *at;               /* the member of the struct, or the element of a list */
	struct arena *arena;
	const struct reading *reading;
};

static const char *const none[] = { NULL };

static bool
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);
	return n >= t && memcmp(s + n - t, tail, t) == 0;
}

static bool
is_time(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_UINT64 && ends_with(f->name, "_ms");
}

void
rest_json_name(const ProtobufCFieldDescriptor *f, char *out)
{
	const char *name = strncmp(f->name, "is_", 3) == 0 ? f->name + 3 : f->name;
	size_t n = strlen(name) - (is_time(f) ? 3 : 0);
	require(n < REST_JSON_NAME_MAX);
	memcpy(out, name, n);
	out[n] = '\0';
}

/* "PackageState" -> how long "PACKAGE_STATE_" is. */
static size_t
enum_prefix_len(const ProtobufCEnumDescriptor *e)
{
	size_t n = 1;
	for (const char *p = e->short_name; *p != '\0'; p++)
		n += p != e->short_name && *p >= 'A' && *p <= 'Z' ? 2 : 1;
	return n;
}

void
rest_json_enum_name(const ProtobufCFieldDescriptor *f, size_t i, char *out)
{
	const ProtobufCEnumDescriptor *e = f->descriptor;
	require(i < e->n_values);
	const char *name = e->values[i].name + enum_prefix_len(e);
	size_t n = strlen(name);
	require(n < REST_JSON_NAME_MAX);
	for (size_t k = 0; k <= n; k++) {
		char c = name[k];
		out[k] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : (c == '_' ? '-' : c);
	}
}

struct ProtobufCMessage *
rest_json_message(const ProtobufCMessageDescriptor *d, struct arena *arena)
{
	ProtobufCMessage *m = arena_try(arena, d->sizeof_message);
	if (m != NULL)
		protobuf_c_message_init(d, m);
	return m;
}

static const struct limits_field *
limits_of(const ProtobufCMessageDescriptor *d, const ProtobufCFieldDescriptor *f)
{
	const struct limits_message *m = limits_find(d->name);
	const struct limits_field *l = m == NULL ? NULL : limits_field_find(m, f->id);
	require(l != NULL);
	return l;
}

static ProtobufCBinaryData
binary(struct view v)
{
	return (ProtobufCBinaryData){ .len = v.len, .data = (uint8_t *)(uintptr_t)v.data };
}

static bool
is_text(const struct limits_field *l)
{
	return l->kind == LIMITS_UTF8 || l->kind == LIMITS_TEXT || l->kind == LIMITS_UNICODE;
}

/* --- text -> field: path segments, query parameters, strings in lists */

static int
set_bytes(struct slot *s, struct view text)
{
	struct view v = text;
	struct id id;
	if (s->limits->is_id) {
		int err = id_parse(text, &id);
		if (err != 0)
			return err;
		v = id_view(&id);
	} else if (!is_text(s->limits)) {
		struct buf raw;
		buf_init(&raw, s->limits->max);
		int err = text_unbase64url(text, &raw);
		uint8_t *copy = err == 0 ? arena_try(s->arena, raw.len) : NULL;
		if (copy != NULL && raw.len > 0)
			memcpy(copy, raw.data, raw.len);
		v = view_of(copy, raw.len);
		buf_deinit(&raw);
		if (err != 0 || copy == NULL)
			return err != 0 ? err : ERR_LIMIT;
		*(ProtobufCBinaryData *)s->at = binary(v);
		return 0;
	}
	uint8_t *copy = arena_try(s->arena, v.len);
	if (copy == NULL)
		return ERR_LIMIT;
	if (v.len > 0)
		memcpy(copy, v.data, v.len);
	*(ProtobufCBinaryData *)s->at = binary(view_of(copy, v.len));
	return 0;
}

static int
set_number(struct slot *s, struct view text)
{
	uint64_t max = s->limits->kind == LIMITS_VALUE ? s->limits->max :
	    s->field->type == PROTOBUF_C_TYPE_UINT64 ? UINT64_MAX : UINT32_MAX;
	uint64_t n = 0;
	int err = text_u64(text, max, &n);
	if (err != 0)
		return err;
	if (s->limits->kind == LIMITS_VALUE && n < s->limits->min)
		return ERR_LIMIT;
	if (s->field->type == PROTOBUF_C_TYPE_UINT64)
		*(uint64_t *)s->at = n;
	else
		*(uint32_t *)s->at = (uint32_t)n;
	return 0;
}

static int
set_bool(struct slot *s, struct view text)
{
	uint64_t n = 0;
	int err = text_u64(text, 1, &n);
	if (err == 0)
		*(protobuf_c_boolean *)s->at = n == 1;
	return err;
}

int
rest_json_set(ProtobufCMessage *m, const char *field, struct view text, struct arena *arena)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, field);
	require(f != NULL && f->label != PROTOBUF_C_LABEL_REPEATED);
	struct slot s = { .field = f, .limits = limits_of(m->descriptor, f), .at = (char *)m + f->offset, .arena = arena };
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return set_bytes(&s, text);
	if (f->type == PROTOBUF_C_TYPE_BOOL)
		return set_bool(&s, text);
	if (is_time(f))
		return clock_parse_rfc3339(text, s.at);
	require(f->type == PROTOBUF_C_TYPE_UINT32 || f->type == PROTOBUF_C_TYPE_UINT64);
	return set_number(&s, text);
}

/* --- JSON -> field */

static int read_message(struct http_json_at o, const char *const *bound, const struct reading *reading, ProtobufCMessage *m);

static int
read_bytes(struct http_json_at o, struct slot *s)
{
	bool may_be_missing = s->limits->min == 0 || s->limits->kind == LIMITS_OPTIONAL_BYTES;
	/* the longest text of max bytes in any of the three spellings */
	size_t max = (size_t)s->limits->max * 2 + ID_TEXT_LEN;
	struct view text = may_be_missing && !http_json_has(o, s->name) ? view_of(NULL, 0) :
	    s->limits->kind == LIMITS_UNICODE ? http_json_unicode(o, s->name, max) : http_json_string(o, s->name, max);
	if (text.data == NULL)
		return 0;
	int err = set_bytes(s, text);
	if (err != 0)
		http_json_fail(o, s->name, err);
	return 0;
}

static int
read_number(struct http_json_at o, struct slot *s)
{
	bool is_wide = s->field->type == PROTOBUF_C_TYPE_UINT64;
	uint64_t max = s->limits->kind == LIMITS_VALUE ? s->limits->max : is_wide ? UINT64_MAX : UINT32_MAX;
	if (is_time(s->field) && s->limits->kind == LIMITS_ANY && !http_json_has(o, s->name))
		return 0;
	uint64_t n = is_time(s->field) ? http_json_time(o, s->name) : http_json_u64(o, s->name, max);
	if (s->limits->kind == LIMITS_VALUE && n < s->limits->min)
		http_json_fail(o, s->name, ERR_LIMIT);
	if (is_wide)
		*(uint64_t *)s->at = n;
	else
		*(uint32_t *)s->at = (uint32_t)n;
	return 0;
}

static int
read_bool(struct http_json_at o, struct slot *s)
{
	*(protobuf_c_boolean *)s->at = http_json_bool(o, s->name);
	return 0;
}

static int
read_enum(struct http_json_at o, struct slot *s)
{
	const ProtobufCEnumDescriptor *e = s->field->descriptor;
	struct view text = http_json_string(o, s->name, REST_JSON_NAME_MAX);
	for (unsigned i = 0; i < e->n_values && text.data != NULL; i++) {
		char name[REST_JSON_NAME_MAX];
		rest_json_enum_name(s->field, i, name);
		int value = e->values[i].value;
		if (!view_equal_str(text, name) || (uint64_t)value < s->limits->min || (uint64_t)value > s->limits->max)
			continue;
		*(int *)s->at = value;
		return 0;
	}
	http_json_fail(o, s->name, ERR_SYNTAX);
	return 0;
}

static int
read_object(struct http_json_at o, struct slot *s)
{
	struct http_json_at inner = s->limits->kind == LIMITS_REQUIRED ? http_json_object(o, s->name) :
	    http_json_object_optional(o, s->name);
	if (inner.value == NULL)
		return 0;
	ProtobufCMessage *m = rest_json_message(s->field->descriptor, s->arena);
	if (m == NULL)
		return ERR_LIMIT;
	*(ProtobufCMessage **)s->at = m;
	return read_message(inner, none, s->reading, m);
}

/* One row per type of field that messages use. */
static const struct kind {
	ProtobufCType type;
	size_t size;            /* of one element in a list */
	int (*read)(struct http_json_at o, struct slot *s);
} kinds[] = {
	{ PROTOBUF_C_TYPE_BYTES, sizeof(ProtobufCBinaryData), read_bytes },
	{ PROTOBUF_C_TYPE_UINT32, sizeof(uint32_t), read_number },
	{ PROTOBUF_C_TYPE_UINT64, sizeof(uint64_t), read_number },
	{ PROTOBUF_C_TYPE_BOOL, sizeof(protobuf_c_boolean), read_bool },
	{ PROTOBUF_C_TYPE_ENUM, sizeof(int), read_enum },
	{ PROTOBUF_C_TYPE_MESSAGE, sizeof(void *), read_object },
};

static const struct kind *
kind_of(const ProtobufCFieldDescriptor *f)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == f->type)
			return &kinds[i];
	panic("field %s has a type that JSON does not know", f->name);
}

static int
read_item(struct http_json_at array, size_t i, struct slot *s)
{
	if (s->field->type == PROTOBUF_C_TYPE_BYTES) {
		struct view text = http_json_item_string(array, i, (size_t)s->limits->max * 2);
		int err = text.data == NULL ? 0 : set_bytes(s, text);
		if (err != 0)
			http_json_fail(array, "item", err);
		return 0;
	}
	require(s->field->type == PROTOBUF_C_TYPE_MESSAGE);
	struct http_json_at inner = http_json_item_object(array, i);
	ProtobufCMessage *m = rest_json_message(s->field->descriptor, s->arena);
	if (m == NULL)
		return ERR_LIMIT;
	*(ProtobufCMessage **)s->at = m;
	return inner.value == NULL ? 0 : read_message(inner, none, s->reading, m);
}

static int
read_list(struct http_json_at o, struct slot *s, ProtobufCMessage *m)
{
	struct http_json_at array = http_json_array(o, s->name, s->limits->items_max);
	size_t n = array.value == NULL ? 0 : http_json_count(array), size = kind_of(s->field)->size;
	if (n < s->limits->items_min)
		http_json_fail(o, s->name, ERR_LIMIT);
	char *items = n == 0 ? NULL : arena_try(s->arena, n * size);
	if (n > 0 && items == NULL)
		return ERR_LIMIT;
	*(size_t *)((char *)m + s->field->quantifier_offset) = n;
	*(void **)s->at = items;
	for (size_t i = 0; i < n; i++) {
		struct slot item = *s;
		item.at = items + i * size;
		int err = read_item(array, i, &item);
		if (err != 0)
			return err;
	}
	return 0;
}

static bool
is_bound(const ProtobufCFieldDescriptor *f, const char *const *bound)
{
	if (strcmp(f->name, "caller") == 0)
		return true;
	for (; *bound != NULL; bound++)
		if (strcmp(f->name, *bound) == 0)
			return true;
	return false;
}

/* Every member must be a field of the message that the client may give. */
static void
refuse_unknown(struct http_json_at o, const char *const *bound, const ProtobufCMessageDescriptor *d)
{
	for (size_t i = 0; i < http_json_count(o); i++) {
		struct view member = http_json_member_name(o, i);
		bool is_known = false;
		for (unsigned k = 0; k < d->n_fields && !is_known; k++) {
			char name[REST_JSON_NAME_MAX];
			rest_json_name(&d->fields[k], name);
			is_known = view_equal_str(member, name) && !is_bound(&d->fields[k], bound);
		}
		if (!is_known) {
			char text[REST_JSON_NAME_MAX];
			snprintf(text, sizeof(text), "%.*s", VIEW_FMT(view_slice(member, 0, sizeof(text) - 1)));
			http_json_fail(o, text, ERR_SYNTAX);
			return;
		}
	}
}

static int
read_message(struct http_json_at o, const char *const *bound, const struct reading *reading, ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	if (reading->unknown == REST_JSON_REFUSE)
		refuse_unknown(o, bound, d);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		if (is_bound(f, bound))
			continue;
		struct slot s = { .field = f, .limits = limits_of(d, f), .at = (char *)m + f->offset,
			.arena = reading->arena, .reading = reading };
		rest_json_name(f, s.name);
		int err = f->label == PROTOBUF_C_LABEL_REPEATED ? read_list(o, &s, m) : kind_of(f)->read(o, &s);
		if (err != 0)
			return err;
	}
	return 0;
}

int
rest_json_read(struct http_json_at object, const char *const *bound, enum rest_json_unknown unknown, struct arena *arena,
    ProtobufCMessage *m)
{
	struct reading reading = { .arena = arena, .unknown = unknown };
	return read_message(object, bound == NULL ? none : bound, &reading, m);
}

/* --- field -> JSON */

static void
write_bytes(struct http_json_write *w, const char *name, const struct limits_field *l, const ProtobufCBinaryData *b)
{
	struct view v = view_of(b->data, b->len);
	if (is_text(l)) {
		http_json_write_string(w, name, v);
	} else if (l->is_id) {
		struct id id;
		if (id_from_view(v, &id) != 0)
			panic("an id of %zu bytes", v.len);
		http_json_write_id(w, name, &id);
	} else {
		http_json_write_bytes(w, name, v);
	}
}

static void
write_object(struct http_json_write *w, const char *name, const ProtobufCMessage *m)
{
	http_json_write_object(w, name);
	rest_json_write_members(w, m, NULL);
	http_json_write_close(w);
}

static void
write_enum(struct http_json_write *w, const char *name, const ProtobufCFieldDescriptor *f, int value)
{
	const ProtobufCEnumDescriptor *e = f->descriptor;
	for (unsigned i = 0; i < e->n_values; i++) {
		char text[REST_JSON_NAME_MAX];
		if (e->values[i].value != value)
			continue;
		rest_json_enum_name(f, i, text);
		http_json_write_str(w, name, text);
		return;
	}
}

static void
write_list(struct http_json_write *w, const char *name, const struct limits_field *l, const ProtobufCFieldDescriptor *f,
    const ProtobufCMessage *m)
{
	size_t n = *(const size_t *)((const char *)m + f->quantifier_offset);
	const char *items = *(const char *const *)((const char *)m + f->offset);
	http_json_write_array(w, name);
	for (size_t i = 0; i < n; i++) {
		if (f->type == PROTOBUF_C_TYPE_BYTES)
			write_bytes(w, NULL, l, (const ProtobufCBinaryData *)items + i);
		else
			write_object(w, NULL, ((const ProtobufCMessage *const *)items)[i]);
	}
	http_json_write_close(w);
}

static void
write_field(struct http_json_write *w, const ProtobufCFieldDescriptor *f, const ProtobufCMessage *m)
{
	const struct limits_field *l = limits_of(m->descriptor, f);
	const void *at = (const char *)m + f->offset;
	char name[REST_JSON_NAME_MAX];
	rest_json_name(f, name);
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		write_list(w, name, l, f, m);
	else if (f->type == PROTOBUF_C_TYPE_BYTES && ((const ProtobufCBinaryData *)at)->len > 0)
		write_bytes(w, name, l, at);
	else if (is_time(f) && *(const uint64_t *)at != 0)
		http_json_write_time(w, name, *(const uint64_t *)at);
	else if (f->type == PROTOBUF_C_TYPE_UINT64 && !is_time(f))
		http_json_write_u64(w, name, *(const uint64_t *)at);
	else if (f->type == PROTOBUF_C_TYPE_UINT32)
		http_json_write_u64(w, name, *(const uint32_t *)at);
	else if (f->type == PROTOBUF_C_TYPE_BOOL)
		http_json_write_bool(w, name, *(const protobuf_c_boolean *)at);
	else if (f->type == PROTOBUF_C_TYPE_ENUM)
		write_enum(w, name, f, *(const int *)at);
	else if (f->type == PROTOBUF_C_TYPE_MESSAGE && *(const ProtobufCMessage *const *)at != NULL)
		write_object(w, name, *(const ProtobufCMessage *const *)at);
}

void
rest_json_write_members(struct http_json_write *w, const ProtobufCMessage *m, const char *const *bound)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++)
		if (!is_bound(&m->descriptor->fields[i], bound == NULL ? none : bound))
			write_field(w, &m->descriptor->fields[i], m);
}

/* No time has no text. */
static int
get_time(uint64_t wall_ms, struct buf *out)
{
	char text[CLOCK_RFC3339_LEN + 1] = "";
	if (wall_ms != 0)
		clock_rfc3339(wall_ms, text);
	return buf_append_str(out, text);
}

int
rest_json_get(const ProtobufCMessage *m, const char *field, struct buf *out)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, field);
	require(f != NULL && f->label != PROTOBUF_C_LABEL_REPEATED);
	const struct limits_field *l = limits_of(m->descriptor, f);
	const void *at = (const char *)m + f->offset;
	if (f->type == PROTOBUF_C_TYPE_BOOL)
		return buf_append_str(out, *(const protobuf_c_boolean *)at ? "1" : "0");
	if (f->type == PROTOBUF_C_TYPE_UINT32)
		return buf_printf(out, "%u", *(const uint32_t *)at);
	if (is_time(f))
		return get_time(*(const uint64_t *)at, out);
	if (f->type == PROTOBUF_C_TYPE_UINT64)
		return buf_printf(out, "%llu", (unsigned long long)*(const uint64_t *)at);
	require(f->type == PROTOBUF_C_TYPE_BYTES);
	struct view v = view_of(((const ProtobufCBinaryData *)at)->data, ((const ProtobufCBinaryData *)at)->len);
	struct id id;
	if (is_text(l))
		return buf_append_view(out, v);
	if (l->is_id && id_from_view(v, &id) == 0)
		return buf_append_str(out, id_text(&id).s);
	return text_base64url(out, v);
}
