/* SPDX-License-Identifier: MIT */
/*
 * The verb receive. Order: package → who sent it, by our own pins → seal and manifest, checked → the server's file records
 * against what was signed → body, chunk by chunk, into a hidden folder → on disk → in place → receipt. Only the receipt
 * removes the package on the server.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/judge.h"
#include "cli/keeping.h"
#include "cli/past.h"
#include "cli/pins.h"
#include "cli/records.h"
#include "cli/seen.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/target.h"
#include "cli/transfer.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "package/decrypt.h"
#include "package/header.h"
#include "package/lane.h"
#include "package/reader.h"
#include "record/package.pb-c.h"
#include "tool/progress.h"
#include "tool/stop.h"
#include "trust/fingerprint.h"

/* Fingerprints that are shown to people; JSON has all. */
#define SHOWN_MAX 20

struct receiving {
	struct cli_session *session;
	struct id package;
	const Provision__PackageGetReply *reply;
	struct package_header header;
	/* Who is who: one of the two sides. */
	struct trust_company company;        /* sender, when we are the customer */
	struct trust_account customer;       /* sender, when we are the company */
	struct cli_member member;
	struct trust_keys epoch_keys;
	struct package_reader_args args;
	struct package_sender receiver;
	struct view certificate;             /* ours, for the receipt */
	struct id principal;                 /* who stands behind the subscription */
	bool is_staff, is_verified;
	const char *from;                    /* as it came */
	struct package_reader *reader;
	struct package_decrypt *pipeline;
	struct cli_target *target;
	uint32_t entry;                      /* being written */
};

/* --- the package and its sides */

/* Only the sender can have said so. */
static int
tell_withdrawn(struct receiving *r)
{
	struct cli_session *s = r->session;
	struct cli_judge *judge = cli_judge_new(s);
	struct cli_judgement judgement = { .verdict = 0 };
	bool is_staff;
	int err = cli_judge_is_staff(s, r->reply->row, r->reply->word, &is_staff);
	if (err == 0)
		err = cli_judge_withdrawal(judge, r->reply->row, r->reply->word, is_staff, &judgement);
	if (err == 0)
		err = judgement.verdict == CLI_VERDICT_WRONG ? cli_judge_tell(s, r->reply->row, "withdrawn", &judgement) :
		    tool_verb_fail(s->call, ERR_STATE, "this package is withdrawn%s: there is nothing to fetch",
		    judgement.verdict == CLI_VERDICT_SIGNED ? " by the sender" : ", says the service");
	cli_judge_deinit(&judgement);
	cli_judge_free(&judge);
	return err;
}

