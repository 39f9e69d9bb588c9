/* SPDX-License-Identifier: MIT */
/*
 * Looks at what the store and the courier will open, and changes nothing. The processes judge for themselves when they start
 * (store/recovery.c, courier/settings.c). Called for --check-config.
 */
#include "config.h"

#include "provisiond/premises.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "event/tls.h"
#include "ipc/message.h"

#define CA_MAX ((size_t)4 * 1024 * 1024)

static uid_t
store_user(const struct users *u)
{
	size_t n;
	const struct role_row *rows = table_roles(&n);
	for (size_t i = 0; i < n; i++)
		if (rows[i].role == IPC_ROLE_STORE && u->of[i].uid != 0)
			return u->of[i].uid;
	return geteuid();
}

static int
check_state(const struct conf *conf, uid_t owner, struct problem *p)
{
	struct stat st;
	if (stat(conf->state_dir, &st) != 0)
		return problem_set(p, EX_CONFIG, "state_dir: %s: %s; make it, owned by user %u, mode 0700", conf->state_dir, strerror(errno),
		    (unsigned)owner);
	if (!S_ISDIR(st.st_mode))
		return problem_set(p, EX_NOINPUT, "state_dir: %s is not a folder", conf->state_dir);
	bool is_open = (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
	if (st.st_uid != owner)
		return problem_set(p, is_open ? EX_DATAERR : EX_NOPERM, "state_dir: %s belongs to user %u, not to the store's user %u", conf->state_dir,
		    (unsigned)st.st_uid, (unsigned)owner);
	if (is_open)
		return problem_set(p, EX_DATAERR, "state_dir: %s has mode %04o and is open to others: it must be 0700", conf->state_dir,
		    (unsigned)(st.st_mode & 07777));
	return 0;
}

static int
check_authorities(const struct conf *conf, struct problem *p)
{
	struct event_tls_credentials *c = NULL;
	struct buf pem;
	if (conf->relay_security == CONF_SECURITY_PLAIN)
		return 0;
	buf_init(&pem, CA_MAX);
	int err = file_read(AT_FDCWD, conf->ca_file, &pem);
	if (err != 0)
		err = problem_set(p, err_exit_code(err), "ca_file: cannot read %s: %s", conf->ca_file, err_text(err));
	else if (event_tls_credentials_new_client(buf_view(&pem), &c) != 0)
		err = problem_set(p, EX_CONFIG, "ca_file: %s holds no certificate authorities as PEM", conf->ca_file);
	event_tls_credentials_free(&c);
	buf_deinit(&pem);
	return err;
}

int
premises_check(const struct conf *conf, const struct users *users, struct problem *p)
{
	int err = check_state(conf, store_user(users), p);
	return err == 0 ? check_authorities(conf, p) : err;
}
