/* SPDX-License-Identifier: MIT */
/*
 * The spool at start: folders made, files without a row removed, files that were about to be moved put where their row
 * says. One of the two files that know the spool's layout.
 */
#include "store/spool_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"

struct sweep {
	struct store_spool *spool;
	struct store_txn *tx;
	enum store_folder folder;
	uint32_t removed, moved;
};

static const char *const tops[] = { "tmp", "new", "cur" };

int
store_spool_open(int folder_fd, struct store_index *index, struct store_spool **spool_r)
{
	int err = 0;
	for (size_t i = 0; err == 0 && i < 3; i++)
		err = file_make_dir(folder_fd, tops[i], 0700, FILE_DURABLE);
	if (err != 0)
		return err;
	struct store_spool *s = mem_alloc(sizeof(*s));
	s->folder = folder_fd;
	s->index = index;
	require(pthread_mutex_init(&s->lock, NULL) == 0);
	*spool_r = s;
	return 0;
}

/* Calls fn for every entry but "." and "..". */
static int
for_entries(int at, const char *path, void *arg, int (*fn)(void *arg, int folder, const char *name))
{
	int fd, err = file_open_dir(at, path, &fd);
	if (err != 0)
		return err;
	DIR *d = fdopendir(fd);
	if (d == NULL) {
		file_close(&fd);
		return ERR_IO;
	}
	errno = 0;
	for (struct dirent *e; err == 0 && (e = readdir(d)) != NULL; errno = 0)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			err = fn(arg, fd, e->d_name);
	if (err == 0 && errno != 0)
		err = ERR_IO;
	(void)closedir(d);
	return err;
}

static int
sweep_file(void *arg, int folder, const char *name)
{
	struct sweep *w = arg;
	enum store_folder wanted;
	struct id file, owner;
	if (id_parse(view_str(name), &file) != 0) {
		log_event(LOG_WARNING, "spool-foreign-file", LOG_S("name", name));
		return 0;
	}
	int err = store_spool_row(w->tx, &file, &wanted, &owner);
	if (err == ERR_NOT_FOUND) {
		w->removed++;
		return unlinkat(folder, name, 0) == 0 ? 0 : err_from_errno(errno);
	}
	if (err != 0 || wanted == w->folder)
		return err;
	w->moved++;
	return store_spool_move_file(w->spool, &file, w->folder, wanted);
}

static int
sweep_subfolder(void *arg, int folder, const char *name)
{
	uint32_t before = ((struct sweep *)arg)->removed;
	if (strlen(name) != 2) {
		log_event(LOG_WARNING, "spool-foreign-file", LOG_S("name", name));
		return 0;
	}
	int err = for_entries(folder, name, arg, sweep_file);
	if (err == 0 && ((struct sweep *)arg)->removed != before)
		err = file_sync_dir(folder, name);
	return err;
}

int
store_spool_sweep(struct store_spool *s)
{
	struct sweep w = { .spool = s, .tx = store_txn_view(s->index) };
	int err = 0;
	for (size_t i = 0; err == 0 && i < 3; i++) {
		w.folder = (enum store_folder)(STORE_FOLDER_TMP + i);
		err = for_entries(s->folder, tops[i], &w, sweep_subfolder);
	}
	store_txn_abort(&w.tx);
	log_event(err == 0 ? LOG_INFO : LOG_ERROR, "spool-swept", LOG_U("removed", w.removed), LOG_U("moved", w.moved),
	    LOG_ERR(err));
	return err;
}
