/* SPDX-License-Identifier: MIT */
/*
 * Draws progress. Knows no transfer; verbs hand it numbers.
 */
#include "tool/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define DRAW_MS 200
/* Before this no rate is told: it would only jump. */
#define RATE_MS 500

void
tool_progress_begin(struct tool_progress *p, const char *what)
{
	*p = (struct tool_progress){ .what = what, .is_shown = isatty(STDERR_FILENO) == 1, .start_ms = clock_mono_ms(),
		.first_done = UINT64_MAX };
}

void
tool_progress_begin_items(struct tool_progress *p, const char *what)
{
	tool_progress_begin(p, what);
	p->is_items = true;
}

void
tool_progress_bytes(uint64_t n, char *out)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)n;
	unsigned unit = 0;
	while (value >= 1024 && unit < 4) {
		value /= 1024;
		unit++;
	}
	snprintf(out, 32, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

static void
put_amount(const struct tool_progress *p, uint64_t n, char *out)
{
	if (p->is_items)
		snprintf(out, 32, "%llu", (unsigned long long)n);
	else
		tool_progress_bytes(n, out);
}

static void
draw(const struct tool_progress *p, uint64_t done, uint64_t total, uint64_t elapsed_ms)
{
	char so_far[32], all[32], rate[64] = "", each[32];
	uint64_t moved = done - p->first_done;
	put_amount(p, done, so_far);
	put_amount(p, total, all);
	if (elapsed_ms >= RATE_MS && moved > 0) {
		uint64_t per_s = moved * 1000 / elapsed_ms;
		uint64_t left_s = per_s == 0 ? 0 : (total - done) / per_s;
		put_amount(p, per_s, each);
		snprintf(rate, sizeof(rate), ", %s/s, %llu:%02llu left", each, (unsigned long long)(left_s / 60),
		    (unsigned long long)(left_s % 60));
	}
	fprintf(stderr, "\r%s %3u %% (%s of %s%s)\033[K", p->what, total == 0 ? 100 : (unsigned)((double)done * 100 / (double)total),
	    so_far, all, rate);
	fflush(stderr);
}

void
tool_progress_move(struct tool_progress *p, uint64_t done, uint64_t total)
{
	if (p->first_done > done)
		p->first_done = done;
	if (!p->is_shown)
		return;
	uint64_t now = clock_mono_ms();
	if (now - p->drawn_ms < DRAW_MS)
		return;
	p->drawn_ms = now;
	draw(p, done, total, now - p->start_ms);
}

void
tool_progress_end(struct tool_progress *p)
{
	if (p->is_shown && p->drawn_ms != 0)
		fputs("\r\033[K", stderr);
	p->is_shown = false;
}
