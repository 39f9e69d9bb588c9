/* SPDX-License-Identifier: MIT */
/*
 * For test_store: a store under load that says what it has acknowledged, and a second program start that checks it.
 *
 *     store_driver run STATE MILLISECONDS          work; one line a fact on standard output, each before the next step
 *                                                  (with a key mirror in STATE.mirror, if there is such a folder)
 *     store_driver verify STATE LEDGER             compare the state with those lines; exit 1: something is wrong
 *
 * Lines: "put N" (record, key and file N are durable), "erasing N" (asked), "erased N" (acknowledged), "full" (intake was
 * refused for lack of room). N comes from a counter of the store and must never come twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypt/init.h"
#include "record/common.pb-c.h"
#include "store/committer.h"
#include "store/keys.h"
#include "store/pool.h"
#include "store/recovery.h"
#include "store/reserve.h"
#include "store/slot_file.h"
#include "store/spool.h"
#include "store/vault.h"

#define THREADS 6
#define NUMBERS_MAX 1000000
#define BODY_BYTES 3000
#define KEPT 3                   /* numbers of one thread that are not erased */

/* NULL: none. Returns owned. */
static char *
mirror_of(const char *path)
{
	char *mirror = mem_printf("%s.mirror", path);
	if (access(mirror, F_OK) != 0)
		mem_free(&mirror);
	return mirror;
}

static struct store *
open_store(const char *path)
{
	char *mirror = mirror_of(path);
	struct store *s = NULL;
	struct secret *master = secret_new(CRYPT_KEY_BYTES);
	struct store_options o = { .state_path = path, .mirror_path = mirror, .master = master, .cache_bytes = 1 << 20,
	    .reserve_bytes = 24ULL << 20 };
	int err = store_recovery_open(&o, &s);
	if (err != 0)
		fatal(err_exit_code(err), "open: %s", err_name(err));
	store_recovery_start(s);
	secret_free(&master);
	mem_free(&mirror);
	return s;
}

/* ---- what belongs to a number ---- */

static struct id
id_of(uint64_t n)
{
	struct id id = { { 0 } };
	for (int i = 0; i < 8; i++)
		id.bytes[i] = (uint8_t)(n >> (8 * i));
	id.bytes[15] = 1;
	return id;
}

static struct store_key_name
key_name_of(uint64_t n)
{
	return (struct store_key_name){ STORE_KEY_PACKAGE, id_of(n), 0 };
}

static void
body_of(uint64_t n, uint8_t out[BODY_BYTES])
{
	for (size_t i = 0; i < BODY_BYTES; i++)
		out[i] = (uint8_t)(n * 31 + i * i + i / 7);
}

/* ---- work ---- */

struct task {
	struct store *store;
	uint64_t number;
};

static int
put_record(void *arg, struct store_txn *tx)
{
	struct task *t = arg;
	struct store *s = t->store;
	char text[32];
	Provision__Caller m = PROVISION__CALLER__INIT;
	t->number = store_index_count(tx, VIEW_LIT("crash"));
	struct id id = id_of(t->number);
	struct store_key_name key = key_name_of(t->number);
	(void)snprintf(text, sizeof(text), "number %llu", (unsigned long long)t->number);
	m.user_agent = (ProtobufCBinaryData){ strlen(text), (uint8_t *)text };
	int err = store_keys_create(s->keys, tx, &key);
	if (err == 0)
		err = store_vault_insert(s->vault, tx, STORE_TABLE_PACKAGE, id_view(&id), &key, 1, &m.base);
	if (err == 0)
		err = store_spool_add(s->spool, tx, &id, &id);
	return err;
}

static int
complete(void *arg, struct store_txn *tx)
{
	struct task *t = arg;
	struct id id = id_of(t->number);
	store_index_put(tx, STORE_TABLE_PARTY, id_view(&id), VIEW_LIT("complete"));
	return store_spool_move(t->store->spool, tx, &id, STORE_FOLDER_NEW);
}

static int
erase(void *arg, struct store_txn *tx)
{
	struct task *t = arg;
	struct id id = id_of(t->number);
	struct store_key_name key = key_name_of(t->number);
	store_spool_remove(t->store->spool, tx, &id);
	if (store_index_delete(tx, STORE_TABLE_PARTY, id_view(&id)) != 0)
		return ERR_NOT_FOUND;
	return store_keys_destroy(t->store->keys, tx, &key);
}

