/* SPDX-License-Identifier: MIT */
/*
 * The verbs receipt, which shows and writes the recipient's receipt once it is proved, and verify-receipt, which checks such a file: what it
 * proves by itself, and with a login whether its keys are the known ones.
 */
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "cli/erasure_receipt.h"
#include "cli/judge.h"
#include "tool/newfile.h"
#include "cli/pins.h"
#include "cli/records.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "package/keys.h"
#include "package/receiptfile.h"
#include "record/package.pb-c.h"
#include "trust/fingerprint.h"

/* --- what such a file says */

static void
print_receiver(struct tool_print *p, const struct package_receiptfile_proof *proof)
{
	struct hash fingerprint = proof->is_company ? proof->company.root.fingerprint : proof->account.fingerprint;
	tool_print_str(p, "received_for", TOOL_SHOW, proof->is_company ? "company" : "customer");
	if (proof->is_company)
		tool_print_str(p, "received_by", TOOL_SHOW, proof->member.display_name);
	tool_print_id(p, "receiver", TOOL_SHOW_JSON, proof->is_company ? &proof->company.root.company : &proof->account.account);
	tool_print_str(p, "key", TOOL_SHOW, trust_fingerprint_grouped(&fingerprint).s);
}

/* Text: a line each. */
static void
print_record(struct tool_print *p, const struct package_receiptfile_record *record)
{
	struct hash fingerprint;
	tool_print_text(p, "file", TOOL_SHOW_TEXT, record->path);
	if (!tool_print_is_json(p) || record->fingerprint.len != sizeof(fingerprint.bytes))
		return;
	memcpy(fingerprint.bytes, record->fingerprint.data, sizeof(fingerprint.bytes));
	tool_print_object(p, NULL);
	tool_print_text(p, "name", TOOL_SHOW_JSON, record->path);
	tool_print_number(p, "size", TOOL_SHOW_JSON, record->size);
	tool_print_str(p, "fingerprint", TOOL_SHOW_JSON, trust_fingerprint_text(&fingerprint).s);
	tool_print_close(p);
}

static void
print_records(struct tool_print *p, const struct package_receiptfile *f)
{
	struct cursor c = cursor_of(f->records);
	if (tool_print_is_json(p))
		tool_print_list(p, "files");
	for (uint32_t i = 0; i < f->record_count; i++) {
		struct package_receiptfile_record record = package_receiptfile_next(&c);
		print_record(p, &record);
	}
	if (tool_print_is_json(p))
		tool_print_close(p);
}

/* Who, when, what. The time is the receiver's own; the service's is shown where it is asked. */
static void
print_proof(struct tool_print *p, const struct package_receiptfile *f, const struct package_receiptfile_proof *proof)
{
	tool_print_id(p, "package", TOOL_SHOW, &proof->receipt.package);
	tool_print_id(p, "subscription", TOOL_SHOW_JSON, &proof->receipt.subscription);
	tool_print_time(p, "received", TOOL_SHOW, proof->receipt.receiver.time_ms);
	print_receiver(p, proof);
	tool_print_number(p, "file_count", TOOL_SHOW_JSON, f->record_count);
	tool_print_number(p, "bytes", TOOL_SHOW, proof->plain_bytes);
}

/* --- receipt */

struct writing {
	struct cli_session *session;
	struct id package;
	const Provision__PackageGetReply *reply;
	struct cli_judgement judgement;
	struct secret *receipt_key;
	struct package_receiptfile file;
	struct buf records, bytes;
};

