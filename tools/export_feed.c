/*
 * Feeds in XML. What stands in a record goes out as the formats have it, so that our own parser,
 * and anyone's, reads the same out of it again: tags as categories, HTML as HTML. What a format
 * asks for and a record has not is made of what it has; what a format does not allow is left out.
 * Errors stick in the buffer.
 */
#include "tools/export_feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <newspool/version.h>

#include "lib/base/clock.h"
#include "tools/export_valid.h"

#define ATOM "http://www.w3.org/2005/Atom"
#define CONTENT "http://purl.org/rss/1.0/modules/content/"
#define DC "http://purl.org/dc/elements/1.1/"

/* The element with the article's id. */
static void
put_id(struct weave *weave, const char *element, const struct np_record *record)
{
	struct buf id = { 0 };

	weave_open(weave, element);
	if (strcmp(element, "guid") == 0)
		weave_attribute(weave, "isPermaLink", "false");
	export_put_id(&id, record);
	weave_text(weave, buf_str(&id));
	weave_close(weave);
	if (buf_error(&id))
		weave->out->error = buf_error(&id);
	buf_done(&id);
}

/* When it was changed last: as the publisher says, else when it came, else now. */
static int64_t
changed_at(const struct export_document *document, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	int64_t when = np_article_modified(article);

	if (when == NP_TIME_NONE)
		when = np_article_published(article);
	if (when == NP_TIME_NONE)
		when = np_record_fetched_at(record);
	return when != NP_TIME_NONE ? when : document->now;
}

/* Atom */

static void
put_element(struct weave *weave, const char *name, const char *text)
{
	if (text)
		weave_element(weave, name, NULL, text);
}

static void
put_time(struct weave *weave, const char *name, int64_t when)
{
	char text[CLOCK_RFC3339_SIZE];

	if (when == NP_TIME_NONE)
		return;
	clock_rfc3339(when, text);
	weave_element(weave, name, NULL, text);
}

static void
put_typed(struct weave *weave, const char *name, const char *type, const char *text)
{
	if (!text)
		return;
	weave_open(weave, name);
	weave_attribute(weave, "type", type);
	weave_text(weave, text);
	weave_close(weave);
}

static void
put_link(struct weave *weave, const char *rel, const char *href)
{
	if (!export_is_reference(href))
		return;
	weave_open(weave, "link");
	weave_attribute(weave, "rel", rel);
	weave_attribute(weave, "href", href);
	weave_close(weave);
}

static void
put_enclosures(struct weave *weave, const struct np_article *article)
{
	size_t n;
	const struct np_attachment *list = np_article_attachments(article, &n);

	for (size_t i = 0; i < n; i++) {
		if (!export_is_reference(list[i].url))
			continue;
		weave_open(weave, "link");
		weave_attribute(weave, "rel", "enclosure");
		weave_attribute(weave, "href", list[i].url);
		if (export_is_media_type(list[i].mime_type))
			weave_attribute(weave, "type", list[i].mime_type);
		weave_attribute(weave, "title", list[i].title);
		if (list[i].size_in_bytes >= 0)
			weave_attribute_printf(weave, "length", "%" PRId64, list[i].size_in_bytes);
		weave_close(weave);
	}
}

static void
put_authors(struct weave *weave, const struct np_article *article)
{
	size_t n;
	const struct np_person *list = np_article_authors(article, &n);

	for (size_t i = 0; i < n; i++) {
		const char *name = list[i].name ? list[i].name : list[i].email;

		if (!name)
			name = list[i].url;
		if (!name)
			continue;
		weave_open(weave, "author");
		weave_element(weave, "name", NULL, name);
		put_element(weave, "uri", export_is_reference(list[i].url) ? list[i].url : NULL);
		put_element(
			weave, "email", export_is_address(list[i].email) ? list[i].email : NULL);
		weave_close(weave);
	}
}

static void
put_source(struct weave *weave, const struct np_record *record)
{
	const char *url = np_record_feed_url(record);

	if (!export_is_iri(url))
		return;
	weave_open(weave, "source");
	put_element(weave, "id", url);
	put_typed(weave, "title", "text", np_record_feed_title(record));
	put_link(weave, "self", url);
	put_link(weave, "alternate", np_record_feed_home_page_url(record));
	weave_close(weave);
}

