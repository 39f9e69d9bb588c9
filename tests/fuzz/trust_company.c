/* SPDX-License-Identifier: MIT */
/*
 * trust/company.h and trust/certificate.h: root, epochs and a member's certificate, as a client gets them. The input is a
 * byte, the root, a count, that many epochs and the certificate, each with its length in front. First byte 0: the bytes as they
 * are; else all are signed here (fuzz/sign.h), by the root and in a chain.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/fatal.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/sign.h"
#include "trust/certificate.h"
#include "trust/company.h"

#define EPOCHS_MAX (TRUST_EPOCHS_MAX + 2)
/* Offsets behind magic and version. */
#define COMPANY_AT 6
#define ROOT_KEY_AT (COMPANY_AT + ID_BYTES)
#define ROOT_AT (COMPANY_AT + ID_BYTES)
#define PREVIOUS_AT (ROOT_AT + CRYPT_HASH_BYTES + 4 + 32 + CRYPT_SIGN_PUBLIC_BYTES)

struct input {
	bool is_signed;
	struct buf root, certificate, epochs[EPOCHS_MAX];
	size_t n;
};

static void
take(struct cursor *c, struct buf *out)
{
	struct view v = cursor_block(c, TRUST_CERTIFICATE_MAX);
	buf_init(out, TRUST_CERTIFICATE_MAX + CRYPT_SIGNATURE_BYTES);
	require(buf_append_view(out, v) == 0);
}

static void
sign_under(struct buf *b, const struct trust_root *root, const char *purpose)
{
	sign_patch(b, COMPANY_AT, root->company.bytes, ID_BYTES);
	sign_patch(b, ROOT_AT, root->fingerprint.bytes, CRYPT_HASH_BYTES);
	sign_append(b, purpose);
}

static void
sign_all(struct input *in)
{
	static const struct hash zero;
	struct sign_public public = sign_public();
	struct trust_root root;
	struct trust_epoch epoch = { .number = 0 };
	sign_patch(&in->root, ROOT_KEY_AT, public.bytes, sizeof(public.bytes));
	sign_append(&in->root, "provision/1/company-root");
	if (trust_root_parse(buf_view(&in->root), &root) != 0)
		return;
	for (size_t i = 0; i < in->n; i++) {
		if (i > 0)
			sign_patch(&in->epochs[i], PREVIOUS_AT, epoch.fingerprint.bytes, sizeof(zero.bytes));
		sign_under(&in->epochs[i], &root, "provision/1/company-epoch");
		if (trust_epoch_parse(buf_view(&in->epochs[i]), &root, &epoch) != 0)
			epoch.fingerprint = zero;
	}
	sign_under(&in->certificate, &root, "provision/1/membership");
}

static void
check(const struct trust_company *company, struct view certificate)
{
	struct trust_certificate cert;
	require(company->epoch_count > 0 && company->epoch_count <= TRUST_EPOCHS_MAX);
	const struct trust_epoch *current = trust_company_current(company);
	for (size_t i = 0; i < company->epoch_count; i++) {
		const struct trust_epoch *e = &company->epochs[i];
		require(id_equal(&e->company, &company->root.company) && crypt_hash_equal(&e->root, &company->root.fingerprint));
		require(trust_company_epoch(company, e->number) == e);
		require(i == 0 || trust_epoch_follows(e, e - 1) == 0);
	}
	if (trust_certificate_parse(certificate, &company->root, &cert) != 0)
		return;
	size_t name = strlen(cert.display_name);
	require(name > 0 && name <= TRUST_DISPLAY_NAME_MAX && !text_has_control(view_str(cert.display_name)));
	int err = trust_certificate_check(&cert, company, cert.not_before_ms);
	require(err == 0 || cert.epoch != current->number);
	require(cert.not_before_ms == 0 || trust_certificate_check(&cert, company, cert.not_before_ms - 1) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trust_company company;
	struct cursor c = cursor_of(view_of(data, size));
	struct input in = { .is_signed = cursor_u8(&c) != 0 };
	struct view views[EPOCHS_MAX];
	take(&c, &in.root);
	in.n = cursor_u8(&c) % EPOCHS_MAX;
	for (size_t i = 0; i < in.n; i++)
		take(&c, &in.epochs[i]);
	take(&c, &in.certificate);
	require(sign_private() != NULL);
	if (c.err == 0) {
		if (in.is_signed)
			sign_all(&in);
		for (size_t i = 0; i < in.n; i++)
			views[i] = buf_view(&in.epochs[i]);
		if (trust_company_load(buf_view(&in.root), views, in.n, &company) == 0)
			check(&company, buf_view(&in.certificate));
	}
	buf_deinit(&in.root);
	buf_deinit(&in.certificate);
	for (size_t i = 0; i < in.n; i++)
		buf_deinit(&in.epochs[i]);
	return 0;
}
