/* SPDX-License-Identifier: MIT */
/*
 * provisionctl queue: the outbound mails as the store keeps them: references, no addresses and no text.
 */
#include <string.h>

#include "admin/link.h"
#include "ctl/verbs.h"
#include "record/admin.pb-c.h"

#define PAGE 100

#define KIND_PREFIX "MAIL_KIND_"
#define KIND_MAX 40

/* "subscription-asked" for MAIL_KIND_SUBSCRIPTION_ASKED. */
static void
kind_name(Provision__MailKind kind, char out[KIND_MAX])
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(&provision__mail_kind__descriptor, (int)kind);
	size_t n = 0;
	for (const char *s = v == NULL ? "" : v->name + strlen(KIND_PREFIX); *s != '\0' && n < KIND_MAX - 1; s++)
		out[n++] = *s == '_' ? '-' : *s >= 'A' && *s <= 'Z' ? (char)(*s + ('a' - 'A')) : *s;
	out[n] = '\0';
}

static const char *
state_of(const Provision__QueueRow *r)
{
	return r->is_failed ? "failed" : r->is_leased ? "sending" : r->tries == 0 ? "new" : "retrying";
}

static void
print_row(struct tool_print *p, const Provision__QueueRow *r)
{
	char kind[KIND_MAX];
	kind_name(r->kind, kind);
	tool_print_object(p, NULL);
	tool_print_id_bytes(p, "job", TOOL_SHOW, view_of(r->job.data, r->job.len));
	tool_print_str(p, "kind", TOOL_SHOW, kind);
	tool_print_str(p, "state", TOOL_SHOW, state_of(r));
	tool_print_number(p, "tries", TOOL_SHOW, r->tries);
	tool_print_time(p, "created", TOOL_SHOW, r->created_ms);
	tool_print_time(p, "next", TOOL_SHOW, r->next_ms);
	tool_print_id_bytes(p, "account", TOOL_SHOW, view_of(r->account.data, r->account.len));
	tool_print_id_bytes(p, "company", TOOL_SHOW, view_of(r->company.data, r->company.len));
	tool_print_number(p, "code", TOOL_SHOW, r->smtp_code);
	tool_print_text(p, "status", TOOL_SHOW_JSON, view_of(r->enhanced.data, r->enhanced.len));
	tool_print_text(p, "reason", TOOL_SHOW, view_of(r->text.data, r->text.len));
	tool_print_close(p);
}

int
ctl_queue_list(struct tool_call *c)
{
	Provision__QueueList m = PROVISION__QUEUE_LIST__INIT;
	int err = 0;
	m.limit = PAGE;
	tool_print_list(c->print, NULL);
	do {
		const ProtobufCMessage *reply;
		err = admin_link_ask(c, IPC_QUEUE_LIST, &m.base, &reply);
		if (err != 0)
			break;
		const Provision__QueueListReply *r = (const void *)reply;
		for (size_t i = 0; i < r->n_items; i++)
			print_row(c->print, r->items[i]);
		m.cursor = r->next;
	} while (m.cursor.len > 0);
	tool_print_close(c->print);
	return err;
}

static int
read_job(struct tool_call *c, struct id *job_r)
{
	return id_parse(view_str(c->arguments[0]), job_r) == 0 ? 0 :
	    tool_verb_fail(c, ERR_USAGE, "%s is no mail's id: see provisionctl queue list", tool_verb_safe(c, view_str(c->arguments[0])));
}

static ProtobufCBinaryData
bytes_of(const struct id *id)
{
	return (ProtobufCBinaryData){ sizeof(id->bytes), (uint8_t *)(uintptr_t)id->bytes };
}

int
ctl_queue_show(struct tool_call *c)
{
	Provision__QueueShow m = PROVISION__QUEUE_SHOW__INIT;
	const ProtobufCMessage *reply;
	struct id job;
	int err = read_job(c, &job);
	if (err != 0)
		return err;
	m.job = bytes_of(&job);
	err = admin_link_ask(c, IPC_QUEUE_SHOW, &m.base, &reply);
	if (err == 0)
		print_row(c->print, ((const Provision__QueueShowReply *)(const void *)reply)->row);
	return err;
}

int
ctl_queue_retry(struct tool_call *c)
{
	Provision__QueueRetry m = PROVISION__QUEUE_RETRY__INIT;
	const ProtobufCMessage *reply;
	struct id job;
	int err = read_job(c, &job);
	m.job = bytes_of(&job);
	return err == 0 ? admin_link_ask(c, IPC_QUEUE_RETRY, &m.base, &reply) : err;
}

int
ctl_queue_drop(struct tool_call *c)
{
	Provision__QueueDrop m = PROVISION__QUEUE_DROP__INIT;
	const ProtobufCMessage *reply;
	struct id job;
	int err = read_job(c, &job);
	m.job = bytes_of(&job);
	return err == 0 ? admin_link_ask(c, IPC_QUEUE_DROP, &m.base, &reply) : err;
}

int
ctl_queue_flush(struct tool_call *c)
{
	Provision__QueueFlush m = PROVISION__QUEUE_FLUSH__INIT;
	const ProtobufCMessage *reply;
	int err = admin_link_ask(c, IPC_QUEUE_FLUSH, &m.base, &reply);
	if (err != 0)
		return err;
	tool_print_object(c->print, NULL);
	tool_print_number(c->print, "jobs", TOOL_SHOW, ((const Provision__QueueFlushReply *)(const void *)reply)->jobs);
	tool_print_close(c->print);
	return 0;
}
