/*
 * Writes the message of an article: fields in a fixed order, then the bodies. Own state none; what
 * is remote goes through lib/spool/mail_text. Errors stick in the buffer.
 *
 * Who it is from: the authors' names, with the first author's address where the feed gives one that
 * is one; else an address of the feed's own below .invalid (RFC 2606), which no mail can go to.
 */
#include "lib/spool/mail.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/sha256.h"
#include "lib/base/utf8.h"
#include "lib/feed/article.h"
#include "lib/spool/mail_body.h"
#include "lib/spool/mail_text.h"

#define ID_BYTES 16      /* of the content hash in a Message-ID */
#define BOUNDARY_BYTES 8 /* in a boundary, which for its "=_" cannot be part of an encoded body */
#define AUTHORS_MAX 5    /* named in From */
#define SUBJECT_BYTES 80 /* taken from the text where there is no title */
#define DOMAIN_MAX 64
#define LOCAL_MAX 64
#define YEAR_MIN 1900 /* RFC 5322 section 3.3 */

/* One message that is being written. */
struct message {
	struct buf *out;
	const struct np_article *article;
	const struct record_meta *meta;
	const struct mail_context *context;
	const char *domain;
	char feed[LOCAL_MAX + 1]; /* the feed's name as an atom */
};

bool
mail_is_domain(const char *text)
{
	char address[DOMAIN_MAX + 3] = "x@";
	size_t size = strlen(text);

	if (size == 0 || size > DOMAIN_MAX)
		return false;
	memcpy(address + 2, text, size + 1);
	return mail_is_address(address);
}

void
mail_put_id(struct buf *out, const unsigned char *content_hash, const char *domain)
{
	char text[2 * ID_BYTES + 1];

	hex_encode(content_hash, ID_BYTES, text);
	buf_printf(out, "<%s@%s>", text, domain ? domain : MAIL_DOMAIN);
}

/* A name in the letters of any script is a number of it in mail. */
static void
name_feed(struct message *message)
{
	const char *name = message->meta->feed_name ? message->meta->feed_name : "newspool";
	unsigned char digest[SHA256_SIZE];
	size_t size = strlen(name);
	int error;

	if (size <= LOCAL_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == size) {
		memcpy(message->feed, name, size + 1);
		return;
	}
	error = sha256(name, size, digest);
	if (error) {
		message->out->error = error;
		return;
	}
	memcpy(message->feed, "feed-", 5);
	hex_encode(digest, 8, message->feed + 5);
}

/* Fields */

static void
put_date(const struct message *message)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t when = message->article->published;
	struct clock_civil civil = { .year = 0 };

	if (when != NP_TIME_NONE)
		clock_civil(when, &civil);
	if (civil.year < YEAR_MIN) {
		when = message->meta->fetched_at;
		clock_civil(when != NP_TIME_NONE ? when : 0, &civil);
	}
	if (civil.year < YEAR_MIN)
		clock_civil(0, &civil);
	buf_printf(message->out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n", days[civil.weekday],
		civil.day, months[civil.month - 1], civil.year, civil.hour, civil.minute,
		civil.second);
}

/* What the record can tell of an author's address: see write_author_url() in record.c. */
static const char *
address_of(const struct np_person *author)
{
	static const char mailto[] = "mailto:";
	const char *address = author->url ? NULL : author->email;

	if (author->url && strncmp(author->url, mailto, sizeof(mailto) - 1) == 0)
		address = author->url + sizeof(mailto) - 1;
	return address && mail_is_address(address) ? address : NULL;
}

static void
put_authors(const struct message *message, struct buf *names)
{
	const struct np_article *article = message->article;
	size_t n = 0;

	for (size_t i = 0; i < article->n_authors && n < AUTHORS_MAX; i++) {
		const char *name = article->authors[i].name;

		if (!name)
			name = address_of(&article->authors[i]);
		if (name)
			buf_printf(names, "%s%s", n++ ? ", " : "", name);
	}
	if (n == 0 && message->meta->feed_title)
		buf_puts(names, message->meta->feed_title);
	else if (n == 0)
		buf_puts(names, message->feed);
}

static void
put_from(const struct message *message)
{
	const struct np_article *article = message->article;
	const char *given = article->n_authors == 1 ? address_of(article->authors) : NULL;
	struct buf names = { 0 }, address = { 0 };
	struct mail_field field;

	put_authors(message, &names);
	if (given)
		buf_printf(&address, "<%s>", given);
	else
		buf_printf(&address, "<%s@%s>", message->feed, MAIL_DOMAIN);
	mail_field_begin(&field, message->out, "From");
	mail_field_phrase(&field, buf_str(&names));
	mail_field_word(&field, buf_str(&address));
	mail_field_end(&field);
	if (buf_error(&names) || buf_error(&address))
		message->out->error = buf_error(&names) ? buf_error(&names) : buf_error(&address);
	buf_done(&names);
	buf_done(&address);
}

static void
put_text_field(const struct message *message, const char *name, const char *text)
{
	struct mail_field field;

	mail_field_begin(&field, message->out, name);
	mail_field_text(&field, text);
	mail_field_end(&field);
}

/* The beginning of the text serves where there is no title. */
static void
put_subject(const struct message *message)
{
	const struct np_article *article = message->article;
	const char *text = article->summary ? article->summary : article->content_text;
	struct buf start = { 0 };

	if (article->title || !text) {
		put_text_field(message, "Subject", article->title ? article->title : "(no title)");
		return;
	}
	buf_append(&start, text, utf8_cut(text, strlen(text), SUBJECT_BYTES));
	if (strlen(text) > SUBJECT_BYTES)
		buf_puts(&start, "…");
	if (buf_error(&start))
		message->out->error = buf_error(&start);
	put_text_field(message, "Subject", buf_str(&start));
	buf_done(&start);
}

