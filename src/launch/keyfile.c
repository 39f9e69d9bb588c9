/* SPDX-License-Identifier: MIT */
/*
 * Looks at owner, mode and size before it reads, and says in one sentence what is wrong. Knows nothing of what the bytes
 * mean. Called by provisiond and by tools that start the store without it.
 */
#include "config.h"

#include "launch/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"

static int
check_file(const struct keyfile *w, const struct stat *st, struct problem *p)
{
	if (!S_ISREG(st->st_mode))
		return problem_set(p, EX_CONFIG, "%s: %s is not a file", w->option, w->path);
	if (st->st_uid != 0 && st->st_uid != geteuid() && w->forbidden != 0)
		return problem_set(p, EX_CONFIG, "%s: %s belongs to user %u, not to root or to whoever starts provisiond",
		    w->option, w->path, (unsigned)st->st_uid);
	if ((st->st_mode & w->forbidden) != 0)
		return problem_set(p, EX_CONFIG, "%s: %s has mode %04o and is open to others: chmod %04o %s", w->option, w->path,
		    (unsigned)(st->st_mode & 07777), (unsigned)(st->st_mode & 07777 & ~w->forbidden), w->path);
	if ((uint64_t)st->st_size < w->min || (uint64_t)st->st_size > w->max)
		return w->min == w->max ?
		    problem_set(p, EX_CONFIG, "%s: %s has %lld bytes, not %zu", w->option, w->path, (long long)st->st_size, w->min) :
		    problem_set(p, EX_CONFIG, "%s: %s has %lld bytes, not %zu to %zu", w->option, w->path, (long long)st->st_size,
		    w->min, w->max);
	return ERR_OK;
}

int
keyfile_read(const struct keyfile *w, struct secret **s_r, struct problem *p)
{
	struct stat st;
	int fd = open(w->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0) {
		int err = problem_set(p, err_exit_code(err_from_errno(errno)), "%s: cannot read %s: %s", w->option, w->path, strerror(errno));
		file_close(&fd);
		return err;
	}
	int err = check_file(w, &st, p);
	if (err == ERR_OK) {
		*s_r = secret_new((size_t)st.st_size);
		if (file_read_full(fd, secret_bytes(*s_r), (size_t)st.st_size) != ERR_OK) {
			secret_free(s_r);
			err = problem_set(p, EX_IOERR, "%s: reading %s failed", w->option, w->path);
		}
	}
	file_close(&fd);
	return err;
}

static int
read_key(const char *option, const char *path, struct secret **s_r, struct problem *p)
{
	const struct keyfile w = { option, path, KEYFILE_MASTER_KEY_BYTES, KEYFILE_MASTER_KEY_BYTES, S_IRWXG | S_IRWXO };
	return keyfile_read(&w, s_r, p);
}

int
keyfile_read_masters(const struct conf *conf, struct secret **master_r, struct secret **next_r, struct problem *p)
{
	*next_r = NULL;
	int err = read_key("master_key_file", conf->master_key_file, master_r, p);
	/* most of the time there is none */
	bool is_there = access(conf->next_master_key_file, F_OK) == 0 || errno != ENOENT;
	if (err == ERR_OK && is_there)
		err = read_key("next_master_key_file", conf->next_master_key_file, next_r, p);
	if (err != ERR_OK)
		secret_free(master_r);
	return err;
}
