/* SPDX-License-Identifier: MIT */
/*
 * A whole store in a folder of its own, with clocks that the test moves.
 */
#ifndef TESTS_STORE_RIG_H
#define TESTS_STORE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypt/init.h"
#include "crypt/secret.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/due.h"
#include "store/fixture.h"
#include "store/recovery.h"

#define RIG_DAY_MS 86400000ULL

struct rig {
	struct fixture dir;
	char *state, *mirror;
	struct secret *master;
	struct store_options options;
	struct store_clock_source clock;
	uint64_t wall_ms, boot_ms, boot_id;
	bool is_synchronised;
	struct store *store;
};

static inline uint64_t
rig_wall(void *arg)
{
	return ((struct rig *)arg)->wall_ms;
}

static inline uint64_t
rig_boot(void *arg)
{
	return ((struct rig *)arg)->boot_ms;
}

static inline bool
rig_is_synchronised(void *arg)
{
	return ((struct rig *)arg)->is_synchronised;
}

static inline uint64_t
rig_boot_id(void *arg)
{
	return ((struct rig *)arg)->boot_id;
}

/* Both clocks go on. */
static inline void
rig_pass(struct rig *r, uint64_t ms)
{
	r->wall_ms += ms;
	r->boot_ms += ms;
}

static inline struct rig *
rig_new(void)
{
	struct rig *r = mem_alloc(sizeof(*r));
	require(crypt_init() == 0);
	fixture_init(&r->dir);
	r->state = fixture_folder(&r->dir, "state");
	r->mirror = fixture_folder(&r->dir, "mirror");
	r->master = secret_random(CRYPT_KEY_BYTES);
	r->wall_ms = 1800000000000ULL;
	r->boot_ms = 5000000;
	r->boot_id = 1;
	r->clock = (struct store_clock_source){ rig_wall, rig_boot, rig_is_synchronised, rig_boot_id, r };
	r->options = (struct store_options){ .state_path = r->state, .master = r->master, .cache_bytes = 1 << 20,
	    .reserve_bytes = 1 << 20, .ballast_bytes = 1 << 16, .clock = &r->clock };
	return r;
}

static inline int
rig_try_open(struct rig *r)
{
	return store_recovery_open(&r->options, &r->store);
}

/* Open, with its threads. */
static inline void
rig_start(struct rig *r)
{
	assert_int_equal(rig_try_open(r), 0);
	store_recovery_start(r->store);
}

static inline void
rig_restart(struct rig *r)
{
	store_recovery_close(&r->store);
	rig_start(r);
}

static inline void
rig_free(struct rig **r)
{
	store_recovery_close(&(*r)->store);
	secret_free(&(*r)->master);
	fixture_deinit(&(*r)->dir);
	mem_free(&(*r)->state);
	mem_free(&(*r)->mirror);
	mem_free(r);
}

static inline int
rig_setup(void **state)
{
	struct rig *r = rig_new();
	rig_start(r);
	*state = r;
	return 0;
}

static inline int
rig_teardown(void **state)
{
	struct rig *r = *state;
	rig_free(&r);
	return 0;
}

/* A write whose body is a function of the test. */
#define RIG_RUN(r, fn, arg) store_committer_run((r)->store->committer, (fn), (arg))

#endif
