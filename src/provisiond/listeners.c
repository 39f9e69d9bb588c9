/* SPDX-License-Identifier: MIT */
/*
 * Binds what is listened on. The control socket gets its group and mode while it is made, so that CAP_CHOWN is
 * not needed. Must not accept anything. Called once, before any process is started.
 */
#include "config.h"

#include "provisiond/listeners.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "event/address.h"
#include "role/notify.h"

#define BACKLOG 1024
#define CONTROL_BACKLOG 16

static void
add(struct listeners *l, const char *name, int fd)
{
	require(l->n < LISTENERS_MAX);
	(void)snprintf(l->of[l->n].name, sizeof(l->of[l->n].name), "%s", name);
	l->of[l->n++].fd = fd;
}

int
listeners_find(const struct listeners *l, const char *name, size_t nth)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->of[i].name, name) == 0 && nth-- == 0)
			return l->of[i].fd;
	return -1;
}

static int
bind_address(const struct event_address *a, int *fd_r)
{
	struct sockaddr_storage ss;
	socklen_t n = event_address_to_sockaddr(a, &ss);
	int on = 1;
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	bool is_bound = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (ss.ss_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, (const struct sockaddr *)&ss, n) == 0 && listen(fd, BACKLOG) == 0;
	int saved = errno;
	if (!is_bound)
		file_close(&fd);
	errno = saved;
	*fd_r = fd;
	return is_bound ? 0 : -1;
}

static int
bind_all(struct listeners *l, const char *name, const char *option, const struct conf_addresses *addresses, struct problem *p)
{
	if (listeners_find(l, name, 0) != -1)
		return ERR_OK;
	for (size_t i = 0; i < addresses->n; i++) {
		struct event_address a = { .port = addresses->at[i].port };
		memcpy(a.ip, addresses->at[i].ip, sizeof(a.ip));
		int fd;
		if (bind_address(&a, &fd) == 0) {
			add(l, name, fd);
			continue;
		}
		bool is_ipv4 = event_address_is_ipv4(&a);
		return problem_set(p, errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE, "%s: cannot listen on %s%s%s:%u: %s", option,
		    is_ipv4 ? "" : "[", event_address_text(&a).s, is_ipv4 ? "" : "]", a.port, strerror(errno));
	}
	return ERR_OK;
}

/* A socket that nobody listens on was left behind by a crash. ERR_CONFIG: somebody does. */
static int
remove_stale(const struct sockaddr_un *sun, struct problem *p)
{
	struct stat st;
	if (lstat(sun->sun_path, &st) != 0)
		return ERR_OK;
	if (!S_ISSOCK(st.st_mode))
		return problem_set(p, EX_CANTCREAT, "control_socket: %s exists and is not a socket", sun->sun_path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool is_alive = fd >= 0 && connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0;
	file_close(&fd);
	if (is_alive)
		return problem_set(p, EX_UNAVAILABLE, "control_socket: another provisiond listens on %s", sun->sun_path);
	(void)unlink(sun->sun_path);
	return ERR_OK;
}

/* Makes the socket file for us alone, or for root and the group: whoever may not change groups must be a member. */
static bool
bind_control(int fd, const struct sockaddr_un *sun, gid_t group)
{
	bool is_switched = false, has_group = group != (gid_t)-1;
	gid_t own = getegid();
	if (has_group && geteuid() == 0) {
		/* the file takes the group of the process: no CAP_CHOWN needed */
		if (setegid(group) != 0)
			return false;
		is_switched = true;
	}
	mode_t mask = umask(is_switched ? 0117 : 0177);
	bool is_bound = bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 && listen(fd, CONTROL_BACKLOG) == 0;
	if (is_bound && has_group && !is_switched)
		is_bound = chown(sun->sun_path, (uid_t)-1, group) == 0 && chmod(sun->sun_path, 0660) == 0;
	int saved = errno;
	(void)umask(mask);
	if (is_switched && setegid(own) != 0)
		return false;
	errno = saved;
	return is_bound;
}

static int
open_control(struct listeners *l, const struct conf *conf, gid_t group, struct problem *p)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	if (listeners_find(l, "control", 0) != -1)
		return ERR_OK;
	require(strlen(conf->control_socket) < sizeof(sun.sun_path));
	memcpy(sun.sun_path, conf->control_socket, strlen(conf->control_socket) + 1);
	int err = remove_stale(&sun, p);
	if (err != ERR_OK)
		return err;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || !bind_control(fd, &sun, group)) {
		int exit_code = errno == EADDRINUSE ? EX_UNAVAILABLE : err_exit_code(err_from_errno(errno));
		err = problem_set(p, exit_code, "control_socket: cannot listen on %s%s: %s", sun.sun_path,
		    group != (gid_t)-1 ? " for admin_group" : "", strerror(errno));
		file_close(&fd);
		return err;
	}
	memcpy(l->control_path, sun.sun_path, sizeof(l->control_path));
	add(l, "control", fd);
	return ERR_OK;
}

static void
take_from_manager(struct listeners *l)
{
	static const char *const known[] = { "https", "metrics", "control" };
	struct role_notify_socket given[LISTENERS_MAX];
	size_t n = role_notify_sockets(given, LISTENERS_MAX / 2);
	for (size_t i = 0; i < n; i++) {
		bool is_known = false;
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			is_known = is_known || strcmp(given[i].name, known[k]) == 0;
		if (is_known) {
			add(l, given[i].name, given[i].fd);
		} else {
			log_event(LOG_WARNING, "socket-unknown", LOG_S("name", given[i].name));
			file_close(&given[i].fd);
		}
	}
}

int
listeners_open(const struct conf *conf, const struct users *users, struct listeners *l_r, struct problem *p)
{
	*l_r = (struct listeners){ .n = 0 };
	take_from_manager(l_r);
	int err = bind_all(l_r, "https", "listen", &conf->listen, p);
	if (err == ERR_OK)
		err = bind_all(l_r, "metrics", "metrics_listen", &conf->metrics_listen, p);
	if (err == ERR_OK)
		err = open_control(l_r, conf, users->admin_gid, p);
	if (err != ERR_OK)
		listeners_close(l_r);
	return err;
}

void
listeners_close(struct listeners *l)
{
	for (size_t i = 0; i < l->n; i++)
		file_close(&l->of[i].fd);
	l->n = 0;
	if (l->control_path[0] != '\0')
		(void)unlink(l->control_path);
	l->control_path[0] = '\0';
}
