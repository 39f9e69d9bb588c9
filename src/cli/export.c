/* SPDX-License-Identifier: MIT */
/*
 * The verb export: everything that is held about the person, with what only the person's keys open (the pin store), and packages that
 * wait, as they lie on the service. The rest is archive/person.c's.
 */
#include "archive/person.h"
#include "base/mem.h"
#include "cli/archive.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "cli/transfer.h"
#include "cli/verbs.h"
#include "tool/archive.h"
#include "trust/fingerprint.h"

/* ---- pins ---- */

static void
put_pin(struct http_json_write *w, const struct trust_pin *pin)
{
	http_json_write_object(w, NULL);
	http_json_write_id(w, "principal", &pin->principal);
	http_json_write_str(w, "kind", cli_pins_kind(pin));
	http_json_write_bool(w, "verified", pin->is_verified);
	http_json_write_str(w, "source", cli_pins_source(pin));
	http_json_write_str(w, "fingerprint", trust_fingerprint_text(&pin->fingerprint).s);
	http_json_write_time(w, "first_seen", pin->first_seen_ms);
	http_json_write_close(w);
}

static int
put_pins(struct cli_session *s, struct archive *a)
{
	struct archive_document *d;
	int err = cli_pins_all(s);
	if (err == 0)
		err = archive_document_begin(a, "pins.json", &d);
	if (err != 0)
		return err;
	const struct trust_pin **pins = trust_pins_sorted(s->pins);
	http_json_write_array(archive_document_json(d), "items");
	for (size_t i = 0; err == 0 && i < trust_pins_count(s->pins); i++) {
		put_pin(archive_document_json(d), pins[i]);
		err = archive_document_item(d);
	}
	if (err == 0)
		http_json_write_close(archive_document_json(d));
	mem_free(&pins);
	return archive_document_end(&d, err);
}

/* ---- packages that wait ---- */

struct part {
	const char *name;
	uint64_t size;
};

static int
write_part(void *arg, struct view bytes)
{
	return archive_stream_write(arg, bytes);
}

static int
put_part(struct cli_session *s, struct archive *a, const struct id *package, const struct part *part)
{
	const struct api_sink sink = { .write = write_part, .arg = a };
	const char *name = arena_printf(s->call->arena, "packages/%s/%s", id_text(package).s, part->name);
	int err = archive_stream_begin(a, name, part->size, archive_made_ms(a));
	if (err == 0)
		err = cli_transfer_get_into(s, package, part->name, 0, part->size, &sink);
	return err == 0 ? archive_stream_end(a) : err;
}

/* One to the person that nobody has received. */
static int
put_package(struct archive *a, const Provision__PackageGetReply *r, void *arg)
{
	struct cli_session *s = arg;
	const struct part parts[] = { { "manifest", r->row->manifest_bytes }, { "body", r->row->body_bytes }, { "seal", r->row->seal_bytes } };
	struct id package = cli_server_get_id(r->row->package);
	int err = 0;
	if (!r->row->is_incoming || r->row->state != PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING ||
	    tool_verb_is_set(s->call, "without-packages"))
		return 0;
	const char *header = arena_printf(s->call->arena, "packages/%s/header", id_text(&package).s);
	err = archive_put(a, header, cli_server_view(r->header), archive_made_ms(a));
	for (size_t i = 0; err == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		err = put_part(s, a, &package, &parts[i]);
	return err;
}

/* ---- the verb ---- */

static int
fill(struct tool_call *c, struct archive *a, void *arg)
{
	struct cli_session *s = cli_session_of(c);
	const struct archive_source source = cli_archive_source(s);
	int err = archive_person_put(a, &source, *(const enum mail_locale *)arg, put_package, s);
	return err == 0 ? put_pins(s, a) : err;
}

int
cli_export_run(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	enum mail_locale locale;
	int err = cli_archive_locale(s, &locale);
	return err == 0 ? tool_archive_make(c, "person", api_client_host(s->client), "export", fill, &locale) : err;
}