static int
fetch_row(struct receiving *r)
{
	struct tool_call *c = r->session->call;
	Provision__PackageGet m = PROVISION__PACKAGE_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	if (id_parse(view_str(c->arguments[0]), &r->package) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of a package", tool_verb_safe(c, view_str(c->arguments[0])));
	m.package = cli_server_id(&r->package);
	int err = cli_session_ask_but(r->session, "getPackage", &m.base, &reply, ERR_NOT_FOUND);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(c, err, "there is no package %s for you", c->arguments[0]);
	if (err != 0)
		return err;
	r->reply = (const Provision__PackageGetReply *)reply;
	const Provision__PackageRow *row = r->reply->row;
	if (!row->is_incoming)
		return tool_verb_fail(c, ERR_STATE, "this package was sent from your side");
	if (row->state == PROVISION__PACKAGE_STATE__PACKAGE_STATE_WITHDRAWN)
		return tell_withdrawn(r);
	if (row->state != PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING || r->reply->header.len == 0)
		return tool_verb_fail(c, ERR_STATE, "this package is %s: there is nothing to fetch", cli_server_enum(c, &row->base, "state"));
	err = package_header_parse(cli_server_view(r->reply->header), &r->header);
	return err == 0 ? 0 : tool_verb_fail(c, err, "the package's header is not valid: %s", err_text(err));
}

struct lookup {
	struct id subscription;
	const Provision__SubscriptionRow *row;
};

static int
match_subscription(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__SubscriptionRow *row = (const Provision__SubscriptionRow *)m;
	struct lookup *l = arg;
	struct id id = cli_server_get_id(row->subscription);
	(void)s;
	if (id_equal(&id, &l->subscription))
		l->row = row;
	return 0;
}

static int
open_as_customer(struct receiving *r)
{
	struct cli_session *s = r->session;
	struct lookup l = { .subscription = r->args.subscription };
	int err = cli_whom_subscriptions(s, NULL, match_subscription, &l);
	if (err == 0 && (l.row == NULL || l.row->company == NULL))
		err = tool_verb_fail(s->call, ERR_NOT_FOUND, "this package belongs to a subscription that you do not have");
	if (err == 0)
		err = cli_pins_meet_company(s, l.row->company, NULL, &r->company, &r->is_verified);
	/* whoever has sent it was certified in the epoch of that time; the certificate itself will say */
	if (err == 0)
		err = cli_past_reach(s, l.row->company->slug, &r->company, UINT32_MAX, r->reply->row->created_ms);
	if (err != 0)
		return err;
	r->principal = r->company.root.company;
	r->args.sender.company = &r->company;
	r->args.recipient = package_identity_recipient_account(&s->login.account);
	r->args.private = s->login.keys.seal;
	r->receiver.kind = PACKAGE_PARTY_CUSTOMER;
	r->from = cli_whom_string(s->call, l.row->company->name);
	return 0;
}

static int
open_as_member(struct receiving *r)
{
	struct cli_session *s = r->session;
	const Provision__PackageRow *row = r->reply->row;
	const Provision__MembershipRow *membership = NULL;
	const char *number = tool_verb_safe(s->call, cli_server_view(row->number));
	int err = cli_whom_membership(s, cli_whom_string(s->call, row->slug), &membership);
	if (err == 0)
		err = cli_whom_open_member(s, membership, &r->member);
	if (err == 0)
		err = cli_pins_meet_account(s, cli_server_view(r->reply->sender_statement), number, &r->customer, &r->is_verified);
	uint32_t epoch = r->header.recipient.key_number;
	if (err == 0)
		err = cli_past_reach(s, membership->company->slug, &r->member.company, epoch, UINT64_MAX);
	if (err != 0)
		return err;
	err = cli_whom_epoch_keys(s, &r->member, epoch, &r->epoch_keys);
	if (err != 0)
		return tool_verb_fail(s->call, ERR_DENIED, "the company's key of epoch %u was not sealed to you", epoch);
	r->principal = r->customer.account;
	r->args.sender.account = &r->customer;
	r->args.recipient = package_identity_recipient_epoch(trust_company_epoch(&r->member.company, epoch));
	r->args.private = r->epoch_keys.seal;
	r->receiver.kind = PACKAGE_PARTY_COMPANY;
	r->receiver.company = r->member.company.root.company;
	r->certificate = cli_server_view(membership->certificate);
	r->from = arena_printf(s->call->arena, "%s (%s)", cli_whom_name(s->call, row->first_name, row->last_name, row->company_name),
	    cli_whom_string(s->call, row->number));
	return 0;
}

static int
open_sides(struct receiving *r)
{
	struct cli_session *s = r->session;
	r->args.package = r->package;
	r->args.subscription = cli_server_get_id(r->reply->row->subscription);
	r->receiver.account = s->login.account.account;
	r->receiver.key = s->login.account.sign;
	r->is_staff = r->header.recipient.kind == PACKAGE_PARTY_COMPANY;
	int err = r->is_staff ? open_as_member(r) : open_as_customer(r);
	if (err == 0)
		err = cli_seen_bind(s->profile, &r->args.subscription, &r->principal);
	return err != ERR_TRUST ? err : tool_verb_fail(s->call, err, "the server shows somebody else as the sender than before: nothing was "
	    "fetched");
}

/* --- what was signed */

static int
tell_reader(struct receiving *r, int err)
{
	struct tool_call *c = r->session->call;
	if (err == ERR_TRUST)
		return tool_verb_fail(c, err, "this package is not what was asked for, or not from whom it should be: nothing was fetched");
	if (err == ERR_CRYPTO)
		return tool_verb_fail(c, err, "this package was changed on its way, or is not for your key: nothing was fetched");
	return tool_verb_fail(c, err, "this package cannot be read: %s", err_text(err));
}

static int
open_reader(struct receiving *r)
{
	const Provision__PackageRow *row = r->reply->row;
	struct buf seal, manifest;
	buf_init(&seal, PACKAGE_SEAL_MAX);
	buf_init(&manifest, PACKAGE_MANIFEST_MAX);
	int err = cli_transfer_get(r->session, &r->package, "seal", row->seal_bytes, &seal);
	if (err == 0)
		err = cli_transfer_get(r->session, &r->package, "manifest", row->manifest_bytes, &manifest);
	if (err == 0) {
		r->args.header = cli_server_view(r->reply->header);
		r->args.seal = buf_view(&seal);
		r->args.manifest = buf_view(&manifest);
		err = package_reader_new(&r->args, &r->reader);
		if (err != 0)
			err = tell_reader(r, err);
	}
	buf_deinit(&seal);
	buf_deinit(&manifest);
	return err;
}

/* C8: stops when the server's record differs from what was signed. */
static int
compare_records(struct receiving *r)
{
	return cli_records_check(r->session, &r->package, (uint32_t)package_manifest_count(package_reader_manifest(r->reader)),
	    &package_reader_seal(r->reader)->content_root, "nothing was fetched", NULL, NULL);
}

static int
check_sequence(struct receiving *r)
{
	struct tool_call *c = r->session->call;
	uint64_t sequence = package_reader_seal(r->reader)->sequence, missing;
	enum cli_seen_order order;
	int err = cli_seen_check(r->session->profile, &r->args.subscription, CLI_SEEN_IN, sequence, &order, &missing);
	if (err != 0)
		return tool_verb_fail(c, err, "the record of the packages seen in %s is damaged", tool_verb_safe(c, view_str(r->session->profile->path)));
	if (order == CLI_SEEN_REPEATED)
		return tool_verb_fail(c, ERR_TRUST, "this package was received here before, or another one with its number: nothing was fetched");
	if (order == CLI_SEEN_GAP)
		tool_verb_say(c, "%llu earlier package%s of this sender not received here", (unsigned long long)missing,
		    missing == 1 ? " was" : "s were");
	return cli_seen_rehearse(r->session->profile, &r->args.subscription);
}

/* Who, verified or not, and the files with their fingerprints. */
static void
show_verification(struct receiving *r)
{
	struct tool_call *c = r->session->call;
	const struct package_manifest *m = package_reader_manifest(r->reader);
	const struct trust_certificate *by = package_reader_member(r->reader);
	size_t n = package_manifest_count(m), shown = 0;
	char size[32];
	tool_progress_bytes(package_manifest_plain_bytes(m), size);
	tool_verb_say(c, "from %s%s%s, signature right, key %s; %zu entries, %s", tool_verb_safe(c, view_str(r->from)),
	    by == NULL ? "" : ", signed by ", by == NULL ? "" : tool_verb_safe(c, view_str(by->display_name)),
	    r->is_verified ? "verified" : "NOT verified (provision keys verify)", n, size);
	for (size_t i = 0; i < n && shown < SHOWN_MAX; i++) {
		struct hash fingerprint = package_reader_fingerprint(r->reader, (uint32_t)i);
		if (package_manifest_at(m, i)->kind == PACKAGE_ENTRY_FOLDER)
			continue;
		tool_verb_say(c, "  %s  %s", trust_fingerprint_text(&fingerprint).s, tool_verb_safe(c, package_manifest_at(m, i)->path));
		shown++;
	}
	if (shown == SHOWN_MAX && n > shown)
		tool_verb_say(c, "  ... (--json shows all)");
}

/* --- the files */

static int
take_chunk(void *arg, const struct package_chunk *chunk, struct view plain)
{
	struct receiving *r = arg;
	r->entry = chunk->entry;
	return cli_target_write(r->target, chunk->entry, plain, chunk->is_last);
}

static int
take_bytes(void *arg, struct view bytes)
{
	struct receiving *r = arg;
	return package_decrypt_write(r->pipeline, bytes);
}

/* The number of the first chunk that an earlier process did not leave as it was signed. */
static int
verify_left(struct receiving *r, uint32_t *next_r)
{
	const struct package_layout *l = package_reader_layout(r->reader);
	struct package_lane *lane = package_lane_of_reader(r->reader);
	uint8_t *plain = mem_alloc(PACKAGE_CHUNK_BYTES);
	int err = 0;
	for (*next_r = 0; err == 0 && *next_r < package_layout_chunk_count(l); ) {
		struct package_chunk chunk = package_layout_chunk(l, *next_r);
		err = cli_target_read(r->target, chunk.entry, (uint64_t)chunk.index * PACKAGE_CHUNK_BYTES, plain, chunk.plain_bytes);
		if (err == 0)
			err = package_lane_verify(lane, &chunk, view_of(plain, chunk.plain_bytes));
		if (err == 0)
			(*next_r)++;
		if (tool_stop_is_wanted())
			err = ERR_CLOSED;
	}
	mem_free(&plain);
	package_lane_free(&lane);
	return tool_stop_is_wanted() ? ERR_CLOSED : 0;
}

/* *first_r: the chunk to go on with. */
static int
go_on(struct receiving *r, enum cli_target_state state, uint32_t *first_r)
{
	const struct package_layout *l = package_reader_layout(r->reader);
	struct tool_call *c = r->session->call;
	char size[32];
	*first_r = 0;
	if (state == CLI_TARGET_NEW)
		return 0;
	int err = verify_left(r, first_r);
	if (err != 0)
		return err;
	bool is_all = *first_r == package_layout_chunk_count(l);
	if (state == CLI_TARGET_WHOLE)
		return is_all ? 0 : tool_verb_fail(c, ERR_CHANGED, "this package was received here before, but the files were changed since: "
		    "fetch it into another folder");
	struct package_chunk chunk = { .entry = (uint32_t)package_manifest_count(package_reader_manifest(r->reader)) };
	if (!is_all)
		chunk = package_layout_chunk(l, *first_r);
	tool_progress_bytes(is_all ? package_layout_content_bytes(l) : chunk.stored_offset, size);
	tool_verb_say(c, "going on: %s are here already", size);
	return cli_target_continue(r->target, chunk.entry, (uint64_t)chunk.index * PACKAGE_CHUNK_BYTES);
}

static int
fetch_body(struct receiving *r, uint32_t first)
{
	struct tool_call *c = r->session->call;
	struct package_sink chunks = { .chunk = take_chunk, .arg = r };
	struct api_sink bytes = { .write = take_bytes, .arg = r };
	r->pipeline = package_decrypt_new(r->reader, &chunks, first, 0);
	int err = cli_transfer_get_into(r->session, &r->package, "body", package_decrypt_resume_offset(r->pipeline),
	    package_layout_body_bytes(package_reader_layout(r->reader)), &bytes);
	if (err == 0)
		err = package_decrypt_finish(r->pipeline);
	package_decrypt_free(&r->pipeline);
	if (err == ERR_CRYPTO)
		return tool_verb_fail(c, err, "the package was changed on the server or on its way: nothing was written");
	if (err == ERR_FULL || err == ERR_IO || err == ERR_DENIED || err == ERR_EXISTS)
		return tool_verb_fail(c, err, "%s cannot be written: %s", tool_verb_safe(c, view_str(cli_target_path(r->target, r->entry))),
		    err_text(err));
	return err;
}

/* For proving later which files they were. */
static int
keep(struct receiving *r, ProtobufCBinaryData *kept_r)
{
	struct secret *key = package_reader_key(r->reader);
	int err = cli_keeping_seal(r->session, key, package_reader_seal(r->reader), kept_r);
	secret_free(&key);
	return err;
}

static int
send_receipt(struct receiving *r)
{
	struct cli_session *s = r->session;
	Provision__PackageReceive m = PROVISION__PACKAGE_RECEIVE__INIT;
	struct buf receipt;
	buf_init(&receipt, PACKAGE_RECEIPT_MAX);
	int err = package_reader_receipt(r->reader, &r->receiver, s->login.keys.sign, r->certificate, clock_wall_ms(), &receipt);
	m.package = cli_server_id(&r->package);
	m.receipt = cli_server_bytes(buf_view(&receipt));
	if (err == 0)
		err = keep(r, &m.kept);
	if (err == 0)
		err = cli_session_ask(s, "receivePackage", &m.base, NULL);
	buf_deinit(&receipt);
	if (err != 0) {
		tool_verb_say(s->call, "the files are in place, but the receipt was not taken: the package stays on the server");
		return err;
	}
	err = cli_seen_note(s->profile, &r->args.subscription, CLI_SEEN_IN, package_reader_seal(r->reader)->sequence);
	if (err != 0)
		tool_verb_say(s->call, "the files are in place and the sender has the receipt, but that could not be noted here");
	return err;
}

/* --- the result */

static void
print_file(struct receiving *r, uint32_t i)
{
	struct tool_print *p = r->session->call->print;
	const struct package_entry *entry = package_manifest_at(package_reader_manifest(r->reader), i);
	struct hash fingerprint = package_reader_fingerprint(r->reader, i);
	if (entry->kind == PACKAGE_ENTRY_FOLDER)
		return;
	tool_print_object(p, NULL);
	tool_print_text(p, "name", TOOL_SHOW_JSON, entry->path);
	tool_print_str(p, "path", TOOL_SHOW, cli_target_path(r->target, i));
	tool_print_number(p, "size", TOOL_SHOW_JSON, entry->size);
	tool_print_str(p, "fingerprint", TOOL_SHOW_JSON, trust_fingerprint_text(&fingerprint).s);
	tool_print_close(p);
}

static void
print_result(struct receiving *r)
{
	struct tool_print *p = r->session->call->print;
	const struct trust_certificate *by = package_reader_member(r->reader);
	bool is_json = tool_print_is_json(p);
	if (is_json) {
		tool_print_object(p, NULL);
		tool_print_id(p, "package", TOOL_SHOW, &r->package);
		tool_print_str(p, "from", TOOL_SHOW, r->from);
		tool_print_str(p, "signed_by", TOOL_SHOW, by == NULL ? r->from : by->display_name);
		tool_print_bool(p, "verified", TOOL_SHOW, r->is_verified);
		tool_print_time(p, "sealed", TOOL_SHOW, package_reader_seal(r->reader)->sealed_ms);
		tool_print_text(p, "comment", TOOL_SHOW, cli_server_view(r->reply->row->comment));
	}
	tool_print_list(p, is_json ? "files" : NULL);
	for (size_t i = 0; i < package_manifest_count(package_reader_manifest(r->reader)); i++)
		print_file(r, (uint32_t)i);
	tool_print_close(p);
	if (is_json)
		tool_print_close(p);
}

static int
receive_all(struct receiving *r)
{
	struct tool_call *c = r->session->call;
	const char *folder = tool_verb_value(c, "output");
	enum cli_target_state state;
	uint32_t first;
	int err = fetch_row(r);
	if (err == 0)
		err = open_sides(r);
	if (err == 0)
		err = open_reader(r);
	if (err == 0)
		err = compare_records(r);
	if (err == 0)
		err = check_sequence(r);
	if (err == 0)
		err = cli_target_open(c, folder == NULL ? "." : folder, tool_verb_is_set(c, "force"), &r->target);
	if (err == 0)
		err = cli_target_plan(r->target, package_reader_manifest(r->reader));
	if (err != 0)
		return err;
	show_verification(r);
	err = cli_target_begin(r->target, &r->package, &state);
	if (err == 0)
		err = go_on(r, state, &first);
	if (err == 0 && state != CLI_TARGET_WHOLE)
		err = fetch_body(r, first);
	if (err == 0)
		err = cli_target_install(r->target);
	return err == 0 ? send_receipt(r) : err;
}

int
cli_receive_run(struct tool_call *c)
{
	struct receiving r = { .session = cli_session_of(c) };
	int err = receive_all(&r);
	/* a full disk gets back what was written */
	bool is_passing = err == ERR_UNAVAILABLE || err == ERR_TIMEOUT || err == ERR_LOGIN || err == ERR_BUSY ||
	    (err == ERR_CLOSED && tool_stop_is_wanted());
	if (is_passing && r.target != NULL) {
		cli_target_keep(r.target);
		tool_verb_fail(c, err, "%s: the same command goes on where it was", err_text(err));
	}
	if (err == 0)
		print_result(&r);
	cli_target_free(&r.target);
	package_decrypt_free(&r.pipeline);
	package_reader_free(&r.reader);
	trust_keys_deinit(&r.epoch_keys);
	return err;
}
