/* SPDX-License-Identifier: MIT */
/*
 * Clients and servers over links in one loop: pairing, descriptors, deadlines, cancelling, loss and a new link,
 * backpressure, workers on other threads, and what happens to a peer that breaks a rule or does not read.
 */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <protobuf-c/protobuf-c.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "ipc/client.h"
#include "ipc/link.h"
#include "ipc/server.h"
#include "ipc/wire.h"
#include "record/admin.pb-c.h"
#include "record/common.pb-c.h"
#include "record/package.pb-c.h"

#define BYTES(p, n) ((ProtobufCBinaryData){ (n), (uint8_t *)(uintptr_t)(p) })

/* What one test uses: a client (web) and a server (store) in one loop. */
struct world {
	struct event_loop *loop;
	struct ipc_client *client;
	struct ipc_server *server;
	/* of the server */
	struct ipc_request *held[64];   /* requests kept for later */
	size_t held_count;
	bool is_holding;
	int lost_at_server, server_err;
	uint64_t lost_link;
	/* of the client */
	int answers, answer_err, lost_at_client, client_err, told;
	uint64_t value;
	int fd;
	size_t open_before;
};

static void
answer_status(struct ipc_request *r, uint64_t value)
{
	Provision__Counter counter = PROVISION__COUNTER__INIT;
	counter.name = BYTES("value", 5);
	counter.value = value;
	Provision__Counter *counters[] = { &counter };
	Provision__StatusReply m = PROVISION__STATUS_REPLY__INIT;
	m.n_counters = 1;
	m.counters = counters;
	ipc_server_reply(&r, ERR_OK, &m.base, NULL);
}

static void
on_request(void *arg, struct ipc_request *r)
{
	struct world *w = arg;
	enum ipc_type type = ipc_server_request_row(r)->type;
	if (w->is_holding) {
		w->held[w->held_count++] = r;
	} else if (type == IPC_STATUS) {
		answer_status(r, 42);
	} else if (type == IPC_PART_OPEN) {
		Provision__PartOpenReply m = PROVISION__PART_OPEN_REPLY__INIT;
		m.size = 4;
		int fd = wire_memfd(4, 'x', F_SEAL_WRITE);
		ipc_server_reply(&r, ERR_OK, &m.base, &fd);
	} else if (type == IPC_PACKAGE_FILES_PUT) {
		const Provision__PackageFilesPut *m = (const Provision__PackageFilesPut *)ipc_server_request_message(r);
		assert_int_equal(m->n_files, 1000);
		assert_int_equal(m->files[999]->path.len, 4096);
		ipc_server_reply(&r, ERR_OK, NULL, NULL);
	} else {
		ipc_server_reply(&r, ERR_DENIED, NULL, NULL);
	}
}

static void
on_server_lost(void *arg, uint64_t link, enum ipc_role role, int err)
{
	struct world *w = arg;
	assert_int_equal(role, IPC_ROLE_WEB);
	w->lost_at_server++;
	w->lost_link = link;
	w->server_err = err;
}

static void
on_client_lost(void *arg, int err)
{
	struct world *w = arg;
	w->lost_at_client++;
	w->client_err = err;
	/* every call was answered before */
	assert_int_equal(ipc_client_waiting(w->client), 0);
}

static void
on_told(void *arg, enum ipc_type type, const struct ProtobufCMessage *m)
{
	struct world *w = arg;
	assert_int_equal(type, IPC_PACKAGE_CUT);
	assert_int_equal(((const Provision__PackageCut *)m)->package.len, 16);
	w->told++;
}

static void
link_both(struct world *w, uint64_t number)
{
	int fds[2];
	assert_int_equal(ipc_frame_pair(fds), ERR_OK);
	ipc_client_attach(w->client, fds[0]);
	ipc_server_add(w->server, fds[1], IPC_ROLE_WEB, number);
}

