/* SPDX-License-Identifier: MIT */
/*
 * Owns the manifest's text: written and read line by line, under a running hash. Knows no other file of a backup.
 *
 *   provision-backup 1
 *   store ID
 *   format NUMBER
 *   time NUMBER                      milliseconds since 1970
 *   generation NUMBER
 *   file SHA-256|linked BYTES PATH   as often as there are files
 *   end SHA-256                      of all lines before
 */
#include "state/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define LINE_MAX_BYTES 256
#define HASH_CHARS (2 * CRYPT_DIGEST_BYTES)
#define VERSION 1U
#define FILE_MODE 0600
#define LINKED "linked"

/* ---- writing ---- */

struct state_manifest_writer {
	FILE *out;
	struct digest *digest;
};

static int write_line(struct state_manifest_writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int
write_line(struct state_manifest_writer *w, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	require(n > 0 && (size_t)n < sizeof(line));
	crypt_digest_update(w->digest, view_str(line));
	return fputs(line, w->out) == EOF ? err_from_errno(errno) : 0;
}

static int
write_head(struct state_manifest_writer *w, const struct state_manifest_head *h)
{
	return write_line(w, "provision-backup %u\nstore %s\nformat %" PRIu32 "\ntime %" PRIu64 "\ngeneration %" PRIu64 "\n", VERSION,
	    id_text(&h->store).s, h->format, h->time_ms, h->generation);
}

/* 0, or what fclose() says. */
static int
writer_free(struct state_manifest_writer **w)
{
	int err = fclose((*w)->out) == 0 ? 0 : err_from_errno(errno);
	crypt_digest_free(&(*w)->digest);
	mem_free(w);
	return err;
}

int
state_manifest_create(int folder, const struct state_manifest_head *head, struct state_manifest_writer **w_r)
{
	int fd = openat(folder, STATE_MANIFEST_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd == -1)
		return err_from_errno(errno);
	struct state_manifest_writer *w = mem_alloc(sizeof(*w));
	w->digest = crypt_digest_new();
	w->out = fdopen(fd, "w");
	require(w->out != NULL);
	int err = write_head(w, head);
	if (err != 0)
		(void)writer_free(&w);
	*w_r = w;
	return err;
}

int
state_manifest_add(struct state_manifest_writer *w, const struct state_manifest_file *file)
{
	char hash[HASH_CHARS + 1] = LINKED;
	if (!file->is_linked)
		text_hex(view_of(file->hash, sizeof(file->hash)), hash);
	return write_line(w, "file %s %" PRIu64 " %s\n", hash, file->bytes, file->path);
}

static int
write_end(struct state_manifest_writer *w)
{
	uint8_t value[CRYPT_DIGEST_BYTES];
	char hash[HASH_CHARS + 1];
	crypt_digest_final(w->digest, value);
	text_hex(view_of(value, sizeof(value)), hash);
	int err = write_line(w, "end %s\n", hash);
	return err == 0 && (fflush(w->out) != 0 || fsync(fileno(w->out)) != 0) ? err_from_errno(errno) : err;
}

int
state_manifest_close(struct state_manifest_writer **writer, bool is_whole)
{
	if (*writer == NULL)
		return 0;
	int err = is_whole ? write_end(*writer) : 0;
	int close_err = writer_free(writer);
	return err != 0 || !is_whole ? err : close_err;
}

/* ---- reading ---- */

struct state_manifest_reader {
	FILE *in;
	struct digest *digest;
	char line[LINE_MAX_BYTES];
};

/* The next line without its end. */
static int
read_line(struct state_manifest_reader *r, struct view *line_r)
{
	if (fgets(r->line, sizeof(r->line), r->in) == NULL)
		return ferror(r->in) ? ERR_IO : ERR_SYNTAX;
	struct view v = view_str(r->line);
	if (v.len == 0 || r->line[v.len - 1] != '\n')
		return ERR_SYNTAX;
	*line_r = view_slice(v, 0, v.len - 1);
	return 0;
}

/* What stands before the next blank; *rest moves behind it. */
static struct view
word(struct view *rest)
{
	size_t at = view_find(*rest, ' ');
	struct view w = view_slice(*rest, 0, at);
	*rest = view_slice(*rest, at == rest->len ? at : at + 1, rest->len);
	return w;
}

/* A line "NAME VALUE" of the head. */
static int
read_fact(struct state_manifest_reader *r, const char *name, struct view *value_r)
{
	struct view line;
	int err = read_line(r, &line);
	if (err != 0)
		return err;
	crypt_digest_update(r->digest, view_str(r->line));
	struct view rest = line;
	if (!view_equal_str(word(&rest), name))
		return ERR_SYNTAX;
	*value_r = rest;
	return 0;
}

static int
read_number(struct state_manifest_reader *r, const char *name, uint64_t max, uint64_t *n_r)
{
	struct view value;
	int err = read_fact(r, name, &value);
	return err != 0 ? err : text_u64(value, max, n_r) == 0 ? 0 : ERR_SYNTAX;
}

static int
read_head(struct state_manifest_reader *r, struct state_manifest_head *h)
{
	struct view store;
	uint64_t version = 0, format = 0;
	int err = read_number(r, "provision-backup", UINT32_MAX, &version);
	if (err == 0 && version > VERSION)
		return ERR_VERSION;
	if (err == 0)
		err = read_fact(r, "store", &store);
	if (err == 0)
		err = id_parse(store, &h->store);
	if (err == 0)
		err = read_number(r, "format", UINT32_MAX, &format);
	h->format = (uint32_t)format;
	if (err == 0)
		err = read_number(r, "time", UINT64_MAX, &h->time_ms);
	return err != 0 ? err : read_number(r, "generation", UINT64_MAX, &h->generation);
}

int
state_manifest_open(int folder, struct state_manifest_head *head_r, struct state_manifest_reader **r_r)
{
	int fd = openat(folder, STATE_MANIFEST_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_from_errno(errno);
	struct state_manifest_reader *r = mem_alloc(sizeof(*r));
	r->digest = crypt_digest_new();
	r->in = fdopen(fd, "r");
	require(r->in != NULL);
	int err = read_head(r, head_r);
	if (err != 0)
		state_manifest_free(&r);
	*r_r = r;
	return err;
}

/* index/NAME or packages/FOLDER/ab/NAME: letters, digits, and single dots, hyphens and underscores between slashes. */
static bool
is_plain(struct view path)
{
	if (path.len >= STATE_MANIFEST_PATH_MAX || (!view_starts(path, VIEW_LIT("index/")) &&
	    !view_starts(path, VIEW_LIT("packages/"))))
		return false;
	for (size_t i = 0; i < path.len; i++) {
		uint8_t c = path.data[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
		bool is_between = (c == '/' || c == '.') && i + 1 < path.len && path.data[i - 1] != '/' && path.data[i - 1] != '.';
		if (!is_letter && !is_between)
			return false;
	}
	return true;
}

static int
parse_file(struct view rest, struct state_manifest_file *f)
{
	struct view hash = word(&rest), bytes = word(&rest);
	*f = (struct state_manifest_file){ .is_linked = view_equal_str(hash, LINKED) };
	if (!f->is_linked && text_unhex(hash, f->hash, sizeof(f->hash)) != 0)
		return ERR_SYNTAX;
	if (text_u64(bytes, UINT64_MAX, &f->bytes) != 0 || !is_plain(rest))
		return ERR_SYNTAX;
	memcpy(f->path, rest.data, rest.len);
	return 0;
}

static int
check_end(struct state_manifest_reader *r, struct view rest)
{
	uint8_t wanted[CRYPT_DIGEST_BYTES], is[CRYPT_DIGEST_BYTES];
	crypt_digest_final(r->digest, is);
	if (text_unhex(rest, wanted, sizeof(wanted)) != 0 || memcmp(wanted, is, sizeof(is)) != 0)
		return ERR_SYNTAX;
	return fgetc(r->in) == EOF ? 0 : ERR_SYNTAX;
}

int
state_manifest_next(struct state_manifest_reader *r, struct state_manifest_file *file_r, bool *is_end_r)
{
	struct view rest;
	int err = read_line(r, &rest);
	if (err != 0)
		return err;
	struct view first = word(&rest);
	*is_end_r = view_equal_str(first, "end");
	if (*is_end_r)
		return check_end(r, rest);
	if (!view_equal_str(first, "file"))
		return ERR_SYNTAX;
	crypt_digest_update(r->digest, view_str(r->line));
	return parse_file(rest, file_r);
}

void
state_manifest_free(struct state_manifest_reader **reader)
{
	struct state_manifest_reader *r = *reader;
	if (r == NULL)
		return;
	(void)fclose(r->in);
	crypt_digest_free(&r->digest);
	mem_free(reader);
}
