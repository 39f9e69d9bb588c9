/* SPDX-License-Identifier: MIT */
/*
 * The one reader and writer of what an error reply carries. Knows no message. Called by frame.c for every error that comes
 * in, by client.c and server.c for theirs.
 */
#include "ipc/blame.h"

#include <string.h>

#include "base/cursor.h"
#include "base/fatal.h"

static bool
is_field(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!((v.data[i] >= 'a' && v.data[i] <= 'z') || (v.data[i] >= '0' && v.data[i] <= '9') || v.data[i] == '_'))
			return false;
	return v.len <= IPC_BLAME_FIELD_MAX;
}

static void
set_field(struct ipc_blame *blame, struct view field)
{
	if (field.len > 0)
		memcpy(blame->field, field.data, field.len);
	blame->field[field.len] = '\0';
}

struct ipc_blame
ipc_blame_of(const char *field, uint64_t limit, uint64_t used)
{
	struct ipc_blame blame = { .limit = limit, .used = limit == 0 ? 0 : used };
	require(is_field(view_str(field)));
	set_field(&blame, view_str(field));
	return blame;
}

void
ipc_blame_write(const struct ipc_blame *blame, struct buf *out)
{
	int err = buf_append_str(out, blame->field);
	if (err == 0 && blame->limit != 0) {
		err = buf_append_u8(out, 0);
		if (err == 0)
			err = buf_append_u64(out, blame->limit);
		if (err == 0)
			err = buf_append_u64(out, blame->used);
	}
	require(err == 0);
}

int
ipc_blame_parse(struct view wire, struct ipc_blame *blame_r)
{
	struct view field = view_slice(wire, 0, view_find(wire, '\0'));
	struct cursor rest = cursor_of(view_slice(wire, field.len, wire.len));
	*blame_r = (struct ipc_blame){ .limit = 0 };
	if (!is_field(field))
		return ERR_SYNTAX;
	set_field(blame_r, field);
	if (field.len == wire.len)
		return 0;
	(void)cursor_u8(&rest);
	blame_r->limit = cursor_u64(&rest);
	blame_r->used = cursor_u64(&rest);
	return cursor_end(&rest) == 0 && blame_r->limit != 0 ? 0 : ERR_SYNTAX;
}
