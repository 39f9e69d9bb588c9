/* SPDX-License-Identifier: MIT */
/*
 * Packages at the desk, made with one lane.
 */
#include "store/desk_parcel.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "package/header.h"
#include "package/lane.h"
#include "package/reader.h"

static ProtobufCBinaryData
keep(struct desk *d, struct view v)
{
	return wire_bytes(arena_dup(d->arena, v));
}

/* ---- making ---- */

static struct package_manifest *
make_manifest(void)
{
	const struct package_entry entries[PARCEL_FILES] = {
		{ .kind = PACKAGE_ENTRY_FOLDER, .path = VIEW_LIT("Übergabe 2026") },
		{ .kind = PACKAGE_ENTRY_FILE, .path = VIEW_LIT(PARCEL_NAME), .size = sizeof(PARCEL_CONTENT) - 1 },
		{ .kind = PACKAGE_ENTRY_FILE, .path = VIEW_LIT("leer.txt") },
	};
	struct package_manifest *m;

	assert_int_equal(package_manifest_new(entries, PARCEL_FILES, &m, NULL), 0);
	return m;
}

static void
choose_parties(struct desk_parcel *p)
{
	p->sender = (struct package_sender){ .account = p->from->account, .key = p->from->public.sign };
	if (p->from_company) {
		p->sender.kind = PACKAGE_PARTY_COMPANY;
		p->sender.company = p->firm->id;
		p->recipient = package_identity_recipient_account(&p->to->public);
	} else {
		p->sender.kind = PACKAGE_PARTY_CUSTOMER;
		p->recipient = package_identity_recipient_epoch(trust_company_current(&p->firm->public));
	}
}

static void
make_body(struct desk_parcel *p)
{
	const struct package_layout *l = package_writer_layout(p->writer);
	struct package_lane *lane = package_lane_of_writer(p->writer);
	size_t total = (size_t)package_layout_body_bytes(l), content = (size_t)package_layout_content_bytes(l);
	uint8_t *space;

	buf_init(&p->body, total);
	assert_int_equal(buf_reserve(&p->body, total, &space), 0);
	buf_commit(&p->body, total);
	for (uint32_t i = 0; i < package_layout_chunk_count(l); i++) {
		struct package_chunk c = package_layout_chunk(l, i);
		assert_int_equal(package_lane_encrypt(lane, &c, VIEW_LIT(PARCEL_CONTENT), p->body.data + c.stored_offset), 0);
	}
	assert_int_equal(package_lane_padding(lane, content, p->body.data + content, total - content), 0);
	package_lane_free(&lane);
}

void
desk_parcel_init(struct desk_parcel *p, const struct person *from, const struct person *to, const struct firm *firm,
    const struct id *subscription, bool from_company)
{
	struct id package = package_header_new_id(subscription);

	desk_parcel_init_as(p, from, to, firm, subscription, from_company, &package);
}

void
desk_parcel_init_as(struct desk_parcel *p, const struct person *from, const struct person *to, const struct firm *firm,
    const struct id *subscription, bool from_company, const struct id *package)
{
	struct package_manifest *m = make_manifest();

	*p = (struct desk_parcel){ .package = *package, .subscription = *subscription, .from = from, .to = to, .firm = firm,
		.from_company = from_company };
	choose_parties(p);
	struct package_writer_args args = { p->package, p->subscription, p->sender, p->recipient,
		from_company ? to->public.seal : trust_company_current(&firm->public)->seal };
	assert_int_equal(package_writer_new(&args, &m, &p->writer), 0);
	make_body(p);
	buf_init(&p->seal, PACKAGE_SEAL_MAX);
	p->parts[0] = package_writer_manifest_bytes(p->writer);
	p->parts[1] = buf_view(&p->body);
}

void
desk_parcel_deinit(struct desk_parcel *p)
{
	package_writer_free(&p->writer);
	buf_deinit(&p->body);
	buf_deinit(&p->seal);
}

void
desk_parcel_seal(struct desk *d, struct desk_parcel *p, uint64_t sequence)
{
	struct view certificate = p->from_company ? buf_view(&p->from->certificate) : view_of(NULL, 0);

	buf_clear(&p->seal);
	assert_int_equal(package_writer_seal(p->writer, p->from->keys.sign, certificate, sequence, desk_now(d), &p->seal), 0);
	p->parts[2] = buf_view(&p->seal);
}

/* ---- bringing up ---- */

Provision__PackageCreate *
desk_parcel_creation(struct desk *d, const struct desk_parcel *p)
{
	Provision__PackageCreate *m = arena_alloc(d->arena, sizeof(*m));

	provision__package_create__init(m);
	m->caller = desk_caller(d, p->from);
	m->package = keep(d, id_view(&p->package));
	m->header = keep(d, package_writer_header(p->writer));
	m->comment = wire_str(PARCEL_COMMENT);
	return m;
}

