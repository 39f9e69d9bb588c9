/* SPDX-License-Identifier: MIT */
/*
 * serve [-p PORT] [-t CERT KEY] [-s FILE-BYTES]: the site of the tests as a program, for curl, openssl and
 * measurements. Prints its port; SIGHUP reads the certificate again, SIGTERM drains, SIGUSR1 prints counts.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "crypt/init.h"
#include "event/harness.h"
#include "http/site.h"

struct serve {
	struct event_loop *loop;
	struct site site;
	const char *cert, *key;
	uint8_t ticket_key[EVENT_TLS_TICKET_KEY_BYTES];
};

static void
load(void *arg)
{
	struct serve *s = arg;
	struct event_tls_credentials *c = NULL;
	struct buf cert, key;
	buf_init(&cert, 65536);
	buf_init(&key, 65536);
	if (file_read(AT_FDCWD, s->cert, &cert) != 0 || file_read(AT_FDCWD, s->key, &key) != 0 ||
	    event_tls_credentials_new_server(buf_view(&cert), buf_view(&key), &c) != 0)
		fatal(78, "cannot use the certificate");
	event_tls_credentials_set_ticket_key(c, view_of(s->ticket_key, sizeof(s->ticket_key)));
	http_server_set_credentials(s->site.server, c);
	event_tls_credentials_free(&c);
	buf_deinit(&cert);
	buf_deinit(&key);
}

static void
on_drained(void *arg)
{
	struct serve *s = arg;
	event_loop_stop(s->loop);
}

static void
on_term(void *arg)
{
	struct serve *s = arg;
	http_server_drain(s->site.server, on_drained, s);
}

static void
on_usr1(void *arg)
{
	struct serve *s = arg;
	struct http_server_counts c = http_server_counts(s->site.server);
	printf("connections=%u requests=%u connections_total=%" PRIu64 " requests_total=%" PRIu64 " malformed=%" PRIu64
	    " timeouts=%" PRIu64 " resumed=%" PRIu64 "\n", c.connections, c.requests, c.connections_total, c.requests_total,
	    c.malformed_total, c.timeouts_total, c.handshakes_resumed);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct serve s = { .cert = NULL };
	struct http_server_options o = http_server_defaults();
	uint64_t file_bytes = 1 << 20;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-t") == 0 && i + 2 < argc) {
			s.cert = argv[++i];
			s.key = argv[++i];
		} else if (strcmp(argv[i], "-s") == 0 && i + 1 < argc) {
			file_bytes = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "-r") == 0 && i + 1 < argc) {
			o.rate_bytes_per_s = (uint32_t)strtoul(argv[++i], NULL, 10);
			o.rate_window_ms = 1000;
		} else {
			fatal(64, "usage: serve [-t CERT KEY] [-s FILE-BYTES] [-r BYTES-PER-SECOND]");
		}
	}
	uint16_t port;
	log_init("serve", LOG_DEBUG, false);
	require(crypt_init() == 0);
	s.loop = event_loop_new();
	int fd = harness_listen(&port);
	site_init(&s.site, s.loop, o);
	s.site.file_bytes = file_bytes;
	memset(s.ticket_key, 7, sizeof(s.ticket_key));
	if (s.cert != NULL)
		load(&s);
	http_server_add_listener(s.site.server, fd, s.cert != NULL, NULL);
	struct event_signal *hup = event_signal_start(s.loop, SIGHUP, load, &s);
	struct event_signal *term = event_signal_start(s.loop, SIGTERM, on_term, &s);
	struct event_signal *usr1 = event_signal_start(s.loop, SIGUSR1, on_usr1, &s);
	printf("%u\n", port);
	fflush(stdout);
	event_loop_run(s.loop);
	event_signal_cancel(&hup);
	event_signal_cancel(&term);
	event_signal_cancel(&usr1);
	site_deinit(&s.site);
	event_loop_free(&s.loop);
	close(fd);
	return 0;
}
