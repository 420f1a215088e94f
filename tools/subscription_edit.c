/*
 * Edits of the places where feeds stand: sections of configuration files, outlines of lists. An
 * outline is found in the text as it is to be, so that edits of one file can follow each other from
 * its end to its beginning.
 *
 * Errors: said where they are found, and an exit status.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/conf/edit_outline.h"
#include "daemon/conf/edit_section.h"
#include "daemon/conf/ini.h"
#include "daemon/conf/opml.h"
#include "lib/base/url.h"
#include "lib/spool/layout.h"
#include "tools/subscription.h"

/* Where an outline's tag stands, and what edits need of it. */
struct outline {
	const struct subscription *feed;
	bool found;
	size_t offset, size;
	struct buf categories, url;
};

static int
match_outline(void *arg, const struct opml_element *element)
{
	struct outline *outline = arg;
	const char *categories;

	if (outline->found || element->line != outline->feed->line || *element->url == '\0')
		return 0;
	buf_reset(&outline->url);
	url_subscribe(&outline->url, element->url);
	if (strcmp(buf_str(&outline->url), outline->feed->url) != 0)
		return buf_error(&outline->url);
	categories = opml_attribute(element->attributes, "category");
	buf_puts(&outline->categories, categories != NULL ? categories : "");
	outline->found = true;
	outline->offset = element->offset;
	outline->size = element->size;
	return buf_error(&outline->categories);
}

/* Finds the outline of a feed in the list's text. Its buffers are to be freed in any case. */
static int
find_outline(const struct subscription *feed, const struct buf *text, struct outline *outline,
	struct config_error *err)
{
	const struct opml_walker walker = { match_outline, NULL, outline };
	FILE *stream = text->len > 0 ? fmemopen(text->data, text->len, "r") : NULL;
	int ret = -ENOMEM;

	outline->feed = feed;
	if (stream == NULL) {
		snprintf(err->text, sizeof(err->text), "%s: %s", feed->file, strerror(ENOMEM));
		return ret;
	}
	ret = opml_walk(stream, feed->file, &walker, err);
	fclose(stream);
	if (ret == 0 && !outline->found) {
		config_error_set(err, feed->file, feed->line, feed->name, "not there any more");
		ret = -ESTALE;
	}
	return ret;
}

