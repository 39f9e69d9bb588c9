/* SPDX-License-Identifier: MIT */
/*
 * Looks whether the slots of a row are as the row says, in both copies. Changes nothing.
 */
#include "store/keys_impl.h"

#include <string.h>

static bool
is_dead(const struct store_slot_bytes *bytes)
{
	uint64_t generation;
	return store_slot_look(bytes, &generation) == STORE_SLOT_DEAD;
}

int
store_keys_check(struct store_keys *k, struct view key, struct view value, bool *is_living_r, bool *is_mirrored_r)
{
	struct store_slot_bytes here, there;
	struct store_key_name name;
	struct store_key_row row;
	struct secret *secret = NULL;
	store_keys_decode_row(key, value, &name, &row);
	*is_living_r = row.is_live;
	pthread_mutex_lock(&k->lock);
	int err = store_slot_file_read(&k->primary, row.number, 1, &here);
	int mirror_err = k->mirror_state == MIRROR_HERE ? store_slot_file_read(&k->mirror, row.number, 1, &there) : ERR_UNAVAILABLE;
	bool is_unmirrored = k->mirror_state == MIRROR_NONE;
	pthread_mutex_unlock(&k->lock);
	*is_mirrored_r = is_unmirrored || (err == 0 && mirror_err == 0 && memcmp(&here, &there, sizeof(here)) == 0);
	if (err != 0)
		return err;
	if (!row.is_live)
		return is_dead(&here) ? 0 : ERR_STATE;
	struct store_slot slot = { row.number, row.generation, name };
	err = store_slot_unwrap(store_keys_master_of(k, &here), &slot, &here, &secret);
	secret_free(&secret);
	return err;
}