static int
get_package(struct writing *w)
{
	struct tool_call *c = w->session->call;
	Provision__PackageGet m = PROVISION__PACKAGE_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	if (id_parse(view_str(c->arguments[0]), &w->package) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of a package", tool_verb_safe(c, view_str(c->arguments[0])));
	m.package = cli_server_id(&w->package);
	int err = cli_session_ask_but(w->session, "getPackage", &m.base, &reply, ERR_NOT_FOUND);
	if (err != 0)
		return err == ERR_NOT_FOUND ? tool_verb_fail(c, err, "there is no package %s for you", c->arguments[0]) : err;
	w->reply = (const Provision__PackageGetReply *)reply;
	const Provision__PackageRow *row = w->reply->row;
	if (row->state != PROVISION__PACKAGE_STATE__PACKAGE_STATE_RECEIVED)
		return tool_verb_fail(c, ERR_STATE, "this package is %s: nobody has received it", cli_server_enum(c, &row->base, "state"));
	return 0;
}

static int
judge(struct writing *w)
{
	struct cli_session *s = w->session;
	const Provision__PackageRow *row = w->reply->row;
	struct cli_judge *judge = cli_judge_new(s);
	bool is_staff;
	int err = cli_judge_is_staff(s, row, w->reply->word, &is_staff);
	if (err == 0)
		err = cli_judge_receipt(judge, row, w->reply->word, is_staff, &w->judgement);
	if (err == 0 && w->judgement.verdict == CLI_VERDICT_WRONG)
		err = cli_judge_tell(s, row, "received", &w->judgement);
	else if (err == 0 && w->judgement.verdict != CLI_VERDICT_PROVED)
		err = tool_verb_fail(s->call, ERR_NOT_FOUND, "the receipt cannot be proved with your keys: only who sent or received the package can");
	cli_judge_free(&judge);
	return err;
}

static int
add_record(void *arg, uint32_t entry, const Provision__FileRecord *f)
{
	struct package_receiptfile_record record = { cli_server_view(f->path), f->size, cli_server_view(f->fingerprint) };
	struct writing *w = arg;
	w->file.record_count = entry + 1;
	return package_receiptfile_add(&record, &w->records);
}

static void
add_receiver(struct writing *w)
{
	const Provision__CompanyRow *row = w->judgement.company_row;
	struct package_receiptfile *f = &w->file;
	if (row == NULL) {
		f->statement = cli_server_view(w->reply->word->statement);
		return;
	}
	/* not more than there is room for: they were checked */
	f->root = cli_server_view(row->root);
	for (f->former_count = 0; f->former_count < row->n_former_roots; f->former_count++)
		f->former[f->former_count] = cli_server_view(row->former_roots[f->former_count]);
	for (f->epoch_count = 0; f->epoch_count < row->n_epochs; f->epoch_count++)
		f->epochs[f->epoch_count] = cli_server_view(row->epochs[f->epoch_count]);
}

/* What is written is what anybody can check. */
static int
make_file(struct writing *w, struct package_receiptfile_proof *proof)
{
	const struct package_kept *kept = &w->judgement.kept;
	struct package_receiptfile again;
	int err = cli_records_check(w->session, &w->package, w->reply->row->file_count, &kept->content_root, "nothing is proved", add_record, w);
	w->receipt_key = package_keys_derive(kept->key, PACKAGE_KEY_RECEIPT, &w->package);
	w->file.receipt = cli_server_view(w->reply->word->receipt);
	w->file.receipt_key = secret_view(w->receipt_key);
	w->file.records = buf_view(&w->records);
	add_receiver(w);
	if (err != 0)
		return err;
	err = package_receiptfile_put(&w->file, &w->bytes);
	if (err == 0)
		err = package_receiptfile_parse(buf_view(&w->bytes), &again);
	if (err == 0)
		err = package_receiptfile_check(&again, proof);
	return err == 0 ? 0 : tool_verb_fail(w->session->call, err, "the receipt is proved, but the company has had too many keys since: they do not "
	    "fit a file");
}

int
cli_receipt_show(struct tool_call *c)
{
	struct writing w = { .session = cli_session_of(c) };
	struct package_receiptfile_proof *proof = arena_alloc(c->arena, sizeof(*proof));
	struct tool_newfile file = { .name = NULL };
	buf_init(&w.records, PACKAGE_RECEIPTFILE_MAX);
	buf_init(&w.bytes, PACKAGE_RECEIPTFILE_MAX);
	int err = get_package(&w);
	if (err == 0)
		err = judge(&w);
	if (err == 0)
		err = make_file(&w, proof);
	if (err == 0)
		err = tool_newfile_open(c, tool_verb_value(c, "output"), &file);
	if (err == 0)
		err = tool_newfile_write(c, &file, buf_view(&w.bytes));
	if (err == 0) {
		tool_print_object(c->print, NULL);
		print_proof(c->print, &w.file, proof);
		tool_print_time(c->print, "service_time", TOOL_SHOW, w.reply->row->received_ms);
		if (file.name != NULL)
			tool_print_str(c->print, "written", TOOL_SHOW, file.name);
		tool_print_close(c->print);
	}
	secret_free(&w.receipt_key);
	cli_judge_deinit(&w.judgement);
	buf_deinit(&w.records);
	buf_deinit(&w.bytes);
	return err;
}

/* --- verify-receipt */

static int
check_receipt(struct tool_call *c, struct view bytes, struct package_receiptfile *f, struct package_receiptfile_proof *proof)
{
	const char *name = tool_verb_safe(c, view_str(c->arguments[0]));
	int err = package_receiptfile_parse(bytes, f);
	if (err != 0)
		return tool_verb_fail(c, err, "%s is not a receipt: %s", name, err_text(err));
	err = package_receiptfile_check(f, proof);
	return err == 0 ? 0 : tool_verb_fail(c, ERR_TRUST, "%s proves nothing: it was changed, or never was a true receipt", name);
}

/* *known_r: "verified", "known" or "unknown". */
static int
compare_with_pins(struct cli_session *s, const struct package_receiptfile_proof *proof, const char **known_r)
{
	const struct trust_pin *pin = NULL;
	bool is_verified;
	int err = cli_session_login(s);
	if (err == 0)
		err = cli_pins_find(s, proof->is_company ? TRUST_PIN_COMPANY : TRUST_PIN_CUSTOMER,
		    proof->is_company ? &proof->company.root.company : &proof->account.account, &pin);
	if (err != 0)
		return err;
	bool is_same = cli_pins_is_same(pin, proof->is_company ? &proof->company.root.fingerprint : &proof->account.fingerprint, &is_verified);
	*known_r = pin == NULL ? "unknown" : is_verified ? "verified" : "known";
	return pin == NULL || is_same ? 0 : tool_verb_fail(s->call, ERR_TRUST, "this receipt is signed with another key than the one you know "
	    "of this receiver: it may be an older one of theirs, or not theirs");
}

static int
verify_package(struct cli_session *s, struct view bytes)
{
	struct tool_call *c = s->call;
	struct package_receiptfile *f = arena_alloc(c->arena, sizeof(*f));
	struct package_receiptfile_proof *proof = arena_alloc(c->arena, sizeof(*proof));
	const char *known = "";
	int err = check_receipt(c, bytes, f, proof);
	if (err == 0 && tool_verb_is_set(c, "known"))
		err = compare_with_pins(s, proof, &known);
	if (err != 0)
		return err;
	tool_print_object(c->print, NULL);
	print_proof(c->print, f, proof);
	tool_print_str(c->print, "known", *known == '\0' ? TOOL_SHOW_JSON : TOOL_SHOW, known);
	print_records(c->print, f);
	tool_print_close(c->print);
	tool_verb_say(c, "proved: who has this key received exactly these files, and had the package's key. Not proved: whose key it is "
	    "(compare it), and the time, which is the receiver's own word");
	return 0;
}

/* A package's, or that of an erasure: a file, or a mail with it. */
int
cli_receipt_verify(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct buf bytes;
	buf_init(&bytes, PACKAGE_RECEIPTFILE_MAX);
	int err = file_read(AT_FDCWD, c->arguments[0], &bytes);
	if (err != 0)
		err = tool_verb_fail(c, err, "%s cannot be read: %s", tool_verb_safe(c, view_str(c->arguments[0])), err_text(err));
	else if (package_receiptfile_is_one(buf_view(&bytes)))
		err = verify_package(s, buf_view(&bytes));
	else
		err = cli_erasure_receipt_verify(s, buf_view(&bytes));
	buf_deinit(&bytes);
	return err;
}
