/*
 * [opml …] as feeds: each gets a name of its own, tags from its folders and categories, and the
 * section's settings. The name is the slug of the title; where that is had already, the first six
 * digits of a hash of the URL follow, so that the order of a list does not matter much.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/conf/load.h"
#include "daemon/conf/opml.h"
#include "lib/base/sha256.h"
#include "lib/base/url.h"
#include "lib/base/utf8.h"
#include "lib/spool/layout.h"

#define TITLE_MAX 512    /* bytes */
#define TRIES_MAX 10000u /* names for one title and URL */

struct listing {
	struct loading *loading;
	const struct load_list *list;
	struct buf url, title, slug, name, tags;
};

/* The URL is quoted where it cannot hold a password. */
static int
url_wrong(const struct listing *listing, unsigned int line, const char *reason)
{
	const char *url = buf_str(&listing->url);
	bool quote = *url && !strchr(url, '@');

	return config_error_set(listing->loading->err, listing->list->file, line, "xmlUrl",
		quote ? "'%.256s': %s" : "%.0s%s", url, reason);
}

static int
take_url(struct listing *listing, const struct opml_feed *outline)
{
	const char *reason;

	buf_reset(&listing->url);
	url_subscribe(&listing->url, outline->url);
	if (buf_error(&listing->url))
		return load_failed(listing->loading, listing->list->file, outline->line, NULL,
			buf_error(&listing->url));
	if (value_url(buf_str(&listing->url), &reason) < 0)
		return url_wrong(listing, outline->line, reason);
	return 0;
}

/* A list without a title for a feed is shown by the feed's host until the feed itself is known. */
static void
take_title(struct listing *listing, const struct opml_feed *outline)
{
	buf_reset(&listing->title);
	buf_append(&listing->title, outline->title,
		utf8_cut(outline->title, strlen(outline->title), TITLE_MAX));
	if (!listing->title.len)
		url_host(&listing->title, buf_str(&listing->url));
}

/* The slug that names begin with: of the title, else of the host. */
static void
make_slug(struct listing *listing)
{
	buf_reset(&listing->slug);
	if (spool_slug(&listing->slug, buf_str(&listing->title)))
		return;
	buf_reset(&listing->name);
	url_host(&listing->name, buf_str(&listing->url));
	if (!spool_slug(&listing->slug, buf_str(&listing->name)))
		buf_puts(&listing->slug, "feed");
}

/* SLUG, SLUG-HASH, SLUG-HASH-2, … */
static void
make_name(struct listing *listing, unsigned int try, const unsigned char hash[SHA256_SIZE])
{
	struct buf *name = &listing->name;
	const char *slug = buf_str(&listing->slug);
	char suffix[32] = "", digits[7];
	size_t keep;

	if (try > 0) {
		hex_encode(hash, 3, digits);
		snprintf(suffix, sizeof(suffix), try > 1 ? "-%s-%u" : "-%s", digits, try);
	}
	keep = strlen(slug);
	while (utf8_length(slug, keep) + strlen(suffix) > SPOOL_SLUG_MAX)
		keep = utf8_cut(slug, strlen(slug), keep - 1);
	while (keep > 0 && slug[keep - 1] == '-')
		keep--;
	buf_reset(name);
	buf_append(name, slug, keep);
	buf_puts(name, suffix);
}

/* The name that the list gives, where it is one and still free. */
static int
take_own_name(struct listing *listing, const struct opml_feed *outline)
{
	uint32_t other_file, other_line;

	if (!spool_is_slug(outline->name))
		return -EEXIST;
	buf_reset(&listing->name);
	buf_puts(&listing->name, outline->name);
	if (buf_error(&listing->name))
		return -ENOMEM;
	return names_put(&listing->loading->names, "feed", outline->name, 0, outline->line,
		&other_file, &other_line);
}

