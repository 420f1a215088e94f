/*
 * The text and the HTML of an article's message. The article's HTML is sanitised and balanced by
 * promise of the record; everything else that is put into HTML here is escaped. Errors stick in the
 * buffer.
 */
#include "lib/spool/mail_body.h"

#include <inttypes.h>
#include <string.h>

#include "lib/feed/article.h"

#define LANGUAGE_MAX 35 /* RFC 5646 section 4.4.1 */

bool
mail_is_language(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-";

	return text && *text && strlen(text) <= LANGUAGE_MAX && text[strspn(text, allowed)] == '\0';
}

static void
put_escaped(struct buf *out, const char *text)
{
	static const struct {
		char byte;
		const char *entity;
	} entities[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" } };

	for (; *text; text++) {
		const char *entity = NULL;

		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
			if (entities[i].byte == *text)
				entity = entities[i].entity;
		if (entity)
			buf_puts(out, entity);
		else
			buf_putc(out, *text);
	}
}

/* What the body of an article can do without, a line each in both forms. */
struct footer {
	struct buf *out;
	bool html;
	size_t n;
};

static void
begin_line(struct footer *footer, const char *label)
{
	if (footer->n++ == 0)
		buf_puts(footer->out, footer->html ? "\n<hr>\n<p>" : "\n");
	else if (footer->html)
		buf_puts(footer->out, "<br>\n");
	buf_printf(footer->out, "%s: ", label);
}

static void
put_words(struct footer *footer, const char *text)
{
	if (footer->html)
		put_escaped(footer->out, text);
	else
		buf_puts(footer->out, text);
}

/* Only what the web is reached by is made a link; in the text too it is the URL that is shown. */
static void
put_link(struct footer *footer, const char *url)
{
	bool link = footer->html &&
		    (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0);

	if (link) {
		buf_puts(footer->out, "<a href=\"");
		put_escaped(footer->out, url);
		buf_puts(footer->out, "\">");
	}
	put_words(footer, url);
	if (link)
		buf_puts(footer->out, "</a>");
}

static void
end_line(struct footer *footer)
{
	if (!footer->html)
		buf_putc(footer->out, '\n');
}

static void
put_link_line(struct footer *footer, const char *label, const char *url)
{
	if (!url)
		return;
	begin_line(footer, label);
	put_link(footer, url);
	end_line(footer);
}

static void
put_attachment(struct footer *footer, const struct np_attachment *attachment)
{
	begin_line(footer, "Enclosure");
	if (attachment->title) {
		put_words(footer, attachment->title);
		buf_putc(footer->out, ' ');
	}
	put_link(footer, attachment->url);
	if (attachment->mime_type) {
		buf_puts(footer->out, " (");
		put_words(footer, attachment->mime_type);
		if (attachment->size_in_bytes >= 0)
			buf_printf(footer->out, ", %" PRId64 " bytes", attachment->size_in_bytes);
		buf_putc(footer->out, ')');
	}
	end_line(footer);
}

static void
put_source(struct footer *footer, const struct np_article *article)
{
	if (!article->source_title && !article->source_url)
		return;
	begin_line(footer, "Source");
	if (article->source_title)
		put_words(footer, article->source_title);
	if (article->source_title && article->source_url)
		buf_putc(footer->out, ' ');
	if (article->source_url)
		put_link(footer, article->source_url);
	end_line(footer);
}

static void
put_footer(struct footer *footer, const struct np_article *article)
{
	put_link_line(footer, "Link", article->url);
	put_link_line(footer, "About", article->external_url);
	put_link_line(footer, "Comments", article->comments_url);
	for (size_t i = 0; i < article->n_attachments; i++)
		put_attachment(footer, &article->attachments[i]);
	put_source(footer, article);
	if (footer->n > 0 && footer->html)
		buf_puts(footer->out, "</p>\n");
}

static const char *
text_of(const struct np_article *article)
{
	return article->content_text ? article->content_text : article->summary;
}

void
mail_put_text(struct buf *out, const struct np_article *article)
{
	struct footer footer = { .out = out };
	const char *text = text_of(article);

	if (text) {
		buf_puts(out, text);
		if (text[strlen(text) - 1] != '\n')
			buf_putc(out, '\n');
	}
	put_footer(&footer, article);
}

/* A paragraph for each run of lines, a break for each line in it. */
static void
put_paragraphs(struct buf *out, const char *text)
{
	buf_puts(out, "<p>");
	while (*text) {
		size_t size = strcspn(text, "\n"), ends = strspn(text + size, "\n");
		struct buf line = { 0 };

		buf_append(&line, text, size);
		put_escaped(out, buf_str(&line));
		if (buf_error(&line))
			out->error = buf_error(&line);
		buf_done(&line);
		text += size + ends;
		if (*text)
			buf_puts(out, ends > 1 ? "</p>\n<p>" : "<br>\n");
	}
	buf_puts(out, "</p>");
}

void
mail_put_html(struct buf *out, const struct np_article *article)
{
	struct footer footer = { .out = out, .html = true };

	buf_puts(out, "<!DOCTYPE html>\n<html");
	if (mail_is_language(article->language))
		buf_printf(out, " lang=\"%s\"", article->language);
	buf_puts(out, ">\n<head><meta charset=\"utf-8\"><title>");
	if (article->title)
		put_escaped(out, article->title);
	buf_puts(out, "</title></head>\n<body>\n");
	if (article->content_html)
		buf_puts(out, article->content_html);
	else if (text_of(article))
		put_paragraphs(out, text_of(article));
	put_footer(&footer, article);
	buf_puts(out, "</body>\n</html>\n");
}
