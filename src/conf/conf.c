/* SPDX-License-Identifier: MIT */
/*
 * The configuration as a whole: making it empty, comparing two for a reload, ending it. Must not know
 * any option by name. Called by the parser, the decoder and whoever holds a configuration.
 */
#include "conf/conf.h"

#include "base/arena.h"
#include "base/mem.h"
#include "conf/make.h"
#include "conf/option.h"
#include "conf/type.h"

/* Twice all texts at their largest: conf_keep_fixed() may write each a second time. */
#define MEMORY_MAX ((size_t)128 * 1024)

struct conf *
conf_make(void)
{
	struct conf *conf = mem_alloc(sizeof(*conf));
	conf->memory = arena_new(MEMORY_MAX);
	return conf;
}

void
conf_free(struct conf **conf)
{
	if (*conf == NULL)
		return;
	arena_free(&(*conf)->memory);
	mem_free(conf);
}

unsigned
conf_diff_reloadable(const struct conf *running, const struct conf *wanted,
    void (*report)(void *arg, const char *option, bool needs_restart), void *arg)
{
	unsigned n = 0;
	for (size_t i = 0; i < conf_option_count(); i++) {
		const struct conf_option *o = conf_option_at(i);
		bool needs_restart = (o->flags & CONF_FLAG_RELOADABLE) == 0;
		if (conf_type_is_equal(o, running, wanted))
			continue;
		n += needs_restart;
		if (report != NULL)
			report(arg, o->name, needs_restart);
	}
	return n;
}

void
conf_keep_fixed(struct conf *wanted, const struct conf *running)
{
	for (size_t i = 0; i < conf_option_count(); i++) {
		const struct conf_option *o = conf_option_at(i);
		if ((o->flags & CONF_FLAG_RELOADABLE) == 0 && !conf_type_is_equal(o, running, wanted))
			conf_type_copy(o, wanted, running);
	}
}
