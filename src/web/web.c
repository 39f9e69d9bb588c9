/* SPDX-License-Identifier: MIT */
/*
 * The role: puts the servers in front, the store's link behind, and takes both down again. Must not know HTTP
 * requests (route.c and its handlers do). Called by the skeleton (role/) through main.c.
 */
#include "web/web.h"

#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"
#include "record/event.pb-c.h"
#include "record/package.pb-c.h"
#include "web/call.h"
#include "web/metrics.h"
#include "web/report.h"
#include "web/route.h"

#define CALLS_MAX 4096
#define STORE_TIMEOUT_MS 30000
#define CONNECTIONS_MAX 8192
#define CONNECTIONS_PER_PREFIX_MAX 512
#define HELD_MAX_SESSION ((size_t)2 * 1024 * 1024)
#define OUTPUT_MAX ((size_t)2 * 1024 * 1024)

const struct conf *
web_conf(const struct web *web)
{
	return role_conf(web->role);
}

/* --- the store's link */

static void
told(void *arg, enum ipc_type type, const ProtobufCMessage *m)
{
	struct web *web = arg;
	struct id package;
	if (type == IPC_EVENT_WAKE)
		web_events_wake(web->events, ((const Provision__EventWake *)(const void *)m)->listener);
	if (type != IPC_PACKAGE_CUT)
		return;
	const Provision__PackageCut *cut = (const void *)m;
	if (id_from_view(view_of(cut->package.data, cut->package.len), &package) == 0)
		web_cut_package(&web->cuts, &package);
}

/* Descriptors that came over a link are good as long as it lives: after that, nobody tells what becomes of the files. */
static void
end_loans(struct web *web)
{
	web_upload_end_all(&web->uploads);
	web_cut_all(&web->cuts);
}

static void
lost(void *arg, int err)
{
	struct web *web = arg;
	log_event(LOG_WARNING, "store-link-lost", LOG_ERR(err));
	end_loans(web);
	web_report_lost(web->report);
	role_report_lost(web->role, web->store_link);
}

void
web_attach(void *state, enum ipc_role peer, unsigned index, uint64_t link, int fd)
{
	(void)peer;
	(void)index;
	struct web *web = state;
	end_loans(web);
	web->store_link = link;
	ipc_client_attach(web->store, fd);
	web_report_send(web->report);
	web_events_attached(web->events);
}

void
web_detach(void *state, uint64_t link)
{
	struct web *web = state;
	if (link != web->store_link)
		return;
	end_loans(web);
	web_report_lost(web->report);
	ipc_client_detach(web->store);
}

/* --- TLS */

static int
set_credentials(struct web *web)
{
	const struct secret *chain = role_secret(web->role, ROLE_SECRET_CERTIFICATE);
	const struct secret *key = role_secret(web->role, ROLE_SECRET_CERTIFICATE_KEY);
	const struct secret *ticket = role_secret(web->role, ROLE_SECRET_TICKET_KEY);
	struct event_tls_credentials *c = NULL;
	if (chain == NULL || key == NULL)
		return ERR_CONFIG;
	int err = event_tls_credentials_new_server(secret_view(chain), secret_view(key), &c);
	if (err != 0)
		return err;
	if (ticket != NULL)
		event_tls_credentials_set_ticket_key(c, secret_view(ticket));
	http_server_set_credentials(web->https, c);
	web->certificate_ends_ms = event_tls_credentials_expires_ms(c);
	event_tls_credentials_free(&web->credentials);
	web->credentials = c;
	return 0;
}

int
web_reload(struct role *r, void *state)
{
	(void)r;
	return set_credentials(state);
}

void
web_ticket(struct role *r, void *state)
{
	struct web *web = state;
	const struct secret *key = role_secret(r, ROLE_SECRET_TICKET_KEY);
	if (key != NULL)
		event_tls_credentials_set_ticket_key(web->credentials, secret_view(key));
}

/* --- life */

