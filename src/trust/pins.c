/* SPDX-License-Identifier: MIT */
/*
 * The pin store: its root, its pages and their seals. Every pin has a place, the first 32 bits of a keyed hash; a page holds
 * all places from its beginning to the next page's, and its size is a power of two (depth: how many bits of the place are
 * fixed). A page that is full is cut in the middle: its first half keeps the beginning and thereby the name, so that
 * nothing has ever to be removed at the server. What a key change means is decided in trust/meet.c. Clients only.
 */
#include "trust/pins.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/derive.h"
#include "crypt/keyhash.h"
#include "crypt/record.h"
#include "trust/statement.h"

#define ROOT_MAGIC "PVpn"
#define PAGE_MAGIC "PVpp"
#define ROOT_PURPOSE "provision/1/pin-store"
#define PAGE_PURPOSE "provision/1/pin-page"
#define PAGE_HASH "provision/1/pin-page-hash"
#define PLACE_PURPOSE "provision/1/pin-place"
#define HEAD_BYTES (TRUST_STATEMENT_MAGIC_LEN + 2 + 8)
#define ENTRY_BYTES (1 + CRYPT_HASH_BYTES)
#define DEPTH_MAX 31
#define PLACES ((uint64_t)1 << 32)

_Static_assert(TRUST_PINS_ROOT_BYTES_MAX == HEAD_BYTES + CRYPT_RECORD_OVERHEAD + 4 + TRUST_PINS_PAGES_MAX * ENTRY_BYTES, "root");
_Static_assert(TRUST_PINS_PAGE_BYTES_MAX == HEAD_BYTES + CRYPT_RECORD_OVERHEAD + TRUST_PINPAGE_PLAIN_MAX, "page");

struct page {
	uint32_t at;              /* its first place */
	uint8_t depth;            /* 2^(32 - depth) places are its */
	bool is_there;            /* else only the hash is known */
	bool is_changed;          /* since the last seal: the hash is not true */
	struct hash hash;         /* of the page as sealed */
	struct trust_pinpage content;
	struct buf sealed;        /* by the last seal; else empty */
};

struct trust_pins {
	struct id account;
	struct secret *key, *place_key;
	struct page *pages;       /* together every place once, ascending */
	size_t count;
};

static struct trust_pins *
make(const struct id *account, const struct secret *key)
{
	struct trust_pins *p = mem_alloc(sizeof(*p));
	p->account = *account;
	p->key = secret_copy(key);
	p->place_key = crypt_derive(key, PLACE_PURPOSE, id_view(account));
	return p;
}

/* Room for one more page before the i-th. */
static struct page *
insert_page(struct trust_pins *p, size_t i, uint32_t at, uint8_t depth)
{
	p->pages = mem_resize(p->pages, p->count + 1, sizeof(p->pages[0]));
	memmove(&p->pages[i + 1], &p->pages[i], (p->count - i) * sizeof(p->pages[0]));
	p->count++;
	p->pages[i] = (struct page){ .at = at, .depth = depth };
	buf_init(&p->pages[i].sealed, TRUST_PINS_PAGE_BYTES_MAX);
	return &p->pages[i];
}

struct trust_pins *
trust_pins_new(const struct id *account, const struct secret *key)
{
	struct trust_pins *p = make(account, key);
	struct page *page = insert_page(p, 0, 0, 0);
	page->is_there = page->is_changed = true;
	return p;
}

void
trust_pins_free(struct trust_pins **p)
{
	if (*p == NULL)
		return;
	for (size_t i = 0; i < (*p)->count; i++) {
		trust_pinpage_deinit(&(*p)->pages[i].content);
		buf_deinit(&(*p)->pages[i].sealed);
	}
	mem_free(&(*p)->pages);
	secret_free(&(*p)->key);
	secret_free(&(*p)->place_key);
	mem_free(p);
}

/* --- places and pages */

static uint32_t
place_of(const struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal)
{
	uint8_t name[1 + ID_BYTES] = { (uint8_t)kind };
	memcpy(name + 1, principal->bytes, ID_BYTES);
	struct hash h = crypt_keyhash(p->place_key, PLACE_PURPOSE, view_of(name, sizeof(name)));
	struct cursor c = cursor_of(crypt_hash_view(&h));
	return cursor_u32(&c);
}

/* The page that a place is on. */
static size_t
page_of(const struct trust_pins *p, uint32_t place)
{
	size_t low = 0, high = p->count;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		if (p->pages[mid].at <= place)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static size_t
page_of_pin(const struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal)
{
	return page_of(p, place_of(p, kind, principal));
}

bool
trust_pins_lacks(const struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal, uint32_t *at_r)
{
	const struct page *page = &p->pages[page_of_pin(p, kind, principal)];
	*at_r = page->at;
	return !page->is_there;
}

bool
trust_pins_lacks_any(const struct trust_pins *p, uint32_t *at_r)
{
	for (size_t i = 0; i < p->count; i++) {
		*at_r = p->pages[i].at;
		if (!p->pages[i].is_there)
			return true;
	}
	return false;
}

size_t
trust_pins_count(const struct trust_pins *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->count; i++)
		n += p->pages[i].content.count;
	return n;
}

