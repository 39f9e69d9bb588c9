/* SPDX-License-Identifier: MIT */
/*
 * Bench: encrypt and fingerprint a file, beside `age -r` over the same file in the same run. Prints both rates and their
 * ratio; nothing is written but the test file. Usage: package [MiB] [rounds]; exit 1 when the ratio is below 1.3.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypt/init.h"
#include "crypt/random.h"
#include "crypt/slices.h"
#include "package/encrypt.h"

#define MIB (1U << 20)
#define TARGET 1.3

extern char **environ;

struct bench {
	char file[256];
	char key[80];              /* age recipient */
	struct stat st;
	uint64_t bytes;
};

static void
make_file(struct bench *b, uint64_t mib)
{
	const char *base = getenv("TMPDIR");
	snprintf(b->file, sizeof(b->file), "%s/bench-package-XXXXXX", base != NULL ? base : "/var/tmp");
	int fd = mkstemp(b->file);
	require(fd >= 0);
	uint8_t *chunk = mem_alloc(MIB);
	for (uint64_t i = 0; i < mib; i++) {
		crypt_random(chunk, MIB);
		require(file_write_full(fd, chunk, MIB) == 0);
	}
	require(fstat(fd, &b->st) == 0);
	b->bytes = mib * MIB;
	mem_free(&chunk);
	file_close(&fd);
}

static int
open_entry(void *arg, uint32_t entry, int *fd_r)
{
	const struct bench *b = arg;
	(void)entry;
	*fd_r = open(b->file, O_RDONLY | O_CLOEXEC);
	return *fd_r >= 0 ? 0 : err_from_errno(errno);
}

static struct package_writer *
new_writer(const struct bench *b)
{
	struct package_writer_args args = {
		.package = id_random(), .subscription = id_random(),
		.sender = { .kind = PACKAGE_PARTY_CUSTOMER, .account = id_random() },
		.recipient = { .kind = PACKAGE_PARTY_CUSTOMER, .principal = id_random(), .key_number = 1 },
	};
	struct package_entry entry = { .path = VIEW_LIT("file") };
	struct package_manifest *m;
	struct package_writer *w;
	struct secret *private;
	crypt_seal_keypair(&args.recipient_key, &private);
	secret_free(&private);
	require(package_encrypt_describe(&b->st, &entry) == 0);
	require(package_manifest_new(&entry, 1, &m, NULL) == 0);
	require(package_writer_new(&args, &m, &w) == 0);
	return w;
}

/* MB/s of the whole body with its fingerprint. */
static double
run_ours(struct bench *b, unsigned threads)
{
	struct package_writer *w = new_writer(b);
	struct package_source source = { open_entry, b };
	uint8_t *out = mem_alloc(MIB);
	size_t n;
	struct hash root;
	uint64_t start = clock_mono_ms();
	struct package_encrypt *e = package_encrypt_new(w, &source, 0, threads);
	do
		require(package_encrypt_read(e, out, MIB, &n) == 0);
	while (n > 0);
	require(package_writer_content_root(w, &root) == 0);
	uint64_t ms = clock_mono_ms() - start;
	package_encrypt_free(&e);
	package_writer_free(&w);
	mem_free(&out);
	return (double)b->bytes / 1e3 / (double)(ms > 0 ? ms : 1);
}

static void
run(const char *const argv[])
{
	pid_t pid;
	int status;
	int error = posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ);
	if (error != 0)
		fatal(69, "cannot start %s: %s", argv[0], strerror(error));
	require(waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fatal(69, "%s failed", argv[0]);
}

static double
run_age(struct bench *b)
{
	const char *const argv[] = { "age", "-r", b->key, "-o", "/dev/null", b->file, NULL };
	uint64_t start = clock_mono_ms();
	run(argv);
	uint64_t ms = clock_mono_ms() - start;
	return (double)b->bytes / 1e3 / (double)(ms > 0 ? ms : 1);
}

/* A new age key, of which only the public half is read. */
static void
make_age_key(struct bench *b)
{
	char path[300];
	struct buf text;
	snprintf(path, sizeof(path), "%s.age", b->file);
	const char *const argv[] = { "age-keygen", "-o", path, NULL };
	run(argv);
	buf_init(&text, 4096);
	require(file_read(AT_FDCWD, path, &text) == 0);
	unlink(path);
	require(buf_append_u8(&text, 0) == 0);
	const char *key = strstr((const char *)text.data, "age1");
	require(key != NULL);
	snprintf(b->key, sizeof(b->key), "%.*s", (int)strcspn(key, "\n"), key);
	buf_deinit(&text);
}

static double
best(double a, double b)
{
	return a > b ? a : b;
}

int
main(int argc, char **argv)
{
	struct bench b;
	uint64_t mib = 512, rounds = 3;
	double ours = 0, one = 0, age = 0;
	memset(&b, 0, sizeof(b));
	if ((argc > 1 && text_u64(view_str(argv[1]), 65536, &mib) != 0) || (argc > 2 && text_u64(view_str(argv[2]), 100, &rounds) != 0) ||
	    argc > 3 || mib == 0 || rounds == 0) {
		fprintf(stderr, "usage: package [MiB] [rounds]\n");
		return 64;
	}
	require(crypt_init() == 0);
	make_file(&b, mib);
	make_age_key(&b);
	for (uint64_t i = 0; i < rounds; i++) {
		ours = best(ours, run_ours(&b, 0));
		one = best(one, run_ours(&b, 1));
		age = best(age, run_age(&b));
	}
	unlink(b.file);
	printf("package (%s)  all cores %6.0f MB/s   one thread %6.0f MB/s   age %6.0f MB/s   ratio %.2f (wanted %.1f)\n", crypt_slices_method(), ours, one, age,
	    ours / age, TARGET);
	return ours >= TARGET * age ? 0 : 1;
}
