/* SPDX-License-Identifier: MIT */
/*
 * Gives libetpan our stream. Owns time-outs and limits of the relay's replies. Must not know SMTP. Called by
 * libetpan (read, write) and by courier/relay.c.
 */
#include "courier/driver.h"

#include <libetpan/mailstream.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/mem.h"

#define BUFFER_BYTES 8192

struct driver {
	struct event_stream *stream;
	uint64_t end_ms;         /* monotonic */
	uint64_t write_until_ms;
	uint64_t read_until_ms;  /* 0: begins with the first read */
	uint32_t read_ms;
	size_t received;         /* of this reply */
	int err;
};

/* Sets what is left until until_ms as the stream's time-out. */
static int
arm(struct driver *d, uint64_t until_ms)
{
	uint64_t now = clock_mono_ms();
	uint64_t until = until_ms < d->end_ms ? until_ms : d->end_ms;
	if (now >= until)
		return ERR_TIMEOUT;
	event_stream_set_timeout(d->stream, (uint32_t)(until - now));
	return 0;
}

static int
read_some(struct driver *d, void *p, size_t n, size_t *n_r)
{
	if (d->read_until_ms == 0)
		d->read_until_ms = clock_mono_ms() + d->read_ms;
	if (d->received >= DRIVER_REPLY_MAX)
		return ERR_LIMIT;
	size_t room = DRIVER_REPLY_MAX - d->received;
	int err = arm(d, d->read_until_ms);
	if (err == 0)
		err = event_stream_read(d->stream, p, n < room ? n : room, n_r);
	d->received += *n_r;
	return err;
}

/* libetpan takes an end of file for "nothing yet" in places: it is an error here. */
static ssize_t
low_read(mailstream_low *low, void *p, size_t n)
{
	struct driver *d = low->data;
	size_t got = 0;
	if (n == 0)
		return 0;
	if (d->err == 0)
		d->err = read_some(d, p, n, &got);
	return d->err == 0 ? (ssize_t)got : -1;
}

static ssize_t
low_write(mailstream_low *low, const void *p, size_t n)
{
	struct driver *d = low->data;
	if (d->err == 0)
		d->err = arm(d, d->write_until_ms);
	if (d->err == 0)
		d->err = event_stream_write(d->stream, view_of(p, n));
	return d->err == 0 ? (ssize_t)n : -1;
}

/* The connection is the driver's own and ends with it. */
static int
low_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int
low_fd(mailstream_low *low)
{
	const struct driver *d = low->data;
	return event_stream_fd(d->stream);
}

static void
low_free(mailstream_low *low)
{
	free(low);
}

static mailstream_low_driver calls = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_fd,
	.mailstream_free = low_free,
};

struct driver *
driver_new(struct event_stream *stream, uint64_t end_ms)
{
	struct driver *d = mem_alloc(sizeof(*d));
	d->stream = stream;
	d->end_ms = end_ms;
	return d;
}

void
driver_free(struct driver **d)
{
	if (*d == NULL)
		return;
	event_stream_free(&(*d)->stream);
	mem_free(d);
}

struct _mailstream *
driver_mailstream(struct driver *d)
{
	mailstream_low *low = mailstream_low_new(d, &calls);
	require(low != NULL);
	mailstream *s = mailstream_new(low, BUFFER_BYTES);
	require(s != NULL);
	return s;
}

void
driver_expect(struct driver *d, uint32_t write_ms, uint32_t read_ms)
{
	d->write_until_ms = clock_mono_ms() + write_ms;
	d->read_until_ms = 0;
	d->read_ms = read_ms;
	d->received = 0;
}

void
driver_set_end(struct driver *d, uint64_t end_ms)
{
	d->end_ms = end_ms;
}

int
driver_start_tls(struct driver *d, struct event_tls_credentials *credentials, const char *name, uint32_t timeout_ms)
{
	if (d->err == 0)
		d->err = arm(d, clock_mono_ms() + timeout_ms);
	if (d->err == 0)
		d->err = event_stream_start_tls(d->stream, credentials, name);
	return d->err;
}

int
driver_error(const struct driver *d)
{
	return d->err;
}

const char *
driver_reason(const struct driver *d)
{
	return event_stream_reason(d->stream);
}