static int
compare(const void *a, const void *b)
{
	const struct trust_pin *x = *(const struct trust_pin *const *)a, *y = *(const struct trust_pin *const *)b;
	return trust_pinpage_compare(x->kind, &x->principal, y);
}

const struct trust_pin **
trust_pins_sorted(const struct trust_pins *p)
{
	size_t n = 0, count = trust_pins_count(p);
	const struct trust_pin **all = mem_array(count + 1, sizeof(all[0]));
	for (size_t i = 0; i < p->count; i++)
		for (size_t k = 0; k < p->pages[i].content.count; k++)
			all[n++] = &p->pages[i].content.rows[k];
	qsort(all, count, sizeof(all[0]), compare);
	return all;
}

const struct trust_pin *
trust_pins_find(const struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal)
{
	const struct page *page = &p->pages[page_of_pin(p, kind, principal)];
	require(page->is_there);
	return trust_pinpage_find(&page->content, kind, principal);
}

/* --- changing */

/* The i-th page becomes two. */
static void
split(struct trust_pins *p, size_t i)
{
	struct trust_pinpage rows = p->pages[i].content;
	uint8_t depth = ++p->pages[i].depth;
	struct page *second = insert_page(p, i + 1, p->pages[i].at | (uint32_t)(PLACES >> depth), depth);
	struct page *first = &p->pages[i];
	first->content = (struct trust_pinpage){ .rows = NULL };
	second->is_there = second->is_changed = first->is_changed = true;
	for (size_t k = 0; k < rows.count; k++) {
		struct page *half = place_of(p, rows.rows[k].kind, &rows.rows[k].principal) < second->at ? first : second;
		require(trust_pinpage_put(&half->content, &rows.rows[k]) == 0);
	}
	trust_pinpage_deinit(&rows);
}

int
trust_pins_put(struct trust_pins *p, const struct trust_pin *pin)
{
	uint32_t place = place_of(p, pin->kind, &pin->principal);
	for (;;) {
		size_t i = page_of(p, place);
		require(p->pages[i].is_there);
		if (trust_pinpage_put(&p->pages[i].content, pin) == 0) {
			p->pages[i].is_changed = true;
			return 0;
		}
		if (p->count == TRUST_PINS_PAGES_MAX || p->pages[i].depth == DEPTH_MAX)
			return ERR_LIMIT;
		split(p, i);
	}
}

/* --- sealing */

/* purpose || 0 || account || version, and of a page its first place and depth */
static void
associated_data(const struct trust_pins *p, const struct page *page, uint64_t version, struct buf *out)
{
	buf_init(out, sizeof(ROOT_PURPOSE) + ID_BYTES + 8 + 4 + 1);
	struct encoder e = encoder_of(out);
	if (page != NULL)
		encoder_bytes(&e, PAGE_PURPOSE, sizeof(PAGE_PURPOSE));
	else
		encoder_bytes(&e, ROOT_PURPOSE, sizeof(ROOT_PURPOSE));
	encoder_bytes(&e, p->account.bytes, ID_BYTES);
	encoder_u64(&e, version);
	if (page != NULL) {
		encoder_u32(&e, page->at);
		encoder_u8(&e, page->depth);
	}
	require(encoder_end(&e) == 0);
}

/* page: NULL for the root. */
static void
seal(const struct trust_pins *p, const struct page *page, uint64_t version, struct buf *plain, struct buf *out)
{
	struct buf ad;
	struct encoder e = encoder_of(out);
	associated_data(p, page, version, &ad);
	trust_statement_begin(&e, page != NULL ? PAGE_MAGIC : ROOT_MAGIC);
	encoder_u64(&e, version);
	require(encoder_end(&e) == 0);
	require(crypt_record_seal(p->key, buf_view(&ad), buf_view(plain), out) == 0);
	buf_wipe(plain);
	buf_deinit(&ad);
}

static void
seal_page(const struct trust_pins *p, struct page *page, uint64_t version, struct buf *plain)
{
	buf_clear(&page->sealed);
	if (!page->is_changed)
		return;
	trust_pinpage_write(&page->content, plain);
	seal(p, page, version, plain, &page->sealed);
	page->hash = crypt_hash(PAGE_HASH, buf_view(&page->sealed));
	page->is_changed = false;
}

void
trust_pins_seal(struct trust_pins *p, uint64_t version, struct buf *root)
{
	struct buf plain;
	buf_init(&plain, TRUST_PINS_ROOT_BYTES_MAX);
	for (size_t i = 0; i < p->count; i++)
		seal_page(p, &p->pages[i], version, &plain);
	struct encoder e = encoder_of(&plain);
	encoder_u32(&e, (uint32_t)p->count);
	for (size_t i = 0; i < p->count; i++) {
		encoder_u8(&e, p->pages[i].depth);
		encoder_view(&e, crypt_hash_view(&p->pages[i].hash));
	}
	require(encoder_end(&e) == 0);
	seal(p, NULL, version, &plain, root);
	buf_deinit(&plain);
}

