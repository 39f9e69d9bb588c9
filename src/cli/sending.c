/* SPDX-License-Identifier: MIT */
/*
 * Owns the files "sending-*" of the profile. The package key lies in them only sealed to the account, so that they open after
 * a login and not before. Knows no server. cli/send.c and cli/withdraw.c call it.
 */
#include "cli/sending.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/encoder.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypt/derive.h"
#include "crypt/record.h"
#include "crypt/seal.h"

#define MAGIC "PVcs"
#define VERSION 1
#define PREFIX "sending-"
#define STATE_MAX ((size_t)512 * 1024 * 1024)
#define WORD_MAX ((size_t)64 * 1024)
#define WORDS_MAX 1000000U
#define BOX_MAX 256U
#define PURPOSE "provision/1/local-sending"
#define OLD_MS (30ULL * 24 * 3600 * 1000)

struct name {
	char s[16 + ID_TEXT_LEN];
};

struct cli_sending {
	int folder;               /* the profile's, borrowed */
	int lock;                 /* on the set's file, which is never replaced */
	int marks;                /* the file ".sent", -1: not opened yet */
	struct id package;
	struct secret *key;
	struct buf state;         /* decoded below */
	struct cli_sending_request request;
	struct arena *words;
	struct view header, manifest, origins;   /* in state */
	uint32_t origin_count;
	struct api_mark mark;
	bool is_marked;           /* the mark was read */
	uint64_t synced;          /* mark.sent as it is on disk */
};

static struct name
name_of(const struct id *package, const char *suffix)
{
	struct name n;
	snprintf(n.s, sizeof(n.s), PREFIX "%s%s", id_text(package).s, suffix);
	return n;
}

/* --- writing */

static void
put_word(struct encoder *e, const char *word)
{
	encoder_block(e, view_str(word == NULL ? "" : word));
}

static int
encode_state(const struct cli_sending_request *q, const struct cli_walk *walk, const struct package_writer *w, struct buf *out)
{
	struct encoder e = encoder_of(out);
	size_t n;
	put_word(&e, q->to);
	put_word(&e, q->company);
	put_word(&e, q->comment);
	encoder_u32(&e, (uint32_t)q->path_count);
	for (size_t i = 0; i < q->path_count; i++)
		put_word(&e, q->paths[i]);
	encoder_block(&e, package_writer_header(w));
	encoder_block(&e, package_writer_manifest_bytes(w));
	n = package_manifest_count(package_writer_manifest(w));
	encoder_u32(&e, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		struct cli_walk_origin o = cli_walk_origin(walk, package_manifest_order(package_writer_manifest(w))[i]);
		encoder_u64(&e, o.inode);
		encoder_u64(&e, o.size);
		encoder_u64(&e, (uint64_t)o.mtime_ns);
		encoder_u64(&e, (uint64_t)o.ctime_ns);
	}
	return encoder_end(&e);
}

static int
encode(struct cli_session *s, const struct id *package, const struct secret *key, struct view state, struct buf *out)
{
	struct encoder e = encoder_of(out);
	struct secret *record_key = crypt_derive(key, PURPOSE, id_view(package));
	struct buf box, sealed;
	buf_init(&box, BOX_MAX);
	buf_init(&sealed, STATE_MAX + CRYPT_RECORD_OVERHEAD);
	encoder_view(&e, VIEW_LIT(MAGIC));
	encoder_u16(&e, VERSION);
	encoder_view(&e, id_view(package));
	encoder_fail(&e, crypt_seal(&s->login.account.seal, secret_view(key), &box));
	encoder_block(&e, buf_view(&box));
	encoder_fail(&e, crypt_record_seal(record_key, encoder_so_far(&e), state, &sealed));
	encoder_block(&e, buf_view(&sealed));
	buf_deinit(&sealed);
	buf_deinit(&box);
	secret_free(&record_key);
	return encoder_end(&e);
}

/* --- reading */

static const char *
get_word(struct cli_sending *x, struct cursor *c)
{
	struct view v = cursor_block(c, WORD_MAX);
	return v.len == 0 ? NULL : arena_str(x->words, v);
}

