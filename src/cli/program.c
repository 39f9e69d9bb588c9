/* SPDX-License-Identifier: MIT */
/*
 * provision(1): hardens the process, opens what the verb needs, calls it. The verbs are in cli/verbs.c.
 */
#include "cli/program.h"

#include "base/log.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "crypt/init.h"
#include "tool/process.h"
#include "tool/stop.h"

static int
run(struct tool_call *c)
{
	struct cli_session s = { .call = c };
	int err = crypt_init();
	if (err != 0)
		return tool_verb_fail(c, err, "the cryptographic libraries do not work on this machine");
	c->context = &s;
	err = cli_session_open(&s, (c->verb->flags & CLI_VERBS_LOGIN) != 0);
	if (err == 0)
		err = c->verb->run(c);
	cli_session_close(&s);
	return err;
}

int
cli_program_main(int argc, char *const *argv)
{
	struct tool_program program = { .name = "provision", .about = "Sends and receives files end to end encrypted.",
		.options = cli_verbs_options(), .run = run };
	program.verbs = cli_verbs_table(&program.verb_count);
	tool_process_harden();
	log_init("provision", LOG_ERROR, false);
	tool_stop_listen();
	int code = tool_verb_main(&program, argc, argv);
	tool_stop_obey();
	return code;
}
