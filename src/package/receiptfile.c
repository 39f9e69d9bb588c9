/* SPDX-License-Identifier: MIT */
/*
 * Receipt files (FORMAT.md, "Receipt file"). Knows no server, no pin and no file system. Called by the command line, of the sender who
 * writes one and of whoever checks it.
 */
#include "package/receiptfile.h"

#include "base/encoder.h"
#include "crypt/secret.h"
#include "package/files.h"
#include "trust/statement.h"

#define MAGIC "PVrf"
#define STATEMENT_MAX 1024U

int
package_receiptfile_add(const struct package_receiptfile_record *record, struct buf *records)
{
	struct encoder e = encoder_of(records);
	encoder_block(&e, record->path);
	encoder_u64(&e, record->size);
	encoder_block(&e, record->fingerprint);
	return encoder_end(&e);
}

struct package_receiptfile_record
package_receiptfile_next(struct cursor *c)
{
	struct package_receiptfile_record record;
	record.path = cursor_block(c, PACKAGE_PATH_MAX);
	record.size = cursor_u64(c);
	record.fingerprint = cursor_block(c, CRYPT_HASH_BYTES);
	return record;
}

bool
package_receiptfile_is_one(struct view bytes)
{
	return view_starts(bytes, view_str(MAGIC));
}

static void
put_list(struct encoder *e, const struct view *list, size_t n)
{
	encoder_u8(e, (uint8_t)n);
	for (size_t i = 0; i < n; i++)
		encoder_block(e, list[i]);
}

int
package_receiptfile_put(const struct package_receiptfile *f, struct buf *out)
{
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_block(&e, f->receipt);
	encoder_view(&e, f->receipt_key);
	encoder_block(&e, f->statement);
	encoder_block(&e, f->root);
	put_list(&e, f->former, f->former_count);
	put_list(&e, f->epochs, f->epoch_count);
	encoder_u32(&e, f->record_count);
	encoder_view(&e, f->records);
	return encoder_end(&e);
}

static size_t
get_list(struct cursor *c, struct view *list, size_t max)
{
	size_t n = cursor_u8(c);
	if (n > max)
		cursor_fail(c);
	for (size_t i = 0; i < n && c->err == 0; i++)
		list[i] = cursor_block(c, STATEMENT_MAX);
	return n;
}

int
package_receiptfile_parse(struct view bytes, struct package_receiptfile *f_r)
{
	struct package_receiptfile f = { .record_count = 0 };
	struct cursor c = cursor_of(bytes);
	int err = bytes.len > PACKAGE_RECEIPTFILE_MAX ? ERR_SYNTAX : trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	f.receipt = cursor_block(&c, PACKAGE_RECEIPT_MAX);
	f.receipt_key = cursor_bytes(&c, CRYPT_KEY_BYTES);
	f.statement = cursor_block(&c, STATEMENT_MAX);
	f.root = cursor_block(&c, STATEMENT_MAX);
	f.former_count = get_list(&c, f.former, TRUST_FORMER_ROOTS_MAX);
	f.epoch_count = get_list(&c, f.epochs, TRUST_EPOCHS_MAX);
	f.record_count = cursor_u32(&c);
	f.records = c.rest;
	/* exactly one kind of receiver */
	if (f.record_count > PACKAGE_ENTRIES_MAX || (f.statement.len > 0) == (f.root.len > 0) || (f.root.len > 0) != (f.epoch_count > 0))
		cursor_fail(&c);
	for (uint32_t i = 0; i < f.record_count && c.err == 0; i++)
		(void)package_receiptfile_next(&c);
	err = cursor_end(&c);
	if (err == 0)
		*f_r = f;
	return err;
}

/* The receiver's signature, by the keys that lie in the file. */
static int
check_receiver(const struct package_receiptfile *f, struct package_receiptfile_proof *p)
{
	struct package_identity receiver = { .account = NULL };
	int err;
	p->is_company = f->root.len > 0;
	if (p->is_company) {
		err = trust_company_load_former(f->root, f->former, f->former_count, f->epochs, f->epoch_count, &p->company);
		receiver.company = &p->company;
	} else {
		err = trust_account_parse(f->statement, &p->account);
		receiver.account = &p->account;
	}
	const struct package_signer *s = &p->receipt.receiver;
	return err == 0 ? package_identity_check(&receiver, &s->who, s->certificate, s->time_ms, &p->member) : err;
}

/* The file records are those that the receipt's content root is over. */
static int
check_records(const struct package_receiptfile *f, struct package_receiptfile_proof *p)
{
	struct package_files *files = package_files_new(f->record_count);
	struct cursor c = cursor_of(f->records);
	struct hash root;
	int err = 0;
	for (uint32_t i = 0; err == 0 && i < f->record_count; i++) {
		struct package_receiptfile_record record = package_receiptfile_next(&c);
		err = package_files_add(files, record.path, record.size, record.fingerprint);
	}
	p->plain_bytes = package_files_plain_bytes(files);
	if (err == 0)
		err = package_files_root(files, &root);
	if (err == 0 && !crypt_hash_equal(&root, &p->receipt.content_root))
		err = ERR_TRUST;
	package_files_free(&files);
	return err;
}

int
package_receiptfile_check(const struct package_receiptfile *f, struct package_receiptfile_proof *proof_r)
{
	struct secret *key = secret_from_view(f->receipt_key);
	int err = package_receipt_parse(f->receipt, &proof_r->receipt);
	if (err == 0)
		err = check_receiver(f, proof_r);
	if (err == 0)
		err = package_receipt_prove(&proof_r->receipt, key);
	if (err == 0)
		err = check_records(f, proof_r);
	secret_free(&key);
	return err;
}
