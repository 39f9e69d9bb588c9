/* SPDX-License-Identifier: MIT */
/*
 * Owns the files "seen-SUBSCRIPTION", JSON:
 *   {"principal", "in": {"highest", "missing": [{"first", "last"}, ...]}, "out": {...}, "sealed": [{"sequence", "package"}, ...], "warned"}
 * read and written whole, changed under the profile's lock. Knows no package.
 */
#include "cli/seen.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "http/json.h"
#include "http/json_write.h"

#define FILE_MAX ((size_t)64 * 1024)
/* Runs of missing numbers; the oldest are forgotten (and then refused) beyond. */
#define RUNS_MAX 256
/* Packages on their way at once; beyond, the oldest can no longer go on after a break. */
#define SEALED_MAX 64

struct run {
	uint64_t first, last;
};

struct track {
	uint64_t highest;        /* 0: nothing seen yet */
	struct run missing[RUNS_MAX];   /* ascending, below highest */
	size_t run_count;
};

/* A package sealed here and not delivered yet. */
struct sealed {
	uint64_t sequence;
	struct id package;
};

struct seen {
	struct id principal;     /* none: not bound yet */
	struct track tracks[2];
	struct sealed sealed[SEALED_MAX];
	size_t sealed_count;
	bool is_warned;          /* of who can read text messages */
};

struct name {
	char s[8 + ID_TEXT_LEN];
};

static struct name
name_of(const struct id *subscription)
{
	struct name n;
	snprintf(n.s, sizeof(n.s), "seen-%s", id_text(subscription).s);
	return n;
}

static const char *const directions[] = { [CLI_SEEN_IN] = "in", [CLI_SEEN_OUT] = "out" };

/* --- one track */

static enum cli_seen_order
order_of(const struct track *t, uint64_t sequence, uint64_t *missing_r)
{
	*missing_r = 0;
	if (t->highest == 0 || sequence == t->highest + 1)
		return CLI_SEEN_NEXT;
	if (sequence > t->highest) {
		*missing_r = sequence - t->highest - 1;
		return CLI_SEEN_GAP;
	}
	for (size_t i = 0; i < t->run_count; i++)
		if (sequence >= t->missing[i].first && sequence <= t->missing[i].last)
			return CLI_SEEN_NEXT;
	return CLI_SEEN_REPEATED;
}

static void
add_run(struct track *t, uint64_t first, uint64_t last)
{
	if (first > last)
		return;
	if (t->run_count == RUNS_MAX)
		memmove(&t->missing[0], &t->missing[1], --t->run_count * sizeof(t->missing[0]));
	t->missing[t->run_count++] = (struct run){ first, last };
}

/* Takes a number out of the run that holds it. */
static void
cut_run(struct track *t, uint64_t sequence)
{
	struct track was = *t;
	t->run_count = 0;
	for (size_t i = 0; i < was.run_count; i++) {
		struct run r = was.missing[i];
		bool is_here = sequence >= r.first && sequence <= r.last;
		add_run(t, r.first, is_here ? sequence - 1 : r.last);
		if (is_here)
			add_run(t, sequence + 1, r.last);
	}
}

static int
note(struct track *t, uint64_t sequence)
{
	uint64_t missing;
	enum cli_seen_order order = order_of(t, sequence, &missing);
	if (order == CLI_SEEN_REPEATED || sequence == 0)
		return ERR_TRUST;
	if (sequence < t->highest) {
		cut_run(t, sequence);
		return 0;
	}
	/* what came before the first one that this client sees was another client's, and may still come */
	add_run(t, t->highest + 1, sequence - 1);
	t->highest = sequence;
	return 0;
}

/* --- the file */

static void
read_track(struct http_json_at o, struct track *t)
{
	t->highest = http_json_u64(o, "highest", UINT64_MAX);
	struct http_json_at runs = http_json_array(o, "missing", RUNS_MAX);
	t->run_count = runs.value == NULL ? 0 : http_json_count(runs);
	for (size_t i = 0; i < t->run_count; i++) {
		struct http_json_at run = http_json_item_object(runs, i);
		t->missing[i].first = http_json_u64(run, "first", UINT64_MAX);
		t->missing[i].last = http_json_u64(run, "last", UINT64_MAX);
	}
}

