/* SPDX-License-Identifier: MIT */
/*
 * Owns what a value of each type is: which check, units, words, how it lies in struct conf. Every value that enters a
 * struct conf, from the file or from a record, comes through the setters here. Knows no single option, and of the
 * grammar of texts (conf/text.h) only the names.
 */
#include "conf/type.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/fatal.h"
#include "base/network.h"
#include "base/text.h"
#include "conf/text.h"

struct word {
	const char *name;
	int value;
};

struct type {
	enum conf_kind kind;
	const char *what;                    /* texts: "an absolute path" */
	bool (*check)(struct view text);
	const struct word *words;            /* ends with a NULL name */
	bool has_units;
	bool is_loopback;
};

_Static_assert(sizeof(enum conf_locale) == sizeof(int) && sizeof(enum conf_security) == sizeof(int) &&
    sizeof(enum log_level) == sizeof(int) && sizeof(enum conf_proxy_protocol) == sizeof(int) &&
    sizeof(enum conf_address_field) == sizeof(int), "words are stored as int");

static const struct word LOCALES[] = { { "de", CONF_LOCALE_DE }, { "en", CONF_LOCALE_EN }, { NULL, 0 } };
static const struct word SECURITIES[] = {
	{ "plain", CONF_SECURITY_PLAIN }, { "starttls", CONF_SECURITY_STARTTLS }, { "tls", CONF_SECURITY_TLS }, { NULL, 0 },
};
static const struct word LOG_LEVELS[] = {
	{ "error", LOG_ERROR }, { "warning", LOG_WARNING }, { "notice", LOG_NOTICE }, { "info", LOG_INFO }, { "debug", LOG_DEBUG },
	{ NULL, 0 },
};

static const struct word PROXY_PROTOCOLS[] = { { "off", CONF_PROXY_PROTOCOL_OFF }, { "v2", CONF_PROXY_PROTOCOL_V2 }, { NULL, 0 } };
static const struct word ADDRESS_FIELDS[] = {
	{ "none", CONF_ADDRESS_FIELD_NONE }, { "forwarded", CONF_ADDRESS_FIELD_FORWARDED },
	{ "x-forwarded-for", CONF_ADDRESS_FIELD_X_FORWARDED_FOR }, { NULL, 0 },
};

static const struct unit {
	const char *suffix;
	unsigned shift;
} UNITS[] = { { "TiB", 40 }, { "GiB", 30 }, { "MiB", 20 }, { "KiB", 10 }, { "", 0 } };

static const struct type TYPES[] = {
	[CONF_TYPE_TEXT] = { .kind = CONF_KIND_TEXT, .what = "a text without control characters and blanks at its ends", .check = conf_text_is_text },
	[CONF_TYPE_URL] = { .kind = CONF_KIND_TEXT, .what = "https://HOST or https://HOST:PORT with nothing behind it, in lower case", .check = conf_text_is_url },
	[CONF_TYPE_DOMAIN] = { .kind = CONF_KIND_TEXT, .what = "a domain name in lower case", .check = conf_text_is_domain },
	[CONF_TYPE_HOST] = { .kind = CONF_KIND_TEXT, .what = "a host name in lower case or a numeric address", .check = conf_text_is_host },
	[CONF_TYPE_MAIL] = { .kind = CONF_KIND_TEXT, .what = "a mail address, its domain in lower case", .check = conf_text_is_mail },
	[CONF_TYPE_PATH] = { .kind = CONF_KIND_TEXT, .what = "an absolute path", .check = conf_text_is_path },
	[CONF_TYPE_USER] = { .kind = CONF_KIND_TEXT, .what = "a user or group name", .check = conf_text_is_user },
	[CONF_TYPE_NUMBER] = { .kind = CONF_KIND_NUMBER },
	[CONF_TYPE_BYTES] = { .kind = CONF_KIND_NUMBER, .has_units = true },
	[CONF_TYPE_LOCALE] = { .kind = CONF_KIND_WORD, .words = LOCALES },
	[CONF_TYPE_SECURITY] = { .kind = CONF_KIND_WORD, .words = SECURITIES },
	[CONF_TYPE_LOG_LEVEL] = { .kind = CONF_KIND_WORD, .words = LOG_LEVELS },
	[CONF_TYPE_LISTEN] = { .kind = CONF_KIND_ADDRESSES },
	[CONF_TYPE_LISTEN_LOOPBACK] = { .kind = CONF_KIND_ADDRESSES, .is_loopback = true },
	[CONF_TYPE_NETWORKS] = { .kind = CONF_KIND_TEXT, .what = "addresses or networks such as 10.0.0.0/8, divided by one blank each", .check = conf_text_is_networks },
	[CONF_TYPE_PROXY_PROTOCOL] = { .kind = CONF_KIND_WORD, .words = PROXY_PROTOCOLS },
	[CONF_TYPE_ADDRESS_FIELD] = { .kind = CONF_KIND_WORD, .words = ADDRESS_FIELDS },
	[CONF_TYPE_BOUNCE] = { .kind = CONF_KIND_TEXT, .what = "a mail address with at most one * in its local part, which has at most 19 "
	    "other characters then", .check = conf_text_is_bounce },
	[CONF_TYPE_RELAYS] = { .kind = CONF_KIND_TEXT, .what = "1 to 7 of HOST or HOST:PORT, divided by one blank each", .check = conf_text_is_relays },
};

