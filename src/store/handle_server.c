/* SPDX-License-Identifier: MIT */
/*
 * What every client may know of the service. Needs no session and reads nothing from the disk.
 */
#include "store/clock_guard.h"
#include "store/handle.h"
#include "store/policy.h"
#include "store/retention.h"
#include "store/service.h"
#include "store/wire.h"

#include "record/account.pb-c.h"

int
handle_server_info(struct store_call *c)
{
	Provision__ServerInfoReply *reply = arena_alloc(c->arena, sizeof(*reply));
	const struct sign_public *key = store_service_sign_public(c->store->service);
	struct crypt_cost cost = store_service_cost(c->store->service);

	provision__server_info_reply__init(reply);
	reply->sign_key = wire_bytes(view_of(key->bytes, sizeof(key->bytes)));
	reply->memory_kib = cost.memory_kib;
	reply->passes = cost.passes;
	reply->now_ms = store_clock_guard_now_ms(c->store->clock);
	reply->service = wire_str(store_policy_service_name(c->settings));
	reply->package_max_bytes = store_policy_package_max_bytes(c->settings);
	reply->package_expiry_days = (uint32_t)(store_retention_ms(c->settings, STORE_RETENTION_WAITING) / CLOCK_DAY_MS);
	c->reply = &reply->base;
	return 0;
}