/* The later part of an erasure. */
static int
clear(void *arg, struct store_txn *tx)
{
	struct task *t = arg;
	struct id id = id_of(t->number);
	struct store_key_name key = key_name_of(t->number);
	store_keys_forget(t->store->keys, tx, &key);
	return store_index_delete(tx, STORE_TABLE_PACKAGE, id_view(&id));
}

static int
write_body(struct task *t)
{
	uint8_t body[BODY_BYTES];
	struct id id = id_of(t->number);
	uint64_t size;
	int fd, err = store_spool_write_open(t->store->spool, &id, 1, 0, &fd);
	if (err != 0)
		return err;
	body_of(t->number, body);
	err = file_write_full(fd, body, sizeof(body));
	file_close(&fd);
	if (err == 0)
		err = store_spool_flush(t->store->spool, &id, 1, &size);
	store_spool_write_close(t->store->spool, &id, 1);
	return err;
}

static void
say(const char *what, uint64_t n)
{
	char line[48];
	int len = snprintf(line, sizeof(line), "%s %llu\n", what, (unsigned long long)n);
	require(write(STDOUT_FILENO, line, (size_t)len) == len);
}

struct worker {
	pthread_t thread;
	struct store *store;
	uint64_t end_ms;
	uint64_t recent[KEPT];
	unsigned made;
};

static int
make_one(struct worker *w)
{
	struct task t = { w->store, 0 };
	int err = store_reserve_is_accepting(w->store->reserve) ? 0 : ERR_FULL;
	if (err == 0)
		err = store_committer_run(w->store->committer, put_record, &t);
	if (err == 0)
		err = write_body(&t);
	if (err == 0)
		err = store_committer_run(w->store->committer, complete, &t);
	if (err != 0)
		return err;
	say("put", t.number);
	struct task old = { w->store, w->recent[w->made % KEPT] };
	w->recent[w->made++ % KEPT] = t.number;
	/* every second of those that are old enough goes */
	if (old.number == 0 || old.number % 2 == 0)
		return 0;
	say("erasing", old.number);
	err = store_committer_run(w->store->committer, erase, &old);
	if (err == 0)
		say("erased", old.number);
	return err != 0 || old.number % 4 == 1 ? err : store_committer_run(w->store->committer, clear, &old);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	while (clock_mono_ms() < w->end_ms) {
		store_reserve_check(w->store->reserve);
		int err = make_one(w);
		if (err == ERR_FULL) {
			say("full", 0);
			break;
		}
		require(err == 0);
	}
	return NULL;
}

static int
run(const char *path, uint64_t ms)
{
	struct store *s = open_store(path);
	struct worker workers[THREADS];
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .store = s, .end_ms = clock_mono_ms() + ms };
		require(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++)
		require(pthread_join(workers[i].thread, NULL) == 0);
	store_recovery_close(&s);
	return 0;
}

/* ---- verify ---- */

enum claim { PUT = 1, ERASING = 2, ERASED = 4 };

static uint8_t claims[NUMBERS_MAX];
static unsigned problems;

static void
problem(const char *what, uint64_t n)
{
	if (problems++ < 20)
		(void)fprintf(stderr, "%llu: %s\n", (unsigned long long)n, what);
}

static uint64_t
read_ledger(const char *path)
{
	char what[16];
	unsigned long long n;
	uint64_t lines = 0;
	FILE *f = fopen(path, "r");
	require(f != NULL);
	while (fscanf(f, "%15s %llu", what, &n) == 2) {
		uint8_t claim = strcmp(what, "put") == 0 ? PUT : strcmp(what, "erasing") == 0 ? ERASING :
		    strcmp(what, "erased") == 0 ? ERASED : 0;
		require(n < NUMBERS_MAX);
		if ((claims[n] & claim) != 0)
			problem("the same number twice", n);
		claims[n] |= claim;
		lines++;
	}
	(void)fclose(f);
	return lines;
}

struct check {
	struct store *store;
	struct store_txn *tx;
	struct arena *arena;
	uint32_t living;
};

static bool
is_body_whole(struct check *c, uint64_t n)
{
	uint8_t body[BODY_BYTES], found[BODY_BYTES];
	struct id id = id_of(n);
	int fd;
	if (store_spool_read_open(c->store->spool, &id, BODY_BYTES, &fd) != 0)
		return false;
	body_of(n, body);
	int err = file_read_full(fd, found, sizeof(found));
	file_close(&fd);
	return err == 0 && memcmp(body, found, sizeof(body)) == 0;
}

