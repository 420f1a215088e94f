/*
 * From the model of an entry to an article. Owns the choices: which of several texts is the body,
 * which link the page, which dates may be believed. Reads the entry, copies all that it takes into
 * the article's arena. Errors: -ENOMEM, -E2BIG.
 */
#include "config.h" /* strcasestr() */

#include "lib/feed/convert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/utf8.h"
#include "lib/feed/fields.h"
#include "lib/feed/html.h"
#include "lib/feed/link.h"

/*
 * Dates before the first (what programs without a date write) and further ahead than the second are
 * absurd: they stay in the document and are never used.
 */
#define DATE_MIN INT64_C(31536000) /* 1971-01-01 */
#define DATE_AHEAD INT64_C(31622400)

static int
take(struct arena *arena, struct buf *from, const char **ret_text)
{
	const char *text = NULL;
	int error = buf_error(from);

	if (error == 0 && from->len > 0) {
		text = arena_strndup(arena, buf_str(from), from->len);
		if (!text)
			error = -ENOMEM;
	}
	buf_reset(from);
	if (error == 0)
		*ret_text = text;
	return error;
}

/*
 * RSS does not say whether a title is HTML, and some escape it once for HTML and once more for XML:
 * a line that had no tags and came out with references or tags in it was such a one.
 */
static void
escaped_twice(const struct model_text *text, struct buf *line)
{
	struct buf again = { 0 };

	if (memchr(text->value, '<', text->size) ||
		(!strchr(buf_str(line), '&') && !strstr(buf_str(line), "</")) ||
		!html_looks_like(buf_str(line), line->len))
		return;
	html_to_line(&again, buf_str(line), line->len);
	if (buf_error(&again) == 0 && again.len > 0) {
		buf_reset(line);
		buf_append(line, buf_str(&again), again.len);
	}
	buf_done(&again);
}

int
convert_line(struct builder *builder, struct arena *arena, const struct model_text *text,
	const char **ret_line)
{
	struct buf *out = &builder->scratch;

	buf_reset(out);
	if (!text->value || text->size == 0)
		return 0;
	if (text->type == MODEL_TEXT_HTML || text->type == MODEL_TEXT_XHTML)
		html_to_line(out, text->value, text->size);
	else
		utf8_fold_space(out, text->value, text->size);
	if (text->type == MODEL_TEXT_HTML && builder->info.format != NP_FEED_ATOM)
		escaped_twice(text, out);
	return take(arena, out, ret_line);
}

int
convert_html(struct builder *builder, struct arena *arena, const struct model_text *text,
	bool sanitise, const char **ret_html)
{
	struct html_options options = { .base = text->base,
		.xhtml = text->type == MODEL_TEXT_XHTML };
	struct buf *out = &builder->scratch;

	if (!sanitise) {
		*ret_html = arena_strndup(arena, text->value, text->size);
		return *ret_html ? 0 : -ENOMEM;
	}
	buf_reset(out);
	html_sanitise(out, text->value, text->size, &options);
	return take(arena, out, ret_html);
}

static bool
is_markup(const struct model_text *text)
{
	return text->type == MODEL_TEXT_HTML || text->type == MODEL_TEXT_XHTML;
}

static bool
is_text(const struct model_text *text)
{
	return text->value && text->size > 0 && (is_markup(text) || text->type == MODEL_TEXT_PLAIN);
}

/* The body: the longest of the contents, markup before plain text; else the summary. */
static const struct model_text *
choose_body(const struct model_node *entry)
{
	const struct model_text *best = NULL;

	for (const struct model_text *t = entry->contents.first; t; t = t->next) {
		if (!is_text(t))
			continue;
		if (!best || (is_markup(t) && !is_markup(best)) ||
			(is_markup(t) == is_markup(best) && t->size > best->size))
			best = t;
	}
	if (!best && is_text(&entry->texts[MODEL_SUMMARY]))
		best = &entry->texts[MODEL_SUMMARY];
	return best;
}

