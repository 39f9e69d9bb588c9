/* SPDX-License-Identifier: MIT */
/*
 * The verb send. Order: walk → whom, keys → size → package, manifest, body, file records, seal → complete. Until the last
 * step nobody sees anything; whatever fails before gives the package up.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/pins.h"
#include "cli/seen.h"
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
#include "trust/fingerprint.h"

#define PAGE_RECORDS 1000
/* Of one page of file records as JSON. */
#define PAGE_BYTES ((size_t)700 * 1024)
/* What a record takes beside its path. */
#define RECORD_BYTES 160
#define PAGE_ARENA ((size_t)16 * 1024 * 1024)

struct sending {
	struct cli_session *session;
	struct cli_walk *walk;
	struct package_manifest *manifest;   /* until the writer takes it */
	struct package_writer *writer;
	struct package_writer_args args;
	struct view certificate;             /* of the member; empty for a customer */
	struct cli_whom whom;
	bool is_verified;
	bool is_begun;                       /* the server has it */
	bool is_completing;                  /* it may have become visible */
	uint64_t sequence;
};

/* --- what is sent */

static int
make_manifest(struct sending *s, struct tool_call *c)
{
	size_t n, bad = 0;
	int err = cli_walk_new(c, c->arguments, c->argument_count, &s->walk);
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
	return cli_walk_open(s->walk, package_manifest_order(package_writer_manifest(s->writer))[entry], fd_r);
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
	int err = cli_whom_find_active(session, tool_verb_value(c, "to"), tool_verb_value(c, "company"), &s->whom);
	if (err != 0)
		return err;
	s->args.subscription = cli_server_get_id(s->whom.row->subscription);
	s->args.package = package_header_new_id(&s->args.subscription);
	s->args.sender.account = session->login.account.account;
	s->args.sender.key = session->login.account.sign;
	err = s->whom.membership == NULL ? prepare_as_customer(s) : prepare_as_member(s);
	if (err == ERR_TRUST)
		return tool_verb_fail(c, err, "the server shows somebody else behind %s than before: nothing is sent", s->whom.typed);
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
	const char *comment = tool_verb_value(c, "comment");
	m.package = cli_server_id(&s->args.package);
	m.header = cli_server_bytes(package_writer_header(s->writer));
	m.comment = cli_server_bytes(view_str(comment));
	if (comment != NULL)
		tool_verb_say(c, "the service can read the comment and the names of the files, but not what is in them");
	int err = cli_session_ask(s->session, "createPackage", &m.base, &reply);
	if (err != 0)
		return err;
	s->is_begun = true;
	s->sequence = ((const Provision__PackageCreateReply *)reply)->sequence;
	err = cli_seen_check(s->session->profile, &s->args.subscription, CLI_SEEN_OUT, s->sequence, &order, &missing);
	return err == 0 && order == CLI_SEEN_REPEATED ? repeated(s) : err;
}

static int
send_body(struct sending *s)
{
	struct package_source source = { .open = open_entry, .arg = s };
	int64_t bad;
	int err = cli_transfer_put_body(s->session, &s->args.package, s->writer, &source, &bad);
	if (err == 0 || bad < 0)
		return err;
	const char *name = tool_verb_safe(s->session->call, package_manifest_at(package_writer_manifest(s->writer), (size_t)bad)->path);
	if (err == ERR_CHANGED)
		return tool_verb_fail(s->session->call, err, "%s changed while it was sent: try again", name);
	return tool_verb_fail(s->session->call, err, "%s cannot be read: %s", name, err_text(err));
}

static int
fill_record(struct sending *s, uint32_t i, struct arena *arena, Provision__FileRecord *f)
{
	const struct package_entry *entry = package_manifest_at(package_writer_manifest(s->writer), i);
	struct hash fingerprint;
	provision__file_record__init(f);
	if (entry->kind == PACKAGE_ENTRY_FOLDER) {
		f->path = cli_server_bytes(view_str(arena_printf(arena, "%.*s/", (int)entry->path.len, (const char *)entry->path.data)));
		return 0;
	}
	int err = package_writer_fingerprint(s->writer, i, &fingerprint);
	f->path = cli_server_bytes(entry->path);
	f->size = entry->size;
	f->fingerprint = cli_server_bytes(arena_dup(arena, crypt_hash_view(&fingerprint)));
	return err;
}

