/* SPDX-License-Identifier: MIT */
/*
 * The verb prove: whether a file is one of a package that was sent or received here. The service's record of the package must be the one
 * that was signed; the file's fingerprint is made with the package key, which only the two sides have.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "api/ask.h"
#include "base/file.h"
#include "cli/keeping.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "package/files.h"
#include "package/prove.h"
#include "record/package.pb-c.h"
#include "trust/fingerprint.h"

#define PAGE_ARENA ((size_t)16 * 1024 * 1024)
#define NAME_MAX_BYTES 4096

struct proving {
	struct cli_session *session;
	struct id package;
	struct hash root;              /* as it was signed */
	struct package_prove *file;
	uint64_t size;
	struct package_files *files;   /* of the service's record */
	uint32_t entry;                /* looked at next */
	bool is_found;
	struct hash fingerprint;
	char name[NAME_MAX_BYTES + 1];
};

static int
look_at(struct proving *p, const Provision__FileRecord *f)
{
	struct view fingerprint = cli_server_view(f->fingerprint), path = cli_server_view(f->path);
	uint32_t entry = p->entry++;
	int err = package_files_add(p->files, path, f->size, fingerprint);
	if (err != 0 || p->is_found || f->size != p->size || fingerprint.len != CRYPT_HASH_BYTES)
		return err;
	p->fingerprint = package_prove_fingerprint(p->file, entry);
	p->is_found = view_equal(fingerprint, crypt_hash_view(&p->fingerprint));
	if (p->is_found && path.len <= NAME_MAX_BYTES)
		memcpy(p->name, path.data, path.len);
	return 0;
}

static int
take_page(struct proving *p, uint32_t page, struct arena *arena, bool *is_last_r)
{
	struct cli_session *s = p->session;
	Provision__PackageFilesGet m = PROVISION__PACKAGE_FILES_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	arena_reset(arena);
	m.package = cli_server_id(&p->package);
	m.page = page;
	int err = api_ask(s->client, "getFiles", &m.base, arena, &reply);
	if (err != 0)
		return cli_server_fail(s->call, s->client, err);
	const Provision__PackageFilesGetReply *r = (const Provision__PackageFilesGetReply *)reply;
	*is_last_r = r->is_last || r->n_files == 0;
	for (size_t i = 0; err == 0 && i < r->n_files; i++)
		err = look_at(p, r->files[i]);
	return err;
}

/* ERR_TRUST, told: the service shows another record than was signed. */
static int
compare(struct proving *p, uint32_t count)
{
	struct arena *arena = arena_new(PAGE_ARENA);
	struct hash root;
	bool is_last = false;
	int err = 0;
	p->files = package_files_new(count);
	for (uint32_t page = 0; err == 0 && !is_last; page++)
		err = take_page(p, page, arena, &is_last);
	bool is_asked = err == 0 || err == ERR_SYNTAX || err == ERR_LIMIT;
	if (err == 0)
		err = package_files_root(p->files, &root);
	if (is_asked && (err != 0 || !crypt_hash_equal(&root, &p->root)))
		err = tool_verb_fail(p->session->call, ERR_TRUST, "the service's record of the files differs from what was signed: nothing is proved");
	arena_free(&arena);
	return err;
}

static int
read_file(struct proving *p, const struct secret *key)
{
	struct tool_call *c = p->session->call;
	const char *name = tool_verb_safe(c, view_str(c->arguments[1]));
	struct stat st;
	int err = 0, fd = open(c->arguments[1], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0)
		err = tool_verb_fail(c, err_from_errno(errno), "%s: %s", name, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		err = tool_verb_fail(c, ERR_UNSUPPORTED, "%s is no file", name);
	if (err == 0) {
		p->size = (uint64_t)st.st_size;
		err = package_prove_file(key, &p->package, fd, p->size, &p->file);
		if (err != 0)
			err = tool_verb_fail(c, err, "%s cannot be read: %s", name, err_text(err));
	}
	file_close(&fd);
	return err;
}

static int
prove(struct proving *p)
{
	struct tool_call *c = p->session->call;
	Provision__PackageGet m = PROVISION__PACKAGE_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	m.package = cli_server_id(&p->package);
	int err = cli_session_ask(p->session, "getPackage", &m.base, &reply);
	if (err == 0)
		err = compare(p, ((const Provision__PackageGetReply *)reply)->row->file_count);
	if (err == 0 && !p->is_found)
		err = tool_verb_fail(c, ERR_NOT_FOUND, "%s is not in this package", tool_verb_safe(c, view_str(c->arguments[1])));
	if (err != 0)
		return err;
	tool_print_object(c->print, NULL);
	tool_print_id(c->print, "package", TOOL_SHOW_JSON, &p->package);
	tool_print_text(c->print, "name", TOOL_SHOW, view_str(p->name));
	tool_print_number(c->print, "size", TOOL_SHOW_JSON, p->size);
	tool_print_str(c->print, "fingerprint", TOOL_SHOW, trust_fingerprint_text(&p->fingerprint).s);
	tool_print_close(c->print);
	return 0;
}

int
cli_prove_run(struct tool_call *c)
{
	struct proving p = { .session = cli_session_of(c) };
	struct secret *key = NULL;
	if (id_parse(view_str(c->arguments[0]), &p.package) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of a package", tool_verb_safe(c, view_str(c->arguments[0])));
	int err = cli_keeping_get(p.session, &p.package, &key, &p.root);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(c, err, "this package was neither sent nor received here: what is needed to prove its files is not kept");
	if (err != 0)
		return tool_verb_fail(c, err, "what was kept of this package cannot be opened with your keys: %s", err_text(err));
	err = read_file(&p, key);
	if (err == 0)
		err = prove(&p);
	secret_free(&key);
	package_prove_free(&p.file);
	package_files_free(&p.files);
	return err;
}
