/* SPDX-License-Identifier: MIT */
/*
 * Packages: sent, fetched, received, and who may do what (C1 to C8).
 */
#include <string.h>

#include "base/file.h"
#include "crypt/random.h"
#include "store/parcel_cast.h"
#include "store/spool.h"

#define ARRIVING PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING
#define WAITING PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING
#define RECEIVED PROVISION__PACKAGE_STATE__PACKAGE_STATE_RECEIVED

/* ---- the main job ---- */

static void
test_customer_sends_to_company(void **state)
{
	struct cast *c = *state;
	Provision__InboxListReply *inbox;
	Provision__PackageGetReply *got;
	const Provision__MailJob *mail;
	struct desk_parcel p;
	struct view receipt;

	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	assert_int_equal(p.sequence, 1);
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_PACKAGE);
	assert_true(view_equal_str(wire_view(mail->to), "office@kanzlei.example"));
	assert_true(view_equal_str(wire_view(mail->peer), "Anna Schmidt"));
	assert_true(view_equal_str(wire_view(mail->link),
	    arena_printf(c->d->arena, "https://localhost/p/%s", id_text(&p.package).s)));

	assert_int_equal(desk_inbox(c->d, &c->agent, "kanzlei", false, &inbox), 0);
	assert_int_equal(inbox->n_items, 1);
	/* behind the two customers' acceptances */
	assert_int_equal(inbox->items[0]->number, 3);
	Provision__PackageRow *row = inbox->items[0]->row;
	assert_int_equal(row->state, WAITING);
	assert_true(row->is_incoming);
	assert_true(view_equal_str(wire_view(row->last_name), "Schmidt"));
	assert_true(view_equal_str(wire_view(row->company), "Kanzlei Müller"));
	assert_true(view_equal_str(wire_view(row->comment), PARCEL_COMMENT));
	assert_int_equal(row->file_count, PARCEL_FILES);
	assert_int_equal(row->n_files, PARCEL_FILES);
	assert_int_equal(row->manifest_bytes, p.parts[0].len);
	assert_int_equal(row->body_bytes, p.parts[1].len);
	assert_int_equal(row->seal_bytes, p.parts[2].len);
	assert_int_equal(desk_inbox(c->d, &c->anna, "", true, &inbox), 0);
	assert_int_equal(inbox->n_items, 1);
	assert_false(inbox->items[0]->row->is_incoming);
	assert_int_equal(desk_inbox(c->d, &c->anna, "", false, &inbox), 0);
	assert_int_equal(inbox->n_items, 0);

	receipt = desk_parcel_fetch(c->d, &p);
	assert_int_equal(spool_files(c), 3);
	assert_int_equal(desk_key(c->d, STORE_KEY_PACKAGE, &p.package), 0);
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &p.package, receipt), 0);
	assert_int_equal(desk_key(c->d, STORE_KEY_PACKAGE, &p.package), ERR_ERASED);
	assert_int_equal(spool_files(c), 0);
	desk_work(c->d);
	assert_int_equal(desk_key(c->d, STORE_KEY_PACKAGE, &p.package), ERR_NOT_FOUND);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_HEADER), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_UPLOAD), 0);
	/* the history says when and by whom, for both */
	assert_int_equal(desk_parcel_get(c->d, &c->anna, &p.package, &got), 0);
	assert_int_equal(got->row->state, RECEIVED);
	assert_int_equal(got->row->received_ms, desk_now(c->d));
	assert_true(view_equal_str(wire_view(got->row->received_by), "Axel Agent"));
	assert_true(view_equal(wire_view(got->word->receipt), receipt));
	assert_int_equal(got->header.len, 0);
	assert_int_equal(got->row->n_files, PARCEL_FILES);
	assert_int_equal(desk_part_open(c->d, &c->agent, &p.package, 2), ERR_ERASED);
	/* once more the same receipt; another one does not count */
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &p.package, receipt), 0);
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &p.package, view_slice(receipt, 0, receipt.len - 1)), ERR_CONFLICT);
	desk_parcel_deinit(&p);
}

