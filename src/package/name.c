/* SPDX-License-Identifier: MIT */
/*
 * File names: which paths a manifest may hold, their order, how one is shown. Where they are written is package/names.c.
 * A stranger chose the name; nothing here trusts it.
 */
#include "package/name.h"

#include "base/text.h"
#include "package/format.h"

#define DEPTH_MAX 64

static bool
is_component(struct view v)
{
	return v.len > 0 && v.len <= PACKAGE_NAME_MAX && !view_equal_str(v, ".") && !view_equal_str(v, "..");
}

int
package_name_check(struct view path)
{
	size_t depth = 0;
	if (path.len == 0 || path.len > PACKAGE_PATH_MAX || view_find(path, '\0') != path.len)
		return ERR_SYNTAX;
	for (struct view rest = path;;) {
		size_t slash = view_find(rest, '/');
		if (!is_component(view_slice(rest, 0, slash)) || ++depth > DEPTH_MAX)
			return ERR_SYNTAX;
		if (slash == rest.len)
			return 0;
		rest = view_slice(rest, slash + 1, SIZE_MAX);
	}
}

/* '/' is lowest: NUL does not occur in paths. */
static int
rank(uint8_t c)
{
	return c == '/' ? 0 : c;
}

int
package_name_compare(struct view a, struct view b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	for (size_t i = 0; i < n; i++)
		if (a.data[i] != b.data[i])
			return rank(a.data[i]) - rank(b.data[i]);
	if (a.len == b.len)
		return 0;
	return a.len < b.len ? -1 : 1;
}

int
package_name_display(struct view path, struct buf *out)
{
	if (path.len == 0)
		return buf_append_str(out, "\\x");
	return text_escape(out, path);
}
