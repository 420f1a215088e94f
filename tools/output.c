/* Lines. Errors stick in the buffers. */
#include "tools/output.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "tools/terminal.h"

static const char *const formats[] = {
	[OUTPUT_TEXT] = "text",
	[OUTPUT_JSON] = "json",
	[OUTPUT_TSV] = "tsv",
};

int
output_format_parse(const char *text, enum output_format *ret_format)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(text, formats[i]) != 0)
			continue;
		*ret_format = (enum output_format)i;
		return 0;
	}
	return -EINVAL;
}

/* How many bytes the control character takes that stands here; 0: none does. */
static size_t
control_size(const char *text)
{
	if ((unsigned char)text[0] < ' ' || text[0] == 0x7F)
		return 1;
	return text[0] == '\xC2' && (text[1] & '\xE0') == '\x80' ? 2 : 0; /* U+0080 to U+009F */
}

/* A field of sfeed(5): white space as one blank, controls left out; with "|" left out in a list. */
static void
put_field(struct buf *out, const char *text, bool in_list)
{
	struct buf folded = { 0 };

	if (!text)
		return;
	utf8_fold_space(&folded, text, strlen(text));
	for (const char *at = buf_str(&folded); *at;) {
		size_t size = control_size(at);

		if (size == 0 && !(in_list && *at == '|'))
			buf_putc(out, *at);
		at += size > 0 ? size : 1;
	}
	if (buf_error(&folded))
		out->error = buf_error(&folded);
	buf_done(&folded);
}

static void
put_content(struct buf *out, const char *text)
{
	while (*text) {
		size_t size = control_size(text);

		if (*text == '\n')
			buf_puts(out, "\\n");
		else if (*text == '\t')
			buf_puts(out, "\\t");
		else if (*text == '\\')
			buf_puts(out, "\\\\");
		else if (size == 0)
			buf_putc(out, *text);
		text += size > 0 ? size : 1;
	}
}

void
output_tsv(struct buf *out, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	const char *html = np_article_content_html(article);
	const char *content = html ? html : np_article_content_text(article);
	size_t n_authors, n_attachments, n_tags;
	const struct np_person *authors = np_article_authors(article, &n_authors);
	const struct np_attachment *attachments = np_article_attachments(article, &n_attachments);
	const char *const *tags = np_record_tags(record, &n_tags);
	int64_t when = np_article_published(article);

	if (when == NP_TIME_NONE)
		when = np_record_fetched_at(record);
	if (when != NP_TIME_NONE)
		buf_printf(out, "%" PRId64, when);
	buf_putc(out, '\t');
	put_field(out, np_article_title(article), false);
	buf_putc(out, '\t');
	put_field(out, np_article_url(article), false);
	buf_putc(out, '\t');
	put_content(out, content ? content : "");
	buf_puts(out, html ? "\thtml\t" : "\tplain\t");
	put_field(out, np_article_id(article), false);
	buf_putc(out, '\t');
	put_field(out, n_authors > 0 ? authors[0].name : NULL, false);
	buf_putc(out, '\t');
	put_field(out, n_attachments > 0 ? attachments[0].url : NULL, false);
	buf_putc(out, '\t');
	for (size_t i = 0; i < n_tags; i++) {
		if (i > 0)
			buf_putc(out, '|');
		put_field(out, tags[i], true);
	}
	buf_putc(out, '\n');
}

static void
put_part(struct buf *out, const char *text)
{
	buf_puts(out, "  ");
	terminal_clean(out, text, false);
}

static void
put_text(struct buf *out, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	const char *feed = np_record_feed_name(record), *title = np_article_title(article);
	int64_t when = np_record_fetched_at(record);
	char time[CLOCK_RFC3339_SIZE] = "-";

	if (when != NP_TIME_NONE)
		clock_rfc3339(when, time);
	buf_puts(out, time);
	put_part(out, feed ? feed : "-");
	put_part(out, title ? title : "(no title)");
	if (np_article_url(article))
		put_part(out, np_article_url(article));
	buf_putc(out, '\n');
}

void
output_line(struct buf *out, enum output_format format, const struct reading *reading)
{
	switch (format) {
	case OUTPUT_JSON:
		buf_append(out, reading->line, reading->size);
		break;
	case OUTPUT_TSV:
		output_tsv(out, reading->record);
		break;
	default:
		put_text(out, reading->record);
	}
}
