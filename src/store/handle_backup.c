/* SPDX-License-Identifier: MIT */
/*
 * What provisionctl backup asks: the index as a stream, then the packages' files one by one. Slots are never given.
 */
#include "record/admin.pb-c.h"
#include "store/backup.h"
#include "store/handle.h"
#include "store/rowkey.h"
#include "store/spool.h"
#include "store/wire.h"

int
handle_backup_begin(struct store_call *c)
{
	Provision__BackupBeginReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct state_manifest_head head;
	int err = store_backup_begin(c->store->backup, &head, &c->reply_fd);

	if (err != 0)
		return err;
	provision__backup_begin_reply__init(reply);
	reply->store = wire_bytes(arena_dup(c->arena, id_view(&head.store)));
	reply->format = head.format;
	reply->time_ms = head.time_ms;
	reply->generation = head.generation;
	c->reply = &reply->base;
	return 0;
}

/* A row whose file is not there is an upload of which nothing has arrived, or has just gone: the next one. */
int
handle_backup_file(struct store_call *c)
{
	const Provision__BackupFile *m = (const Provision__BackupFile *)c->request;
	Provision__BackupFileReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_SPOOL, view_of(NULL, 0), wire_view(m->after),
	    STORE_FORWARD);
	enum store_folder folder = STORE_FOLDER_TMP;
	struct view key, value;
	int err = ERR_NOT_FOUND;

	provision__backup_file_reply__init(reply);
	while (err == ERR_NOT_FOUND && store_cursor_next(cursor, &key, &value)) {
		struct id file = rowkey_id(key, 0);
		err = store_spool_copy_open(c->store->spool, c->tx, &file, &folder, &c->reply_fd);
		reply->file = wire_bytes(arena_dup(c->arena, key));
	}
	store_cursor_close(&cursor);
	reply->folder = (uint32_t)folder;
	if (err == 0)
		c->reply = &reply->base;
	return err;
}
