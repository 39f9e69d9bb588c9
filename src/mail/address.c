/* SPDX-License-Identifier: MIT */
/*
 * Parses and compares e-mail addresses. Owns libidn2 (used only for domains that are not ASCII). Must not
 * know who has which address. Called by everything that takes an address from outside.
 */
#include "mail/address.h"

#include <idn2.h>
#include <string.h>

#include "base/text.h"

/* RFC 5322 atext without letters and digits. */
static const char atext_specials[] = "!#$%&'*+-/=?^_`{|}~";

/* Code points above ASCII that have no place in an address: spaces, controls, invisible, direction, not characters. */
static const struct range {
	int32_t first;
	int32_t last;
} refused[] = {
	{ 0x0080, 0x00a0 }, { 0x00ad, 0x00ad }, { 0x034f, 0x034f }, { 0x061c, 0x061c }, { 0x115f, 0x1160 },
	{ 0x1680, 0x1680 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x2000, 0x200f }, { 0x2028, 0x202f },
	{ 0x205f, 0x206f }, { 0x3000, 0x3000 }, { 0x3164, 0x3164 }, { 0xd800, 0xf8ff }, { 0xfdd0, 0xfdef },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xffff }, { 0xe0000, 0x10ffff },
};

static bool
is_letter_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
is_atom_codepoint(int32_t c)
{
	if (c <= 0x20 || c == 0x7f)
		return false;
	if (c < 0x80)
		return is_letter_or_digit((uint8_t)c) || strchr(atext_specials, (char)c) != NULL;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (c >= refused[i].first && c <= refused[i].last)
			return false;
	return true;
}

static bool
is_ascii(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] >= 0x80)
			return false;
	return true;
}

static int
parse_local(struct view v, char *out)
{
	if (v.len > MAIL_ADDRESS_LOCAL_LEN)
		return ERR_LIMIT;
	bool is_after_dot = true;
	for (struct view rest = v; rest.len > 0;) {
		int32_t c = text_next_codepoint(&rest);
		bool is_dot = c == '.';
		if (is_dot ? is_after_dot : !is_atom_codepoint(c))
			return ERR_SYNTAX;
		is_after_dot = is_dot;
	}
	if (is_after_dot)
		return ERR_SYNTAX;
	memcpy(out, v.data, v.len);
	out[v.len] = '\0';
	return 0;
}

static bool
is_label(struct view v)
{
	if (v.len == 0 || v.len > 63 || v.data[0] == '-' || v.data[v.len - 1] == '-')
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (!is_letter_or_digit(v.data[i]) && v.data[i] != '-')
			return false;
	return true;
}

/* The last label of a name is never a number: 192.0.2.1 is not a domain. */
static bool
has_letter(struct view label)
{
	for (size_t i = 0; i < label.len; i++)
		if (label.data[i] > '9')
			return true;
	return false;
}

static int
parse_ascii_domain(struct view v, char *out)
{
	if (v.len > MAIL_ADDRESS_DOMAIN_LEN)
		return ERR_LIMIT;
	struct view label = { NULL, 0 };
	size_t labels = 0;
	for (size_t at = 0; at <= v.len; at += label.len + 1, labels++) {
		label = view_slice(v, at, v.len);
		label.len = view_find(label, '.');
		if (!is_label(label))
			return ERR_SYNTAX;
	}
	if (labels < 2 || !has_letter(label))
		return ERR_SYNTAX;
	for (size_t i = 0; i < v.len; i++)
		out[i] = lower((char)v.data[i]);
	out[v.len] = '\0';
	return 0;
}

static int
parse_idn_domain(struct view v, char *out)
{
	char text[MAIL_ADDRESS_LEN + 1];
	if (v.len >= sizeof(text))
		return ERR_LIMIT;
	/* Mapping would silently drop what cannot be seen. */
	for (struct view rest = v; rest.len > 0;) {
		int32_t c = text_next_codepoint(&rest);
		if (c != '.' && !is_atom_codepoint(c))
			return ERR_SYNTAX;
	}
	memcpy(text, v.data, v.len);
	text[v.len] = '\0';
	/* Without IDN2_USE_STD3_ASCII_RULES, which drops what it does not like instead of failing. */
	char *mapped = NULL;
	if (idn2_to_ascii_8z(text, &mapped, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return ERR_SYNTAX;
	int err = parse_ascii_domain(view_str(mapped), out);
	idn2_free(mapped);
	return err;
}

int
mail_address_parse(struct view text, struct mail_address *a_r)
{
	struct mail_address a = { .local = "" };
	*a_r = a;
	if (text.len > MAIL_ADDRESS_LEN)
		return ERR_LIMIT;
	size_t at = view_find(text, '@');
	if (at == text.len)
		return ERR_SYNTAX;
	struct view local = view_slice(text, 0, at);
	struct view domain = view_slice(text, at + 1, text.len);
	int err = parse_local(local, a.local);
	if (err == 0)
		err = is_ascii(domain) ? parse_ascii_domain(domain, a.domain) : parse_idn_domain(domain, a.domain);
	if (err == 0 && strlen(a.local) + 1 + strlen(a.domain) > MAIL_ADDRESS_LEN)
		err = ERR_LIMIT;
	if (err == 0)
		*a_r = a;
	return err;
}

struct mail_address_text
mail_address_text(const struct mail_address *a)
{
	struct mail_address_text t = { .s = "" };
	size_t local_len = strnlen(a->local, MAIL_ADDRESS_LOCAL_LEN);
	size_t domain_len = strnlen(a->domain, MAIL_ADDRESS_LEN - local_len - 1);
	memcpy(t.s, a->local, local_len);
	t.s[local_len] = '@';
	memcpy(t.s + local_len + 1, a->domain, domain_len);
	return t;
}

struct mail_address_text
mail_address_key(const struct mail_address *a)
{
	struct mail_address_text t = mail_address_text(a);
	for (char *c = t.s; *c != '\0'; c++)
		*c = lower(*c);
	return t;
}

bool
mail_address_equal(const struct mail_address *a, const struct mail_address *b)
{
	struct mail_address_text ka = mail_address_key(a);
	struct mail_address_text kb = mail_address_key(b);
	return strcmp(ka.s, kb.s) == 0;
}

bool
mail_address_is_ascii(const struct mail_address *a)
{
	return is_ascii(view_str(a->local));
}
