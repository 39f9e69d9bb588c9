/* SPDX-License-Identifier: MIT */
/*
 * Fills and signs erasure receipts. Knows neither what is erased nor who asked. Called by the handlers that end something, and when a mail
 * with a receipt is rendered.
 */
#include "store/erasure_receipt.h"

#include <string.h>

#include "base/fatal.h"
#include "crypt/random.h"
#include "record/erasure.pb-c.h"
#include "store/clock_guard.h"
#include "store/keys.h"
#include "store/policy.h"
#include "store/service.h"
#include "store/wire.h"

/* The host of the service's URL. */
static void
set_service(const struct store_settings *settings, char out[TRUST_ERASURE_SERVICE_MAX + 1])
{
	struct view host = view_slice(view_str(store_policy_url(settings)), sizeof("https://") - 1, TRUST_ERASURE_SERVICE_MAX);

	require(host.len > 0);
	memcpy(out, host.data, host.len);
	out[host.len] = '\0';
}

struct trust_erasure
store_erasure_receipt_begin(struct store_call *c, enum trust_erasure_occasion occasion, enum trust_erasure_by by,
    const struct id *subject)
{
	struct trust_erasure r = { .receipt = id_random(), .occasion = occasion, .by = by, .subject = *subject,
		.time_ms = store_clock_guard_now_ms(c->store->clock), .key = *store_service_sign_public(c->store->service) };

	set_service(c->settings, r.service);
	return r;
}

void
store_erasure_receipt_copies(struct trust_erasure *r)
{
	if (trust_erasure_value(&r->gone, TRUST_ERASURE_SUBSCRIPTIONS) + trust_erasure_value(&r->gone, TRUST_ERASURE_ACCOUNTS) > 0)
		trust_erasure_put(&r->copies, TRUST_ERASURE_MAILS, 0);
	if (trust_erasure_value(&r->gone, TRUST_ERASURE_PACKAGES) > 0)
		trust_erasure_put(&r->copies, TRUST_ERASURE_FETCHED, 0);
}

/* In arena memory. */
static int
sign(struct store *s, struct arena *a, const struct trust_erasure *r, struct view *bytes_r)
{
	struct buf bytes;
	int err;

	buf_init(&bytes, TRUST_ERASURE_BYTES_MAX);
	err = trust_erasure_make(r, store_service_sign_private(s->service), &bytes);
	if (err == 0)
		*bytes_r = arena_dup(a, buf_view(&bytes));
	buf_deinit(&bytes);
	return err;
}

bool
store_erasure_receipt_is_complete(const struct store *s)
{
	return store_keys_is_mirrored(s->keys) && store_keys_pending(s->keys) == 0;
}

/* ---- the answer ---- */

struct answer {
	struct store_call *call;
	struct trust_erasure receipt;
	Provision__ErasureReply *reply;
};

/* The keys are overwritten now, but for copies that could not be reached just then. */
static int
put_right(void *arg)
{
	struct answer *answer = arg;
	struct store_call *c = answer->call;
	bool is_complete = store_erasure_receipt_is_complete(c->store);
	struct view bytes;

	if (is_complete == answer->receipt.is_complete)
		return 0;
	answer->receipt.is_complete = is_complete;
	require(sign(c->store, c->arena, &answer->receipt, &bytes) == 0);
	answer->reply->receipt = wire_bytes(bytes);
	return 0;
}

int
store_erasure_receipt_answer(struct store_call *c, struct trust_erasure *r, struct view *bytes_r)
{
	struct answer *answer = arena_alloc(c->arena, sizeof(*answer));
	Provision__ErasureReply *reply = arena_alloc(c->arena, sizeof(*reply));
	int err;

	r->is_complete = store_keys_is_mirrored(c->store->keys);
	err = sign(c->store, c->arena, r, bytes_r);
	if (err != 0)
		return err;
	provision__erasure_reply__init(reply);
	reply->receipt = wire_bytes(*bytes_r);
	c->reply = &reply->base;
	*answer = (struct answer){ c, *r, reply };
	store_txn_hook(c->tx, STORE_BEFORE_ANSWER, put_right, answer);
	return 0;
}

/* ---- the mail ---- */

int
store_erasure_receipt_words(struct store *s, struct arena *a, struct view receipt, ProtobufCBinaryData *words_r)
{
	struct trust_erasure r;
	struct buf words;
	int err;

	if (receipt.len == 0)
		return 0;
	err = trust_erasure_parse(receipt, &r);
	if (err == 0 && !r.is_complete && store_erasure_receipt_is_complete(s)) {
		r.is_complete = true;
		err = sign(s, a, &r, &receipt);
	}
	buf_init(&words, TRUST_ERASURE_TEXT_MAX);
	if (err == 0)
		err = trust_erasure_words(receipt, &words);
	if (err == 0)
		*words_r = wire_bytes(arena_dup(a, buf_view(&words)));
	buf_deinit(&words);
	return err;
}
