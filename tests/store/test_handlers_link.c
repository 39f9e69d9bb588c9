/* SPDX-License-Identifier: MIT */
/*
 * The store's table of handlers behind real links, workers and topics: a courier that waits gets a new mail at once, whoever
 * streams an erased package is told, and a role gets no answer to what is not its business.
 */
#include "base/clock.h"
#include "base/file.h"
#include "store/desk_parcel.h"
#include "store/handlers.h"
#include "store/links.h"

struct cast {
	struct desk *d;
	struct links *links;
	struct person owner, anna;
	struct firm firm;
};

static int
setup(void **state)
{
	struct cast *c = mem_alloc(sizeof(*c));
	const struct store_handler *rows;
	size_t n;

	c->d = desk_new();
	rows = store_handlers_table(&n);
	c->links = links_new(c->d->rig, rows, n);
	desk_person_init(&c->owner, "olga@kanzlei.example", "Olga", "Owner");
	desk_person_init(&c->anna, "anna@example.org", "Anna", "Schmidt");
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	struct cast *c = *state;

	links_free(&c->links);
	desk_person_deinit(&c->owner);
	desk_person_deinit(&c->anna);
	if (c->firm.slug != NULL)
		desk_firm_deinit(&c->firm);
	desk_free(&c->d);
	mem_free(&c);
	return 0;
}

/* ---- a courier that waits ---- */

struct courier {
	struct ipc_call *link;
	struct arena *arena;
	const struct ProtobufCMessage *reply;
	uint64_t got_ms;
	int err;
};

static void *
courier_wait(void *arg)
{
	struct courier *k = arg;
	Provision__MailLease m = PROVISION__MAIL_LEASE__INIT;

	m.limit = 10;
	k->err = ipc_call(k->link, IPC_MAIL_LEASE, &m.base, 10000, k->arena, &k->reply, NULL);
	k->got_ms = clock_mono_ms();
	return NULL;
}

static void
test_courier_is_woken(void **state)
{
	struct cast *c = *state;
	struct courier k = { .arena = arena_new(1 << 20) };
	struct timespec pause = { .tv_nsec = 50 * 1000000 };
	uint64_t queued_ms;
	pthread_t thread;
	int number;

	k.link = links_connect(c->links, IPC_ROLE_COURIER, &number);
	require(pthread_create(&thread, NULL, courier_wait, &k) == 0);
	(void)nanosleep(&pause, NULL);   /* so that it waits already; it would work all the same */
	assert_int_equal(desk_web(c->d, IPC_REGISTRATION_CREATE, &desk_registration(c->d, &c->anna)->base, NULL), 0);
	queued_ms = clock_mono_ms();
	require(pthread_join(thread, NULL) == 0);
	assert_int_equal(k.err, 0);
	const Provision__MailLeaseReply *reply = (const Provision__MailLeaseReply *)k.reply;
	assert_int_equal(reply->n_jobs, 1);
	assert_int_equal(reply->jobs[0]->kind, PROVISION__MAIL_KIND__MAIL_KIND_VERIFY);
	assert_in_range(k.got_ms, 0, queued_ms + 2000);
	ipc_call_close(&k.link);
	arena_free(&k.arena);
}

/* ---- a web process that streams ---- */

static void
test_streams_are_cut(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p;
	uint8_t frame[1024];
	struct id id;
	size_t n = 0;
	int fd;

	desk_person_join(c->d, &c->owner);
	desk_person_join(c->d, &c->anna);
	desk_firm_open(c->d, &c->firm, "kanzlei", "Kanzlei Müller", &c->owner);
	id = desk_subscription(c->d, &c->anna, &c->owner, &c->firm);
	desk_parcel_init(&p, &c->anna, &c->owner, &c->firm, &id, false);
	desk_parcel_send(c->d, &p);
	fd = links_connect_raw(c->links, IPC_ROLE_WEB);
	assert_int_equal(desk_part_open(c->d, &c->owner, &p.package, 2), 0);
	assert_int_equal(links_next_frame(fd, frame, sizeof(frame), &n, 20), IPC_NONE);
	assert_int_equal(desk_end(c->d, &c->anna, &id), 0);
	assert_int_equal(links_next_frame(fd, frame, sizeof(frame), &n, 5000), IPC_PACKAGE_CUT);
	/* field 1, 16 bytes: the package */
	assert_int_equal(n, IPC_FRAME_HEAD_BYTES + 2 + ID_BYTES);
	assert_memory_equal(frame + IPC_FRAME_HEAD_BYTES + 2, p.package.bytes, ID_BYTES);
	file_close(&fd);
	desk_parcel_deinit(&p);
}