static int
take_name(struct listing *listing, const struct opml_feed *outline)
{
	unsigned char hash[SHA256_SIZE];
	uint32_t other_file, other_line;
	int ret = *outline->name ? take_own_name(listing, outline) : -EEXIST;

	if (ret != -EEXIST)
		return ret;
	ret = sha256(listing->url.data, listing->url.len, hash);
	make_slug(listing);
	for (unsigned int try = 0; ret == 0 && try < TRIES_MAX; try++) {
		make_name(listing, try, hash);
		if (buf_error(&listing->slug) || buf_error(&listing->name))
			return -ENOMEM;
		ret = names_put(&listing->loading->names, "feed", buf_str(&listing->name), 0,
			outline->line, &other_file, &other_line);
		if (ret != -EEXIST)
			return ret;
		ret = 0;
	}
	return ret < 0 ? ret : -EEXIST;
}

static int
put_term(struct listing *listing, const char *term)
{
	const char *tag;
	int ret = config_find_alias(listing->loading->config, term, &listing->slug, &tag);

	if (ret < 0)
		return ret;
	if (tag) {
		load_put_tag(&listing->tags, tag);
		return 0;
	}
	buf_reset(&listing->slug);
	if (spool_slug(&listing->slug, term))
		load_put_tag(&listing->tags, buf_str(&listing->slug));
	return buf_error(&listing->slug);
}

static int
take_tags(struct listing *listing, const struct opml_feed *outline)
{
	int ret = 0;

	buf_reset(&listing->tags);
	buf_puts(&listing->tags, listing->list->tags);
	for (size_t i = 0; ret == 0 && i < outline->n_terms; i++)
		ret = put_term(listing, outline->terms[i]);
	return ret < 0 ? ret : buf_error(&listing->tags);
}

static int
take_outline(void *arg, const struct opml_feed *outline)
{
	struct listing *listing = arg;
	struct config_feed feed = {
		.settings = listing->list->settings,
		.file = listing->list->file,
		.line = outline->line,
		.listed = true,
	};
	int ret = take_url(listing, outline);

	if (ret < 0)
		return ret;
	take_title(listing, outline);
	ret = buf_error(&listing->title);
	if (ret == 0)
		ret = take_name(listing, outline);
	if (ret == 0)
		ret = take_tags(listing, outline);
	if (ret < 0)
		return load_failed(listing->loading, feed.file, feed.line, "outline", ret);
	feed.name = buf_str(&listing->name);
	feed.url = buf_str(&listing->url);
	feed.title = buf_str(&listing->title);
	feed.tags = buf_str(&listing->tags);
	return load_feed(listing->loading, &feed);
}

/* The list's settings over [defaults], which are known by now. */
static int
check_list(struct loading *loading, const struct load_list *list)
{
	const char *key, *other, *relation;
	struct config_settings settings;
	struct arena arena = { 0 };
	int ret = config_feed_settings(loading->config, list->settings, &arena, &settings);

	if (ret < 0)
		ret = load_failed(loading, list->place, list->line, NULL, ret);
	else if ((relation = load_settings_clash(&settings, &key, &other)))
		ret = config_error_set(
			loading->err, list->place, list->line, key, "%s %s", relation, other);
	arena_done(&arena);
	return ret;
}

int
load_list(struct loading *loading, const struct load_list *list)
{
	struct listing listing = { .loading = loading, .list = list };
	FILE *stream;
	int ret = check_list(loading, list);

	if (ret < 0)
		return ret;
	ret = config_file_open(list->file, &stream);
	if (ret < 0) {
		config_error_set(loading->err, list->place, list->line, "file", "'%.256s': %s",
			list->file, config_file_error(ret));
		return ret;
	}
	ret = opml_read(stream, list->file, take_outline, &listing, loading->err);
	fclose(stream);
	buf_done(&listing.url);
	buf_done(&listing.title);
	buf_done(&listing.slug);
	buf_done(&listing.name);
	buf_done(&listing.tags);
	return ret;
}
