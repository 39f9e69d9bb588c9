/* SPDX-License-Identifier: MIT */
/*
 * What each mode of the command line does, and the order of the start: configuration, files, users,
 * programs, sockets, then the supervisor. Whatever is wrong is said in one sentence before anything runs.
 */
#include "config.h"

#include "provisiond/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "crypt/init.h"
#include "provisiond/context.h"
#include "provisiond/options.h"
#include "provisiond/premises.h"
#include "launch/spawn.h"
#include "provisiond/supervisor.h"
#include "provisiond/table.h"
#include "role/jail.h"
#include "role/jail_check.h"
#include "role/notify.h"

static int
complain(const struct problem *p)
{
	(void)fprintf(stderr, "provisiond: %s\n", p->text);
	return p->exit_code;
}

/* All programs are there before one is started. */
static int
check_programs(const struct conf *conf, struct problem *p)
{
	size_t n;
	const struct role_row *roles = table_roles(&n);
	for (size_t i = 0; i < n; i++) {
		char path[SPAWN_PATH_MAX];
		spawn_path(path, conf->roles_dir, roles[i].name);
		if (access(path, X_OK) != 0)
			return problem_set(p, EX_UNAVAILABLE, "roles_dir: cannot execute %s: %s", path, strerror(errno));
	}
	return ERR_OK;
}

static int
check_kernel(const struct options *o, struct problem *p)
{
	if (o->is_unjailed)
		return ERR_OK;
#ifdef WITH_SANITIZERS
	return problem_set(p, EX_USAGE, "built with sanitizers, which no jail allows: --no-jail is needed");
#else
	if (role_jail_landlock_abi() < 1)
		return problem_set(p, EX_UNAVAILABLE, "this kernel has no Landlock, and nothing starts without: "
		    "see provisiond --check-jail (--no-jail is for debugging)");
	return ERR_OK;
#endif
}

/* Everything but the sockets. */
static int
load(const struct options *o, struct context *c)
{
	struct conf_problem where;
	struct problem problem;
	*c = (struct context){ .config_path = o->config_path, .is_unjailed = o->is_unjailed,
		.is_systemd = role_notify_has_journal() };
	int err = conf_parse_file(o->config_path, &c->conf, &where);
	if (err != ERR_OK) {
		(void)fprintf(stderr, "provisiond: ");
		conf_problem_print(&where, stderr);
		return err_exit_code(err);
	}
	log_set_level(c->conf->log_level);
	if (users_find(c->conf, &c->users, &problem) != ERR_OK || check_programs(c->conf, &problem) != ERR_OK ||
	    material_read(c->conf, false, &c->material, &problem) != ERR_OK)
		return complain(&problem);
	return EX_OK;
}

static void
unload(struct context *c)
{
	listeners_close(&c->listeners);
	material_deinit(&c->material);
	conf_free(&c->conf);
}

static int
check_config(const struct options *o)
{
	struct context c;
	struct problem problem;
	int code = load(o, &c);
	if (code == EX_OK && premises_check(c.conf, &c.users, &problem) != ERR_OK)
		code = complain(&problem);
	if (code == EX_OK)
		(void)printf("%s: the configuration is good\n", o->config_path);
	unload(&c);
	return code;
}

/* What provisiond can give up itself: it goes on starting programs and reading files at a reload. */
static int
restrict_self(const struct options *o)
{
	role_jail_harden();
	return o->is_unjailed ? ERR_OK : role_jail_restrict();
}

static int
run(const struct options *o)
{
	struct context c;
	struct problem problem;
	int code = load(o, &c);
	if (code != EX_OK)
		goto out;
	if (check_kernel(o, &problem) != ERR_OK || listeners_open(c.conf, &c.users, &c.listeners, &problem) != ERR_OK) {
		code = complain(&problem);
		goto out;
	}
	if (restrict_self(o) != ERR_OK) {
		code = EX_OSERR;
		goto out;
	}
	if (o->is_unjailed)
		log_event(LOG_WARNING, "unjailed", LOG_S("hint", "--no-jail is for debuggers and sanitizers"));
	if (c.users.is_shared)
		log_event(LOG_WARNING, "shared-user", LOG_S("hint", "not started as root: all processes share this user, fit for trying"));
	log_event(LOG_NOTICE, "start", LOG_S("version", PACKAGE_VERSION), LOG_S("config", o->config_path));
	code = supervisor_run(&c);
out:
	unload(&c);
	return code;
}

static int
check_jail(void)
{
	int err = role_jail_check(stdout);
	(void)printf(err == ERR_OK ? "the jail holds\n" : "the jail does NOT hold here\n");
	return err == ERR_OK ? EX_OK : EX_UNAVAILABLE;
}

static int
make_master_key(const char *path)
{
	struct problem problem;
	if (material_make_master_key(path, &problem) != ERR_OK)
		return complain(&problem);
	(void)printf("%s: a new master key; without it nothing in the state directory can be read\n", path);
	return EX_OK;
}

/* What we were started with must not matter: closed standard descriptors, a broken log pipe, an open umask. */
static void
settle(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(EX_OSERR);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)umask(0077);
}

int
run_provisiond(int argc, char **argv)
{
	struct options o;
	settle();
	log_init("provisiond", LOG_INFO, role_notify_has_journal());
	if (!options_parse(argc, argv, &o))
		return EX_USAGE;
	if (crypt_init() != ERR_OK)
		return EX_SOFTWARE;
	switch (o.mode) {
	case OPTIONS_RUN:
		return run(&o);
	case OPTIONS_CHECK_CONFIG:
		return check_config(&o);
	case OPTIONS_CHECK_JAIL:
		return check_jail();
	case OPTIONS_PRINT_DEFAULT:
		conf_print_default(stdout);
		return EX_OK;
	case OPTIONS_MAKE_MASTER_KEY:
		return make_master_key(o.key_path);
	case OPTIONS_VERSION:
		(void)printf("provisiond %s\n", PACKAGE_VERSION);
		return EX_OK;
	case OPTIONS_HELP:
		options_print_help();
		return EX_OK;
	}
	return EX_SOFTWARE;
}