int
desk_parcel_create(struct desk *d, struct desk_parcel *p)
{
	Provision__PackageCreateReply *reply;
	int err = desk_web(d, IPC_PACKAGE_CREATE, &desk_parcel_creation(d, p)->base, &reply);

	if (err != 0)
		return err;
	p->sequence = reply->sequence;
	desk_parcel_seal(d, p, p->sequence);
	return 0;
}

Provision__PackageFilesPut *
desk_parcel_page(struct desk *d, const struct desk_parcel *p)
{
	const struct package_manifest *manifest = package_writer_manifest(p->writer);
	Provision__PackageFilesPut *m = arena_alloc(d->arena, sizeof(*m));

	provision__package_files_put__init(m);
	m->caller = desk_caller(d, p->from);
	m->package = keep(d, id_view(&p->package));
	m->n_files = package_manifest_count(manifest);
	m->files = arena_alloc(d->arena, m->n_files * sizeof(*m->files));
	for (size_t i = 0; i < m->n_files; i++) {
		const struct package_entry *e = package_manifest_at(manifest, i);
		bool is_folder = e->kind == PACKAGE_ENTRY_FOLDER;
		Provision__FileRecord *file = arena_alloc(d->arena, sizeof(*file));
		struct hash fingerprint;
		provision__file_record__init(file);
		char *path = arena_alloc(d->arena, e->path.len + 1);
		memcpy(path, e->path.data, e->path.len);
		path[e->path.len] = '/';
		file->path = wire_bytes(view_of(path, e->path.len + (is_folder ? 1 : 0)));
		file->size = e->size;
		assert_int_equal(package_writer_fingerprint(p->writer, (uint32_t)i, &fingerprint), 0);
		if (!is_folder)
			file->fingerprint = keep(d, crypt_hash_view(&fingerprint));
		m->files[i] = file;
	}
	return m;
}

int
desk_upload_create(struct desk *d, const struct person *who, const struct id *package, unsigned part, uint64_t length,
    Provision__UploadReply **reply_r)
{
	Provision__UploadCreate m = PROVISION__UPLOAD_CREATE__INIT;

	m.caller = desk_caller(d, who);
	m.package = wire_of_id(package);
	m.part = (Provision__PackagePart)part;
	m.length = length;
	return desk_web(d, IPC_UPLOAD_CREATE, &m.base, reply_r);
}

int
desk_upload_open(struct desk *d, const struct person *who, ProtobufCBinaryData upload, uint64_t offset)
{
	Provision__UploadOpen m = PROVISION__UPLOAD_OPEN__INIT;

	m.caller = desk_caller(d, who);
	m.upload = upload;
	m.offset = offset;
	return desk_web(d, IPC_UPLOAD_OPEN, &m.base, NULL);
}

int
desk_upload_get(struct desk *d, const struct person *who, ProtobufCBinaryData upload, Provision__UploadReply **reply_r)
{
	Provision__UploadGet m = PROVISION__UPLOAD_GET__INIT;

	m.caller = desk_caller(d, who);
	m.upload = upload;
	return desk_web(d, IPC_UPLOAD_GET, &m.base, reply_r);
}

int
desk_upload_close(struct desk *d, const struct person *who, ProtobufCBinaryData upload, Provision__UploadReply **reply_r)
{
	Provision__UploadClose m = PROVISION__UPLOAD_CLOSE__INIT;

	m.caller = desk_caller(d, who);
	m.upload = upload;
	return desk_web(d, IPC_UPLOAD_CLOSE, &m.base, reply_r);
}

uint64_t
desk_upload_write(struct desk *d, const struct person *who, ProtobufCBinaryData upload, uint64_t offset,
    struct view bytes)
{
	Provision__UploadReply *reply;

	assert_int_equal(desk_upload_open(d, who, upload, offset), 0);
	assert_int_equal(file_write_full(d->fd, bytes.data, bytes.len), 0);
	assert_int_equal(desk_upload_close(d, who, upload, &reply), 0);
	return reply->offset;
}

void
desk_parcel_part(struct desk *d, const struct desk_parcel *p, unsigned part)
{
	Provision__UploadReply *upload;
	struct view bytes = p->parts[part - 1];

	assert_int_equal(desk_upload_create(d, p->from, &p->package, part, bytes.len, &upload), 0);
	assert_int_equal(upload->offset, 0);
	assert_int_equal(desk_upload_write(d, p->from, upload->upload, 0, bytes), bytes.len);
}

int
desk_parcel_complete(struct desk *d, const struct desk_parcel *p)
{
	Provision__PackageComplete m = PROVISION__PACKAGE_COMPLETE__INIT;

	m.caller = desk_caller(d, p->from);
	m.package = wire_of_id(&p->package);
	m.kept = wire_bytes(VIEW_LIT(PARCEL_KEPT));
	return desk_web(d, IPC_PACKAGE_COMPLETE, &m.base, NULL);
}

