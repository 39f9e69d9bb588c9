/* SPDX-License-Identifier: MIT */
/*
 * The verb prove: whether a file is one of a package that was sent or received by the person. The service's record of the package must be the one
 * that was signed; the file's fingerprint is made with the package key, which only the two sides have.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cli/keeping.h"
#include "cli/records.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "package/prove.h"
#include "record/package.pb-c.h"
#include "trust/fingerprint.h"

#define NAME_MAX_BYTES 4096

struct proving {
	struct cli_session *session;
	struct id package;
	struct package_kept kept;      /* its root as it was signed */
	uint32_t file_count;
	struct package_prove *file;
	uint64_t size;
	bool is_found;
	struct hash fingerprint;
	char name[NAME_MAX_BYTES + 1];
};

static int
look_at(void *arg, uint32_t entry, const Provision__FileRecord *f)
{
	struct proving *p = arg;
	struct view path = cli_server_view(f->path);
	if (p->is_found || f->size != p->size || f->fingerprint.len != CRYPT_HASH_BYTES)
		return 0;
	p->fingerprint = package_prove_fingerprint(p->file, entry);
	p->is_found = view_equal(cli_server_view(f->fingerprint), crypt_hash_view(&p->fingerprint));
	if (p->is_found && path.len <= NAME_MAX_BYTES)
		memcpy(p->name, path.data, path.len);
	return 0;
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

/* The package key, and what was signed. */
static int
open_kept(struct proving *p)
{
	struct tool_call *c = p->session->call;
	Provision__PackageGet m = PROVISION__PACKAGE_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	m.package = cli_server_id(&p->package);
	int err = cli_session_ask_but(p->session, "getPackage", &m.base, &reply, ERR_NOT_FOUND);
	if (err != 0)
		return err == ERR_NOT_FOUND ? tool_verb_fail(c, err, "there is no package %s for you", c->arguments[0]) : err;
	const Provision__PackageGetReply *r = (const Provision__PackageGetReply *)reply;
	p->file_count = r->row->file_count;
	err = cli_keeping_open(p->session, &p->package, r->word->kept, &p->kept);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(c, err, "this package was neither sent nor received by you: what is needed to prove its files is not kept");
	return err == 0 ? 0 : tool_verb_fail(c, err, "what was kept of this package cannot be opened with your keys: %s", err_text(err));
}

static int
prove(struct proving *p)
{
	struct tool_call *c = p->session->call;
	int err = cli_records_check(p->session, &p->package, p->file_count, &p->kept.content_root, "nothing is proved", look_at, p);
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
	if (id_parse(view_str(c->arguments[0]), &p.package) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of a package", tool_verb_safe(c, view_str(c->arguments[0])));
	int err = open_kept(&p);
	if (err == 0)
		err = read_file(&p, p.kept.key);
	if (err == 0)
		err = prove(&p);
	secret_free(&p.kept.key);
	package_prove_free(&p.file);
	return err;
}
