/* SPDX-License-Identifier: MIT */
/*
 * Reads, checks, compares, then swaps. Called by supervisor.c on SIGHUP.
 */
#include "provisiond/reload.h"

#include <sysexits.h>

#include "base/clock.h"
#include "base/log.h"

static void
report(void *arg, const char *option, bool needs_restart)
{
	(void)arg;
	log_event(needs_restart ? LOG_WARNING : LOG_NOTICE, needs_restart ? "option-needs-restart" : "option-changed",
	    LOG_S("option", option));
}

/* What a reload does not read again goes over to the new material. */
static void
keep(struct material *wanted, struct material *running, enum role_secret which)
{
	wanted->secrets[which] = running->secrets[which];
	running->secrets[which] = NULL;
}

/* A certificate that has ended does not take the place of another. One that is in use ends without our doing. */
static bool
is_over(const struct context *context, const struct material *wanted)
{
	return wanted->certificate_expires_ms < clock_wall_ms() &&
	    wanted->certificate_expires_ms != context->material.certificate_expires_ms;
}

int
reload_context(struct context *context)
{
	struct conf *conf;
	struct conf_problem where;
	struct problem problem;
	struct material material;
	int err = conf_parse_file(context->config_path, &conf, &where);
	if (err != ERR_OK) {
		log_event(LOG_ERROR, "reload-refused", LOG_S("file", where.file), LOG_U("line", where.line),
		    LOG_S("option", where.option), LOG_S("reason", where.sentence));
		return ERR_CONFIG;
	}
	(void)conf_diff_reloadable(context->conf, conf, report, NULL);
	conf_keep_fixed(conf, context->conf);
	err = material_read(conf, true, &material, &problem);
	if (err == ERR_OK && is_over(context, &material)) {
		err = problem_set(&problem, EX_CONFIG, "certificate_file: the certificate in %s has ended", conf->certificate_file);
		material_deinit(&material);
	}
	if (err != ERR_OK) {
		log_event(LOG_ERROR, "reload-refused", LOG_S("reason", problem.text));
		conf_free(&conf);
		return ERR_CONFIG;
	}
	keep(&material, &context->material, ROLE_SECRET_TICKET_KEY);
	keep(&material, &context->material, ROLE_SECRET_MASTER_KEY);
	keep(&material, &context->material, ROLE_SECRET_NEXT_MASTER_KEY);
	material_deinit(&context->material);
	conf_free(&context->conf);
	context->material = material;
	context->conf = conf;
	context->generation++;
	log_set_level(conf->log_level);
	return ERR_OK;
}
