/* SPDX-License-Identifier: MIT */
/*
 * Owns the journal's file. Must not know files, customers or the service. cli/batch.c opens it, the verbs' parts of a batch note in
 * it. Rows are kept sorted by key.
 */
#include "cli/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypt/random.h"
#include "http/json.h"
#include "http/json_write.h"

#define VERSION 1
#define TEXT_MAX ((size_t)256 * 1024 * 1024)
#define LINE_MAX ((size_t)4096)
#define NAME_LEN_MAX 512
#define ROWS_MAX 10000000U

struct rows {
	struct cli_journal_row *all;
	size_t count, room;
};

struct cli_journal {
	struct tool_call *call;
	const char *path, *shown;
	struct cli_journal_about about;
	int fd;                  /* -1: there is no file yet */
	uint64_t end;            /* of what counts */
	struct id batch;
	struct rows rows;        /* sorted but for those that the present line added */
	/* A plan that is being read. */
	struct id planned_batch;
	struct rows plan;
};

static const char *const states[] = { [CLI_JOURNAL_BEGINS] = "begins", [CLI_JOURNAL_COMPLETES] = "completes", [CLI_JOURNAL_SENT] = "sent" };

/* --- rows */

static struct cli_journal_row *
add(struct rows *r, const struct cli_journal_row *row)
{
	if (r->count == r->room) {
		r->room = r->room * 2 + 64;
		r->all = mem_resize(r->all, r->room, sizeof(r->all[0]));
	}
	r->all[r->count] = *row;
	return &r->all[r->count++];
}

static int
compare(const void *a, const void *b)
{
	const struct cli_journal_row *x = a, *y = b;
	return memcmp(x->key.bytes, y->key.bytes, sizeof(x->key.bytes));
}

static struct cli_journal_row *
find(const struct cli_journal *j, const struct hash *key)
{
	struct cli_journal_row wanted = { .key = *key };
	return j->rows.count == 0 ? NULL : bsearch(&wanted, j->rows.all, j->rows.count, sizeof(wanted), compare);
}

/* The plan that was read or written counts now. What is known of rows of the same batch stays known. */
static void
adopt(struct cli_journal *j)
{
	size_t known = j->rows.count;
	if (!id_equal(&j->batch, &j->planned_batch))
		known = j->rows.count = 0;
	j->batch = j->planned_batch;
	for (size_t i = 0; i < known; i++)
		j->rows.all[i].is_planned = false;
	for (size_t i = 0; i < j->plan.count; i++) {
		struct cli_journal_row wanted = j->plan.all[i];
		struct cli_journal_row *row = known == 0 ? NULL : bsearch(&wanted, j->rows.all, known, sizeof(wanted), compare);
		if (row == NULL)
			row = add(&j->rows, &(struct cli_journal_row){ .key = wanted.key });
		row->files = wanted.files;
		row->line = wanted.line;
		row->is_planned = true;
	}
	if (j->rows.count > 0)
		qsort(j->rows.all, j->rows.count, sizeof(j->rows.all[0]), compare);
	j->plan.count = 0;
}

/* --- reading */

static int
read_batch(struct cli_journal *j, struct http_json_at o)
{
	const struct cli_journal_about *a = &j->about;
	uint64_t version = http_json_u64(o, "provision_batch", UINT32_MAX);
	bool is_ours = view_equal_str(http_json_string(o, "verb", NAME_LEN_MAX), a->verb);
	is_ours = view_equal_str(http_json_string(o, "server", NAME_LEN_MAX), a->server) && is_ours;
	is_ours = view_equal_str(http_json_string(o, "company", NAME_LEN_MAX), a->company) && is_ours;
	j->planned_batch = http_json_id(o, "batch");
	j->plan.count = 0;
	if (version != VERSION)
		return ERR_VERSION;
	return is_ours ? 0 : ERR_STATE;
}

static int
read_plan(struct cli_journal *j, struct http_json_at o)
{
	struct cli_journal_row row = { .line = (size_t)http_json_u64(o, "line", UINT32_MAX) };
	http_json_bytes(o, "plan", row.key.bytes, sizeof(row.key.bytes));
	http_json_bytes(o, "files", row.files.bytes, sizeof(row.files.bytes));
	add(&j->plan, &row);
	return 0;
}

static int
read_ready(struct cli_journal *j, struct http_json_at o)
{
	if (http_json_u64(o, "ready", ROWS_MAX) != j->plan.count)
		return ERR_SYNTAX;
	adopt(j);
	return 0;
}