static void
read_sealed(struct http_json_at o, struct seen *seen)
{
	struct http_json_at rows = http_json_array(o, "sealed", SEALED_MAX);
	seen->sealed_count = rows.value == NULL ? 0 : http_json_count(rows);
	for (size_t i = 0; i < seen->sealed_count; i++) {
		struct http_json_at row = http_json_item_object(rows, i);
		seen->sealed[i].sequence = http_json_u64(row, "sequence", UINT64_MAX);
		seen->sealed[i].package = http_json_id(row, "package");
	}
}

static int
decode(struct view text, struct seen *seen)
{
	struct http_json *doc = NULL;
	int err = http_json_parse(text, FILE_MAX, &doc);
	if (err != 0) {
		http_json_free(&doc);
		return err;
	}
	struct http_json_at o = http_json_root(doc);
	if (http_json_has(o, "principal"))
		seen->principal = http_json_id(o, "principal");
	for (int d = CLI_SEEN_IN; d <= CLI_SEEN_OUT; d++)
		read_track(http_json_object(o, directions[d]), &seen->tracks[d]);
	read_sealed(o, seen);
	seen->is_warned = http_json_bool_optional(o, "warned", false);
	err = http_json_check(doc);
	http_json_free(&doc);
	return err;
}

static int
load(const struct cli_profile *p, const struct id *subscription, struct seen *seen)
{
	struct buf text;
	memset(seen, 0, sizeof(*seen));
	buf_init(&text, FILE_MAX);
	int err = file_read(p->folder, name_of(subscription).s, &text);
	if (err == 0)
		err = decode(buf_view(&text), seen);
	else if (err == ERR_NOT_FOUND)
		err = 0;
	buf_deinit(&text);
	return err;
}

static void
write_track(struct http_json_write *w, const char *name, const struct track *t)
{
	http_json_write_object(w, name);
	http_json_write_u64(w, "highest", t->highest);
	http_json_write_array(w, "missing");
	for (size_t i = 0; i < t->run_count; i++) {
		http_json_write_object(w, NULL);
		http_json_write_u64(w, "first", t->missing[i].first);
		http_json_write_u64(w, "last", t->missing[i].last);
		http_json_write_close(w);
	}
	http_json_write_close(w);
	http_json_write_close(w);
}

static void
write_sealed(struct http_json_write *w, const struct seen *seen)
{
	http_json_write_array(w, "sealed");
	for (size_t i = 0; i < seen->sealed_count; i++) {
		http_json_write_object(w, NULL);
		http_json_write_u64(w, "sequence", seen->sealed[i].sequence);
		http_json_write_id(w, "package", &seen->sealed[i].package);
		http_json_write_close(w);
	}
	http_json_write_close(w);
}

static int
encode(const struct seen *seen, struct buf *text)
{
	struct http_json_write w = http_json_write_to(text);
	http_json_write_object(&w, NULL);
	if (!id_is_none(&seen->principal))
		http_json_write_id(&w, "principal", &seen->principal);
	for (int d = CLI_SEEN_IN; d <= CLI_SEEN_OUT; d++)
		write_track(&w, directions[d], &seen->tracks[d]);
	write_sealed(&w, seen);
	http_json_write_bool(&w, "warned", seen->is_warned);
	http_json_write_close(&w);
	return http_json_write_end(&w);
}

static int
save(const struct cli_profile *p, const struct id *subscription, const struct seen *seen)
{
	struct buf text;
	buf_init(&text, FILE_MAX);
	int err = encode(seen, &text);
	if (err == 0)
		err = cli_profile_put(p, name_of(subscription).s, buf_view(&text));
	buf_deinit(&text);
	return err;
}

/* --- changes */

static int
bind_principal(struct seen *seen, const struct id *principal)
{
	if (!id_is_none(&seen->principal))
		return id_equal(&seen->principal, principal) ? 0 : ERR_TRUST;
	seen->principal = *principal;
	return 0;
}

/* What a change is about: each function takes what it needs. */
struct change {
	const struct id *principal, *package;
	enum cli_seen_direction direction;
	uint64_t sequence;
};

static size_t
find_sealed(const struct seen *seen, const struct id *package)
{
	size_t i = 0;
	while (i < seen->sealed_count && !id_equal(&seen->sealed[i].package, package))
		i++;
	return i;
}