static int
to_text(struct builder *builder, struct np_article *article, const struct model_text *text,
	const char *html, const char **ret_text)
{
	struct buf *out = &builder->scratch;

	buf_reset(out);
	if (is_markup(text))
		html_to_text(out, html ? html : text->value, html ? strlen(html) : text->size);
	else
		buf_append(out, text->value, text->size);
	return take(&article->arena, out, ret_text);
}

static int
set_body(struct builder *builder, const struct model_node *entry, struct np_article *article)
{
	const struct model_text *body = choose_body(entry);
	const struct model_text *summary = &entry->texts[MODEL_SUMMARY];
	bool raw = builder->options.no_html;
	int error = 0;

	if (!body)
		return 0;
	if (is_markup(body))
		error = convert_html(builder, &article->arena, body, !raw, &article->content_html);
	if (error == 0 && (!raw || !is_markup(body)))
		error = to_text(
			builder, article, body, article->content_html, &article->content_text);
	if (error || body == summary || !is_text(summary))
		return error;
	if (raw)
		return convert_html(builder, &article->arena, summary, false, &article->summary);
	return to_text(builder, article, summary, NULL, &article->summary);
}

static int
copy(struct np_article *article, const char *text, const char **ret_text)
{
	if (!text || !*text)
		return 0;
	*ret_text = arena_strdup(&article->arena, text);
	return *ret_text ? 0 : -ENOMEM;
}

/* An address that can be followed; scripts in disguise are none. */
static bool
is_safe(const char *url)
{
	static const char *const schemes[] = { "javascript", "vbscript", "data", "about", "file" };
	size_t size = strcspn(url, ":/?#");

	if (url[size] != ':')
		return true;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strlen(schemes[i]) == size && strncasecmp(url, schemes[i], size) == 0)
			return false;
	return true;
}

static int
copy_url(struct np_article *article, const char *url, const char **ret_url)
{
	return url && is_safe(url) ? copy(article, url, ret_url) : 0;
}

static const struct model_link *
find_link(const struct model_node *node, const char *rel, const char *type)
{
	for (const struct model_link *link = node->links.first; link; link = link->next)
		if (strcasecmp(link->rel, rel) == 0 && link->type && strcasestr(link->type, type))
			return link;
	return NULL;
}

/* The page of comments: RSS's element, or Atom's link to the replies (RFC 4685). */
static const char *
comments_of(const struct model_node *entry)
{
	const struct model_link *replies;

	if (entry->strings[MODEL_COMMENTS])
		return entry->strings[MODEL_COMMENTS];
	replies = find_link(entry, "replies", "html");
	return replies ? replies->href : NULL;
}

/* The picture: of its own, or a picture that is enclosed. */
static const char *
image_of(const struct model_node *entry)
{
	const struct model_link *enclosure;

	if (entry->image && entry->image->url)
		return entry->image->url;
	enclosure = find_link(entry, "enclosure", "image/");
	return enclosure ? enclosure->href : NULL;
}

static int
set_links(struct builder *builder, struct model_node *entry, struct np_article *article)
{
	const char *const *strings = entry->strings;
	int error;

	link_choose(entry);
	if (!strings[MODEL_LINK] && entry->id_is_permalink && strings[MODEL_ID]) {
		entry->strings[MODEL_LINK] = builder_url(
			builder, entry, entry->base, strings[MODEL_ID], strlen(strings[MODEL_ID]));
		if (!strings[MODEL_LINK])
			return -ENOMEM;
		entry->link_from_guid = true;
	}
	error = copy(article, strings[MODEL_ID], &article->id);
	if (error == 0)
		error = copy_url(article,
			strings[MODEL_ORIGINAL_LINK] ? strings[MODEL_ORIGINAL_LINK]
						     : strings[MODEL_LINK],
			&article->url);
	if (error == 0)
		error = copy_url(article, strings[MODEL_EXTERNAL_LINK], &article->external_url);
	if (error == 0)
		error = copy_url(article, comments_of(entry), &article->comments_url);
	return error;
}

/*
 * An entry without authors is by those of its source, or of the feed: so Atom and JSON Feed have
 * it. What RSS says at its channel is who is responsible for the channel.
 */
