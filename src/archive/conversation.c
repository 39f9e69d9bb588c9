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

/* From where it came: of the person's own entries alone. */
static void
put_origin(struct http_json_write *w, const Provision__ConversationEntry *e)
{
	if (e->address.len != 0)
		archive_item_address(w, "address", e->address);
}

static int
put_members(struct walk *k, const Provision__ConversationEntry *e)
{
	static const char *const bound[] = { "subscription", "package", "word", "address", NULL };
	struct http_json_write *w = archive_document_json(k->entries);
	struct arena *arena = arena_new(1024);
	const char *letter = archive_letter_name(k->of, e, arena);
	rest_json_write_members(w, &e->base, bound);
	put_origin(w, e);
	if (letter != NULL)
		http_json_write_str(w, "letter", letter);
	arena_free(&arena);
	return e->package == NULL ? 0 : archive_item_package(k->entries, k->source, e->package);
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
