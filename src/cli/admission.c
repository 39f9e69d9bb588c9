/* SPDX-License-Identifier: MIT */
/*
 * Sealing a company's keys to a member. Knows what is made, not why: cli/member.c confirms with it, cli/renew.c changes the
 * epoch.
 */
#include "cli/admission.h"

#include "base/clock.h"
#include "cli/pages.h"
#include "cli/server.h"
#include "trust/sealed.h"

struct cli_admission *
cli_admission_new(struct cli_session *s)
{
	struct cli_admission *a = arena_alloc(s->call->arena, sizeof(*a));
	buf_init(&a->certificate, TRUST_CERTIFICATE_MAX);
	buf_init(&a->root, TRUST_STATEMENT_MAX);
	for (size_t i = 0; i <= TRUST_EPOCHS_MAX; i++)
		buf_init(&a->epochs[i], TRUST_STATEMENT_MAX);
	return a;
}

void
cli_admission_deinit(struct cli_admission *a)
{
	buf_deinit(&a->certificate);
	buf_deinit(&a->root);
	for (size_t i = 0; i <= TRUST_EPOCHS_MAX; i++)
		buf_deinit(&a->epochs[i]);
}

static int
seal_epoch(const struct trust_epoch *epoch, const struct trust_keys *keys, const struct trust_certificate *to,
    struct cli_admission *a)
{
	struct buf *out = &a->epochs[a->epoch_count];
	int err = trust_sealed_epoch(epoch, keys, to, out);
	if (err == 0)
		a->epoch_bytes[a->epoch_count++] = cli_server_bytes(buf_view(out));
	return err;
}

/* Old epochs as far as the service keeps their keys, which is while something waits for them. */
static int
seal_epochs(struct cli_session *s, const struct cli_admission_keys *k, const struct trust_certificate *to, struct cli_admission *a)
{
	const struct trust_company *known = &k->owner->company;
	int err = 0;
	for (size_t i = 0; i < known->epoch_count && err == 0; i++) {
		struct trust_keys keys = { .seal = NULL };
		err = cli_whom_epoch_keys(s, k->owner, known->epochs[i].number, &keys);
		if (err == 0)
			err = seal_epoch(&known->epochs[i], &keys, to, a);
		else if (err == ERR_NOT_FOUND)
			err = 0;
		trust_keys_deinit(&keys);
	}
	if (err == 0 && k->new_epoch != NULL)
		err = seal_epoch(trust_company_current(k->company), k->new_epoch, to, a);
	return err == 0 && a->epoch_count == 0 ? ERR_NOT_FOUND : err;
}

int
cli_admission_make(struct cli_session *s, const struct cli_admission_keys *keys, const struct trust_account *member,
    enum trust_role role, const char *name, struct cli_admission *a)
{
	struct trust_certificate to;
	int err = trust_certificate_make(keys->company, keys->root_private, member, role, view_str(name),
	    clock_wall_ms() - CLI_WHOM_CLOCK_MARGIN_MS, &a->certificate);
	if (err == 0)
		err = trust_certificate_parse(buf_view(&a->certificate), &keys->company->root, &to);
	if (err == 0)
		err = seal_epochs(s, keys, &to, a);
	if (err == 0 && role == TRUST_ROLE_OWNER)
		err = trust_sealed_root(&keys->company->root, keys->root_private, &to, &a->root);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the certificate cannot be made: %s", err_text(err));
}

int
cli_admission_open_root(struct cli_session *s, const struct cli_member *owner, struct secret **private_r)
{
	if (owner->row->sealed_root.len == 0)
		return tool_verb_fail(s->call, ERR_DENIED, "only an owner of %s can do this",
		    tool_verb_safe(s->call, cli_server_view(owner->row->company->slug)));
	int err = trust_sealed_open_root(&owner->company.root, cli_server_view(owner->row->sealed_root), &s->login.keys, private_r);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the company's root key, sealed to you, cannot be opened: %s", err_text(err));
}

int
cli_admission_members(struct cli_session *s, ProtobufCBinaryData slug, const Provision__MemberListReply **list_r)
{
	Provision__MemberList m = PROVISION__MEMBER_LIST__INIT;
	Provision__MemberListReply *all = arena_alloc(s->call->arena, sizeof(*all));
	provision__member_list_reply__init(all);
	m.slug = slug;
	int err = cli_pages_all(s, "listMembers", &m.base, ERR_NOT_FOUND, &all->items, &all->n_items);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(s->call, ERR_DENIED, "only an owner of %s sees its members", tool_verb_safe(s->call, cli_server_view(slug)));
	*list_r = all;
	return err;
}
