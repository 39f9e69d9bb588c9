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
	buf_init(&a->epoch, TRUST_STATEMENT_MAX);
	return a;
}

void
cli_admission_deinit(struct cli_admission *a)
{
	buf_deinit(&a->certificate);
	buf_deinit(&a->root);
	buf_deinit(&a->epoch);
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
		err = trust_sealed_epoch(trust_company_current(keys->company), keys->epoch_keys, &to, &a->epoch);
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
