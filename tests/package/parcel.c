/* SPDX-License-Identifier: MIT */
/*
 * Packages for tests, made with lanes in one thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/random.h"
#include "package/lane.h"
#include "package/parcel.h"

uint8_t *
parcel_contents(const struct parcel_file *file)
{
	size_t n = file->size > 0 ? (size_t)file->size : 0;
	uint8_t *bytes = mem_alloc(n);
	uint32_t x = file->seed * 2654435761U + 1;
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(x >> 24);
	}
	return bytes;
}

static struct package_manifest *
manifest_of(const struct parcel_file *files, size_t n)
{
	struct package_manifest *m;
	struct package_entry *entries = mem_array(n, sizeof(entries[0]));
	for (size_t i = 0; i < n; i++)
		entries[i] = (struct package_entry){
			.kind = files[i].size < 0 ? PACKAGE_ENTRY_FOLDER : PACKAGE_ENTRY_FILE,
			.size = files[i].size < 0 ? 0 : (uint64_t)files[i].size,
			.is_executable = files[i].seed == 7, .mtime_ms = -1500 + (int64_t)i, .path = view_str(files[i].path),
		};
	assert_int_equal(package_manifest_new(entries, n, &m, NULL), 0);
	mem_free(&entries);
	return m;
}

/* Encrypts what lanes are for: every chunk, backwards, because any order must do; then the padding. */
static void
make_body(struct parcel *p)
{
	const struct package_layout *l = package_writer_layout(p->writer);
	const uint32_t *order = package_manifest_order(package_writer_manifest(p->writer));
	struct package_lane *lane = package_lane_of_writer(p->writer);
	size_t total = (size_t)package_layout_body_bytes(l), content = (size_t)package_layout_content_bytes(l);
	uint8_t *space;
	buf_init(&p->body, total);
	assert_int_equal(buf_reserve(&p->body, total, &space), 0);
	buf_commit(&p->body, total);
	for (uint32_t i = package_layout_chunk_count(l); i-- > 0;) {
		struct package_chunk c = package_layout_chunk(l, i);
		uint8_t *bytes = parcel_contents(&p->files[order[c.entry]]);
		assert_int_equal(package_lane_encrypt(lane, &c,
		    view_of(bytes + (size_t)c.index * PACKAGE_CHUNK_BYTES, c.plain_bytes), p->body.data + c.stored_offset), 0);
		mem_free(&bytes);
	}
	assert_int_equal(package_lane_padding(lane, content, p->body.data + content, total - content), 0);
	package_lane_free(&lane);
}

static void
choose_parties(struct parcel *p, bool from_company)
{
	const struct cast *c = p->cast;
	const struct trust_epoch *epoch = trust_company_current(&c->company);
	const struct cast_person *person = from_company ? &c->axel : &c->anna;
	p->sender = (struct package_sender){ .account = person->account.account, .key = person->account.sign };
	p->sign_private = person->keys.sign;
	if (from_company) {
		p->sender.kind = PACKAGE_PARTY_COMPANY;
		p->sender.company = c->company.root.company;
		p->recipient = package_identity_recipient_account(&c->anna.account);
		p->private = c->anna.keys.seal;
		p->identity.company = &c->company;
		p->certificate = buf_view(&person->certificate);
	} else {
		p->sender.kind = PACKAGE_PARTY_CUSTOMER;
		p->recipient = package_identity_recipient_epoch(epoch);
		p->private = c->epoch_keys[1].seal;
		p->identity.account = &c->anna.account;
	}
}

void
parcel_init(struct parcel *p, const struct cast *cast, const struct parcel_file *files, size_t n, bool from_company)
{
	memset(p, 0, sizeof(*p));
	p->cast = cast;
	p->files = files;
	p->package = id_random();
	p->subscription = id_random();
	choose_parties(p, from_company);
	struct package_writer_args args = {
		p->package, p->subscription, p->sender, p->recipient,
		from_company ? cast->anna.account.seal : trust_company_current(&cast->company)->seal,
	};
	struct package_manifest *m = manifest_of(files, n);
	assert_int_equal(package_writer_new(&args, &m, &p->writer), 0);
	assert_null(m);
	make_body(p);
	buf_init(&p->seal, PACKAGE_SEAL_MAX);
	assert_int_equal(package_writer_seal(p->writer, p->sign_private, p->certificate, 7, CAST_NOW + 1000, &p->seal), 0);
}

void
parcel_deinit(struct parcel *p)
{
	package_writer_free(&p->writer);
	buf_deinit(&p->body);
	buf_deinit(&p->seal);
}

struct package_reader_args
parcel_args(const struct parcel *p)
{
	return (struct package_reader_args){
		.header = package_writer_header(p->writer), .seal = buf_view(&p->seal),
		.manifest = package_writer_manifest_bytes(p->writer), .package = p->package, .subscription = p->subscription,
		.sender = p->identity, .recipient = p->recipient, .private = p->private,
	};
}

void
parcel_expect_contents(const struct parcel *p, struct package_reader *r)
{
	const struct package_layout *l = package_reader_layout(r);
	const uint32_t *order = package_manifest_order(package_writer_manifest(p->writer));
	struct package_lane *lane = package_lane_of_reader(r);
	uint8_t *out = mem_alloc(PACKAGE_CHUNK_BYTES);
	for (uint32_t i = 0; i < package_layout_chunk_count(l); i++) {
		struct package_chunk c = package_layout_chunk(l, i);
		uint8_t *bytes = parcel_contents(&p->files[order[c.entry]]);
		assert_int_equal(package_lane_decrypt(lane, &c, view_of(p->body.data + c.stored_offset, c.stored_bytes), out), 0);
		assert_memory_equal(out, bytes + (size_t)c.index * PACKAGE_CHUNK_BYTES, c.plain_bytes);
		mem_free(&bytes);
	}
	assert_int_equal(package_reader_missing(r), 0);
	mem_free(&out);
	package_lane_free(&lane);
}
