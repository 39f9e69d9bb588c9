/* SPDX-License-Identifier: MIT */
/*
 * Going back in a company's epochs. cli/receive.c calls it, for packages that have waited long.
 */
#include "cli/past.h"

#include "cli/server.h"

/* The page before the oldest epoch that is known. */
static int
fetch(struct cli_session *s, Provision__EpochList *m, struct trust_company *company)
{
	struct view epochs[TRUST_EPOCHS_MAX], roots[TRUST_EPOCHS_MAX];
	struct trust_past *past = arena_alloc(s->call->arena, sizeof(*past));
	const ProtobufCMessage *reply = NULL;
	m->before = trust_company_oldest(company)->number;
	int err = cli_session_ask(s, "getEpochs", &m->base, &reply);
	if (err != 0)
		return err;
	const Provision__EpochListReply *r = (const Provision__EpochListReply *)reply;
	for (size_t i = 0; i < r->n_epochs; i++)
		epochs[i] = cli_server_view(r->epochs[i]);
	for (size_t i = 0; i < r->n_roots; i++)
		roots[i] = cli_server_view(r->roots[i]);
	err = trust_company_load_past(company, roots, r->n_roots, epochs, r->n_epochs, past);
	if (err != 0)
		return tool_verb_fail(s->call, ERR_TRUST, "the former keys of %s as the server shows them do not lead to the present one",
		    tool_verb_safe(s->call, cli_server_view(m->slug)));
	company->past = past;
	return 0;
}

int
cli_past_reach(struct cli_session *s, ProtobufCBinaryData slug, struct trust_company *company, uint32_t number, uint64_t time_ms)
{
	Provision__EpochList m = PROVISION__EPOCH_LIST__INIT;
	int err = 0;
	m.slug = slug;
	while (err == 0 && trust_company_oldest(company)->number > 1 &&
	    (trust_company_oldest(company)->number > number || trust_company_oldest(company)->created_ms > time_ms))
		err = fetch(s, &m, company);
	return err;
}
