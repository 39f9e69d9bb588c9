/* SPDX-License-Identifier: MIT */
/*
 * Local names for a stranger's paths: clean() makes one component safe, place() makes it unique in its folder. Declared in
 * package/name.h. Two tables remember what was given out: manifest path -> local path, and folded local path -> next number to
 * try, so that a thousand names that fold to the same cost a thousand steps.
 */
#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"
#include "package/format.h"
#include "package/name.h"
#include "package/table.h"
#include "package/unicode.h"

/* A component of 255 bytes with every byte escaped, and some more. */
#define CLEAN_MAX (PACKAGE_NAME_MAX * 3 + 16)
/* A local path, also with its last component folded: 64 components of PACKAGE_NAME_MAX bytes. */
#define LOCAL_MAX (64U * 1024)
#define EXTENSION_MAX 16
#define SUFFIX_MAX 24
#define ESCAPE_GROWTH 2            /* one byte becomes three */

struct package_names {
	struct package_table *given;    /* manifest path -> place in locals */
	struct package_table *taken;    /* folded local path -> next number */
	char **locals;                  /* owned strings */
	uint32_t count;
	bool is_changed;
};

struct package_names *
package_names_new(void)
{
	struct package_names *n = mem_alloc(sizeof(*n));
	n->given = package_table_new();
	n->taken = package_table_new();
	return n;
}

void
package_names_free(struct package_names **n)
{
	if (*n == NULL)
		return;
	for (uint32_t i = 0; i < (*n)->count; i++)
		mem_free(&(*n)->locals[i]);
	mem_free(&(*n)->locals);
	package_table_free(&(*n)->given);
	package_table_free(&(*n)->taken);
	mem_free(n);
}

/* Code points that are not kept: controls, separators, what changes direction or is not seen. Joiners stay: emoji. */
static bool
is_bad_codepoint(int32_t c)
{
	static const struct { int32_t low, high; } bad[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200b }, { 0x200e, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe001f },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (c >= bad[i].low && c <= bad[i].high)
			return true;
	return c < 0x80 && strchr("<>:\"\\|?*/", c) != NULL;
}

static void
put(struct buf *out, struct view v)
{
	require(buf_append_view(out, v) == 0);
}

static void
put_escaped(struct buf *out, struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		require(buf_printf(out, "%%%02X", v.data[i]) == 0);
}

/* Bytes that are not UTF-8 and bad code points become %XX. */
static void
escape_component(struct view component, struct buf *out)
{
	while (component.len > 0) {
		struct view before = component;
		int32_t c = text_next_codepoint(&component);
		if (c < 0)
			component = view_slice(before, 1, SIZE_MAX);
		struct view piece = view_slice(before, 0, before.len - component.len);
		if (c < 0 || is_bad_codepoint(c))
			put_escaped(out, piece);
		else
			put(out, piece);
	}
}

/* A trailing dot or space is dropped by some systems: CON and "CON " would be the same. */
static void
escape_end(struct buf *name)
{
	uint8_t last = name->data[name->len - 1];
	if (last != '.' && last != ' ')
		return;
	name->len--;
	put_escaped(name, view_of(&last, 1));
}