static void
test_company_sends_to_customer(void **state)
{
	struct cast *c = *state;
	Provision__PackageGetReply *got;
	const Provision__MailJob *mail;
	struct desk_parcel p;

	to_customer(c, &p);
	desk_parcel_send(c->d, &p);
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_PACKAGE);
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	assert_true(view_equal_str(wire_view(mail->peer), "Kanzlei Müller"));
	assert_int_equal(desk_parcel_receive(c->d, &c->anna, &p.package, desk_parcel_fetch(c->d, &p)), 0);
	assert_int_equal(desk_parcel_get(c->d, &c->owner, &p.package, &got), 0);
	assert_int_equal(got->row->state, RECEIVED);
	assert_int_equal(got->row->received_by.len, 0);
	assert_true(view_equal(wire_view(got->recipient_statement), buf_view(&c->anna.statement)));
	assert_int_equal(spool_files(c), 0);
	desk_parcel_deinit(&p);
}

/* What a person keeps is given to that person alone, and ends with the history entry. */
static void
test_what_is_kept(void **state)
{
	struct cast *c = *state;
	Provision__PackageGetReply *got;
	Provision__InboxListReply *inbox;
	struct desk_parcel p;

	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &p.package, desk_parcel_fetch(c->d, &p)), 0);
	assert_int_equal(desk_parcel_get(c->d, &c->anna, &p.package, &got), 0);
	assert_true(view_equal_str(wire_view(got->word->kept), PARCEL_KEPT));
	assert_int_equal(got->word->statement.len, 0);
	assert_int_equal(desk_parcel_get(c->d, &c->agent, &p.package, &got), 0);
	assert_true(view_equal_str(wire_view(got->word->kept), PARCEL_KEPT_TOO));
	assert_int_equal(desk_parcel_get(c->d, &c->owner, &p.package, &got), 0);
	assert_int_equal(got->word->kept.len, 0);
	assert_int_equal(desk_inbox(c->d, &c->anna, "", true, &inbox), 0);
	assert_true(view_equal_str(wire_view(inbox->items[0]->word->kept), PARCEL_KEPT));
	assert_true(view_equal(wire_view(inbox->items[0]->word->receipt), wire_view(got->word->receipt)));
	assert_int_equal(desk_end(c->d, &c->anna, &c->subscription), 0);
	assert_int_equal(desk_parcel_get(c->d, &c->anna, &p.package, &got), ERR_NOT_FOUND);
	desk_work(c->d);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PACKAGE), 0);
	desk_parcel_deinit(&p);
}

static const Provision__InboxRow *
first_of(struct cast *c, const struct person *who, const char *slug, bool outgoing)
{
	Provision__InboxListReply *inbox;

	assert_int_equal(desk_inbox(c->d, who, slug, outgoing, &inbox), 0);
	assert_int_equal(inbox->n_items, 1);
	return inbox->items[0];
}

/* C4: from where and with what it was sent, to who sent it alone, for 30 days. */
static void
test_where_it_was_sent_from(void **state)
{
	struct cast *c = *state;
	const Provision__InboxRow *row;
	struct desk_parcel p;

	to_customer(c, &p);
	desk_parcel_send(c->d, &p);
	row = first_of(c, &c->agent, "kanzlei", true);
	assert_true(view_equal(wire_view(row->address), view_of(c->d->address, sizeof(c->d->address))));
	assert_true(view_equal_str(wire_view(row->user_agent), DESK_AGENT));
	const Provision__InboxRow *others[] = { first_of(c, &c->owner, "kanzlei", true), first_of(c, &c->anna, "", false) };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(others[i]->address.len, 0);
		assert_int_equal(others[i]->user_agent.len, 0);
	}
	desk_pass(c->d, 31 * RIG_DAY_MS);
	assert_int_equal(desk_login(c->d, &c->agent), 0);
	row = first_of(c, &c->agent, "kanzlei", true);
	assert_int_equal(row->address.len, 0);
	assert_int_equal(row->user_agent.len, 0);
	desk_parcel_deinit(&p);
}

/* ---- who may do what ---- */

