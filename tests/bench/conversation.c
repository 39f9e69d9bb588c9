/* SPDX-License-Identifier: MIT */
/*
 * Conversations in numbers.
 *
 *     conversation stock [SUBSCRIPTIONS] [MESSAGES]     the last page among MESSAGES in SUBSCRIPTIONS (1000000 in 1000), and among
 *         1000 in one, at the store's link, in turns, of the many any one each time: as the first thing after the store started (cold),
 *         and after others (warm); for information also each of the many for the first time, in a row, against the one that is warm.
 *         The files of both lie in the operating system's page cache. Exit 1 when a ratio of the medians of the time is above 1.5
 *     conversation say URL CA SECONDS FILE              durable messages a second over HTTPS, one client for each line of FILE:
 *         "SUBSCRIPTION TOKEN" of a customer; and in turns what the disk of FILE's folder does; exit 1 when the ratio is below 1.5
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/ask.h"
#include "api/client.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "crypt/init.h"
#include "crypt/random.h"
#include "record/conversation.pb-c.h"
#include "store/entries.h"
#include "store/handle.h"
#include "store/handlers.h"
#include "store/links.h"
#include "store/listeners.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/subscription.h"
#include "store/wire.h"

#define WEB IPC_ROLE_BIT(IPC_ROLE_WEB)
#define TEXT_BYTES 200
#define BATCH 20000U
#define LOADING_CACHE (1ULL << 30)
#define WARM_PAGES 400
#define COLD_PAGES 60
#define WANTED_PAGES 1.5
#define WANTED_RATE 1.5
#define CLIENTS_MAX 64
#define SLICE_MS 500
#define APPEND_BYTES 8192

/* ---- the stock ---- */

struct stock {
	struct rig *rig;
	struct links *links;
	struct ipc_call *link;
	unsigned subscriptions, messages;
	struct id company, *customers, *ids;
	uint8_t (*tokens)[32];
	unsigned next;              /* message or customer to be made */
};

static struct id opening;           /* whose session open_session() makes */

static int
open_session(struct store_call *c)
{
	static uint8_t byte[1];
	Provision__StoredAccount account = PROVISION__STORED_ACCOUNT__INIT;
	Provision__StoredPins pins = PROVISION__STORED_PINS__INIT;
	struct store_key_name key = { STORE_KEY_ACCOUNT, opening, 0 };
	Provision__SessionOpenReply *reply;
	Provision__Caller caller = PROVISION__CALLER__INIT;
	account.statement = account.wrapped_keys = pins.pins = (ProtobufCBinaryData){ 1, byte };
	pins.pages = 2;          /* not one: none comes with the answer */
	int err = store_records_put(c->store, c->tx, STORE_TABLE_PINS, id_view(&opening), &key, &pins.base);
	if (err == 0)
		err = store_session_open(c, &caller, &opening, &account, &reply);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

static const struct store_handler handlers[] = {
	{ IPC_SESSION_OPEN, WEB, STORE_CALL_GROWS, NULL, open_session },
	{ IPC_HISTORY_LIST, WEB, 0, handle_history_list, NULL },
};

static int
make_party(struct store *s, struct store_txn *tx, enum store_key_kind kind, struct id *id_r)
{
	Provision__StoredParty party = PROVISION__STORED_PARTY__INIT;
	struct store_key_name key = { kind, { { 0 } }, 0 };
	crypt_random(id_r->bytes, ID_BYTES);
	key.owner = *id_r;
	int err = store_keys_create(s->keys, tx, &key);
	return err != 0 ? err : store_records_put(s, tx, STORE_TABLE_PARTY, id_view(id_r), &key, &party.base);
}

static int
make_people(void *arg, struct store_txn *tx)
{
	struct stock *k = arg;
	struct store *s = k->rig->store;
	int err = k->next == 0 ? make_party(s, tx, STORE_KEY_COMPANY, &k->company) : 0;
	for (unsigned end = k->next + BATCH; err == 0 && k->next < end && k->next < k->subscriptions; k->next++) {
		err = make_party(s, tx, STORE_KEY_ACCOUNT, &k->customers[k->next]);
		if (err == 0)
			err = store_subscription_make(s, tx, &k->customers[k->next], &k->company, &k->ids[k->next]);
	}
	return err;
}

/* One message to each conversation in turn, as they come. */
static int
make_messages(void *arg, struct store_txn *tx)
{
	struct stock *k = arg;
	struct store *s = k->rig->store;
	int err = 0;
	for (unsigned end = k->next + BATCH; err == 0 && k->next < end && k->next < k->messages; k->next++) {
		struct arena *a = store_records_arena();
		struct id id, *subscription = &k->ids[k->next % k->subscriptions];
		uint8_t text[TEXT_BYTES];
		Provision__StoredEntry r = PROVISION__STORED_ENTRY__INIT;
		Provision__StoredSubscription *of;
		struct store_entry_place place;
		crypt_random(id.bytes, ID_BYTES);
		for (size_t i = 0; i < TEXT_BYTES; i++)
			text[i] = (uint8_t)('a' + (i * (k->next + 7)) % 26);
		r.kind = PROVISION__ENTRY_KIND__ENTRY_KIND_TEXT;
		r.author = wire_of_id(&k->customers[k->next % k->subscriptions]);
		r.text = wire_bytes(view_of(text, TEXT_BYTES));
		err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, id_view(subscription), &of);
		if (err == 0)
			err = store_entries_add(s, tx, NULL, subscription, of, &id, &r, &place);
		arena_free(&a);
	}
	return err;
}

