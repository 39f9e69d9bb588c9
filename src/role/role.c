/* SPDX-License-Identifier: MIT */
/*
 * The life of a role: what comes over the control channel, in which order things are opened, dropped and
 * jailed, and the end. Knows the supervisor's messages and nothing of what a role does; each role's main()
 * is one call of role_main().
 */
#include "config.h"

#include "role/role.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "crypt/init.h"
#include "ipc/link.h"
#include "record/control.pb-c.h"
#include "role/jail.h"
#include "role/settings.h"

#define CONTROL_FD 3
#define LISTENERS_MAX 32
#define ALLOWED_MAX 16
#define QUEUE_MAX ((size_t)1 << 20)

/* Forward only. */
enum phase { PHASE_NEW, PHASE_CONFIGURED, PHASE_RUNNING, PHASE_STOPPING };

struct listener {
	char name[33];
	int fd;
};

struct role {
	const struct role_spec *spec;
	struct event_loop *loop;
	struct ipc_link *control;
	enum phase phase;
	unsigned index, count;
	uid_t user;              /* 0: stay */
	gid_t group;
	bool is_jailed, is_offline;
	struct role_settings settings;
	struct listener listeners[LISTENERS_MAX];
	size_t listener_count;
	struct role_path allowed[ALLOWED_MAX + 1];   /* paths owned; ends with NULL */
	size_t allowed_count;
	void *state;             /* the role's own */
	char log_name[32];
	int exit_code;
};

struct event_loop *
role_loop(struct role *r)
{
	return r->loop;
}

const struct conf *
role_conf(const struct role *r)
{
	return r->settings.conf;
}

unsigned
role_index(const struct role *r)
{
	return r->index;
}

unsigned
role_count(const struct role *r)
{
	return r->count;
}

bool
role_is_jailed(const struct role *r)
{
	return r->is_jailed;
}

bool
role_is_offline(const struct role *r)
{
	return r->is_offline;
}

const struct secret *
role_secret(const struct role *r, enum role_secret which)
{
	return r->settings.secrets[which];
}

struct secret *
role_secret_take(struct role *r, enum role_secret which)
{
	struct secret *s = r->settings.secrets[which];
	r->settings.secrets[which] = NULL;
	return s;
}

int
role_listener(const struct role *r, const char *name, size_t nth)
{
	for (size_t i = 0; i < r->listener_count; i++)
		if (strcmp(r->listeners[i].name, name) == 0 && nth-- == 0)
			return r->listeners[i].fd;
	return -1;
}

void
role_allow(struct role *r, const char *path, unsigned rights)
{
	require(r->phase == PHASE_CONFIGURED && r->allowed_count < ALLOWED_MAX);
	r->allowed[r->allowed_count++] = (struct role_path){ mem_strdup(path), rights };
}

void
role_exit(struct role *r, int code)
{
	r->exit_code = code;
	event_loop_stop(r->loop);
}

void
role_report_lost(struct role *r, uint64_t link)
{
	Provision__LinkLost m = PROVISION__LINK_LOST__INIT;
	m.link = link;
	struct buf packed;
	buf_init(&packed, 64);
	int err = ipc_message_pack(ipc_message_find(IPC_LINK_LOST), &m.base, &packed);
	require(err == ERR_OK);
	if (ipc_link_send_request(r->control, IPC_LINK_LOST, 0, buf_view(&packed), NULL, 0) != ERR_OK)
		log_event(LOG_WARNING, "link-report-failed", LOG_U("link", link));
	buf_deinit(&packed);
}

/* Wherever the role stands: the reason is in the log already. */
static _Noreturn void
give_up(const char *what, int err)
{
	fatal(err_exit_code(err), "%s: %s", what, err_text(err));
}

static int
on_configure(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	(void)f;
	const Provision__Configure *m = (const Provision__Configure *)base;
	if (r->phase != PHASE_NEW || (enum ipc_role)m->role != r->spec->role)
		return ERR_STATE;
	r->index = m->index;
	r->count = m->count;
	r->user = m->user;
	r->group = m->group;
	r->is_jailed = !m->is_unjailed;
	r->is_offline = m->is_offline;
	if (r->count > 1)
		(void)snprintf(r->log_name, sizeof(r->log_name), "%s-%u", r->spec->name, r->index);
	int err = role_settings_init(&r->settings, m->settings);
	if (err != ERR_OK)
		return err;
	enum log_level level = r->settings.conf != NULL ? r->settings.conf->log_level : LOG_INFO;
	log_init(r->log_name, level, m->is_systemd);
	r->phase = PHASE_CONFIGURED;
	return ERR_OK;
}

static int
on_listener(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	const Provision__Listener *m = (const Provision__Listener *)base;
	if (r->phase != PHASE_CONFIGURED)
		return ERR_STATE;
	if (r->listener_count == LISTENERS_MAX)
		return ERR_LIMIT;
	struct listener *l = &r->listeners[r->listener_count++];
	memcpy(l->name, m->name.data, m->name.len);
	l->fd = f->fds[0];
	f->fd_count = 0;
	return ERR_OK;
}

