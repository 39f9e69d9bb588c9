/* SPDX-License-Identifier: MIT */
/*
 * The configuration: one file, one table (conf/option.c) from which the parser, the commented default
 * file, the man page and the encoding for the roles come. provisiond and provisionctl parse the file,
 * before privileges are dropped; a role gets only the options it may see, by conf_encode/conf_decode.
 * A struct conf is constant after it was made. Files that options name are not opened here.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/view.h"

#define CONF_LISTEN_MAX 16
/* Enough for conf_encode() with any configuration. */
#define CONF_RECORD_MAX ((size_t)64 * 1024)

/* Who may see an option; a mask of these. provisiond sees all. */
enum conf_role {
	CONF_ROLE_PROVISIOND = 1,
	CONF_ROLE_STORE = 2,
	CONF_ROLE_WEB = 4,
	CONF_ROLE_COURIER = 8,
};

enum conf_locale { CONF_LOCALE_DE, CONF_LOCALE_EN };
/* What connections of trusted proxies begin with. */
enum conf_proxy_protocol { CONF_PROXY_PROTOCOL_OFF, CONF_PROXY_PROTOCOL_V2 };

/* The header field of trusted proxies that names the client. */
enum conf_address_field { CONF_ADDRESS_FIELD_NONE, CONF_ADDRESS_FIELD_FORWARDED, CONF_ADDRESS_FIELD_X_FORWARDED_FOR };

enum conf_security { CONF_SECURITY_PLAIN, CONF_SECURITY_STARTTLS, CONF_SECURITY_TLS };

/*
 * The shape of struct event_address: IPv4 as ::ffff:a.b.c.d, network order; the port in host order, never 0.
 * [::] and 0.0.0.0 may stand beside each other with one port: IPv6 sockets take IPv6 only (IPV6_V6ONLY).
 */
struct conf_address {
	uint8_t ip[16];
	uint16_t port;
};

struct conf_addresses {
	size_t n;
	struct conf_address at[CONF_LISTEN_MAX];
};

/*
 * Named as in the file. A string that is optional and not given is NULL; so is every string, and zero
 * every number, that a role may not see. All strings are UTF-8 without controls, owned by the struct.
 */
struct conf {
	const char *service_name;
	const char *url;                 /* https://host[:port], nothing behind it */
	const char *mail_domain;
	const char *mail_from;
	const char *bounce_address;      /* one "*" in its local part stands for a token, or there is none */
	const char *operator_mail;
	enum conf_locale default_locale;
	const char *state_dir;
	const char *key_mirror_dir;      /* optional */
	const char *master_key_file;
	const char *next_master_key_file;
	const char *control_socket;
	const char *admin_group;         /* optional */
	const char *user_store;          /* the three are NULL only when not given and not started as root */
	const char *user_web;
	const char *user_courier;
	const char *roles_dir;
	struct conf_addresses listen;    /* at least one */
	struct conf_addresses metrics_listen; /* none or one, loopback */
	const char *trusted_proxies;     /* networks, for network_parse_list(); optional */
	enum conf_proxy_protocol proxy_protocol;
	enum conf_address_field address_field;
	const char *certificate_file;
	const char *private_key_file;
	uint32_t web_processes;          /* 0: one per core */
	const char *relay_host;          /* name or numeric address, no brackets */
	uint16_t relay_port;
	enum conf_security relay_security;
	const char *relay_fallback;      /* optional; for conf_relay_next() */
	const char *relay_name;          /* the name to check in the relay's certificate */
	const char *relay_user;          /* optional, both or none */
	const char *relay_password_file;
	const char *ca_file;
	uint64_t package_max_bytes;
	uint64_t quota_account_bytes;    /* packages of one sender that wait; by provisionctl otherwise for some */
	uint64_t quota_company_bytes;
	uint32_t quota_account_packages;
	uint32_t quota_company_packages;
	uint32_t package_expiry_days;    /* a package also ends with its history entry */
	uint32_t history_days;
	uint32_t arriving_days;
	uint32_t provenance_days;
	uint32_t event_days;
	uint32_t registration_hours;
	uint32_t member_invitation_days;
	uint32_t customer_invitation_days;
	uint32_t declined_days;
	uint32_t failed_mail_days;
	uint32_t support_days;
	uint64_t disk_reserve_bytes;
	uint64_t store_cache_bytes;
	uint32_t session_idle_s;
	uint32_t session_max_s;
	enum log_level log_level;
	struct arena *memory;            /* holds the strings */
};

/* What is wrong, and where. Everything is NUL-terminated and safe to print. */
struct conf_problem {
	char file[PATH_MAX];
	unsigned line;                   /* 0: no single line (an option is missing, the file cannot be read) */
	char option[64];                 /* "" when it is not about one */
	char sentence[512];
};

/*
 * Reads and checks the whole file. ERR_CONFIG: its content is wrong; else why the file could not be read.
 * On any error *problem_r says it and *conf_r is NULL. Blocks. Not for several threads at once.
 */
int conf_parse_file(const char *path, struct conf **conf_r, struct conf_problem *problem_r) ERR_CHECK;
/* One line: "FILE:LINE: option: sentence". */
void conf_problem_print(const struct conf_problem *problem, FILE *to);
/* Takes *conf, accepts NULL, clears it. */
void conf_free(struct conf **conf);

/* Appends the options that any role of the mask may see. ERR_LIMIT: out is too small. */
int conf_encode(const struct conf *conf, unsigned role_mask, struct buf *out) ERR_CHECK;
/*
 * The reverse. Every value is checked as if it stood in the file, and exactly the options that the
 * encoded mask may see must be there. ERR_SYNTAX: malformed; ERR_VERSION: from another version of the program.
 */
int conf_decode(struct view record, struct conf **conf_r) ERR_CHECK;

/*
 * Compares by option: calls report (may be NULL) for each that differs and returns how many of those
 * only take effect with a restart.
 */
unsigned conf_diff_reloadable(const struct conf *running, const struct conf *wanted,
    void (*report)(void *arg, const char *option, bool needs_restart), void *arg);
/* Before wanted is put to use by a reload: gives the options that need a restart their running values. */
void conf_keep_fixed(struct conf *wanted, const struct conf *running);

/* The commented default file; where systemd passes the master key it parses as it stands. */
void conf_print_default(FILE *to);
/* The options as mdoc(7): a subsection and a list for each group. */
void conf_print_man_table(FILE *to);

/* Takes the first of relay_fallback's relays off *rest: host (no brackets) and port, 0 where none is given. False: there is none. */
bool conf_relay_next(struct view *rest, struct view *host_r, uint16_t *port_r);

#endif
