/* Words for the log. Owns nothing, fails silently: a line that no memory is left for is shorter. */
#include "daemon/keep/report.h"

#include <inttypes.h>

#include "daemon/wire/log.h"
#include "lib/base/buf.h"

/* Texts come from publishers: a quote in one must not end the value. */
static void
put_quoted(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

static void
report_line(const struct poll *poll, int64_t now)
{
	const struct ingest_result *result = &poll->result;
	struct buf line = { 0 };

	if (log_get_level() < LOG_LEVEL_DEBUG)
		return;
	buf_printf(&line, "polled event=polled result=%s status=%u new=%u known=%u",
		message_result_name(poll->done.result), poll->done.status, result->n_new,
		result->n_known + result->n_renamed);
	if (result->n_linked > 0)
		buf_printf(&line, " linked=%u", result->n_linked);
	if (result->n_revised > 0)
		buf_printf(&line, " revised=%u", result->n_revised);
	if (result->n_left_out > 0)
		buf_printf(&line, " left-out=%u", result->n_left_out);
	if (result->n_dropped > 0)
		buf_printf(&line, " dropped=%u", result->n_dropped);
	if (result->n_held + result->n_reserved > 0)
		buf_printf(&line, " held=%u", result->n_held + result->n_reserved);
	buf_printf(&line, " good=%s next=%" PRId64 "s", poll->decision.failures == 0 ? "yes" : "no",
		(poll->decision.next_poll - now + 500) / 1000);
	buf_puts(&line, " why=");
	put_quoted(&line, poll->decision.why);
	if (poll->done.reason != NULL) {
		buf_puts(&line, " reason=");
		put_quoted(&line, poll->done.reason);
	}
	log_debug(poll->name, "%s", buf_str(&line));
	buf_done(&line);
}

static const char *
or_nothing(const char *text)
{
	return text != NULL ? text : "";
}

static void
report_event(const struct poll *poll)
{
	const char *reason = poll->done.reason != NULL ? poll->done.reason
						       : message_result_name(poll->done.result);
	const char *why = poll->decision.why;

	switch (poll->event) {
	case POLL_EVENT_NONE:
		return;
	case POLL_EVENT_FAILED:
		log_warning(poll->name, "cannot be polled: %s; next: %s event=failed", reason, why);
		return;
	case POLL_EVENT_RECOVERED:
		log_info(poll->name, "can be polled again event=recovered");
		return;
	case POLL_EVENT_STOPPED:
		log_warning(poll->name,
			"is polled no more: %s; remove it, or give it a new url event=stopped",
			why);
		return;
	case POLL_EVENT_MOVED:
		log_notice(poll->name,
			"has moved for good to %s, which is asked from now on event=moved",
			or_nothing(poll->done.moved_url));
		return;
	case POLL_EVENT_MOVE_UNDONE:
		log_notice(poll->name,
			"where it had moved to fails (%s): its own url is asked again "
			"event=move-undone",
			reason);
		return;
	case POLL_EVENT_ELSEWHERE:
		log_info(poll->name,
			"says that it is at %s; that may be the better url event=elsewhere",
			or_nothing(poll->done.self_url));
		return;
	case POLL_EVENT_NEW_HOME:
		log_info(poll->name,
			"names %s as its home page now, which is on another host event=new-home",
			or_nothing(poll->done.feed_home_page_url));
		return;
	case POLL_EVENT_FLOOD:
		log_warning(poll->name, "%s event=held", or_nothing(poll->done.reason));
		return;
	case POLL_EVENT_GAP:
		log_notice(poll->name,
			"shares no article with the last time: some may have been missed; %s "
			"event=gap",
			poll->follows ? "its archives are asked for them"
				      : "a shorter interval would help");
		return;
	}
}

/* A document of its archives. */
static void
report_archive(const struct poll *poll)
{
	const struct archive_report *walk = &poll->walk;

	log_debug(poll->name,
		"archive event=archive result=%s status=%u new=%u documents=%" PRId64 " url=%s",
		message_result_name(poll->done.result), poll->done.status, poll->result.n_new,
		walk->documents, or_nothing(poll->done.final_url));
	if (walk->over)
		log_notice(poll->name,
			"its archives were followed back event=archived documents=%" PRId64
			" new=%" PRId64 ": %s",
			walk->documents, walk->found, or_nothing(walk->why));
}

void
report_poll(const struct poll *poll, int64_t now)
{
	if (poll->archive != NULL) {
		report_archive(poll);
		return;
	}
	report_event(poll);
	if (poll->result.n_reserved > 0)
		log_info(poll->name,
			"new articles are held by a rule, see newspool held event=reserved "
			"articles=%u",
			poll->result.n_reserved);
	report_line(poll, now);
}
