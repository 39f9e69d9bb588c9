/* SPDX-License-Identifier: MIT */
/*
 * Runs a provisiond for a test and reads its log line by line.
 */
#include "config.h"

#include "provisiond/world.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <protobuf-c/protobuf-c.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "event/certs.h"
#include "ipc/call.h"
#include "record/admin.pb-c.h"

#define PATIENCE_MS 5000
#define SAID_MAX (1 << 20)

static void
path_in(const struct world *w, const char *name, char out[WORLD_PATH])
{
	(void)snprintf(out, WORLD_PATH, "%s/%s", w->folder, name);
}

void
world_write(struct world *w, const char *name, struct view content, mode_t mode)
{
	char path[WORLD_PATH];
	path_in(w, name, path);
	assert_int_equal(file_replace(AT_FDCWD, path, content, mode, FILE_SCRATCH), 0);
	assert_int_equal(chmod(path, mode), 0);
}

void
world_make_certificate(struct world *w, bool is_long)
{
	static struct certs ca, leaf;
	char chain[8192];
	certs_make_authority(&ca, "Test");
	certs_make_leaf(&leaf, &ca, "localhost", -3600, 86400 * 365);
	(void)snprintf(chain, sizeof(chain), "%.*s%s%.*s", VIEW_FMT(certs_cert(&leaf)), is_long ? "\n" : "",
	    is_long ? (int)certs_cert(&ca).len : 0, (const char *)certs_cert(&ca).data);
	world_write(w, "cert.pem", view_str(chain), 0644);
	world_write(w, "key.pem", certs_key(&leaf), 0600);
}

/* A port nobody listens on just now. */
static unsigned
free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &n), 0);
	(void)close(fd);
	return ntohs(sin.sin_port);
}

void
world_configure(struct world *w, const char *more)
{
	char text[8192];
	/* as root every kind of process needs a user of its own: three that every Debian has */
	const char *users = geteuid() == 0 ? "user_store = daemon\nuser_web = bin\nuser_courier = games\n" : "";
	(void)snprintf(text, sizeof(text),
	    "url = \"https://localhost:%u\"\nmail_domain = localhost.example\noperator_mail = \"operator@example.org\"\n"
	    "certificate_file = %s/cert.pem\nprivate_key_file = %s/key.pem\nmaster_key_file = %s/master.key\n"
	    "state_dir = %s/state\ncontrol_socket = %s\nroles_dir = %s/roles\nlisten = {\"127.0.0.1:%u\"}\n%s%s",
	    w->port, w->folder, w->folder, w->folder, w->folder, w->socket_path, w->folder, w->port, users, more);
	world_write(w, "provision.conf", view_str(text), 0644);
}

/* The store's own, see world_configure(). */
static void
make_state(const struct world *w)
{
	char path[WORLD_PATH];
	path_in(w, "state", path);
	assert_int_equal(mkdir(path, 0700), 0);
	if (geteuid() == 0) {
		const struct passwd *user = getpwnam("daemon");
		assert_non_null(user);
		assert_int_equal(chown(path, user->pw_uid, user->pw_gid), 0);
	}
}

void
world_make(struct world *w, const char *more)
{
	static const char *const roles[] = { "store", "web", "courier" };
	uint8_t key[32];
	memset(key, 7, sizeof(key));
	*w = (struct world){ .folder = "/tmp/provision-world-XXXXXX", .out = -1, .notify = -1 };
	assert_non_null(mkdtemp(w->folder));
	w->port = free_port();
	w->said = mem_alloc(SAID_MAX);
	path_in(w, "provision.conf", w->conf_path);
	path_in(w, "control.sock", w->socket_path);
	world_make_certificate(w, false);
	world_write(w, "master.key", view_of(key, sizeof(key)), 0600);
	char path[WORLD_PATH];
	make_state(w);
	path_in(w, "roles", path);
	assert_int_equal(mkdir(path, 0755), 0);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/roles/provision-%s", w->folder, roles[i]);
		assert_int_equal(symlink(DUMMY_ROLE, path), 0);
	}
	world_configure(w, more);
}

