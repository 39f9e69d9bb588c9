/* SPDX-License-Identifier: MIT */
/*
 * The spool: one writer, cut to what was acknowledged, files follow their rows, start cleans up, damage is told.
 */
#include "store/rig.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/pool.h"
#include "store/spool.h"

static const struct id file = { { 1, 2, 3 } }, other = { { 9 } }, owner = { { 7 } };

static int
add(void *arg, struct store_txn *tx)
{
	return store_spool_add(((struct rig *)arg)->store->spool, tx, &file, &owner);
}

static int
move_to_new(void *arg, struct store_txn *tx)
{
	return store_spool_move(((struct rig *)arg)->store->spool, tx, &file, STORE_FOLDER_NEW);
}

static int
remove_it(void *arg, struct store_txn *tx)
{
	store_spool_remove(((struct rig *)arg)->store->spool, tx, &file);
	return 0;
}

static char *
path_of(struct rig *r, const char *folder, const struct id *id)
{
	struct id_text t = id_text(id);
	return mem_printf("%s/packages/%s/%.2s/%s", r->state, folder, t.s, t.s);
}

/* Size, or -1 if it is not there. */
static long
size_in(struct rig *r, const char *folder)
{
	struct stat st;
	char *path = path_of(r, folder, &file);
	long size = stat(path, &st) == 0 ? (long)st.st_size : -1;
	mem_free(&path);
	return size;
}

static void
write_text(int fd, const char *text)
{
	assert_int_equal(file_write_full(fd, text, strlen(text)), 0);
}

static void
test_one_writer(void **state)
{
	struct rig *r = *state;
	struct store_spool *s = r->store->spool;
	uint64_t size = 99;
	int fd, fd2;
	assert_int_equal(RIG_RUN(r, add, r), 0);
	assert_int_equal(RIG_RUN(r, add, r), ERR_EXISTS);
	assert_int_equal(store_spool_settle(s, &file, 0, &size), ERR_NOT_FOUND);
	assert_int_equal(store_spool_write_open(s, &file, 1, 0, &fd), 0);
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY | O_APPEND);
	write_text(fd, "hello");
	assert_int_equal(store_spool_write_open(s, &file, 1, 0, &fd2), ERR_BUSY);
	assert_int_equal(store_spool_write_open(s, &file, 2, 0, &fd2), ERR_BUSY);
	assert_int_equal(store_spool_flush(s, &file, 2, &size), ERR_STATE);
	assert_int_equal(store_spool_settle(s, &file, 0, &size), ERR_BUSY);
	assert_int_equal(store_spool_flush(s, &file, 1, &size), 0);
	assert_int_equal(size, 5);
	store_spool_write_close(s, &file, 2);
	assert_int_equal(store_spool_write_open(s, &file, 2, 5, &fd2), ERR_BUSY);
	store_spool_write_close(s, &file, 1);
	assert_int_equal(store_spool_flush(s, &file, 1, &size), ERR_STATE);
	file_close(&fd);
	assert_int_equal(store_spool_write_open(s, &file, 2, 5, &fd), 0);
	store_spool_link_gone(s, 1);
	assert_int_equal(store_spool_flush(s, &file, 2, &size), 0);
	store_spool_link_gone(s, 2);
	assert_int_equal(store_spool_flush(s, &file, 2, &size), ERR_STATE);
	file_close(&fd);
}

/* A writer from before a restart of the store still has its descriptor: no second one until it is closed. */
static void
test_writer_outlives_store(void **state)
{
	struct rig *r = *state;
	uint64_t size;
	int old, fd;
	assert_int_equal(RIG_RUN(r, add, r), 0);
	assert_int_equal(store_spool_write_open(r->store->spool, &file, 1, 0, &old), 0);
	rig_restart(r);
	write_text(old, "late");
	assert_int_equal(store_spool_write_open(r->store->spool, &file, 2, 0, &fd), ERR_BUSY);
	assert_int_equal(store_spool_settle(r->store->spool, &file, 0, &size), ERR_BUSY);
	file_close(&old);
	assert_int_equal(store_spool_settle(r->store->spool, &file, 0, &size), 0);
	assert_int_equal(size, 4);
	assert_int_equal(store_spool_write_open(r->store->spool, &file, 2, 4, &old), 0);
	/* said to be closed, but it is not */
	store_spool_write_close(r->store->spool, &file, 2);
	assert_int_equal(store_spool_write_open(r->store->spool, &file, 2, 4, &fd), ERR_BUSY);
	file_close(&old);
	assert_int_equal(store_spool_write_open(r->store->spool, &file, 2, 4, &old), 0);
	file_close(&old);
}