void
export_atom_begin(struct export_document *document)
{
	struct weave *weave = &document->weave;

	weave_init(weave, &document->out, WEAVE_XML);
	weave_trusted(weave, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	weave_open(weave, "feed");
	weave_attribute(weave, "xmlns", ATOM);
	weave_text(weave, "\n");
	weave_open(weave, "id");
	weave_text(weave, NP_HOMEPAGE "export/");
	export_put_encoded(&document->out, document->title);
	weave_close(weave);
	put_typed(weave, "title", "text", document->title);
	put_time(weave, "updated", document->now);
	weave_open(weave, "author");
	weave_element(weave, "name", NULL, "newspool");
	weave_close(weave);
	weave_text(weave, "\n");
}

void
export_atom_article(struct export_document *document, const struct reading *reading)
{
	const struct np_article *article = np_record_article(reading->record);
	struct weave *weave = &document->weave;
	const char *html = np_article_content_html(article), *title = np_article_title(article);
	const char *text = np_article_content_text(article);
	size_t n;
	const char *const *tags = np_record_tags(reading->record, &n);

	if (!html && !text && !export_is_reference(np_article_url(article)))
		text = ""; /* one of them must be there */
	weave_open(weave, "entry");
	if (export_is_language(np_article_language(article)))
		weave_attribute(weave, "xml:lang", np_article_language(article));
	put_id(weave, "id", reading->record);
	put_typed(weave, "title", "text", title ? title : "");
	put_link(weave, "alternate", np_article_url(article));
	put_link(weave, "related", np_article_external_url(article));
	put_link(weave, "replies", np_article_comments_url(article));
	put_enclosures(weave, article);
	put_authors(weave, article);
	for (size_t i = 0; i < n; i++) {
		weave_open(weave, "category");
		weave_attribute(weave, "term", tags[i]);
		weave_close(weave);
	}
	put_time(weave, "published", np_article_published(article));
	put_time(weave, "updated", changed_at(document, reading->record));
	put_typed(weave, "summary", "text", np_article_summary(article));
	put_typed(weave, "content", html ? "html" : "text", html ? html : text);
	put_typed(weave, "rights", "text", np_article_rights(article));
	put_source(weave, reading->record);
	weave_close(weave);
	weave_text(weave, "\n");
}

void
export_atom_end(struct export_document *document)
{
	weave_close(&document->weave);
	buf_putc(&document->out, '\n');
}

/* RSS */

static void
put_mail_date(struct weave *weave, const char *name, int64_t when)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	struct clock_civil civil;

	if (when == NP_TIME_NONE)
		return;
	clock_civil(when, &civil);
	weave_open(weave, name);
	weave_printf(weave, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[civil.weekday], civil.day,
		months[civil.month - 1], civil.year, civil.hour, civil.minute, civil.second);
	weave_close(weave);
}

/*
 * A description is HTML, so plain text is made such. A title is what it is: readers take it for
 * plain text or for HTML, each as it likes, and plain is what most do.
 */
static void
put_plain(struct weave *weave, const char *name, const char *text)
{
	struct buf html = { 0 };

	if (!text)
		return;
	for (; *text; text++) {
		if (*text == '&')
			buf_puts(&html, "&amp;");
		else if (*text == '<')
			buf_puts(&html, "&lt;");
		else if (*text == '\n')
			buf_puts(&html, "<br>\n");
		else
			buf_putc(&html, *text);
	}
	weave_element(weave, name, NULL, buf_str(&html));
	if (buf_error(&html))
		weave->out->error = buf_error(&html);
	buf_done(&html);
}

static void
put_rss_parts(struct weave *weave, const struct np_article *article)
{
	size_t n;
	const struct np_person *authors = np_article_authors(article, &n);
	const struct np_attachment *list;

	for (size_t i = 0; i < n; i++)
		put_element(weave, "dc:creator", authors[i].name);
	list = np_article_attachments(article, &n);
	for (size_t i = 0; i < n; i++) {
		if (!export_is_iri(list[i].url))
			continue;
		weave_open(weave, "enclosure");
		weave_attribute(weave, "url", list[i].url);
		weave_attribute_printf(weave, "length", "%" PRId64,
			list[i].size_in_bytes >= 0 ? list[i].size_in_bytes : 0);
		weave_attribute(weave, "type",
			export_is_media_type(list[i].mime_type) ? list[i].mime_type
								: "application/octet-stream");
		weave_close(weave);
	}
}

void
export_rss_begin(struct export_document *document)
{
	struct weave *weave = &document->weave;

	weave_init(weave, &document->out, WEAVE_XML);
	weave_trusted(weave, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	weave_open(weave, "rss");
	weave_attribute(weave, "version", "2.0");
	weave_attribute(weave, "xmlns:content", CONTENT);
	weave_attribute(weave, "xmlns:dc", DC);
	weave_open(weave, "channel");
	weave_text(weave, "\n");
	weave_element(weave, "title", NULL, document->title);
	weave_element(weave, "link", NULL, NP_HOMEPAGE);
	put_plain(weave, "description", document->title);
	put_mail_date(weave, "lastBuildDate", document->now);
	weave_text(weave, "\n");
}

void
export_rss_article(struct export_document *document, const struct reading *reading)
{
	const struct np_article *article = np_record_article(reading->record);
	const char *html = np_article_content_html(article);
	const char *text = np_article_content_text(article), *summary = np_article_summary(article);
	struct weave *weave = &document->weave;
	size_t n;
	const char *const *tags = np_record_tags(reading->record, &n);

	weave_open(weave, "item");
	put_id(weave, "guid", reading->record);
	put_element(weave, "title", np_article_title(article));
	put_element(weave, "link",
		export_is_iri(np_article_url(article)) ? np_article_url(article) : NULL);
	put_element(weave, "comments", np_article_comments_url(article));
	put_mail_date(weave, "pubDate",
		np_article_published(article) != NP_TIME_NONE
			? np_article_published(article)
			: changed_at(document, reading->record));
	put_rss_parts(weave, article);
	if (export_is_language(np_article_language(article)))
		put_element(weave, "dc:language", np_article_language(article));
	for (size_t i = 0; i < n; i++)
		weave_element(weave, "category", NULL, tags[i]);
	if (html) {
		put_plain(weave, "description", summary);
		weave_element(weave, "content:encoded", NULL, html);
	} else {
		put_plain(weave, "description", text ? text : summary ? summary : "");
	}
	weave_close(weave);
	weave_text(weave, "\n");
}

void
export_rss_end(struct export_document *document)
{
	weave_close(&document->weave);
	weave_close(&document->weave);
	buf_putc(&document->out, '\n');
}
