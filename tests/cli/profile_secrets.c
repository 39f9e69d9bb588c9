/* SPDX-License-Identifier: MIT */
/*
 * For the search for canaries (scenario/canary.py), about whoever is logged in with PROVISION_HOME. Never installed.
 *   profile_secrets          the private keys, one a line in hex
 *   profile_secrets token    the session's token, base64url
 *   profile_secrets HEADER   the package key of a package to this person, in hex; HEADER as the server gives it
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/login.h"
#include "crypt/init.h"
#include "crypt/seal.h"
#include "package/header.h"

static void
print_hex(struct view v)
{
	char text[2 * CRYPT_SIGN_PRIVATE_BYTES + 1];
	text_hex(v, text);
	puts(text);
}

static void
print_keys(const struct cli_login *login)
{
	print_hex(secret_view(login->keys.seal));
	print_hex(crypt_sign_seed(login->keys.sign));
}

static int
print_token(const struct cli_login *login)
{
	struct buf text;
	buf_init(&text, 64);
	int err = text_base64url(&text, secret_view(login->token));
	if (err == 0)
		printf("%.*s\n", VIEW_FMT(buf_view(&text)));
	buf_deinit(&text);
	return err;
}

static int
print_package_key(const struct cli_login *login, const char *text)
{
	struct package_header header;
	struct secret *key = NULL;
	struct buf bytes;
	buf_init(&bytes, PACKAGE_HEADER_MAX);
	int err = text_unbase64url(view_str(text), &bytes);
	if (err == 0)
		err = package_header_parse(buf_view(&bytes), &header);
	if (err == 0)
		err = crypt_seal_open(login->keys.seal, header.sealed_key, &key);
	if (err == 0)
		print_hex(secret_view(key));
	secret_free(&key);
	buf_deinit(&bytes);
	return err;
}

int
main(int argc, char **argv)
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
		if (argc < 2)
			print_keys(&login);
		else
			err = strcmp(argv[1], "token") == 0 ? print_token(&login) : print_package_key(&login, argv[1]);
		cli_login_deinit(&login);
	}
	cli_profile_free(&profile);
	arena_free(&call.arena);
	return err_exit_code(err);
}
