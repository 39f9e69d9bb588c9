/* SPDX-License-Identifier: MIT */
/*
 * The option table: one row per option, in the order of the default file. Everything about an option
 * stands in its row and nowhere else. Only conf/ includes this.
 */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

#include "base/arena.h"
#include "base/view.h"
#include "conf/conf.h"

/* What may stand in the file; conf/type.c knows how each is read and checked. */
enum conf_type {
	CONF_TYPE_TEXT,
	CONF_TYPE_URL,
	CONF_TYPE_DOMAIN,
	CONF_TYPE_HOST,
	CONF_TYPE_MAIL,
	CONF_TYPE_PATH,
	CONF_TYPE_USER,
	CONF_TYPE_NUMBER,
	CONF_TYPE_BYTES,
	CONF_TYPE_LOCALE,
	CONF_TYPE_SECURITY,
	CONF_TYPE_LOG_LEVEL,
	CONF_TYPE_LISTEN,
	CONF_TYPE_LISTEN_LOOPBACK,
	CONF_TYPE_NETWORKS,
	CONF_TYPE_PROXY_PROTOCOL,
	CONF_TYPE_ADDRESS_FIELD,
	CONF_TYPE_BOUNCE,
	CONF_TYPE_RELAYS,
};

enum conf_flag {
	CONF_FLAG_REQUIRED = 1,      /* there is a value in the end: given, or by a default */
	CONF_FLAG_RELOADABLE = 2,    /* takes effect without a restart */
};

struct conf_option {
	const char *section;         /* begins a group with this title, or NULL */
	const char *name;
	enum conf_type type;
	size_t offset;               /* the field in struct conf */
	size_t size;
	uint64_t min;                /* numbers: the value; texts: bytes; lists: items */
	uint64_t max;
	const char *unit;            /* of a number, for people; may be NULL */
	unsigned roles;              /* who may see it beside provisiond */
	unsigned flags;
	const char *preset;          /* the default as in the file, list items separated by a blank; or NULL */
	/* Or a default that depends on others or on the machine; NULL: none. And how people are told. */
	const char *(*derive)(const struct conf *conf, struct arena *memory);
	const char *derive_text;
	const char *example;         /* where there is no preset */
	const char *help;            /* sentences */
};

size_t conf_option_count(void);
/* index < conf_option_count(). */
const struct conf_option *conf_option_at(size_t index);
/* NULL when there is none of that name. */
const struct conf_option *conf_option_find(const char *name);
/* The place of the row in the table. */
size_t conf_option_index(const struct conf_option *o);
bool conf_option_is_visible(const struct conf_option *o, unsigned role_mask);

#endif
