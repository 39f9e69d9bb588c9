/* SPDX-License-Identifier: MIT */
/*
 * The table of metrics, in the order in which they are shown. Data only; provision-admin(7) is held against it by
 * tests/scenario/metrics.py, as is what the daemon shows.
 */
#include "web/family.h"

#include <string.h>

#define GAUGE(name_, help_) { .name = name_, .help = help_ }
#define COUNTER(name_, help_) { .name = name_, .is_counter = true, .help = help_ }

static const struct web_family families[] = {
	GAUGE("build_info", "1, with the version of provisiond."),
	GAUGE("store_up", "1 if the store answered, and all numbers are there."),
	GAUGE("store_accepting", "0 while nothing new is taken: the disk is nearly full, or the mirror of the keys is away."),
	GAUGE("store_clock_held", "1 while erasing by time waits until the operator accepts a jump of the clock."),
	GAUGE("reload_refused", "1 if the last reload was refused and the former settings and certificate are in use."),
	COUNTER("process_restarts_total", "How often a process ended that should not have, and was started again."),
	GAUGE("certificate_expires_timestamp_seconds", "When the certificate in use ends."),
	GAUGE("disk_free_bytes", "Room on the disk of the state directory."),
	GAUGE("disk_reserve_bytes", "Below that much room nothing new is taken."),
	GAUGE("mails_waiting", "Mails in the queue, those that were given up included."),
	GAUGE("mails_oldest_ready_seconds", "For how long the oldest mail that could be sent has been waiting."),
	COUNTER("mails_queued_total", "Mails that there was a reason for."),
	COUNTER("mails_sent_total", "Mails that the relay took."),
	COUNTER("mails_deferred_total", "Tries that failed for now and are made again."),
	COUNTER("mails_failed_total", "Mails that were given up."),
	GAUGE("web_connections", "Open HTTPS connections."),
	COUNTER("web_connections_total", "HTTPS connections."),
	COUNTER("web_refused_total", "Connections refused because there were too many, in all or of one address."),
	GAUGE("web_event_streams", "Open streams of live events."),
	GAUGE("web_requests_in_flight", "Requests that are not answered yet."),
	COUNTER("web_requests_total", "Answered requests by operation and status; none: no such operation."),
	COUNTER("web_malformed_total", "Connections ended because what came was not HTTP."),
	COUNTER("web_timeouts_total", "Requests cut because the client was too slow."),
	COUNTER("web_bytes_in_total", "Bytes received by HTTPS."),
	COUNTER("web_bytes_out_total", "Bytes sent by HTTPS."),
	COUNTER("web_handshakes_resumed_total", "TLS sessions that were resumed."),
	{ .name = "store_answer_seconds", .is_histogram = true, .help = "How long the store's answers to web took." },
	GAUGE("store_requests_in_flight", "Requests that the store has not answered yet."),
	GAUGE("store_event_listeners", "Streams of live events that the store wakes."),
	COUNTER("store_commits_total", "Durable transactions of the store."),
	COUNTER("store_writes_total", "Writing requests that were committed; several share a commit."),
	COUNTER("store_limited_total", "Tries refused because there were too many: passwords, codes, registrations."),
	COUNTER("store_jobs_failed_total", "Due jobs that failed and are tried again."),
	GAUGE("janitor_last_run_timestamp_seconds", "When provision-janitor last ended with nothing left; 0: never."),
	GAUGE("store_key_slots_pending", "Slots of keys whose overwriting in the mirror is still due."),
	GAUGE("store_mirrored", "0 while the mirror of the keys cannot be reached."),
};

const struct web_family *
web_family_table(size_t *n_r)
{
	*n_r = sizeof(families) / sizeof(families[0]);
	return families;
}

bool
web_family_has(const struct web_family *f, struct view sample)
{
	size_t len = strlen(f->name);
	if (sample.len < len || memcmp(sample.data, f->name, len) != 0)
		return false;
	struct view rest = view_slice(sample, len, sample.len);
	if (!f->is_histogram)
		return rest.len == 0;
	return view_equal_str(rest, "_bucket") || view_equal_str(rest, "_sum") || view_equal_str(rest, "_count");
}
