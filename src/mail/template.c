/* SPDX-License-Identifier: MIT */
/*
 * Renders the compiled templates. Owns the escaping of every value that gets into a mail. Must not know
 * queues, addresses or SMTP. Called by the courier.
 */
#include "mail/template.h"

#include <stddef.h>
#include <string.h>

#include "base/encoder.h"
#include "base/fatal.h"
#include "base/text.h"
#include "mail/clean.h"
#include "mail/fill.h"

#define FIELD_MAX 2048
#define NAME_MAX_SHOWN 80

enum field {
	FIELD_NAME, FIELD_PEER, FIELD_LINK, FIELD_CODE, FIELD_SERVICE, FIELD_UNTIL, FIELD_UNSUBSCRIBE, FIELD_RECEIPT,
	FIELD_AUTHOR, FIELD_WHEN, FIELD_TEXT,   /* of one text, between OP_EACH and OP_NEXT */
	FIELD_COUNT
};
enum part { PART_SUBJECT, PART_TXT, PART_HTML, PART_COUNT };

enum op_kind {
	OP_TEXT,    /* the words as they stand */
	OP_FIELD,   /* a value; in HTML as text or as the whole of an href="" */
	OP_IF,      /* up to OP_END only if the field is given */
	OP_END,
	OP_EACH,    /* up to OP_NEXT for each text */
	OP_NEXT,
	OP_STOP
};

struct op {
	enum op_kind kind;
	enum field field;
	const char *text;
};

struct mail_template {
	const char *name;
	const struct op *parts[MAIL_LOCALE_COUNT][PART_COUNT];
	bool has_plain_names;
};

#include "mail/template_table.h"

#define TEMPLATE_COUNT (sizeof(templates) / sizeof(templates[0]))

/* The values, checked and cleaned; empty: not given. */
struct values {
	struct buf field[FIELD_COUNT];
	const struct mail_said *said;
	size_t said_count;
};

/*
 * https://host[:port][/...] of characters that need no quoting anywhere but "&". No user part: it would only
 * serve to deceive.
 */
static bool
is_link(struct view v)
{
	static const char prefix[] = "https://";
	if (!view_starts(v, VIEW_LIT("https://")))
		return false;
	struct view rest = view_slice(v, sizeof(prefix) - 1, v.len);
	size_t host_len = view_find(rest, '/');
	if (host_len == 0 || view_find(view_slice(rest, 0, host_len), '@') != host_len)
		return false;
	for (size_t i = 0; i < rest.len; i++) {
		uint8_t c = rest.data[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!is_plain && (c == '\0' || strchr("-._~:/?#@!$&*+,;=%[]", c) == NULL))
			return false;
	}
	return true;
}

static bool
is_link_or_none(struct view given, const struct buf *cleaned)
{
	return given.len == 0 || (is_link(given) && cleaned->len == given.len);
}

static bool
is_code(struct view v)
{
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.data[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!is_plain && c != ' ' && c != '-')
			return false;
	}
	return v.len > 0;
}

static bool
is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

/* No digits, no "@", "/" or ":", no dot with two letters behind it: nothing a mail program would make a link of. */
bool
mail_template_shows_name(const struct mail_template *t, struct view name)
{
	if (!t->has_plain_names)
		return true;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		if (c >= '0' && c <= '9')
			return false;
		if (c == '@' || c == '/' || c == ':' || c == '\\' || c == '<' || c == '>')
			return false;
		if (c == '.' && i + 2 < name.len && is_letter(name.data[i + 1]) && is_letter(name.data[i + 2]))
			return false;
	}
	return name.len <= NAME_MAX_SHOWN;
}

static int
take_values(struct values *values, const struct mail_template *which, const struct mail_fields *f)
{
	const struct view given[FIELD_COUNT] = {
		[FIELD_NAME] = f->name, [FIELD_PEER] = f->peer, [FIELD_LINK] = f->link,
		[FIELD_CODE] = f->code, [FIELD_SERVICE] = f->service, [FIELD_UNTIL] = f->until,
		[FIELD_UNSUBSCRIBE] = f->unsubscribe, [FIELD_RECEIPT] = f->receipt,
	};
	values->said = f->said;
	values->said_count = f->said_count;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		int err = mail_clean_append(&values->field[i], given[i]);
		if (err != 0)
			return err;
	}
	/* These are not mended: a byte that cleaning took away makes them wrong. */
	if (!is_link_or_none(f->link, &values->field[FIELD_LINK]) || !is_link_or_none(f->unsubscribe, &values->field[FIELD_UNSUBSCRIBE]))
		return ERR_SYNTAX;
	if (f->code.len > 0 && (!is_code(f->code) || values->field[FIELD_CODE].len != f->code.len))
		return ERR_SYNTAX;
	if (!mail_template_shows_name(which, f->name))
		buf_clear(&values->field[FIELD_NAME]);
	return 0;
}

/* The next of the texts. */
static int
take_said(struct values *values, const struct mail_said *said)
{
	buf_clear(&values->field[FIELD_AUTHOR]);
	buf_clear(&values->field[FIELD_WHEN]);
	buf_clear(&values->field[FIELD_TEXT]);
	int err = mail_clean_append(&values->field[FIELD_AUTHOR], said->author);
	if (err == 0)
		err = mail_clean_append(&values->field[FIELD_WHEN], said->when);
	return err == 0 ? mail_clean_append_lines(&values->field[FIELD_TEXT], said->text) : err;
}