static int
decode_state(struct cli_sending *x)
{
	struct cursor c = cursor_of(buf_view(&x->state));
	x->request.to = get_word(x, &c);
	x->request.company = get_word(x, &c);
	x->request.comment = get_word(x, &c);
	uint32_t n = cursor_u32(&c);
	if (n > WORDS_MAX)
		cursor_fail(&c);
	const char **paths = arena_alloc(x->words, (n <= WORDS_MAX ? n : 0) * sizeof(*paths) + 1);
	for (uint32_t i = 0; i < n && c.err == 0; i++) {
		paths[i] = get_word(x, &c);
		if (paths[i] == NULL)
			cursor_fail(&c);
	}
	x->request.paths = paths;
	x->request.path_count = n;
	x->header = cursor_block(&c, PACKAGE_HEADER_MAX);
	x->manifest = cursor_block(&c, PACKAGE_MANIFEST_MAX);
	x->origin_count = cursor_u32(&c);
	if (x->origin_count > PACKAGE_ENTRIES_MAX || x->request.to == NULL)
		cursor_fail(&c);
	x->origins = cursor_bytes(&c, (size_t)x->origin_count * 32);
	return cursor_end(&c);
}

static int
decode(struct cli_session *s, struct cli_sending *x, struct view whole)
{
	struct cursor c = cursor_of(whole);
	struct id package;
	cursor_expect(&c, VIEW_LIT(MAGIC));
	uint16_t version = cursor_u16(&c);
	cursor_copy(&c, package.bytes, ID_BYTES);
	struct view box = cursor_block(&c, BOX_MAX);
	struct view before = view_slice(whole, 0, whole.len - c.rest.len);
	struct view sealed = cursor_block(&c, STATE_MAX + CRYPT_RECORD_OVERHEAD);
	int err = cursor_end(&c);
	if (err == 0 && (version != VERSION || !id_equal(&package, &x->package)))
		err = ERR_VERSION;
	if (err == 0)
		err = crypt_seal_open(s->login.keys.seal, box, &x->key);
	if (err == 0 && secret_len(x->key) != CRYPT_KEY_BYTES)
		err = ERR_SYNTAX;
	if (err != 0)
		return err;
	struct secret *record_key = crypt_derive(x->key, PURPOSE, id_view(&x->package));
	err = crypt_record_open(record_key, before, sealed, &x->state);
	secret_free(&record_key);
	return err == 0 ? decode_state(x) : err;
}

static void
remove_set(int folder, const struct id *package)
{
	static const char *const suffixes[] = { "", ".sent", ".seal" };
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		int err = file_unlink(folder, name_of(package, suffixes[i]).s, FILE_SCRATCH);
		(void)err;   /* not there, or it will be removed as an old one */
	}
}

static struct cli_sending *
set_of(struct cli_session *s, const struct id *package)
{
	struct cli_sending *x = mem_alloc(sizeof(*x));
	*x = (struct cli_sending){ .folder = s->profile->folder, .lock = -1, .marks = -1, .package = *package };
	x->words = arena_new(STATE_MAX);
	buf_init(&x->state, STATE_MAX);
	return x;
}

void
cli_sending_close(struct cli_sending **x)
{
	if (*x == NULL)
		return;
	file_close(&(*x)->marks);
	file_close(&(*x)->lock);
	secret_free(&(*x)->key);
	buf_deinit(&(*x)->state);
	arena_free(&(*x)->words);
	mem_free(x);
}

void
cli_sending_end(struct cli_sending **x)
{
	if (*x != NULL)
		remove_set((*x)->folder, &(*x)->package);
	cli_sending_close(x);
}