static void
limit_resources(const struct role_spec *spec)
{
	struct rlimit l;
	if (spec->data_max != 0) {
		l.rlim_cur = l.rlim_max = spec->data_max;
		if (setrlimit(RLIMIT_AS, &l) != 0)
			give_up("limit memory", ERR_IO);
	}
	if (spec->files_max == 0 || getrlimit(RLIMIT_NOFILE, &l) != 0)
		return;
	const struct rlimit wanted = { spec->files_max, spec->files_max };
	if (setrlimit(RLIMIT_NOFILE, &wanted) == 0)
		return;
	/* not ours to raise: as far as it goes */
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
	log_event(LOG_WARNING, "files-limited", LOG_U("wanted", spec->files_max), LOG_U("given", l.rlim_max));
}

static void
enter_jail(struct role *r)
{
	if (r->user != 0) {
		int err = role_jail_drop(r->user, r->group);
		if (err != ERR_OK)
			give_up("become the role's user", err);
	}
	/* After the change of user, which clears it: nobody is left behind to hold listeners or the state directory. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (!r->is_jailed) {
		log_event(LOG_WARNING, "unjailed");
		return;
	}
	int err = role_jail_enter(r->spec->permits, r->spec->paths, r->allowed);
	if (err != ERR_OK)
		give_up("enter the jail", err);
}

/* Everything was given. What fails here ends the process: the supervisor decides what follows. */
static int
on_start(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	(void)base;
	(void)f;
	if (r->phase != PHASE_CONFIGURED)
		return ERR_STATE;
	limit_resources(r->spec);
	int err = r->spec->open == NULL ? ERR_OK : r->spec->open(r, &r->state);
	if (err != ERR_OK)
		give_up("open", err);
	enter_jail(r);
	r->phase = PHASE_RUNNING;
	err = r->spec->start == NULL ? ERR_OK : r->spec->start(r, r->state);
	if (err != ERR_OK)
		give_up("start", err);
	return ERR_OK;
}

static int
on_attach(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	const Provision__Attach *m = (const Provision__Attach *)base;
	if (r->phase < PHASE_RUNNING || r->spec->attach == NULL)
		return ERR_STATE;
	f->fd_count = 0;
	r->spec->attach(r->state, (enum ipc_role)m->role, m->index, m->link, f->fds[0]);
	return ERR_OK;
}

static int
on_detach(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	(void)f;
	const Provision__Detach *m = (const Provision__Detach *)base;
	if (r->phase < PHASE_RUNNING)
		return ERR_STATE;
	if (r->spec->detach != NULL)
		r->spec->detach(r->state, m->link);
	return ERR_OK;
}

static int
on_reload(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	(void)f;
	const Provision__Reload *m = (const Provision__Reload *)base;
	if (r->phase != PHASE_RUNNING)
		return ERR_STATE;
	struct role_settings wanted;
	int err = role_settings_init(&wanted, m->settings);
	if (err != ERR_OK)
		return err;
	struct role_settings former = r->settings;
	r->settings = wanted;
	if (r->spec->reload != NULL)
		err = r->spec->reload(r, r->state);
	if (err == ERR_OK) {
		role_settings_deinit(&former);
		if (r->settings.conf != NULL)
			log_set_level(r->settings.conf->log_level);
	} else {
		role_settings_deinit(&r->settings);
		r->settings = former;
	}
	log_event(err == ERR_OK ? LOG_INFO : LOG_ERROR, "reload", LOG_ERR(err));
	return err;
}

static int
on_ticket_key(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	(void)f;
	const Provision__TicketKey *m = (const Provision__TicketKey *)base;
	if (r->phase < PHASE_RUNNING)
		return ERR_STATE;
	secret_free(&r->settings.secrets[ROLE_SECRET_TICKET_KEY]);
	r->settings.secrets[ROLE_SECRET_TICKET_KEY] = secret_from_view(view_of(m->key.data, m->key.len));
	if (r->spec->ticket != NULL)
		r->spec->ticket(r, r->state);
	return ERR_OK;
}

static int
on_report(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	(void)f;
	if (r->phase < PHASE_RUNNING)
		return ERR_STATE;
	if (r->spec->report != NULL)
		r->spec->report(r->state, base);
	return ERR_OK;
}

static int
on_stop(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	(void)f;
	const Provision__Stop *m = (const Provision__Stop *)base;
	if (r->phase == PHASE_STOPPING)
		return ERR_OK;
	bool is_running = r->phase == PHASE_RUNNING;
	r->phase = PHASE_STOPPING;
	if (is_running && r->spec->stop != NULL)
		r->spec->stop(r, r->state, m->timeout_ms);
	else
		role_exit(r, EX_OK);
	return ERR_OK;
}

static int
on_ping(struct role *r, const struct ProtobufCMessage *base, struct ipc_frame *f)
{
	(void)r;
	(void)base;
	(void)f;
	return ERR_OK;
}

/* Answered with Empty and what the function returns. It takes descriptors by setting fd_count to 0. */
static const struct {
	enum ipc_type type;
	int (*handle)(struct role *r, const struct ProtobufCMessage *m, struct ipc_frame *f);
} controls[] = {
	{ IPC_CONFIGURE, on_configure },
	{ IPC_LISTENER, on_listener },
	{ IPC_START, on_start },
	{ IPC_ATTACH, on_attach },
	{ IPC_DETACH, on_detach },
	{ IPC_RELOAD, on_reload },
	{ IPC_TICKET_KEY, on_ticket_key },
	{ IPC_SUPERVISOR_REPORT, on_report },
	{ IPC_STOP, on_stop },
	{ IPC_PING, on_ping },
};

static int
handle(struct role *r, const struct ProtobufCMessage *m, struct ipc_frame *f)
{
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (controls[i].type == f->row->type)
			return controls[i].handle(r, m, f);
	return ERR_UNSUPPORTED;
}

static void
on_frame(void *arg, struct ipc_link *link, struct ipc_frame *f)
{
	struct role *r = arg;
	struct arena *arena = arena_new(f->row->arena_max);
	const struct ProtobufCMessage *m;
	int err = f->is_reply ? ERR_SYNTAX : ipc_message_unpack(f->row, f->payload, arena, &m);
	if (err == ERR_OK) {
		err = handle(r, m, f);
		ipc_message_wipe(m);
	}
	if (err != ERR_OK)
		log_event(LOG_WARNING, "control-refused", LOG_S("type", f->row->name), LOG_ERR(err));
	ipc_frame_drop_fds(f);
	arena_free(&arena);
	/* a link that cannot take it is cut, and closed comes */
	if (!f->is_reply && ipc_link_send_reply(link, IPC_EMPTY, f->id, err, view_of(NULL, 0), NULL, 0) != ERR_OK)
		log_event(LOG_WARNING, "control-unanswered", LOG_S("type", f->row->name));
}

static void
on_closed(void *arg, struct ipc_link *link, int err)
{
	struct role *r = arg;
	(void)link;
	log_event(LOG_WARNING, "supervisor-gone", LOG_ERR(err));
	role_exit(r, EX_UNAVAILABLE);
}

/* Our ends of a terminal's signals are the supervisor's business. */
static void
ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2 };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &ignore, NULL);
}

