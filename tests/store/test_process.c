/* SPDX-License-Identifier: MIT */
/*
 * The store as a process, in its jail and under its own user (where we are root), this test in the supervisor's place:
 * it starts, writes, stops, recovers after a kill, and refuses a wrong master key, a second instance, a folder that is
 * open to others, each with its documented exit code.
 */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "ipc/call.h"
#include "ipc/frame.h"
#include "ipc/link.h"
#include "record/admin.pb-c.h"
#include "record/control.pb-c.h"
#include "store/fixture.h"

#define NOBODY 65534

struct process {
	pid_t pid;
	int control;
	struct ipc_call *ctl;
};

struct env {
	struct fixture dir;
	char *state, *mirror;
	uint8_t master[32];
	struct process p;
};

static bool
is_root(void)
{
	return geteuid() == 0;
}

static int
setup(void **state)
{
	struct env *e = mem_alloc(sizeof(*e));
	fixture_init(&e->dir);
	e->state = fixture_folder(&e->dir, "state");
	e->mirror = fixture_folder(&e->dir, "mirror");
	memset(e->master, 7, sizeof(e->master));
	assert_int_equal(chmod(e->dir.path, 0755), 0);
	if (is_root()) {
		assert_int_equal(chown(e->state, NOBODY, NOBODY), 0);
		assert_int_equal(chown(e->mirror, NOBODY, NOBODY), 0);
	}
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;
	fixture_deinit(&e->dir);
	mem_free(&e->state);
	mem_free(&e->mirror);
	mem_free(&e);
	return 0;
}

/* ---- in the supervisor's place ---- */

/* One control message and its answer; a descriptor may go along. ERR_CLOSED: the process has ended. */
static int
tell(struct process *p, enum ipc_type type, const ProtobufCMessage *m, int fd)
{
	const struct ipc_message *row = ipc_message_find(type);
	struct buf packed, memory;
	struct ipc_packet packet;
	buf_init(&packed, row->bytes_max);
	assert_int_equal(ipc_message_pack(row, m, &packed), 0);
	struct ipc_frame f = { .row = row, .id = 9, .payload = buf_view(&packed), .fds = { fd }, .fd_count = fd == -1 ? 0 : 1 };
	assert_int_equal(ipc_packet_init(&packet, &f), 0);
	int err = ipc_packet_send(p->control, &packet);
	ipc_packet_deinit(&packet);
	buf_deinit(&packed);
	buf_init(&memory, IPC_FRAME_MEMORY);
	uint64_t until = clock_mono_ms() + 20000;
	while (err == 0 && (err = ipc_frame_receive(p->control, IPC_ROLE_SUPERVISOR, IPC_ROLE_STORE, &memory, &f)) == ERR_BUSY &&
	    clock_mono_ms() < until) {
		(void)usleep(1000);
		err = 0;
	}
	if (err == 0)
		err = f.err;
	buf_deinit(&memory);
	return err;
}

