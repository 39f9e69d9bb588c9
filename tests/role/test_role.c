/* SPDX-License-Identifier: MIT */
/*
 * The life of a role over its control channel, with this test in the supervisor's place: the order of its
 * messages, jail and user, reload, links, ticket keys, stop, and the loss of the supervisor.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
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
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "ipc/call.h"
#include "ipc/link.h"
#include "record/admin.pb-c.h"
#include "record/control.pb-c.h"

#define NOBODY 65534

/* A dummy role that was started, and our end of its control channel. */
struct child {
	pid_t pid;
	int raw;                 /* the control channel, when it is ours to spoil */
	struct ipc_call *control;
	struct ipc_call *ctl;    /* a link to it as provisionctl */
	int errors;              /* what it says */
	bool is_jailed;
	char said[8192];
	size_t said_len;
};

static char folder[64], store_path[128], web_path[128];

static int
setup(void **state)
{
	(void)state;
	memcpy(folder, "/tmp/provision-role-XXXXXX", 27);
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
		return -1;
	(void)snprintf(store_path, sizeof(store_path), "%s/provision-store", folder);
	(void)snprintf(web_path, sizeof(web_path), "%s/provision-web", folder);
	return symlink(DUMMY_ROLE, store_path) == 0 && symlink(DUMMY_ROLE, web_path) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(store_path);
	(void)unlink(web_path);
	return rmdir(folder);
}

