/* SPDX-License-Identifier: MIT */
/*
 * Buckets and the clients known to accounts; limiter.h says why. A bucket is one number (GCRA): the time at which it will
 * be full again. Knows no messages and no records; handlers call it, in prepare() only.
 */
#include "store/limiter.h"

#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "base/network.h"
#include "crypt/keyhash.h"
#include "crypt/secret.h"

#define WAYS 8
#define BUCKET_SETS 8192
#define KNOWN_SETS 4096
#define KNOWN_PER_ACCOUNT 4
#define KNOWN_MS (30ULL * 86400 * 1000)
#define FREE_SUBJECT_MAX 128

struct rate {
	uint32_t burst;
	uint32_t interval_ms;   /* one try comes back in that time */
};

static const struct rate rates[STORE_LIMIT_COUNT] = {
	[STORE_LIMIT_LOGIN_CLIENT] = { 100, 2000 },
	[STORE_LIMIT_LOGIN_ACCOUNT_CLIENT] = { 10, 15000 },
	[STORE_LIMIT_LOGIN_ACCOUNT] = { 30, 30000 },
	[STORE_LIMIT_LOGIN_FREE] = { 2, 600000 },
	[STORE_LIMIT_PARAMETERS] = { 200, 500 },
	[STORE_LIMIT_REGISTER] = { 100, 10000 },
	[STORE_LIMIT_REGISTER_MAIL] = { 5, 600000 },
	[STORE_LIMIT_REGISTER_MAILBOX] = { 20, 3600000 },
	[STORE_LIMIT_VERIFY] = { 10, 3600000 },
	[STORE_LIMIT_ENROL] = { 10, 60000 },
	[STORE_LIMIT_ACCOUNT] = { 500, 50 },
	[STORE_LIMIT_SECOND] = { 10, 180000 },          /* 480 a day, each right with 3 in a million */
	[STORE_LIMIT_SUBSCRIBE] = { 30, 2880000 },      /* 30 a day */
};

struct bucket {
	uint64_t tag;
	uint64_t full_ms;       /* when it is full again; in the past: full */
};

/* A client known to an account. */
struct known {
	uint32_t account;       /* tag */
	uint32_t client;        /* tag of account and client */
	uint64_t until_ms;
};

struct store_limiter {
	pthread_mutex_t lock;
	_Atomic uint64_t refused;
	struct secret *key;
	struct bucket buckets[BUCKET_SETS][WAYS];
	struct known known[KNOWN_SETS][WAYS];
};

struct store_limiter *
store_limiter_new(void)
{
	struct store_limiter *l = mem_alloc(sizeof(*l));
	l->key = secret_random(CRYPT_KEY_BYTES);
	require(pthread_mutex_init(&l->lock, NULL) == 0);
	return l;
}

void
store_limiter_free(struct store_limiter **l)
{
	if (*l == NULL)
		return;
	secret_free(&(*l)->key);
	pthread_mutex_destroy(&(*l)->lock);
	mem_free(l);
}

static uint64_t
tag_of(const struct store_limiter *l, uint8_t what, struct view subject, struct view client)
{
	uint8_t bytes[2 + FREE_SUBJECT_MAX + 16];
	struct hash h;
	uint64_t tag;

	require(subject.len <= FREE_SUBJECT_MAX && client.len <= 16);
	bytes[0] = what;
	bytes[1] = (uint8_t)subject.len;
	if (subject.len > 0)
		memcpy(bytes + 2, subject.data, subject.len);
	if (client.len > 0)
		memcpy(bytes + 2 + subject.len, client.data, client.len);
	h = crypt_keyhash(l->key, "provision/1/store/limiter", view_of(bytes, 2 + subject.len + client.len));
	memcpy(&tag, h.bytes, sizeof(tag));
	return tag;
}

/* The bucket of tag, or the one in its set that means least, taken over as a full one. */
static struct bucket *
bucket_of(struct store_limiter *l, uint64_t tag)
{
	struct bucket *set = l->buckets[tag % BUCKET_SETS];
	struct bucket *least = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].tag == tag)
			return &set[i];
		if (set[i].full_ms < least->full_ms)
			least = &set[i];
	}
	*least = (struct bucket){ .tag = tag };
	return least;
}

static bool
take(struct store_limiter *l, enum store_limit limit, struct view subject, struct view client, uint64_t now_ms)
{
	const struct rate *rate = &rates[limit];
	struct bucket *b = bucket_of(l, tag_of(l, (uint8_t)limit, subject, client));
	uint64_t from_ms = b->full_ms > now_ms ? b->full_ms : now_ms;

	if (from_ms - now_ms > (uint64_t)(rate->burst - 1) * rate->interval_ms)
		return false;
	b->full_ms = from_ms + rate->interval_ms;
	return true;
}