/* Words for what the edits return. */
static int
say_edit(struct subscriptions *subscriptions, const struct subscription *feed, int error)
{
	static const struct {
		int error;
		const char *words;
	} rows[] = {
		{ -ESTALE, "has changed meanwhile" },
		{ -ENOTEMPTY, "there are outlines within it: take it out by hand" },
		{ -ENOTSUP, "the list is not in UTF-8: save it as that first" },
		{ -EINVAL, "cannot be written in a configuration file" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == error) {
			command_say(subscriptions->call, "%s:%u: %s: %s", feed->file, feed->line,
				feed->name, rows[i].words);
			return COMMAND_FAILED;
		}
	command_say(subscriptions->call, "%s: %s: %s", feed->file, feed->name, strerror(-error));
	return COMMAND_FAILED;
}

/* Sets an attribute of a feed's outline, or with a name of NULL takes the outline out. */
static int
edit_outline(struct subscriptions *subscriptions, const struct subscription *feed, struct buf *text,
	const char *name, const char *value)
{
	struct outline outline = { 0 };
	struct config_error err;
	int ret = find_outline(feed, text, &outline, &err), status = COMMAND_OK;

	if (ret < 0)
		status = subscription_say(subscriptions, &err);
	else if (name != NULL)
		ret = edit_outline_set(text, outline.offset, outline.size, name, value);
	else
		ret = edit_outline_remove(text, outline.offset, outline.size);
	if (status == COMMAND_OK && ret < 0)
		status = say_edit(subscriptions, feed, ret);
	buf_done(&outline.categories);
	buf_done(&outline.url);
	return status;
}

static int
open_place(
	struct subscriptions *subscriptions, const struct subscription *feed, struct buf **ret_text)
{
	struct config_error err;
	int ret = edit_read(subscriptions->edit, feed->file, ret_text, &err);

	return ret < 0 ? subscription_say(subscriptions, &err) : COMMAND_OK;
}

static struct edit_section
section_of(const struct subscription *feed)
{
	return (struct edit_section){ .kind = "feed", .name = feed->name, .line = feed->line };
}

/* A file of feeds.d that has no sections left goes with the last one, unless there are words in it. */
static bool
is_left_over(const struct subscription *feed, const struct buf *text)
{
	const char *line = buf_str(text);

	if (strstr(feed->file, "feeds.d/") == NULL || !edit_section_none(text))
		return false;
	for (; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
		if (line[strspn(line, " \t\r")] != '\n' && line[strspn(line, " \t\r")] != '\0' &&
			strncmp(line, "# Added by newspool", 19) != 0)
			return false;
	return true;
}

int
subscription_remove(struct subscriptions *subscriptions, const struct subscription *feed)
{
	const struct edit_section section = section_of(feed);
	struct buf *text;
	int status = open_place(subscriptions, feed, &text), ret;

	if (status != COMMAND_OK)
		return status;
	if (feed->listed)
		return edit_outline(subscriptions, feed, text, NULL, NULL);
	ret = edit_section_remove(text, &section);
	if (ret < 0)
		return say_edit(subscriptions, feed, ret);
	if (is_left_over(feed, text))
		edit_remove(subscriptions->edit, feed->file);
	return COMMAND_OK;
}

int
subscription_rename(
	struct subscriptions *subscriptions, const struct subscription *feed, const char *name)
{
	const struct edit_section section = section_of(feed);
	struct buf *text;
	int status = open_place(subscriptions, feed, &text), ret;

	if (status != COMMAND_OK)
		return status;
	if (feed->listed)
		return edit_outline(subscriptions, feed, text, OPML_NAME, name);
	ret = edit_section_rename(text, &section, name);
	return ret < 0 ? say_edit(subscriptions, feed, ret) : COMMAND_OK;
}

/* The next slug of a list of them; false at its end. */
static bool
next_slug(const char **slugs, const char **ret_slug, size_t *ret_size)
{
	*ret_slug = *slugs;
	*ret_size = strcspn(*slugs, " ");
	*slugs += *ret_size + ((*slugs)[*ret_size] == ' ');
	return *ret_size > 0;
}

static int
say_foreign(struct subscriptions *subscriptions, const struct subscription *feed, const char *tag,
	size_t size)
{
	bool has = subscription_has(feed->tags, tag, size);

	command_say(subscriptions->call,
		has ? "%s: the tag %.*s comes from its list, or a folder in it: see %s"
		    : "%s: it has no tag %.*s",
		feed->name, (int)size, tag, feed->file);
	return COMMAND_FAILED;
}

/* "a, b" of what the feed has and is to have. */
static int
retag_section(struct subscriptions *subscriptions, const struct subscription *feed, const char *add,
	const char *remove, struct buf *tags)
{
	const char *tag;
	size_t size;

	for (const char *rest = remove; next_slug(&rest, &tag, &size);)
		if (!subscription_has(feed->tags, tag, size))
			return say_foreign(subscriptions, feed, tag, size);
	for (const char *rest = feed->tags; next_slug(&rest, &tag, &size);)
		if (!subscription_has(remove, tag, size))
			buf_printf(tags, "%s%.*s", tags->len > 0 ? ", " : "", (int)size, tag);
	for (const char *rest = add; next_slug(&rest, &tag, &size);)
		if (!subscription_has(feed->tags, tag, size))
			buf_printf(tags, "%s%.*s", tags->len > 0 ? ", " : "", (int)size, tag);
	return COMMAND_OK;
}

/* The tag that a category means. */
static void
tag_of_category(const struct config *config, const char *term, struct buf *tag)
{
	const char *alias = config_alias_tag(config, term);
	const char *slash = strrchr(term, '/');

	buf_reset(tag);
	if (alias != NULL)
		buf_puts(tag, alias);
	else
		spool_slug(tag, slash != NULL ? slash + 1 : term);
}

/* "a,b" of the categories that stay, as they are; *found: which of the tags they were. */
static void
keep_categories(struct subscriptions *subscriptions, const char *categories, const char *remove,
	struct buf *kept, struct buf *found)
{
	struct buf term = { 0 }, tag = { 0 };
	size_t size;

	for (const char *at = categories; *at != '\0'; at += size + (at[size] == ',')) {
		size = strcspn(at, ",");
		buf_reset(&term);
		buf_append(&term, at, size);
		tag_of_category(subscriptions->config, buf_str(&term), &tag);
		buf_printf(found, "%s ", buf_str(&tag));
		if (!subscription_has(remove, buf_str(&tag), tag.len) || tag.len == 0)
			buf_printf(kept, "%s%s", kept->len > 0 ? "," : "", buf_str(&term));
	}
	buf_done(&term);
	buf_done(&tag);
}

static int
retag_outline(struct subscriptions *subscriptions, const struct subscription *feed,
	const struct buf *text, const char *add, const char *remove, struct buf *tags)
{
	struct outline outline = { 0 };
	struct buf own = { 0 };
	struct config_error err;
	int status = COMMAND_OK;
	const char *tag;
	size_t size;

	if (find_outline(feed, text, &outline, &err) < 0)
		status = subscription_say(subscriptions, &err);
	else
		keep_categories(subscriptions, buf_str(&outline.categories), remove, tags, &own);
	if (status == COMMAND_OK)
		for (const char *rest = remove; next_slug(&rest, &tag, &size);)
			if (!subscription_has(buf_str(&own), tag, size))
				status = say_foreign(subscriptions, feed, tag, size);
	for (const char *rest = add; next_slug(&rest, &tag, &size);)
		if (!subscription_has(feed->tags, tag, size))
			buf_printf(tags, "%s%.*s", tags->len > 0 ? "," : "", (int)size, tag);
	buf_done(&outline.categories);
	buf_done(&outline.url);
	buf_done(&own);
	return status;
}

int
subscription_retag(struct subscriptions *subscriptions, const struct subscription *feed,
	const char *add, const char *remove)
{
	const struct edit_section section = section_of(feed);
	struct buf tags = { 0 }, *text;
	int status = open_place(subscriptions, feed, &text), ret = 0;

	if (status == COMMAND_OK && feed->listed)
		status = retag_outline(subscriptions, feed, text, add, remove, &tags);
	else if (status == COMMAND_OK)
		status = retag_section(subscriptions, feed, add, remove, &tags);
	if (status == COMMAND_OK && buf_error(&tags) < 0)
		status = say_edit(subscriptions, feed, buf_error(&tags));
	else if (status == COMMAND_OK && feed->listed)
		status = edit_outline(subscriptions, feed, text, "category",
			tags.len > 0 ? buf_str(&tags) : NULL);
	else if (status == COMMAND_OK)
		ret = edit_section_set(
			text, &section, "tags", tags.len > 0 ? buf_str(&tags) : NULL);
	buf_done(&tags);
	return ret < 0 ? say_edit(subscriptions, feed, ret) : status;
}