/* Starts path with a control channel (unless it is started by hand) and at most one argument. */
static void
start(struct child *c, const char *path, const char *argument, bool has_channel)
{
	int control[2], out[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	*c = (struct child){ .pid = fork(), .raw = control[0], .errors = out[0] };
	assert_true(c->pid >= 0);
	if (c->pid == 0) {
		(void)dup2(out[1], STDERR_FILENO);
		(void)dup2(out[1], STDOUT_FILENO);
		if (has_channel)
			(void)dup2(control[1], 3);
		else
			(void)close(3);
		(void)unsetenv("HOME");
		(void)execl(path, path, argument, (char *)NULL);
		_exit(127);
	}
	(void)close(control[1]);
	(void)close(out[1]);
	if (has_channel)
		c->control = ipc_call_new(control[0], IPC_ROLE_SUPERVISOR, strstr(path, "web") != NULL ? IPC_ROLE_WEB : IPC_ROLE_STORE);
}

/* Its exit code, or 1000 + signal; everything it said is in c->said. */
static int
end(struct child *c)
{
	int status;
	while (c->said_len < sizeof(c->said) - 1) {
		ssize_t n = read(c->errors, c->said + c->said_len, sizeof(c->said) - 1 - c->said_len);
		if (n <= 0)
			break;
		c->said_len += (size_t)n;
	}
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	ipc_call_close(&c->ctl);
	if (c->control == NULL)
		file_close(&c->raw);
	ipc_call_close(&c->control);
	file_close(&c->errors);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static struct conf *
make_conf(const char *reserve)
{
	char text[128];
	(void)snprintf(text, sizeof(text), "disk_reserve_bytes = %s\n", reserve);
	return load_good(text);
}

/* Sends a control message; the error it is answered with. One descriptor may go along. */
static int
tell(struct child *c, enum ipc_type type, const ProtobufCMessage *m, int fd)
{
	struct arena *arena = arena_new(4096);
	const ProtobufCMessage *reply;
	int err;
	if (fd == -1) {
		err = ipc_call(c->control, type, m, 5000, arena, &reply, NULL);
	} else {
		/* the blocking client passes no descriptors: by hand */
		struct buf packed;
		struct ipc_packet packet;
		const struct ipc_message *row = ipc_message_find(type);
		buf_init(&packed, row->bytes_max);
		assert_int_equal(ipc_message_pack(row, m, &packed), ERR_OK);
		struct ipc_frame f = { .row = row, .id = 99, .payload = buf_view(&packed), .fds = { fd }, .fd_count = 1 };
		assert_int_equal(ipc_packet_init(&packet, &f), ERR_OK);
		assert_int_equal(ipc_packet_send(c->raw, &packet), ERR_OK);
		ipc_packet_deinit(&packet);
		buf_deinit(&packed);
		struct buf memory;
		buf_init(&memory, IPC_FRAME_MEMORY);
		uint64_t until = clock_mono_ms() + 5000;
		while ((err = ipc_frame_receive(c->raw, IPC_ROLE_SUPERVISOR, IPC_ROLE_STORE, &memory, &f)) == ERR_BUSY &&
		    clock_mono_ms() < until)
			(void)usleep(1000);
		if (err == ERR_OK)
			err = f.err;
		buf_deinit(&memory);
	}
	arena_free(&arena);
	return err;
}

static int
configure(struct child *c, Provision__Role role, bool is_jailed, const char *reserve)
{
	struct conf *conf = make_conf(reserve);
	struct buf packed;
	uint8_t key[32] = { 1 };
	buf_init(&packed, CONF_RECORD_MAX);
	assert_int_equal(conf_encode(conf, CONF_ROLE_STORE, &packed), ERR_OK);
	Provision__Settings settings = PROVISION__SETTINGS__INIT;
	settings.config = (ProtobufCBinaryData){ packed.len, packed.data };
	settings.master_key = (ProtobufCBinaryData){ 32, key };
	Provision__Configure m = PROVISION__CONFIGURE__INIT;
	m.role = role;
	m.count = 1;
	m.user = geteuid() == 0 ? NOBODY : 0;
	m.group = geteuid() == 0 ? NOBODY : 0;
	m.is_unjailed = !is_jailed;
	m.settings = &settings;
	int err = tell(c, IPC_CONFIGURE, &m.base, -1);
	buf_deinit(&packed);
	conf_free(&conf);
	return err;
}

static int
reload(struct child *c, const char *reserve)
{
	struct conf *conf = make_conf(reserve);
	struct buf packed;
	buf_init(&packed, CONF_RECORD_MAX);
	assert_int_equal(conf_encode(conf, CONF_ROLE_STORE, &packed), ERR_OK);
	Provision__Settings settings = PROVISION__SETTINGS__INIT;
	settings.config = (ProtobufCBinaryData){ packed.len, packed.data };
	Provision__Reload m = PROVISION__RELOAD__INIT;
	m.settings = &settings;
	int err = tell(c, IPC_RELOAD, &m.base, -1);
	buf_deinit(&packed);
	conf_free(&conf);
	return err;
}

static int
tell_simple(struct child *c, enum ipc_type type)
{
	Provision__Start start_message = PROVISION__START__INIT;
	Provision__Ping ping = PROVISION__PING__INIT;
	Provision__Stop stop = PROVISION__STOP__INIT;
	stop.timeout_ms = 1000;
	return tell(c, type, type == IPC_START ? &start_message.base : type == IPC_PING ? &ping.base : &stop.base, -1);
}

static int
attach_ctl(struct child *c)
{
	int fds[2];
	assert_int_equal(ipc_frame_pair(fds), ERR_OK);
	Provision__Attach m = PROVISION__ATTACH__INIT;
	m.role = PROVISION__ROLE__ROLE_CTL;
	m.link = 5;
	int err = tell(c, IPC_ATTACH, &m.base, fds[1]);
	ipc_call_close(&c->ctl);
	c->ctl = ipc_call_new(fds[0], IPC_ROLE_CTL, IPC_ROLE_STORE);
	return err;
}

static void
order(struct child *c, const char *slug)
{
	struct arena *arena = arena_new(64 * 1024);
	const ProtobufCMessage *reply;
	Provision__CompanyAdd m = PROVISION__COMPANY_ADD__INIT;
	m.slug = (ProtobufCBinaryData){ strlen(slug), (uint8_t *)(uintptr_t)slug };
	m.name = m.locale = (ProtobufCBinaryData){ 2, (uint8_t *)(uintptr_t)"de" };
	m.contact = (ProtobufCBinaryData){ 3, (uint8_t *)(uintptr_t)"a@b" };
	assert_int_equal(ipc_call(c->ctl, IPC_COMPANY_ADD, &m.base, 5000, arena, &reply, NULL), ERR_STATE);
	arena_free(&arena);
}

static uint64_t
counter(struct child *c, const char *name)
{
	struct arena *arena = arena_new(64 * 1024);
	const ProtobufCMessage *reply;
	Provision__Status m = PROVISION__STATUS__INIT;
	assert_int_equal(ipc_call(c->ctl, IPC_STATUS, &m.base, 5000, arena, &reply, NULL), ERR_OK);
	const Provision__StatusReply *r = (const Provision__StatusReply *)reply;
	uint64_t value = UINT64_MAX;
	for (size_t i = 0; i < r->n_counters; i++)
		if (view_equal_str(view_of(r->counters[i]->name.data, r->counters[i]->name.len), name))
			value = r->counters[i]->value;
	arena_free(&arena);
	return value;
}

static bool
can_jail(void)
{
#ifdef WITH_SANITIZERS
	return false;
#else
	return true;
#endif
}

static void
test_by_hand(void **state)
{
	(void)state;
	struct child c;
	start(&c, store_path, NULL, false);
	assert_int_equal(end(&c), EX_USAGE);
	assert_non_null(strstr(c.said, "provisiond(8)"));
	start(&c, store_path, "--version", false);
	assert_int_equal(end(&c), 0);
	assert_string_equal(c.said, "provision-store " PACKAGE_VERSION "\n");
	start(&c, store_path, "--help", false);
	assert_int_equal(end(&c), 0);
	start(&c, store_path, "--nonsense", true);
	assert_int_equal(end(&c), EX_USAGE);
}

static void
test_life(void **state)
{
	(void)state;
	struct child c;
	start(&c, store_path, NULL, true);
	assert_int_equal(tell_simple(&c, IPC_PING), ERR_OK);
	assert_int_equal(tell_simple(&c, IPC_START), ERR_STATE);
	assert_int_equal(configure(&c, PROVISION__ROLE__ROLE_WEB, can_jail(), "1GiB"), ERR_STATE);
	assert_int_equal(configure(&c, PROVISION__ROLE__ROLE_STORE, can_jail(), "1GiB"), ERR_OK);
	assert_int_equal(configure(&c, PROVISION__ROLE__ROLE_STORE, can_jail(), "1GiB"), ERR_STATE);
	assert_int_equal(attach_ctl(&c), ERR_STATE);
	assert_int_equal(tell_simple(&c, IPC_START), ERR_OK);
	assert_int_equal(tell_simple(&c, IPC_START), ERR_STATE);
	assert_int_equal(attach_ctl(&c), ERR_OK);
	assert_int_equal(counter(&c, "jailed"), can_jail());
	assert_int_equal(counter(&c, "uid"), geteuid() == 0 ? NOBODY : geteuid());
	assert_int_equal(counter(&c, "gid"), geteuid() == 0 ? NOBODY : getegid());
	assert_int_equal(counter(&c, "master_key"), 1);
	assert_int_equal(counter(&c, "certificate_key"), 0);
	assert_int_equal(counter(&c, "reserve"), 1u << 30);
	order(&c, "open");
	assert_int_equal(tell_simple(&c, IPC_STOP), ERR_OK);
	assert_int_equal(end(&c), 0);
	assert_non_null(strstr(c.said, can_jail() ? "open-refused" : "open-works"));
}

static void
test_without_jail(void **state)
{
	(void)state;
	struct child c;
	start(&c, store_path, NULL, true);
	assert_int_equal(configure(&c, PROVISION__ROLE__ROLE_STORE, false, "1GiB"), ERR_OK);
	assert_int_equal(tell_simple(&c, IPC_START), ERR_OK);
	assert_int_equal(attach_ctl(&c), ERR_OK);
	assert_int_equal(counter(&c, "jailed"), 0);
	order(&c, "open");
	order(&c, "exit-5");
	assert_int_equal(end(&c), 5);
	assert_non_null(strstr(c.said, "open-works"));
	assert_non_null(strstr(c.said, "unjailed"));
}

static void
test_reload(void **state)
{
	(void)state;
	struct child c;
	start(&c, store_path, NULL, true);
	assert_int_equal(configure(&c, PROVISION__ROLE__ROLE_STORE, can_jail(), "1GiB"), ERR_OK);
	assert_int_equal(reload(&c, "2GiB"), ERR_STATE);
	assert_int_equal(tell_simple(&c, IPC_START), ERR_OK);
	assert_int_equal(attach_ctl(&c), ERR_OK);
	assert_int_equal(reload(&c, "2GiB"), ERR_OK);
	assert_int_equal(counter(&c, "reserve"), 2ull << 30);
	assert_int_equal(counter(&c, "reloaded"), 1);
	/* refused by the role: nothing has changed */
	assert_int_equal(reload(&c, "77MiB"), ERR_CONFIG);
	assert_int_equal(counter(&c, "reserve"), 2ull << 30);
	/* not a configuration */
	Provision__Settings settings = PROVISION__SETTINGS__INIT;
	settings.config = (ProtobufCBinaryData){ 7, (uint8_t *)(uintptr_t)"garbage" };
	Provision__Reload m = PROVISION__RELOAD__INIT;
	m.settings = &settings;
	assert_int_equal(tell(&c, IPC_RELOAD, &m.base, -1), ERR_SYNTAX);
	assert_int_equal(counter(&c, "reserve"), 2ull << 30);
	Provision__TicketKey key = PROVISION__TICKET_KEY__INIT;
	static uint8_t bytes[64];
	key.key = (ProtobufCBinaryData){ 64, bytes };
	assert_int_equal(tell(&c, IPC_TICKET_KEY, &key.base, -1), ERR_OK);
	assert_int_equal(counter(&c, "tickets"), 1);
	assert_int_equal(tell_simple(&c, IPC_STOP), ERR_OK);
	assert_int_equal(end(&c), 0);
}

static void
test_supervisor_gone(void **state)
{
	(void)state;
	struct child c;
	start(&c, store_path, NULL, true);
	assert_int_equal(configure(&c, PROVISION__ROLE__ROLE_STORE, can_jail(), "1GiB"), ERR_OK);
	assert_int_equal(tell_simple(&c, IPC_START), ERR_OK);
	ipc_call_close(&c.control);
	c.raw = -1;
	assert_int_equal(end(&c), EX_UNAVAILABLE);
	assert_non_null(strstr(c.said, "supervisor-gone"));
	/* the same for a supervisor that talks nonsense */
	start(&c, store_path, NULL, true);
	assert_int_equal(send(c.raw, "nonsense", 8, 0), 8);
	assert_int_equal(end(&c), EX_UNAVAILABLE);
}

/* The terminal's signals are the supervisor's. */
static void
test_signals_are_ignored(void **state)
{
	(void)state;
	struct child c;
	start(&c, store_path, NULL, true);
	assert_int_equal(configure(&c, PROVISION__ROLE__ROLE_STORE, can_jail(), "1GiB"), ERR_OK);
	assert_int_equal(tell_simple(&c, IPC_START), ERR_OK);
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(kill(c.pid, signals[i]), 0);
	assert_int_equal(tell_simple(&c, IPC_PING), ERR_OK);
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	assert_int_equal(end(&c), 1000 + SIGKILL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_without_jail),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_supervisor_gone),
		cmocka_unit_test(test_signals_are_ignored),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