void
world_remove(struct world *w)
{
	static const char *const names[] = { "roles/provision-store", "roles/provision-web", "roles/provision-courier",
		"provision.conf", "cert.pem", "key.pem", "master.key", "password", "notify.sock" };
	if (w->pid != 0) {
		(void)kill(w->pid, SIGKILL);
		(void)world_end(w);
	}
	char path[WORLD_PATH];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_in(w, names[i], path);
		(void)unlink(path);
	}
	(void)unlink(w->socket_path);
	path_in(w, "roles", path);
	(void)rmdir(path);
	path_in(w, "state", path);
	(void)rmdir(path);
	assert_int_equal(rmdir(w->folder), 0);
	file_close(&w->notify);
	mem_free(&w->said);
}

void
world_listen_for_notices(struct world *w)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char path[WORLD_PATH];
	path_in(w, "notify.sock", path);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	w->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(w->notify, (struct sockaddr *)&sun, sizeof(sun)), 0);
}

void
world_notice(struct world *w, char out[512])
{
	struct pollfd p = { .fd = w->notify, .events = POLLIN };
	out[0] = '\0';
	if (poll(&p, 1, PATIENCE_MS) != 1)
		return;
	ssize_t n = recv(w->notify, out, 511, 0);
	out[n < 0 ? 0 : n] = '\0';
}

/* What the service manager would put into the environment. */
static void
set_manager(const struct world *w, bool is_given)
{
	char text[200];
	(void)unsetenv("NOTIFY_SOCKET");
	if (w->notify != -1) {
		path_in(w, "notify.sock", text);
		(void)setenv("NOTIFY_SOCKET", text, 1);
		(void)setenv("WATCHDOG_USEC", "200000", 1);
		(void)snprintf(text, sizeof(text), "%d", (int)getpid());
		(void)setenv("WATCHDOG_PID", text, 1);
	}
	if (!is_given)
		return;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 || listen(fd, 5) != 0 || dup2(fd, 3) != 3)
		_exit(126);
	(void)snprintf(text, sizeof(text), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", text, 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	(void)setenv("LISTEN_FDNAMES", "https", 1);
}

void
world_start(struct world *w, const char *argument, bool is_given)
{
	int out[2];
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	w->said_len = 0;
	w->said[0] = '\0';
	w->pid = fork();
	assert_true(w->pid >= 0);
	if (w->pid == 0) {
		(void)dup2(out[1], STDERR_FILENO);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)setenv("HOME", "/nowhere", 1);
		set_manager(w, is_given);
		(void)close_range(is_given ? 4 : 3, ~0U, 0);
#ifdef WITH_SANITIZERS
		(void)execl(PROVISIOND, PROVISIOND, "--no-jail", "-c", w->conf_path, argument, (char *)NULL);
#else
		(void)execl(PROVISIOND, PROVISIOND, "-c", w->conf_path, argument, (char *)NULL);
#endif
		_exit(127);
	}
	(void)close(out[1]);
	w->out = out[0];
}

/* Takes what is there within ms; false at its end. */
static bool
take(struct world *w, int ms)
{
	struct pollfd p = { .fd = w->out, .events = POLLIN };
	if (poll(&p, 1, ms) != 1)
		return true;
	assert_true(w->said_len < SAID_MAX - 1);
	ssize_t n = read(w->out, w->said + w->said_len, SAID_MAX - 1 - w->said_len);
	if (n <= 0)
		return false;
	w->said_len += (size_t)n;
	w->said[w->said_len] = '\0';
	return true;
}

void
world_listen(struct world *w, uint32_t ms)
{
	uint64_t until = clock_mono_ms() + ms, now;
	while ((now = clock_mono_ms()) < until)
		if (!take(w, (int)(until - now)))
			return;
}

unsigned
world_count(struct world *w, const char *text)
{
	unsigned n = 0;
	while (w->out != -1) {
		size_t before = w->said_len;
		if (!take(w, 0) || w->said_len == before)
			break;
	}
	for (const char *at = w->said; (at = strstr(at, text)) != NULL; at += strlen(text))
		n++;
	return n;
}