static int
setup(void **state)
{
	struct world *w = mem_alloc(sizeof(*w));
	w->open_before = wire_open_fds();
	w->fd = -1;
	w->loop = event_loop_new();
	struct ipc_client_options c = { .self = IPC_ROLE_WEB, .peer = IPC_ROLE_STORE, .calls_max = 8, .told = on_told,
		.lost = on_client_lost, .arg = w };
	w->client = ipc_client_new(w->loop, &c);
	struct ipc_server_options s = { .self = IPC_ROLE_STORE, .inflight_max = 4, .request = on_request, .lost = on_server_lost,
		.arg = w };
	w->server = ipc_server_new(w->loop, &s);
	link_both(w, 1);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < w->held_count; i++)
		if (w->held[i] != NULL)
			ipc_server_reply(&w->held[i], ERR_UNAVAILABLE, NULL, NULL);
	ipc_client_free(&w->client);
	ipc_server_free(&w->server);
	event_loop_free(&w->loop);
	file_close(&w->fd);
	assert_int_equal(wire_open_fds(), w->open_before);
	mem_free(&w);
	return 0;
}

static void
on_answer(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct world *w = arg;
	w->answers++;
	w->answer_err = err;
	if (err != ERR_OK) {
		assert_null(reply);
		return;
	}
	if (reply->descriptor == &provision__status_reply__descriptor)
		w->value = ((const Provision__StatusReply *)reply)->counters[0]->value;
	if (reply->descriptor == &provision__part_open_reply__descriptor)
		w->fd = fds[0];
}

static struct ipc_client_call *
ask_status(struct world *w, uint32_t timeout_ms)
{
	Provision__Status m = PROVISION__STATUS__INIT;
	return ipc_client_call(w->client, IPC_STATUS, &m.base, NULL, timeout_ms, on_answer, w);
}

/* Runs until so many answers have come, or fails after two seconds. */
static void
run_until(struct world *w, const int *counter, int n)
{
	uint64_t end = clock_mono_ms() + 2000;
	struct event_timer *tick = event_timer_start(w->loop, 2000, (void (*)(void *))(uintptr_t)event_loop_stop, w->loop);
	while (*counter < n && clock_mono_ms() < end)
		event_loop_step(w->loop, true);
	event_timer_cancel(&tick);
	assert_int_equal(*counter, n);
}

/* Lets everything happen that is due within a moment. */
static void
settle(struct world *w)
{
	for (int i = 0; i < 20; i++)
		event_loop_step(w->loop, false);
}

static void
test_call(void **state)
{
	struct world *w = *state;
	(void)ask_status(w, 1000);
	assert_int_equal(ipc_client_waiting(w->client), 1);
	assert_int_equal(w->answers, 0);
	run_until(w, &w->answers, 1);
	assert_int_equal(w->answer_err, ERR_OK);
	assert_int_equal(w->value, 42);
	assert_int_equal(ipc_client_waiting(w->client), 0);
	assert_int_equal(ipc_server_inflight(w->server), 0);
}

static void
test_descriptor_and_error(void **state)
{
	struct world *w = *state;
	uint8_t id[16] = { 1 };
	Provision__Caller caller = PROVISION__CALLER__INIT;
	Provision__PartOpen m = PROVISION__PART_OPEN__INIT;
	m.caller = &caller;
	m.package = BYTES(id, 16);
	m.part = PROVISION__PACKAGE_PART__PACKAGE_PART_BODY;
	(void)ipc_client_call(w->client, IPC_PART_OPEN, &m.base, NULL, 0, on_answer, w);
	run_until(w, &w->answers, 1);
	char text[8];
	assert_int_equal(pread(w->fd, text, 8, 0), 4);
	Provision__PackageReceive r = PROVISION__PACKAGE_RECEIVE__INIT;
	r.caller = &caller;
	r.package = BYTES(id, 16);
	r.receipt = BYTES("x", 1);
	(void)ipc_client_call(w->client, IPC_PACKAGE_RECEIVE, &r.base, NULL, 0, on_answer, w);
	run_until(w, &w->answers, 2);
	assert_int_equal(w->answer_err, ERR_DENIED);
}

static void
test_large_message(void **state)
{
	struct world *w = *state;
	static uint8_t path[4096], fingerprint[32], id[16];
	memset(path, 'p', sizeof(path));
	Provision__Caller caller = PROVISION__CALLER__INIT;
	Provision__FileRecord file = PROVISION__FILE_RECORD__INIT;
	file.path = BYTES(path, sizeof(path));
	file.fingerprint = BYTES(fingerprint, 32);
	static Provision__FileRecord *files[1000];
	for (size_t i = 0; i < 1000; i++)
		files[i] = &file;
	Provision__PackageFilesPut m = PROVISION__PACKAGE_FILES_PUT__INIT;
	m.caller = &caller;
	m.package = BYTES(id, 16);
	m.n_files = 1000;
	m.files = files;
	(void)ipc_client_call(w->client, IPC_PACKAGE_FILES_PUT, &m.base, NULL, 0, on_answer, w);
	run_until(w, &w->answers, 1);
	assert_int_equal(w->answer_err, ERR_OK);
}

