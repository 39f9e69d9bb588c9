/* SPDX-License-Identifier: MIT */
/*
 * The verbs company activate and company settings. Activating, the first owner's client makes the company's root and first epoch: the
 * only place where a root is made; its private half leaves this process only sealed to the owner.
 */
#include <string.h>

#include "base/clock.h"
#include "cli/notices.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "trust/certificate.h"
#include "trust/fingerprint.h"
#include "trust/sealed.h"

#define ENROLMENT_MAX 64

/* What is made, and what is sent of it. */
struct activation {
	struct trust_company company;
	struct secret *root_private;
	struct trust_keys epoch_keys;
	struct buf root, epoch, certificate, sealed_root, sealed_epoch;
};

static void
activation_init(struct activation *a)
{
	a->root_private = NULL;
	a->epoch_keys = (struct trust_keys){ .seal = NULL };
	buf_init(&a->root, TRUST_STATEMENT_MAX);
	buf_init(&a->epoch, TRUST_STATEMENT_MAX);
	buf_init(&a->certificate, TRUST_CERTIFICATE_MAX);
	buf_init(&a->sealed_root, TRUST_STATEMENT_MAX);
	buf_init(&a->sealed_epoch, TRUST_STATEMENT_MAX);
}

static void
activation_deinit(struct activation *a)
{
	secret_free(&a->root_private);
	trust_keys_deinit(&a->epoch_keys);
	buf_deinit(&a->root);
	buf_deinit(&a->epoch);
	buf_deinit(&a->certificate);
	buf_deinit(&a->sealed_root);
	buf_deinit(&a->sealed_epoch);
}

static int
make_company(struct activation *a, const struct id *id, uint64_t now)
{
	struct trust_root root;
	int err = trust_root_make(id, now, &a->root_private, &a->root);
	if (err == 0)
		err = trust_root_parse(buf_view(&a->root), &root);
	if (err == 0)
		err = trust_epoch_make(&root, a->root_private, NULL, NULL, now, &a->epoch_keys, &a->epoch);
	struct view epoch = buf_view(&a->epoch);
	return err == 0 ? trust_company_load(buf_view(&a->root), &epoch, 1, &a->company) : err;
}

static int
make_owner(struct activation *a, const struct cli_session *s, const char *name, uint64_t now)
{
	struct trust_certificate certificate;
	int err = trust_certificate_make(&a->company, a->root_private, &s->login.account, TRUST_ROLE_OWNER, view_str(name),
	    now - CLI_WHOM_CLOCK_MARGIN_MS, &a->certificate);
	if (err == 0)
		err = trust_certificate_parse(buf_view(&a->certificate), &a->company.root, &certificate);
	if (err == 0)
		err = trust_sealed_root(&a->company.root, a->root_private, &certificate, &a->sealed_root);
	if (err == 0)
		err = trust_sealed_epoch(trust_company_current(&a->company), &a->epoch_keys, &certificate, &a->sealed_epoch);
	return err;
}

static int
send_activation(struct cli_session *s, const struct activation *a, const char *slug, const char *code)
{
	Provision__CompanyActivate m = PROVISION__COMPANY_ACTIVATE__INIT;
	m.slug = cli_server_bytes(view_str(slug));
	m.enrolment = cli_server_bytes(view_str(code));
	m.root = cli_server_bytes(buf_view(&a->root));
	m.epoch = cli_server_bytes(buf_view(&a->epoch));
	m.certificate = cli_server_bytes(buf_view(&a->certificate));
	m.sealed_root = cli_server_bytes(buf_view(&a->sealed_root));
	m.sealed_epoch = cli_server_bytes(buf_view(&a->sealed_epoch));
	int err = cli_session_ask_but(s, "activateCompany", &m.base, NULL, ERR_NOT_FOUND);
	return err == ERR_NOT_FOUND ? tool_verb_fail(s->call, err, "there is no company %s that waits for this enrolment code", slug) : err;
}

static int
own(struct cli_session *s, void *arg, bool *is_changed_r)
{
	*is_changed_r = true;
	return trust_pins_own_company(s->pins, arg, clock_wall_ms());
}