static int
set_persons(
	const struct builder *builder, const struct model_node *entry, struct np_article *article)
{
	const struct model_node *feed = builder->feed;
	bool inherits = builder->info.format == NP_FEED_ATOM ||
			builder->info.format == NP_FEED_JSON;
	const struct model_node *from = entry->authors.n > 0 ? entry : entry->source;
	struct np_person *persons;
	size_t n = 0;
	int error = 0;

	if ((!from || from->authors.n == 0) && inherits)
		from = feed;
	if (!from || from->authors.n == 0)
		return 0;
	persons = arena_alloc_array(&article->arena, from->authors.n, sizeof(*persons));
	if (!persons)
		return -ENOMEM;
	for (const struct model_person *p = from->authors.first; p; p = p->next, n++) {
		error = copy(article, p->name, &persons[n].name);
		if (error == 0)
			error = copy(article, p->email, &persons[n].email);
		if (error == 0)
			error = copy_url(article, p->uri, &persons[n].url);
		if (error == 0)
			error = copy_url(article, p->avatar, &persons[n].avatar);
		if (error)
			return error;
	}
	article->authors = persons;
	article->n_authors = n;
	return 0;
}

static int
set_categories(const struct model_node *entry, struct np_article *article)
{
	struct np_category *categories;
	size_t n = 0;
	int error = 0;

	if (entry->categories.n == 0)
		return 0;
	categories = arena_alloc_array(&article->arena, entry->categories.n, sizeof(*categories));
	if (!categories)
		return -ENOMEM;
	for (const struct model_category *c = entry->categories.first; c; c = c->next, n++) {
		error = copy(article, c->term, &categories[n].term);
		if (error == 0)
			error = copy(article, c->scheme, &categories[n].scheme);
		if (error == 0)
			error = copy(article, c->label, &categories[n].label);
		if (error)
			return error;
	}
	article->categories = categories;
	article->n_categories = n;
	return 0;
}

static int
set_attachment(
	struct np_article *article, const struct model_link *link, struct np_attachment *attachment)
{
	char *end;
	int error = copy(article, link->href, &attachment->url);

	attachment->size_in_bytes = -1;
	attachment->duration = link->duration;
	if (link->length) {
		long long length = strtoll(link->length, &end, 10);

		if (end != link->length && *end == '\0' && length > 0)
			attachment->size_in_bytes = length;
	}
	if (error == 0)
		error = copy(article, link->type, &attachment->mime_type);
	if (error == 0)
		error = copy(article, link->title, &attachment->title);
	return error;
}

/* Attachments that a list of them is searched through; the search is not to cost more than that. */
#define ATTACHMENT_SEARCH 100

static bool
is_attached(const struct np_attachment *attachments, size_t n, const char *url)
{
	for (size_t i = 0; i < n && i < ATTACHMENT_SEARCH; i++)
		if (strcmp(attachments[i].url, url) == 0)
			return true;
	return false;
}

/* iTunes says the duration of the one enclosure that it knows. */
static void
set_duration(const struct model_node *entry, struct np_attachment *attachment)
{
	const char *duration = model_extension_value(entry, "itunes", "duration");

	if (attachment->duration < 0 && duration)
		attachment->duration = field_duration(duration);
}

static int
set_attachments(const struct model_node *entry, struct np_article *article)
{
	struct np_attachment *attachments;
	size_t n = 0;
	int error;

	if (entry->links.n == 0)
		return 0;
	attachments = arena_alloc_array(&article->arena, entry->links.n, sizeof(*attachments));
	if (!attachments)
		return -ENOMEM;
	for (const struct model_link *link = entry->links.first; link; link = link->next) {
		if (strcasecmp(link->rel, "enclosure") != 0 || !is_safe(link->href) ||
			is_attached(attachments, n, link->href))
			continue;
		error = set_attachment(article, link, &attachments[n++]);
		if (error)
			return error;
	}
	if (n == 1)
		set_duration(entry, &attachments[0]);
	article->attachments = n > 0 ? attachments : NULL;
	article->n_attachments = n;
	return 0;
}

