/* SPDX-License-Identifier: MIT */
/*
 * A row of a batch of messages. The id of a message follows from the batch's and from what the row asks for, and the service takes an
 * id once: a row that is sent again after a break is the same message. Called by cli/batch.c.
 */
#include <string.h>

#include "base/text.h"
#include "cli/batch.h"
#include "cli/message.h"
#include "cli/server.h"

#define ID_PURPOSE "provision/1/batch-message"

static int
plan(struct cli_batch *b, struct cli_batch_row *row)
{
	(void)b;
	row->bytes = row->text.len;
	return 0;
}

static void
announce(struct cli_batch *b)
{
	cli_message_warn(b->session->call);
}

static struct id
id_of(const struct id *batch, const struct cli_batch_row *row)
{
	uint8_t bytes[ID_BYTES + CRYPT_HASH_BYTES];
	struct id id;
	memcpy(bytes, batch->bytes, ID_BYTES);
	memcpy(bytes + ID_BYTES, row->key.bytes, CRYPT_HASH_BYTES);
	struct hash h = crypt_hash(ID_PURPOSE, view_of(bytes, sizeof(bytes)));
	memcpy(id.bytes, h.bytes, ID_BYTES);
	return id;
}

static int
deliver(struct cli_batch *b, struct cli_batch_row *row)
{
	struct cli_journal_row noted = *cli_journal_find(b->journal, &row->key);
	row->id = id_of(cli_journal_batch(b->journal), row);
	int err = cli_message_create(b->session, &row->whom, &row->id, row->text, &row->sequence, &row->time_ms);
	if (err != 0)
		return err;
	noted.state = CLI_JOURNAL_SENT;
	noted.id = row->id;
	noted.sequence = row->sequence;
	noted.time_ms = row->time_ms;
	/* were it lost, the same message would be sent again, which is none */
	err = cli_journal_note(b->journal, &noted, FILE_SCRATCH);
	b->is_journal_broken |= err != 0;
	return err;
}

const struct cli_batch_kind *
cli_batch_say_kind(void)
{
	static const struct cli_batch_kind kind = { .verb = "say", .doing = "writing", .one = "message", .many = "messages", .plan = plan,
		.announce = announce, .deliver = deliver };
	return &kind;
}
