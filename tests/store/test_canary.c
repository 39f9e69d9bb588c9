/* SPDX-License-Identifier: MIT */
/*
 * What people entrust to the store is nowhere in the state directory as it is: not in the index, its logs and regions, the
 * slots or the spool; not raw, in base64 (at any offset) or in hex. The controls put the same bytes there and must find them.
 */
#include <fcntl.h>
#include <fts.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "crypt/random.h"
#include "record/conversation.pb-c.h"
#include "store/desk_parcel.h"
#include "store/pool.h"

#define FILE_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define CANARIES_MAX 20

struct canary {
	const char *what;
	struct view bytes;      /* 8 or more: not there by chance */
	unsigned hits;          /* of the last search */
};

struct cast {
	struct desk *d;
	struct person owner, anna, carla;
	struct firm firm;
	struct desk_parcel parcel, arriving;
	struct canary canaries[CANARIES_MAX];
	size_t count;
};

/* ---- looking ---- */

struct search {
	struct view where;
	const char *file;
	unsigned hits, files;
	bool is_quiet;          /* a control: finding is what it is for */
};

static bool
contains(struct view where, struct view what)
{
	while (where.len >= what.len && what.len > 0) {
		const uint8_t *p = memchr(where.data, what.data[0], where.len - what.len + 1);
		if (p == NULL)
			return false;
		if (memcmp(p, what.data, what.len) == 0)
			return true;
		where = view_slice(where, (size_t)(p - where.data) + 1, where.len);
	}
	return false;
}

static void
look(struct search *s, struct canary *c, struct view bytes, const char *how)
{
	if (!contains(s->where, bytes))
		return;
	s->hits++;
	c->hits++;
	if (!s->is_quiet)
		print_error("%s: %s (%s)\n", s->file, c->what, how);
}

/* The characters that do not depend on what stands around the bytes. */
static void
look_for_base64(struct search *s, struct canary *c)
{
	for (size_t shift = 0; shift < 3; shift++) {
		struct buf text, shifted;
		buf_init(&shifted, 4096);
		buf_init(&text, 8192);
		assert_int_equal(buf_append(&shifted, "xx", shift), 0);
		assert_int_equal(buf_append_view(&shifted, c->bytes), 0);
		assert_int_equal(text_base64url(&text, buf_view(&shifted)), 0);
		size_t skip = shift == 0 ? 0 : shift + 1;
		look(s, c, view_slice(buf_view(&text), skip, text.len - skip - 3), "base64url");
		buf_clear(&text);
		assert_int_equal(text_base64(&text, buf_view(&shifted)), 0);
		look(s, c, view_slice(buf_view(&text), skip, text.len - skip - 4), "base64");
		buf_deinit(&text);
		buf_deinit(&shifted);
	}
}

static void
look_for(struct search *s, struct canary *c)
{
	char hex[1024];

	assert_in_range(c->bytes.len, 8, 256);
	look(s, c, c->bytes, "raw");
	text_hex(c->bytes, hex);
	look(s, c, view_str(hex), "hex");
	for (char *p = hex; *p != '\0'; p++)
		*p = *p >= 'a' ? (char)(*p - 32) : *p;
	look(s, c, view_str(hex), "hex");
	look_for_base64(s, c);
}