static void
fill(struct stock *k, int (*make)(void *arg, struct store_txn *tx), unsigned count)
{
	for (k->next = 0; k->next < count;)
		require(store_committer_run_alone(k->rig->store->index, make, k) == 0);
}

/* As the process does it. */
static void
begin(struct stock *k)
{
	int number;
	store_recovery_start(k->rig->store);
	k->links = links_new(k->rig, handlers, sizeof(handlers) / sizeof(handlers[0]));
	k->link = links_connect(k->links, IPC_ROLE_WEB, &number);
}

static void
end(struct stock *k)
{
	ipc_call_close(&k->link);
	links_free(&k->links);
	store_service_close(&k->rig->store->service);
	store_recovery_close(&k->rig->store);
}

static void
open_store(struct stock *k)
{
	require(rig_try_open(k->rig) == 0);
	require(store_service_open(k->rig->store, &k->rig->store->service) == 0);
}

static struct stock *
stock_new(unsigned subscriptions, unsigned messages)
{
	struct stock *k = mem_alloc(sizeof(*k));
	k->subscriptions = subscriptions;
	k->messages = messages;
	k->customers = mem_array(subscriptions, sizeof(*k->customers));
	k->ids = mem_array(subscriptions, sizeof(*k->ids));
	k->tokens = mem_array(subscriptions, sizeof(*k->tokens));
	k->rig = rig_new();
	k->rig->options.clock = NULL;
	k->rig->options.cache_bytes = LOADING_CACHE;
	k->rig->options.ballast_bytes = 0;
	k->rig->options.due_kinds = store_handlers_due_kinds(&k->rig->options.due_kind_count);
	open_store(k);
	fill(k, make_people, subscriptions);
	fill(k, make_messages, messages);
	/* what is measured has the cache that it has without a configuration */
	store_service_close(&k->rig->store->service);
	store_recovery_close(&k->rig->store);
	k->rig->options.cache_bytes = 0;
	open_store(k);
	begin(k);
	return k;
}

static void
stock_free(struct stock **stock)
{
	struct stock *k = *stock;
	end(k);
	rig_free(&k->rig);
	mem_free(&k->customers);
	mem_free(&k->ids);
	mem_free(&k->tokens);
	mem_free(stock);
}

static void
log_in(struct stock *k, unsigned i)
{
	static uint8_t key[32];
	struct arena *a = arena_new(1 << 20);
	Provision__Caller caller = PROVISION__CALLER__INIT;
	Provision__SessionOpen m = PROVISION__SESSION_OPEN__INIT;
	const struct ProtobufCMessage *reply;
	m.caller = &caller;
	m.email = wire_str("bench@example.org");
	m.auth_key = (ProtobufCBinaryData){ 32, key };
	opening = k->customers[i];
	require(ipc_call(k->link, IPC_SESSION_OPEN, &m.base, 60000, a, &reply, NULL) == 0);
	memcpy(k->tokens[i], ((const Provision__SessionOpenReply *)reply)->session.data, 32);
	arena_free(&a);
}

/* Times of last pages, in microseconds. */
struct times {
	double wall[WARM_PAGES], cpu[WARM_PAGES];    /* cpu: of all threads */
	unsigned count;
};