/* A message that a person made too long is refused to the caller; the link stays. */
static void
test_bad_message_is_not_sent(void **state)
{
	struct world *w = *state;
	Provision__PackageReceive r = PROVISION__PACKAGE_RECEIVE__INIT;
	(void)ipc_client_call(w->client, IPC_PACKAGE_RECEIVE, &r.base, NULL, 0, on_answer, w);
	assert_int_equal(w->answers, 0);
	run_until(w, &w->answers, 1);
	assert_int_equal(w->answer_err, ERR_SYNTAX);
	(void)ask_status(w, 0);
	run_until(w, &w->answers, 2);
	assert_int_equal(w->answer_err, ERR_OK);
	assert_int_equal(w->lost_at_client + w->lost_at_server, 0);
}

static void
test_timeout_and_late_answer(void **state)
{
	struct world *w = *state;
	w->is_holding = true;
	(void)ask_status(w, 20);
	run_until(w, &w->answers, 1);
	assert_int_equal(w->answer_err, ERR_TIMEOUT);
	answer_status(w->held[0], 7);
	w->held[0] = NULL;
	settle(w);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->lost_at_client, 0);
	w->is_holding = false;
	(void)ask_status(w, 0);
	run_until(w, &w->answers, 2);
	assert_int_equal(w->value, 42);
}

static void
test_cancel(void **state)
{
	struct world *w = *state;
	struct ipc_client_call *call = ask_status(w, 0);
	ipc_client_cancel(&call);
	assert_null(call);
	ipc_client_cancel(&call);
	settle(w);
	assert_int_equal(w->answers, 0);
	/* one that has ended already, but was not told yet */
	Provision__PackageReceive r = PROVISION__PACKAGE_RECEIVE__INIT;
	call = ipc_client_call(w->client, IPC_PACKAGE_RECEIVE, &r.base, NULL, 0, on_answer, w);
	struct ipc_client_call *other = ipc_client_call(w->client, IPC_PACKAGE_RECEIVE, &r.base, NULL, 0, on_answer, w);
	ipc_client_cancel(&call);
	ipc_client_cancel(&other);
	(void)ipc_client_call(w->client, IPC_PACKAGE_RECEIVE, &r.base, NULL, 0, on_answer, w);
	settle(w);
	assert_int_equal(w->answers, 1);
	assert_int_equal(ipc_client_waiting(w->client), 0);
}

static void
test_too_many_calls(void **state)
{
	struct world *w = *state;
	w->is_holding = true;
	for (int i = 0; i < 8; i++)
		(void)ask_status(w, 0);
	(void)ask_status(w, 0);
	run_until(w, &w->answers, 1);
	assert_int_equal(w->answer_err, ERR_BUSY);
	/* the server reads no more than it may hold */
	settle(w);
	assert_int_equal(w->held_count, 4);
	assert_int_equal(ipc_server_inflight(w->server), 4);
	w->is_holding = false;
	for (int i = 0; i < 4; i++) {
		answer_status(w->held[i], 1);
		w->held[i] = NULL;
	}
	run_until(w, &w->answers, 9);
	assert_int_equal(w->answer_err, ERR_OK);
	settle(w);
	assert_int_equal(ipc_server_unsent(w->server), 0);
}