static void
spawn(struct process *p)
{
	int fds[2];
	assert_int_equal(ipc_frame_pair(fds), 0);
	p->control = fds[0];
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		(void)dup2(fds[1], 3);
		(void)execl(STORE_PROGRAM, STORE_PROGRAM, (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
}

static int
configure(struct env *e, struct process *p)
{
	char text[512];
	struct buf packed;
	(void)snprintf(text, sizeof(text), "state_dir = \"%s\"\nkey_mirror_dir = \"%s\"\ndisk_reserve_bytes = 16MiB\n", e->state,
	    e->mirror);
	struct conf *conf = load_good(text);
	buf_init(&packed, CONF_RECORD_MAX);
	assert_int_equal(conf_encode(conf, CONF_ROLE_STORE, &packed), 0);
	Provision__Settings settings = PROVISION__SETTINGS__INIT;
	settings.config = (ProtobufCBinaryData){ packed.len, packed.data };
	settings.master_key = (ProtobufCBinaryData){ sizeof(e->master), e->master };
	Provision__Configure m = PROVISION__CONFIGURE__INIT;
	m.role = PROVISION__ROLE__ROLE_STORE;
	m.count = 1;
	m.user = m.group = is_root() ? NOBODY : 0;
#ifdef WITH_SANITIZERS
	m.is_unjailed = 1;
#endif
	m.settings = &settings;
	int err = tell(p, IPC_CONFIGURE, &m.base, -1);
	buf_deinit(&packed);
	conf_free(&conf);
	return err;
}

/* Up to Ready; an error: it has ended. */
static int
start(struct env *e, struct process *p)
{
	Provision__Start m = PROVISION__START__INIT;
	spawn(p);
	assert_int_equal(configure(e, p), 0);
	return tell(p, IPC_START, &m.base, -1);
}

static void
attach(struct process *p)
{
	int fds[2];
	assert_int_equal(ipc_frame_pair(fds), 0);
	Provision__Attach m = PROVISION__ATTACH__INIT;
	m.role = PROVISION__ROLE__ROLE_CTL;
	m.link = 5;
	assert_int_equal(tell(p, IPC_ATTACH, &m.base, fds[1]), 0);
	p->ctl = ipc_call_new(fds[0], IPC_ROLE_CTL, IPC_ROLE_STORE);
}

/* Its exit code, or 1000 + signal. */
static int
end(struct process *p)
{
	int status;
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	ipc_call_close(&p->ctl);
	file_close(&p->control);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int
stop(struct process *p)
{
	Provision__Stop m = PROVISION__STOP__INIT;
	m.timeout_ms = 5000;
	assert_int_equal(tell(p, IPC_STOP, &m.base, -1), 0);
	return end(p);
}

/* ---- as provisionctl ---- */

static ProtobufCBinaryData
bytes(const char *text)
{
	return (ProtobufCBinaryData){ strlen(text), (uint8_t *)(uintptr_t)text };
}

static int
company_add(struct process *p, const char *slug)
{
	struct arena *a = arena_new(1 << 20);
	const ProtobufCMessage *reply;
	Provision__CompanyAdd m = PROVISION__COMPANY_ADD__INIT;
	m.slug = bytes(slug);
	m.name = bytes("Muster GmbH");
	m.contact = bytes("kontakt@example.org");
	m.locale = bytes("de");
	int err = ipc_call(p->ctl, IPC_COMPANY_ADD, &m.base, 10000, a, &reply, NULL);
	arena_free(&a);
	return err;
}

static size_t
company_count(struct process *p)
{
	struct arena *a = arena_new(8 << 20);
	const ProtobufCMessage *reply;
	Provision__CompanyOverview m = PROVISION__COMPANY_OVERVIEW__INIT;
	m.limit = 100;
	assert_int_equal(ipc_call(p->ctl, IPC_COMPANY_OVERVIEW, &m.base, 10000, a, &reply, NULL), 0);
	size_t n = ((const Provision__CompanyOverviewReply *)reply)->n_items;
	arena_free(&a);
	return n;
}

/* ---- tests ---- */

static void
test_life(void **state)
{
	struct env *e = *state;
	struct process *p = &e->p;
	assert_int_equal(start(e, p), 0);
	attach(p);
	assert_int_equal(company_count(p), 0);
	assert_int_equal(company_add(p, "muster"), 0);
	assert_int_equal(company_add(p, "muster"), ERR_EXISTS);
	assert_int_equal(company_add(p, "zweite"), 0);
	assert_int_equal(company_count(p), 2);
	assert_int_equal(stop(p), 0);
	assert_int_equal(start(e, p), 0);
	attach(p);
	assert_int_equal(company_count(p), 2);
	assert_int_equal(company_add(p, "dritte"), 0);
	assert_int_equal(kill(p->pid, SIGKILL), 0);
	assert_int_equal(end(p), 1000 + SIGKILL);
	assert_int_equal(start(e, p), 0);
	attach(p);
	assert_int_equal(company_count(p), 3);
	assert_int_equal(stop(p), 0);
}

static void
test_refusals(void **state)
{
	struct env *e = *state;
	struct process *p = &e->p, second = { 0 };
	assert_int_equal(start(e, p), 0);
	assert_int_equal(start(e, &second), ERR_CLOSED);
	assert_int_equal(end(&second), err_exit_code(ERR_BUSY));
	assert_int_equal(stop(p), 0);
	e->master[0]++;
	assert_int_equal(start(e, p), ERR_CLOSED);
	assert_int_equal(end(p), err_exit_code(ERR_CRYPTO));
	e->master[0]--;
	assert_int_equal(chmod(e->state, 0755), 0);
	assert_int_equal(start(e, p), ERR_CLOSED);
	assert_int_equal(end(p), err_exit_code(ERR_STATE));
	assert_int_equal(chmod(e->state, 0700), 0);
	assert_int_equal(start(e, p), 0);
	/* the supervisor is gone: so is the store */
	file_close(&p->control);
	assert_int_not_equal(end(p), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
