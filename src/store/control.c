/* SPDX-License-Identifier: MIT */
/*
 * Accepts on the control socket and looks at the peer's credentials, its further groups included. Knows no message.
 */
#include "config.h"

#include "store/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "ipc/link.h"

#define GROUPS_MAX 256

struct store_control {
	struct event_watch *watch;
	int listener;
	bool has_admin;
	gid_t admin;
	void (*accepted)(void *arg, int fd);
	void *arg;
};

static bool
is_member(int fd, gid_t primary, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t size = sizeof(groups);
	if (primary == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0)
		return false;
	for (size_t i = 0; i < size / sizeof(groups[0]); i++)
		if (groups[i] == group)
			return true;
	return false;
}

static bool
is_allowed(const struct store_control *c, int fd)
{
	uid_t uid;
	gid_t gid;
	pid_t pid;
	if (ipc_link_peer(fd, &uid, &gid, &pid) != 0)
		return false;
	bool is_allowed = uid == 0 || uid == geteuid() || (c->has_admin && is_member(fd, gid, c->admin));
	log_event(is_allowed ? LOG_INFO : LOG_WARNING, is_allowed ? "control-open" : "control-refused", LOG_U("uid", uid),
	    LOG_U("peer", pid));
	return is_allowed;
}

static void
on_ready(void *arg, unsigned ready)
{
	struct store_control *c = arg;
	(void)ready;
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			log_event(LOG_WARNING, "control-accept", LOG_ERRNO(errno));
		return;
	}
	if (is_allowed(c, fd))
		c->accepted(c->arg, fd);
	else
		file_close(&fd);
}

struct store_control *
store_control_start(struct event_loop *loop, int listener, bool has_admin, gid_t admin,
    void (*accepted)(void *arg, int fd), void *arg)
{
	struct store_control *c = mem_alloc(sizeof(*c));
	*c = (struct store_control){ .listener = listener, .has_admin = has_admin, .admin = admin, .accepted = accepted,
	    .arg = arg };
	c->watch = event_watch_start(loop, listener, EVENT_READ, on_ready, c);
	return c;
}

void
store_control_stop(struct store_control **c)
{
	if (*c == NULL)
		return;
	event_watch_cancel(&(*c)->watch);
	mem_free(c);
}
