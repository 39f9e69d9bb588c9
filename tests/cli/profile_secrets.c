/* SPDX-License-Identifier: MIT */
/*
 * Prints the private keys of whoever is logged in with PROVISION_HOME, one a line in hex, for the search for canaries
 * (scenario/canary.py). Never installed.
 */
#include <stdio.h>

#include "base/text.h"
#include "cli/login.h"
#include "crypt/init.h"

static void
print_hex(struct view v)
{
	char text[2 * CRYPT_SIGN_PRIVATE_BYTES + 1];
	text_hex(v, text);
	puts(text);
}

int
main(void)
{
	static const struct tool_program program = { .name = "profile_secrets" };
	struct tool_call call = { .program = &program, .arena = arena_new(65536) };
	struct cli_profile *profile = NULL;
	struct cli_login login;
	int err = crypt_init();
	if (err == 0)
		err = cli_profile_open(&call, &profile);
	if (err == 0)
		err = cli_login_load(profile, CLI_LOGIN_SESSION, &login);
	if (err == 0) {
		print_hex(secret_view(login.keys.seal));
		print_hex(crypt_sign_seed(login.keys.sign));
		cli_login_deinit(&login);
	}
	cli_profile_free(&profile);
	arena_free(&call.arena);
	return err_exit_code(err);
}
