/* SPDX-License-Identifier: MIT */
/*
 * provisionctl key: the master key's change. The store wraps; the two files are the operator's, so they are put in order here,
 * the old key's last of all, and only when each holds what the store says it should.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/link.h"
#include "base/file.h"
#include "ctl/verbs.h"
#include "launch/keyfile.h"
#include "record/admin.pb-c.h"
#include "state/slot_header.h"

#define ROTATE_S 3600

/* The files and what the store says of their keys. */
struct exchange {
	struct conf *conf;
	struct secret *old, *new;
	struct id is_old, is_new;
};

static bool
is_key(const struct secret *key, const struct id *id)
{
	struct id own = state_slot_master_id(key);
	return id_equal(&own, id);
}

/* One sector at the same place: the old key's bytes are gone, and there is a whole key at any moment. */
static int
overwrite(const char *path, const struct secret *key)
{
	struct view v = secret_view(key);
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	int err = fd == -1 ? err_from_errno(errno) : file_pwrite_full(fd, v.data, v.len, 0);
	if (err == 0 && fsync(fd) != 0)
		err = ERR_IO;
	file_close(&fd);
	return err;
}

/* True: master_key_file holds the new key and next_master_key_file is gone. */
static bool
replace(struct exchange *x)
{
	struct problem ignored;
	bool is_old, is_new;
	if (keyfile_read_masters(x->conf, &x->old, &x->new, &ignored) != 0)
		return false;
	is_new = is_key(x->old, &x->is_new);
	is_old = is_key(x->old, &x->is_old) && x->new != NULL && is_key(x->new, &x->is_new);
	if (is_old)
		is_new = overwrite(x->conf->master_key_file, x->new) == 0;
	if (is_new && x->new != NULL && is_key(x->new, &x->is_new))
		is_new = file_unlink(AT_FDCWD, x->conf->next_master_key_file, FILE_DURABLE) == 0;
	return is_new;
}

static bool
put_files_in_order(struct tool_call *c, const Provision__KeyRotateReply *r)
{
	struct exchange x = { .conf = NULL };
	bool is_done = id_from_view(view_of(r->old_master.data, r->old_master.len), &x.is_old) == 0 &&
	    id_from_view(view_of(r->master.data, r->master.len), &x.is_new) == 0 &&
	    admin_link_conf(c, &x.conf) == 0 && replace(&x);
	secret_free(&x.old);
	secret_free(&x.new);
	conf_free(&x.conf);
	return is_done;
}

int
ctl_key_rotate(struct tool_call *c)
{
	Provision__KeyRotate m = PROVISION__KEY_ROTATE__INIT;
	const ProtobufCMessage *reply;
	int err = admin_link_ask_in(c, IPC_KEY_ROTATE, &m.base, ROTATE_S, c->arena, &reply);
	if (err == ERR_STATE)
		return tool_verb_fail(c, err, "the daemon has no new master key: make one where next_master_key_file says (provisiond "
		    "--make-master-key), and restart it");
	if (err == ERR_BUSY)
		return tool_verb_fail(c, err, "the master key is being changed already");
	if (err != 0)
		return err;
	const Provision__KeyRotateReply *r = (const void *)reply;
	bool is_replaced = put_files_in_order(c, r);
	if (!is_replaced)
		tool_verb_say(c, "the new master key is in force: put it in the place of the old one, and destroy that");
	tool_print_object(c->print, NULL);
	tool_print_number(c->print, "rewrapped", TOOL_SHOW, r->rewrapped);
	tool_print_number(c->print, "damaged", TOOL_SHOW, r->damaged);
	tool_print_bool(c->print, "replaced", TOOL_SHOW, is_replaced);
	tool_print_close(c->print);
	return 0;
}