static void
test_rights(void **state)
{
	struct cast *c = *state;
	const struct person *outsiders[] = { &c->berta, &c->mallory };
	Provision__PackageFilesGet files = PROVISION__PACKAGE_FILES_GET__INIT;
	Provision__PackageGetReply *got;
	Provision__InboxListReply *inbox;
	Provision__UploadReply *upload, *ignored;
	struct desk_parcel p;
	struct view receipt;

	to_company(c, &p);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	assert_int_equal(desk_upload_create(c->d, &c->anna, &p.package, 2, p.parts[1].len, &upload), 0);
	/* while it arrives only its author knows of it */
	const struct person *others[] = { &c->berta, &c->mallory, &c->agent, &c->owner };
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(desk_parcel_get(c->d, others[i], &p.package, &got), ERR_NOT_FOUND);
		assert_int_equal(desk_upload_get(c->d, others[i], upload->upload, &ignored), ERR_NOT_FOUND);
		assert_int_equal(desk_upload_open(c->d, others[i], upload->upload, 0), ERR_NOT_FOUND);
		assert_int_equal(desk_upload_create(c->d, others[i], &p.package, 1, 5, &ignored), ERR_NOT_FOUND);
		assert_int_equal(desk_part_open(c->d, others[i], &p.package, 2), ERR_NOT_FOUND);
	}
	desk_parcel_deinit(&p);

	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	receipt = desk_parcel_fetch(c->d, &p);
	files.package = wire_of_id(&p.package);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(desk_parcel_get(c->d, outsiders[i], &p.package, &got), ERR_NOT_FOUND);
		assert_int_equal(desk_part_open(c->d, outsiders[i], &p.package, 3), ERR_NOT_FOUND);
		assert_int_equal(desk_parcel_receive(c->d, outsiders[i], &p.package, receipt), ERR_NOT_FOUND);
		files.caller = desk_caller(c->d, outsiders[i]);
		assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_GET, &files.base, NULL), ERR_NOT_FOUND);
		assert_int_equal(desk_inbox(c->d, outsiders[i], "kanzlei", false, &inbox), ERR_NOT_FOUND);
		assert_int_equal(desk_inbox(c->d, outsiders[i], "", false, &inbox), 0);
		assert_int_equal(inbox->n_items, 0);
	}
	/* the sender knows it, but cannot fetch or receive it */
	assert_int_equal(desk_part_open(c->d, &c->anna, &p.package, 2), ERR_DENIED);
	assert_int_equal(desk_parcel_receive(c->d, &c->anna, &p.package, receipt), ERR_DENIED);
	/* another member may fetch; the receipt counts only in the session of the one who signed it */
	assert_int_equal(desk_part_open(c->d, &c->owner, &p.package, 2), 0);
	assert_int_equal(desk_parcel_receive(c->d, &c->owner, &p.package, receipt), ERR_TRUST);
	/* nobody without a session */
	struct person nobody = { .has_session = false };
	assert_int_equal(desk_parcel_get(c->d, &nobody, &p.package, &got), ERR_LOGIN);
	assert_int_equal(desk_part_open(c->d, &nobody, &p.package, 2), ERR_LOGIN);
	assert_int_equal(desk_parcel_receive(c->d, &nobody, &p.package, receipt), ERR_LOGIN);
	assert_int_equal(desk_inbox(c->d, &nobody, "", false, &inbox), ERR_LOGIN);
	files.caller = desk_caller(c->d, &nobody);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_GET, &files.base, NULL), ERR_LOGIN);
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &p.package, receipt), 0);
	desk_parcel_deinit(&p);
}

/* ---- the header ---- */

static int
create_with(struct cast *c, const struct desk_parcel *p, const struct person *who)
{
	Provision__PackageCreate *m = desk_parcel_creation(c->d, p);
	m->caller = desk_caller(c->d, who);
	return desk_web(c->d, IPC_PACKAGE_CREATE, &m->base, NULL);
}