/* By enum conf_address_field. */
static const enum http_forwarded FIELDS[] = {
	[CONF_ADDRESS_FIELD_NONE] = HTTP_FORWARDED_NONE,
	[CONF_ADDRESS_FIELD_FORWARDED] = HTTP_FORWARDED_FORWARDED,
	[CONF_ADDRESS_FIELD_X_FORWARDED_FOR] = HTTP_FORWARDED_X_FORWARDED_FOR,
};

/* Checked when the configuration was read. */
static void
trust_proxies(struct web *web)
{
	const char *text = web_conf(web)->trusted_proxies;
	if (text != NULL)
		require(network_parse_list(view_str(text), &web->trusted) == 0);
	event_limiter_exempt(web->limiter, &web->trusted);
}

static struct http_server *
https_new(struct web *web)
{
	struct http_server_options o = http_server_defaults();
	o.routes = web->routes;
	o.n_routes = web->route_count;
	o.arg = web;
	o.gate = web_call_gate;
	o.answered = web_report_answered;
	o.held_max_session = HELD_MAX_SESSION;
	o.output_max = OUTPUT_MAX;
	o.trusted = &web->trusted;
	o.is_proxied = web_conf(web)->proxy_protocol == CONF_PROXY_PROTOCOL_V2;
	o.forwarded = FIELDS[web_conf(web)->address_field];
	return http_server_new(web->loop, &o);
}

static void
listen_on(struct web *web, struct http_server *server, const char *name, bool is_tls, struct event_limiter *limiter)
{
	int fd;
	for (size_t i = 0; (fd = role_listener(web->role, name, i)) != -1; i++)
		http_server_add_listener(server, fd, is_tls, limiter);
}

int
web_open(struct role *r, void **state_r)
{
	struct web *web = mem_alloc(sizeof(*web));
	web->role = r;
	*state_r = web;
	return 0;
}

int
web_start(struct role *r, void *state)
{
	struct web *web = state;
	struct ipc_client_options o = { .self = IPC_ROLE_WEB, .peer = IPC_ROLE_STORE, .calls_max = CALLS_MAX,
		.told = told, .lost = lost, .arg = web };
	web->loop = role_loop(r);
	web->routes = web_route_table(&web->route_count);
	web->store = ipc_client_new(web->loop, &o);
	web->store_timeout_ms = STORE_TIMEOUT_MS;
	web->events = web_events_new(web, CONNECTIONS_MAX);
	web->limiter = event_limiter_new(CONNECTIONS_MAX, CONNECTIONS_PER_PREFIX_MAX);
	trust_proxies(web);
	web->report = web_report_new(web);
	web->https = https_new(web);
	int err = set_credentials(web);
	if (err != 0)
		return err;
	listen_on(web, web->https, "https", true, web->limiter);
	if (role_index(r) == 0 && role_listener(r, "metrics", 0) != -1) {
		web->metrics = web_metrics_new(web);
		listen_on(web, web->metrics, "metrics", false, NULL);
	}
	return 0;
}

static void
drained(void *arg)
{
	struct web *web = arg;
	if (--web->draining == 0)
		role_exit(web->role, 0);
}

void
web_stop(struct role *r, void *state, uint64_t timeout_ms)
{
	(void)r;
	(void)timeout_ms;
	struct web *web = state;
	web->draining = web->metrics != NULL ? 2 : 1;
	web_events_stop(web->events);
	http_server_drain(web->https, drained, web);
	if (web->metrics != NULL)
		http_server_drain(web->metrics, drained, web);
}

void
web_close(void *state)
{
	struct web *web = state;
	web_events_free(&web->events);
	http_server_free(&web->metrics);
	http_server_free(&web->https);
	ipc_client_free(&web->store);
	web_report_free(&web->report);
	event_limiter_free(&web->limiter);
	event_tls_credentials_free(&web->credentials);
	mem_free(&web->routes);
	mem_free(&web);
}
