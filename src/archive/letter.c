/* SPDX-License-Identifier: MIT */
/*
 * Who, to whom, about what. Texts that were taken back and notes of the service have no letter. Called by archive/conversation.c.
 */
#include "archive/letter.h"

#include <inttypes.h>

#include "archive/word.h"
#include "base/text.h"
#include "mail/compose.h"

/* RFC 2606: an ending that no address has. */
#define DOMAIN "provision.invalid"
/* Characters of the first line that make the subject. */
#define SUBJECT_MAX 70
#define TEXT_MAX ((size_t)512 * 1024)
#define ADDRESS_MAX 128

const char *
archive_letter_name(const struct archive_conversation *c, const Provision__ConversationEntry *e, struct arena *arena)
{
	bool is_text = e->kind == PROVISION__ENTRY_KIND__ENTRY_KIND_TEXT && !e->is_deleted;
	if (!is_text && e->package == NULL)
		return NULL;
	return arena_printf(arena, "%s/messages/%010" PRIu64 ".eml", c->folder, e->sequence);
}

static struct view
view_of_bytes(ProtobufCBinaryData b)
{
	return view_of(b.data, b.len);
}

/* ---- who ---- */

/* "Anna Schmidt", "Axel Agent (Kanzlei Müller)" */
static int
put_author(const struct archive_conversation *c, const Provision__ConversationEntry *e, struct buf *out)
{
	if (!e->is_from_company)
		return buf_append_str(out, c->customer);
	if (e->is_former_member)
		return buf_printf(out, "%s (%s)", archive_word(c->locale, ARCHIVE_WORD_FORMER_MEMBER), c->company);
	return buf_printf(out, "%.*s %.*s (%s)", VIEW_FMT(view_of_bytes(e->first_name)), VIEW_FMT(view_of_bytes(e->last_name)), c->company);
}

static int
address_of(const struct archive_conversation *c, bool is_company, struct mail_address *a_r)
{
	struct buf text;
	buf_init(&text, ADDRESS_MAX);
	int err = buf_printf(&text, "%s@%s." DOMAIN, is_company ? "company" : c->number, c->slug);
	if (err == 0)
		err = mail_address_parse(buf_view(&text), a_r);
	buf_deinit(&text);
	return err;
}

/* ---- what ---- */

/* The beginning of the first line that says something. */
static int
put_subject(struct view text, struct buf *out)
{
	unsigned n = 0;
	int err = 0;
	while (text.len > 0 && (text.data[0] == '\n' || text.data[0] == ' '))
		text = view_slice(text, 1, text.len);
	text = view_slice(text, 0, view_find(text, '\n'));
	while (err == 0 && text.len > 0 && n < SUBJECT_MAX) {
		struct view rest = text;
		(void)text_next_codepoint(&rest);
		err = buf_append_view(out, view_slice(text, 0, text.len - rest.len));
		text = rest;
		n++;
	}
	return err == 0 && text.len > 0 ? buf_append_str(out, "…") : err;
}

/* The comment, then the first names. */
static int
put_package(const struct archive_conversation *c, const Provision__PackageRow *row, struct buf *out)
{
	int err = buf_append_view(out, view_of_bytes(row->comment));
	if (err == 0 && row->comment.len > 0)
		err = buf_append_str(out, "\n\n");
	for (size_t i = 0; err == 0 && i < row->n_files; i++) {
		err = text_escape(out, view_of_bytes(row->files[i]->path));
		if (err == 0)
			err = buf_append_u8(out, '\n');
	}
	if (err == 0 && row->n_files < row->file_count)
		err = buf_printf(out, "%s\n", archive_word(c->locale, ARCHIVE_WORD_MORE_FILES));
	return err;
}

static int
put_content(const struct archive_conversation *c, const Provision__ConversationEntry *e, struct buf *subject, struct buf *text)
{
	struct view said = view_of_bytes(e->package != NULL ? e->package->comment : e->text);
	int err = 0;
	if (e->package != NULL)
		err = buf_printf(subject, "%s%s", archive_word(c->locale, ARCHIVE_WORD_PACKAGE), said.len > 0 ? ": " : "");
	if (err == 0)
		err = put_subject(said, subject);
	if (err == 0)
		err = e->package != NULL ? put_package(c, e->package, text) : buf_append_view(text, said);
	return err;
}

/* ---- the letter ---- */

static int
put_message_id(const Provision__ConversationEntry *e, struct buf *out)
{
	struct id subscription;
	int err = id_from_view(view_of_bytes(e->subscription), &subscription);
	return err == 0 ? buf_printf(out, "%s.%" PRIu64 "@" DOMAIN, id_text(&subscription).s, e->sequence) : err;
}

/* Parts of a letter while it is made. */
struct parts {
	struct mail_address company, customer;
	struct buf author, subject, message_id, text, whole;
};

static int
fill(struct parts *p, const struct archive_conversation *c, const Provision__ConversationEntry *e)
{
	int err = address_of(c, true, &p->company);
	if (err == 0)
		err = address_of(c, false, &p->customer);
	if (err == 0)
		err = put_author(c, e, &p->author);
	if (err == 0)
		err = put_message_id(e, &p->message_id);
	return err == 0 ? put_content(c, e, &p->subject, &p->text) : err;
}

static int
compose(struct parts *p, const struct archive_conversation *c, const Provision__ConversationEntry *e)
{
	const struct mail_letter letter = {
		.from_name = buf_view(&p->author), .from = e->is_from_company ? &p->company : &p->customer,
		.to_name = view_str(e->is_from_company ? c->customer : c->company), .to = e->is_from_company ? &p->customer : &p->company,
		.subject = buf_view(&p->subject), .message_id = buf_view(&p->message_id), .date_ms = e->time_ms, .text = buf_view(&p->text),
	};
	return mail_compose_letter(&letter, &p->whole);
}

int
archive_letter_put(struct archive *a, const struct archive_conversation *c, const Provision__ConversationEntry *e)
{
	struct arena *arena = arena_new(ADDRESS_MAX + 1024);
	const char *name = archive_letter_name(c, e, arena);
	struct parts p;
	buf_init(&p.author, 1024);
	buf_init(&p.subject, 1024);
	buf_init(&p.message_id, ADDRESS_MAX);
	buf_init(&p.text, TEXT_MAX);
	buf_init(&p.whole, MAIL_LETTER_MAX(TEXT_MAX));
	int err = name == NULL ? 0 : fill(&p, c, e);
	if (err == 0 && name != NULL)
		err = compose(&p, c, e);
	if (err == 0 && name != NULL)
		err = archive_put(a, name, buf_view(&p.whole), e->time_ms);
	if (err == 0 && name != NULL)
		archive_count(a)->letters++;
	buf_deinit(&p.author);
	buf_deinit(&p.subject);
	buf_deinit(&p.message_id);
	buf_deinit(&p.text);
	buf_deinit(&p.whole);
	arena_free(&arena);
	return err;
}
