/* SPDX-License-Identifier: MIT */
/*
 * Free space and the ballast file. Called at start and by upkeep.c. Knows nothing of what needs the room.
 */
#include "store/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/format.h"

#define FILE_MODE 0600

struct store_reserve {
	int folder;
	_Atomic uint64_t reserve_bytes;
	uint64_t ballast_bytes;
	_Atomic bool is_accepting;
	_Atomic uint64_t free_bytes;
};

struct store_reserve *
store_reserve_new(int state_fd, uint64_t reserve_bytes, uint64_t ballast_bytes)
{
	struct store_reserve *r = mem_alloc(sizeof(*r));
	r->folder = state_fd;
	r->reserve_bytes = reserve_bytes;
	r->ballast_bytes = ballast_bytes;
	r->is_accepting = true;
	return r;
}

void
store_reserve_free(struct store_reserve **reserve)
{
	mem_free(reserve);
}

int
store_reserve_drop_ballast(struct store_reserve *r)
{
	int err = file_unlink(r->folder, STATE_BALLAST_NAME, FILE_DURABLE);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* Real blocks, also where fallocate() is not to be had: the C library then writes. */
static int
fill(struct store_reserve *r, int fd)
{
	int e = posix_fallocate(fd, 0, (off_t)r->ballast_bytes);
	if (e != 0)
		return err_from_errno(e);
	return fsync(fd) == 0 ? 0 : err_from_errno(errno);
}

int
store_reserve_make_ballast(struct store_reserve *r)
{
	if (r->ballast_bytes == 0)
		return 0;
	int fd = openat(r->folder, STATE_BALLAST_NAME, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd == -1)
		return err_from_errno(errno);
	int err = fill(r, fd);
	file_close(&fd);
	if (err != 0 && file_unlink(r->folder, STATE_BALLAST_NAME, FILE_SCRATCH) != 0)
		log_event(LOG_WARNING, "ballast-left", LOG_ERR(err));
	return err;
}

void
store_reserve_check(struct store_reserve *r)
{
	struct statvfs v;
	if (fstatvfs(r->folder, &v) != 0) {
		log_event(LOG_ERROR, "disk-check", LOG_ERRNO(errno));
		return;
	}
	uint64_t free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	bool is_accepting = free_bytes >= r->reserve_bytes;
	r->free_bytes = free_bytes;
	if (is_accepting == atomic_exchange(&r->is_accepting, is_accepting))
		return;
	if (is_accepting)
		log_event(LOG_NOTICE, "disk-room", LOG_U("free_bytes", free_bytes));
	else
		log_event(LOG_ERROR, "disk-nearly-full", LOG_U("free_bytes", free_bytes), LOG_U("reserve_bytes",
		    r->reserve_bytes), LOG_S("message", "nothing new is accepted until there is more room"));
}

void
store_reserve_set(struct store_reserve *r, uint64_t reserve_bytes)
{
	r->reserve_bytes = reserve_bytes;
	store_reserve_check(r);
}

uint64_t
store_reserve_free_bytes(const struct store_reserve *r)
{
	return r->free_bytes;
}

uint64_t
store_reserve_bytes(const struct store_reserve *r)
{
	return r->reserve_bytes;
}

bool
store_reserve_is_accepting(const struct store_reserve *r)
{
	return r->is_accepting;
}