static int
copy_extensions(struct np_article *article, const struct model_extension *first, size_t n,
	unsigned int depth, const struct np_extension **ret_extensions, size_t *ret_n)
{
	struct np_extension *extensions;
	size_t at = 0;
	int error;

	if (n == 0 || depth >= ARTICLE_EXTENSION_DEPTH)
		return 0;
	extensions = arena_alloc_array(&article->arena, n, sizeof(*extensions));
	if (!extensions)
		return -ENOMEM;
	for (const struct model_extension *e = first; e; e = e->next) {
		struct np_extension *to = &extensions[at];

		if (e->name[0] == '\0' || (!e->value && !e->children.first))
			continue;
		error = copy(article, e->name, &to->name);
		if (error == 0)
			error = copy(article, e->value, &to->value);
		if (error == 0)
			error = copy_extensions(article, e->children.first, e->children.n,
				depth + 1, &to->children, &to->n_children);
		if (error)
			return error;
		if (to->value || to->n_children > 0)
			at++;
	}
	*ret_extensions = at > 0 ? extensions : NULL;
	*ret_n = at;
	return 0;
}

static int64_t
usable(const struct builder *builder, const struct model_node *entry, enum model_date_kind kind)
{
	int64_t seconds = entry->dates[kind].seconds;

	if (seconds < DATE_MIN || seconds > builder->now + DATE_AHEAD)
		return NP_TIME_NONE;
	return seconds;
}

/* RSS has one date, whatever element it stands in: that is when the item came out. */
static void
set_dates(const struct builder *builder, const struct model_node *entry, struct np_article *article)
{
	article->published = usable(builder, entry, MODEL_PUBLISHED);
	article->modified = usable(builder, entry, MODEL_UPDATED);
	if (article->published == NP_TIME_NONE)
		article->published = usable(builder, entry, MODEL_CREATED);
	if (article->published == NP_TIME_NONE && builder->info.format != NP_FEED_ATOM) {
		article->published = article->modified;
		article->modified = NP_TIME_NONE;
	}
}

static int
set_rest(struct builder *builder, struct model_node *entry, struct np_article *article)
{
	struct model_node *source = entry->source;
	int error;

	error = convert_line(builder, &article->arena, &entry->texts[MODEL_TITLE], &article->title);
	if (error == 0)
		error = convert_line(
			builder, &article->arena, &entry->texts[MODEL_RIGHTS], &article->rights);
	if (error == 0)
		error = copy(article, entry->lang, &article->language);
	if (error == 0)
		error = copy_url(article, image_of(entry), &article->image);
	if (error || !source)
		return error;
	link_choose(source);
	error = convert_line(
		builder, &article->arena, &source->texts[MODEL_TITLE], &article->source_title);
	if (error == 0)
		error = copy_url(article, source->strings[MODEL_LINK], &article->source_url);
	return error;
}

static int
fill(struct builder *builder, struct model_node *entry, struct np_article *article)
{
	int error = set_links(builder, entry, article);

	if (error == 0)
		error = set_body(builder, entry, article);
	if (error == 0)
		error = set_rest(builder, entry, article);
	if (error == 0)
		error = set_persons(builder, entry, article);
	if (error == 0)
		error = set_categories(entry, article);
	if (error == 0)
		error = set_attachments(entry, article);
	if (error == 0)
		error = copy_extensions(article, entry->extensions.first, entry->extensions.n, 0,
			&article->extensions, &article->n_extensions);
	if (error == 0)
		set_dates(builder, entry, article);
	/* What passes HTML through is mostly not asked for a hash, which is a third of its work. */
	article->unhashed = builder->options.no_html;
	if (article->unhashed)
		return error;
	if (error == 0 && builder->hash == NULL)
		error = sha256_new(&builder->hash);
	return error == 0 ? article_hash_with(builder->hash, article) : error;
}

int
convert_entry(struct builder *builder, struct model_node *entry, struct np_article **ret_article)
{
	struct np_article *article;
	int error = article_new(&article);

	if (error)
		return error;
	error = fill(builder, entry, article);
	if (error) {
		np_article_free(article);
		return error;
	}
	*ret_article = article;
	return 0;
}
