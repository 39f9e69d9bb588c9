/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a pin when the server shows keys: the one place that decides whether a key is taken silently or stops
 * everything. Declared in trust/pins.h; clients only.
 */
#include "trust/fingerprint.h"
#include "trust/pins.h"

static struct trust_pin
pin_of_account(const struct trust_account *account, uint64_t now_ms)
{
	return (struct trust_pin){
		.kind = TRUST_PIN_CUSTOMER, .principal = account->account, .fingerprint = account->fingerprint,
		.sign = account->sign, .number = account->number, .source = TRUST_PIN_DIRECTORY, .first_seen_ms = now_ms,
	};
}

static struct trust_pin
pin_of_company(const struct trust_company *company, uint64_t now_ms)
{
	const struct trust_epoch *current = trust_company_current(company);
	return (struct trust_pin){
		.kind = TRUST_PIN_COMPANY, .principal = company->root.company, .fingerprint = company->root.fingerprint,
		.sign = company->root.sign, .number = current->number, .epoch = current->fingerprint,
		.source = TRUST_PIN_DIRECTORY, .first_seen_ms = now_ms,
	};
}

int
trust_pins_meet_account(struct trust_pins *p, const struct trust_account *account, uint64_t now_ms,
    enum trust_pin_verdict *verdict_r)
{
	struct trust_pin pin = pin_of_account(account, now_ms);
	const struct trust_pin *old = trust_pins_find(p, TRUST_PIN_CUSTOMER, &account->account);
	if (old == NULL) {
		*verdict_r = TRUST_PIN_NEW;
		return trust_pins_put(p, &pin);
	}
	if (crypt_hash_equal(&old->fingerprint, &account->fingerprint)) {
		*verdict_r = TRUST_PIN_SAME;
		return 0;
	}
	int err = trust_account_follows(account, &old->principal, old->number, &old->fingerprint, &old->sign);
	if (err != 0)
		return err;
	/* the predecessor vouches: what people had compared stays compared */
	pin.source = TRUST_PIN_SUCCESSION;
	pin.is_verified = old->is_verified;
	pin.first_seen_ms = old->first_seen_ms;
	*verdict_r = TRUST_PIN_ADVANCED;
	return trust_pins_put(p, &pin);
}

/* The pinned root, at least the pinned epoch, and where both can be seen the very same epoch. */
static int
check_epochs(const struct trust_pin *old, const struct trust_company *company)
{
	const struct trust_epoch *seen = trust_company_epoch(company, old->number);
	if (!crypt_hash_equal(&old->fingerprint, &company->root.fingerprint))
		return ERR_TRUST;
	if (trust_company_current(company)->number < old->number)
		return ERR_TRUST;
	return seen == NULL || crypt_hash_equal(&seen->fingerprint, &old->epoch) ? 0 : ERR_TRUST;
}

int
trust_pins_meet_company(struct trust_pins *p, const struct trust_company *company, const struct hash *expected_root,
    uint64_t now_ms, enum trust_pin_verdict *verdict_r)
{
	struct trust_pin pin = pin_of_company(company, now_ms);
	const struct trust_pin *old = trust_pins_find(p, TRUST_PIN_COMPANY, &company->root.company);
	if (expected_root != NULL && !crypt_hash_equal(expected_root, &company->root.fingerprint))
		return ERR_TRUST;
	*verdict_r = TRUST_PIN_NEW;
	if (old != NULL) {
		int err = check_epochs(old, company);
		if (err != 0)
			return err;
		*verdict_r = pin.number == old->number ? TRUST_PIN_SAME : TRUST_PIN_ADVANCED;
		pin.source = old->source;
		pin.is_verified = old->is_verified;
		pin.first_seen_ms = old->first_seen_ms;
	}
	if (expected_root != NULL && !pin.is_verified) {
		pin.source = TRUST_PIN_LINK;
		pin.is_verified = true;
	}
	return trust_pins_put(p, &pin);
}

int
trust_pins_meet_server(struct trust_pins *p, const struct sign_public *key, uint64_t now_ms,
    enum trust_pin_verdict *verdict_r)
{
	struct trust_pin pin = {
		.kind = TRUST_PIN_SERVER, .fingerprint = trust_fingerprint_of_server(key), .sign = *key,
		.source = TRUST_PIN_DIRECTORY, .first_seen_ms = now_ms,
	};
	const struct trust_pin *old = trust_pins_find(p, TRUST_PIN_SERVER, &pin.principal);
	if (old == NULL) {
		*verdict_r = TRUST_PIN_NEW;
		return trust_pins_put(p, &pin);
	}
	*verdict_r = TRUST_PIN_SAME;
	return crypt_hash_equal(&old->fingerprint, &pin.fingerprint) ? 0 : ERR_TRUST;
}

int
trust_pins_accept_account(struct trust_pins *p, const struct trust_account *account, const struct hash *typed,
    uint64_t now_ms)
{
	struct trust_pin pin = pin_of_account(account, now_ms);
	pin.source = TRUST_PIN_CONFIRMED;
	pin.is_verified = true;
	return crypt_hash_equal(typed, &pin.fingerprint) ? trust_pins_put(p, &pin) : ERR_TRUST;
}

int
trust_pins_accept_company(struct trust_pins *p, const struct trust_company *company, const struct hash *typed,
    uint64_t now_ms)
{
	struct trust_pin pin = pin_of_company(company, now_ms);
	pin.source = TRUST_PIN_CONFIRMED;
	pin.is_verified = true;
	return crypt_hash_equal(typed, &pin.fingerprint) ? trust_pins_put(p, &pin) : ERR_TRUST;
}

int
trust_pins_own_company(struct trust_pins *p, const struct trust_company *company, uint64_t now_ms)
{
	struct trust_pin pin = pin_of_company(company, now_ms);
	pin.source = TRUST_PIN_OWN;
	pin.is_verified = true;
	return trust_pins_put(p, &pin);
}
