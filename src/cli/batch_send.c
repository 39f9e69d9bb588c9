/* SPDX-License-Identifier: MIT */
/*
 * A row of a batch of packages. Before a package's first request its id is in the journal, and before the one that delivers it that
 * this is so: whatever breaks off the run, the service knows which of them were delivered. Called by cli/batch.c.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "cli/batch.h"
#include "cli/delivery.h"
#include "cli/pins.h"
#include "cli/sending.h"
#include "cli/server.h"
#include "trust/account.h"

#define STATE_PURPOSE "provision/1/batch-files"
#define STATE_MAX ((size_t)1024 * 1024 * 1024)

/* --- before sending */

/* Names, sizes and times of all that would be in the package. */
static struct hash
state_of(const struct package_manifest *m)
{
	struct buf bytes;
	buf_init(&bytes, STATE_MAX);
	struct encoder e = encoder_of(&bytes);
	for (size_t i = 0; i < package_manifest_count(m); i++) {
		const struct package_entry *entry = package_manifest_at(m, i);
		encoder_block(&e, entry->path);
		encoder_u8(&e, (uint8_t)entry->kind);
		encoder_u8(&e, entry->is_executable);
		encoder_u64(&e, entry->size);
		encoder_u64(&e, entry->kind == PACKAGE_ENTRY_FOLDER ? 0 : (uint64_t)entry->mtime_ms);
	}
	require(encoder_end(&e) == 0);
	struct hash state = crypt_hash(STATE_PURPOSE, buf_view(&bytes));
	buf_deinit(&bytes);
	return state;
}

static void
make_paths(struct cli_batch *b, struct cli_batch_row *row)
{
	row->paths = arena_alloc(b->arena, row->file_count * sizeof(row->paths[0]));
	for (size_t i = 0; i < row->file_count; i++)
		row->paths[i] = arena_printf(b->arena, "%s/%s", b->folder, row->files[i]);
}

static struct cli_sending_request
request_of(const struct cli_batch_row *row)
{
	return (struct cli_sending_request){ .to = row->to, .comment = row->comment, .paths = row->paths, .path_count = row->file_count };
}

static int
plan_files(struct cli_batch *b, struct cli_batch_row *row)
{
	struct cli_sending_request request = request_of(row);
	struct package_manifest *m = NULL;
	struct cli_walk *walk = NULL;
	int err = cli_delivery_files(b->session->call, &request, &walk, &m);
	if (err == 0) {
		struct package_layout *layout = package_layout_new(m);
		err = cli_delivery_check_size(b->session, layout);
		package_layout_free(&layout);
		row->files_state = state_of(m);
		row->entries = package_manifest_count(m);
		for (size_t i = 0; i < row->entries; i++)
			row->bytes += package_manifest_at(m, i)->size;
	}
	package_manifest_free(&m);
	cli_walk_free(&walk);
	return err;
}

/* What is known of the key now; sending meets it again, and then a changed one stops the row. */
static int
plan_key(struct cli_batch *b, struct cli_batch_row *row)
{
	struct view statement = cli_server_view(row->whom.row->statement);
	struct trust_account account;
	const struct trust_pin *pin;
	bool is_verified;
	int err = trust_account_parse(statement, &account);
	if (err != 0)
		return tool_verb_fail(b->session->call, err, "the key of %s as the server shows it is not valid: %s", row->whom.typed, err_text(err));
	err = cli_pins_find(b->session, TRUST_PIN_CUSTOMER, &account.account, &pin);
	if (err != 0)
		return err;
	bool is_same = cli_pins_is_same(pin, &account.fingerprint, &is_verified);
	row->key_state = pin == NULL ? CLI_BATCH_KEY_NEW : !is_same ? CLI_BATCH_KEY_CHANGED : is_verified ? CLI_BATCH_KEY_VERIFIED :
	    CLI_BATCH_KEY_KNOWN;
	return 0;
}

static int
plan(struct cli_batch *b, struct cli_batch_row *row)
{
	make_paths(b, row);
	int err = plan_files(b, row);
	return err == 0 ? plan_key(b, row) : err;
}

/* Of a row that was sent. Files that are gone, or cannot be read any more, are no change: what was sent may be put away. */
static bool
is_changed(struct cli_batch *b, const struct cli_batch_row *row)
{
	struct cli_batch_row now = *row;
	struct package_manifest *m = NULL;
	struct cli_walk *walk = NULL;
	make_paths(b, &now);
	for (size_t i = 0; i < now.file_count; i++)
		if (access(now.paths[i], R_OK) != 0)
			return false;
	struct cli_sending_request request = request_of(&now);
	cli_batch_begin_line(b, row->line);
	int err = cli_delivery_files(b->session->call, &request, &walk, &m);
	tool_part_end(b->session->call);
	struct hash state = err == 0 ? state_of(m) : row->files_state;
	package_manifest_free(&m);
	cli_walk_free(&walk);
	return !crypt_hash_equal(&state, &row->files_state);
}

static int
was_delivered(struct cli_batch *b, const struct cli_journal_row *noted, bool *is_so_r)
{
	enum cli_delivery_state state;
	int err = cli_delivery_ask(b->session, &noted->id, &state);
	*is_so_r = err == 0 && state == CLI_DELIVERY_DONE;
	return err;
}

