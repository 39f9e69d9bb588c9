/* SPDX-License-Identifier: MIT */
/*
 * Sends one package. What was broken off is gone on with, also by another process (cli/sending.h); whatever else fails gives the
 * package up. Knows no command line: cli/send.c and cli/batch_send.c call it.
 */
#include "cli/delivery.h"

#include "base/clock.h"
#include "cli/keeping.h"
#include "cli/pins.h"
#include "cli/records.h"
#include "cli/seen.h"
#include "cli/server.h"
#include "cli/transfer.h"
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
	struct cli_delivery *d;
	struct cli_walk *walk;
	struct package_manifest *manifest;   /* until the writer takes it; made of walk */
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

int
cli_delivery_files(struct tool_call *c, const struct cli_sending_request *q, struct cli_walk **walk_r, struct package_manifest **manifest_r)
{
	size_t n, bad = 0;
	*manifest_r = NULL;
	int err = cli_walk_new(c, q->paths, q->path_count, walk_r);
	if (err != 0)
		return err;
	const struct package_entry *entries = cli_walk_entries(*walk_r, &n);
	err = package_manifest_new(entries, n, manifest_r, &bad);
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
	int err = 0;
	if (s->d->whom != NULL)
		s->whom = *s->d->whom;
	else
		err = cli_whom_find_active(session, s->d->request.to, s->d->request.company, &s->whom);
	if (err != 0)
		return err;
	s->args.subscription = cli_server_get_id(s->whom.row->subscription);
	s->args.sender.account = session->login.account.account;
	s->args.sender.key = session->login.account.sign;
	err = s->whom.membership == NULL ? prepare_as_customer(s) : prepare_as_member(s);
	if (err == ERR_TRUST)
		return tool_verb_fail(c, err, "the server shows somebody else behind %s than before: nothing is sent", s->whom.typed);
	if (err == 0 && !s->d->is_one_of_many)
		tool_verb_say(c, "to %s, key %s", s->whom.typed, s->is_verified ? "verified" : "NOT verified (provision keys verify)");
	return err;
}

/* Asked for once a call. */
static int
ask_max_bytes(struct cli_session *session, uint64_t *max_r)
{
	Provision__ServerInfo m = PROVISION__SERVER_INFO__INIT;
	const ProtobufCMessage *reply = NULL;
	if (session->package_max_bytes == 0) {
		int err = cli_session_ask(session, "getServer", &m.base, &reply);
		if (err != 0)
			return err;
		const Provision__ServerInfoReply *r = (const Provision__ServerInfoReply *)reply;
		err = cli_pins_meet_server(session, cli_server_view(r->sign_key));
		if (err != 0)
			return err;
		session->package_max_bytes = r->package_max_bytes;
	}
	*max_r = session->package_max_bytes;
	return 0;
}

/* Too large is said before anything is sent. */
int
cli_delivery_check_size(struct cli_session *session, const struct package_layout *layout)
{
	char size[32], max[32];
	uint64_t bytes = package_layout_body_bytes(layout), most;
	int err = ask_max_bytes(session, &most);
	if (err != 0 || bytes <= most)
		return err;
	tool_progress_bytes(bytes, size);
	tool_progress_bytes(most, max);
	return tool_verb_fail(session->call, ERR_LIMIT, "the package would have %s, but this service takes %s at most: nothing was sent", size, max);
}

/* --- sending */