void
world_expect(struct world *w, const char *text, unsigned count)
{
	uint64_t until = clock_mono_ms() + PATIENCE_MS;
	while (world_count(w, text) < count && clock_mono_ms() < until)
		if (!take(w, 50))
			break;
	unsigned got = world_count(w, text);
	if (got < count) {
		/* in full: the framework cuts its messages */
		(void)fputs(w->said, stderr);
		fail_msg("\"%s\" was said %u times instead of %u", text, got, count);
	}
}

pid_t
world_child(struct world *w, const char *name)
{
	char text[64];
	(void)snprintf(text, sizeof(text), "process=%s child=", name);
	const char *last = NULL;
	(void)world_count(w, text);
	for (const char *at = w->said; (at = strstr(at, "process-start")) != NULL; at++) {
		const char *end = strchr(at, '\n');
		const char *found = strstr(at, text);
		if (found != NULL && end != NULL && found < end)
			last = found + strlen(text);
	}
	assert_non_null(last);
	return (pid_t)strtol(last, NULL, 10);
}

void
world_start_ready(struct world *w)
{
	world_start(w, NULL, false);
	world_expect(w, " ready program=provisiond", 1);
}

int
world_end(struct world *w)
{
	int status;
	while (take(w, 10000))
		if (poll(&(struct pollfd){ .fd = w->out, .events = POLLIN }, 1, 10000) != 1)
			break;
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	w->pid = 0;
	file_close(&w->out);
	/* a crash, or what a sanitizer found */
	if ((WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) || (WIFEXITED(status) && WEXITSTATUS(status) == 1))
		(void)fputs(w->said, stderr);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int
world_stop(struct world *w)
{
	assert_int_equal(kill(w->pid, SIGTERM), 0);
	return world_end(w);
}

static int
ask(struct world *w, enum ipc_type type, const ProtobufCMessage *m, struct arena *arena, const ProtobufCMessage **reply_r)
{
	struct ipc_call *c;
	int err = ipc_call_open(w->socket_path, IPC_ROLE_CTL, IPC_ROLE_STORE, &c);
	if (err != 0)
		return err;
	err = ipc_call(c, type, m, PATIENCE_MS, arena, reply_r, NULL);
	ipc_call_close(&c);
	return err;
}

int
world_order(struct world *w, const char *slug)
{
	struct arena *arena = arena_new(64 * 1024);
	const ProtobufCMessage *reply;
	Provision__CompanyAdd m = PROVISION__COMPANY_ADD__INIT;
	m.slug = (ProtobufCBinaryData){ strlen(slug), (uint8_t *)(uintptr_t)slug };
	m.name = m.locale = (ProtobufCBinaryData){ 2, (uint8_t *)(uintptr_t)"de" };
	m.contact = (ProtobufCBinaryData){ 3, (uint8_t *)(uintptr_t)"a@b" };
	int err = ask(w, IPC_COMPANY_ADD, &m.base, arena, &reply);
	arena_free(&arena);
	return err;
}

int
world_order_type(struct world *w, unsigned type)
{
	struct arena *arena = arena_new(64 * 1024);
	const ProtobufCMessage *reply;
	Provision__QueueFlush flush = PROVISION__QUEUE_FLUSH__INIT;
	Provision__ClockAccept clock = PROVISION__CLOCK_ACCEPT__INIT;
	int err = ask(w, (enum ipc_type)type, type == IPC_QUEUE_FLUSH ? &flush.base : &clock.base, arena, &reply);
	arena_free(&arena);
	return err;
}

uint64_t
world_counter(struct world *w, const char *name)
{
	struct arena *arena = arena_new(64 * 1024);
	const ProtobufCMessage *reply;
	Provision__Status m = PROVISION__STATUS__INIT;
	uint64_t value = UINT64_MAX;
	assert_int_equal(ask(w, IPC_STATUS, &m.base, arena, &reply), 0);
	const Provision__StatusReply *r = (const Provision__StatusReply *)reply;
	for (size_t i = 0; i < r->n_counters; i++)
		if (view_equal_str(view_of(r->counters[i]->name.data, r->counters[i]->name.len), name))
			value = r->counters[i]->value;
	arena_free(&arena);
	return value;
}