/* Takes the lock of a set's file. ERR_BUSY: another process has it. ERR_NOT_FOUND: it has just been removed. */
static int
lock_set(struct cli_sending *x)
{
	struct stat st;
	x->lock = openat(x->folder, name_of(&x->package, "").s, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (x->lock < 0)
		return err_from_errno(errno);
	if (flock(x->lock, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? ERR_BUSY : err_from_errno(errno);
	return fstat(x->lock, &st) == 0 && st.st_nlink > 0 ? 0 : ERR_NOT_FOUND;
}

static int
open_set(struct cli_session *s, const struct id *package, struct cli_sending **x_r)
{
	struct buf whole;
	buf_init(&whole, STATE_MAX + WORD_MAX);
	*x_r = set_of(s, package);
	int err = lock_set(*x_r);
	if (err == 0)
		err = file_read((*x_r)->folder, name_of(package, "").s, &whole);
	if (err == 0)
		err = decode(s, *x_r, buf_view(&whole));
	if (err != 0)
		cli_sending_close(x_r);
	buf_deinit(&whole);
	return err;
}

/* --- finding */

static bool
is_word(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool
is_request(const struct cli_sending_request *a, const struct cli_sending_request *b)
{
	if (!is_word(a->to, b->to) || !is_word(a->company, b->company) || !is_word(a->comment, b->comment) ||
	    a->path_count != b->path_count)
		return false;
	for (size_t i = 0; i < a->path_count; i++)
		if (strcmp(a->paths[i], b->paths[i]) != 0)
			return false;
	return true;
}

/* The search: the newest set that fits. */
struct search {
	struct cli_session *session;
	const struct cli_sending_request *request;   /* NULL: any */
	struct cli_sending *found;
	struct timespec time;                        /* of found */
	bool is_busy;
};

static void
look_at(struct search *search, const char *name)
{
	struct id package;
	struct stat st;
	struct cli_sending *x;
	int folder = search->session->profile->folder;
	if (id_parse(view_str(name + sizeof(PREFIX) - 1), &package) != 0 || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	int err = open_set(search->session, &package, &x);
	search->is_busy = search->is_busy || err == ERR_BUSY;
	if (err != ERR_BUSY && (uint64_t)st.st_mtim.tv_sec * 1000 + OLD_MS < clock_wall_ms())
		remove_set(folder, &package);
	if (err != 0)
		return;
	bool is_newer = search->found == NULL || st.st_mtim.tv_sec > search->time.tv_sec ||
	    (st.st_mtim.tv_sec == search->time.tv_sec && st.st_mtim.tv_nsec > search->time.tv_nsec);
	if (is_newer && (search->request == NULL || is_request(search->request, &x->request))) {
		cli_sending_close(&search->found);
		search->found = x;
		search->time = st.st_mtim;
		return;
	}
	cli_sending_close(&x);
}

static int
search_all(struct search *search)
{
	int copy = openat(search->session->profile->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;
	if (folder == NULL) {
		file_close(&copy);
		return ERR_IO;
	}
	while ((d = readdir(folder)) != NULL)
		if (strncmp(d->d_name, PREFIX, sizeof(PREFIX) - 1) == 0)
			look_at(search, d->d_name);
	closedir(folder);
	return 0;
}

int
cli_sending_find(struct cli_session *s, const struct id *package, const struct cli_sending_request *request,
    struct cli_sending **x_r)
{
	struct search search = { .session = s, .request = request };
	int lock = -1;
	int err = cli_profile_lock(s->profile, &lock);
	if (err == 0 && package != NULL)
		err = open_set(s, package, &search.found);
	else if (err == 0)
		err = search_all(&search);
	file_close(&lock);
	*x_r = search.found;
	if (err == 0 && search.found == NULL)
		err = search.is_busy ? ERR_BUSY : ERR_NOT_FOUND;
	return err;
}

int
cli_sending_new(struct cli_session *s, const struct cli_sending_request *request, const struct cli_walk *walk,
    const struct package_writer *w, const struct id *package, struct cli_sending **x_r)
{
	struct secret *key = package_writer_key(w);
	struct buf state, whole;
	int lock = -1;
	buf_init(&state, STATE_MAX);
	buf_init(&whole, STATE_MAX + WORD_MAX);
	int err = encode_state(request, walk, w, &state);
	if (err == 0)
		err = encode(s, package, key, buf_view(&state), &whole);
	/* nobody looks for sets before this one is ours */
	if (err == 0)
		err = cli_profile_lock(s->profile, &lock);
	if (err == 0)
		err = file_replace(s->profile->folder, name_of(package, "").s, buf_view(&whole), 0600, FILE_DURABLE);
	if (err == 0)
		err = open_set(s, package, x_r);
	file_close(&lock);
	if (err != 0)
		err = tool_verb_fail(s->call, err, "what is needed to go on after a break cannot be kept in %s: %s",
		    tool_verb_safe(s->call, view_str(s->profile->path)), err_text(err));
	secret_free(&key);
	buf_deinit(&state);
	buf_deinit(&whole);
	return err;
}

/* --- what is in it */

const struct id *
cli_sending_package(const struct cli_sending *x)
{
	return &x->package;
}

const struct cli_sending_request *
cli_sending_request(const struct cli_sending *x)
{
	return &x->request;
}

static bool
is_entry(const struct package_entry *a, const struct package_entry *b)
{
	return a->kind == b->kind && a->is_executable == b->is_executable && a->size == b->size &&
	    (a->kind == PACKAGE_ENTRY_FOLDER || a->mtime_ms == b->mtime_ms) && view_equal(a->path, b->path);
}

static bool
is_origin(struct cursor *c, struct cli_walk_origin o)
{
	bool is_same = cursor_u64(c) == o.inode;
	is_same = cursor_u64(c) == o.size && is_same;
	is_same = (int64_t)cursor_u64(c) == o.mtime_ns && is_same;
	return (int64_t)cursor_u64(c) == o.ctime_ns && is_same;
}

bool
cli_sending_is_same(const struct cli_sending *x, const struct cli_walk *walk, const struct package_manifest *manifest,
    const struct package_writer *w, int64_t *bad_r)
{
	struct cursor c = cursor_of(x->origins);
	const struct package_manifest *was = package_writer_manifest(w);
	*bad_r = -1;
	if (package_manifest_count(manifest) != package_manifest_count(was) || x->origin_count != package_manifest_count(was))
		return false;
	for (size_t i = 0; i < x->origin_count; i++) {
		*bad_r = (int64_t)i;
		if (!is_entry(package_manifest_at(manifest, i), package_manifest_at(was, i)) ||
		    !is_origin(&c, cli_walk_origin(walk, package_manifest_order(manifest)[i])))
			return false;
	}
	return true;
}

int
cli_sending_writer(const struct cli_sending *x, struct package_writer **w_r)
{
	return package_writer_resume(x->key, x->header, x->manifest, w_r);
}

/* --- the mark */

/* "confirmed" may be lost with the machine's power: it is a lower bound. "sent" must not be. */
static int
note(void *arg, uint64_t confirmed, uint64_t sent)
{
	struct cli_sending *x = arg;
	struct buf bytes;
	buf_init(&bytes, 16);
	int err = buf_append_u64(&bytes, confirmed);
	if (err == 0)
		err = buf_append_u64(&bytes, sent);
	if (err == 0)
		err = file_pwrite_full(x->marks, bytes.data, 16, 0);
	if (err == 0 && sent != x->synced && fdatasync(x->marks) != 0)
		err = err_from_errno(errno);
	if (err == 0)
		x->synced = sent;
	buf_deinit(&bytes);
	return err;
}

struct api_mark *
cli_sending_mark(struct cli_sending *x)
{
	uint8_t bytes[16];
	if (x->marks < 0)
		x->marks = openat(x->folder, name_of(&x->package, ".sent").s, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (!x->is_marked && x->marks >= 0 && file_pread_full(x->marks, bytes, sizeof(bytes), 0) == 0) {
		struct cursor c = cursor_of(view_of(bytes, sizeof(bytes)));
		x->mark.confirmed = cursor_u64(&c);
		x->mark.sent = cursor_u64(&c);
	}
	x->is_marked = true;
	x->mark.note = note;
	x->mark.arg = x;
	return &x->mark;
}

/* --- the seal */

int
cli_sending_get_seal(const struct cli_sending *x, struct buf *out)
{
	return file_read(x->folder, name_of(&x->package, ".seal").s, out);
}

int
cli_sending_put_seal(struct cli_sending *x, struct view seal)
{
	return file_replace(x->folder, name_of(&x->package, ".seal").s, seal, 0600, FILE_DURABLE);
}
