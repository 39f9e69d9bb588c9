/* SPDX-License-Identifier: MIT */
/*
 * Root and epochs of a company, checked together. Used by clients before they seal to or believe a company, and by
 * the store before it lists one.
 */
#include "trust/company.h"

static int
load_roots(struct view root, const struct view *former, size_t former_n, struct trust_company *company_r)
{
	company_r->former_count = 0;
	if (former_n > TRUST_FORMER_ROOTS_MAX)
		return ERR_LIMIT;
	int err = trust_root_parse(root, &company_r->root);
	for (size_t i = 0; i < former_n && err == 0; i++)
		err = trust_root_parse(former[i], &company_r->former[i]);
	if (err == 0)
		company_r->former_count = former_n;
	return err;
}

/* The i-th root in the order of the epochs. */
static const struct trust_root *
root_at(const struct trust_company *c, size_t i)
{
	return i < c->former_count ? &c->former[i] : &c->root;
}

/* By the root of the epoch before (NULL: this is the first) or the next one; *root_i goes on with them. */
static int
load_epoch(struct view statement, const struct trust_company *c, const struct trust_epoch *before, size_t *root_i,
    struct trust_epoch *epoch_r)
{
	int err = trust_epoch_parse(statement, root_at(c, *root_i), epoch_r);
	if (err == ERR_TRUST && before != NULL && *root_i < c->former_count)
		err = trust_epoch_parse(statement, root_at(c, ++*root_i), epoch_r);
	return err == 0 && before != NULL ? trust_epoch_follows(epoch_r, before) : err;
}

int
trust_company_load_former(struct view root, const struct view *former, size_t former_n, const struct view *epochs, size_t n,
    struct trust_company *company_r)
{
	size_t root_i = 0;
	company_r->epoch_count = 0;
	company_r->past = NULL;
	if (n == 0 || n > TRUST_EPOCHS_MAX)
		return ERR_LIMIT;
	int err = load_roots(root, former, former_n, company_r);
	const struct trust_epoch *before = NULL;
	for (size_t i = 0; i < n && err == 0; i++) {
		err = load_epoch(epochs[i], company_r, before, &root_i, &company_r->epochs[i]);
		before = &company_r->epochs[i];
	}
	if (err == 0 && root_i != former_n)
		err = ERR_TRUST;
	if (err == 0)
		company_r->epoch_count = n;
	return err;
}

int
trust_company_load(struct view root, const struct view *epochs, size_t n, struct trust_company *company_r)
{
	return trust_company_load_former(root, NULL, 0, epochs, n, company_r);
}

const struct trust_epoch *
trust_company_current(const struct trust_company *c)
{
	return &c->epochs[c->epoch_count - 1];
}

const struct trust_epoch *
trust_company_oldest(const struct trust_company *c)
{
	return c->past != NULL ? &c->past->epochs[0] : &c->epochs[0];
}

static int
load_past_epoch(struct view statement, const struct trust_past *past, struct trust_epoch *epoch_r)
{
	int err = ERR_TRUST;
	for (size_t i = 0; i < past->root_count && err == ERR_TRUST; i++)
		err = trust_epoch_parse(statement, &past->roots[i], epoch_r);
	return err;
}

int
trust_company_load_past(const struct trust_company *c, const struct view *roots, size_t root_n, const struct view *epochs,
    size_t n, struct trust_past *past_r)
{
	int err = 0;
	if (n == 0 || n > TRUST_EPOCHS_MAX || root_n > TRUST_EPOCHS_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; i < root_n && err == 0; i++)
		err = trust_root_parse(roots[i], &past_r->roots[i]);
	past_r->root_count = root_n;
	past_r->epoch_count = n + 1;
	past_r->epochs[n] = *trust_company_oldest(c);
	/* from the one that is believed backwards: its hash makes the one before it believed */
	for (size_t i = n; i-- > 0 && err == 0;) {
		err = load_past_epoch(epochs[i], past_r, &past_r->epochs[i]);
		if (err == 0)
			err = trust_epoch_follows(&past_r->epochs[i + 1], &past_r->epochs[i]);
	}
	return err;
}

static const struct trust_epoch *
find_epoch(const struct trust_epoch *list, size_t n, uint32_t number)
{
	uint32_t first = list[0].number;
	return number < first || number - first >= n ? NULL : &list[number - first];
}

const struct trust_epoch *
trust_company_epoch(const struct trust_company *c, uint32_t number)
{
	const struct trust_epoch *found = find_epoch(c->epochs, c->epoch_count, number);
	return found == NULL && c->past != NULL ? find_epoch(c->past->epochs, c->past->epoch_count, number) : found;
}

const struct trust_root *
trust_company_root(const struct trust_company *c, const struct hash *fingerprint)
{
	for (size_t i = 0; i < c->former_count; i++)
		if (crypt_hash_equal(&c->former[i].fingerprint, fingerprint))
			return &c->former[i];
	for (size_t i = 0; c->past != NULL && i < c->past->root_count; i++)
		if (crypt_hash_equal(&c->past->roots[i].fingerprint, fingerprint))
			return &c->past->roots[i];
	return crypt_hash_equal(&c->root.fingerprint, fingerprint) ? &c->root : NULL;
}
