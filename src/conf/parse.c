/* SPDX-License-Identifier: MIT */
/*
 * Reads the configuration file. Owns libconfuse, which finds names, values and lists; every value is a
 * text to it and is checked by conf/type.c at the moment it is read, when its line is known. Must not
 * know any option by name. Called by provisiond and provisionctl.
 */
#include "conf/conf.h"

#include <confuse.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/make.h"
#include "conf/option.h"
#include "conf/rule.h"
#include "conf/strip.h"
#include "conf/type.h"

#define FILE_MAX ((size_t)256 * 1024)
#define PRESET_ITEM_MAX 64

struct reader {
	struct conf *conf;
	struct conf_problem *problem;
	bool has_problem;
	unsigned *lines;              /* by option: where it was first given, 0: not yet */
};

/* libconfuse gives its callbacks no argument, and its lexer is global as well: one parse at a time. */
static struct reader *reading;

/* Copies s for printing: controls escaped, cut where it is too long. */
static void
copy_safely(char *out, size_t size, const char *s)
{
	struct view rest = view_str(s);
	size_t len = 0;
	while (rest.len != 0 && len + TEXT_ESCAPE_MAX < size)
		len += text_escape_next(&rest, out + len);
	out[len] = '\0';
}

/* Keeps the first problem, which is the cause of the others. */
__attribute__((format(printf, 4, 0)))
static void
note_problem(struct reader *r, unsigned line, const char *option, const char *fmt, va_list ap)
{
	char sentence[4 * sizeof(r->problem->sentence)];
	if (r->has_problem)
		return;
	r->has_problem = true;
	(void)vsnprintf(sentence, sizeof(sentence), fmt, ap);
	r->problem->line = line;
	copy_safely(r->problem->option, sizeof(r->problem->option), option);
	copy_safely(r->problem->sentence, sizeof(r->problem->sentence), sentence);
}

__attribute__((format(printf, 4, 5)))
static int
report(struct reader *r, unsigned line, const char *option, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	note_problem(r, line, option, fmt, ap);
	va_end(ap);
	return ERR_CONFIG;
}

static int
report_value(struct reader *r, unsigned line, const struct conf_option *o, const char *value, int err)
{
	struct buf what;
	if (err == ERR_EXISTS)
		return report(r, line, o->name, "%.200s is given twice", value);
	if (err == ERR_LIMIT)
		return report(r, line, o->name, "more than %u items", (unsigned)o->max);
	buf_init(&what, sizeof(r->problem->sentence));
	conf_type_describe(o, &what);
	(void)report(r, line, o->name, "\"%.200s\" is not %.*s", value, VIEW_FMT(buf_view(&what)));
	buf_deinit(&what);
	return ERR_CONFIG;
}

__attribute__((format(printf, 2, 0)))
static void
take_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	note_problem(reading, (unsigned)cfg->line, "", fmt, ap);
}

static unsigned *
line_of(struct reader *r, const struct conf_option *o)
{
	return &r->lines[conf_option_index(o)];
}

/* One value of an option; libconfuse has already made room for it, so that size 1 means the first of an assignment. */
static int
take_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct reader *r = reading;
	const struct conf_option *o = conf_option_find(opt->name);
	unsigned *first_line = line_of(r, o), line = (unsigned)cfg->line;
	*(const char **)result = value;
	if (*first_line != 0 && cfg_opt_size(opt) <= 1) {
		(void)report(r, line, o->name, "it was given in line %u already", *first_line);
		return -1;
	}
	*first_line = line;
	int err = conf_type_set(o, value, r->conf);
	if (err != 0)
		(void)report_value(r, line, o, value, err);
	return err == 0 ? 0 : -1;
}

static cfg_opt_t *
make_options(void)
{
	cfg_opt_t *options = mem_array(conf_option_count() + 1, sizeof(*options));
	for (size_t i = 0; i < conf_option_count(); i++) {
		const struct conf_option *o = conf_option_at(i);
		bool is_list = conf_type_kind(o) == CONF_KIND_ADDRESSES;
		options[i] = (cfg_opt_t){ .name = o->name, .type = CFGT_STR, .parsecb = take_value,
		    .flags = CFGF_NODEFAULT | (is_list ? CFGF_LIST : CFGF_NONE) };
	}
	options[conf_option_count()] = (cfg_opt_t)CFG_END();
	return options;
}

