/* SPDX-License-Identifier: MIT */
/*
 * Between verbs and api/: where the server is, and in which words its refusals are told. Knows no operation by name.
 */
#include "cli/server.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/ask.h"
#include "base/fatal.h"
#include "base/network.h"
#include "rest/json.h"
#include "tool/progress.h"
#include "tool/stop.h"

#define STAY_PATIENCE_MS (60U * 60 * 1000)
#define STAY_QUIET_MS 5000U

static bool is_finishing, is_staying;

static bool
is_stopped(void)
{
	return !is_finishing && tool_stop_is_wanted();
}

void
cli_server_finish(bool is_so)
{
	is_finishing = is_so;
}

void
cli_server_stay(struct api_client *client)
{
	is_staying = true;
	api_client_set_patience(client, STAY_PATIENCE_MS, STAY_QUIET_MS);
}

static void
tell_waiting(void *arg, const char *reason)
{
	struct tool_call *c = arg;
	tool_verb_say(c, "the server does not answer, trying again for up to %s (%s)", is_staying ? "an hour" : "a minute",
	    tool_verb_safe(c, view_str(reason)));
}

static const char *
environment(const char *name, const char *otherwise)
{
	const char *s = getenv(name);
	return s != NULL && *s != '\0' ? s : otherwise;
}

int
cli_server_connect(struct tool_call *c, const struct cli_profile *p, const char *url, struct api_client **client_r)
{
	struct api_options o = {
		.url = url != NULL ? url : environment("PROVISION_URL", p->url), .ca_file = environment("PROVISION_CA", p->ca_file),
		.proxy = environment("PROVISION_PROXY", NULL), .patience_ms = API_PATIENCE_MS,
		.is_stopped = is_stopped, .waits = tell_waiting, .arg = c,
	};
	if (o.url == NULL)
		return tool_verb_fail(c, ERR_CONFIG, "which server? set PROVISION_URL, for example to https://provision.example");
	int err = api_client_new(&o, client_r);
	if (err == ERR_SYNTAX)
		return tool_verb_fail(c, ERR_CONFIG, "the server's address is not of the form https://HOST[:PORT]: \"%s\"",
		    tool_verb_safe(c, view_str(o.url)));
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(c, ERR_NOT_FOUND, "the file with the certificate authority cannot be read: %s",
		    tool_verb_safe(c, view_str(o.ca_file)));
	if (err == ERR_CONFIG)
		return tool_verb_fail(c, err, "PROVISION_PROXY is not the address of a proxy: \"%s\"", tool_verb_safe(c, view_str(o.proxy)));
	return err;
}

/* " (3 of 3 used)", or nothing. */
static const char *
used_text(struct tool_call *c, const struct http_problem *p)
{
	char used[32], limit[32];
	if (p->limit == 0)
		return "";
	if (strcmp(p->field, "quota_bytes") != 0)
		return arena_printf(c->arena, " (%" PRIu64 " of %" PRIu64 " used)", p->used, p->limit);
	tool_progress_bytes(p->used, used);
	tool_progress_bytes(p->limit, limit);
	return arena_printf(c->arena, " (%s of %s used)", used, limit);
}

int
cli_server_fail(struct tool_call *c, struct api_client *client, int err)
{
	const struct http_problem *p = api_client_problem(client);
	const char *detail = tool_verb_safe(c, view_str(p->detail)), *field = tool_verb_safe(c, view_str(p->field));
	const char *host = api_client_host(client);
	if (err == ERR_CLOSED && tool_stop_is_wanted()) {
		c->is_told = c->is_told || is_staying;
		return tool_verb_fail(c, err, "stopped");
	}
	if (p->err != err)
		return tool_verb_fail(c, err, "%s", err_text(err));
	if (*detail == '\0')
		detail = err_text(err);
	if (err == ERR_UNAVAILABLE)
		return tool_verb_fail(c, err, "%s cannot be reached: %s", host, detail);
	if (*field != '\0')
		return tool_verb_fail(c, err, "%s: %s: %s%s", host, field, detail, used_text(c, p));
	return tool_verb_fail(c, err, "%s: %s", host, detail);
}

int
cli_server_ask_but_these(struct tool_call *c, struct api_client *client, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r, const int *expected)
{
	int err = api_ask(client, operation, request, c->arena, reply_r);
	for (; err != 0 && *expected != 0; expected++)
		if (err == *expected)
			return err;
	return err == 0 ? 0 : cli_server_fail(c, client, err);
}

int
cli_server_ask_but(struct tool_call *c, struct api_client *client, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r, int expected)
{
	const int untold[] = { expected, 0 };
	return cli_server_ask_but_these(c, client, operation, request, reply_r, untold);
}

int
cli_server_ask(struct tool_call *c, struct api_client *client, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r)
{
	return cli_server_ask_but(c, client, operation, request, reply_r, 0);
}

ProtobufCBinaryData
cli_server_bytes(struct view v)
{
	return (ProtobufCBinaryData){ .len = v.len, .data = (uint8_t *)(uintptr_t)v.data };
}

ProtobufCBinaryData
cli_server_id(const struct id *id)
{
	return cli_server_bytes(id_view(id));
}

struct view
cli_server_view(ProtobufCBinaryData b)
{
	return view_of(b.data, b.len);
}

struct id
cli_server_get_id(ProtobufCBinaryData b)
{
	struct id id = { { 0 } };
	if (b.len != 0 && id_from_view(view_of(b.data, b.len), &id) != 0)
		panic("an id of %zu bytes", b.len);
	return id;
}

const char *
cli_server_enum(struct tool_call *c, const ProtobufCMessage *m, const char *field)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, field);
	require(f != NULL && f->type == PROTOBUF_C_TYPE_ENUM);
	const ProtobufCEnumDescriptor *e = f->descriptor;
	int value = *(const int *)((const char *)m + f->offset);
	char name[REST_JSON_NAME_MAX] = "";
	for (unsigned i = 0; i < e->n_values; i++)
		if (e->values[i].value == value)
			rest_json_enum_name(f, i, name);
	return arena_str(c->arena, view_str(name));
}

const char *
cli_server_address(struct tool_call *c, struct view v)
{
	struct network_text text = network_text(v);
	return arena_str(c->arena, view_str(text.s));
}
