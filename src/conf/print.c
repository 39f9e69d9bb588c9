/* SPDX-License-Identifier: MIT */
/*
 * The option table for people: the commented default file and the list of the man page. Knows how the
 * two are laid out, and no option. Called by the generator of both and by provisiond.
 */
#include "conf/conf.h"

#include <string.h>

#include "base/fatal.h"
#include "conf/option.h"
#include "conf/type.h"

#define WIDTH 100
#define FACTS_MAX 512

static bool
is_missing_an_error(const struct conf_option *o)
{
	return (o->flags & CONF_FLAG_REQUIRED) != 0 && o->preset == NULL && o->derive == NULL;
}

__attribute__((format(printf, 2, 3)))
static void
put(struct buf *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	require(buf_vprintf(out, fmt, ap) == 0);
	va_end(ap);
}

/* "A whole number from 0 to 64 (processes). Default: 0. Takes effect with a restart." */
static void
put_facts(const struct conf_option *o, struct buf *out)
{
	size_t at = out->len;
	if (conf_type_kind(o) == CONF_KIND_ADDRESSES && o->max > 1)
		put(out, "a list of %u to %u items in braces, each ", (unsigned)o->min, (unsigned)o->max);
	conf_type_describe(o, out);
	if (out->data[at] >= 'a' && out->data[at] <= 'z' && memcmp(out->data + at, "https", 5) != 0)
		out->data[at] = (uint8_t)(out->data[at] - 'a' + 'A');
	if (o->unit != NULL)
		put(out, " (%s)", o->unit);
	if (is_missing_an_error(o))
		put(out, ". Required");
	else
		put(out, ". Default: %s", o->preset != NULL ? o->preset : o->derive_text != NULL ? o->derive_text : "none");
	put(out, ". Takes effect %s.", (o->flags & CONF_FLAG_RELOADABLE) != 0 ? "at a reload" : "with a restart");
}

/* Words of text in comment lines of at most WIDTH bytes. */
static void
print_comment(FILE *to, const char *text)
{
	size_t column = 0;
	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		if (column != 0 && column + 1 + len > WIDTH) {
			(void)fputc('\n', to);
			column = 0;
		}
		column += (size_t)fprintf(to, "%s%.*s", column == 0 ? "# " : " ", (int)len, text);
		text += len + strspn(text + len, " ");
	}
	(void)fputc('\n', to);
}

/* Lists in braces; texts and addresses quoted, numbers and words bare. */
static void
print_value(FILE *to, const struct conf_option *o, const char *value)
{
	enum conf_kind kind = conf_type_kind(o);
	if (kind == CONF_KIND_NUMBER || kind == CONF_KIND_WORD) {
		(void)fprintf(to, "%s", value);
	} else if (kind == CONF_KIND_TEXT) {
		(void)fprintf(to, "\"%s\"", value);
	} else {
		(void)fprintf(to, "{");
		for (const char *sep = ""; *value != '\0'; sep = ", ") {
			size_t len = strcspn(value, " ");
			(void)fprintf(to, "%s\"%.*s\"", sep, (int)len, value);
			value += len + strspn(value + len, " ");
		}
		(void)fprintf(to, "}");
	}
}

/* help and facts of an option, NUL-terminated in the caller's buffer. */
static const char *
facts_of(const struct conf_option *o, struct buf *facts)
{
	buf_clear(facts);
	put_facts(o, facts);
	require(buf_append_u8(facts, '\0') == 0);
	return (const char *)facts->data;
}

void
conf_print_default(FILE *to)
{
	struct buf facts;
	buf_init(&facts, FACTS_MAX);
	print_comment(to, "Configuration of provisiond: see provision.conf(5). What is commented out stands at its default, or is an "
	    "example of what has none.");
	for (size_t i = 0; i < conf_option_count(); i++) {
		const struct conf_option *o = conf_option_at(i);
		if (o->section != NULL)
			(void)fprintf(to, "\n# -- %s\n", o->section);
		(void)fputc('\n', to);
		print_comment(to, o->help);
		print_comment(to, facts_of(o, &facts));
		(void)fprintf(to, "%s%s = ", is_missing_an_error(o) ? "" : "#", o->name);
		print_value(to, o, o->preset != NULL ? o->preset : o->example);
		(void)fputc('\n', to);
	}
	buf_deinit(&facts);
}

/* A text line of mdoc: sentences on lines of their own, and no control character at a line's begin. */
static void
print_mdoc(FILE *to, const char *text)
{
	for (bool is_line_start = true; *text != '\0'; text++) {
		if (is_line_start && (*text == '.' || *text == '\''))
			(void)fputs("\\&", to);
		is_line_start = text[0] == '.' && text[1] == ' ';
		if (*text == '\\')
			(void)fputs("\\e", to);
		else
			(void)fputc(*text, to);
		if (is_line_start) {
			(void)fputc('\n', to);
			text++;
		}
	}
	(void)fputc('\n', to);
}

void
conf_print_man_table(FILE *to)
{
	struct buf facts;
	buf_init(&facts, FACTS_MAX);
	for (size_t i = 0; i < conf_option_count(); i++) {
		const struct conf_option *o = conf_option_at(i);
		if (o->section != NULL)
			(void)fprintf(to, "%s.Ss %s\n.Bl -tag -width Ds\n", i == 0 ? "" : ".El\n", o->section);
		(void)fprintf(to, ".It Ic %s\n", o->name);
		print_mdoc(to, o->help);
		print_mdoc(to, facts_of(o, &facts));
	}
	(void)fputs(".El\n", to);
	buf_deinit(&facts);
}