static const void *
field_of(const struct conf_option *o, const struct conf *conf)
{
	return (const uint8_t *)conf + o->offset;
}

static void *
field_at(const struct conf_option *o, struct conf *conf)
{
	return (uint8_t *)conf + o->offset;
}

enum conf_kind
conf_type_kind(const struct conf_option *o)
{
	return TYPES[o->type].kind;
}

static int
set_word(const struct conf_option *o, struct view text, struct conf *conf)
{
	for (const struct word *w = TYPES[o->type].words; w->name != NULL; w++) {
		if (view_equal_str(text, w->name)) {
			memcpy(field_at(o, conf), &w->value, sizeof(w->value));
			return 0;
		}
	}
	return ERR_SYNTAX;
}

int
conf_type_set_text(const struct conf_option *o, struct view text, struct conf *conf)
{
	if (conf_type_kind(o) == CONF_KIND_WORD)
		return set_word(o, text, conf);
	require(conf_type_kind(o) == CONF_KIND_TEXT);
	if (text.len == 0 || text.len < o->min || text.len > o->max || !text_is_utf8(text) || text_has_control(text) ||
	    !TYPES[o->type].check(text))
		return ERR_SYNTAX;
	const char *copy = arena_str(conf->memory, text);
	memcpy(field_at(o, conf), &copy, sizeof(copy));
	return 0;
}

int
conf_type_set_number(const struct conf_option *o, uint64_t number, struct conf *conf)
{
	require(conf_type_kind(o) == CONF_KIND_NUMBER);
	if (number < o->min || number > o->max)
		return ERR_SYNTAX;
	const uint32_t n32 = (uint32_t)number;
	const uint16_t n16 = (uint16_t)number;
	const void *from = o->size == sizeof(n16) ? (const void *)&n16 : o->size == sizeof(n32) ? (const void *)&n32 : &number;
	memcpy(field_at(o, conf), from, o->size);
	return 0;
}

static bool
is_loopback(const struct conf_address *a)
{
	static const uint8_t IPV6[16] = { [15] = 1 };
	return memcmp(a->ip, IPV6, sizeof(IPV6)) == 0 || (network_is_ipv4(a->ip) && a->ip[NETWORK_IPV4_AT] == 127);
}

static bool
is_same_address(const struct conf_address *a, const struct conf_address *b)
{
	return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 && a->port == b->port;
}

int
conf_type_add_address(const struct conf_option *o, const struct conf_address *address, struct conf *conf)
{
	require(conf_type_kind(o) == CONF_KIND_ADDRESSES);
	struct conf_addresses *list = field_at(o, conf);
	if (address->port == 0 || (TYPES[o->type].is_loopback && !is_loopback(address)))
		return ERR_SYNTAX;
	for (size_t i = 0; i < list->n; i++)
		if (is_same_address(&list->at[i], address))
			return ERR_EXISTS;
	if (list->n == o->max)
		return ERR_LIMIT;
	list->at[list->n++] = *address;
	return 0;
}

static int
parse_number(const struct conf_option *o, struct view text, uint64_t *number_r)
{
	size_t digits = 0;
	while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
		digits++;
	struct view suffix = view_slice(text, digits, text.len);
	const struct unit *u = UNITS;
	while (!view_equal_str(suffix, u->suffix))
		if (++u == UNITS + sizeof(UNITS) / sizeof(UNITS[0]))
			return ERR_SYNTAX;
	if (u->shift != 0 && !TYPES[o->type].has_units)
		return ERR_SYNTAX;
	if (text_u64(view_slice(text, 0, digits), UINT64_MAX >> u->shift, number_r) != 0)
		return ERR_SYNTAX;
	*number_r <<= u->shift;
	return 0;
}

int
conf_type_set(const struct conf_option *o, const char *text, struct conf *conf)
{
	struct view v = view_str(text);
	struct conf_address address;
	uint64_t number;
	int err;
	switch (conf_type_kind(o)) {
	case CONF_KIND_NUMBER:
		err = parse_number(o, v, &number);
		return err != 0 ? err : conf_type_set_number(o, number, conf);
	case CONF_KIND_ADDRESSES:
		err = conf_text_address(v, &address);
		return err != 0 ? err : conf_type_add_address(o, &address, conf);
	case CONF_KIND_TEXT:
	case CONF_KIND_WORD:
		break;
	}
	return conf_type_set_text(o, v, conf);
}