static int
note(struct sending *s, enum cli_delivery_step step)
{
	return s->d->note == NULL ? 0 : s->d->note(s->d->arg, step, &s->args.package);
}

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
	const char *comment = s->d->request.comment;
	m.package = cli_server_id(&s->args.package);
	m.header = cli_server_bytes(package_writer_header(s->writer));
	m.comment = cli_server_bytes(view_str(comment));
	if (comment != NULL && !s->is_resumed && !s->d->is_one_of_many)
		tool_verb_say(c, "the service can read the comment and the names of the files, but not what is in them");
	int err = note(s, CLI_DELIVERY_BEGINS);
	if (err == 0)
		err = cli_session_ask(s->session, "createPackage", &m.base, &reply);
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
	int err = cli_transfer_put_body(s->session, &s->args.package, s->writer, &source, cli_sending_mark(s->d->kept), &bad);
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
		err = cli_sending_put_seal(s->d->kept, buf_view(seal));
	return err == 0 ? 0 : tool_verb_fail(s->session->call, err, "the seal cannot be kept in %s: %s",
	    tool_verb_safe(s->session->call, view_str(s->session->profile->path)), err_text(err));
}

/* Everything that the seal is over, and the seal. With a seal everything before it has arrived. */
static int
send_contents(struct sending *s)
{
	struct buf seal;
	buf_init(&seal, PACKAGE_SEAL_MAX);
	int err = cli_sending_get_seal(s->d->kept, &seal);
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
	int err = note(s, CLI_DELIVERY_COMPLETES);
	if (err != 0)
		return err;
	s->is_completing = true;
	return cli_session_ask(s->session, "completePackage", &m.base, NULL);
}

int
cli_delivery_abort(struct cli_session *session, const struct id *package)
{
	Provision__PackageAbort m = PROVISION__PACKAGE_ABORT__INIT;
	const int untold[] = { ERR_NOT_FOUND, ERR_STATE, 0 };
	m.package = cli_server_id(package);
	cli_server_finish(true);
	int err = cli_server_ask_but_these(session->call, session->client, "abortPackage", &m.base, NULL, untold);
	cli_server_finish(false);
	return err;
}

/* ERR_STATE: it was delivered meanwhile. Anything else that is not given up here ends on the server by itself. */
static int
give_up(struct sending *s)
{
	struct tool_call *c = s->session->call;
	int err = s->is_begun ? cli_delivery_abort(s->session, &s->args.package) : 0;
	if (err == ERR_STATE)
		return err;
	if (err != 0 && err != ERR_NOT_FOUND)
		tool_verb_say(c, "what the service has of it ends there by itself");
	if (cli_seen_note_done(s->session->profile, &s->args.subscription, &s->args.package) != 0)
		tool_verb_say(c, "the number of this package stays noted for a while");
	cli_sending_end(&s->d->kept);
	return 0;
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
		err = cli_delivery_check_size(s->session, package_writer_layout(s->writer));
	return err == 0 ? cli_sending_new(s->session, &s->d->request, s->walk, s->writer, &s->args.package, &s->d->kept) : err;
}

/* --- one that was broken off */

