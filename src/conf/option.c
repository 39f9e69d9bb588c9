/* SPDX-License-Identifier: MIT */
/*
 * Owns the option table and the defaults that are computed. Knows no syntax. The parser, the printers and
 * the record encoding walk over the rows; adding an option is adding a row here and a field in conf.h.
 */
#include "conf/option.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"

#define STORE CONF_ROLE_STORE
#define WEB CONF_ROLE_WEB
#define COURIER CONF_ROLE_COURIER
#define REQUIRED CONF_FLAG_REQUIRED
#define RELOADABLE CONF_FLAG_RELOADABLE

#define FIELD(f) .name = #f, .offset = offsetof(struct conf, f), .size = sizeof(((struct conf *)NULL)->f)

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)
#define PATH_LEN 1023
#define SOCKET_PATH_LEN 107     /* what sun_path holds, without the NUL */
#define USER_LEN 32
#define NAME_LEN 253            /* RFC 1035, in text */

static const char *
derive_mail_from(const struct conf *conf, struct arena *memory)
{
	return conf->mail_domain == NULL ? NULL : arena_printf(memory, "no-reply@%s", conf->mail_domain);
}

/* What systemd was told to hand over under this name; NULL: nothing. */
static const char *
credential(struct arena *memory, const char *name)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	if (folder == NULL || folder[0] != '/' || strlen(folder) + 1 + strlen(name) > PATH_LEN)
		return NULL;
	const char *path = arena_printf(memory, "%s/%s", folder, name);
	return access(path, F_OK) == 0 ? path : NULL;
}

static const char *
derive_bounce_address(const struct conf *conf, struct arena *memory)
{
	return conf->mail_domain == NULL ? NULL : arena_printf(memory, "b.*@%s", conf->mail_domain);
}

static const char *
derive_master_key_file(const struct conf *conf, struct arena *memory)
{
	(void)conf;
	const char *path = credential(memory, "master-key");
	return path != NULL ? path : "/etc/provision/master.key";
}

static const char *
derive_next_master_key_file(const struct conf *conf, struct arena *memory)
{
	(void)conf;
	const char *path = credential(memory, "next-master-key");
	return path != NULL ? path : "/etc/provision/next-master.key";
}

static const char *
derive_private_key_file(const struct conf *conf, struct arena *memory)
{
	(void)conf;
	const char *path = credential(memory, "certificate-key");
	return path != NULL ? path : "/etc/provision/certificate.key";
}

static const char *
derive_relay_password_file(const struct conf *conf, struct arena *memory)
{
	(void)conf;
	return credential(memory, "relay-password");
}

static const char *
derive_relay_name(const struct conf *conf, struct arena *memory)
{
	(void)memory;
	return conf->relay_host;
}

static const char *
user_if_root(const char *name)
{
	return geteuid() == 0 ? name : NULL;
}

static const char *
derive_user_store(const struct conf *conf, struct arena *memory)
{
	(void)conf, (void)memory;
	return user_if_root("provision-store");
}

static const char *
derive_user_web(const struct conf *conf, struct arena *memory)
{
	(void)conf, (void)memory;
	return user_if_root("provision-web");
}

static const char *
derive_user_courier(const struct conf *conf, struct arena *memory)
{
	(void)conf, (void)memory;
	return user_if_root("provision-courier");
}

static const char *
derive_roles_dir(const struct conf *conf, struct arena *memory)
{
	(void)conf, (void)memory;
	return ROLES_DIR;
}