static void
test_header_is_checked(void **state)
{
	struct cast *c = *state;
	Provision__PackageCreate *m;
	struct desk_parcel p;
	struct firm impostor;

	to_company(c, &p);
	m = desk_parcel_creation(c->d, &p);
	m->header = wire_str("no header");
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_CREATE, &m->base, NULL), ERR_SYNTAX);
	m = desk_parcel_creation(c->d, &p);
	m->package = wire_of_id(&c->subscription);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_CREATE, &m->base, NULL), ERR_TRUST);
	/* brought by somebody else: no subscription of theirs, or the other side of it */
	assert_int_equal(create_with(c, &p, &c->mallory), ERR_NOT_FOUND);
	assert_int_equal(create_with(c, &p, &c->berta), ERR_NOT_FOUND);
	assert_int_equal(create_with(c, &p, &c->agent), ERR_TRUST);
	desk_parcel_deinit(&p);
	/* another customer's subscription */
	desk_parcel_init(&p, &c->anna, &c->agent, &c->firm, &c->other_subscription, false);
	assert_int_equal(create_with(c, &p, &c->anna), ERR_NOT_FOUND);
	desk_parcel_deinit(&p);
	/* a key that is not the company's epoch, a customer that is not this subscription's */
	desk_firm_init(c->d, &impostor, "impostor", "Impostor", false);
	(void)desk_activation(c->d, &impostor, &c->mallory);
	desk_parcel_init(&p, &c->anna, &c->agent, &impostor, &c->subscription, false);
	assert_int_equal(create_with(c, &p, &c->anna), ERR_TRUST);
	desk_parcel_deinit(&p);
	desk_parcel_init(&p, &c->agent, &c->berta, &c->firm, &c->subscription, true);
	assert_int_equal(create_with(c, &p, &c->agent), ERR_TRUST);
	desk_parcel_deinit(&p);
	/* a sender's key that is not the member's */
	desk_parcel_init(&p, &c->mallory, &c->anna, &c->firm, &c->subscription, true);
	assert_int_equal(create_with(c, &p, &c->agent), ERR_TRUST);
	desk_parcel_deinit(&p);
	/* a customer who says to be a member */
	desk_parcel_init(&p, &c->anna, &c->berta, &c->firm, &c->subscription, true);
	assert_int_equal(create_with(c, &p, &c->anna), ERR_TRUST);
	desk_parcel_deinit(&p);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PACKAGE), 0);
	desk_firm_deinit(&impostor);
}

static void
test_create_is_idempotent(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p, q;
	Provision__PackageCreate *m;

	to_company(c, &p);
	to_company(c, &q);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	assert_int_equal(p.sequence, 1);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	assert_int_equal(p.sequence, 1);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PACKAGE), 1);
	assert_int_equal(desk_parcel_create(c->d, &q), 0);
	assert_int_equal(q.sequence, 2);
	/* the id with a header of another package, with another header, or from somebody else */
	m = desk_parcel_creation(c->d, &q);
	m->package = wire_of_id(&p.package);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_CREATE, &m->base, NULL), ERR_TRUST);
	desk_parcel_deinit(&q);
	desk_parcel_init_as(&q, &c->anna, &c->agent, &c->firm, &c->subscription, false, &p.package);
	assert_int_equal(create_with(c, &q, &c->anna), ERR_CONFLICT);
	desk_parcel_deinit(&q);
	desk_parcel_init_as(&q, &c->agent, &c->anna, &c->firm, &c->subscription, true, &p.package);
	assert_int_equal(create_with(c, &q, &c->agent), ERR_CONFLICT);
	desk_parcel_deinit(&q);
	desk_parcel_deinit(&p);
}

static void
test_subscription_must_be_active(void **state)
{
	struct cast *c = *state;
	struct person carla;
	struct desk_parcel p;
	struct id id;

	desk_person_init(&carla, "carla@example.org", "Carla", "Conrad");
	desk_person_join(c->d, &carla);
	assert_int_equal(desk_subscribe(c->d, &carla, &c->firm, &id), 0);
	desk_parcel_init(&p, &carla, &c->agent, &c->firm, &id, false);
	assert_int_equal(create_with(c, &p, &carla), ERR_STATE);
	desk_parcel_deinit(&p);
	desk_parcel_init(&p, &c->agent, &carla, &c->firm, &id, true);
	assert_int_equal(create_with(c, &p, &c->agent), ERR_STATE);
	desk_parcel_deinit(&p);
	desk_person_deinit(&carla);
}

/* ---- file records ---- */

