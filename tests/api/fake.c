/* SPDX-License-Identifier: MIT */
#include "api/fake.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fatal.h"
#include "crypt/digest.h"
#include "crypt/init.h"
#include "crypt/random.h"

void
fake_start(struct fake *f)
{
	const char *tmp = getenv("TMPDIR"), *top = getenv("TOP_SRCDIR");
	char script[4096], line[16] = "";
	int in[2], out[2];
	require(crypt_init() == 0);
	snprintf(script, sizeof(script), "%s/tests/api/fake.py", top == NULL ? "../.." : top);
	snprintf(f->folder, sizeof(f->folder), "%s/provision-fake-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	require(mkdtemp(f->folder) != NULL && pipe(in) == 0 && pipe(out) == 0);
	f->pid = fork();
	require(f->pid >= 0);
	if (f->pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[0]), close(in[1]), close(out[0]), close(out[1]);
		execlp("python3", "python3", script, f->folder, (char *)NULL);
		_exit(127);
	}
	close(in[0]), close(out[1]);
	f->input = in[1];
	for (size_t n = 0; n + 1 < sizeof(line) && read(out[0], line + n, 1) == 1 && line[n] != '\n'; n++)
		;
	close(out[0]);
	f->port = (uint16_t)strtoul(line, NULL, 10);
	require(f->port != 0);
	snprintf(f->url, sizeof(f->url), "https://localhost:%u", f->port);
	snprintf(f->ca, sizeof(f->ca), "%s/ca.pem", f->folder);
	snprintf(f->other_ca, sizeof(f->other_ca), "%s/other.pem", f->folder);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void
fake_stop(struct fake *f)
{
	int status;
	close(f->input);
	require(waitpid(f->pid, &status, 0) == f->pid);
	nftw(f->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct api_client *
fake_client(const struct fake *f, uint32_t patience_ms)
{
	struct api_options o = { .url = f->url, .ca_file = f->ca, .patience_ms = patience_ms };
	struct api_client *c = NULL;
	require(api_client_new(&o, &c) == 0);
	return c;
}

struct id
fake_package(uint8_t scenario)
{
	struct id id = id_random();
	id.bytes[0] = scenario;
	return id;
}

const uint8_t *
fake_body(void)
{
	static uint8_t body[FAKE_SIZE + CRYPT_DIGEST_BYTES];
	for (uint32_t i = 0; i * CRYPT_DIGEST_BYTES < FAKE_SIZE; i++) {
		char number[16];
		snprintf(number, sizeof(number), "%u", i);
		crypt_digest_sha256(view_str(number), body + (size_t)i * CRYPT_DIGEST_BYTES);
	}
	return body;
}
