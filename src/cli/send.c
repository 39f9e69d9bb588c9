/* SPDX-License-Identifier: MIT */
/*
 * The verb send. Order: walk → whom, keys → size → package, manifest, body, file records, seal → complete. Until the last
 * step nobody sees anything. What was broken off is gone on with, also by another process (cli/sending.h); whatever
 * else fails gives the package up.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/keeping.h"
#include "cli/pins.h"
#include "cli/records.h"
#include "cli/seen.h"
#include "cli/sending.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/transfer.h"
#include "cli/verbs.h"
#include "cli/walk.h"
#include "cli/whom.h"
#include "package/header.h"
#include "package/identity.h"
#include "package/writer.h"
#include "record/account.pb-c.h"
#include "record/package.pb-c.h"
#include "tool/progress.h"
#include "tool/stop.h"
#include "trust/fingerprint.h"

struct sending {
	struct cli_session *session;
	struct cli_walk *walk;
	struct package_manifest *manifest;   /* until the writer takes it; made of walk */
	struct cli_sending_request request;
	struct cli_sending *kept;            /* what another process would go on with */
	bool is_resumed;
	struct package_writer *writer;
	struct package_writer_args args;
	struct view certificate;             /* of the member; empty for a customer */
	struct cli_whom whom;
	bool is_verified;
	bool is_begun;                       /* the server has it */
	bool is_completing;                  /* it may have become visible */
	uint64_t sequence;
	ProtobufCBinaryData for_later;       /* what is kept of it, sealed */
};

/* --- what is sent */

static int
make_manifest(struct sending *s, struct tool_call *c)
{
	size_t n, bad = 0;
	int err = cli_walk_new(c, s->request.paths, s->request.path_count, &s->walk);
	if (err != 0)
		return err;
	const struct package_entry *entries = cli_walk_entries(s->walk, &n);
	err = package_manifest_new(entries, n, &s->manifest, &bad);
	if (err == ERR_EXISTS)
		return tool_verb_fail(c, err, "%s: two files of this name would be sent", tool_verb_safe(c, entries[bad].path));
	if (err == ERR_SYNTAX)
		return tool_verb_fail(c, err, "%s: no package can hold this name", tool_verb_safe(c, entries[bad].path));
	if (err == ERR_LIMIT)
		return tool_verb_fail(c, err, "this is more than a package can hold: 1 TiB, 262144 files and folders");
	return err;
}

/* How the pipeline gets at a file; called by its threads. */
static int
open_entry(void *arg, uint32_t entry, int *fd_r)
{
	struct sending *s = arg;
	const struct package_manifest *m = s->manifest != NULL ? s->manifest : package_writer_manifest(s->writer);
	return cli_walk_open(s->walk, package_manifest_order(m)[entry], fd_r);
}

/* --- to whom, as whom */

static int
prepare_as_customer(struct sending *s)
{
	struct cli_session *session = s->session;
	struct trust_company company;
	int err = cli_pins_meet_company(session, s->whom.row->company, NULL, &company, &s->is_verified);
	if (err != 0)
		return err;
	const struct trust_epoch *epoch = trust_company_current(&company);
	s->args.sender.kind = PACKAGE_PARTY_CUSTOMER;
	s->args.recipient = package_identity_recipient_epoch(epoch);
	s->args.recipient_key = epoch->seal;
	return cli_seen_bind(session->profile, &s->args.subscription, &company.root.company);
}

static int
prepare_as_member(struct sending *s)
{
	struct cli_session *session = s->session;
	struct trust_account account;
	struct cli_member member;
	int err = cli_whom_open_member(session, s->whom.membership, &member);
	if (err == 0)
		err = cli_pins_meet_account(session, cli_server_view(s->whom.row->statement), s->whom.typed, &account, &s->is_verified);
	if (err != 0)
		return err;
	s->args.sender.kind = PACKAGE_PARTY_COMPANY;
	s->args.sender.company = member.company.root.company;
	s->certificate = cli_server_view(s->whom.membership->certificate);
	s->args.recipient = package_identity_recipient_account(&account);
	s->args.recipient_key = account.seal;
	return cli_seen_bind(session->profile, &s->args.subscription, &account.account);
}

