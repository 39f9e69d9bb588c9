/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with linear probing, at most half full. Grows with the number of names in a package, which has a limit
 * (PACKAGE_ENTRIES_MAX entries with at most 64 components).
 */
#include "package/table.h"

#include <string.h>

#include "base/mem.h"
#include "crypt/keyhash.h"
#include "crypt/secret.h"

#define CAP_FIRST 64

struct slot {
	uint8_t *key;     /* owned; NULL: free */
	size_t len;
	uint64_t hash;
	uint32_t value;
};

struct package_table {
	struct secret *key;
	struct slot *slots;
	size_t cap;       /* a power of two */
	size_t count;     /* at most cap / 2 */
};

struct package_table *
package_table_new(void)
{
	struct package_table *t = mem_alloc(sizeof(*t));
	t->key = secret_random(CRYPT_KEY_BYTES);
	t->cap = CAP_FIRST;
	t->slots = mem_array(t->cap, sizeof(t->slots[0]));
	return t;
}

void
package_table_free(struct package_table **t)
{
	if (*t == NULL)
		return;
	for (size_t i = 0; i < (*t)->cap; i++)
		mem_free(&(*t)->slots[i].key);
	mem_free(&(*t)->slots);
	secret_free(&(*t)->key);
	mem_free(t);
}

static uint64_t
hash_of(const struct package_table *t, struct view key)
{
	uint64_t v;
	struct hash h = crypt_keyhash(t->key, "provision/1/name-table", key);
	memcpy(&v, h.bytes, sizeof(v));
	return v;
}

/* The key's slot, or the free one where it would go. */
static struct slot *
probe(const struct package_table *t, uint64_t hash, struct view key)
{
	for (size_t i = (size_t)hash & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
		struct slot *s = &t->slots[i];
		if (s->key == NULL || (s->hash == hash && view_equal(view_of(s->key, s->len), key)))
			return s;
	}
}

static void
grow(struct package_table *t)
{
	struct slot *old = t->slots;
	size_t old_cap = t->cap;
	t->cap *= 2;
	t->slots = mem_array(t->cap, sizeof(t->slots[0]));
	for (size_t i = 0; i < old_cap; i++)
		if (old[i].key != NULL)
			*probe(t, old[i].hash, view_of(old[i].key, old[i].len)) = old[i];
	mem_free(&old);
}

uint32_t *
package_table_find(struct package_table *t, struct view key)
{
	struct slot *s = probe(t, hash_of(t, key), key);
	return s->key == NULL ? NULL : &s->value;
}

void
package_table_add(struct package_table *t, struct view key, uint32_t value)
{
	if ((t->count + 1) * 2 > t->cap)
		grow(t);
	uint64_t hash = hash_of(t, key);
	*probe(t, hash, key) = (struct slot){ mem_dup(key.data, key.len), key.len, hash, value };
	t->count++;
}
