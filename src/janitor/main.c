/* SPDX-License-Identifier: MIT */
/*
 * provision-janitor(8): opens the link to a store and calls what verbs.c names.
 */
#include "admin/link.h"
#include "base/log.h"
#include "crypt/init.h"
#include "janitor/verbs.h"
#include "tool/process.h"
#include "tool/stop.h"

static int
run(struct tool_call *c)
{
	struct admin_link *link = NULL;
	int err = crypt_init();
	if (err == 0)
		err = admin_link_open(c, ADMIN_EITHER, &link);
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
	struct tool_program program = { .name = "provision-janitor", .about = "Erases what is due.", .options = verbs_options(), .run = run };
	program.verbs = verbs_table(&program.verb_count);
	tool_process_harden();
	log_init("provision-janitor", LOG_ERROR, false);
	tool_stop_listen();
	int code = tool_verb_main(&program, argc, argv);
	tool_stop_obey();
	return code;
}
