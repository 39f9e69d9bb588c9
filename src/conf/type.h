/* SPDX-License-Identifier: MIT */
/*
 * The types of the option table: how a value is written, which values are good, how it lies in struct
 * conf. Only conf/ includes this.
 */
#ifndef CONF_TYPE_H
#define CONF_TYPE_H

#include "base/buf.h"
#include "conf/option.h"

/* How a value lies in struct conf. */
enum conf_kind {
	CONF_KIND_TEXT,         /* const char *, or NULL */
	CONF_KIND_NUMBER,       /* unsigned, of the size of the field */
	CONF_KIND_WORD,         /* an enum, of the size of int */
	CONF_KIND_ADDRESSES,    /* struct conf_addresses */
};

enum conf_kind conf_type_kind(const struct conf_option *o);
/*
 * Checks one value as it stands in the file and puts it into conf; a list is added to. ERR_SYNTAX: it is
 * not what conf_type_describe() says; ERR_LIMIT: too many items of a list; ERR_EXISTS: this item is in the list.
 */
int conf_type_set(const struct conf_option *o, const char *text, struct conf *conf) ERR_CHECK;
/* The text of a value that is not numeric, in the memory of conf; checked as by conf_type_set(). */
int conf_type_set_text(const struct conf_option *o, struct view text, struct conf *conf) ERR_CHECK;
int conf_type_set_number(const struct conf_option *o, uint64_t number, struct conf *conf) ERR_CHECK;
int conf_type_add_address(const struct conf_option *o, const struct conf_address *address, struct conf *conf) ERR_CHECK;
uint64_t conf_type_number(const struct conf_option *o, const struct conf *conf);
/* The word for the value in conf. */
const char *conf_type_word(const struct conf_option *o, const struct conf *conf);
const char *conf_type_text(const struct conf_option *o, const struct conf *conf);
const struct conf_addresses *conf_type_addresses(const struct conf_option *o, const struct conf *conf);
/* True when there is no value: a text that was not given, an empty list. */
bool conf_type_is_absent(const struct conf_option *o, const struct conf *conf);
bool conf_type_is_equal(const struct conf_option *o, const struct conf *a, const struct conf *b);
/* Copies the value; texts into the memory of to. */
void conf_type_copy(const struct conf_option *o, struct conf *to, const struct conf *from);
/* Appends what a value must be: "a whole number from 0 to 64". out has room. */
void conf_type_describe(const struct conf_option *o, struct buf *out);

#endif
