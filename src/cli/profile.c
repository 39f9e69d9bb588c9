/* SPDX-License-Identifier: MIT */
/*
 * Owns the folder PROVISION_HOME and its file "profile". Must not know keys or tokens: cli/login.c keeps those.
 */
#include "cli/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "http/json.h"
#include "http/json_write.h"

#define FILE_NAME "profile"
#define FILE_MAX 16384
#define VERSION 1

void
cli_profile_set(char **field, const char *value)
{
	char *copy = value == NULL ? NULL : mem_strdup(value);
	mem_free(field);
	*field = copy;
}

static void
read_string(struct http_json_at o, const char *name, char **field)
{
	struct view v = http_json_string_optional(o, name, 4096);
	char *text = v.data == NULL ? NULL : mem_alloc(v.len + 1);
	if (text != NULL)
		memcpy(text, v.data, v.len);
	mem_free(field);
	*field = text;
}

static int
decode(struct cli_profile *p, struct view text)
{
	struct http_json *doc = NULL;
	int err = http_json_parse(text, FILE_MAX, &doc);
	if (err != 0) {
		http_json_free(&doc);
		return err;
	}
	struct http_json_at o = http_json_root(doc);
	uint64_t version = http_json_u64(o, "version", UINT32_MAX);
	read_string(o, "url", &p->url);
	read_string(o, "ca_file", &p->ca_file);
	read_string(o, "email", &p->email);
	if (http_json_has(o, "account"))
		p->account = http_json_id(o, "account");
	p->pins_version = http_json_u64(o, "pins_version", UINT64_MAX);
	p->cost.memory_kib = (uint32_t)http_json_u64(o, "memory_kib", UINT32_MAX);
	p->cost.passes = (uint32_t)http_json_u64(o, "passes", UINT32_MAX);
	err = http_json_check(doc);
	http_json_free(&doc);
	return err == 0 && version != VERSION ? ERR_VERSION : err;
}

static int
load(struct cli_profile *p)
{
	struct buf text;
	buf_init(&text, FILE_MAX);
	int err = file_read(p->folder, FILE_NAME, &text);
	if (err == 0)
		err = decode(p, buf_view(&text));
	buf_deinit(&text);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static void
write_string(struct http_json_write *w, const char *name, const char *s)
{
	if (s != NULL)
		http_json_write_str(w, name, s);
}

static int
fail(const struct cli_profile *p, const char *file, int err)
{
	return tool_verb_fail(p->call, err, "%s/%s cannot be written: %s", tool_verb_safe(p->call, view_str(p->path)), file, err_text(err));
}

int
cli_profile_put(const struct cli_profile *p, const char *file, struct view bytes)
{
	int err = file_replace(p->folder, file, bytes, 0600, FILE_DURABLE);
	return err == 0 ? 0 : fail(p, file, err);
}

static int
save(const struct cli_profile *p)
{
	struct buf text;
	buf_init(&text, FILE_MAX);
	struct http_json_write w = http_json_write_to(&text);
	http_json_write_object(&w, NULL);
	http_json_write_u64(&w, "version", VERSION);
	write_string(&w, "url", p->url);
	write_string(&w, "ca_file", p->ca_file);
	write_string(&w, "email", p->email);
	if (!id_is_none(&p->account))
		http_json_write_id(&w, "account", &p->account);
	http_json_write_u64(&w, "pins_version", p->pins_version);
	http_json_write_u64(&w, "memory_kib", p->cost.memory_kib);
	http_json_write_u64(&w, "passes", p->cost.passes);
	http_json_write_close(&w);
	int err = http_json_write_end(&w);
	if (err == 0)
		err = buf_append_u8(&text, '\n');
	if (err == 0)
		err = cli_profile_put(p, FILE_NAME, buf_view(&text));
	buf_deinit(&text);
	return err;
}

int
cli_profile_lock(const struct cli_profile *p, int *fd_r)
{
	int fd = openat(p->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(p, "lock", err_from_errno(errno));
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR) {
			file_close(&fd);
			return ERR_IO;
		}
	*fd_r = fd;
	return 0;
}

int
cli_profile_change(struct cli_profile *p, int (*change)(struct cli_profile *p, void *arg), void *arg)
{
	int lock = -1;
	int err = cli_profile_lock(p, &lock);
	if (err == 0)
		err = load(p);
	if (err == 0)
		err = change(p, arg);
	if (err == 0)
		err = save(p);
	file_close(&lock);
	return err;
}

static int
raise_pins(struct cli_profile *p, void *arg)
{
	const uint64_t *version = arg;
	if (*version > p->pins_version)
		p->pins_version = *version;
	return 0;
}

int
cli_profile_note_pins(struct cli_profile *p, uint64_t version)
{
	return version <= p->pins_version ? 0 : cli_profile_change(p, raise_pins, &version);
}

/* --- the folder */

/* PROVISION_HOME, or ~/.config/provision. Returns owned; NULL: no home. */
static char *
find_path(void)
{
	const char *home = getenv("PROVISION_HOME");
	if (home != NULL && *home != '\0')
		return mem_strdup(home);
	home = getenv("HOME");
	if (home == NULL || *home == '\0') {
		const struct passwd *pw = getpwuid(geteuid());
		home = pw == NULL ? NULL : pw->pw_dir;
	}
	return home == NULL ? NULL : mem_printf("%s/.config/provision", home);
}

/* The folder and what is missing above it. */
static int
make_folders(char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		int made = mkdir(path, 0700);
		*slash = '/';
		if (made != 0 && errno != EEXIST)
			return err_from_errno(errno);
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : err_from_errno(errno);
}

static int
open_folder(struct tool_call *c, struct cli_profile *p)
{
	struct stat st;
	const char *shown = tool_verb_safe(c, view_str(p->path));
	int err = file_open_dir(AT_FDCWD, p->path, &p->folder);
	if (err == ERR_NOT_FOUND) {
		err = make_folders(p->path);
		if (err == 0)
			err = file_open_dir(AT_FDCWD, p->path, &p->folder);
	}
	if (err != 0)
		return tool_verb_fail(c, err, "the folder %s cannot be opened: %s", shown, strerror(errno));
	if (fstat(p->folder, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return tool_verb_fail(c, ERR_DENIED, "the folder %s holds keys and must be yours alone: chown and chmod 700 it", shown);
	return 0;
}

int
cli_profile_open(struct tool_call *c, struct cli_profile **p_r)
{
	char *path = find_path();
	if (path == NULL)
		return tool_verb_fail(c, ERR_CONFIG, "there is no home folder: set PROVISION_HOME");
	struct cli_profile *p = mem_alloc(sizeof(*p));
	p->call = c;
	p->folder = -1;
	p->path = path;
	int err = open_folder(c, p);
	if (err == 0 && (err = load(p)) != 0)
		err = tool_verb_fail(c, err, "the file %s/" FILE_NAME " cannot be used: %s", tool_verb_safe(c, view_str(path)),
		    err_text(err));
	if (err != 0)
		cli_profile_free(&p);
	*p_r = p;
	return err;
}

void
cli_profile_free(struct cli_profile **p)
{
	if (*p == NULL)
		return;
	file_close(&(*p)->folder);
	mem_free(&(*p)->path);
	mem_free(&(*p)->url);
	mem_free(&(*p)->ca_file);
	mem_free(&(*p)->email);
	mem_free(p);
}
