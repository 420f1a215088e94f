/*
 * JSON Feed 1.1. Items are records as they are, but where the format asks for more: an id, which is
 * the item's alone; a body, be it empty; the type of an attachment; a language that is one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json_write.h"
#include "lib/feed/article.h"
#include "lib/spool/record.h"
#include "tools/export_feed.h"
#include "tools/export_valid.h"

#define UNKNOWN_TYPE "application/octet-stream"

void
export_json_begin(struct export_document *document)
{
	struct json_writer json;
	struct buf *out = &document->out;

	json_write_init(&json, out);
	json_write_object(&json, NULL);
	json_write_string(&json, "version", "https://jsonfeed.org/version/1.1");
	json_write_string(&json, "title", document->title);
	json_write_array(&json, "items");
}

static bool
says_something(const struct np_person *author)
{
	return author->name || author->url || author->avatar;
}

static bool
is_good(const struct np_article *article)
{
	if (!export_is_iri(article->id) || (!article->content_html && !article->content_text))
		return false;
	if (article->language && !export_is_language(article->language))
		return false;
	for (size_t i = 0; i < article->n_attachments; i++)
		if (!export_is_media_type(article->attachments[i].mime_type))
			return false;
	for (size_t i = 0; i < article->n_authors; i++)
		if (!says_something(&article->authors[i]))
			return false;
	return true;
}

/* Writes the record anew from the copy of its article, which may be changed. */
static void
put_changed(struct buf *out, const struct np_record *record, struct np_article *article)
{
	bool empty = !article->content_html && !article->content_text;
	struct buf line = { 0 };

	record_write(&line, article, record_meta_of(record));
	if (buf_error(&line)) {
		out->error = buf_error(&line);
	} else {
		buf_puts(out, empty ? "{\"content_text\":\"\"," : "{");
		buf_append(out, line.data + 1, line.len - 2);
	}
	buf_done(&line);
}

/* Gives the article lists of its own, to be freed, with what the format asks for. */
static int
make_good(struct np_article *article)
{
	struct np_attachment *list = calloc(article->n_attachments + 1, sizeof(*list));
	struct np_person *authors = calloc(article->n_authors + 1, sizeof(*authors));
	size_t n = 0;

	for (size_t i = 0; list && i < article->n_attachments; i++) {
		list[i] = article->attachments[i];
		if (!export_is_media_type(list[i].mime_type))
			list[i].mime_type = UNKNOWN_TYPE;
	}
	for (size_t i = 0; authors && i < article->n_authors; i++)
		if (says_something(&article->authors[i]))
			authors[n++] = article->authors[i];
	if (!export_is_language(article->language))
		article->language = NULL;
	article->attachments = list;
	article->authors = authors;
	article->n_authors = n;
	return list && authors ? 0 : -ENOMEM;
}

static void
put_made_good(struct buf *out, const struct np_record *record)
{
	struct np_article article = *np_record_article(record);
	int error = make_good(&article);
	struct buf id = { 0 };

	export_put_id(&id, record);
	article.id = buf_str(&id);
	if (error == 0)
		error = buf_error(&id);
	if (error == 0)
		put_changed(out, record, &article);
	else
		out->error = error;
	free((void *)article.attachments);
	free((void *)article.authors);
	buf_done(&id);
}

void
export_json_article(struct export_document *document, const struct reading *reading)
{
	struct buf *out = &document->out;

	buf_puts(out, document->n > 0 ? ",\n" : "\n");
	if (is_good(np_record_article(reading->record)))
		buf_append(out, reading->line, reading->size - 1);
	else
		put_made_good(out, reading->record);
}

void
export_json_end(struct export_document *document)
{
	buf_puts(&document->out, "\n]}\n");
}
