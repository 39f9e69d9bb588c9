/* SPDX-License-Identifier: MIT */
/*
 * From a job to a mail: template, then composing. Must not know the relay. Called for each mail just before
 * it is sent; nothing rendered is kept.
 */
#include "courier/render.h"

#include "base/mem.h"
#include "mail/compose.h"
#include "mail/when.h"

/* whens: the memory of what said points to. */
static void
show_said(const struct job *job, struct mail_when_text *whens, struct mail_said *said)
{
	for (size_t i = 0; i < job->said_count; i++) {
		const struct job_said *s = &job->said[i];
		whens[i] = mail_when_minute(s->time_ms, s->zone_s, job->locale);
		said[i] = (struct mail_said){ view_str(s->author), view_str(whens[i].s), view_of(s->text, s->len) };
	}
}

int
render_job(const struct render_sender *sender, const struct job *job, struct buf *out)
{
	struct mail_when_text *whens = mem_array(job->said_count + 1, sizeof(*whens));
	struct mail_said *said = mem_array(job->said_count + 1, sizeof(*said));
	struct mail_text text;
	const struct mail_when_text until = mail_when_day(job->until_ms, job->until_zone_s, job->locale);
	const struct mail_fields fields = {
		.name = view_str(job->name), .peer = view_str(job->peer), .link = view_str(job->link),
		.code = view_str(job->code), .service = view_str(sender->service_name),
		.until = job->until_ms == 0 ? view_of(NULL, 0) : view_str(until.s), .unsubscribe = view_str(job->unsubscribe),
		.said = said, .said_count = job->said_count,
		.receipt = view_str(job->receipt),
	};
	const struct mail_parts parts = {
		.from_name = fields.service, .from = sender->from, .to = &job->to,
		.to_name = mail_template_shows_name(job->kind, fields.name) ? fields.name : view_of(NULL, 0),
		.message_id = view_str(job->message_id), .date_ms = job->created_ms, .zone_s = job->zone_s, .locale = job->locale,
		.unsubscribe = fields.unsubscribe, .content = &text,
	};
	buf_clear(out);
	show_said(job, whens, said);
	mail_text_init(&text);
	int err = mail_template_render(job->kind, job->locale, &fields, &text);
	if (err == 0)
		err = mail_compose(&parts, out);
	mail_text_deinit(&text);
	mem_free(&whens);
	mem_free(&said);
	return err;
}