/* Every file of the state directory, as it lies there. */
static unsigned
search_state(struct cast *c, bool is_quiet)
{
	char *paths[] = { c->d->rig->state, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	struct search s = { .is_quiet = is_quiet };

	assert_non_null(walk);
	for (size_t i = 0; i < c->count; i++)
		c->canaries[i].hits = 0;
	for (FTSENT *e; (e = fts_read(walk)) != NULL;) {
		struct buf content;
		if (e->fts_info != FTS_F || e->fts_statp->st_size == 0)
			continue;
		buf_init(&content, FILE_BYTES_MAX);
		assert_int_equal(file_read(AT_FDCWD, e->fts_accpath, &content), 0);
		s.where = buf_view(&content);
		s.file = e->fts_name;
		s.files++;
		for (size_t i = 0; i < c->count; i++)
			look_for(&s, &c->canaries[i]);
		buf_deinit(&content);
	}
	(void)fts_close(walk);
	assert_in_range(s.files, 20, 1000);
	return s.hits;
}

/* ---- what is entrusted ---- */

static void
watch(struct cast *c, const char *what, struct view bytes)
{
	assert_in_range(c->count, 0, CANARIES_MAX - 1);
	c->canaries[c->count++] = (struct canary){ what, bytes, 0 };
}

static void
watch_all(struct cast *c)
{
	watch(c, "address", VIEW_LIT("anna.canary@example.org"));
	watch(c, "address of a registration", VIEW_LIT("carla.canary@example.org"));
	watch(c, "first name", VIEW_LIT("Annakanarienvogel"));
	watch(c, "last name", VIEW_LIT("Schmidtkanarienvogel"));
	watch(c, "company's name", VIEW_LIT("Kanzleikanarienvogel"));
	watch(c, "company's contact", VIEW_LIT("office@kanzlei.example"));
	watch(c, "slug", VIEW_LIT("kanzleikanarie"));
	watch(c, "text message", VIEW_LIT("Kanarienvogel im Text"));
	watch(c, "text message that was taken back", VIEW_LIT("Kanarienvogel entflogen"));
	watch(c, "comment", VIEW_LIT(PARCEL_COMMENT));
	watch(c, "file name", VIEW_LIT("Rechnung \xe2\x82\xac.pdf"));
	watch(c, "contents", VIEW_LIT(PARCEL_CONTENT));
	watch(c, "user agent", VIEW_LIT(DESK_AGENT));
	watch(c, "authentication key", view_of(c->anna.auth_key, 32));
	watch(c, "session token", view_of(c->anna.session, 32));
	watch(c, "header", view_slice(package_writer_header(c->parcel.writer), 0, 64));
	watch(c, "statement", view_slice(buf_view(&c->anna.statement), 0, 64));
	watch(c, "enrolment code", view_str(c->firm.enrolment));
}

/* By anna; also what compresses well. */
static uint64_t
say(struct cast *c, const struct id *subscription, struct view text)
{
	Provision__MessageCreate m = PROVISION__MESSAGE_CREATE__INIT;
	Provision__MessageCreateReply *reply;
	struct id id;

	crypt_random(id.bytes, ID_BYTES);
	m.caller = desk_caller(c->d, &c->anna);
	m.subscription = wire_of_id(subscription);
	m.message = wire_of_id(&id);
	m.text = wire_bytes(text);
	assert_int_equal(desk_web(c->d, IPC_MESSAGE_CREATE, &m.base, &reply), 0);
	return reply->sequence;
}

static void
converse(struct cast *c, const struct id *subscription)
{
	Provision__MessageDelete m = PROVISION__MESSAGE_DELETE__INIT;

	(void)say(c, subscription, VIEW_LIT("Kanarienvogel im Text"));
	(void)say(c, subscription, VIEW_LIT("Kanarienvogel im Text, Kanarienvogel im Text, Kanarienvogel im Text, Kanarienvogel im Text"));
	m.sequence = say(c, subscription, VIEW_LIT("Kanarienvogel entflogen"));
	m.caller = desk_caller(c->d, &c->anna);
	m.subscription = wire_of_id(subscription);
	assert_int_equal(desk_web(c->d, IPC_MESSAGE_DELETE, &m.base, NULL), 0);
}

static void
entrust(struct cast *c)
{
	struct id id;

	desk_person_join(c->d, &c->owner);
	desk_person_join(c->d, &c->anna);
	assert_int_equal(desk_web(c->d, IPC_REGISTRATION_CREATE, &desk_registration(c->d, &c->carla)->base, NULL), 0);
	desk_mails_sent(c->d, desk_mails(c->d));
	desk_firm_open(c->d, &c->firm, "kanzleikanarie", "Kanzleikanarienvogel", &c->owner);
	id = desk_subscription(c->d, &c->anna, &c->owner, &c->firm);
	converse(c, &id);
	desk_parcel_init(&c->parcel, &c->anna, &c->owner, &c->firm, &id, false);
	desk_parcel_send(c->d, &c->parcel);
	desk_parcel_init(&c->arriving, &c->owner, &c->anna, &c->firm, &id, true);
	assert_int_equal(desk_parcel_create(c->d, &c->arriving), 0);
	desk_parcel_part(c->d, &c->arriving, 2);
	store_pool_drain(c->d->rig->store->pool);
	store_index_checkpoint(c->d->rig->store->index);
}

static int
setup(void **state)
{
	struct cast *c = mem_alloc(sizeof(*c));

	c->d = desk_new();
	desk_person_init(&c->owner, "olga@kanzlei.example", "Olga", "Owner");
	desk_person_init(&c->anna, "anna.canary@example.org", "Annakanarienvogel", "Schmidtkanarienvogel");
	desk_person_init(&c->carla, "carla.canary@example.org", "Carla", "Conrad");
	entrust(c);
	watch_all(c);
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	struct cast *c = *state;

	desk_parcel_deinit(&c->parcel);
	desk_parcel_deinit(&c->arriving);
	desk_firm_deinit(&c->firm);
	desk_person_deinit(&c->owner);
	desk_person_deinit(&c->anna);
	desk_person_deinit(&c->carla);
	desk_free(&c->d);
	mem_free(&c);
	return 0;
}

/* ---- */

static void
test_nothing_is_readable(void **state)
{
	struct cast *c = *state;

	assert_int_equal(search_state(c, false), 0);
	/* nor after a stop and a start, when logs and regions were written anew, nor after an end */
	desk_restart(c->d);
	assert_int_equal(search_state(c, false), 0);
	assert_int_equal(desk_end(c->d, &c->anna, &c->parcel.subscription), 0);
	desk_work(c->d);
	store_index_checkpoint(c->d->rig->store->index);
	assert_int_equal(search_state(c, false), 0);
}

/* ---- the controls ---- */

struct leak {
	struct cast *cast;
	struct view bytes;
};

static int
leak_apply(void *arg, struct store_txn *tx)
{
	struct leak *l = arg;
	store_index_put(tx, STORE_TABLE_META, VIEW_LIT("leak"), l->bytes);
	return 0;
}

static unsigned
hits_after_leak(struct cast *c, struct view bytes)
{
	struct leak l = { c, bytes };

	assert_int_equal(RIG_RUN(c->d->rig, leak_apply, &l), 0);
	store_index_checkpoint(c->d->rig->store->index);
	return search_state(c, true);
}

/* Unsealed in a record of the index, each canary is found. */
static void
test_control_finds_what_is_not_sealed(void **state)
{
	struct cast *c = *state;
	struct buf all;

	buf_init(&all, 16384);
	for (size_t i = 0; i < c->count; i++)
		assert_int_equal(buf_append_view(&all, c->canaries[i].bytes), 0);
	assert_int_not_equal(hits_after_leak(c, buf_view(&all)), 0);
	for (size_t i = 0; i < c->count; i++)
		assert_in_range(c->canaries[i].hits, 1, 100);
	buf_deinit(&all);
}

/* And in every writing, wherever in the text it begins. */
static void
test_control_finds_every_writing(void **state)
{
	struct cast *c = *state;
	struct buf text, shifted;
	char hex[256];

	buf_init(&text, 16384);
	buf_init(&shifted, 4096);
	c->count = 0;
	watch(c, "at no offset", VIEW_LIT("the first control"));
	watch(c, "at one byte", VIEW_LIT("another control"));
	watch(c, "at two bytes", VIEW_LIT("yet another control"));
	watch(c, "in hex", VIEW_LIT("a control in hex"));
	for (size_t shift = 0; shift < 3; shift++) {
		buf_clear(&shifted);
		assert_int_equal(buf_append(&shifted, "??", shift), 0);
		assert_int_equal(buf_append_view(&shifted, c->canaries[shift].bytes), 0);
		assert_int_equal(buf_append_str(&shifted, "behind it"), 0);
		assert_int_equal(text_base64url(&text, buf_view(&shifted)), 0);
	}
	text_hex(c->canaries[3].bytes, hex);
	assert_int_equal(buf_append_str(&text, hex), 0);
	assert_int_equal(search_state(c, false), 0);
	assert_int_not_equal(hits_after_leak(c, buf_view(&text)), 0);
	for (size_t i = 0; i < c->count; i++)
		assert_in_range(c->canaries[i].hits, 1, 100);
	buf_deinit(&shifted);
	buf_deinit(&text);
}

/* A stored record as it would lie there without the vault. */
static void
test_control_finds_an_unsealed_record(void **state)
{
	struct cast *c = *state;
	Provision__RegistrationCreate *m = desk_registration(c->d, &c->anna);
	struct buf packed;

	buf_init(&packed, 128 * 1024);
	assert_int_equal(ipc_message_pack(ipc_message_find(IPC_REGISTRATION_CREATE), &m->base, &packed), 0);
	/* address, both names, user agent, authentication key, statement */
	assert_in_range(hits_after_leak(c, buf_view(&packed)), 6, 1000);
	buf_deinit(&packed);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_readable),
		TEST(test_control_finds_what_is_not_sealed),
		TEST(test_control_finds_every_writing),
		TEST(test_control_finds_an_unsealed_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
