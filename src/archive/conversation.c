/* SPDX-License-Identifier: MIT */
/*
 * From the rows of listHistory to members of the archive. Knows no verb and no side: whose archive it is says who asks. Called by
 * archive/company.c and archive/person.c.
 */
#include "archive/conversation.h"

#include <string.h>

#include "archive/item.h"
#include "archive/letter.h"
#include "rest/json.h"

struct walk {
	struct archive *archive;
	const struct archive_source *source;
	const struct archive_conversation *of;
	struct archive_document *entries;
};

/* What was signed about it, and what its sender or receiver has left with the service for themselves. */
static int
put_word(struct walk *k, const Provision__PackageRow *row)
{
	struct http_json_write *w = archive_document_json(k->entries);
	Provision__PackageGet m = PROVISION__PACKAGE_GET__INIT;
	struct arena *arena = arena_new(ARCHIVE_SOURCE_ARENA);
	const ProtobufCMessage *reply = NULL;
	m.package = row->package;
	int err = archive_source_ask(k->source, "getPackage", &m.base, arena, &reply);
	if (err == 0) {
		const Provision__PackageGetReply *r = (const Provision__PackageGetReply *)reply;
		http_json_write_object(w, "word");
		rest_json_write_members(w, &r->word->base, NULL);
		http_json_write_close(w);
		err = k->of->package(k->archive, r, k->of->arg);
	}
	arena_free(&arena);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int
put_members(struct walk *k, const Provision__ConversationEntry *e)
{
	static const char *const bound[] = { "subscription", "package", "word", NULL };
	struct http_json_write *w = archive_document_json(k->entries);
	struct arena *arena = arena_new(1024);
	const char *letter = archive_letter_name(k->of, e, arena);
	archive_item_members(w, &e->base, bound);
	if (letter != NULL)
		http_json_write_str(w, "letter", letter);
	arena_free(&arena);
	int err = e->package == NULL ? 0 : archive_item_package(k->entries, k->source, e->package);
	return err == 0 && e->package != NULL && k->of->package != NULL ? put_word(k, e->package) : err;
}

static int
put_entry(const ProtobufCMessage *row, void *arg)
{
	const Provision__ConversationEntry *e = (const Provision__ConversationEntry *)row;
	struct walk *k = arg;
	http_json_write_object(archive_document_json(k->entries), NULL);
	int err = put_members(k, e);
	http_json_write_close(archive_document_json(k->entries));
	if (err == 0)
		err = archive_document_item(k->entries);
	if (err == 0)
		err = archive_letter_put(k->archive, k->of, e);
	archive_count(k->archive)->entries++;
	archive_count(k->archive)->packages += e->package != NULL;
	return err;
}

static int
put_entries(struct walk *k)
{
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	m.subscription = k->of->subscription;
	m.oldest_first = true;
	m.origin = k->of->has_origin;
	int err = archive_source_each(k->source, "listHistory", &m.base, put_entry, k);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int
archive_conversation_put(struct archive *a, const struct archive_source *s, const struct archive_conversation *c)
{
	struct walk k = { .archive = a, .source = s, .of = c };
	struct arena *arena = arena_new(1024);
	int err = archive_document_begin(a, arena_printf(arena, "%s/entries.json", c->folder), &k.entries);
	arena_free(&arena);
	if (err != 0)
		return err;
	http_json_write_array(archive_document_json(k.entries), "items");
	err = put_entries(&k);
	if (err == 0)
		http_json_write_close(archive_document_json(k.entries));
	archive_count(a)->conversations++;
	return archive_document_end(&k.entries, err);
}
