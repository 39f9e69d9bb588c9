/* SPDX-License-Identifier: MIT */
/*
 * The operator changes the master key. Which files hold keys is not known here.
 */
#include "record/admin.pb-c.h"
#include "store/handle.h"
#include "store/keys.h"
#include "store/wire.h"

int
handle_master_rotate(struct store_call *c)
{
	Provision__KeyRotateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_keys_rotated done;
	int err = store_keys_rotate(c->store->keys, &done);

	if (err != 0)
		return err;
	provision__key_rotate_reply__init(reply);
	reply->rewrapped = done.rewrapped;
	reply->damaged = done.damaged;
	reply->old_master = wire_bytes(arena_dup(c->arena, id_view(&done.old_master)));
	reply->master = wire_bytes(arena_dup(c->arena, id_view(&done.master)));
	c->reply = &reply->base;
	return 0;
}
