/* SPDX-License-Identifier: MIT */
/*
 * The configuration as bytes, for the roles:
 *
 *   record    = "PVCF" version:u8 role_mask:u32 count:u16 *( name:block value )
 *   value     = text / number / word / addresses, as the option's type says
 *   text      = is_there:u8 [ block ]        number = u64        word = block
 *   addresses = n:u8 n*( ip:16 bytes, port:u16 )
 *
 * Options stand in the order of the table, exactly those that the mask may see. Must not know any of
 * them. provisiond encodes; a role decodes and believes nothing.
 */
#include "base/arena.h"
#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "conf/conf.h"
#include "conf/make.h"
#include "conf/option.h"
#include "conf/type.h"

#define MAGIC VIEW_LIT("PVCF")
#define VERSION 1
#define NAME_MAX_LEN 63
#define WORD_MAX_LEN 15
#define ROLES_ALL (CONF_ROLE_PROVISIOND | CONF_ROLE_STORE | CONF_ROLE_WEB | CONF_ROLE_COURIER)

static void
encode_text(const struct conf_option *o, const struct conf *conf, struct encoder *e)
{
	const char *text = conf_type_text(o, conf);
	encoder_u8(e, text != NULL);
	if (text != NULL)
		encoder_block(e, view_str(text));
}

static void
encode_number(const struct conf_option *o, const struct conf *conf, struct encoder *e)
{
	encoder_u64(e, conf_type_number(o, conf));
}

static void
encode_word(const struct conf_option *o, const struct conf *conf, struct encoder *e)
{
	encoder_block(e, view_str(conf_type_word(o, conf)));
}

static void
encode_addresses(const struct conf_option *o, const struct conf *conf, struct encoder *e)
{
	const struct conf_addresses *list = conf_type_addresses(o, conf);
	encoder_u8(e, (uint8_t)list->n);
	for (size_t i = 0; i < list->n; i++) {
		encoder_bytes(e, list->at[i].ip, sizeof(list->at[i].ip));
		encoder_u16(e, list->at[i].port);
	}
}

static int
decode_text(const struct conf_option *o, struct cursor *c, struct conf *conf)
{
	uint8_t is_there = cursor_u8(c);
	if (is_there == 0)
		return 0;
	if (is_there != 1)
		return ERR_SYNTAX;
	return conf_type_set_text(o, cursor_block(c, o->max), conf);
}

static int
decode_number(const struct conf_option *o, struct cursor *c, struct conf *conf)
{
	return conf_type_set_number(o, cursor_u64(c), conf);
}

static int
decode_word(const struct conf_option *o, struct cursor *c, struct conf *conf)
{
	return conf_type_set_text(o, cursor_block(c, WORD_MAX_LEN), conf);
}

static int
decode_addresses(const struct conf_option *o, struct cursor *c, struct conf *conf)
{
	int err = 0;
	size_t n = cursor_u8(c);
	for (size_t i = 0; err == 0 && i < n; i++) {
		struct conf_address address;
		cursor_copy(c, address.ip, sizeof(address.ip));
		address.port = cursor_u16(c);
		err = conf_type_add_address(o, &address, conf);
	}
	return err;
}

static const struct {
	void (*encode)(const struct conf_option *o, const struct conf *conf, struct encoder *e);
	int (*decode)(const struct conf_option *o, struct cursor *c, struct conf *conf);
} KINDS[] = {
	[CONF_KIND_TEXT] = { encode_text, decode_text },
	[CONF_KIND_NUMBER] = { encode_number, decode_number },
	[CONF_KIND_WORD] = { encode_word, decode_word },
	[CONF_KIND_ADDRESSES] = { encode_addresses, decode_addresses },
};

static uint16_t
count_visible(unsigned role_mask)
{
	uint16_t n = 0;
	for (size_t i = 0; i < conf_option_count(); i++)
		n = (uint16_t)(n + conf_option_is_visible(conf_option_at(i), role_mask));
	return n;
}

int
conf_encode(const struct conf *conf, unsigned role_mask, struct buf *out)
{
	struct encoder e = encoder_of(out);
	require(role_mask != 0 && (role_mask & ~(unsigned)ROLES_ALL) == 0);
	encoder_view(&e, MAGIC);
	encoder_u8(&e, VERSION);
	encoder_u32(&e, role_mask);
	encoder_u16(&e, count_visible(role_mask));
	for (size_t i = 0; i < conf_option_count(); i++) {
		const struct conf_option *o = conf_option_at(i);
		if (!conf_option_is_visible(o, role_mask))
			continue;
		encoder_block(&e, view_str(o->name));
		KINDS[conf_type_kind(o)].encode(o, conf, &e);
	}
	return encoder_end(&e);
}

static int
decode_head(struct cursor *c, unsigned *role_mask_r)
{
	cursor_expect(c, MAGIC);
	uint8_t version = cursor_u8(c);
	if (c->err == 0 && version != VERSION)
		return ERR_VERSION;
	*role_mask_r = cursor_u32(c);
	uint16_t count = cursor_u16(c);
	if (c->err != 0 || *role_mask_r == 0 || (*role_mask_r & ~(unsigned)ROLES_ALL) != 0)
		return ERR_SYNTAX;
	return count == count_visible(*role_mask_r) ? 0 : ERR_VERSION;
}

static int
decode_option(const struct conf_option *o, struct cursor *c, struct conf *conf)
{
	struct view name = cursor_block(c, NAME_MAX_LEN);
	if (c->err != 0)
		return ERR_SYNTAX;
	if (!view_equal_str(name, o->name))
		return ERR_VERSION;
	int err = KINDS[conf_type_kind(o)].decode(o, c, conf);
	if (err != 0 || c->err != 0)
		return ERR_SYNTAX;
	bool is_required = (o->flags & CONF_FLAG_REQUIRED) != 0;
	return is_required && conf_type_is_absent(o, conf) ? ERR_SYNTAX : 0;
}

int
conf_decode(struct view record, struct conf **conf_r)
{
	unsigned role_mask = 0;
	struct conf *conf = conf_make();
	struct cursor c = cursor_of(record);
	int err = decode_head(&c, &role_mask);
	for (size_t i = 0; err == 0 && i < conf_option_count(); i++)
		if (conf_option_is_visible(conf_option_at(i), role_mask))
			err = decode_option(conf_option_at(i), &c, conf);
	if (err == 0)
		err = cursor_end(&c);
	if (err != 0)
		conf_free(&conf);
	*conf_r = conf;
	return err;
}