static void
give(struct store_limiter *l, enum store_limit limit, struct view subject, struct view client)
{
	struct bucket *b = bucket_of(l, tag_of(l, (uint8_t)limit, subject, client));
	uint64_t back_ms = rates[limit].interval_ms;

	b->full_ms = b->full_ms > back_ms ? b->full_ms - back_ms : 0;
}

static int
verdict(struct store_limiter *l, bool ok)
{
	l->refused += !ok;
	return ok ? 0 : ERR_BUSY;
}

uint64_t
store_limiter_refused(const struct store_limiter *l)
{
	return l->refused;
}

int
store_limiter_take(struct store_limiter *l, enum store_limit limit, struct view subject, struct view client,
    uint64_t now_ms)
{
	require(limit < STORE_LIMIT_COUNT);
	pthread_mutex_lock(&l->lock);
	bool ok = take(l, limit, subject, client, now_ms);
	pthread_mutex_unlock(&l->lock);
	return verdict(l, ok);
}

void
store_limiter_give(struct store_limiter *l, enum store_limit limit, struct view subject, struct view client)
{
	require(limit < STORE_LIMIT_COUNT);
	pthread_mutex_lock(&l->lock);
	give(l, limit, subject, client);
	pthread_mutex_unlock(&l->lock);
}

static struct known *
known_find(struct store_limiter *l, struct view account, struct view client, uint64_t now_ms)
{
	uint64_t set = tag_of(l, STORE_LIMIT_COUNT, account, view_of(NULL, 0));
	uint32_t tag = (uint32_t)tag_of(l, STORE_LIMIT_COUNT + 1, account, client);

	for (size_t i = 0; i < WAYS; i++) {
		struct known *k = &l->known[set % KNOWN_SETS][i];
		if (k->until_ms > now_ms && k->account == (uint32_t)(set >> 32) && k->client == tag)
			return k;
	}
	return NULL;
}

/* Takes the place of the oldest: of the account's own once it has its share, so that nobody crowds out others. */
static void
known_add(struct store_limiter *l, struct view account, struct view client, uint64_t now_ms)
{
	uint64_t set = tag_of(l, STORE_LIMIT_COUNT, account, view_of(NULL, 0));
	struct known *oldest = NULL, *oldest_own = NULL;
	unsigned own = 0;

	for (size_t i = 0; i < WAYS; i++) {
		struct known *k = &l->known[set % KNOWN_SETS][i];
		if (k->account == (uint32_t)(set >> 32) && k->until_ms > now_ms) {
			own++;
			if (oldest_own == NULL || k->until_ms < oldest_own->until_ms)
				oldest_own = k;
		}
		if (oldest == NULL || k->until_ms < oldest->until_ms)
			oldest = k;
	}
	*(own >= KNOWN_PER_ACCOUNT ? oldest_own : oldest) = (struct known){
		.account = (uint32_t)(set >> 32),
		.client = (uint32_t)tag_of(l, STORE_LIMIT_COUNT + 1, account, client),
		.until_ms = now_ms + KNOWN_MS,
	};
}

static bool
login_allowed(struct store_limiter *l, struct view account, struct view client, uint64_t now_ms)
{
	struct view none = view_of(NULL, 0);

	if (!take(l, STORE_LIMIT_LOGIN_CLIENT, none, client, now_ms))
		return false;
	if (!take(l, STORE_LIMIT_LOGIN_ACCOUNT_CLIENT, account, client, now_ms))
		return false;
	if (known_find(l, account, client, now_ms) != NULL)
		return true;
	if (take(l, STORE_LIMIT_LOGIN_FREE, account, client, now_ms))
		return true;
	return take(l, STORE_LIMIT_LOGIN_ACCOUNT, account, none, now_ms);
}

int
store_limiter_login(struct store_limiter *l, struct view account, struct view client, uint64_t now_ms)
{
	pthread_mutex_lock(&l->lock);
	bool ok = login_allowed(l, account, client, now_ms);
	pthread_mutex_unlock(&l->lock);
	return verdict(l, ok);
}

void
store_limiter_login_right(struct store_limiter *l, struct view account, struct view client, uint64_t now_ms)
{
	pthread_mutex_lock(&l->lock);
	give(l, STORE_LIMIT_LOGIN_CLIENT, view_of(NULL, 0), client);
	give(l, STORE_LIMIT_LOGIN_ACCOUNT_CLIENT, account, client);
	struct known *k = known_find(l, account, client, now_ms);
	if (k != NULL) {
		k->until_ms = now_ms + KNOWN_MS;
	} else {
		give(l, STORE_LIMIT_LOGIN_FREE, account, client);
		known_add(l, account, client, now_ms);
	}
	pthread_mutex_unlock(&l->lock);
}

struct view
store_limiter_client(struct view address)
{
	address = network_own_bytes(address);
	return address.len == 16 ? view_slice(address, 0, 8) : address;
}