static void
drop_sealed(struct seen *seen, size_t i)
{
	seen->sealed_count--;
	memmove(&seen->sealed[i], &seen->sealed[i + 1], (seen->sealed_count - i) * sizeof(seen->sealed[0]));
}

static int
apply_principal(struct seen *seen, const struct change *c)
{
	return bind_principal(seen, c->principal);
}

static int
apply_number(struct seen *seen, const struct change *c)
{
	return note(&seen->tracks[c->direction], c->sequence);
}

static int
apply_sealed(struct seen *seen, const struct change *c)
{
	size_t i = find_sealed(seen, c->package);
	if (i < seen->sealed_count)
		return seen->sealed[i].sequence == c->sequence ? 0 : ERR_TRUST;
	int err = note(&seen->tracks[CLI_SEEN_OUT], c->sequence);
	if (err != 0)
		return err;
	if (seen->sealed_count == SEALED_MAX)
		drop_sealed(seen, 0);
	seen->sealed[seen->sealed_count++] = (struct sealed){ .sequence = c->sequence, .package = *c->package };
	return 0;
}

static int
apply_done(struct seen *seen, const struct change *c)
{
	size_t i = find_sealed(seen, c->package);
	if (i < seen->sealed_count)
		drop_sealed(seen, i);
	return 0;
}

static int
apply_warned(struct seen *seen, const struct change *c)
{
	(void)c;
	if (seen->is_warned)
		return ERR_EXISTS;
	seen->is_warned = true;
	return 0;
}

/* Reads, applies and writes under the profile's lock. */
static int
change(const struct cli_profile *p, const struct id *subscription, int (*apply)(struct seen *seen, const struct change *c),
    const struct change *c)
{
	struct seen seen;
	struct buf before, after;
	int lock = -1;
	int err = cli_profile_lock(p, &lock);
	if (err != 0)
		return err;
	buf_init(&before, FILE_MAX);
	buf_init(&after, FILE_MAX);
	err = load(p, subscription, &seen);
	if (err == 0)
		err = encode(&seen, &before);
	if (err == 0)
		err = apply(&seen, c);
	if (err == 0)
		err = encode(&seen, &after);
	if (err == 0 && !view_equal(buf_view(&before), buf_view(&after)))
		err = save(p, subscription, &seen);
	buf_deinit(&before);
	buf_deinit(&after);
	file_close(&lock);
	return err;
}

int
cli_seen_check(const struct cli_profile *p, const struct id *subscription, enum cli_seen_direction d, uint64_t sequence,
    enum cli_seen_order *order_r, uint64_t *missing_r)
{
	struct seen seen;
	int err = load(p, subscription, &seen);
	*order_r = order_of(&seen.tracks[d], sequence, missing_r);
	return err;
}

int
cli_seen_rehearse(const struct cli_profile *p, const struct id *subscription)
{
	struct seen seen;
	int lock = -1;
	int err = cli_profile_lock(p, &lock);
	if (err != 0)
		return err;
	err = load(p, subscription, &seen);
	if (err == 0)
		err = save(p, subscription, &seen);
	file_close(&lock);
	return err;
}

int
cli_seen_note(const struct cli_profile *p, const struct id *subscription, enum cli_seen_direction d, uint64_t sequence)
{
	return change(p, subscription, apply_number, &(struct change){ .direction = d, .sequence = sequence });
}

int
cli_seen_note_sealed(const struct cli_profile *p, const struct id *subscription, uint64_t sequence, const struct id *package)
{
	return change(p, subscription, apply_sealed, &(struct change){ .package = package, .sequence = sequence });
}

int
cli_seen_note_done(const struct cli_profile *p, const struct id *subscription, const struct id *package)
{
	return change(p, subscription, apply_done, &(struct change){ .package = package });
}

int
cli_seen_bind(const struct cli_profile *p, const struct id *subscription, const struct id *principal)
{
	return change(p, subscription, apply_principal, &(struct change){ .principal = principal });
}

int
cli_seen_forget(const struct cli_profile *p, const struct id *subscription)
{
	int err = file_unlink(p->folder, name_of(subscription).s, FILE_DURABLE);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int
cli_seen_warn(const struct cli_profile *p, const struct id *subscription)
{
	return change(p, subscription, apply_warned, &(struct change){ .sequence = 0 });
}