/* The code is "COMPANY-SECRET": it says which company the root is for. */
static int
read_target(struct tool_call *c, const char *slug, const char *code, struct id *id_r)
{
	char low[ID_TEXT_LEN];
	struct view v = view_slice(view_str(code), 0, ID_TEXT_LEN);
	if (!trust_link_is_slug(view_str(slug)))
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not a company's short name", tool_verb_safe(c, view_str(slug)));
	for (size_t i = 0; i < v.len; i++)
		low[i] = (char)(v.data[i] >= 'A' && v.data[i] <= 'Z' ? v.data[i] + 32 : v.data[i]);
	if (strlen(code) > ENROLMENT_MAX || code[v.len] != '-' || id_parse(view_of(low, v.len), id_r) != 0)
		return tool_verb_fail(c, ERR_USAGE, "this is not an enrolment code as the operator gave it");
	return 0;
}

int
cli_company_activate(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	const char *name = NULL, *slug = c->arguments[0], *code = c->arguments[1];
	struct activation a;
	struct id id;
	uint64_t now = clock_wall_ms();
	activation_init(&a);
	int err = read_target(c, slug, code, &id);
	if (err == 0)
		err = cli_whom_own_name(s, &name);
	if (err == 0)
		err = make_company(&a, &id, now);
	if (err == 0)
		err = make_owner(&a, s, name, now);
	if (err == 0)
		err = send_activation(s, &a, slug, code);
	if (err == 0)
		err = cli_pins_change(s, TRUST_PIN_COMPANY, &a.company.root.company, own, &a.company);
	if (err == 0) {
		tool_print_object(c->print, NULL);
		tool_print_str(c->print, "fingerprint", TOOL_SHOW_TEXT, trust_fingerprint_grouped(&a.company.root.fingerprint).s);
		tool_print_str(c->print, "fingerprint", TOOL_SHOW_JSON, trust_fingerprint_text(&a.company.root.fingerprint).s);
		tool_print_close(c->print);
		tool_verb_say(c, "without a recovery code the company's keys are lost with the members' passwords: provision company recovery-code");
	}
	activation_deinit(&a);
	return err;
}

/* The options of which only one can be given. -1: none, else which. */
static int
either(struct tool_call *c, const char *no, const char *yes, int *which_r)
{
	bool is_no = tool_verb_is_set(c, no), is_yes = tool_verb_is_set(c, yes);
	*which_r = is_no ? 0 : is_yes ? 1 : -1;
	return is_no && is_yes ? tool_verb_fail(c, ERR_USAGE, "say --%s or --%s", no, yes) : 0;
}

/* What the options say, over what there is. */
static int
read_settings(struct tool_call *c, Provision__CompanySettings *m, bool *is_changed_r)
{
	int is_listed, forbids;
	int err = either(c, "unlisted", "listed", &is_listed);
	if (err == 0)
		err = either(c, "allow-text-mail", "forbid-text-mail", &forbids);
	if (err == 0)
		err = cli_notices_read(c, &m->notices, &m->quiet_start, &m->quiet_end);
	if (err != 0)
		return err;
	if (is_listed >= 0)
		m->is_listed = is_listed;
	if (forbids >= 0)
		m->forbids_text_mail = forbids;
	*is_changed_r = is_listed >= 0 || forbids >= 0 || tool_verb_value(c, "notices") != NULL || tool_verb_value(c, "quiet-hours") != NULL;
	return 0;
}

static void
print_settings(struct tool_call *c, const Provision__CompanySettings *m)
{
	tool_print_object(c->print, NULL);
	tool_print_bool(c->print, "listed", TOOL_SHOW, m->is_listed);
	tool_print_bool(c->print, "text_mail", TOOL_SHOW, !m->forbids_text_mail);
	cli_notices_print(c, m->notices, m->quiet_start, m->quiet_end);
	tool_print_close(c->print);
}

int
cli_company_settings(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__CompanySettingsGet get = PROVISION__COMPANY_SETTINGS_GET__INIT;
	Provision__CompanySettings m = PROVISION__COMPANY_SETTINGS__INIT;
	const Provision__MembershipRow *row = NULL;
	const ProtobufCMessage *reply = NULL;
	bool is_changed = false;
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &row);
	if (err != 0)
		return err;
	m.slug = get.slug = row->company->slug;
	err = cli_session_ask(s, "getCompanySettings", &get.base, &reply);
	if (err != 0)
		return err;
	const Provision__CompanySettingsGetReply *r = (const Provision__CompanySettingsGetReply *)reply;
	m.is_listed = r->is_listed;
	m.forbids_text_mail = r->forbids_text_mail;
	m.notices = r->notices;
	m.quiet_start = r->quiet_start;
	m.quiet_end = r->quiet_end;
	err = read_settings(c, &m, &is_changed);
	if (err == 0 && is_changed)
		err = cli_session_ask(s, "putCompanySettings", &m.base, NULL);
	if (err == 0)
		print_settings(c, &m);
	return err;
}