/* The identifiers of articles, by their hashes; those that are NULL are passed over. */
static void
put_ids(const struct message *message, const char *name, const unsigned char *const *hashes,
	size_t n)
{
	struct mail_field field;
	struct buf id = { 0 };

	mail_field_begin(&field, message->out, name);
	for (size_t i = 0; i < n; i++) {
		if (!hashes[i])
			continue;
		buf_reset(&id);
		mail_put_id(&id, hashes[i], message->domain);
		mail_field_word(&field, buf_str(&id));
	}
	mail_field_end(&field);
	if (buf_error(&id))
		message->out->error = buf_error(&id);
	buf_done(&id);
}

static void
put_threads(const struct message *message)
{
	const unsigned char *own = message->article->content_hash;
	const unsigned char *hashes[] = { message->context->cluster, message->context->revises };

	put_ids(message, "Message-ID", &own, 1);
	for (size_t i = 0; i < 2; i++)
		if (hashes[i] && memcmp(hashes[i], own, ID_BYTES) == 0)
			hashes[i] = NULL;
	if (hashes[0] && hashes[1] && memcmp(hashes[0], hashes[1], ID_BYTES) == 0)
		hashes[0] = NULL;
	if (!hashes[0] && !hashes[1])
		return;
	put_ids(message, "In-Reply-To", hashes[1] ? &hashes[1] : &hashes[0], 1);
	put_ids(message, "References", hashes, 2);
}

static void
put_keywords(const struct message *message)
{
	const struct record_meta *meta = message->meta;
	struct mail_field field;

	if (meta->n_tags == 0)
		return;
	mail_field_begin(&field, message->out, "Keywords");
	for (size_t i = 0; i < meta->n_tags; i++) {
		bool plain = mail_field_phrase(&field, meta->tags[i]);

		if (i + 1 == meta->n_tags)
			continue;
		if (!plain)
			mail_field_word(&field, ",");
		else {
			buf_putc(message->out, ',');
			field.column++;
		}
	}
	mail_field_end(&field);
}

static void
put_list(const struct message *message)
{
	const char *title = message->meta->feed_title;
	struct mail_field field;
	struct buf id = { 0 };

	buf_printf(&id, "<%s.%s>", message->feed, message->domain);
	mail_field_begin(&field, message->out, "List-Id");
	if (title)
		mail_field_phrase(&field, title);
	mail_field_word(&field, buf_str(&id));
	mail_field_end(&field);
	if (buf_error(&id))
		message->out->error = buf_error(&id);
	buf_done(&id);
}

/* A URL; a field that cannot take it is left out, and it stands in the body alone. */
static void
put_url(const struct message *message, const char *name, const char *url, bool angles)
{
	struct mail_field field;
	struct buf word = { 0 };

	if (!url || !mail_is_word(url) || !strchr(url, ':'))
		return;
	buf_printf(&word, angles ? "<%s>" : "%s", url);
	mail_field_begin(&field, message->out, name);
	mail_field_word(&field, buf_str(&word));
	mail_field_end(&field);
	if (buf_error(&word))
		message->out->error = buf_error(&word);
	buf_done(&word);
}

static void
put_fields(const struct message *message)
{
	const struct np_article *article = message->article;

	put_date(message);
	put_from(message);
	put_subject(message);
	put_threads(message);
	put_keywords(message);
	put_list(message);
	put_url(message, "Archived-At", article->url, true);
	put_url(message, "Content-Location", article->url, false);
	if (mail_is_language(article->language))
		buf_printf(message->out, "Content-Language: %s\n", article->language);
	buf_puts(message->out, "Auto-Submitted: auto-generated\n");
	if (message->meta->seq > 0)
		buf_printf(message->out, "X-Newspool-Seq: %" PRIu64 "\n", message->meta->seq);
	buf_puts(message->out, "MIME-Version: 1.0\n");
}

/* Bodies */

static void
put_part(const struct message *message, const char *type, struct buf *text)
{
	if (buf_error(text))
		message->out->error = buf_error(text);
	mail_part(message->out, type, text);
	buf_done(text);
}

static void
put_alternatives(const struct message *message)
{
	char boundary[2 * BOUNDARY_BYTES + 1];
	struct buf text = { 0 }, html = { 0 };

	hex_encode(message->article->content_hash, BOUNDARY_BYTES, boundary);
	buf_printf(message->out,
		"Content-Type: multipart/alternative; boundary=\"=_%s\"\n\n--=_%s\n", boundary,
		boundary);
	mail_put_text(&text, message->article);
	put_part(message, "text/plain", &text);
	buf_printf(message->out, "\n--=_%s\n", boundary);
	mail_put_html(&html, message->article);
	put_part(message, "text/html", &html);
	buf_printf(message->out, "\n--=_%s--\n", boundary);
}

void
mail_write(struct buf *out, const struct np_article *article, const struct record_meta *meta,
	const struct mail_context *context)
{
	struct message message = { .out = out,
		.article = article,
		.meta = meta,
		.context = context,
		.domain = context->domain ? context->domain : MAIL_DOMAIN };

	name_feed(&message);
	put_fields(&message);
	put_alternatives(&message);
}