static bool
is_device(struct view stem)
{
	static const char *const words[] = { "con", "prn", "aux", "nul", "conin$", "conout$" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (view_equal_nocase(stem, view_str(words[i])))
			return true;
	struct view word = view_slice(stem, 0, 3), number = view_slice(stem, 3, SIZE_MAX);
	if (!view_equal_nocase(word, VIEW_LIT("com")) && !view_equal_nocase(word, VIEW_LIT("lpt")))
		return false;
	if (number.len == 1)
		return number.data[0] >= '0' && number.data[0] <= '9';
	/* superscript one, two and three count as digits there */
	return view_equal_str(number, "\xc2\xb9") || view_equal_str(number, "\xc2\xb2") || view_equal_str(number, "\xc2\xb3");
}

/* "nul.tar.gz" is a device too: what counts is what stands before the first dot, without blanks behind it. */
static void
defuse_device(struct buf *name)
{
	struct view all = buf_view(name);
	struct view stem = view_slice(all, 0, view_find(all, '.'));
	while (stem.len > 0 && stem.data[stem.len - 1] == ' ')
		stem.len--;
	if (!is_device(stem))
		return;
	require(buf_append_u8(name, 0) == 0);
	memmove(name->data + stem.len + 1, name->data + stem.len, name->len - stem.len - 1);
	name->data[stem.len] = '_';
}

/* Where the extension begins (its dot), or the end. */
static size_t
extension_at(struct view name)
{
	for (size_t i = name.len; i-- > 1;)
		if (name.data[i] == '.')
			return name.len - i <= EXTENSION_MAX ? i : name.len;
	return name.len;
}

/* The longest beginning of at most max bytes that ends between code points and not inside an escape. */
static size_t
cut_at(struct view name, size_t max)
{
	if (name.len <= max)
		return name.len;
	size_t n = max;
	while (n > 0 && (name.data[n] & 0xc0) == 0x80)
		n--;
	for (size_t back = 1; back <= 2 && back <= n; back++)
		if (name.data[n - back] == '%')
			return n - back;
	return n;
}

/* stem, cut as needed, suffix, extension: at most PACKAGE_NAME_MAX bytes, also after escape_end(). */
static void
join(struct view cleaned, const char *suffix, struct buf *out)
{
	size_t dot = extension_at(cleaned);
	struct view stem = view_slice(cleaned, 0, dot), extension = view_slice(cleaned, dot, SIZE_MAX);
	size_t rest = strlen(suffix) + extension.len;
	if (stem.len + rest > PACKAGE_NAME_MAX)
		stem.len = cut_at(stem, PACKAGE_NAME_MAX - ESCAPE_GROWTH - rest);
	buf_clear(out);
	put(out, stem);
	put(out, view_str(suffix));
	put(out, extension);
	escape_end(out);
}

static void
clean(struct view component, struct buf *out)
{
	buf_clear(out);
	escape_component(component, out);
	escape_end(out);
	defuse_device(out);
}

/* parent "/" folded name: what must be unique. Local folders never differ in case alone, so parent needs no folding. */
static void
fold_path(struct view parent, struct view name, struct buf *out)
{
	buf_clear(out);
	put(out, parent);
	put(out, VIEW_LIT("/"));
	require(package_unicode_fold(name, out) == 0);
}

/* A name in parent (a local path) that no other there has, for one that was cleaned; into name. */
static void
place(struct package_names *n, struct view parent, struct view cleaned, struct buf *name)
{
	struct buf key;
	char suffix[SUFFIX_MAX] = "";
	buf_init(&key, LOCAL_MAX);
	join(cleaned, suffix, name);
	fold_path(parent, buf_view(name), &key);
	uint32_t *next = package_table_find(n->taken, buf_view(&key));
	uint32_t number = next == NULL ? 1 : *next;
	struct buf first;
	buf_init(&first, LOCAL_MAX);
	put(&first, buf_view(&key));
	while (package_table_find(n->taken, buf_view(&key)) != NULL) {
		number++;
		snprintf(suffix, sizeof(suffix), " (%u)", number);
		join(cleaned, suffix, name);
		fold_path(parent, buf_view(name), &key);
	}
	next = package_table_find(n->taken, buf_view(&first));
	if (next != NULL)
		*next = number;
	package_table_add(n->taken, buf_view(&key), 1);
	buf_deinit(&first);
	buf_deinit(&key);
}

static uint32_t
remember(struct package_names *n, struct view manifest_path, struct view local)
{
	require(n->count < UINT32_MAX);
	n->locals = mem_resize(n->locals, n->count + 1, sizeof(n->locals[0]));
	n->locals[n->count] = mem_printf("%.*s", VIEW_FMT(local));
	package_table_add(n->given, manifest_path, n->count);
	return n->count++;
}

/* The local path of a manifest path whose parent's local path is known ("" at the top). */
static uint32_t
descend(struct package_names *n, struct view parent_local, struct view manifest_path, struct view component)
{
	struct buf cleaned, name, local;
	buf_init(&cleaned, CLEAN_MAX);
	buf_init(&name, CLEAN_MAX);
	buf_init(&local, LOCAL_MAX);
	clean(component, &cleaned);
	place(n, parent_local, buf_view(&cleaned), &name);
	put(&local, parent_local);
	if (parent_local.len > 0)
		put(&local, VIEW_LIT("/"));
	put(&local, buf_view(&name));
	uint32_t at = remember(n, manifest_path, buf_view(&local));
	buf_deinit(&cleaned);
	buf_deinit(&name);
	buf_deinit(&local);
	return at;
}

int
package_names_local(struct package_names *n, struct view path, struct buf *out)
{
	struct view local = view_of(NULL, 0);
	int err = package_name_check(path);
	if (err != 0)
		return err;
	for (size_t end = 0; end < path.len; end++) {
		size_t start = end;
		end += view_find(view_slice(path, end, SIZE_MAX), '/');
		struct view so_far = view_slice(path, 0, end);
		uint32_t *known = package_table_find(n->given, so_far);
		uint32_t at = known != NULL ? *known : descend(n, local, so_far, view_slice(path, start, end - start));
		local = view_str(n->locals[at]);
	}
	n->is_changed = !view_equal(local, path);
	return buf_append_view(out, local);
}

bool
package_names_is_changed(const struct package_names *n)
{
	return n->is_changed;
}