/* "listen = {}" calls nothing back, but would leave the default in force. */
static int
check_empty_lists(struct reader *r, cfg_t *cfg)
{
	for (size_t i = 0; i < conf_option_count(); i++) {
		const char *name = conf_option_at(i)->name;
		cfg_opt_t *opt = cfg_getopt(cfg, name);
		if ((opt->flags & CFGF_MODIFIED) != 0 && cfg_opt_size(opt) == 0)
			return report(r, r->lines[i], name, "the list is empty");
	}
	return 0;
}

static int
parse_text(struct reader *r, const char *text)
{
	int err = 0;
	cfg_opt_t *options = make_options();
	cfg_t *cfg = cfg_init(options, CFGF_NONE);
	require(cfg != NULL);
	(void)cfg_set_error_function(cfg, take_error);
	reading = r;
	if (cfg_parse_buf(cfg, text) != CFG_SUCCESS)
		err = report(r, (unsigned)cfg->line, "", "the syntax is wrong");
	if (err == 0)
		err = check_empty_lists(r, cfg);
	reading = NULL;
	(void)cfg_free(cfg);
	mem_free(&options);
	return err;
}

/* Items are separated by a blank. They are right: a test loads them all. */
static void
set_preset(struct reader *r, const struct conf_option *o)
{
	char item[PRESET_ITEM_MAX];
	for (const char *at = o->preset; *at != '\0';) {
		size_t len = conf_type_kind(o) == CONF_KIND_ADDRESSES ? strcspn(at, " ") : strlen(at);
		require(len < sizeof(item));
		memcpy(item, at, len);
		item[len] = '\0';
		require(conf_type_set(o, item, r->conf) == 0);
		at += len + strspn(at + len, " ");
	}
}

/* Defaults for what was not given, in the order of the table: a computed one may use those before it. */
static int
fill_defaults(struct reader *r)
{
	for (size_t i = 0; i < conf_option_count(); i++) {
		const struct conf_option *o = conf_option_at(i);
		if (r->lines[i] != 0)
			continue;
		if (o->preset != NULL)
			set_preset(r, o);
		const char *value = o->derive == NULL ? NULL : o->derive(r->conf, r->conf->memory);
		int err = value == NULL ? 0 : conf_type_set(o, value, r->conf);
		if (err != 0)
			return report_value(r, 0, o, value, err);
		if ((o->flags & CONF_FLAG_REQUIRED) != 0 && conf_type_is_absent(o, r->conf))
			return report(r, 0, o->name, "it is missing: %s", o->help);
	}
	return 0;
}

static int
check_rules(struct reader *r)
{
	const struct conf_rule *rule = conf_rule_find_broken(r->conf);
	if (rule == NULL)
		return 0;
	return report(r, *line_of(r, conf_option_find(rule->option)), rule->option, "%s", rule->sentence);
}

static int
parse_file(struct reader *r, const char *path)
{
	struct buf file, text;
	unsigned line;
	const char *sentence;
	buf_init(&file, FILE_MAX);
	buf_init(&text, FILE_MAX + 1);
	int err = file_read(AT_FDCWD, path, &file);
	if (err == ERR_LIMIT) {
		err = report(r, 0, "", "the file is larger than %zu bytes", FILE_MAX);
		goto out;
	}
	if (err != 0) {
		(void)report(r, 0, "", "the file cannot be read: %m");
		goto out;
	}
	if (conf_strip_comments(buf_view(&file), &text, &line, &sentence) != 0)
		err = report(r, line, "", "%s", sentence);
	else
		err = parse_text(r, (const char *)text.data);
	if (err == 0)
		err = fill_defaults(r);
	if (err == 0)
		err = check_rules(r);
out:
	buf_deinit(&text);
	buf_deinit(&file);
	return err;
}

int
conf_parse_file(const char *path, struct conf **conf_r, struct conf_problem *problem_r)
{
	struct reader r = { .conf = conf_make(), .problem = problem_r };
	r.lines = mem_array(conf_option_count(), sizeof(*r.lines));
	memset(problem_r, 0, sizeof(*problem_r));
	copy_safely(problem_r->file, sizeof(problem_r->file), path);
	int err = parse_file(&r, path);
	if (err != 0)
		conf_free(&r.conf);
	mem_free(&r.lines);
	*conf_r = r.conf;
	return err;
}

void
conf_problem_print(const struct conf_problem *p, FILE *to)
{
	(void)fprintf(to, "%s:", p->file);
	if (p->line != 0)
		(void)fprintf(to, "%u:", p->line);
	if (p->option[0] != '\0')
		(void)fprintf(to, " %s:", p->option);
	(void)fprintf(to, " %s\n", p->sentence);
}