uint64_t
conf_type_number(const struct conf_option *o, const struct conf *conf)
{
	uint64_t n64 = 0;
	uint32_t n32 = 0;
	uint16_t n16 = 0;
	void *to = o->size == sizeof(n16) ? (void *)&n16 : o->size == sizeof(n32) ? (void *)&n32 : &n64;
	memcpy(to, field_of(o, conf), o->size);
	return n64 | n32 | n16;
}

const char *
conf_type_word(const struct conf_option *o, const struct conf *conf)
{
	int value;
	memcpy(&value, field_of(o, conf), sizeof(value));
	const struct word *w = TYPES[o->type].words;
	while (w->name != NULL && w->value != value)
		w++;
	require(w->name != NULL);
	return w->name;
}

const char *
conf_type_text(const struct conf_option *o, const struct conf *conf)
{
	const char *text;
	memcpy(&text, field_of(o, conf), sizeof(text));
	return text;
}

const struct conf_addresses *
conf_type_addresses(const struct conf_option *o, const struct conf *conf)
{
	return field_of(o, conf);
}

bool
conf_type_is_absent(const struct conf_option *o, const struct conf *conf)
{
	enum conf_kind kind = conf_type_kind(o);
	return (kind == CONF_KIND_TEXT && conf_type_text(o, conf) == NULL) ||
	    (kind == CONF_KIND_ADDRESSES && conf_type_addresses(o, conf)->n == 0);
}

static bool
is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
is_same_list(const struct conf_addresses *a, const struct conf_addresses *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!is_same_address(&a->at[i], &b->at[i]))
			return false;
	return true;
}

bool
conf_type_is_equal(const struct conf_option *o, const struct conf *a, const struct conf *b)
{
	if (conf_type_kind(o) == CONF_KIND_TEXT)
		return is_same_text(conf_type_text(o, a), conf_type_text(o, b));
	if (conf_type_kind(o) == CONF_KIND_ADDRESSES)
		return is_same_list(conf_type_addresses(o, a), conf_type_addresses(o, b));
	return memcmp(field_of(o, a), field_of(o, b), o->size) == 0;
}

void
conf_type_copy(const struct conf_option *o, struct conf *to, const struct conf *from)
{
	memcpy(field_at(o, to), field_of(o, from), o->size);
	if (conf_type_kind(o) != CONF_KIND_TEXT || conf_type_is_absent(o, from))
		return;
	const char *copy = arena_str(to->memory, view_str(conf_type_text(o, from)));
	memcpy(field_at(o, to), &copy, sizeof(copy));
}

__attribute__((format(printf, 2, 3)))
static void
put(struct buf *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	require(buf_vprintf(out, fmt, ap) == 0);
	va_end(ap);
}

/* A limit with the largest unit that divides it. */
static void
put_number(struct buf *out, const struct type *t, uint64_t n)
{
	const struct unit *u = UNITS;
	while (u->shift != 0 && (!t->has_units || n == 0 || n % (1ULL << u->shift) != 0))
		u++;
	put(out, "%" PRIu64 "%s", n >> u->shift, u->suffix);
}

static void
describe_text(const struct conf_option *o, struct buf *out)
{
	put(out, "%s, at most %" PRIu64 " bytes", TYPES[o->type].what, o->max);
}

static void
describe_number(const struct conf_option *o, struct buf *out)
{
	const struct type *t = &TYPES[o->type];
	put(out, "%s from ", t->has_units ? "a size (KiB, MiB, GiB, TiB)" : "a whole number");
	put_number(out, t, o->min);
	put(out, " to ");
	put_number(out, t, o->max);
}

static void
describe_words(const struct conf_option *o, struct buf *out)
{
	put(out, "one of ");
	for (const struct word *w = TYPES[o->type].words; w->name != NULL; w++)
		put(out, "%s%s", w->name, w[1].name == NULL ? "" : ", ");
}

static void
describe_addresses(const struct conf_option *o, struct buf *out)
{
	put(out, "%s and port (ADDRESS:PORT or [IPv6]:PORT)", TYPES[o->type].is_loopback ? "a loopback address" : "a numeric address");
}

void
conf_type_describe(const struct conf_option *o, struct buf *out)
{
	static void (*const DESCRIBE[])(const struct conf_option *, struct buf *) = {
		[CONF_KIND_TEXT] = describe_text, [CONF_KIND_NUMBER] = describe_number,
		[CONF_KIND_WORD] = describe_words, [CONF_KIND_ADDRESSES] = describe_addresses,
	};
	DESCRIBE[conf_type_kind(o)](o, out);
}
