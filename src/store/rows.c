/* SPDX-License-Identifier: MIT */
/*
 * Making rows of records. Knows no rights: access.h was asked before.
 */
#include "store/rows.h"

#include "store/access.h"
#include "store/wire.h"

Provision__CompanyRow *
store_rows_company(struct arena *a, const struct id *company, const Provision__StoredCompany *record)
{
	Provision__CompanyRow *row = arena_alloc(a, sizeof(*row));

	provision__company_row__init(row);
	row->company = wire_bytes(arena_dup(a, id_view(company)));
	row->slug = record->slug;
	row->name = record->name;
	row->root = record->root;
	row->n_epochs = record->n_epochs;
	row->epochs = record->epochs;
	row->n_former_roots = record->n_former_roots;
	row->former_roots = record->former_roots;
	row->is_active = record->activated_ms != 0;
	row->forbids_text_mail = record->forbids_text_mail;
	return row;
}

void **
store_rows_array(struct arena *a, size_t n)
{
	return arena_try(a, (n == 0 ? 1 : n) * sizeof(void *));
}
