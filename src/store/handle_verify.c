/* SPDX-License-Identifier: MIT */
/*
 * provisionctl verify: the whole check as one answer.
 */
#include <string.h>

#include "base/mem.h"
#include "conf/conf.h"
#include "record/admin.pb-c.h"
#include "store/handle.h"
#include "store/verify.h"
#include "store/wire.h"

static void
add_counts(struct arena *a, const struct store_verify_report *r, Provision__VerifyReply *reply)
{
	reply->counts = arena_alloc(a, STORE_VERIFY_COUNTS * sizeof(*reply->counts));
	for (size_t i = 0; i < STORE_VERIFY_COUNTS; i++) {
		Provision__VerifyCount *row = arena_alloc(a, sizeof(*row));
		provision__verify_count__init(row);
		row->subject = wire_str(r->counts[i].subject);
		row->checked = r->counts[i].checked;
		row->erased = r->counts[i].erased;
		row->wrong = r->counts[i].wrong;
		reply->counts[reply->n_counts++] = row;
	}
}

static void
add_findings(struct arena *a, const struct store_verify_report *r, Provision__VerifyReply *reply)
{
	reply->findings = arena_alloc(a, (r->finding_count + 1) * sizeof(*reply->findings));
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct store_verify_finding *f = &r->findings[i];
		Provision__VerifyFinding *row = arena_alloc(a, sizeof(*row));
		provision__verify_finding__init(row);
		row->subject = wire_str(f->subject);
		row->what = wire_str(f->what);
		row->where = wire_bytes(arena_dup(a, view_str(f->where)));
		reply->findings[reply->n_findings++] = row;
	}
}

int
handle_verify(struct store_call *c)
{
	Provision__VerifyReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_verify_report *report = mem_alloc(sizeof(*report));

	store_verify(c->store, c->settings->conf->state_dir, report);
	provision__verify_reply__init(reply);
	reply->wrong = report->wrong;
	add_counts(c->arena, report, reply);
	add_findings(c->arena, report, reply);
	mem_free(&report);
	c->reply = &reply->base;
	return 0;
}