static void
test_loss_and_new_link(void **state)
{
	struct world *w = *state;
	w->is_holding = true;
	(void)ask_status(w, 0);
	(void)ask_status(w, 0);
	settle(w);
	ipc_server_drop(w->server, 1);
	run_until(w, &w->lost_at_client, 1);
	assert_int_equal(w->answers, 2);
	assert_int_equal(w->answer_err, ERR_UNAVAILABLE);
	assert_int_equal(w->client_err, ERR_CLOSED);
	assert_false(ipc_client_is_attached(w->client));
	(void)ask_status(w, 0);
	run_until(w, &w->answers, 3);
	assert_int_equal(w->answer_err, ERR_UNAVAILABLE);
	/* the answers to the requests of the old link go nowhere, not to the new one */
	link_both(w, 2);
	for (int i = 0; i < 2; i++) {
		answer_status(w->held[i], 1);
		w->held[i] = NULL;
	}
	settle(w);
	assert_int_equal(w->answers, 3);
	w->is_holding = false;
	(void)ask_status(w, 0);
	run_until(w, &w->answers, 4);
	assert_int_equal(w->answer_err, ERR_OK);
	/* and the other way: the client goes */
	ipc_client_detach(w->client);
	run_until(w, &w->lost_at_server, 1);
	assert_int_equal(w->lost_link, 2);
	assert_int_equal(w->server_err, ERR_CLOSED);
	assert_int_equal(w->lost_at_client, 1);
}

static void
free_in_answer(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct world *w = arg;
	(void)reply;
	(void)fds;
	w->answers++;
	w->answer_err = err;
	ipc_client_free(&w->client);
}

static void
test_client_freed_in_callback(void **state)
{
	struct world *w = *state;
	Provision__Status m = PROVISION__STATUS__INIT;
	for (int i = 0; i < 3; i++)
		(void)ipc_client_call(w->client, IPC_STATUS, &m.base, NULL, 0, free_in_answer, w);
	run_until(w, &w->answers, 1);
	settle(w);
	assert_int_equal(w->answers, 1);
	assert_null(w->client);
}

static void
test_client_freed_on_loss(void **state)
{
	struct world *w = *state;
	w->is_holding = true;
	Provision__Status m = PROVISION__STATUS__INIT;
	for (int i = 0; i < 3; i++)
		(void)ipc_client_call(w->client, IPC_STATUS, &m.base, NULL, 0, free_in_answer, w);
	settle(w);
	ipc_server_drop(w->server, 1);
	run_until(w, &w->answers, 1);
	settle(w);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->answer_err, ERR_UNAVAILABLE);
}

static void
test_told(void **state)
{
	struct world *w = *state;
	uint8_t id[16] = { 1 };
	Provision__PackageCut m = PROVISION__PACKAGE_CUT__INIT;
	m.package = BYTES(id, 16);
	ipc_server_tell_roles(w->server, IPC_ROLE_BIT(IPC_ROLE_COURIER), IPC_PACKAGE_CUT, &m.base);
	ipc_server_tell_roles(w->server, IPC_ROLE_BIT(IPC_ROLE_WEB), IPC_PACKAGE_CUT, &m.base);
	ipc_server_tell_link(w->server, 1, IPC_PACKAGE_CUT, &m.base);
	ipc_server_tell_link(w->server, 99, IPC_PACKAGE_CUT, &m.base);
	run_until(w, &w->told, 2);
	settle(w);
	assert_int_equal(w->told, 2);
}

/* Workers: replies from other threads, all at once. */
static void *
reply_all(void *arg)
{
	struct world *w = arg;
	for (size_t i = 0; i < w->held_count; i++) {
		answer_status(w->held[i], i);
		w->held[i] = NULL;
	}
	return NULL;
}

