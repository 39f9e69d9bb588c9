/* SPDX-License-Identifier: MIT */
/*
 * Speaks to a relay as the courier does, for tests/courier/test_relay.py:
 *   probe certs DIR            writes authorities and certificates into DIR
 *   probe send HOST PORT SECURITY CA NAME USER PASSWORD PERCENT TIME_MS (FROM TO)...
 * send opens one connection (CA "-": none, FROM "-": empty) and sends each mail; it prints, blank between:
 *   open ERROR OUTCOME CODE ENHANCED|- TEXT...      once
 *   mail ERROR OUTCOME CODE ENHANCED|- TEXT...      for each that was tried
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "courier/relay.h"
#include "crypt/init.h"
#include "event/certs.h"

/* Lines that begin with dots, one that is only a dot, and no line end to spare. */
#define MESSAGE "Subject: test\r\nFrom: a@example.org\r\n\r\n.one\r\n.\r\n..two\r\nlast\r\n"

static int
make_certs(const char *dir)
{
	struct certs ca, other, leaf;
	const int64_t day = 86400;
	certs_make_authority(&ca, "test authority");
	certs_write(&ca, dir, "ca");
	certs_make_authority(&other, "unknown authority");
	certs_make_leaf(&leaf, &ca, "relay.example", -day, day);
	certs_write(&leaf, dir, "good");
	certs_make_leaf(&leaf, &ca, "127.0.0.1", -day, day);
	certs_write(&leaf, dir, "numeric");
	certs_make_leaf(&leaf, &ca, "other.example", -day, day);
	certs_write(&leaf, dir, "name");
	certs_make_leaf(&leaf, &ca, "relay.example", -2 * day, -day);
	certs_write(&leaf, dir, "expired");
	certs_make_leaf(&leaf, &ca, "relay.example", day, 2 * day);
	certs_write(&leaf, dir, "future");
	certs_make_leaf(&leaf, NULL, "relay.example", -day, day);
	certs_write(&leaf, dir, "self");
	certs_make_leaf(&leaf, &other, "relay.example", -day, day);
	certs_write(&leaf, dir, "unknown");
	return 0;
}

static void
print(const char *what, int err, const struct relay_result *r)
{
	printf("%s %s %d %u %s %s\n", what, err == 0 ? "ok" : err_name(err), r->outcome, r->reply.code,
	    r->reply.enhanced[0] == '\0' ? "-" : r->reply.enhanced, r->reply.text);
}

static struct event_tls_credentials *
read_authority(const char *path)
{
	struct event_tls_credentials *c = NULL;
	struct buf pem;
	if (strcmp(path, "-") == 0)
		return NULL;
	buf_init(&pem, 65536);
	int err = file_read(AT_FDCWD, path, &pem);
	require(err == 0);
	err = event_tls_credentials_new_client(buf_view(&pem), &c);
	require(err == 0);
	buf_deinit(&pem);
	return c;
}

static void
send_all(struct relay *relay, int n, char **addresses)
{
	struct mail_address from, to;
	struct relay_result result;
	int err = 0;
	for (int i = 0; i + 1 < n && err == 0; i += 2) {
		bool has_from = strcmp(addresses[i], "-") != 0;
		int parsed = has_from ? mail_address_parse(view_str(addresses[i]), &from) : 0;
		require(parsed == 0);
		parsed = mail_address_parse(view_str(addresses[i + 1]), &to);
		require(parsed == 0);
		memset(&result, 0, sizeof(result));
		err = relay_send(relay, has_from ? &from : NULL, &to, VIEW_LIT(MESSAGE), &result);
		print("mail", err, &result);
	}
}

static int
send_mails(int argc, char **argv)
{
	static const char *const securities[] = { "plain", "starttls", "tls" };
	struct event_tls_credentials *credentials = read_authority(argv[3]);
	struct relay_options o = {
		.host = argv[0], .port = (uint16_t)strtoul(argv[1], NULL, 10), .certificate_name = argv[4],
		.credentials = credentials, .helo = "provision.example", .user = view_str(argv[5]), .password = view_str(argv[6]),
		.time_percent = (uint32_t)strtoul(argv[7], NULL, 10),
		.end_ms = clock_mono_ms() + strtoul(argv[8], NULL, 10),
	};
	for (int i = 0; i < 3; i++)
		if (strcmp(securities[i], argv[2]) == 0)
			o.security = (enum conf_security)i;
	struct relay *relay = NULL;
	struct relay_result why;
	memset(&why, 0, sizeof(why));
	int err = relay_open(&o, &relay, &why);
	print("open", err, &why);
	if (err == 0)
		send_all(relay, argc - 9, argv + 9);
	relay_close(&relay);
	event_tls_credentials_free(&credentials);
	return 0;
}

int
main(int argc, char **argv)
{
	int err = crypt_init();
	require(err == 0);
	require(argc >= 3);
	if (strcmp(argv[1], "certs") == 0)
		return make_certs(argv[2]);
	require(argc >= 11);
	return send_mails(argc - 2, argv + 2);
}