static void
test_cut_on_resume(void **state)
{
	struct rig *r = *state;
	struct store_spool *s = r->store->spool;
	uint64_t size;
	int fd;
	assert_int_equal(RIG_RUN(r, add, r), 0);
	assert_int_equal(store_spool_write_open(s, &file, 1, 0, &fd), 0);
	write_text(fd, "acknowledged, and more");
	file_close(&fd);
	store_spool_write_close(s, &file, 1);
	assert_int_equal(store_spool_settle(s, &file, 12, &size), 0);
	assert_int_equal(size, 22);
	assert_int_equal(store_spool_write_open(s, &file, 1, 12, &fd), 0);
	assert_int_equal(size_in(r, "tmp"), 12);
	write_text(fd, "!");
	file_close(&fd);
	assert_int_equal(store_spool_flush(s, &file, 1, &size), 0);
	assert_int_equal(size, 13);
	store_spool_write_close(s, &file, 1);
	/* shorter than was acknowledged: damage */
	assert_int_equal(store_spool_write_open(s, &file, 1, 14, &fd), ERR_CHANGED);
	assert_int_equal(store_spool_settle(s, &file, 14, &size), ERR_CHANGED);
	assert_int_equal(store_spool_write_open(s, &file, 1, 13, &fd), 0);
	file_close(&fd);
}

static void
test_move_read_remove(void **state)
{
	struct rig *r = *state;
	struct store_spool *s = r->store->spool;
	char text[8] = "";
	int fd;
	assert_int_equal(RIG_RUN(r, move_to_new, r), ERR_NOT_FOUND);
	assert_int_equal(store_spool_read_open(s, &file, 0, &fd), ERR_NOT_FOUND);
	assert_int_equal(RIG_RUN(r, add, r), 0);
	assert_int_equal(store_spool_write_open(s, &file, 1, 0, &fd), 0);
	write_text(fd, "body");
	file_close(&fd);
	store_spool_write_close(s, &file, 1);
	assert_int_equal(RIG_RUN(r, move_to_new, r), 0);
	store_pool_drain(r->store->pool);
	assert_int_equal(size_in(r, "tmp"), -1);
	assert_int_equal(size_in(r, "new"), 4);
	assert_int_equal(store_spool_read_open(s, &file, 5, &fd), ERR_CHANGED);
	assert_int_equal(store_spool_read_open(s, &file, 4, &fd), 0);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(read(fd, text, 7), 4);
	assert_string_equal(text, "body");
	file_close(&fd);
	assert_int_equal(RIG_RUN(r, remove_it, r), 0);
	store_pool_drain(r->store->pool);
	assert_int_equal(size_in(r, "new"), -1);
	assert_int_equal(store_spool_read_open(s, &file, 4, &fd), ERR_NOT_FOUND);
	assert_int_equal(RIG_RUN(r, remove_it, r), 0);
}

static int
add_and_fail(void *arg, struct store_txn *tx)
{
	int err = store_spool_move(((struct rig *)arg)->store->spool, tx, &file, STORE_FOLDER_NEW);
	store_spool_remove(((struct rig *)arg)->store->spool, tx, &file);
	return err != 0 ? err : ERR_DENIED;
}

static void
make_file(struct rig *r, const char *folder, const struct id *id)
{
	char *path = path_of(r, folder, id), *slash = strrchr(path, '/');
	*slash = '\0';
	(void)mkdir(path, 0700);
	*slash = '/';
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	mem_free(&path);
}

/* Nothing happens to files when the transaction is undone. At start: unnamed ones go, others to where their row says. */
static void
test_undone_and_sweep(void **state)
{
	struct rig *r = *state;
	int fd;
	assert_int_equal(RIG_RUN(r, add, r), 0);
	assert_int_equal(store_spool_write_open(r->store->spool, &file, 1, 0, &fd), 0);
	file_close(&fd);
	store_spool_write_close(r->store->spool, &file, 1);
	assert_int_equal(RIG_RUN(r, add_and_fail, r), ERR_DENIED);
	store_pool_drain(r->store->pool);
	assert_int_equal(size_in(r, "tmp"), 0);
	/* as after a death between the commit and the move */
	assert_int_equal(RIG_RUN(r, move_to_new, r), 0);
	store_pool_drain(r->store->pool);
	char *in_new = path_of(r, "new", &file), *in_tmp = path_of(r, "tmp", &file);
	assert_int_equal(rename(in_new, in_tmp), 0);
	make_file(r, "tmp", &other);
	make_file(r, "cur", &other);
	rig_restart(r);
	assert_int_equal(access(in_tmp, F_OK), -1);
	assert_int_equal(access(in_new, F_OK), 0);
	mem_free(&in_new);
	mem_free(&in_tmp);
	in_tmp = path_of(r, "tmp", &other);
	in_new = path_of(r, "cur", &other);
	assert_int_equal(access(in_tmp, F_OK), -1);
	assert_int_equal(access(in_new, F_OK), -1);
	mem_free(&in_new);
	mem_free(&in_tmp);
}

/* A removal ends the writer's lease. */
static void
test_remove_while_writing(void **state)
{
	struct rig *r = *state;
	uint64_t size;
	int fd;
	assert_int_equal(RIG_RUN(r, add, r), 0);
	assert_int_equal(store_spool_write_open(r->store->spool, &file, 1, 0, &fd), 0);
	assert_int_equal(RIG_RUN(r, remove_it, r), 0);
	assert_int_equal(store_spool_flush(r->store->spool, &file, 1, &size), ERR_STATE);
	store_pool_drain(r->store->pool);
	assert_int_equal(size_in(r, "tmp"), -1);
	file_close(&fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_writer, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_writer_outlives_store, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_cut_on_resume, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_move_read_remove, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_undone_and_sweep, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_remove_while_writing, rig_setup, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