static int
read_row(struct cli_journal *j, struct http_json_at o)
{
	struct hash key;
	http_json_bytes(o, "row", key.bytes, sizeof(key.bytes));
	struct cli_journal_row *row = find(j, &key);
	struct view state = http_json_string(o, "state", NAME_LEN_MAX);
	if (row == NULL)
		return ERR_SYNTAX;
	row->state = CLI_JOURNAL_NONE;
	for (int i = CLI_JOURNAL_BEGINS; i <= CLI_JOURNAL_SENT; i++)
		if (view_equal_str(state, states[i]))
			row->state = (enum cli_journal_state)i;
	row->id = http_json_id(o, "id");
	row->sequence = http_json_u64(o, "seq", UINT64_MAX);
	row->time_ms = http_json_time(o, "time");
	return row->state == CLI_JOURNAL_NONE ? ERR_SYNTAX : 0;
}

/* A line is of the kind whose member it has. */
static int
read_object(struct cli_journal *j, struct http_json_at o)
{
	static const struct {
		const char *member;
		int (*read)(struct cli_journal *j, struct http_json_at o);
	} kinds[] = { { "row", read_row }, { "plan", read_plan }, { "ready", read_ready }, { "provision_batch", read_batch } };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (http_json_has(o, kinds[i].member))
			return kinds[i].read(j, o);
	return ERR_SYNTAX;
}

static int
read_line(struct cli_journal *j, struct view line)
{
	struct http_json *doc = NULL;
	int err = http_json_parse(line, LINE_MAX, &doc);
	if (err == 0)
		err = read_object(j, http_json_root(doc));
	if (err == 0)
		err = http_json_check(doc);
	http_json_free(&doc);
	return err;
}

static int
read_text(struct cli_journal *j, struct view text)
{
	size_t number = 1;
	for (size_t len; (len = view_find(text, '\n')) < text.len; number++) {
		int err = read_line(j, view_slice(text, 0, len));
		if (err == ERR_STATE)
			return tool_verb_fail(j->call, err, "%s is of another batch: of another command, company or service", j->shown);
		if (err != 0)
			return tool_verb_fail(j->call, err, "%s:%zu: this journal is damaged: %s", j->shown, number, err_text(err));
		text = view_slice(text, len + 1, text.len);
		j->end += len + 1;
	}
	return 0;
}

static int
read_file(struct cli_journal *j)
{
	struct buf text;
	struct stat st;
	uint8_t *space;
	buf_init(&text, TEXT_MAX);
	int err = fstat(j->fd, &st) != 0 ? err_from_errno(errno) : (size_t)st.st_size > TEXT_MAX ? ERR_LIMIT : 0;
	if (err == 0)
		err = buf_reserve(&text, (size_t)st.st_size, &space);
	if (err == 0)
		err = file_pread_full(j->fd, space, (size_t)st.st_size, 0);
	if (err == 0)
		buf_commit(&text, (size_t)st.st_size);
	err = err == 0 ? read_text(j, buf_view(&text)) : tool_verb_fail(j->call, err, "%s cannot be read: %s", j->shown, err_text(err));
	buf_deinit(&text);
	return err;
}

