/* SPDX-License-Identifier: MIT */
/*
 * A supervisor for one process and one link: settings, start, attach, stop. Knows the messages of record/control.proto and
 * nothing of what is asked afterwards. Called by admin/link.c.
 */
#include "config.h"

#include "admin/offline.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ipc/call.h"
#include "ipc/frame.h"
#include "launch/keyfile.h"
#include "launch/spawn.h"
#include "record/control.pb-c.h"

#define START_MS (15U * 60 * 1000)
#define STOP_MS (30U * 1000)
#define CALL_MS (30U * 1000)
#define ARENA_MAX ((size_t)64 * 1024)

struct offline {
	pid_t pid;
	struct ipc_call *control;
};

static int
control(struct offline *o, enum ipc_type type, const struct ProtobufCMessage *m, uint32_t timeout_ms, int *fd)
{
	struct arena *arena = arena_new(ARENA_MAX);
	const struct ProtobufCMessage *reply;
	int err = ipc_call_give(o->control, type, m, fd, timeout_ms, arena, &reply);
	arena_free(&arena);
	return err;
}

/* The store's user where we can become it. */
static int
find_user(const struct conf *conf, Provision__Configure *m, struct problem *p)
{
	if (geteuid() != 0 || conf->user_store == NULL)
		return 0;
	const struct passwd *pw = getpwnam(conf->user_store);
	if (pw == NULL)
		return problem_set(p, EX_CONFIG, "user_store: there is no user %s", conf->user_store);
	m->user = pw->pw_uid;
	m->group = pw->pw_gid;
	return 0;
}

static int
configure(struct offline *o, const struct conf *conf, bool is_jailed, struct problem *p)
{
	Provision__Configure m = PROVISION__CONFIGURE__INIT;
	Provision__Settings s = PROVISION__SETTINGS__INIT;
	struct secret *master = NULL, *next = NULL;
	struct buf record;
	buf_init(&record, CONF_RECORD_MAX);
	int err = find_user(conf, &m, p);
	if (err == 0)
		err = keyfile_read_masters(conf, &master, &next, p);
	if (err == 0)
		err = conf_encode(conf, CONF_ROLE_STORE, &record);
	if (err == 0) {
		struct view key = secret_view(master), next_key = next == NULL ? view_of(NULL, 0) : secret_view(next);
		s.config = (ProtobufCBinaryData){ record.len, record.data };
		s.master_key = (ProtobufCBinaryData){ key.len, (uint8_t *)(uintptr_t)key.data };
		s.next_master_key = (ProtobufCBinaryData){ next_key.len, (uint8_t *)(uintptr_t)next_key.data };
		m.role = (Provision__Role)IPC_ROLE_STORE;
		m.count = 1;
		m.is_unjailed = !is_jailed;
		m.is_offline = true;
		m.settings = &s;
		err = control(o, IPC_CONFIGURE, &m.base, CALL_MS, NULL);
	}
	secret_free(&master);
	secret_free(&next);
	buf_deinit(&record);
	return err;
}

/* The first link it gets is the only one. */
static int
attach(struct offline *o, struct ipc_call **call_r)
{
	Provision__Attach m = PROVISION__ATTACH__INIT;
	int fds[2];
	int err = ipc_frame_pair(fds);
	if (err != 0)
		return err;
	m.role = (Provision__Role)IPC_ROLE_CTL;
	m.link = 1;
	err = control(o, IPC_ATTACH, &m.base, CALL_MS, &fds[1]);
	if (err == 0)
		*call_r = ipc_call_new(fds[0], IPC_ROLE_CTL, IPC_ROLE_STORE);
	else
		file_close(&fds[0]);
	return err;
}

/* It has closed its channel: what it ended with, as an error. */
static int
collect(struct offline *o, struct problem *p)
{
	int status = 0;
	while (waitpid(o->pid, &status, 0) == -1 && errno == EINTR)
		;
	o->pid = 0;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
	(void)problem_set(p, code, "the store could not start; it says why above");
	for (int err = -1; err > ERR_LAST; err--)
		if (err_exit_code(err) == code)
			return code == EX_TEMPFAIL ? ERR_BUSY : err;
	return ERR_IO;
}

int
offline_open(struct conf *conf, bool is_jailed, struct offline **o_r, struct ipc_call **call_r, struct problem *p)
{
	char path[SPAWN_PATH_MAX];
	int fd;
	struct offline *o = mem_alloc(sizeof(*o));
	if (conf->log_level > LOG_WARNING)
		conf->log_level = LOG_WARNING;
	spawn_path(path, conf->roles_dir, "store");
	int err = access(path, X_OK) == 0 ? 0 : problem_set(p, EX_CONFIG, "roles_dir: cannot execute %s: %s", path, strerror(errno));
	if (err == 0 && spawn_program(path, &o->pid, &fd) != 0)
		err = problem_set(p, EX_OSERR, "cannot start %s", path);
	if (err != 0) {
		mem_free(&o);
		return err;
	}
	o->control = ipc_call_new(fd, IPC_ROLE_SUPERVISOR, IPC_ROLE_STORE);
	Provision__Start start = PROVISION__START__INIT;
	err = configure(o, conf, is_jailed, p);
	bool is_ours = err == ERR_CONFIG;      /* said by us, not by it */
	if (err == 0)
		err = control(o, IPC_START, &start.base, START_MS, NULL);
	if (err == 0)
		err = attach(o, call_r);
	if (err == ERR_CLOSED)
		err = collect(o, p);
	else if (err != 0 && !is_ours)
		(void)problem_set(p, err_exit_code(err), "the store does not answer: %s", err_text(err));
	if (err != 0)
		offline_close(&o);
	*o_r = o;
	return err;
}

void
offline_close(struct offline **o)
{
	if (*o == NULL)
		return;
	Provision__Stop m = PROVISION__STOP__INIT;
	m.timeout_ms = STOP_MS;
	if ((*o)->pid != 0 && control(*o, IPC_STOP, &m.base, STOP_MS, NULL) != 0)
		(void)kill((*o)->pid, SIGKILL);
	ipc_call_close(&(*o)->control);
	while ((*o)->pid != 0 && waitpid((*o)->pid, NULL, 0) == -1 && errno == EINTR)
		;
	mem_free(o);
}
