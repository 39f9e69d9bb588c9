/* SPDX-License-Identifier: MIT */
/*
 * Root and epochs of a company, checked together. Used by clients before they seal to or believe a company, and by
 * the store before it lists one.
 */
#include "trust/company.h"

int
trust_company_load(struct view root, const struct view *epochs, size_t n, struct trust_company *company_r)
{
	if (n == 0 || n > TRUST_EPOCHS_MAX)
		return ERR_LIMIT;
	int err = trust_root_parse(root, &company_r->root);
	company_r->epoch_count = 0;
	for (size_t i = 0; i < n && err == 0; i++) {
		err = trust_epoch_parse(epochs[i], &company_r->root, &company_r->epochs[i]);
		if (err == 0 && i > 0)
			err = trust_epoch_follows(&company_r->epochs[i], &company_r->epochs[i - 1]);
	}
	if (err == 0)
		company_r->epoch_count = n;
	return err;
}

const struct trust_epoch *
trust_company_current(const struct trust_company *c)
{
	return &c->epochs[c->epoch_count - 1];
}

const struct trust_epoch *
trust_company_epoch(const struct trust_company *c, uint32_t number)
{
	uint32_t first = c->epochs[0].number;
	if (number < first || number - first >= c->epoch_count)
		return NULL;
	return &c->epochs[number - first];
}
