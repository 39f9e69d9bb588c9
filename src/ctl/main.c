/* SPDX-License-Identifier: MIT */
/*
 * provisionctl(8): opens the control socket and calls the verb. The verbs are in ctl/verbs.c.
 */
#include "admin/link.h"
#include "base/log.h"
#include "crypt/init.h"
#include "ctl/verbs.h"
#include "tool/process.h"
#include "tool/stop.h"

static int
run(struct tool_call *c)
{
	struct admin_link *link = NULL;
	int err = crypt_init();
	if (err == 0 && (c->verb->flags & CTL_VERB_NO_LINK) == 0)
		err = admin_link_open(c, ADMIN_RUNNING, &link);
	if (err != 0)
		return err;
	c->context = link;
	err = c->verb->run(c);
	admin_link_close(&link);
	return err;
}

int
main(int argc, char **argv)
{
	struct tool_program program = { .name = "provisionctl", .about = "Administers a running provisiond.",
		.options = ctl_verbs_options(), .run = run };
	program.verbs = ctl_verbs_table(&program.verb_count);
	tool_process_harden();
	log_init("provisionctl", LOG_ERROR, false);
	tool_stop_listen();
	int code = tool_verb_main(&program, argc, argv);
	tool_stop_obey();
	return code;
}