size_t
trust_pins_sealed_count(const struct trust_pins *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->count; i++)
		n += p->pages[i].sealed.len > 0;
	return n;
}

struct view
trust_pins_sealed_at(const struct trust_pins *p, size_t i, uint32_t *at_r)
{
	size_t k = 0;
	for (;; k++) {
		require(k < p->count);
		if (p->pages[k].sealed.len > 0 && i-- == 0)
			break;
	}
	*at_r = p->pages[k].at;
	return buf_view(&p->pages[k].sealed);
}

/* --- opening */

/* magic || version of the format || version of the store; the record follows */
static int
get_head(struct cursor *c, const char *magic, uint64_t *version_r)
{
	int err = trust_statement_open(c, magic);
	if (err != 0)
		return err;
	*version_r = cursor_u64(c);
	return c->err != 0 || *version_r == 0 ? ERR_SYNTAX : 0;
}

static int
open_record(const struct trust_pins *p, const struct page *page, uint64_t version, struct view record, struct buf *plain)
{
	struct buf ad;
	associated_data(p, page, version, &ad);
	int err = crypt_record_open(p->key, buf_view(&ad), record, plain);
	buf_deinit(&ad);
	return err;
}

/* u32 count || entries: every place belongs to one page. */
static int
get_pages(struct view plain, struct trust_pins *p)
{
	struct cursor c = cursor_of(plain);
	uint64_t at = 0;
	uint32_t n = cursor_u32(&c);
	if (n > TRUST_PINS_PAGES_MAX)
		cursor_fail(&c);
	for (uint32_t i = 0; i < n && c.err == 0; i++) {
		uint8_t depth = cursor_u8(&c);
		if (depth > DEPTH_MAX || at >= PLACES || at % (PLACES >> depth) != 0)
			cursor_fail(&c);
		if (c.err != 0)
			break;
		insert_page(p, i, (uint32_t)at, depth)->hash = trust_statement_get_hash(&c);
		at += PLACES >> depth;
	}
	if (at != PLACES)
		cursor_fail(&c);
	return cursor_end(&c);
}

int
trust_pins_open(struct view root, const struct id *account, uint64_t said_version, uint64_t highest, const struct secret *key,
    struct trust_pins **p_r)
{
	struct cursor c = cursor_of(root);
	struct buf plain;
	uint64_t version;
	if (root.len == 0)
		return ERR_TRUST;
	int err = get_head(&c, ROOT_MAGIC, &version);
	if (err != 0)
		return err;
	if (version != said_version || version < highest)
		return ERR_TRUST;
	struct trust_pins *p = make(account, key);
	buf_init(&plain, TRUST_PINS_ROOT_BYTES_MAX);
	err = open_record(p, NULL, version, c.rest, &plain);
	if (err == 0)
		err = get_pages(buf_view(&plain), p);
	buf_wipe(&plain);
	buf_deinit(&plain);
	if (err == 0)
		*p_r = p;
	else
		trust_pins_free(&p);
	return err;
}

/* Rows that belong elsewhere would never be found. */
static int
check_places(const struct trust_pins *p, const struct page *page)
{
	for (size_t i = 0; i < page->content.count; i++) {
		const struct trust_pin *row = &page->content.rows[i];
		if (page != &p->pages[page_of_pin(p, row->kind, &row->principal)])
			return ERR_SYNTAX;
	}
	return 0;
}

static int
read_page(const struct trust_pins *p, struct page *page, struct view sealed)
{
	struct cursor c = cursor_of(sealed);
	struct buf plain;
	uint64_t version;
	int err = get_head(&c, PAGE_MAGIC, &version);
	if (err != 0)
		return err;
	buf_init(&plain, TRUST_PINPAGE_PLAIN_MAX);
	err = open_record(p, page, version, c.rest, &plain);
	if (err == 0)
		err = trust_pinpage_read(buf_view(&plain), &page->content);
	buf_wipe(&plain);
	buf_deinit(&plain);
	return err == 0 ? check_places(p, page) : err;
}

int
trust_pins_take(struct trust_pins *p, uint32_t at, struct view page)
{
	struct page *named = &p->pages[page_of(p, at)];
	struct hash hash = crypt_hash(PAGE_HASH, page);
	if (named->at != at)
		return ERR_TRUST;
	if (named->is_there)
		return 0;
	if (!crypt_hash_equal(&hash, &named->hash))
		return ERR_TRUST;
	int err = read_page(p, named, page);
	named->is_there = err == 0;
	if (err != 0)
		trust_pinpage_deinit(&named->content);
	return err;
}
