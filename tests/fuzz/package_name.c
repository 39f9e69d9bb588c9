/* SPDX-License-Identifier: MIT */
/*
 * package/name.h: a stranger's paths, shown and written here. The input is a list of paths with NUL between them. No two of
 * them may meet in one local path, and none may leave the folder.
 */
#include "base/fatal.h"
#include "base/text.h"
#include "crypt/init.h"
#include "fuzz/fuzz.h"
#include "package/format.h"
#include "package/name.h"

#define LOCAL_MAX ((size_t)64 * 1024)
#define PATHS_MAX 64

static struct view
next_path(struct view *rest)
{
	size_t n = view_find(*rest, '\0');
	struct view path = view_slice(*rest, 0, n);
	*rest = view_slice(*rest, n + 1, rest->len);
	return path;
}

static void
check_display(struct view path)
{
	struct buf shown;
	buf_init(&shown, TEXT_ESCAPE_MAX * path.len + 16);
	require(package_name_display(path, &shown) == 0);
	require(shown.len > 0 && text_is_utf8(buf_view(&shown)) && !text_has_control(buf_view(&shown)));
	buf_deinit(&shown);
}

static void
check_local(struct package_names *names, struct view path, struct buf *local)
{
	struct buf again;
	buf_init(local, LOCAL_MAX);
	buf_init(&again, LOCAL_MAX);
	require(package_names_local(names, path, local) == 0);
	require(local->len > 0 && local->data[0] != '/');
	require(text_is_utf8(buf_view(local)) && !text_has_control(buf_view(local)));
	struct view rest = buf_view(local);
	while (rest.len > 0) {
		size_t n = view_find(rest, '/');
		struct view part = view_slice(rest, 0, n);
		require(part.len > 0 && part.len <= PACKAGE_NAME_MAX);
		require(!view_equal_str(part, ".") && !view_equal_str(part, ".."));
		require(view_find(part, '\\') == part.len && view_find(part, ':') == part.len);
		rest = view_slice(rest, n + 1, rest.len);
	}
	require(package_names_local(names, path, &again) == 0);
	require(view_equal(buf_view(local), buf_view(&again)));
	buf_deinit(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view rest = view_of(data, size), paths[PATHS_MAX];
	struct buf locals[PATHS_MAX];
	require(crypt_init() == 0);
	struct package_names *names = package_names_new();
	size_t n = 0;
	while (rest.len > 0 && n < PATHS_MAX) {
		struct view path = next_path(&rest);
		check_display(path);
		if (package_name_check(path) != 0)
			continue;
		require(path.len <= PACKAGE_PATH_MAX && package_name_compare(path, path) == 0);
		paths[n] = path;
		check_local(names, path, &locals[n]);
		for (size_t i = 0; i < n; i++) {
			bool is_same = view_equal(paths[i], path);
			require(is_same == (package_name_compare(paths[i], path) == 0));
			require(is_same == view_equal(buf_view(&locals[i]), buf_view(&locals[n])));
		}
		n++;
	}
	while (n > 0)
		buf_deinit(&locals[--n]);
	package_names_free(&names);
	return 0;
}
