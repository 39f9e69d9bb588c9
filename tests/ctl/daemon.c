/* SPDX-License-Identifier: MIT */
/*
 * Socket, loop and child. Knows no message.
 */
#include "config.h"

#include "ctl/daemon.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypt/init.h"

#define WORDS_MAX 16
#define PATIENCE_MS 5000
#define CONF \
	"url = \"https://provision.example.org\"\nmail_domain = provision.example.org\n" \
	"operator_mail = \"operator@example.org\"\ncertificate_file = /etc/provision/cert.pem\n" \
	"private_key_file = /etc/provision/key.pem\nmaster_key_file = /etc/provision/master.key\n"

static void
on_request(void *arg, struct ipc_request *r)
{
	struct daemon *d = arg;
	d->asked++;
	assert_non_null(d->answer);
	d->answer(d, r);
}

static void
on_connection(void *arg, unsigned ready)
{
	struct daemon *d = arg;
	(void)ready;
	int fd = accept4(d->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(fd >= 0);
	d->connected++;
	if (d->accepted != NULL)
		d->accepted(d, fd);
	else
		ipc_server_add(d->store, fd, IPC_ROLE_CTL, ++d->link);
}

void
daemon_refuse(struct daemon *d, struct ipc_request *r)
{
	ipc_server_reply(&r, d->err, NULL, NULL);
}

void
daemon_configure(struct daemon *d, const char *lines)
{
	char text[2048];
	(void)snprintf(text, sizeof(text), CONF "%s", lines);
	assert_int_equal(file_replace(AT_FDCWD, d->conf, view_str(text), 0644, FILE_SCRATCH), 0);
}

int
daemon_setup(void **state)
{
	struct daemon *d = mem_alloc(sizeof(*d));
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	*d = (struct daemon){ .folder = "/tmp/provision-ctl-XXXXXX", .loop = event_loop_new() };
	log_init("test", LOG_ERROR, false);
	assert_int_equal(crypt_init(), 0);
	assert_non_null(mkdtemp(d->folder));
	(void)snprintf(d->socket, sizeof(d->socket), "%s/control.sock", d->folder);
	(void)snprintf(d->conf, sizeof(d->conf), "%s/provision.conf", d->folder);
	memcpy(sun.sun_path, d->socket, strlen(d->socket) + 1);
	d->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(d->fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(d->fd, 5), 0);
	const struct ipc_server_options o = { .self = IPC_ROLE_STORE, .inflight_max = 4, .request = on_request, .arg = d };
	d->store = ipc_server_new(d->loop, &o);
	d->watch = event_watch_start(d->loop, d->fd, EVENT_READ, on_connection, d);
	*state = d;
	return 0;
}

void
daemon_stop(struct daemon *d)
{
	event_watch_cancel(&d->watch);
	file_close(&d->fd);
}

int
daemon_teardown(void **state)
{
	struct daemon *d = *state;
	daemon_stop(d);
	ipc_server_free(&d->store);
	event_loop_free(&d->loop);
	(void)unlink(d->conf);
	(void)unlink(d->socket);
	assert_int_equal(rmdir(d->folder), 0);
	mem_free(&d);
	return 0;
}

/* In the child: nothing but the program, its words and two files. */
static void
become(const struct daemon *d, char *const *argv, FILE *out, FILE *said)
{
	int program = open(TOOL, O_RDONLY | O_CLOEXEC);
	(void)dup2(fileno(out), STDOUT_FILENO);
	(void)dup2(fileno(said), STDERR_FILENO);
	(void)alarm(10);
	if (d->user != 0 && (setgroups(0, NULL) != 0 || setgid((gid_t)d->user) != 0 || setuid((uid_t)d->user) != 0))
		_exit(126);
	(void)setenv("TZ", "UTC", 1);
	(void)fexecve(program, argv, environ);
	_exit(127);
}

static void
read_all(FILE *f, char *out, size_t size)
{
	rewind(f);
	size_t n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	(void)fclose(f);
}

static void
on_signal(void *arg)
{
	*(bool *)arg = true;
}

int
daemon_run(struct daemon *d, const char *const *words)
{
	const char *argv[WORDS_MAX] = { strrchr(TOOL, '/') + 1, "--socket", d->socket };
	size_t n = strcmp(words[0], "-c") == 0 ? 1 : 3;
	for (; *words != NULL; words++) {
		assert_true(n + 1 < WORDS_MAX);
		argv[n++] = *words;
	}
	argv[n] = NULL;
	FILE *out = tmpfile(), *said = tmpfile();
	bool is_signalled = false;
	int status = 0;
	struct event_signal *child = event_signal_start(d->loop, SIGCHLD, on_signal, &is_signalled);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		become(d, (char *const *)(uintptr_t)argv, out, said);
	while (waitpid(pid, &status, WNOHANG) != pid)
		event_loop_step(d->loop, true);
	event_signal_cancel(&child);
	/* what it had asked when it went */
	event_loop_step(d->loop, false);
	read_all(out, d->out, sizeof(d->out));
	read_all(said, d->said, sizeof(d->said));
	d->code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
	return d->code;
}
