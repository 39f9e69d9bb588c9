/* SPDX-License-Identifier: MIT */
/*
 * The list of tables. Rows are only added at the end; a name is on disk and in every record's associated data.
 */
#include "store/table.h"

#include "base/fatal.h"

#define SHORT_VALUES 8192      /* indexes and small records */

static const struct store_table_row rows[] = {
	{ STORE_TABLE_META, "meta", SHORT_VALUES, "name -> format version, counters, clock mark" },
	{ STORE_TABLE_KEYS, "keys", SHORT_VALUES, "name of a data key (kind, owner, day) -> its slot, or dead" },
	{ STORE_TABLE_SPOOL, "spool", SHORT_VALUES, "spool file -> folder, owner" },
	{ STORE_TABLE_DUE, "due", SHORT_VALUES, "class, minute, random number -> what must happen then" },
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == STORE_TABLE_COUNT, "every table has a row");

const struct store_table_row *
store_table_row(enum store_table table)
{
	require(table >= 0 && table < STORE_TABLE_COUNT && rows[table].table == table);
	return &rows[table];
}