int
cli_delivery_ask(struct cli_session *session, const struct id *package, enum cli_delivery_state *state_r)
{
	Provision__PackageGet m = PROVISION__PACKAGE_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	m.package = cli_server_id(package);
	int err = cli_session_ask_but(session, "getPackage", &m.base, &reply, ERR_NOT_FOUND);
	if (err == ERR_NOT_FOUND)
		*state_r = CLI_DELIVERY_NONE;
	else if (err == 0)
		*state_r = ((const Provision__PackageGetReply *)reply)->row->state == PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING ?
		    CLI_DELIVERY_ARRIVING : CLI_DELIVERY_DONE;
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* Header, files and keys are as they were. ERR_CHANGED, told: begin anew. */
static int
check_kept(struct sending *s)
{
	struct tool_call *c = s->session->call;
	struct package_header h;
	int64_t bad;
	int err = cli_sending_writer(s->d->kept, &s->writer);
	if (err == 0)
		err = package_header_parse(package_writer_header(s->writer), &h);
	if (err != 0) {
		tool_verb_say(c, "what was kept of the sending broken off before is damaged: it begins anew");
		return ERR_CHANGED;
	}
	if (!cli_sending_is_same(s->d->kept, s->walk, s->manifest, s->writer, &bad)) {
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

/* 0 and nothing kept any more: a new package must be made. */
static int
go_on(struct sending *s)
{
	struct tool_call *c = s->session->call;
	enum cli_delivery_state state;
	int err = cli_delivery_ask(s->session, &s->args.package, &state);
	if (err != 0)
		return err;
	s->is_begun = state != CLI_DELIVERY_NONE;
	s->d->was_delivered = state == CLI_DELIVERY_DONE;
	if (s->d->was_delivered)
		return 0;
	if (!s->is_begun)
		tool_verb_say(c, "the service has nothing (any more) of the sending broken off before: it begins anew");
	err = s->is_begun ? check_kept(s) : ERR_CHANGED;
	s->is_resumed = err == 0;
	if (err == 0)
		tool_verb_say(c, "going on with package %s", id_text(&s->args.package).s);
	if (err != ERR_CHANGED)
		return err;
	package_writer_free(&s->writer);
	s->d->is_unknown = give_up(s) != 0;
	return s->d->is_unknown ? tool_verb_fail(c, ERR_STATE, "it was delivered meanwhile, as it was before") : 0;
}

/* --- all of it */

static int
prepare(struct sending *s)
{
	struct cli_delivery *d = s->d;
	if (d->kept != NULL) {
		s->args.package = *cli_sending_package(d->kept);
		s->is_begun = true;
	}
	int err = cli_delivery_files(s->session->call, &d->request, &s->walk, &s->manifest);
	if (err == 0 && d->look != NULL)
		err = d->look(d->arg, s->manifest);
	if (err == 0)
		err = prepare_parties(s);
	if (err == 0 && d->kept != NULL)
		err = go_on(s);
	return err == 0 && d->kept == NULL ? begin(s) : err;
}

static int
deliver(struct sending *s)
{
	int err = create(s);
	if (err == 0)
		err = send_contents(s);
	return err == 0 ? complete(s) : err;
}

/* Those that pass: connection, service, login, person. What a full server has of a package it gets back. */
static bool
may_go_on(int err)
{
	return err == ERR_UNAVAILABLE || err == ERR_TIMEOUT || err == ERR_LOGIN || err == ERR_BUSY ||
	    (err == ERR_CLOSED && tool_stop_is_wanted());
}

/* Keeps it or gives it up, and tells what the other side has of it. */
static void
fail(struct sending *s, int err)
{
	struct tool_call *c = s->session->call;
	struct cli_delivery *d = s->d;
	tool_verb_fail(c, err, "%s", err_text(err));
	d->is_unknown |= s->is_completing && (err == ERR_UNAVAILABLE || err == ERR_CLOSED);
	d->can_go_on = d->kept != NULL && may_go_on(err);
	if (d->kept != NULL && !d->can_go_on)
		d->is_unknown |= give_up(s) != 0;
	if (d->is_unknown)
		tool_verb_say(c, "whether it was delivered is not known: see provision inbox --sent");
	else if (s->is_begun)
		tool_verb_say(c, "nothing was delivered");
}

int
cli_delivery_run(struct cli_session *session, struct cli_delivery *d)
{
	struct sending s = { .session = session, .d = d };
	int err = prepare(&s);
	if (err == 0 && !d->was_delivered)
		err = deliver(&s);
	d->package = s.args.package;
	d->subscription = s.args.subscription;
	if (err != 0)
		fail(&s, err);
	package_writer_free(&s.writer);
	package_manifest_free(&s.manifest);
	cli_walk_free(&s.walk);
	return err;
}

void
cli_delivery_end(struct cli_session *session, struct cli_delivery *d)
{
	int err = cli_seen_note_done(session->profile, &d->subscription, &d->package);
	(void)err;   /* a number that is kept a little longer */
	cli_sending_end(&d->kept);
}

void
cli_delivery_close(struct cli_delivery *d)
{
	cli_sending_close(&d->kept);
}