/* Told at the command line, or started by hand. False: run. */
static bool
answer_command_line(const struct role_spec *spec, int argc, char **argv, int *code_r)
{
	int type;
	socklen_t n = sizeof(type);
	*code_r = EX_OK;
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)printf("provision-%s %s\n", spec->name, PACKAGE_VERSION);
		return true;
	}
	bool is_called = argc == 1 && getsockopt(CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET;
	if (is_called)
		return false;
	bool is_help = argc == 2 && strcmp(argv[1], "--help") == 0;
	(void)fprintf(is_help ? stdout : stderr, "provision-%s is a part of provisiond(8), which starts it; "
	    "by itself it only knows --version and --help\n", spec->name);
	*code_r = is_help ? EX_OK : EX_USAGE;
	return true;
}

static void
clean_up(struct role *r)
{
	if (r->spec->close != NULL && r->phase >= PHASE_RUNNING)
		r->spec->close(r->state);
	ipc_link_free(&r->control);
	event_loop_free(&r->loop);
	role_settings_deinit(&r->settings);
	for (size_t i = 0; i < r->listener_count; i++)
		file_close(&r->listeners[i].fd);
	for (size_t i = 0; i < r->allowed_count; i++)
		mem_free_at((void **)(uintptr_t)&r->allowed[i].path);
}

int
role_main(const struct role_spec *spec, int argc, char **argv)
{
	struct role r = { .spec = spec, .exit_code = EX_SOFTWARE };
	int code;
	role_jail_harden();
	if (answer_command_line(spec, argc, argv, &code))
		return code;
	ignore_signals();
	/* nothing but what was meant for us */
	(void)close_range(CONTROL_FD + 1, ~0U, 0);
	(void)snprintf(r.log_name, sizeof(r.log_name), "%s", spec->name);
	log_init(r.log_name, LOG_INFO, false);
	int err = crypt_init();
	if (err != ERR_OK)
		give_up("cryptography", err);
	r.loop = event_loop_new();
	struct ipc_link_options o = { .self = spec->role, .peer = IPC_ROLE_SUPERVISOR, .frame = on_frame, .closed = on_closed,
		.arg = &r, .queue_max = QUEUE_MAX };
	r.control = ipc_link_new(r.loop, CONTROL_FD, &o);
	event_loop_run(r.loop);
	clean_up(&r);
	return r.exit_code;
}
