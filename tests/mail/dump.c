/* SPDX-License-Identifier: MIT */
/*
 * Writes one mail to standard output, for tests/mail/test_mail.py to read with another implementation:
 *   dump KIND LOCALE DATE_MS ZONE_S MESSAGE_ID FROM TO  NAME PEER LINK CODE SERVICE UNTIL_MS UNSUBSCRIBE [AUTHOR FILE]...
 *   dump kinds
 * The name of the service is the sender's, the name is the recipient's. UNTIL_MS 0: none. Each FILE is a text that AUTHOR
 * wrote, a minute after the one before. A receipt is the same in all. Exit 0, or 1 with the error's name.
 */
#include <fcntl.h>
#include <stdio.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/text.h"
#include "mail/compose.h"
#include "mail/when.h"

#define RECEIPT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\nMDEyMzQ1Njc4OTo7PD0+P0A="

/* Seconds, perhaps negative. */
static int32_t
zone_of(const char *text)
{
	uint64_t n = 0;
	int err = text_u64(view_str(text + (text[0] == '-')), 86399, &n);
	require(err == 0);
	return text[0] == '-' ? -(int32_t)n : (int32_t)n;
}

/* What the arguments say, checked but for the fields. */
struct asked {
	const struct mail_template *kind;
	enum mail_locale locale;
	uint64_t date_ms, until_ms;
	int32_t zone_s;
	struct mail_address from, to;
};

static int
ask(char **argv, struct asked *a)
{
	a->kind = mail_template_find(view_str(argv[1]));
	require(a->kind != NULL);
	a->zone_s = zone_of(argv[4]);
	int err = mail_locale_parse(view_str(argv[2]), &a->locale);
	if (err == 0)
		err = text_u64(view_str(argv[3]), UINT64_MAX, &a->date_ms);
	if (err == 0)
		err = text_u64(view_str(argv[13]), UINT64_MAX, &a->until_ms);
	if (err == 0)
		err = mail_address_parse(view_str(argv[6]), &a->from);
	return err == 0 ? mail_address_parse(view_str(argv[7]), &a->to) : err;
}

#define SAID_MAX 50

/* The texts on the command line. */
struct texts {
	struct mail_said said[SAID_MAX];
	struct mail_when_text whens[SAID_MAX];
	struct buf bytes[SAID_MAX];
	size_t count;
};

static void
read_texts(char **argv, const struct asked *a, struct texts *t)
{
	for (t->count = 0; argv[0] != NULL; argv += 2, t->count++) {
		size_t i = t->count;
		require(i < SAID_MAX && argv[1] != NULL);
		buf_init(&t->bytes[i], MAIL_COMPOSE_MAX);
		int err = file_read(AT_FDCWD, argv[1], &t->bytes[i]);
		require(err == 0);
		t->whens[i] = mail_when_minute(a->date_ms + i * 60000, a->zone_s, a->locale);
		t->said[i] = (struct mail_said){ view_str(argv[0]), view_str(t->whens[i].s), buf_view(&t->bytes[i]) };
	}
}

static int
dump(char **argv, struct buf *out)
{
	struct mail_text text;
	struct texts texts;
	struct asked a;
	int err = ask(argv, &a);
	if (err != 0)
		return err;
	read_texts(argv + 15, &a, &texts);
	struct mail_when_text until = mail_when_day(a.until_ms, a.zone_s, a.locale);
	const struct mail_fields fields = {
		.name = view_str(argv[8]), .peer = view_str(argv[9]), .link = view_str(argv[10]), .code = view_str(argv[11]),
		.service = view_str(argv[12]), .until = a.until_ms == 0 ? view_of(NULL, 0) : view_str(until.s),
		.unsubscribe = view_str(argv[14]), .receipt = VIEW_LIT(RECEIPT), .said = texts.said, .said_count = texts.count,
	};
	const struct mail_parts parts = {
		.from_name = fields.service, .from = &a.from, .to = &a.to,
		.to_name = mail_template_shows_name(a.kind, fields.name) ? fields.name : view_of(NULL, 0),
		.message_id = view_str(argv[5]), .date_ms = a.date_ms, .zone_s = a.zone_s, .locale = a.locale,
		.unsubscribe = fields.unsubscribe, .content = &text,
	};
	mail_text_init(&text);
	err = mail_template_render(a.kind, a.locale, &fields, &text);
	if (err == 0)
		err = mail_compose(&parts, out);
	mail_text_deinit(&text);
	for (size_t i = 0; i < texts.count; i++)
		buf_deinit(&texts.bytes[i]);
	return err;
}

int
main(int argc, char **argv)
{
	if (argc == 2) {
		for (size_t i = 0; i < mail_template_count(); i++)
			puts(mail_template_name(i));
		return 0;
	}
	require(argc >= 15);
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