/* One page from *next on. */
static int
send_page(struct sending *s, uint32_t page, uint32_t *next, struct arena *arena)
{
	const struct package_manifest *manifest = package_writer_manifest(s->writer);
	Provision__PackageFilesPut m = PROVISION__PACKAGE_FILES_PUT__INIT;
	size_t bytes = 0;
	int err = 0;
	arena_reset(arena);
	m.package = cli_server_id(&s->args.package);
	m.page = page;
	m.files = arena_alloc(arena, PAGE_RECORDS * sizeof(m.files[0]));
	while (err == 0 && *next < package_manifest_count(manifest) && m.n_files < PAGE_RECORDS) {
		bytes += TEXT_BASE64URL_LEN(package_manifest_at(manifest, *next)->path.len + 1) + RECORD_BYTES;
		if (bytes > PAGE_BYTES)
			break;
		m.files[m.n_files] = arena_alloc(arena, sizeof(*m.files[0]));
		err = fill_record(s, (*next)++, arena, m.files[m.n_files++]);
	}
	return err == 0 ? cli_session_ask(s->session, "putFiles", &m.base, NULL) : err;
}

static int
send_files(struct sending *s)
{
	struct arena *arena = arena_new(PAGE_ARENA);
	uint32_t next = 0, page = 0;
	int err = 0;
	while (err == 0 && next < package_manifest_count(package_writer_manifest(s->writer)))
		err = send_page(s, page++, &next, arena);
	arena_free(&arena);
	return err;
}

/* The number is kept before a seal carries it, and not earlier: that of a package given up before is used again. */
static int
send_seal(struct sending *s)
{
	struct buf seal;
	int err = cli_seen_note(s->session->profile, &s->args.subscription, CLI_SEEN_OUT, s->sequence);
	if (err != 0)
		return err == ERR_TRUST ? repeated(s) : err;
	buf_init(&seal, PACKAGE_SEAL_MAX);
	err = package_writer_seal(s->writer, s->session->login.keys.sign, s->certificate, s->sequence, clock_wall_ms(), &seal);
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
give_up(struct sending *s, int err)
{
	Provision__PackageAbort m = PROVISION__PACKAGE_ABORT__INIT;
	m.package = cli_server_id(&s->args.package);
	if (!s->is_begun || err == ERR_UNAVAILABLE || err == ERR_LOGIN)
		return;
	cli_server_finish();
	err = cli_session_ask(s->session, "abortPackage", &m.base, NULL);
	(void)err;
}

static int
send_all(struct sending *s)
{
	int err = package_writer_new(&s->args, &s->manifest, &s->writer);
	if (err == ERR_LIMIT)
		return tool_verb_fail(s->session->call, err, "the list of file names is too long for one package");
	if (err == 0)
		err = check_size(s);
	if (err == 0)
		err = create(s);
	if (err == 0)
		err = cli_transfer_put(s->session, &s->args.package, "manifest", package_writer_manifest_bytes(s->writer));
	if (err == 0)
		err = send_body(s);
	if (err == 0)
		err = send_files(s);
	if (err == 0)
		err = send_seal(s);
	if (err == 0)
		err = complete(s);
	return err;
}

int
cli_send_run(struct tool_call *c)
{
	struct sending s = { .session = cli_session_of(c) };
	int err = make_manifest(&s, c);
	if (err == 0)
		err = prepare_parties(&s);
	if (err == 0)
		err = send_all(&s);
	if (err == 0) {
		tool_print_object(c->print, NULL);
		tool_print_id(c->print, "package", TOOL_SHOW_ALONE, &s.args.package);
		tool_print_close(c->print);
	} else {
		tell_outcome(&s, err);
		give_up(&s, err);
	}
	package_writer_free(&s.writer);
	package_manifest_free(&s.manifest);
	cli_walk_free(&s.walk);
	return err;
}
