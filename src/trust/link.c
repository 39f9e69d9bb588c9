/* SPDX-License-Identifier: MIT */
/*
 * Invitation links, made and read by clients. The grammar stands in the header; a link is read strictly, since what is in
 * its fragment decides whom one trusts.
 */
#include "trust/link.h"

#include <string.h>

#include "base/encoder.h"
#include "base/fatal.h"
#include "base/text.h"
#include "trust/fingerprint.h"
#include "trust/invitation.h"

#define SCHEME "https://"
#define SECRET_TEXT_LEN TEXT_BASE32_LEN(TRUST_INVITATION_SECRET_BYTES)

static const char *const role_names[] = { [TRUST_ROLE_OWNER] = "owner", [TRUST_ROLE_AGENT] = "agent" };

static bool
is_lower_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
trust_link_is_slug(struct view v)
{
	if (v.len == 0 || v.len > TRUST_SLUG_MAX || v.data[0] == '-')
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (!is_lower_alnum(v.data[i]) && v.data[i] != '-')
			return false;
	return true;
}

/* name [":" port] */
static bool
is_host(struct view v)
{
	size_t colon = view_find(v, ':');
	uint64_t port;
	if (colon == 0 || v.len > TRUST_HOST_MAX)
		return false;
	for (size_t i = 0; i < colon; i++)
		if (!is_lower_alnum(v.data[i]) && v.data[i] != '-' && v.data[i] != '.')
			return false;
	return colon == v.len || (text_u64(view_slice(v, colon + 1, SIZE_MAX), 65535, &port) == 0 && port > 0);
}

/* Appends "/INVITATION#ROLE.SECRET.", without ROLE for a customer */
static void
put_secret(struct encoder *e, const struct trust_link *link)
{
	char secret[SECRET_TEXT_LEN + 1];
	struct id_text id = id_text(&link->invitation);
	require(secret_len(link->secret) == TRUST_INVITATION_SECRET_BYTES);
	text_base32(secret_view(link->secret), secret);
	encoder_bytes(e, "/", 1);
	encoder_view(e, view_str(id.s));
	encoder_bytes(e, "#", 1);
	if (link->is_member) {
		encoder_view(e, view_str(role_names[link->role]));
		encoder_bytes(e, ".", 1);
	}
	encoder_view(e, view_str(secret));
	encoder_bytes(e, ".", 1);
	secret_wipe(secret, sizeof(secret));
}

int
trust_link_make(const struct trust_link *link, struct buf *out)
{
	struct trust_fingerprint_text root = trust_fingerprint_text(&link->root);
	if (!is_host(view_str(link->host)) || !trust_link_is_slug(view_str(link->slug)))
		return ERR_SYNTAX;
	if (link->is_member && link->role != TRUST_ROLE_OWNER && link->role != TRUST_ROLE_AGENT)
		return ERR_SYNTAX;
	struct encoder e = encoder_of(out);
	encoder_view(&e, VIEW_LIT(SCHEME));
	encoder_view(&e, view_str(link->host));
	encoder_view(&e, link->is_member ? VIEW_LIT("/m/") : VIEW_LIT("/i/"));
	encoder_view(&e, view_str(link->slug));
	if (link->is_member || link->is_personal)
		put_secret(&e, link);
	else
		encoder_bytes(&e, "#", 1);
	encoder_view(&e, view_str(root.s));
	return encoder_end(&e);
}

/* The bytes up to the first c, which is skipped; no c: everything, and *rest becomes empty. */
static struct view
take_until(struct view *rest, uint8_t c)
{
	size_t at = view_find(*rest, c);
	struct view head = view_slice(*rest, 0, at);
	*rest = view_slice(*rest, at + 1, SIZE_MAX);
	return head;
}

static int
take_role(struct view *rest, enum trust_role *role_r)
{
	struct view name = take_until(rest, '.');
	for (size_t i = TRUST_ROLE_OWNER; i <= TRUST_ROLE_AGENT; i++)
		if (view_equal_str(name, role_names[i])) {
			*role_r = (enum trust_role)i;
			return 0;
		}
	return ERR_SYNTAX;
}

/* INVITATION "#" [ROLE "."] SECRET "." and leaves FINGERPRINT in *rest */
static int
take_secret(struct view *rest, struct trust_link *link)
{
	struct view id = take_until(rest, '#');
	int err = id_parse(id, &link->invitation);
	if (err == 0 && link->is_member)
		err = take_role(rest, &link->role);
	if (err != 0)
		return ERR_SYNTAX;
	struct view text = take_until(rest, '.');
	link->secret = secret_new(TRUST_INVITATION_SECRET_BYTES);
	return text_unbase32(text, secret_bytes(link->secret), TRUST_INVITATION_SECRET_BYTES);
}

static struct view
trim(struct view v)
{
	while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t' || v.data[0] == '\n' || v.data[0] == '\r'))
		v = view_slice(v, 1, SIZE_MAX);
	while (v.len > 0 && (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\t' || v.data[v.len - 1] == '\n' ||
	    v.data[v.len - 1] == '\r'))
		v.len--;
	return v;
}

static int
parse(struct view rest, struct trust_link *link)
{
	if (!view_starts(rest, VIEW_LIT(SCHEME)))
		return ERR_SYNTAX;
	rest = view_slice(rest, strlen(SCHEME), SIZE_MAX);
	struct view host = take_until(&rest, '/');
	struct view kind = take_until(&rest, '/');
	link->is_member = view_equal_str(kind, "m");
	if (!is_host(host) || (!link->is_member && !view_equal_str(kind, "i")))
		return ERR_SYNTAX;
	link->is_personal = !link->is_member && view_find(rest, '/') < view_find(rest, '#');
	bool has_secret = link->is_member || link->is_personal;
	struct view slug = take_until(&rest, has_secret ? '/' : '#');
	if (!trust_link_is_slug(slug))
		return ERR_SYNTAX;
	memcpy(link->host, host.data, host.len);
	memcpy(link->slug, slug.data, slug.len);
	int err = has_secret ? take_secret(&rest, link) : 0;
	if (err == 0 && rest.len != TRUST_FINGERPRINT_LEN)
		err = ERR_SYNTAX;
	return err == 0 ? text_unbase32(rest, link->root.bytes, sizeof(link->root.bytes)) : err;
}

int
trust_link_parse(struct view text, struct trust_link *link_r)
{
	struct trust_link link;
	memset(&link, 0, sizeof(link));
	text = trim(text);
	int err = text.len > TRUST_LINK_MAX ? ERR_SYNTAX : parse(text, &link);
	if (err == 0)
		*link_r = link;
	else
		trust_link_deinit(&link);
	return err;
}

void
trust_link_deinit(struct trust_link *link)
{
	secret_free(&link->secret);
}
