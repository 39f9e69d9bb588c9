/* SPDX-License-Identifier: MIT */
/*
 * Who may administer: root, the user provisiond runs as, members of admin_group; never a user of a role.
 * Peer credentials are the kernel's word, taken when the peer connected.
 */
#include "config.h"

#include "provisiond/control.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "ipc/link.h"

#define ACCEPTS_A_ROUND 8
#define GROUPS_MAX 256

struct control {
	const struct users *users;
	struct event_watch *watch;
	int fd;
	void (*fn)(void *arg, int fd);
	void *arg;
};

static bool
is_in_group(int fd, gid_t own, gid_t wanted)
{
	gid_t groups[GROUPS_MAX];
	socklen_t n = sizeof(groups);
	if (wanted == (gid_t)-1)
		return false;
	if (own == wanted)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) != 0)
		return false;
	for (size_t i = 0; i < n / sizeof(gid_t); i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

static bool
is_role_user(const struct users *u, uid_t uid)
{
	for (size_t i = 0; i < USERS_MAX; i++)
		if (u->of[i].uid != 0 && u->of[i].uid == uid)
			return true;
	return false;
}

static bool
may_administer(const struct control *c, int fd)
{
	uid_t uid;
	gid_t gid;
	pid_t pid;
	if (ipc_link_peer(fd, &uid, &gid, &pid) != ERR_OK)
		return false;
	bool may = !is_role_user(c->users, uid) && (uid == 0 || uid == geteuid() || is_in_group(fd, gid, c->users->admin_gid));
	log_event(may ? LOG_INFO : LOG_WARNING, may ? "control-connect" : "control-refused", LOG_U("uid", uid), LOG_I("peer_pid", pid));
	return may;
}

static void
on_ready(void *arg, unsigned ready)
{
	struct control *c = arg;
	(void)ready;
	for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
		int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		if (may_administer(c, fd))
			c->fn(c->arg, fd);
		else
			file_close(&fd);
	}
}

struct control *
control_start(struct event_loop *loop, int fd, const struct users *users, void (*fn)(void *arg, int fd), void *arg)
{
	struct control *c = mem_alloc(sizeof(*c));
	*c = (struct control){ .users = users, .fd = fd, .fn = fn, .arg = arg };
	if (fd != -1)
		c->watch = event_watch_start(loop, fd, EVENT_READ, on_ready, c);
	return c;
}

void
control_cancel(struct control **control)
{
	if (*control == NULL)
		return;
	event_watch_cancel(&(*control)->watch);
	mem_free(control);
}
