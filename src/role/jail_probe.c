/* SPDX-License-Identifier: MIT */
/*
 * Forbidden acts, tried in a child each, with or without the jail. For --check-jail and for the tests, which
 * also show that every act works outside, so that a refusal means something.
 */
#include "config.h"

#include "role/jail_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "role/jail.h"

/* <sys/ptrace.h> is nobody's: the request numbers are the kernel's. */
#define TRACE_ATTACH 16

static int
result(long value)
{
	return value < 0 ? -1 : 0;
}

static void
path_in(const struct role_probe_place *place, const char *name, char out[128])
{
	(void)snprintf(out, 128, "%s/%s", place->folder, name);
}

static int
open_to_read(const struct role_probe_place *place)
{
	char path[128];
	path_in(place, "file", path);
	return result(open(path, O_RDONLY));
}

static int
open_to_write(const struct role_probe_place *place)
{
	char path[128];
	path_in(place, "file", path);
	return result(open(path, O_WRONLY | O_TRUNC));
}

static int
make_file(const struct role_probe_place *place)
{
	char path[128];
	path_in(place, "new", path);
	return result(open(path, O_WRONLY | O_CREAT, 0600));
}

static int
list_folder(const struct role_probe_place *place)
{
	(void)place;
	return result(open("/etc", O_RDONLY | O_DIRECTORY));
}

static int
unlink_file(const struct role_probe_place *place)
{
	char path[128];
	path_in(place, "file", path);
	return unlink(path);
}

static int
connect_tcp(const struct role_probe_place *place)
{
	struct sockaddr_in sin;
	socklen_t n = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || getsockname(place->tcp, (struct sockaddr *)&sin, &n) != 0)
		return -1;
	return connect(fd, (const struct sockaddr *)&sin, n);
}

static int
listen_tcp(const struct role_probe_place *place)
{
	(void)place;
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd < 0 || bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) != 0 ? -1 : listen(fd, 1);
}

static int
connect_local(const struct role_probe_place *place)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char path[128];
	path_in(place, "socket", path);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	return fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&sun, sizeof(sun));
}

static int
make_process(const struct role_probe_place *place)
{
	(void)place;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : result(waitpid(pid, NULL, 0));
}

