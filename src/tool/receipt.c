/* SPDX-License-Identifier: MIT */
/*
 * Receipts of erasures as text and JSON. Owns the names of kinds. Both tools show them.
 */
#include "tool/receipt.h"

#include "tool/print.h"
#include "trust/fingerprint.h"

/* Names of kinds; a newer service may have others. */
static const char *const occasions[] = { NULL, "subscription ended", "reset", "account deleted", "company closed" };
static const char *const askers[] = { NULL, "person", "operator", "service" };
static const char *const gone[] = { NULL, "subscriptions", "entries", "packages", "memberships", "accounts", "sessions", "app_passwords",
	"companies", "support_requests" };
static const char *const stays[] = { NULL, "address of the last mail", "hash of the address, until it is overwritten",
	"receipts signed for a company", "billing records, by law" };
static const char *const copies[] = { NULL, "mails that were sent", "packages that were received", "a company's mailbox" };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *
name_of(struct tool_call *c, const char *const *names, size_t count, uint8_t kind)
{
	return kind < count ? names[kind] : arena_printf(c->arena, "kind_%u", kind);
}

static void
print_gone(struct tool_call *c, const struct trust_erasure_list *list)
{
	struct tool_print *p = c->print;
	for (size_t i = 0; i < list->count; i++)
		tool_print_number(p, name_of(c, gone, COUNT(gone), list->items[i].kind), TOOL_SHOW_TEXT, list->items[i].value);
	if (!tool_print_is_json(p))
		return;
	tool_print_object(p, "gone");
	for (size_t i = 0; i < list->count; i++)
		tool_print_number(p, name_of(c, gone, COUNT(gone), list->items[i].kind), TOOL_SHOW_JSON, list->items[i].value);
	tool_print_close(p);
}

static void
print_stays(struct tool_call *c, const struct trust_erasure_list *list)
{
	struct tool_print *p = c->print;
	bool is_json = tool_print_is_json(p);
	if (is_json)
		tool_print_list(p, "stays");
	for (size_t i = 0; i < list->count; i++) {
		const char *what = name_of(c, stays, COUNT(stays), list->items[i].kind);
		tool_print_str(p, "stays", TOOL_SHOW_TEXT, what);
		if (!is_json) {
			tool_print_time(p, "until", TOOL_SHOW_TEXT, list->items[i].value);
			continue;
		}
		tool_print_object(p, NULL);
		tool_print_str(p, "what", TOOL_SHOW_JSON, what);
		tool_print_time(p, "until", TOOL_SHOW_JSON, list->items[i].value);
		tool_print_close(p);
	}
	if (is_json)
		tool_print_close(p);
}

static void
print_copies(struct tool_call *c, const struct trust_erasure_list *list)
{
	struct tool_print *p = c->print;
	bool is_json = tool_print_is_json(p);
	if (is_json)
		tool_print_list(p, "copies");
	for (size_t i = 0; i < list->count; i++)
		tool_print_str(p, is_json ? NULL : "had_left_the_service", TOOL_SHOW, name_of(c, copies, COUNT(copies), list->items[i].kind));
	if (is_json)
		tool_print_close(p);
}

void
tool_receipt_print(struct tool_call *c, const struct trust_erasure *r)
{
	struct hash fingerprint = trust_fingerprint_of_server(&r->key);
	struct tool_print *p = c->print;
	tool_print_str(p, "erased", TOOL_SHOW, occasions[r->occasion]);
	tool_print_id(p, "subject", TOOL_SHOW_JSON, &r->subject);
	tool_print_id(p, "receipt", TOOL_SHOW, &r->receipt);
	tool_print_time(p, "time", TOOL_SHOW, r->time_ms);
	tool_print_str(p, "asked_by", TOOL_SHOW, askers[r->by]);
	tool_print_bool(p, "complete", TOOL_SHOW, r->is_complete);
	print_gone(c, &r->gone);
	print_stays(c, &r->stays);
	print_copies(c, &r->copies);
	tool_print_str(p, "service", TOOL_SHOW, r->service);
	tool_print_str(p, "key", TOOL_SHOW, trust_fingerprint_grouped(&fingerprint).s);
}
