/*
 * Exports articles, one after another as they are read, so that memory does not depend on how many
 * there are. A feed has the newest first, as feeds do; a mailbox and lines are in the order of
 * delivery. Says what is wrong, once.
 */
#include "tools/export_articles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/clock.h"
#include "tools/export_feed.h"
#include "tools/message.h"
#include "tools/output.h"
#include "tools/reading.h"

struct export_format {
	const char *name;
	enum reading_order order;
	void (*begin)(struct export_document *document);
	void (*article)(struct export_document *document, const struct reading *reading);
	void (*end)(struct export_document *document);
};

static void
tsv_article(struct export_document *document, const struct reading *reading)
{
	output_tsv(&document->out, reading->record);
}

/* In a mailbox (mboxrd) what looks like the beginning of a message gets a ">" before it. */
static void
quote_from(struct buf *out, const char *message)
{
	while (*message) {
		size_t size = strcspn(message, "\n");

		if (strncmp(message + strspn(message, ">"), "From ", 5) == 0)
			buf_putc(out, '>');
		buf_append(out, message, size);
		buf_putc(out, '\n');
		message += size;
		message += *message == '\n';
	}
}

static void
mbox_article(struct export_document *document, const struct reading *reading)
{
	int64_t when = np_record_fetched_at(reading->record);
	time_t seconds = when != NP_TIME_NONE ? (time_t)when : 0;
	struct buf message = { 0 }, *out = &document->out;
	char date[32];
	struct tm tm;
	int error = message_of_line(reading->spool, NULL, reading->line, reading->size, &message);

	if (error == 0 && gmtime_r(&seconds, &tm) && asctime_r(&tm, date)) {
		buf_printf(out, "From newspool %s", date);
		quote_from(out, buf_str(&message));
		buf_putc(out, '\n');
	} else {
		out->error = error ? error : -EOVERFLOW;
	}
	buf_done(&message);
}

static const struct export_format formats[] = {
	{ "json", READING_NEWEST_FIRST, export_json_begin, export_json_article, export_json_end },
	{ "atom", READING_NEWEST_FIRST, export_atom_begin, export_atom_article, export_atom_end },
	{ "rss", READING_NEWEST_FIRST, export_rss_begin, export_rss_article, export_rss_end },
	{ "mbox", READING_OLDEST_FIRST, NULL, mbox_article, NULL },
	{ "tsv", READING_OLDEST_FIRST, NULL, tsv_article, NULL },
};

const struct export_format *
export_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

static int
flush(struct export_document *document, const struct reading *reading)
{
	int error = buf_error(&document->out);

	if (error == 0)
		fwrite(buf_str(&document->out), 1, document->out.len, stdout);
	else
		command_say(reading->call, "%s", strerror(-error));
	buf_reset(&document->out);
	return error ? COMMAND_FAILED : COMMAND_OK;
}

/* So many of the newest, in the order of delivery: those above the one before them. */
static int
skip_to_last(struct reading *reading, uint64_t limit)
{
	int ret = 0, status = reading_begin(reading, READING_NEWEST_FIRST);

	for (uint64_t n = 0; status == COMMAND_OK; n++) {
		ret = reading_next(reading);
		if (ret != 1)
			break;
		if (n < limit)
			continue;
		reading->filter->query.after = reading->seq;
		break;
	}
	reading->status = COMMAND_OK; /* what is broken is said when its turn comes */
	return ret < 0 ? COMMAND_FAILED : status;
}

static int
put_articles(const struct export_articles *export, struct export_document *document,
	struct reading *reading)
{
	int status = COMMAND_OK;

	if (export->format->begin)
		export->format->begin(document);
	while (status == COMMAND_OK && document->n < export->limit && reading_next(reading) == 1) {
		export->format->article(document, reading);
		document->n++;
		status = flush(document, reading);
	}
	if (export->format->end)
		export->format->end(document);
	if (status == COMMAND_OK)
		status = flush(document, reading);
	return status == COMMAND_OK ? reading->status : status;
}

int
export_articles(struct command_call *call, struct export_articles *export)
{
	const char *title = export->title ? export->title : export->filter.tag;
	struct export_document document = { .title = title ? title : "newspool",
		.now = (int64_t)time(NULL) };
	struct reading reading;
	int status = reading_open(&reading, call, &export->filter);

	if (status == COMMAND_OK && export->limit != UINT64_MAX &&
		export->format->order == READING_OLDEST_FIRST)
		status = skip_to_last(&reading, export->limit);
	if (status == COMMAND_OK)
		status = reading_begin(&reading, export->format->order);
	if (status == COMMAND_OK)
		status = put_articles(export, &document, &reading);
	reading_close(&reading);
	buf_done(&document.out);
	return status;
}