static int
make_process_by_clone(const struct role_probe_place *place)
{
	(void)place;
	long pid = syscall(SYS_clone, (unsigned long)SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : result(waitpid((pid_t)pid, NULL, 0));
}

static int
execute(const struct role_probe_place *place)
{
	(void)place;
	char *const argv[] = { (char[]){ "true" }, NULL };
	/* exits with 0 when it works */
	return execv("/bin/true", argv);
}

static int
map_executable(const struct role_probe_place *place)
{
	(void)place;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? -1 : 0;
}

static int
make_executable(const struct role_probe_place *place)
{
	(void)place;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int
trace(const struct role_probe_place *place)
{
	return result(syscall(SYS_ptrace, TRACE_ATTACH, place->victim, NULL, NULL));
}

static int
read_memory(const struct role_probe_place *place)
{
	static char there, here;
	struct iovec local = { &here, 1 }, remote = { &there, 1 };
	return result(process_vm_readv(place->victim, &local, 1, &remote, 1, 0));
}

static int
send_signal(const struct role_probe_place *place)
{
	return kill(place->victim, SIGCONT);
}

static int
send_signal_by_pidfd(const struct role_probe_place *place)
{
	long fd = syscall(SYS_pidfd_open, place->victim, 0);
	return fd < 0 ? -1 : result(syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0));
}

static int
become_dumpable(const struct role_probe_place *place)
{
	(void)place;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int
change_mode(const struct role_probe_place *place)
{
	char path[128];
	path_in(place, "file", path);
	return chmod(path, 0666);
}

static int
open_terminal_queue(const struct role_probe_place *place)
{
	(void)place;
	/* message queues, as a stand-in for all of System V IPC */
	long id = syscall(SYS_msgget, 0 /* IPC_PRIVATE */, 0600);
	return id < 0 ? -1 : result(syscall(SYS_msgctl, id, 0 /* IPC_RMID */, NULL));
}

static int
set_user(const struct role_probe_place *place)
{
	(void)place;
	return setuid(getuid());
}

static const struct role_probe table[] = {
	{ "read a file elsewhere", open_to_read },
	{ "write a file elsewhere", open_to_write },
	{ "make a file elsewhere", make_file },
	{ "remove a file elsewhere", unlink_file },
	{ "change a file's mode", change_mode },
	{ "list a folder", list_folder },
	{ "connect by TCP", connect_tcp },
	{ "listen on TCP", listen_tcp },
	{ "connect to a local socket", connect_local },
	{ "start a process (fork)", make_process },
	{ "start a process (clone)", make_process_by_clone },
	{ "execute a program", execute },
	{ "map executable memory", map_executable },
	{ "make memory executable", make_executable },
	{ "trace another process", trace },
	{ "read another process's memory", read_memory },
	{ "send a signal (kill)", send_signal },
	{ "send a signal (pidfd)", send_signal_by_pidfd },
	{ "become dumpable", become_dumpable },
	{ "open a message queue", open_terminal_queue },
	{ "change the user", set_user },
};

const struct role_probe *
role_probes(size_t *n_r)
{
	*n_r = sizeof(table) / sizeof(table[0]);
	return table;
}

static int
listen_at(struct sockaddr *address, socklen_t n)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (bind(fd, address, n) != 0 || listen(fd, 64) != 0))
		file_close(&fd);
	return fd;
}

static bool
reset_file(const struct role_probe_place *place)
{
	char path[128];
	path_in(place, "file", path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool is_made = fd >= 0;
	file_close(&fd);
	return is_made;
}

bool
role_probe_place_make(struct role_probe_place *place)
{
	*place = (struct role_probe_place){ "/tmp/provision-probe-XXXXXX", -1, -1, -1 };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char path[128];
	if (mkdtemp(place->folder) == NULL)
		return false;
	path_in(place, "socket", path);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	place->tcp = listen_at((struct sockaddr *)&sin, sizeof(sin));
	place->local = listen_at((struct sockaddr *)&sun, sizeof(sun));
	place->victim = fork();
	if (place->victim == 0) {
		for (;;)
			pause();
	}
	return place->tcp >= 0 && place->local >= 0 && place->victim > 0;
}

void
role_probe_place_remove(struct role_probe_place *place)
{
	static const char *const names[] = { "file", "new", "socket" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];
		path_in(place, names[i], path);
		(void)unlink(path);
	}
	(void)rmdir(place->folder);
	file_close(&place->tcp);
	file_close(&place->local);
	if (place->victim > 0) {
		(void)kill(place->victim, SIGKILL);
		(void)waitpid(place->victim, NULL, 0);
	}
	place->victim = -1;
}

static _Noreturn void
act_in_child(const struct role_probe *probe, const struct role_probe_place *place, bool is_jailed, unsigned permits)
{
	/* refusals are expected: no word of them */
	int null = open("/dev/null", O_WRONLY);
	if (null < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(ROLE_JAIL_EXIT);
	(void)alarm(10);
	if (is_jailed) {
		role_jail_harden();
		if (role_jail_enter(permits, NULL, NULL) != ERR_OK)
			_exit(ROLE_JAIL_EXIT);
	}
	_exit(probe->act(place) == 0 ? 0 : 1);
}

bool
role_probe_works(const struct role_probe *probe, const struct role_probe_place *place, bool is_jailed, unsigned permits)
{
	int status;
	if (!reset_file(place))
		return false;
	pid_t pid = fork();
	if (pid == 0)
		act_in_child(probe, place, is_jailed, permits);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