static void
test_replies_from_a_thread(void **state)
{
	struct world *w = *state;
	for (int round = 0; round < 50; round++) {
		w->is_holding = true;
		w->held_count = 0;
		w->answers = 0;
		for (int i = 0; i < 4; i++)
			(void)ask_status(w, 0);
		settle(w);
		assert_int_equal(w->held_count, 4);
		pthread_t thread;
		assert_int_equal(pthread_create(&thread, NULL, reply_all, w), 0);
		run_until(w, &w->answers, 4);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
}

/* A hostile process in web's place. */
static int
raw_peer(struct world *w)
{
	int fds[2];
	ipc_client_detach(w->client);
	settle(w);
	w->lost_at_server = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	ipc_server_add(w->server, fds[1], IPC_ROLE_WEB, 77);
	return fds[0];
}

static void
test_hostile_peer_is_cut(void **state)
{
	struct world *w = *state;
	static uint8_t payload[200 * 1024];
	size_t n = 0;
	while (n < sizeof(payload) - 64)
		n = wire_put_bytes(payload, n, 4, "", 0);
	int null = open("/dev/null", O_RDONLY);
	for (int i = 0; i < 6; i++) {
		int fd = raw_peer(w);
		switch (i) {
		case 0: /* items without end: within the frame's limit, beyond the arena's */
			wire_send(fd, (struct wire_head){ IPC_PACKAGE_FILES_PUT, 0, 0, 1 }, payload, 120 * 1024, NULL, 0);
			break;
		case 1: /* a descriptor too many */
			wire_send(fd, (struct wire_head){ IPC_STATUS, 0, 0, 1 }, "", 0, &null, 1);
			break;
		case 2: /* bad UTF-8 */
			wire_send(fd, (struct wire_head){ IPC_COMPANY_GET, 0, 0, 1 }, "\x0a\x00\x12\x01\xff", 5, NULL, 0);
			break;
		case 3: /* nobody asked for a reply */
			wire_send(fd, (struct wire_head){ IPC_EMPTY, WIRE_REPLY, 0, 1 }, "", 0, NULL, 0);
			break;
		case 4:
			wire_send_raw(fd, "garbage", 7);
			break;
		default:
			wire_send_raw(fd, "", 0);
		}
		run_until(w, &w->lost_at_server, 1);
		assert_int_equal(w->server_err, i == 5 ? ERR_CLOSED : ERR_SYNTAX);
		char byte;
		assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
		file_close(&fd);
	}
	assert_int_equal(w->held_count, 0);
	file_close(&null);
}

/* A peer that asks and never reads: the server's queue is bounded, then it is cut; others are served. */
static void
test_deaf_peer_is_cut(void **state)
{
	struct world *w = *state;
	int fd = raw_peer(w);
	link_both(w, 2);
	uint8_t id[16] = { 1 };
	Provision__PackageCut m = PROVISION__PACKAGE_CUT__INIT;
	m.package = BYTES(id, 16);
	int sent = 0;
	for (; w->lost_at_server == 0 && sent < 1000000; sent++) {
		ipc_server_tell_link(w->server, 77, IPC_PACKAGE_CUT, &m.base);
		if (sent % 1000 == 0)
			event_loop_step(w->loop, false);
	}
	run_until(w, &w->lost_at_server, 1);
	assert_int_equal(w->server_err, ERR_BUSY);
	(void)ask_status(w, 0);
	run_until(w, &w->answers, 1);
	assert_int_equal(w->answer_err, ERR_OK);
	file_close(&fd);
}

/* A wrong answer cuts the client's link: the other end is not the store it seemed to be. */
static void
test_wrong_answers(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 4; i++) {
		int fds[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
		w->lost_at_client = w->answers = 0;
		ipc_client_attach(w->client, fds[0]);
		(void)ask_status(w, 0);
		uint8_t frame[64];
		assert_int_equal(recv(fds[1], frame, sizeof(frame), 0), 16);
		uint64_t id = 0;
		for (int k = 8; k < 16; k++)
			id = id << 8 | frame[k];
		if (i == 0)
			wire_send(fds[1], (struct wire_head){ IPC_EMPTY, WIRE_REPLY, 0, id }, "", 0, NULL, 0);
		else if (i == 1)
			wire_send(fds[1], (struct wire_head){ IPC_STATUS_REPLY, WIRE_REPLY, 0, id }, "\xff", 1, NULL, 0);
		else if (i == 2)
			wire_send(fds[1], (struct wire_head){ IPC_STATUS, 0, 0, id }, "", 0, NULL, 0);
		else
			wire_send(fds[1], (struct wire_head){ IPC_PACKAGE_CUT, 0, 0, 0 }, "\x0a\x01x", 3, NULL, 0);
		run_until(w, &w->lost_at_client, 1);
		assert_int_equal(w->answers, 1);
		assert_int_equal(w->answer_err, ERR_UNAVAILABLE);
		assert_int_equal(w->client_err, ERR_SYNTAX);
		file_close(&fds[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_call, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptor_and_error, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_message, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_message_is_not_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timeout_and_late_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loss_and_new_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_client_freed_in_callback, setup, teardown),
		cmocka_unit_test_setup_teardown(test_client_freed_on_loss, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replies_from_a_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_peer_is_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deaf_peer_is_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_answers, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