static void
test_file_records(void **state)
{
	struct cast *c = *state;
	Provision__PackageFilesPut *m;
	Provision__PackageFilesGet get = PROVISION__PACKAGE_FILES_GET__INIT;
	Provision__PackageFilesGetReply *reply;
	struct desk_parcel p;

	to_company(c, &p);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	m = desk_parcel_page(c->d, &p);
	m->page = 1;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &m->base, NULL), ERR_STATE);   /* a gap */
	m->page = 0;
	m->n_files = 2;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &m->base, NULL), 0);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &m->base, NULL), 0);           /* again */
	m->n_files = 1;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &m->base, NULL), ERR_CONFLICT);
	m->n_files = 3;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &m->base, NULL), ERR_CONFLICT);
	m->page = 1;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &m->base, NULL), ERR_LIMIT);   /* more than the header says */
	m->files += 2;
	m->n_files = 1;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &m->base, NULL), 0);
	get.caller = desk_caller(c->d, &c->anna);
	get.package = wire_of_id(&p.package);
	get.page = 0;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_GET, &get.base, &reply), 0);
	assert_int_equal(reply->n_files, 2);
	assert_false(reply->is_last);
	get.page = 1;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_GET, &get.base, &reply), 0);
	assert_int_equal(reply->n_files, 1);
	assert_true(reply->is_last);
	get.page = 2;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_GET, &get.base, &reply), ERR_NOT_FOUND);
	for (unsigned part = 1; part <= 3; part++)
		desk_parcel_part(c->d, &p, part);
	assert_int_equal(desk_parcel_complete(c->d, &p), 0);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &m->base, NULL), ERR_STATE);
	desk_parcel_deinit(&p);
}

/* ---- uploads ---- */

static void
test_upload_in_pieces(void **state)
{
	struct cast *c = *state;
	Provision__UploadReply *upload, *reply;
	Provision__UploadDelete delete = PROVISION__UPLOAD_DELETE__INIT;
	struct desk_parcel p;
	struct view body;

	to_company(c, &p);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	body = p.parts[1];
	assert_int_equal(desk_upload_create(c->d, &c->anna, &p.package, 2, body.len + 1, &reply), ERR_CONFLICT);
	assert_int_equal(desk_upload_create(c->d, &c->anna, &p.package, 3, PACKAGE_SEAL_MAX + 1ULL, &reply), ERR_LIMIT);
	assert_int_equal(desk_upload_create(c->d, &c->anna, &p.package, 3, 0, &reply), ERR_CONFLICT);
	assert_int_equal(desk_upload_create(c->d, &c->anna, &p.package, 2, body.len, &upload), 0);
	assert_int_equal(desk_upload_create(c->d, &c->anna, &p.package, 2, body.len, &reply), 0);
	assert_true(view_equal(wire_view(upload->upload), wire_view(reply->upload)));

	assert_int_equal(desk_upload_write(c->d, &c->anna, upload->upload, 0, view_slice(body, 0, 1000)), 1000);
	assert_int_equal(desk_upload_open(c->d, &c->anna, upload->upload, 999), ERR_CONFLICT);
	/* one writer: a second is refused until the first has closed, whatever link it comes over */
	assert_int_equal(desk_upload_open(c->d, &c->anna, upload->upload, 1000), 0);
	assert_int_equal(file_write_full(c->d->fd, body.data + 1000, 500), 0);
	c->d->link = 2;
	assert_int_equal(desk_upload_open(c->d, &c->anna, upload->upload, 1000), ERR_BUSY);
	assert_int_equal(desk_upload_close(c->d, &c->anna, upload->upload, &reply), ERR_STATE);
	assert_int_equal(desk_upload_get(c->d, &c->anna, upload->upload, &reply), 0);
	assert_int_equal(reply->offset, 1000);
	/* the writer dies: what it wrote is flushed and counts */
	store_spool_link_gone(c->d->rig->store->spool, DESK_LINK);
	assert_int_equal(desk_upload_get(c->d, &c->anna, upload->upload, &reply), 0);
	assert_int_equal(reply->offset, 1500);
	/* and goes on, also after a restart; what is too much does not count */
	desk_restart(c->d);
	assert_int_equal(desk_upload_get(c->d, &c->anna, upload->upload, &reply), 0);
	assert_int_equal(reply->offset, 1500);
	assert_int_equal(desk_upload_write(c->d, &c->anna, upload->upload, 1500, view_slice(body, 1500, body.len)), body.len);
	assert_int_equal(desk_upload_open(c->d, &c->anna, upload->upload, body.len), ERR_STATE);

	delete.caller = desk_caller(c->d, &c->anna);
	delete.upload = upload->upload;
	assert_int_equal(desk_web(c->d, IPC_UPLOAD_DELETE, &delete.base, NULL), 0);
	assert_int_equal(desk_web(c->d, IPC_UPLOAD_DELETE, &delete.base, NULL), ERR_NOT_FOUND);
	assert_int_equal(spool_files(c), 0);
	assert_int_equal(desk_upload_create(c->d, &c->anna, &p.package, 2, body.len, &reply), 0);
	assert_int_equal(reply->offset, 0);
	desk_parcel_deinit(&p);
}