static int
lock(struct cli_journal *j)
{
	if (flock(j->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return tool_verb_fail(j->call, ERR_BUSY, "another command is working on this batch: it holds %s", j->shown);
}

int
cli_journal_open(struct tool_call *c, const char *path, const struct cli_journal_about *about, struct cli_journal **j_r)
{
	struct cli_journal *j = mem_alloc(sizeof(*j));
	*j = (struct cli_journal){ .call = c, .path = path, .shown = tool_verb_safe(c, view_str(path)), .about = *about };
	*j_r = j;
	j->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (j->fd < 0 && errno == ENOENT)
		return 0;
	if (j->fd < 0)
		return tool_verb_fail(c, err_from_errno(errno), "%s cannot be opened: %s", j->shown, strerror(errno));
	int err = lock(j);
	return err == 0 ? read_file(j) : err;
}

void
cli_journal_close(struct cli_journal **j)
{
	if (*j == NULL)
		return;
	file_close(&(*j)->fd);
	mem_free(&(*j)->rows.all);
	mem_free(&(*j)->plan.all);
	mem_free(j);
}

const struct id *
cli_journal_batch(const struct cli_journal *j)
{
	return &j->batch;
}

const struct cli_journal_row *
cli_journal_rows(const struct cli_journal *j, size_t *n_r)
{
	*n_r = j->rows.count;
	return j->rows.all;
}

const struct cli_journal_row *
cli_journal_find(const struct cli_journal *j, const struct hash *key)
{
	return find(j, key);
}

/* --- writing */

/* Ends a line. */
static int
end_line(struct http_json_write *w)
{
	http_json_write_close(w);
	int err = http_json_write_end(w);
	return err == 0 ? buf_append_u8(w->out, '\n') : err;
}

static int
put_batch(struct cli_journal *j, struct buf *out)
{
	struct http_json_write w = http_json_write_to(out);
	http_json_write_object(&w, NULL);
	http_json_write_u64(&w, "provision_batch", VERSION);
	http_json_write_id(&w, "batch", &j->planned_batch);
	http_json_write_str(&w, "verb", j->about.verb);
	http_json_write_str(&w, "server", j->about.server);
	http_json_write_str(&w, "company", j->about.company);
	http_json_write_time(&w, "time", clock_wall_ms());
	return end_line(&w);
}

static int
put_plan(struct buf *out, const struct cli_journal_row *row)
{
	struct http_json_write w = http_json_write_to(out);
	http_json_write_object(&w, NULL);
	http_json_write_bytes(&w, "plan", crypt_hash_view(&row->key));
	http_json_write_u64(&w, "line", row->line);
	http_json_write_bytes(&w, "files", crypt_hash_view(&row->files));
	return end_line(&w);
}

static int
put_ready(struct buf *out, size_t n)
{
	struct http_json_write w = http_json_write_to(out);
	http_json_write_object(&w, NULL);
	http_json_write_u64(&w, "ready", n);
	http_json_write_time(&w, "time", clock_wall_ms());
	return end_line(&w);
}

static int
put_row(struct buf *out, const struct cli_journal_row *row)
{
	struct http_json_write w = http_json_write_to(out);
	http_json_write_object(&w, NULL);
	http_json_write_bytes(&w, "row", crypt_hash_view(&row->key));
	http_json_write_str(&w, "state", states[row->state]);
	http_json_write_id(&w, "id", &row->id);
	http_json_write_u64(&w, "seq", row->sequence);
	http_json_write_time(&w, "time", row->time_ms);
	return end_line(&w);
}

/* The file, with its name durable. */
static int
make(struct cli_journal *j)
{
	j->fd = open(j->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660);
	if (j->fd < 0 && errno == EEXIST)
		return tool_verb_fail(j->call, ERR_BUSY, "another command has just begun this batch: %s", j->shown);
	if (j->fd < 0)
		return tool_verb_fail(j->call, err_from_errno(errno), "%s cannot be made: %s (another place: --journal FILE)", j->shown, strerror(errno));
	int err = lock(j);
	return err == 0 ? file_sync_parent(AT_FDCWD, j->path) : err;
}

/* Behind what counts; what lies there was cut short. */
static int
append(struct cli_journal *j, struct view bytes, enum file_durability d)
{
	int err = j->fd < 0 ? make(j) : 0;
	if (err == 0 && ftruncate(j->fd, (off_t)j->end) != 0)
		err = err_from_errno(errno);
	if (err == 0)
		err = file_pwrite_full(j->fd, bytes.data, bytes.len, j->end);
	if (err == 0 && d == FILE_DURABLE && fdatasync(j->fd) != 0)
		err = err_from_errno(errno);
	if (err == 0)
		j->end += bytes.len;
	return err == 0 ? 0 : tool_verb_fail(j->call, err, "%s cannot be written: %s", j->shown, err_text(err));
}

int
cli_journal_plan(struct cli_journal *j, const struct cli_journal_row *rows, size_t n, bool is_new)
{
	struct buf out;
	j->planned_batch = is_new || id_is_none(&j->batch) ? id_random() : j->batch;
	j->plan.count = 0;
	buf_init(&out, TEXT_MAX);
	int err = put_batch(j, &out);
	for (size_t i = 0; i < n && err == 0; i++) {
		err = put_plan(&out, &rows[i]);
		add(&j->plan, &rows[i]);
	}
	if (err == 0)
		err = put_ready(&out, n);
	if (err == 0)
		err = append(j, buf_view(&out), FILE_DURABLE);
	if (err == 0)
		adopt(j);
	buf_deinit(&out);
	return err;
}

int
cli_journal_note(struct cli_journal *j, const struct cli_journal_row *row, enum file_durability d)
{
	struct buf out;
	buf_init(&out, LINE_MAX);
	int err = put_row(&out, row);
	if (err == 0)
		err = append(j, buf_view(&out), d);
	if (err == 0)
		*find(j, &row->key) = *row;
	buf_deinit(&out);
	return err;
}
