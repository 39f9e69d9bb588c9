/* SPDX-License-Identifier: MIT */
/*
 * Durable transactions at the store's link: message, authorisation by session (before and inside the commit), a new sealed
 * record of 2 KiB, commit, answer; 16 clients, each with a link and one request at a time. Beside it, in the same run
 * and on the same disk, what the disk itself does: 8 KiB appended, fdatasync, over and over. Prints the ratio.
 *
 *     store [ROUNDS]        a round takes a second; exit 1 when the ratio is below 2
 */
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "store/links.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "crypt/random.h"
#include "record/account.pb-c.h"
#include "record/common.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/handlers.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/vault.h"
#include "store/wire.h"

#define CLIENTS 16
#define RECORD_BYTES 2048       /* a text message of a page */
#define APPEND_BYTES 8192
#define SLICE_MS 500
#define WANTED_RATIO 2.0
#define WEB IPC_ROLE_BIT(IPC_ROLE_WEB)

static uint8_t content[APPEND_BYTES];

/* ---- the store's side ---- */

static int
put_pins(struct store_call *c, const struct id *account, uint64_t version, ProtobufCBinaryData bytes)
{
	Provision__StoredPins pins = PROVISION__STORED_PINS__INIT;
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };
	pins.version = version;
	pins.pins = bytes;
	pins.pages = 2;          /* not one: none comes with the answer */
	return store_records_put(c->store, c->tx, STORE_TABLE_PINS, id_view(account), &key, &pins.base);
}

/* An account and its session, without the password. */
static int
open_session(struct store_call *c)
{
	Provision__StoredAccount account = PROVISION__STORED_ACCOUNT__INIT;
	Provision__SessionOpenReply *reply;
	Provision__Caller caller = PROVISION__CALLER__INIT;
	struct id id = id_random();
	struct store_key_name key = { STORE_KEY_ACCOUNT, id, 0 };
	account.statement = account.wrapped_keys = (ProtobufCBinaryData){ 1, content };
	int err = store_keys_create(c->store->keys, c->tx, &key);
	if (err == 0)
		err = put_pins(c, &id, 1, (ProtobufCBinaryData){ 1, content });
	if (err == 0)
		err = store_session_open(c, &caller, &id, &account, &reply);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

static int
check(struct store_call *c)
{
	struct store_who who;
	return store_session_find(c, ((const Provision__PinsPut *)c->request)->caller, &who);
}

static int
write_record(struct store_call *c)
{
	const Provision__PinsPut *m = (const Provision__PinsPut *)c->request;
	struct store_key_name key = { .kind = STORE_KEY_ACCOUNT };
	Provision__StoredPins record = PROVISION__STORED_PINS__INIT;
	struct store_who who;
	struct buf at;
	int err = store_session_find(c, m->caller, &who);
	if (err != 0)
		return err;
	buf_init(&at, ID_BYTES + 8);
	require(buf_append_view(&at, id_view(&who.account)) == 0 && buf_append_u64(&at, m->version) == 0);
	key.owner = who.account;
	record.version = m->version;
	record.pins = m->pins;
	record.pages = 1;
	err = store_vault_insert(c->store->vault, c->tx, STORE_TABLE_PINS, buf_view(&at), &key, 1, &record.base);
	buf_deinit(&at);
	return err;
}

static const struct store_handler handlers[] = {
	{ IPC_SESSION_OPEN, WEB, STORE_CALL_GROWS, NULL, open_session },
	{ IPC_PINS_PUT, WEB, STORE_CALL_GROWS, check, write_record },
};

/* ---- the clients ---- */

struct client {
	pthread_t thread;
	struct links *links;
	uint64_t end_ms, done, errors;
};

static void
log_in(struct ipc_call *link, struct arena *a, uint8_t token[32])
{
	Provision__Caller caller = PROVISION__CALLER__INIT;
	Provision__SessionOpen m = PROVISION__SESSION_OPEN__INIT;
	const struct ProtobufCMessage *reply;
	m.caller = &caller;
	m.email = wire_bytes(VIEW_LIT("bench@example.org"));
	m.auth_key = (ProtobufCBinaryData){ 32, content };
	require(ipc_call(link, IPC_SESSION_OPEN, &m.base, 5000, a, &reply, NULL) == 0);
	memcpy(token, ((const Provision__SessionOpenReply *)reply)->session.data, 32);
}

static void *
run_client(void *arg)
{
	struct client *c = arg;
	struct arena *a = arena_new(1 << 20);
	uint8_t token[32];
	int number;
	struct ipc_call *link = links_connect(c->links, IPC_ROLE_WEB, &number);
	log_in(link, a, token);
	Provision__Caller caller = PROVISION__CALLER__INIT;
	Provision__PinsPut m = PROVISION__PINS_PUT__INIT;
	const struct ProtobufCMessage *reply;
	caller.session = (ProtobufCBinaryData){ sizeof(token), token };
	m.caller = &caller;
	m.pins = (ProtobufCBinaryData){ RECORD_BYTES, content };
	while (clock_mono_ms() < c->end_ms) {
		arena_reset(a);
		m.version++;
		if (ipc_call(link, IPC_PINS_PUT, &m.base, 5000, a, &reply, NULL) == 0)
			c->done++;
		else
			c->errors++;
	}
	ipc_call_close(&link);
	arena_free(&a);
	return NULL;
}

static double
measure_store(struct links *l, uint64_t ms)
{
	struct client clients[CLIENTS];
	uint64_t done = 0, errors = 0, start = clock_mono_ms();
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .links = l, .end_ms = start + ms };
		require(pthread_create(&clients[i].thread, NULL, run_client, &clients[i]) == 0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		require(pthread_join(clients[i].thread, NULL) == 0);
		done += clients[i].done;
		errors += clients[i].errors;
	}
	require(errors == 0);
	return (double)done * 1000 / (double)(clock_mono_ms() - start);
}

