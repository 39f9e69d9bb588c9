/* SPDX-License-Identifier: MIT */
/*
 * The blocking client against a named socket: answers, errors of the peer, silence, garbage, nobody there.
 */
#include "config.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <protobuf-c/protobuf-c.h>

#include "base/file.h"
#include "ipc/call.h"
#include "ipc/link.h"
#include "ipc/wire.h"
#include "record/admin.pb-c.h"

static char folder[64], path[128];
static int listening = -1;

static int
setup(void **state)
{
	(void)state;
	memcpy(folder, "/tmp/provision-call-XXXXXX", 27);
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	memcpy(sun.sun_path, path, strlen(path) + 1);
	listening = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	return bind(listening, (struct sockaddr *)&sun, sizeof(sun)) == 0 && listen(listening, 4) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	file_close(&listening);
	(void)unlink(path);
	return rmdir(folder);
}

/* What the other side sends back to whatever comes. */
struct answer {
	struct wire_head head;
	const char *payload;
	size_t n;
	bool is_raw, is_silent;
};

static void *
serve(void *arg)
{
	const struct answer *a = arg;
	uint8_t frame[256];
	int fd = accept(listening, NULL, NULL);
	uid_t uid;
	gid_t gid;
	pid_t pid;
	assert_int_equal(ipc_link_peer(fd, &uid, &gid, &pid), ERR_OK);
	assert_int_equal(uid, getuid());
	assert_int_equal(pid, getpid());
	if (recv(fd, frame, sizeof(frame), 0) >= 16 && !a->is_silent) {
		struct wire_head h = a->head;
		h.id = frame[15];
		if (a->is_raw)
			wire_send_raw(fd, a->payload, a->n);
		else
			wire_send(fd, h, a->payload, a->n, NULL, 0);
	}
	if (a->is_silent)
		(void)recv(fd, frame, sizeof(frame), 0);
	file_close(&fd);
	return NULL;
}

static int
ask(const struct answer *a, uint64_t *jobs_r)
{
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, serve, (void *)(uintptr_t)a), 0);
	struct ipc_call *c;
	assert_int_equal(ipc_call_open(path, IPC_ROLE_CTL, IPC_ROLE_STORE, &c), ERR_OK);
	struct arena *arena = arena_new(4096);
	Provision__QueueFlush m = PROVISION__QUEUE_FLUSH__INIT;
	const ProtobufCMessage *reply;
	int err = ipc_call(c, IPC_QUEUE_FLUSH, &m.base, 100, arena, &reply, NULL);
	*jobs_r = err == ERR_OK ? ((const Provision__QueueFlushReply *)reply)->jobs : 0;
	ipc_call_close(&c);
	arena_free(&arena);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return err;
}

static void
test_answers(void **state)
{
	(void)state;
	static const struct {
		struct answer answer;
		int err;
		uint64_t jobs;
	} cases[] = {
		{ { { IPC_QUEUE_FLUSH_REPLY, WIRE_REPLY, 0, 0 }, "\x08\x07", 2, false, false }, ERR_OK, 7 },
		{ { { IPC_QUEUE_FLUSH_REPLY, WIRE_REPLY, ERR_BUSY, 0 }, "", 0, false, false }, ERR_BUSY, 0 },
		{ { { IPC_QUEUE_LIST_REPLY, WIRE_REPLY, 0, 0 }, "", 0, false, false }, ERR_SYNTAX, 0 },
		{ { { IPC_QUEUE_FLUSH_REPLY, WIRE_REPLY, 0, 0 }, "\x10\x07", 2, false, false }, ERR_SYNTAX, 0 },
		{ { { 0, 0, 0, 0 }, "garbage", 7, true, false }, ERR_SYNTAX, 0 },
		{ { { 0, 0, 0, 0 }, "", 0, false, true }, ERR_TIMEOUT, 0 },
		{ { { 0, 0, 0, 0 }, "", 0, true, false }, ERR_CLOSED, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t jobs;
		assert_int_equal(ask(&cases[i].answer, &jobs), cases[i].err);
		assert_int_equal(jobs, cases[i].jobs);
	}
}

static void
test_nobody_there(void **state)
{
	(void)state;
	struct ipc_call *c;
	char other[200];
	(void)snprintf(other, sizeof(other), "%s/none", folder);
	assert_int_equal(ipc_call_open(other, IPC_ROLE_CTL, IPC_ROLE_STORE, &c), ERR_NOT_FOUND);
	assert_null(c);
	memset(other, 'x', sizeof(other) - 1);
	other[sizeof(other) - 1] = '\0';
	assert_int_equal(ipc_call_open(other, IPC_ROLE_CTL, IPC_ROLE_STORE, &c), ERR_LIMIT);
	file_close(&listening);
	assert_int_equal(ipc_call_open(path, IPC_ROLE_CTL, IPC_ROLE_STORE, &c), ERR_UNAVAILABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_there, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