void
desk_parcel_send(struct desk *d, struct desk_parcel *p)
{
	assert_int_equal(desk_parcel_create(d, p), 0);
	assert_int_equal(desk_web(d, IPC_PACKAGE_FILES_PUT, &desk_parcel_page(d, p)->base, NULL), 0);
	for (unsigned part = 1; part <= 3; part++)
		desk_parcel_part(d, p, part);
	assert_int_equal(desk_parcel_complete(d, p), 0);
}

/* ---- fetching ---- */

int
desk_parcel_get(struct desk *d, const struct person *who, const struct id *package, Provision__PackageGetReply **reply_r)
{
	Provision__PackageGet m = PROVISION__PACKAGE_GET__INIT;

	m.caller = desk_caller(d, who);
	m.package = wire_of_id(package);
	return desk_web(d, IPC_PACKAGE_GET, &m.base, reply_r);
}

int
desk_part_open(struct desk *d, const struct person *who, const struct id *package, unsigned part)
{
	Provision__PartOpen m = PROVISION__PART_OPEN__INIT;

	m.caller = desk_caller(d, who);
	m.package = wire_of_id(package);
	m.part = (Provision__PackagePart)part;
	return desk_web(d, IPC_PART_OPEN, &m.base, NULL);
}

struct view
desk_read(struct desk *d)
{
	struct stat st;
	uint8_t *bytes;

	assert_int_not_equal(d->fd, -1);
	assert_int_equal(fstat(d->fd, &st), 0);
	bytes = arena_alloc(d->arena, (size_t)st.st_size);
	assert_int_equal(file_pread_full(d->fd, bytes, (size_t)st.st_size, 0), 0);
	return view_of(bytes, (size_t)st.st_size);
}

static void
expect_contents(struct package_reader *r, struct view body)
{
	const struct package_layout *l = package_reader_layout(r);
	struct package_lane *lane = package_lane_of_reader(r);
	uint8_t out[sizeof(PARCEL_CONTENT) - 1];

	for (uint32_t i = 0; i < package_layout_chunk_count(l); i++) {
		struct package_chunk c = package_layout_chunk(l, i);
		assert_int_equal(c.plain_bytes, sizeof(out));
		assert_int_equal(package_lane_decrypt(lane, &c, view_slice(body, c.stored_offset, c.stored_bytes), out), 0);
		assert_memory_equal(out, PARCEL_CONTENT, sizeof(out));
	}
	package_lane_free(&lane);
}

struct view
desk_parcel_fetch(struct desk *d, const struct desk_parcel *p)
{
	struct package_sender receiver = { .kind = PACKAGE_PARTY_CUSTOMER, .account = p->to->account,
		.key = p->to->public.sign };
	struct package_reader_args args = { .package = p->package, .subscription = p->subscription,
		.recipient = p->recipient };
	struct package_reader *r;
	Provision__PackageGetReply *got;
	struct view parts[3], certificate = view_of(NULL, 0);
	struct buf receipt;

	assert_int_equal(desk_parcel_get(d, p->to, &p->package, &got), 0);
	for (unsigned part = 1; part <= 3; part++) {
		assert_int_equal(desk_part_open(d, p->to, &p->package, part), 0);
		parts[part - 1] = desk_read(d);
	}
	args.header = wire_view(got->header);
	args.manifest = parts[0];
	args.seal = parts[2];
	if (p->from_company) {
		args.sender.company = &p->firm->public;
		args.private = p->to->keys.seal;
	} else {
		args.sender.account = &p->from->public;
		args.private = p->firm->epoch_keys.seal;
		receiver.kind = PACKAGE_PARTY_COMPANY;
		receiver.company = p->firm->id;
		certificate = buf_view(&p->to->certificate);
	}
	assert_int_equal(package_reader_new(&args, &r), 0);
	expect_contents(r, parts[1]);
	buf_init(&receipt, PACKAGE_RECEIPT_MAX);
	assert_int_equal(package_reader_receipt(r, &receiver, p->to->keys.sign, certificate, desk_now(d), &receipt), 0);
	struct view kept = arena_dup(d->arena, buf_view(&receipt));
	buf_deinit(&receipt);
	package_reader_free(&r);
	return kept;
}

int
desk_parcel_receive(struct desk *d, const struct person *who, const struct id *package, struct view receipt)
{
	Provision__PackageReceive m = PROVISION__PACKAGE_RECEIVE__INIT;

	m.caller = desk_caller(d, who);
	m.package = wire_of_id(package);
	m.receipt = wire_bytes(receipt);
	m.kept = wire_bytes(VIEW_LIT(PARCEL_KEPT_TOO));
	return desk_web(d, IPC_PACKAGE_RECEIVE, &m.base, NULL);
}

int
desk_inbox(struct desk *d, const struct person *who, const char *slug, bool outgoing, Provision__InboxListReply **reply_r)
{
	Provision__InboxList m = PROVISION__INBOX_LIST__INIT;

	m.caller = desk_caller(d, who);
	m.slug = wire_str(slug);
	m.outgoing = outgoing;
	m.limit = 50;
	return desk_web(d, IPC_INBOX_LIST, &m.base, reply_r);
}