static void
announce(struct cli_batch *b)
{
	struct cli_batch_sum sum = cli_batch_report_sum(b);
	struct tool_call *c = b->session->call;
	bool has_comment = false;
	for (size_t i = 0; i < b->count; i++)
		has_comment |= b->rows[i].comment != NULL && b->rows[i].state == CLI_BATCH_PLANNED;
	if (has_comment)
		tool_verb_say(c, "the service can read comments and the names of the files, but not what is in them");
	if (sum.unverified > 0)
		tool_verb_say(c, "to keys that are NOT verified: %zu of %zu packages (provision keys verify)", sum.unverified, sum.planned);
	if (sum.changed > 0)
		tool_verb_say(c, "to keys that have CHANGED, and not sent therefore: %zu of %zu packages (provision keys accept)", sum.changed, sum.planned);
}

/* --- sending */

/* One row on its way. */
struct going {
	struct cli_batch *batch;
	struct cli_batch_row *row;
};

static int
note(struct cli_batch *b, const struct cli_batch_row *row, enum cli_journal_state state, const struct id *package, uint64_t time_ms)
{
	struct cli_journal_row noted = *cli_journal_find(b->journal, &row->key);
	noted.state = state;
	noted.id = *package;
	noted.time_ms = time_ms;
	/* of what was delivered the service knows, by the id that is noted */
	int err = cli_journal_note(b->journal, &noted, state == CLI_JOURNAL_SENT ? FILE_SCRATCH : FILE_DURABLE);
	b->is_journal_broken |= err != 0;
	return err;
}

static int
note_step(void *arg, enum cli_delivery_step step, const struct id *package)
{
	struct going *g = arg;
	return note(g->batch, g->row, step == CLI_DELIVERY_BEGINS ? CLI_JOURNAL_BEGINS : CLI_JOURNAL_COMPLETES, package, clock_wall_ms());
}

static int
look(void *arg, const struct package_manifest *m)
{
	struct going *g = arg;
	struct hash state = state_of(m);
	if (crypt_hash_equal(&state, &g->row->files_state))
		return 0;
	return tool_verb_fail(g->batch->session->call, ERR_CHANGED, "the files changed since they were checked: nothing was sent");
}

static int
finish(struct cli_batch *b, struct cli_batch_row *row, const struct id *package)
{
	row->id = *package;
	row->time_ms = clock_wall_ms();
	return note(b, row, CLI_JOURNAL_SENT, package, row->time_ms);
}

/* Of a package whose journal says that it may have been delivered, the service must know. */
static int
ask(struct cli_batch *b, const struct cli_journal_row *noted, enum cli_delivery_state *state_r)
{
	int err = cli_delivery_ask(b->session, &noted->id, state_r);
	if (err != 0 || *state_r != CLI_DELIVERY_NONE || noted->state != CLI_JOURNAL_COMPLETES)
		return err;
	return tool_verb_fail(b->session->call, ERR_STATE, "whether package %s was delivered is not known: the service knows nothing of it any "
	    "more. If it was not, send it alone", id_text(&noted->id).s);
}

/* What an earlier run left of the row. *is_done_r: it was delivered. */
static int
take_begun(struct cli_batch *b, struct cli_batch_row *row, struct cli_delivery *d, bool *is_done_r)
{
	const struct cli_journal_row noted = *cli_journal_find(b->journal, &row->key);
	enum cli_delivery_state state = CLI_DELIVERY_NONE;
	*is_done_r = false;
	if (noted.state == CLI_JOURNAL_NONE)
		return 0;
	int err = ask(b, &noted, &state);
	if (err == 0 && cli_sending_find(b->session, &noted.id, NULL, &d->kept) == ERR_BUSY)
		return tool_verb_fail(b->session->call, ERR_BUSY, "another command is sending package %s", id_text(&noted.id).s);
	if (err != 0 || d->kept != NULL)
		return err;
	/* nothing is kept here to go on with what arrives there */
	if (state == CLI_DELIVERY_ARRIVING)
		err = cli_delivery_abort(b->session, &noted.id);
	*is_done_r = err == ERR_STATE || state == CLI_DELIVERY_DONE;
	return *is_done_r ? finish(b, row, &noted.id) : err == ERR_NOT_FOUND ? 0 : err;
}

static int
settle(struct cli_batch *b, struct cli_batch_row *row)
{
	struct cli_sending *kept;
	if (cli_sending_find(b->session, &row->id, NULL, &kept) == 0)
		cli_sending_end(&kept);
	return note(b, row, CLI_JOURNAL_SENT, &row->id, row->time_ms);
}

static int
check_verified(struct cli_batch *b, const struct cli_batch_row *row)
{
	if (!tool_verb_is_set(b->session->call, "verified-only") || row->key_state == CLI_BATCH_KEY_VERIFIED)
		return 0;
	return tool_verb_fail(b->session->call, ERR_TRUST, "the key of %s is not verified (provision keys verify %s)", row->whom.typed, row->whom.typed);
}

static int
deliver(struct cli_batch *b, struct cli_batch_row *row)
{
	struct going g = { b, row };
	struct cli_delivery d = { .request = request_of(row), .whom = &row->whom, .is_one_of_many = true, .note = note_step, .look = look, .arg = &g };
	bool is_done;
	int err = take_begun(b, row, &d, &is_done);
	if (err == 0 && !is_done)
		err = check_verified(b, row);
	if (err == 0 && !is_done) {
		err = cli_delivery_run(b->session, &d);
		if (err == 0)
			err = finish(b, row, &d.package);
		if (err == 0)
			cli_delivery_end(b->session, &d);
	}
	cli_delivery_close(&d);
	return err;
}

const struct cli_batch_kind *
cli_batch_send_kind(void)
{
	static const struct cli_batch_kind kind = { .verb = "send", .doing = "sending", .one = "package", .many = "packages", .has_files = true, .plan = plan,
		.is_changed = is_changed, .was_delivered = was_delivered, .settle = settle, .announce = announce, .deliver = deliver };
	return &kind;
}
