/* SPDX-License-Identifier: MIT */
/*
 * Names to numbers, and the rule that no two kinds of process share a user: Landlock on older kernels does
 * not stop one process from signalling another of the same user. Called once at start.
 */
#include "config.h"

#include "provisiond/users.h"

#include <grp.h>
#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fatal.h"

static int
find_user(const struct role_row *row, const char *name, struct users *u, size_t i, struct problem *p)
{
	const struct passwd *pw = name == NULL ? NULL : getpwnam(name);
	if (name == NULL)
		return problem_set(p, EX_CONFIG, "%s: needed when started as root", row->user_option);
	if (pw == NULL)
		return problem_set(p, EX_CONFIG, "%s: there is no user %s (contrib/systemd/provision.sysusers makes it)",
		    row->user_option, name);
	if (pw->pw_uid == 0)
		return problem_set(p, EX_CONFIG, "%s: %s is root: every process needs a user without rights", row->user_option, name);
	u->of[i].uid = pw->pw_uid;
	u->of[i].gid = pw->pw_gid;
	for (size_t k = 0; k < i; k++)
		if (u->of[k].uid == pw->pw_uid)
			return problem_set(p, EX_CONFIG, "%s: %s is the user of another kind of process: each needs its own",
			    row->user_option, name);
	return ERR_OK;
}

static int
find_group(const char *name, struct users *u, struct problem *p)
{
	u->admin_gid = (gid_t)-1;
	if (name == NULL)
		return ERR_OK;
	const struct group *gr = getgrnam(name);
	if (gr == NULL)
		return problem_set(p, EX_CONFIG, "admin_group: there is no group %s", name);
	u->admin_gid = gr->gr_gid;
	return ERR_OK;
}

int
users_find(const struct conf *conf, struct users *u_r, struct problem *p)
{
	size_t n;
	const struct role_row *roles = table_roles(&n);
	require(n <= USERS_MAX);
	*u_r = (struct users){ .is_shared = geteuid() != 0 };
	int err = find_group(conf->admin_group, u_r, p);
	for (size_t i = 0; i < n && err == ERR_OK && !u_r->is_shared; i++)
		err = find_user(&roles[i], roles[i].user(conf), u_r, i, p);
	return err;
}