/* ---- */

static void
test_roles(void **state)
{
	static const struct {
		enum ipc_type type;
		unsigned roles;
	} rows[] = {
		{ IPC_MAIL_LEASE, IPC_ROLE_BIT(IPC_ROLE_COURIER) },
		{ IPC_MAIL_RESULTS, IPC_ROLE_BIT(IPC_ROLE_COURIER) },
		{ IPC_COMPANY_ADD, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_COMPANY_OVERVIEW, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_QUEUE_LIST, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_QUEUE_SHOW, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_QUEUE_RETRY, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_QUEUE_DROP, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_QUEUE_FLUSH, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_CLOCK_ACCEPT, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_QUOTA_GET, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_QUOTA_SET, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_ACCOUNT_SHOW, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_ACCOUNT_LOCK, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_ACCOUNT_ERASE, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_STATISTICS, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_JANITOR_PLAN, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_JANITOR_WORK, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_JANITOR_EXPLAIN, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_JANITOR_END, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_BACKUP_BEGIN, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_BACKUP_FILE, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_VERIFY, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_SUPPORT_OVERVIEW, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_SUPPORT_OPEN, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_SUPPORT_ANSWER, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_KEY_ROTATE, IPC_ROLE_BIT(IPC_ROLE_CTL) },
		{ IPC_RETENTION_GET, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_STATUS, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		/* what a person's archive is made of (provisionctl account export) */
		{ IPC_ACCOUNT_GET, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_SESSION_LIST, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_TOTP_GET, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_APP_PASSWORD_LIST, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_SUPPORT_LIST, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_SUPPORT_SHOW, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_MEMBERSHIP_LIST, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_SUBSCRIPTION_LIST, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_PACKAGE_GET, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_PACKAGE_FILES_GET, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_HISTORY_LIST, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
		{ IPC_HELD_LIST, IPC_ROLE_BIT(IPC_ROLE_CTL) | IPC_ROLE_BIT(IPC_ROLE_WEB) },
	};
	size_t n, found = 0;
	const struct store_handler *table = store_handlers_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct ipc_message *row = ipc_message_find(table[i].type);
		unsigned wanted = IPC_ROLE_BIT(IPC_ROLE_WEB);
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
			if (rows[k].type == table[i].type) {
				wanted = rows[k].roles;
				found++;
			}
		assert_int_equal(table[i].roles, wanted);
		assert_int_equal(table[i].roles & ~row->from, 0);
	}
	assert_int_equal(found, sizeof(rows) / sizeof(rows[0]));
	/* every request to the store has its row */
	for (unsigned type = 1; type < IPC_TYPE_COUNT; type++) {
		const struct ipc_message *row = ipc_message_find(type);
		bool is_ours = row != NULL && row->reply != IPC_NONE && (row->to & IPC_ROLE_BIT(IPC_ROLE_STORE)) != 0 &&
		    (row->from & IPC_ROLE_BIT(IPC_ROLE_SUPERVISOR)) == 0;
		bool has_row = false;
		for (size_t i = 0; i < n; i++)
			has_row |= table[i].type == type;
		assert_int_equal(has_row, is_ours);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_courier_is_woken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_streams_are_cut, setup, teardown),
		cmocka_unit_test(test_roles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