/* 0, ERR_NOT_FOUND or ERR_ERASED. */
static int
look_at_record(struct check *c, uint64_t n)
{
	struct id id = id_of(n);
	struct ProtobufCMessage *m;
	char text[32];
	arena_reset(c->arena);
	int err = store_vault_get(c->store->vault, c->tx, STORE_TABLE_PACKAGE, id_view(&id), &provision__caller__descriptor,
	    c->arena, &m);
	if (err != 0) {
		if (err != ERR_NOT_FOUND && err != ERR_ERASED)
			problem(err_name(err), n);
		return err;
	}
	const Provision__Caller *r = (const Provision__Caller *)m;
	(void)snprintf(text, sizeof(text), "number %llu", (unsigned long long)n);
	if (!view_equal_str(view_of(r->user_agent.data, r->user_agent.len), text))
		problem("another's record", n);
	return 0;
}

static void
check_number(struct check *c, uint64_t n)
{
	struct id id = id_of(n);
	struct store_key_name name = key_name_of(n);
	struct store_slot slot;
	int record = look_at_record(c, n), key = store_keys_find(c->store->keys, c->tx, &name, &slot);
	bool is_complete = store_index_has(c->tx, STORE_TABLE_PARTY, id_view(&id));
	bool has_row = store_index_has(c->tx, STORE_TABLE_SPOOL, id_view(&id));
	uint8_t claim = claims[n];
	c->living += key == 0;
	if ((record == 0) != (key == 0))
		problem("record without key or key without record", n);
	if (has_row != (key == 0))
		problem("file row without key or key without file row", n);
	if (is_complete && (key != 0 || !is_body_whole(c, n)))
		problem("complete, but not whole", n);
	if ((claim & PUT) != 0 && (claim & ERASING) == 0 && !is_complete)
		problem("acknowledged and lost", n);
	if ((claim & ERASED) != 0 && (is_complete || key == 0 || record == 0))
		problem("erased and still there", n);
}

/* Of one copy of the slots, in the folder at path (taken). */
static uint32_t
living_slots(char *path)
{
	struct state_slot_header header;
	struct store_slot_file f;
	struct store_slot_bytes bytes;
	uint64_t generation;
	uint32_t n = 0;
	int folder;
	require(file_open_dir(AT_FDCWD, path, &folder) == 0);
	require(store_slot_file_open(&f, folder, &header) == 0);
	for (uint32_t i = 0; i < f.count; i++) {
		require(store_slot_file_read(&f, i, 1, &bytes) == 0);
		n += store_slot_look(&bytes, &generation) != STORE_SLOT_DEAD;
	}
	store_slot_file_close(&f);
	file_close(&folder);
	mem_free(&path);
	return n;
}

static int
verify(const char *path, const char *ledger)
{
	uint64_t lines = read_ledger(ledger), counter;
	struct store *s = open_store(path);
	struct task t = { s, 0 };
	/* the next number is above all that were ever given out, and its own record is whole */
	require(store_committer_run(s->committer, put_record, &t) == 0);
	counter = t.number;
	for (uint64_t n = counter; n < NUMBERS_MAX; n++)
		if (claims[n] != 0)
			problem("beyond the counter", n);
	struct check c = { .store = s, .tx = store_txn_view(s->index), .arena = arena_new(1 << 20) };
	for (uint64_t n = 1; n <= counter && n < NUMBERS_MAX; n++)
		check_number(&c, n);
	/* two more: the service's own */
	if (living_slots(mem_printf("%s/keys", path)) != c.living + 2)
		problem("living slots that nothing names", living_slots(mem_printf("%s/keys", path)));
	char *mirror = mirror_of(path);
	if (mirror != NULL && living_slots(mirror) != c.living + 2)
		problem("another number of slots lives in the mirror", counter);
	store_txn_abort(&c.tx);
	arena_free(&c.arena);
	store_recovery_close(&s);
	(void)printf("%llu facts, %llu numbers, %u living, %u problems\n", (unsigned long long)lines,
	    (unsigned long long)counter, c.living, problems);
	return problems == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	log_init("store-driver", LOG_ERROR, false);
	require(crypt_init() == 0);
	if (argc == 4 && strcmp(argv[1], "run") == 0)
		return run(argv[2], strtoul(argv[3], NULL, 10));
	if (argc == 4 && strcmp(argv[1], "verify") == 0)
		return verify(argv[2], argv[3]);
	return EX_USAGE;
}