static int
prepare_parties(struct sending *s)
{
	struct cli_session *session = s->session;
	struct tool_call *c = session->call;
	int err = cli_whom_find_active(session, s->request.to, s->request.company, &s->whom);
	if (err != 0)
		return err;
	s->args.subscription = cli_server_get_id(s->whom.row->subscription);
	s->args.sender.account = session->login.account.account;
	s->args.sender.key = session->login.account.sign;
	err = s->whom.membership == NULL ? prepare_as_customer(s) : prepare_as_member(s);
	if (err == ERR_TRUST)
		return tool_verb_fail(c, err, "the server shows somebody else behind %s than before: nothing is sent", s->whom.typed);
	if (err == 0)
		tool_verb_say(c, "to %s, key %s", s->whom.typed, s->is_verified ? "verified" : "NOT verified (provision keys verify)");
	return err;
}

/* Too large is said before anything is sent. */
static int
check_size(struct sending *s)
{
	Provision__ServerInfo m = PROVISION__SERVER_INFO__INIT;
	const ProtobufCMessage *reply = NULL;
	char size[32], max[32];
	int err = cli_session_ask(s->session, "getServer", &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__ServerInfoReply *r = (const Provision__ServerInfoReply *)reply;
	err = cli_pins_meet_server(s->session, cli_server_view(r->sign_key));
	uint64_t bytes = package_layout_body_bytes(package_writer_layout(s->writer));
	if (err != 0 || bytes <= r->package_max_bytes)
		return err;
	tool_progress_bytes(bytes, size);
	tool_progress_bytes(r->package_max_bytes, max);
	return tool_verb_fail(s->session->call, ERR_LIMIT, "the package would have %s, but this service takes %s at most: nothing was sent",
	    size, max);
}

/* --- sending */

static int
repeated(struct sending *s)
{
	return tool_verb_fail(s->session->call, ERR_TRUST, "the server gave this package a number that an earlier one has");
}

static int
create(struct sending *s)
{
	struct tool_call *c = s->session->call;
	enum cli_seen_order order;
	uint64_t missing;
	Provision__PackageCreate m = PROVISION__PACKAGE_CREATE__INIT;
	const ProtobufCMessage *reply = NULL;
	const char *comment = s->request.comment;
	m.package = cli_server_id(&s->args.package);
	m.header = cli_server_bytes(package_writer_header(s->writer));
	m.comment = cli_server_bytes(view_str(comment));
	if (comment != NULL && !s->is_resumed)
		tool_verb_say(c, "the service can read the comment and the names of the files, but not what is in them");
	int err = cli_session_ask(s->session, "createPackage", &m.base, &reply);
	if (err != 0)
		return err;
	s->is_begun = true;
	s->sequence = ((const Provision__PackageCreateReply *)reply)->sequence;
	err = cli_seen_check(s->session->profile, &s->args.subscription, CLI_SEEN_OUT, s->sequence, &order, &missing);
	/* a resumed one may be noted already, with its package: cli_seen_note_sealed() knows */
	return err == 0 && order == CLI_SEEN_REPEATED && !s->is_resumed ? repeated(s) : err;
}

static int
send_body(struct sending *s)
{
	struct package_source source = { .open = open_entry, .arg = s };
	int64_t bad;
	int err = cli_transfer_put_body(s->session, &s->args.package, s->writer, &source, cli_sending_mark(s->kept), &bad);
	if (err == 0 || bad < 0)
		return err;
	const char *name = tool_verb_safe(s->session->call, package_manifest_at(package_writer_manifest(s->writer), (size_t)bad)->path);
	if (err == ERR_CHANGED)
		return tool_verb_fail(s->session->call, err, "%s changed while it was sent: try again", name);
	return tool_verb_fail(s->session->call, err, "%s cannot be read: %s", name, err_text(err));
}

/* For proving later which files they were and who received them: goes with the completion. */
static int
keep(struct sending *s, struct view seal)
{
	struct package_seal p;
	int err = package_seal_parse(seal, &p);
	if (err != 0)
		return tool_verb_fail(s->session->call, err, "the seal that was kept is damaged");
	struct secret *key = package_writer_key(s->writer);
	err = cli_keeping_seal(s->session, key, &p, &s->for_later);
	secret_free(&key);
	return err;
}

/* The number is kept before a seal carries it, and not earlier: that of a package given up before is used again. */
static int
make_seal(struct sending *s, struct buf *seal)
{
	int err = cli_seen_note_sealed(s->session->profile, &s->args.subscription, s->sequence, &s->args.package);
	if (err != 0)
		return err == ERR_TRUST ? repeated(s) : err;
	err = package_writer_seal(s->writer, s->session->login.keys.sign, s->certificate, s->sequence, clock_wall_ms(), seal);
	if (err == 0)
		err = cli_sending_put_seal(s->kept, buf_view(seal));
	return err == 0 ? 0 : tool_verb_fail(s->session->call, err, "the seal cannot be kept in %s: %s",
	    tool_verb_safe(s->session->call, view_str(s->session->profile->path)), err_text(err));
}

/* Everything that the seal is over, and the seal. With a seal everything before it has arrived. */
static int
send_contents(struct sending *s)
{
	struct buf seal;
	buf_init(&seal, PACKAGE_SEAL_MAX);
	int err = cli_sending_get_seal(s->kept, &seal);
	if (err == ERR_NOT_FOUND) {
		err = cli_transfer_put(s->session, &s->args.package, "manifest", package_writer_manifest_bytes(s->writer));
		if (err == 0)
			err = send_body(s);
		if (err == 0)
			err = cli_records_send(s->session, &s->args.package, s->writer);
		if (err == 0)
			err = make_seal(s, &seal);
	}
	if (err == 0)
		err = keep(s, buf_view(&seal));
	if (err == 0)
		err = cli_transfer_put(s->session, &s->args.package, "seal", buf_view(&seal));
	buf_deinit(&seal);
	return err;
}

static int
complete(struct sending *s)
{
	Provision__PackageComplete m = PROVISION__PACKAGE_COMPLETE__INIT;
	m.package = cli_server_id(&s->args.package);
	m.kept = s->for_later;
	s->is_completing = true;
	return cli_session_ask(s->session, "completePackage", &m.base, NULL);
}

/* After the reason of the failure: what the other side has of it. */
static void
tell_outcome(struct sending *s, int err)
{
	struct tool_call *c = s->session->call;
	tool_verb_fail(c, err, "%s", err_text(err));
	if (s->is_completing && (err == ERR_UNAVAILABLE || err == ERR_CLOSED))
		tool_verb_say(c, "whether it was delivered is not known: see provision inbox --sent");
	else if (s->is_begun)
		tool_verb_say(c, "nothing was delivered");
}

/* Best effort: what is not given up here ends on the server by itself. */
static void
give_up(struct sending *s)
{
	Provision__PackageAbort m = PROVISION__PACKAGE_ABORT__INIT;
	m.package = cli_server_id(&s->args.package);
	cli_server_finish();
	int err = 0;
	if (s->is_begun)
		err = cli_session_ask_but(s->session, "abortPackage", &m.base, NULL, ERR_NOT_FOUND);
	if (err != 0 && err != ERR_NOT_FOUND)
		tool_verb_say(s->session->call, "what the service has of it ends there by itself");
	if (cli_seen_note_done(s->session->profile, &s->args.subscription, &s->args.package) != 0)
		tool_verb_say(s->session->call, "the number of this package stays noted for a while");
	cli_sending_end(&s->kept);
}

/* --- a new one */

static int
begin(struct sending *s)
{
	s->args.package = package_header_new_id(&s->args.subscription);
	s->is_begun = false;
	int err = package_writer_new(&s->args, &s->manifest, &s->writer);
	if (err == ERR_LIMIT)
		return tool_verb_fail(s->session->call, err, "the list of file names is too long for one package");
	if (err == 0)
		err = check_size(s);
	return err == 0 ? cli_sending_new(s->session, &s->request, s->walk, s->writer, &s->args.package, &s->kept) : err;
}

/* --- one that was broken off */

/* What the server has of it. *is_delivered_r: everything, and it is complete. ERR_NOT_FOUND: nothing (any more). */
static int
ask_state(struct sending *s, bool *is_delivered_r)
{
	Provision__PackageGet m = PROVISION__PACKAGE_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	m.package = cli_server_id(&s->args.package);
	int err = cli_session_ask_but(s->session, "getPackage", &m.base, &reply, ERR_NOT_FOUND);
	if (err == 0)
		*is_delivered_r = ((const Provision__PackageGetReply *)reply)->row->state != PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING;
	return err;
}

/* Header, files and keys are as they were. ERR_CHANGED, told: begin anew. */
static int
check_kept(struct sending *s)
{
	struct tool_call *c = s->session->call;
	struct package_header h;
	int64_t bad;
	int err = cli_sending_writer(s->kept, &s->writer);
	if (err == 0)
		err = package_header_parse(package_writer_header(s->writer), &h);
	if (err != 0) {
		tool_verb_say(c, "what was kept of the sending broken off before is damaged: it begins anew");
		return ERR_CHANGED;
	}
	if (!cli_sending_is_same(s->kept, s->walk, s->manifest, s->writer, &bad)) {
		tool_verb_say(c, "%s changed since the sending was broken off: it begins anew", bad < 0 ? "the files" :
		    tool_verb_safe(c, package_manifest_at(package_writer_manifest(s->writer), (size_t)bad)->path));
		return ERR_CHANGED;
	}
	if (!id_equal(&h.subscription, &s->args.subscription) || !id_equal(&h.sender.account, &s->args.sender.account) ||
	    !crypt_sign_public_equal(&h.sender.key, &s->args.sender.key) ||
	    !package_format_recipient_equal(&h.recipient, &s->args.recipient)) {
		tool_verb_say(c, "the keys changed since the sending was broken off: it begins anew");
		return ERR_CHANGED;
	}
	return 0;
}

/* ERR_CHANGED: a new package must be made; what was kept is gone. */
static int
go_on(struct sending *s, bool *is_delivered_r)
{
	int err = ask_state(s, is_delivered_r);
	s->is_begun = err == 0;
	if (err == ERR_NOT_FOUND) {
		tool_verb_say(s->session->call, "the service has nothing (any more) of the sending broken off before: it begins anew");
		err = ERR_CHANGED;
	}
	if (err == 0 && !*is_delivered_r)
		err = check_kept(s);
	s->is_resumed = err == 0;
	if (err == ERR_CHANGED) {
		give_up(s);
		package_writer_free(&s->writer);
	} else if (err == 0 && !*is_delivered_r) {
		tool_verb_say(s->session->call, "going on with package %s", id_text(&s->args.package).s);
	}
	return err;
}

/* --- the command */

/* The request as typed, with absolute paths, so that it can be repeated from anywhere. */
static int
take_request(struct sending *s)
{
	struct tool_call *c = s->session->call;
	const char **paths = arena_alloc(c->arena, (c->argument_count + 1) * sizeof(*paths));
	char *here = realpath(".", NULL);
	if (tool_verb_value(c, "to") == NULL || c->argument_count == 0 || here == NULL) {
		free(here);
		return tool_verb_fail(c, ERR_USAGE, "send: missing: %s (or --resume)", c->argument_count == 0 ? "FILE..." : "--to WHOM");
	}
	for (size_t i = 0; i < c->argument_count; i++)
		paths[i] = c->arguments[i][0] == '/' ? c->arguments[i] : arena_printf(c->arena, "%s/%s", here, c->arguments[i]);
	free(here);
	s->request = (struct cli_sending_request){ .to = tool_verb_value(c, "to"), .company = tool_verb_value(c, "company"),
		.comment = tool_verb_value(c, "comment"), .paths = paths, .path_count = c->argument_count };
	int err = cli_sending_find(s->session, NULL, &s->request, &s->kept);
	return err == ERR_NOT_FOUND || err == ERR_BUSY ? 0 : err;
}

static int
take_kept(struct sending *s)
{
	struct tool_call *c = s->session->call;
	struct id package;
	bool is_named = c->argument_count == 1;
	if (c->argument_count > 1 || tool_verb_value(c, "to") != NULL || tool_verb_value(c, "comment") != NULL)
		return tool_verb_fail(c, ERR_USAGE, "--resume takes a PACKAGE or nothing");
	if (is_named && id_parse(view_str(c->arguments[0]), &package) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of a package", tool_verb_safe(c, view_str(c->arguments[0])));
	int err = cli_sending_find(s->session, is_named ? &package : NULL, NULL, &s->kept);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(c, err, "nothing is kept here of a sending that was broken off");
	if (err == ERR_BUSY)
		return tool_verb_fail(c, err, "another command is sending this package");
	if (err != 0)
		return tool_verb_fail(c, err, "what was kept of this sending cannot be read: %s", err_text(err));
	s->request = *cli_sending_request(s->kept);
	return 0;
}

/* Strings of the request live in what was kept: copies, before that goes. */
static void
own_request(struct sending *s)
{
	struct arena *a = s->session->call->arena;
	const struct cli_sending_request *q = cli_sending_request(s->kept);
	const char **paths = arena_alloc(a, q->path_count * sizeof(*paths) + 1);
	for (size_t i = 0; i < q->path_count; i++)
		paths[i] = arena_str(a, view_str(q->paths[i]));
	s->request = (struct cli_sending_request){ .to = arena_str(a, view_str(q->to)), .paths = paths, .path_count = q->path_count,
		.company = q->company == NULL ? NULL : arena_str(a, view_str(q->company)),
		.comment = q->comment == NULL ? NULL : arena_str(a, view_str(q->comment)) };
}

static int
prepare(struct sending *s, bool *is_delivered_r)
{
	bool is_resume = tool_verb_is_set(s->session->call, "resume");
	int err = is_resume ? take_kept(s) : take_request(s);
	if (err == 0 && s->kept != NULL) {
		own_request(s);
		s->args.package = *cli_sending_package(s->kept);
		s->is_begun = true;
	}
	if (err == 0)
		err = make_manifest(s, s->session->call);
	if (err == 0)
		err = prepare_parties(s);
	if (err == 0 && s->kept != NULL)
		err = go_on(s, is_delivered_r);
	if (err == ERR_CHANGED)
		err = 0;
	return err == 0 && s->kept == NULL ? begin(s) : err;
}

static int
deliver(struct sending *s)
{
	int err = create(s);
	if (err == 0)
		err = send_contents(s);
	return err == 0 ? complete(s) : err;
}

static void
finish(struct sending *s)
{
	struct tool_call *c = s->session->call;
	int err = cli_seen_note_done(s->session->profile, &s->args.subscription, &s->args.package);
	(void)err;   /* a number that is kept a little longer */
	cli_sending_end(&s->kept);
	tool_print_object(c->print, NULL);
	tool_print_id(c->print, "package", TOOL_SHOW_ALONE, &s->args.package);
	tool_print_close(c->print);
}

/* Those that pass: connection, service, login, person. What a full server has of a package it gets back. */
static bool
may_go_on(int err)
{
	return err == ERR_UNAVAILABLE || err == ERR_TIMEOUT || err == ERR_LOGIN || err == ERR_BUSY ||
	    (err == ERR_CLOSED && tool_stop_is_wanted());
}

int
cli_send_run(struct tool_call *c)
{
	struct sending s = { .session = cli_session_of(c) };
	bool is_delivered = false;
	int err = prepare(&s, &is_delivered);
	if (err == 0 && is_delivered)
		tool_verb_say(c, "it was delivered already");
	else if (err == 0)
		err = deliver(&s);
	if (err == 0) {
		finish(&s);
	} else {
		tell_outcome(&s, err);
		if (s.kept != NULL && may_go_on(err))
			tool_verb_say(c, "to go on: provision send --resume %s", id_text(cli_sending_package(s.kept)).s);
		else if (s.kept != NULL)
			give_up(&s);
	}
	package_writer_free(&s.writer);
	package_manifest_free(&s.manifest);
	cli_sending_close(&s.kept);
	cli_walk_free(&s.walk);
	return err;
}