/* ---- the disk's side ---- */

static double
measure_disk(const char *folder, uint64_t ms)
{
	char *path = mem_printf("%s/append", folder);
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

static long
resident_kib(void)
{
	struct rusage u;
	(void)getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

int
main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 6;
	uint64_t commits, writes;
	require(rounds >= 1 && rounds * CLIENTS <= LINKS_MAX);
	log_init("bench", LOG_WARNING, false);
	struct rig *r = rig_new();
	crypt_random(content, sizeof(content));
	/* this machine's clocks: the rig's stand still */
	r->options.clock = NULL;
	r->options.cache_bytes = 0;
	r->options.ballast_bytes = 0;
	r->options.due_kinds = store_handlers_due_kinds(&r->options.due_kind_count);
	require(rig_try_open(r) == 0);
	require(store_service_open(r->store, &r->store->service) == 0);
	store_recovery_start(r->store);
	struct links *l = links_new(r, handlers, sizeof(handlers) / sizeof(handlers[0]));
	double disk = 0, store = 0;
	/* in turns, so that both see the same other load */
	for (unsigned i = 0; i < rounds; i++) {
		disk += measure_disk(r->dir.path, SLICE_MS) / rounds;
		store += measure_store(l, SLICE_MS) / rounds;
	}
	store_committer_counters(r->store->committer, &commits, &writes);
	printf("disk: %.0f fdatasync/s of %d bytes\n", disk, APPEND_BYTES);
	printf("store: %.0f durable transactions/s from %d clients, %.1f a commit, resident %ld KiB\n", store, CLIENTS,
	    (double)writes / (double)commits, resident_kib());
	printf("ratio: %.2f (wanted: %.1f)\n", store / disk, WANTED_RATIO);
	links_free(&l);
	store_service_close(&r->store->service);
	rig_free(&r);
	return store / disk >= WANTED_RATIO ? 0 : 1;
}
