/* SPDX-License-Identifier: MIT */
/*
 * Writes one mail to standard output, for tests/mail/test_mail.py to read with another implementation:
 *   dump KIND LOCALE DATE_MS MESSAGE_ID FROM TO  NAME PEER LINK CODE SERVICE
 * The name of the service is the sender's, the name is the recipient's. Exit 0, or 1 with the error's name.
 */
#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/text.h"
#include "mail/compose.h"

static const char *const kinds[MAIL_TEMPLATE_COUNT] = {
	"verify", "account-exists", "package", "asked", "accepted", "declined", "ended", "password-changed",
	"member-removed", "member-left", "redeemed",
	"lost-password", "new-keys", "send-again", "reminder", "expired", "new-address", "address-changed",
	"totp-on", "totp-off", "backup-code-used", "app-password", "account-locked", "account-unlocked",
};

static enum mail_template
kind_of(const char *name)
{
	for (int k = 0; k < MAIL_TEMPLATE_COUNT; k++)
		if (strcmp(kinds[k], name) == 0)
			return (enum mail_template)k;
	panic("no such kind: %s", name);
}

static int
dump(char **argv, struct buf *out)
{
	struct mail_text text;
	struct mail_address from, to;
	enum mail_locale locale = MAIL_LOCALE_DE;
	uint64_t date_ms = 0;
	struct mail_fields fields = {
		.name = view_str(argv[7]), .peer = view_str(argv[8]), .link = view_str(argv[9]),
		.code = view_str(argv[10]), .service = view_str(argv[11]),
	};
	mail_text_init(&text);
	int err = mail_locale_parse(view_str(argv[2]), &locale);
	if (err == 0)
		err = text_u64(view_str(argv[3]), UINT64_MAX, &date_ms);
	if (err == 0)
		err = mail_address_parse(view_str(argv[5]), &from);
	if (err == 0)
		err = mail_address_parse(view_str(argv[6]), &to);
	if (err == 0)
		err = mail_template_render(kind_of(argv[1]), locale, &fields, &text);
	if (err == 0) {
		struct mail_parts parts = {
			.from_name = fields.service, .from = &from, .to = &to,
			.to_name = mail_template_shows_name(kind_of(argv[1]), fields.name) ? fields.name : view_of(NULL, 0),
			.message_id = view_str(argv[4]), .date_ms = date_ms, .locale = locale, .content = &text,
		};
		err = mail_compose(&parts, out);
	}
	mail_text_deinit(&text);
	return err;
}

int
main(int argc, char **argv)
{
	require(argc == 12);
	struct buf out;
	buf_init(&out, MAIL_COMPOSE_MAX);
	int err = dump(argv, &out);
	if (err == 0)
		fwrite(out.data, 1, out.len, stdout);
	else
		fprintf(stderr, "%s\n", err_name(err));
	buf_deinit(&out);
	return err == 0 ? 0 : 1;
}