/* ---- completing ---- */

static void
replace_part(struct cast *c, struct desk_parcel *p, unsigned part, struct view bytes)
{
	Provision__UploadDelete delete = PROVISION__UPLOAD_DELETE__INIT;
	Provision__UploadReply *upload;

	assert_int_equal(desk_upload_create(c->d, p->from, &p->package, part, p->parts[part - 1].len, &upload), 0);
	delete.caller = desk_caller(c->d, p->from);
	delete.upload = upload->upload;
	assert_int_equal(desk_web(c->d, IPC_UPLOAD_DELETE, &delete.base, NULL), 0);
	p->parts[part - 1] = bytes;
	desk_parcel_part(c->d, p, part);
}

static void
test_complete_wants_everything(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p;

	to_company(c, &p);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	assert_int_equal(desk_parcel_complete(c->d, &p), ERR_STATE);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &desk_parcel_page(c->d, &p)->base, NULL), 0);
	for (unsigned part = 1; part <= 3; part++) {
		Provision__UploadReply *upload;
		assert_int_equal(desk_parcel_complete(c->d, &p), ERR_STATE);
		assert_int_equal(desk_upload_create(c->d, &c->anna, &p.package, part, p.parts[part - 1].len, &upload), 0);
		assert_int_equal(desk_parcel_complete(c->d, &p), ERR_STATE);
		assert_int_equal(desk_upload_write(c->d, &c->anna, upload->upload, 0, p.parts[part - 1]), p.parts[part - 1].len);
	}
	assert_null(desk_mails(c->d));
	assert_int_equal(desk_parcel_complete(c->d, &p), 0);
	assert_int_equal(desk_parcel_complete(c->d, &p), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_PACKAGE);
	desk_parcel_deinit(&p);
}

/* The other order: parts first, records missing. */
static void
test_complete_wants_the_records(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p;

	to_company(c, &p);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	for (unsigned part = 1; part <= 3; part++)
		desk_parcel_part(c->d, &p, part);
	assert_int_equal(desk_parcel_complete(c->d, &p), ERR_STATE);
	desk_parcel_deinit(&p);
}

static void
test_complete_checks_the_seal(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p, other;
	uint8_t *changed;

	to_company(c, &p);
	to_company(c, &other);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &desk_parcel_page(c->d, &p)->base, NULL), 0);
	for (unsigned part = 1; part <= 3; part++)
		desk_parcel_part(c->d, &p, part);
	/* another package's seal, another sequence number */
	desk_parcel_seal(c->d, &other, p.sequence);
	replace_part(c, &p, 3, other.parts[2]);
	assert_int_equal(desk_parcel_complete(c->d, &p), ERR_TRUST);
	desk_parcel_seal(c->d, &p, p.sequence + 1);
	struct view wrong = p.parts[2];
	p.parts[2] = other.parts[2];
	replace_part(c, &p, 3, wrong);
	assert_int_equal(desk_parcel_complete(c->d, &p), ERR_TRUST);
	/* a bit of the leaves, a bit of the manifest */
	desk_parcel_seal(c->d, &p, p.sequence);
	changed = mem_dup(p.seal.data, p.seal.len);
	changed[p.seal.len - 1] ^= 1;
	replace_part(c, &p, 3, view_of(changed, p.seal.len));
	assert_int_equal(desk_parcel_complete(c->d, &p), ERR_TRUST);
	mem_free(&changed);
	replace_part(c, &p, 3, buf_view(&p.seal));
	struct view manifest = p.parts[0];
	changed = mem_dup(manifest.data, manifest.len);
	changed[manifest.len / 2] ^= 1;
	replace_part(c, &p, 1, view_of(changed, manifest.len));
	assert_int_equal(desk_parcel_complete(c->d, &p), ERR_TRUST);
	mem_free(&changed);
	replace_part(c, &p, 1, manifest);
	assert_int_equal(desk_parcel_complete(c->d, &p), 0);
	desk_parcel_deinit(&p);
	desk_parcel_deinit(&other);
}