static double
now_us(clockid_t clock)
{
	struct timespec t;
	require(clock_gettime(clock, &t) == 0);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* One last page of 50. */
static void
page(struct stock *k, unsigned i, struct times *times)
{
	struct arena *a = arena_new(1 << 20);
	Provision__Caller caller = PROVISION__CALLER__INIT;
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	const struct ProtobufCMessage *reply;
	caller.session = (ProtobufCBinaryData){ 32, k->tokens[i] };
	m.caller = &caller;
	m.subscription = wire_of_id(&k->ids[i]);
	m.limit = 50;
	double wall = now_us(CLOCK_MONOTONIC), cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
	require(ipc_call(k->link, IPC_HISTORY_LIST, &m.base, 60000, a, &reply, NULL) == 0);
	times->wall[times->count] = now_us(CLOCK_MONOTONIC) - wall;
	times->cpu[times->count++] = now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	require(((const Provision__HistoryListReply *)reply)->n_items == 50);
	arena_free(&a);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* The ratio of the medians; says them, and between which values half of the pages lie. */
static double
judge(const char *what, const char *unit, double *many, double *one, unsigned count)
{
	qsort(many, count, sizeof(many[0]), compare);
	qsort(one, count, sizeof(one[0]), compare);
	double ratio = many[count / 2] / one[count / 2];
	printf("last page, %s, %s: %.0f us (half: %.0f to %.0f) among many, %.0f us (half: %.0f to %.0f) among 1000 in one, ratio %.2f\n", what,
	    unit, many[count / 2], many[count / 4], many[count * 3 / 4], one[count / 2], one[count / 4], one[count * 3 / 4], ratio);
	return ratio;
}

static bool
tell(const char *what, struct times *many, struct times *one)
{
	double ratio = judge(what, "time", many->wall, one->wall, many->count);
	(void)judge(what, "CPU", many->cpu, one->cpu, many->count);
	return ratio <= WANTED_PAGES;
}

static void
cold_page(struct stock *k, unsigned i, struct times *times)
{
	open_store(k);
	begin(k);
	page(k, i, times);
	end(k);
}

/* In turns, so that both see the same other load, one store at a time. */
static bool
measure_cold(struct stock *large, struct stock *small)
{
	struct times many = { .count = 0 }, one = { .count = 0 };
	end(large);
	end(small);
	for (unsigned i = 0; i < COLD_PAGES; i++) {
		cold_page(large, crypt_random_below(large->subscriptions), &many);
		cold_page(small, 0, &one);
	}
	open_store(large);
	begin(large);
	open_store(small);
	begin(small);
	return tell("cold", &many, &one);
}

static bool
measure_warm(struct stock *large, struct stock *small)
{
	struct times many = { .count = 0 }, one = { .count = 0 };
	/* once through, in turns: each of the many for the first time since the start, for which the one has no counterpart */
	for (unsigned i = 0; i < large->subscriptions; i++) {
		page(large, i, &many);
		page(small, 0, &one);
		if (many.count == WARM_PAGES || i + 1 == large->subscriptions) {
			(void)tell("the first of each, in a row", &many, &one);
			many.count = one.count = 0;
		}
	}
	for (unsigned i = 0; i < WARM_PAGES; i++) {
		page(large, crypt_random_below(large->subscriptions), &many);
		page(small, 0, &one);
	}
	return tell("warm", &many, &one);
}

static int
measure_stock(unsigned subscriptions, unsigned messages)
{
	uint64_t start = clock_mono_ms();
	struct stock *large = stock_new(subscriptions, messages), *small = stock_new(1, 1000);
	printf("stock: %u messages in %u subscriptions, made in %llu s\n", messages, subscriptions,
	    (unsigned long long)(clock_mono_ms() - start) / 1000);
	log_in(small, 0);
	for (unsigned i = 0; i < subscriptions; i++)
		log_in(large, i);
	bool is_good = measure_cold(large, small);
	is_good &= measure_warm(large, small);
	printf("wanted: ratios of the time of at most %.1f\n", WANTED_PAGES);
	stock_free(&large);
	stock_free(&small);
	return is_good ? 0 : 1;
}

/* ---- through HTTPS ---- */

struct client {
	pthread_t thread;
	const char *url, *authority;
	struct id subscription;
	struct secret *token;
	uint64_t until_ms, done;
};

static void *
run_client(void *arg)
{
	struct client *c = arg;
	struct api_options o = { .url = c->url, .ca_file = c->authority, .patience_ms = 10000 };
	struct api_client *api = NULL;
	struct arena *a = arena_new(1 << 20);
	char text[TEXT_BYTES + 1];
	require(api_client_new(&o, &api) == 0);
	api_client_set_session(api, c->token);
	memset(text, 'x', TEXT_BYTES);
	text[TEXT_BYTES] = '\0';
	while (clock_mono_ms() < c->until_ms) {
		Provision__MessageCreate m = PROVISION__MESSAGE_CREATE__INIT;
		const struct ProtobufCMessage *reply;
		struct id id;
		crypt_random(id.bytes, ID_BYTES);
		arena_reset(a);
		m.subscription = wire_of_id(&c->subscription);
		m.message = wire_of_id(&id);
		m.text = wire_str(text);
		require(api_ask(api, "createMessage", &m.base, a, &reply) == 0);
		c->done++;
	}
	arena_free(&a);
	api_client_free(&api);
	return NULL;
}

static double
measure_say(struct client *clients, size_t count, uint64_t ms)
{
	uint64_t done = 0, start = clock_mono_ms();
	for (size_t i = 0; i < count; i++) {
		clients[i].done = 0;
		clients[i].until_ms = start + ms;
		require(pthread_create(&clients[i].thread, NULL, run_client, &clients[i]) == 0);
	}
	for (size_t i = 0; i < count; i++) {
		require(pthread_join(clients[i].thread, NULL) == 0);
		done += clients[i].done;
	}
	return (double)done * 1000 / (double)(clock_mono_ms() - start);
}

static double
measure_disk(const char *beside, uint64_t ms)
{
	static uint8_t content[APPEND_BYTES];
	char *path = mem_printf("%s.append", beside);
	uint64_t n = 0, start = clock_mono_ms();
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	require(fd >= 0);
	for (; clock_mono_ms() < start + ms; n++)
		require(file_write_full(fd, content, APPEND_BYTES) == 0 && fdatasync(fd) == 0);
	file_close(&fd);
	(void)unlink(path);
	mem_free(&path);
	return (double)n * 1000 / (double)(clock_mono_ms() - start);
}

static size_t
read_clients(const char *path, const char *url, const char *authority, struct client *clients)
{
	char id[64], token[64];
	size_t n = 0;
	FILE *f = fopen(path, "re");
	require(f != NULL);
	for (; n < CLIENTS_MAX && fscanf(f, "%63s %63s", id, token) == 2; n++) {
		struct buf bytes;
		buf_init(&bytes, API_SESSION_BYTES);
		clients[n] = (struct client){ .url = url, .authority = authority };
		require(id_parse(view_str(id), &clients[n].subscription) == 0 && text_unbase64url(view_str(token), &bytes) == 0);
		clients[n].token = secret_from_view(buf_view(&bytes));
		buf_deinit(&bytes);
	}
	(void)fclose(f);
	return n;
}

static int
measure_https(const char *url, const char *authority, unsigned seconds, const char *path)
{
	static struct client clients[CLIENTS_MAX];
	size_t count = read_clients(path, url, authority, clients);
	double disk = 0, said = 0;
	require(seconds >= 1 && count >= 1);
	(void)measure_say(clients, count, SLICE_MS);     /* connections, tickets, the day's keys */
	for (unsigned i = 0; i < seconds; i++) {
		disk += measure_disk(path, SLICE_MS) / seconds;
		said += measure_say(clients, count, SLICE_MS) / seconds;
	}
	for (size_t i = 0; i < count; i++)
		secret_free(&clients[i].token);
	printf("disk: %.0f fdatasync/s of %d bytes\n", disk, APPEND_BYTES);
	printf("messages: %.0f durable a second from %zu clients through HTTPS\n", said, count);
	printf("ratio: %.2f (wanted: at least %.1f)\n", said / disk, WANTED_RATE);
	return said / disk >= WANTED_RATE ? 0 : 1;
}

int
main(int argc, char **argv)
{
	log_init("bench", LOG_WARNING, false);
	if (argc >= 2 && strcmp(argv[1], "stock") == 0)
		return measure_stock(argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000, argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1000000);
	if (argc == 6 && strcmp(argv[1], "say") == 0) {
		require(crypt_init() == 0);
		return measure_https(argv[2], argv[3], (unsigned)strtoul(argv[4], NULL, 10), argv[5]);
	}
	fprintf(stderr, "usage: conversation stock [SUBSCRIPTIONS] [MESSAGES] | say URL CA SECONDS FILE\n");
	return 64;
}