static const struct conf_option OPTIONS[] = {
	{ FIELD(service_name), .section = "The service", .type = CONF_TYPE_TEXT, .min = 1, .max = 64,
	    .roles = STORE | WEB | COURIER, .flags = REQUIRED | RELOADABLE, .preset = "Provision",
	    .help = "The name by which people know the service, in mails and pages." },
	{ FIELD(url), .type = CONF_TYPE_URL, .min = 9, .max = 255,
	    .roles = STORE | WEB | COURIER, .flags = REQUIRED, .example = "https://provision.example.org",
	    .help = "The public address of the service, as it stands in links. Clients bind their keys to it: choose it once." },
	{ FIELD(mail_domain), .type = CONF_TYPE_DOMAIN, .min = 1, .max = NAME_LEN,
	    .roles = STORE | WEB | COURIER, .flags = REQUIRED, .example = "provision.example.org",
	    .help = "The domain of the gateway's mail addresses." },
	{ FIELD(mail_from), .type = CONF_TYPE_MAIL, .min = 3, .max = 254,
	    .roles = STORE | COURIER, .flags = REQUIRED | RELOADABLE,
	    .derive = derive_mail_from, .derive_text = "no-reply@ and the mail domain", .example = "no-reply@provision.example.org",
	    .help = "The sender of notifications." },
	{ FIELD(bounce_address), .type = CONF_TYPE_BOUNCE, .min = 3, .max = 254,
	    .roles = STORE, .flags = REQUIRED | RELOADABLE,
	    .derive = derive_bounce_address, .derive_text = "b.*@ and the mail domain", .example = "b.*@provision.example.org",
	    .help = "The envelope sender of all mails, to which failures are reported. The * becomes a token that only this service can "
	            "make and that says whose mail it was; with bounces+*@ a relay whose recipient delimiter is + puts all in one mailbox." },
	{ FIELD(operator_mail), .type = CONF_TYPE_MAIL, .min = 3, .max = 254,
	    .roles = STORE | WEB | COURIER, .flags = REQUIRED | RELOADABLE, .example = "operator@example.org",
	    .help = "Where the operator is reached: support requests, postmaster, and as a contact for people." },
	{ FIELD(default_locale), .type = CONF_TYPE_LOCALE,
	    .roles = STORE | WEB | COURIER, .flags = RELOADABLE, .preset = "de",
	    .help = "The language for whoever has not chosen one." },
	{ FIELD(log_level), .type = CONF_TYPE_LOG_LEVEL,
	    .roles = STORE | WEB | COURIER, .flags = RELOADABLE, .preset = "info",
	    .help = "The least important events that are logged." },

	{ FIELD(listen), .section = "Network", .type = CONF_TYPE_LISTEN, .min = 1, .max = CONF_LISTEN_MAX,
	    .flags = REQUIRED, .preset = "0.0.0.0:443 [::]:443",
	    .help = "Where HTTPS is served. Sockets that systemd hands over are used instead, where there are any." },
	{ FIELD(metrics_listen), .type = CONF_TYPE_LISTEN_LOOPBACK, .min = 1, .max = 1,
	    .example = "127.0.0.1:9464",
	    .help = "Where metrics and the health check are served, by plain HTTP. Not given: nowhere." },
	{ FIELD(trusted_proxies), .type = CONF_TYPE_NETWORKS, .min = 1, .max = PATH_LEN,
	    .roles = WEB, .example = "192.0.2.10 10.0.0.0/8",
	    .help = "Reverse proxies that are believed which address is behind them. Nobody else's word counts." },
	{ FIELD(proxy_protocol), .type = CONF_TYPE_PROXY_PROTOCOL,
	    .roles = WEB, .preset = "off",
	    .help = "v2: every connection of a trusted proxy begins with a header of the PROXY protocol, version 2, in front of TLS." },
	{ FIELD(address_field), .type = CONF_TYPE_ADDRESS_FIELD,
	    .roles = WEB, .preset = "none",
	    .help = "The header field in which trusted proxies name the client's address. It is read from the right: the first address "
	            "that is no trusted proxy's is the client's." },
	{ FIELD(certificate_file), .type = CONF_TYPE_PATH, .min = 2, .max = PATH_LEN,
	    .flags = REQUIRED | RELOADABLE, .example = "/etc/provision/certificate.pem",
	    .help = "The server's certificate and the chain behind it, PEM. Read again at every reload." },
	{ FIELD(private_key_file), .type = CONF_TYPE_PATH, .min = 2, .max = PATH_LEN,
	    .flags = REQUIRED | RELOADABLE,
	    .derive = derive_private_key_file, .derive_text = "the systemd credential certificate-key, else /etc/provision/certificate.key",
	    .example = "/etc/provision/certificate.key",
	    .help = "The private key of the certificate, PEM. Read again at every reload." },
	{ FIELD(web_processes), .type = CONF_TYPE_NUMBER, .min = 0, .max = 64, .unit = "processes",
	    .preset = "0",
	    .help = "How many processes serve HTTPS. 0: one per core." },

	{ FIELD(state_dir), .section = "State", .type = CONF_TYPE_PATH, .min = 2, .max = PATH_LEN,
	    .roles = STORE, .flags = REQUIRED, .preset = "/var/lib/provision",
	    .help = "The state directory: index, keys and packages." },
	{ FIELD(key_mirror_dir), .type = CONF_TYPE_PATH, .min = 2, .max = PATH_LEN,
	    .roles = STORE, .example = "/mnt/mirror/provision-keys",
	    .help = "A second copy of the key slots, on another disk or host. Needed for backups." },
	{ FIELD(master_key_file), .type = CONF_TYPE_PATH, .min = 2, .max = PATH_LEN,
	    .roles = STORE, .flags = REQUIRED,
	    .derive = derive_master_key_file, .derive_text = "the systemd credential master-key, else /etc/provision/master.key",
	    .example = "/etc/provision/master.key",
	    .help = "The key that wraps all others, made by provisiond --make-master-key. Without it nothing in the state directory can be read." },
	{ FIELD(next_master_key_file), .type = CONF_TYPE_PATH, .min = 2, .max = PATH_LEN,
	    .flags = REQUIRED,
	    .derive = derive_next_master_key_file, .derive_text = "the systemd credential next-master-key, else /etc/provision/next-master.key",
	    .example = "/etc/provision/next-master.key",
	    .help = "Where a new master key lies for provisionctl key rotate; most of the time there is no such file." },
	{ FIELD(disk_reserve_bytes), .type = CONF_TYPE_BYTES, .min = 16 * MIB, .max = 16 * TIB,
	    .roles = STORE, .flags = RELOADABLE, .preset = "1GiB",
	    .help = "Uploads and mail are refused when less than this is free on the disk of the state directory." },
	{ FIELD(store_cache_bytes), .type = CONF_TYPE_BYTES, .min = 1 * MIB, .max = 64 * GIB,
	    .roles = STORE, .preset = "16MiB",
	    .help = "The page cache of the index." },

	{ FIELD(package_max_bytes), .section = "Limits and retention", .type = CONF_TYPE_BYTES, .min = 1 * MIB, .max = 16 * TIB,
	    .roles = STORE | WEB, .flags = RELOADABLE, .preset = "16GiB",
	    .help = "The largest package." },
	{ FIELD(quota_account_bytes), .type = CONF_TYPE_BYTES, .min = 1 * MIB, .max = 1024 * TIB,
	    .roles = STORE, .flags = RELOADABLE, .preset = "64GiB",
	    .help = "How much one person may have waiting for companies. provisionctl quota sets another limit for some." },
	{ FIELD(quota_company_bytes), .type = CONF_TYPE_BYTES, .min = 1 * MIB, .max = 1024 * TIB,
	    .roles = STORE, .flags = RELOADABLE, .preset = "1TiB",
	    .help = "How much one company may have waiting for its customers." },
	{ FIELD(quota_account_packages), .type = CONF_TYPE_NUMBER, .min = 1, .max = 1000000, .unit = "packages",
	    .roles = STORE, .flags = RELOADABLE, .preset = "1000",
	    .help = "How many packages one person may have waiting." },
	{ FIELD(quota_company_packages), .type = CONF_TYPE_NUMBER, .min = 1, .max = 1000000, .unit = "packages",
	    .roles = STORE, .flags = RELOADABLE, .preset = "20000",
	    .help = "How many packages one company may have waiting." },
	{ FIELD(package_expiry_days), .type = CONF_TYPE_NUMBER, .min = 30, .max = 365, .unit = "days",
	    .roles = STORE | WEB, .flags = RELOADABLE, .preset = "365",
	    .help = "A package that is not fetched ends after this time, and at the latest with its history entry." },
	{ FIELD(history_days), .type = CONF_TYPE_NUMBER, .min = 1, .max = 365, .unit = "days",
	    .roles = STORE | WEB, .flags = RELOADABLE, .preset = "365",
	    .help = "How long the entries of a conversation are kept." },
	{ FIELD(arriving_days), .type = CONF_TYPE_NUMBER, .min = 1, .max = 30, .unit = "days",
	    .roles = STORE, .flags = RELOADABLE, .preset = "7",
	    .help = "A package whose sending is not completed is given up after this time." },
	{ FIELD(provenance_days), .type = CONF_TYPE_NUMBER, .min = 1, .max = 365, .unit = "days",
	    .roles = STORE, .flags = RELOADABLE, .preset = "30",
	    .help = "How long the IP address and user agent of what was sent are kept, counted from the beginning of the day." },
	{ FIELD(event_days), .type = CONF_TYPE_NUMBER, .min = 1, .max = 90, .unit = "days",
	    .roles = STORE, .flags = RELOADABLE, .preset = "7",
	    .help = "How long the log of live events is kept. A client that was away for longer reads everything anew." },
	{ FIELD(registration_hours), .type = CONF_TYPE_NUMBER, .min = 1, .max = 168, .unit = "hours",
	    .roles = STORE, .flags = RELOADABLE, .preset = "24",
	    .help = "A registration whose address is not verified ends after this time." },
	{ FIELD(member_invitation_days), .type = CONF_TYPE_NUMBER, .min = 1, .max = 90, .unit = "days",
	    .roles = STORE, .flags = RELOADABLE, .preset = "14",
	    .help = "An invitation of a member that is not finished ends after this time." },
	{ FIELD(customer_invitation_days), .type = CONF_TYPE_NUMBER, .min = 1, .max = 365, .unit = "days",
	    .roles = STORE, .flags = RELOADABLE, .preset = "30",
	    .help = "A personal invitation that nobody uses ends after this time." },
	{ FIELD(declined_days), .type = CONF_TYPE_NUMBER, .min = 1, .max = 30, .unit = "days",
	    .roles = STORE, .flags = RELOADABLE, .preset = "30",
	    .help = "A request that a company declined is erased after this time; then the customer may ask again." },
	{ FIELD(failed_mail_days), .type = CONF_TYPE_NUMBER, .min = 1, .max = 90, .unit = "days",
	    .roles = STORE, .flags = RELOADABLE, .preset = "7",
	    .help = "How long a mail that could not be delivered is shown to the operator." },
	{ FIELD(support_days), .type = CONF_TYPE_NUMBER, .min = 1, .max = 365, .unit = "days",
	    .roles = STORE, .flags = RELOADABLE, .preset = "90",
	    .help = "How long a support request is kept, counted from when it was filed or answered." },
	{ FIELD(session_idle_s), .type = CONF_TYPE_NUMBER, .min = 60, .max = 12 * 3600, .unit = "seconds",
	    .roles = STORE | WEB, .flags = RELOADABLE, .preset = "43200",
	    .help = "A session without requests ends after this time." },
	{ FIELD(session_max_s), .type = CONF_TYPE_NUMBER, .min = 60, .max = 7 * 86400, .unit = "seconds",
	    .roles = STORE | WEB, .flags = RELOADABLE, .preset = "604800",
	    .help = "Every session ends after this time." },

	{ FIELD(relay_host), .section = "Outgoing mail", .type = CONF_TYPE_HOST, .min = 1, .max = NAME_LEN,
	    .roles = COURIER, .flags = REQUIRED | RELOADABLE, .preset = "127.0.0.1",
	    .help = "The SMTP server that takes all outgoing mail." },
	{ FIELD(relay_port), .type = CONF_TYPE_NUMBER, .min = 1, .max = 65535,
	    .roles = COURIER, .flags = RELOADABLE, .preset = "25",
	    .help = "Its port." },
	{ FIELD(relay_fallback), .type = CONF_TYPE_RELAYS, .min = 1, .max = PATH_LEN,
	    .roles = COURIER, .flags = RELOADABLE, .example = "127.0.0.1:2525 [::1]:25",
	    .help = "Further SMTP servers, at most 7, tried in this order while those before cannot be used. Without a port they "
	            "have relay_port; security, user and password are those of the first, the certificate must have the name given "
	            "here." },
	{ FIELD(relay_security), .type = CONF_TYPE_SECURITY,
	    .roles = COURIER, .flags = RELOADABLE, .preset = "plain",
	    .help = "How the connection is protected: plain is allowed to loopback addresses only; starttls insists on TLS after the "
	            "greeting; tls begins with it." },
	{ FIELD(relay_name), .type = CONF_TYPE_HOST, .min = 1, .max = NAME_LEN,
	    .roles = COURIER, .flags = REQUIRED | RELOADABLE,
	    .derive = derive_relay_name, .derive_text = "as relay_host", .example = "mail.example.org",
	    .help = "The name that the relay's certificate must have." },
	{ FIELD(relay_user), .type = CONF_TYPE_TEXT, .min = 1, .max = 254,
	    .roles = COURIER, .flags = RELOADABLE, .example = "provision",
	    .help = "The user name for the relay, where it wants one." },
	{ FIELD(relay_password_file), .type = CONF_TYPE_PATH, .min = 2, .max = PATH_LEN,
	    .flags = RELOADABLE,
	    .derive = derive_relay_password_file, .derive_text = "the systemd credential relay-password, where there is one",
	    .example = "/etc/provision/relay.password",
	    .help = "The file with the password for relay_user; a line end behind it is left out." },
	{ FIELD(ca_file), .type = CONF_TYPE_PATH, .min = 2, .max = PATH_LEN,
	    .roles = COURIER, .flags = REQUIRED | RELOADABLE, .preset = "/etc/ssl/certs/ca-certificates.crt",
	    .help = "The certificate authorities that are trusted for outgoing connections, PEM." },

	{ FIELD(control_socket), .section = "Administration", .type = CONF_TYPE_PATH, .min = 2, .max = SOCKET_PATH_LEN,
	    .roles = STORE, .flags = REQUIRED, .preset = "/run/provision/control.sock",
	    .help = "The socket of provisionctl." },
	{ FIELD(admin_group), .type = CONF_TYPE_USER, .min = 1, .max = USER_LEN,
	    .roles = STORE, .example = "provision-admin",
	    .help = "The group whose members may administer beside root." },
	{ FIELD(user_store), .type = CONF_TYPE_USER, .min = 1, .max = USER_LEN,
	    .roles = STORE, .derive = derive_user_store, .derive_text = "provision-store when started as root",
	    .example = "provision-store",
	    .help = "The user of the store, which owns the state directory." },
	{ FIELD(user_web), .type = CONF_TYPE_USER, .min = 1, .max = USER_LEN,
	    .roles = WEB, .derive = derive_user_web, .derive_text = "provision-web when started as root",
	    .example = "provision-web",
	    .help = "The user of the processes that serve HTTPS." },
	{ FIELD(user_courier), .type = CONF_TYPE_USER, .min = 1, .max = USER_LEN,
	    .roles = COURIER, .derive = derive_user_courier, .derive_text = "provision-courier when started as root",
	    .example = "provision-courier",
	    .help = "The user of the process that delivers mail." },
	{ FIELD(roles_dir), .type = CONF_TYPE_PATH, .min = 2, .max = PATH_LEN,
	    .flags = REQUIRED, .derive = derive_roles_dir, .derive_text = "where they were installed",
	    .example = "/usr/libexec/provision",
	    .help = "The folder of the programs of the roles." },
};

size_t
conf_option_count(void)
{
	return sizeof(OPTIONS) / sizeof(OPTIONS[0]);
}

const struct conf_option *
conf_option_at(size_t index)
{
	require(index < conf_option_count());
	return &OPTIONS[index];
}

const struct conf_option *
conf_option_find(const char *name)
{
	for (size_t i = 0; i < conf_option_count(); i++)
		if (strcmp(OPTIONS[i].name, name) == 0)
			return &OPTIONS[i];
	return NULL;
}

size_t
conf_option_index(const struct conf_option *o)
{
	return (size_t)(o - OPTIONS);
}

bool
conf_option_is_visible(const struct conf_option *o, unsigned role_mask)
{
	return (role_mask & (o->roles | CONF_ROLE_PROVISIOND)) != 0;
}