/* C4, C8: file records that are not what was signed do not become visible. */
static void
test_complete_checks_the_records(void **state)
{
	struct cast *c = *state;
	Provision__PackageFilesPut *m;
	struct desk_parcel p;

	to_company(c, &p);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	m = desk_parcel_page(c->d, &p);
	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i]->fingerprint.len > 0)
			m->files[i]->fingerprint.data[0] ^= 1;
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &m->base, NULL), 0);
	for (unsigned part = 1; part <= 3; part++)
		desk_parcel_part(c->d, &p, part);
	assert_int_equal(desk_parcel_complete(c->d, &p), ERR_TRUST);
	assert_int_equal(row_of(c, &c->anna, &p)->state, ARRIVING);
	desk_parcel_deinit(&p);
}

/* ---- receipts ---- */

static void
test_receipt_is_checked(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p, q;
	struct view receipt;
	uint8_t *changed;

	to_company(c, &p);
	to_company(c, &q);
	desk_parcel_send(c->d, &p);
	desk_parcel_send(c->d, &q);
	receipt = desk_parcel_fetch(c->d, &p);
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &q.package, receipt), ERR_TRUST);
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &p.package, VIEW_LIT("no receipt")), ERR_SYNTAX);
	for (size_t i = 0; i < receipt.len; i += 7) {
		changed = mem_dup(receipt.data, receipt.len);
		changed[i] ^= 0x10;
		assert_int_not_equal(desk_parcel_receive(c->d, &c->agent, &p.package, view_of(changed, receipt.len)), 0);
		mem_free(&changed);
	}
	assert_int_equal(spool_files(c), 6);
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &p.package, receipt), 0);
	assert_int_equal(spool_files(c), 3);
	desk_parcel_deinit(&p);
	desk_parcel_deinit(&q);
}

static void
test_inbox_is_paged(void **state)
{
	struct cast *c = *state;
	Provision__InboxList m = PROVISION__INBOX_LIST__INIT;
	Provision__InboxListReply *reply;
	uint64_t last = 9;

	for (unsigned i = 0; i < 7; i++) {
		struct desk_parcel p;
		to_customer(c, &p);
		desk_parcel_send(c->d, &p);
		desk_parcel_deinit(&p);
	}
	m.caller = desk_caller(c->d, &c->anna);
	m.limit = 3;
	do {
		assert_int_equal(desk_web(c->d, IPC_INBOX_LIST, &m.base, &reply), 0);
		for (size_t i = 0; i < reply->n_items; i++)
			assert_int_equal(reply->items[i]->number, --last);
		m.cursor = reply->next;
	} while (m.cursor.len != 0);
	assert_int_equal(last, 2);
	m.cursor = wire_str("x");
	assert_int_equal(desk_web(c->d, IPC_INBOX_LIST, &m.base, NULL), ERR_SYNTAX);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_customer_sends_to_company),
		TEST(test_company_sends_to_customer),
		TEST(test_what_is_kept),
		TEST(test_where_it_was_sent_from),
		TEST(test_rights),
		TEST(test_header_is_checked),
		TEST(test_create_is_idempotent),
		TEST(test_subscription_must_be_active),
		TEST(test_file_records),
		TEST(test_upload_in_pieces),
		TEST(test_complete_wants_everything),
		TEST(test_complete_wants_the_records),
		TEST(test_complete_checks_the_seal),
		TEST(test_complete_checks_the_records),
		TEST(test_receipt_is_checked),
		TEST(test_inbox_is_paged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