static const struct entity {
	char c;
	const char *text;
} entities[] = {
	{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" }, { '\n', "<br>" },
};

static const char *
entity_of(uint8_t c)
{
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if ((uint8_t)entities[i].c == c)
			return entities[i].text;
	return NULL;
}

static void
append_html(struct encoder *out, struct view v)
{
	for (size_t i = 0; i < v.len; i++) {
		const char *entity = entity_of(v.data[i]);
		if (entity != NULL)
			encoder_view(out, view_str(entity));
		else
			encoder_u8(out, v.data[i]);
	}
}

static void
append_indented(struct encoder *out, struct view text)
{
	while (text.len > 0) {
		struct view line = view_slice(text, 0, view_find(text, '\n'));
		text = view_slice(text, line.len + 1, text.len);
		if (line.len > 0)
			encoder_view(out, VIEW_LIT("  "));
		encoder_view(out, line);
		encoder_u8(out, '\n');
	}
}

/* A text may be empty: of controls alone. */
static void
append_value(struct encoder *out, enum part part, enum field field, struct view value)
{
	if (value.len == 0 && field != FIELD_TEXT)
		encoder_fail(out, ERR_SYNTAX);
	else if (part == PART_HTML)
		append_html(out, value);
	else if (field == FIELD_TEXT)
		append_indented(out, value);
	else
		encoder_view(out, value);
}

/* Where the loop over the texts stands. */
struct loop {
	const struct op *begin;
	size_t at;
};

/* OP_EACH and OP_NEXT. Returns the op after which to go on. */
static const struct op *
loop_on(struct loop *loop, const struct op *op, struct values *values, struct encoder *out)
{
	if (op->kind == OP_EACH)
		*loop = (struct loop){ op, 0 };
	else
		loop->at++;
	if (loop->at < values->said_count) {
		encoder_fail(out, take_said(values, &values->said[loop->at]));
		return loop->begin;
	}
	if (values->said_count == 0)
		encoder_fail(out, ERR_SYNTAX);
	return op;
}

/* Appends one part. Every value but a text is one clean line; a link holds nothing but URL characters. */
static int
render_part(const struct op *op, enum part part, struct values *values, struct buf *out)
{
	struct encoder e = encoder_of(out);
	struct loop loop = { .at = 0 };
	bool is_left_out = false;
	for (; op->kind != OP_STOP && e.err == 0; op++) {
		struct view value = buf_view(&values->field[op->field]);
		if (op->kind == OP_EACH || op->kind == OP_NEXT)
			op = loop_on(&loop, op, values, &e);
		else if (op->kind == OP_IF)
			is_left_out = value.len == 0;
		else if (op->kind == OP_END)
			is_left_out = false;
		else if (!is_left_out && op->kind == OP_TEXT)
			encoder_view(&e, view_str(op->text));
		else if (!is_left_out)
			append_value(&e, part, op->field, value);
	}
	return encoder_end(&e);
}

static int
render(const struct mail_template *which, enum mail_locale locale, struct values *values, struct mail_text *t)
{
	const struct op *const *parts = which->parts[locale];
	struct buf unfilled;
	buf_init(&unfilled, MAIL_TEMPLATE_PART_MAX);
	int err = render_part(parts[PART_SUBJECT], PART_SUBJECT, values, &t->subject);
	if (err == 0)
		err = render_part(parts[PART_HTML], PART_HTML, values, &t->html);
	if (err == 0)
		err = render_part(parts[PART_TXT], PART_TXT, values, &unfilled);
	if (err == 0)
		err = mail_fill_append(&t->text, buf_view(&unfilled));
	buf_deinit(&unfilled);
	return err;
}

int
mail_template_render(const struct mail_template *which, enum mail_locale locale, const struct mail_fields *fields,
    struct mail_text *t)
{
	require((unsigned)locale < MAIL_LOCALE_COUNT);
	buf_clear(&t->subject);
	buf_clear(&t->text);
	buf_clear(&t->html);
	struct values values;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		buf_init(&values.field[i], i == FIELD_TEXT ? MAIL_TEMPLATE_TEXT_MAX : FIELD_MAX);
	int err = take_values(&values, which, fields);
	if (err == 0)
		err = render(which, locale, &values, t);
	/* A verification code is worth nothing a day later, but neither it nor a text need stay in memory. */
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		buf_wipe(&values.field[i]);
		buf_deinit(&values.field[i]);
	}
	return err;
}

const struct mail_template *
mail_template_find(struct view name)
{
	for (size_t i = 0; i < TEMPLATE_COUNT; i++)
		if (view_equal_str(name, templates[i].name))
			return &templates[i];
	return NULL;
}

size_t
mail_template_count(void)
{
	return TEMPLATE_COUNT;
}

const char *
mail_template_name(size_t n)
{
	require(n < TEMPLATE_COUNT);
	return templates[n].name;
}

static const char *const locale_names[MAIL_LOCALE_COUNT] = { [MAIL_LOCALE_DE] = "de", [MAIL_LOCALE_EN] = "en" };

int
mail_locale_parse(struct view text, enum mail_locale *l_r)
{
	for (int l = 0; l < MAIL_LOCALE_COUNT; l++) {
		if (view_equal_str(text, locale_names[l])) {
			*l_r = (enum mail_locale)l;
			return 0;
		}
	}
	return ERR_UNSUPPORTED;
}

const char *
mail_locale_name(enum mail_locale l)
{
	require((unsigned)l < MAIL_LOCALE_COUNT);
	return locale_names[l];
}

void
mail_text_init(struct mail_text *t)
{
	buf_init(&t->subject, MAIL_TEMPLATE_PART_MAX);
	buf_init(&t->text, MAIL_TEMPLATE_PART_MAX);
	buf_init(&t->html, MAIL_TEMPLATE_PART_MAX);
}

void
mail_text_deinit(struct mail_text *t)
{
	buf_deinit(&t->subject);
	buf_deinit(&t->text);
	buf_deinit(&t->html);
}
