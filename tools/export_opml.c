/*
 * newspool export --opml: the configured feeds as one OPML list. What stands in a list goes out as it stands
 * there, with its folders and every attribute that some other program wrote; what stands in a section
 * is put into a folder of its first tag. Each feed keeps its name, so that the list, read by another
 * newspool, gives the same feeds.
 *
 * Nothing of a feed's settings goes out: they can hold what is secret.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "daemon/conf/ini.h"
#include "daemon/conf/opml.h"
#include "lib/base/weave.h"
#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/export_opml.h"
#include "tools/subscription.h"

#define FLUSH_SIZE 65536u

struct entry {
	struct entry *next;
	const char *name, *url, *title, *tags;
};

/* The feeds of one list, in its order. */
struct list {
	struct list *next;
	const char *file;
	struct entry *entries, **end;
};

struct export
{
	struct command_call *call;
	struct arena arena;
	struct entry *sections, **sections_end;
	struct list *lists, **lists_end;
	const struct config *config;
	struct buf out;
	struct weave weave;
	/* the list that is being copied */
	const struct entry *entry;
	unsigned int outlines; /* open ones */
	unsigned int body;     /* 1 within <body> */
	struct buf terms, slug, category;
};

static struct list *
list_of(struct export *export, const char *file)
{
	struct list *list;

	for (list = export->lists; list != NULL; list = list->next)
		if (strcmp(list->file, file) == 0)
			return list;
	list = arena_alloc(&export->arena, sizeof(*list));
	if (list == NULL)
		return NULL;
	list->file = arena_strdup(&export->arena, file);
	list->end = &list->entries;
	*export->lists_end = list;
	export->lists_end = &list->next;
	return list->file != NULL ? list : NULL;
}

static int
collect(void *arg, const struct config_feed *feed, struct config_error *err)
{
	struct export *export = arg;
	struct arena *arena = &export->arena;
	struct entry *entry = arena_alloc(arena, sizeof(*entry));
	struct list *list = feed->listed ? list_of(export, feed->file) : NULL;
	struct entry ***end = feed->listed ? (list != NULL ? &list->end : NULL)
					   : &export->sections_end;

	(void)err;
	if (entry == NULL || end == NULL)
		return -ENOMEM;
	entry->name = arena_strdup(arena, feed->name);
	entry->url = arena_strdup(arena, feed->url);
	entry->title = arena_strdup(arena, feed->title != NULL ? feed->title : feed->name);
	entry->tags = arena_strdup(arena, feed->tags);
	if (entry->name == NULL || entry->url == NULL || entry->title == NULL ||
		entry->tags == NULL)
		return -ENOMEM;
	**end = entry;
	*end = &entry->next;
	return 0;
}

static void
flush(struct export *export)
{
	if (export->out.len > 0)
		fwrite(export->out.data, 1, export->out.len, stdout);
	buf_reset(&export->out);
}

/* A new line with so many tabs, before an element. */
static void
indent(struct export *export, unsigned int depth)
{
	static const char tabs[] = "\n\t\t\t\t\t\t\t\t";
	size_t size = 1 + (depth < 8 ? depth : 8);

	weave_text_n(&export->weave, tabs, size);
	if (export->out.len > FLUSH_SIZE)
		flush(export);
}

static void
put_category(struct export *export, const char *tags)
{
	buf_reset(&export->category);
	for (const char *at = tags; *at != '\0'; at += strcspn(at, " ") + 1)
		buf_printf(&export->category, "%s%.*s", export->category.len > 0 ? "," : "",
			(int)strcspn(at, " "), at);
	weave_attribute(&export->weave, "category",
		export->category.len > 0 ? buf_str(&export->category) : NULL);
}

static void
put_section(struct export *export, const struct entry *entry, unsigned int depth)
{
	struct weave *weave = &export->weave;

	indent(export, depth);
	weave_open(weave, "outline");
	weave_attribute(weave, "type", "rss");
	weave_attribute(weave, "text", entry->title);
	weave_attribute(weave, "title", entry->title);
	weave_attribute(weave, "xmlUrl", entry->url);
	put_category(export, entry->tags);
	weave_attribute(weave, OPML_NAME, entry->name);
	weave_close(weave);
}

static int
compare_tags(const void *left, const void *right)
{
	const struct entry *a = *(const struct entry *const *)left;
	const struct entry *b = *(const struct entry *const *)right;
	size_t length_a = strcspn(a->tags, " "), length_b = strcspn(b->tags, " ");
	int order = strncmp(a->tags, b->tags, length_a < length_b ? length_a : length_b);

	if (order == 0 && length_a != length_b)
		order = length_a < length_b ? -1 : 1;
	return order != 0 ? order : strcmp(a->name, b->name);
}

static bool
same_folder(const struct entry *a, const struct entry *b)
{
	size_t length = strcspn(a->tags, " ");

	return length == strcspn(b->tags, " ") && strncmp(a->tags, b->tags, length) == 0;
}

/* A folder for each first tag; feeds without any stand before them. */
static void
put_folders(struct export *export, const struct entry **entries, size_t n)
{
	struct weave *weave = &export->weave;

	for (size_t i = 0; i < n; i++) {
		bool has_tag = entries[i]->tags[0] != '\0';

		if (has_tag && (i == 0 || !same_folder(entries[i - 1], entries[i]))) {
			indent(export, 2);
			weave_open(weave, "outline");
			weave_attribute_printf(weave, "text", "%.*s",
				(int)strcspn(entries[i]->tags, " "), entries[i]->tags);
		}
		put_section(export, entries[i], has_tag ? 3 : 2);
		if (has_tag && (i + 1 == n || !same_folder(entries[i], entries[i + 1]))) {
			indent(export, 2);
			weave_close(weave);
		}
	}
}

static int
put_sections(struct export *export)
{
	const struct entry **entries;
	size_t n = 0;

	for (const struct entry *entry = export->sections; entry != NULL; entry = entry->next)
		n++;
	entries = calloc(n > 0 ? n : 1, sizeof(struct entry *));
	if (entries == NULL)
		return -ENOMEM;
	n = 0;
	for (const struct entry *entry = export->sections; entry != NULL; entry = entry->next)
		entries[n++] = entry;
	qsort(entries, n, sizeof(*entries), compare_tags);
	put_folders(export, entries, n);
	free(entries);
	return 0;
}

/* Appends the tag that a term of the list means, with a blank. */
static void
put_term(struct export *export, const char *term, size_t size)
{
	const char *alias, *slash;

	buf_reset(&export->slug);
	buf_append(&export->slug, term, size);
	alias = config_alias_tag(export->config, buf_str(&export->slug));
	slash = strrchr(buf_str(&export->slug), '/');
	if (alias != NULL)
		buf_puts(&export->terms, alias);
	else
		spool_slug(&export->terms, slash != NULL ? slash + 1 : buf_str(&export->slug));
	buf_putc(&export->terms, ' ');
}

/* Its categories, and the tags that it has from elsewhere than them and its folders. */
static void
put_all_categories(struct export *export, const char *categories, const char *tags)
{
	size_t folders = export->terms.len, size;

	for (const char *at = categories; *at != '\0'; at += size + (at[size] == ',')) {
		size = strcspn(at, ",");
		put_term(export, at, size);
	}
	buf_reset(&export->category);
	buf_puts(&export->category, categories);
	for (const char *at = tags; *at != '\0'; at += size + 1) {
		size = strcspn(at, " ");
		if (!subscription_has(buf_str(&export->terms), at, size))
			buf_printf(&export->category, "%s%.*s", export->category.len > 0 ? "," : "",
				(int)size, at);
	}
	buf_truncate(&export->terms, folders);
	weave_attribute(&export->weave, "category",
		export->category.len > 0 ? buf_str(&export->category) : NULL);
}

static bool
is_ours(const char *attribute, bool feed)
{
	return feed &&
	       (strcasecmp(attribute, "category") == 0 || strcasecmp(attribute, OPML_NAME) == 0);
}

static int
copy_start(void *arg, const struct opml_element *element)
{
	struct export *export = arg;
	bool feed = *element->url != '\0';
	const char *text = opml_attribute(element->attributes, "category");

	if (strcasecmp(element->name, "body") == 0)
		export->body = 1;
	if (!export->body || strcasecmp(element->name, "outline") != 0)
		return 0;
	indent(export, 2 + export->outlines++);
	weave_open(&export->weave, "outline");
	for (const char *const *at = element->attributes; at[0] != NULL; at += 2)
		if (!is_ours(at[0], feed))
			weave_attribute(&export->weave, at[0], at[1]);
	if (feed && export->entry != NULL) {
		put_all_categories(export, text != NULL ? text : "", export->entry->tags);
		weave_attribute(&export->weave, OPML_NAME, export->entry->name);
		export->entry = export->entry->next;
	} else if (!feed) {
		text = opml_attribute(element->attributes, "text");
		if (text == NULL || *text == '\0')
			text = opml_attribute(element->attributes, "title");
		put_term(export, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
	}
	return buf_error(&export->out);
}

static int
copy_end(void *arg, const char *name, unsigned int depth)
{
	struct export *export = arg;

	(void)depth;
	if (strcasecmp(name, "body") == 0)
		export->body = 0;
	if (!export->body || strcasecmp(name, "outline") != 0)
		return 0;
	if (!export->weave.in_tag)
		indent(export, 1 + export->outlines);
	export->outlines--;
	weave_close(&export->weave);
	return 0;
}

/* The attributes of <opml>: the namespaces of those below. */
static int
copy_root(void *arg, const struct opml_element *element)
{
	struct export *export = arg;

	for (const char *const *at = element->attributes; at[0] != NULL; at += 2) {
		buf_reset(&export->slug);
		buf_printf(&export->slug, " %s=\"", at[0]);
		if (strcasecmp(at[0], "version") != 0 &&
			strstr(buf_str(&export->out), buf_str(&export->slug)) == NULL)
			weave_attribute(&export->weave, at[0], at[1]);
	}
	return -ECANCELED;
}

static int
walk(struct export *export, const struct list *list, const struct opml_walker *walker)
{
	struct config_error err = { "" };
	FILE *stream;
	int ret = config_file_open(list->file, &stream);

	if (ret == 0) {
		ret = opml_walk(stream, list->file, walker, &err);
		fclose(stream);
	}
	if (ret < 0 && ret != -ECANCELED)
		command_say(export->call, "%s",
			err.text[0] != '\0' ? err.text : config_file_error(ret));
	return ret == -ECANCELED ? 0 : ret;
}

static int
put_head(struct export *export)
{
	const struct opml_walker root = { copy_root, NULL, export };
	struct weave *weave = &export->weave;
	time_t now = time(NULL);
	char date[64];
	struct tm tm;
	int ret = 0;

	weave_trusted(weave, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	weave_open(weave, "opml");
	weave_attribute(weave, "version", "2.0");
	for (struct list *list = export->lists; list != NULL && ret == 0; list = list->next)
		ret = walk(export, list, &root);
	indent(export, 1);
	weave_open(weave, "head");
	indent(export, 2);
	weave_element(weave, "title", NULL, "newspool");
	if (gmtime_r(&now, &tm) != NULL &&
		strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0) {
		indent(export, 2);
		weave_element(weave, "dateCreated", NULL, date);
	}
	indent(export, 1);
	weave_close(weave);
	indent(export, 1);
	weave_open(weave, "body");
	return ret;
}

static int
put_lists(struct export *export)
{
	const struct opml_walker copy = { copy_start, copy_end, export };
	int ret = 0;

	for (const struct list *list = export->lists; list != NULL && ret == 0; list = list->next) {
		export->entry = list->entries;
		ret = walk(export, list, &copy);
	}
	return ret;
}

static int
put_all(struct export *export)
{
	int ret = put_head(export);

	if (ret == 0)
		ret = put_sections(export);
	if (ret == 0)
		ret = put_lists(export);
	if (ret < 0)
		return COMMAND_FAILED;
	indent(export, 1);
	weave_close(&export->weave);
	weave_text(&export->weave, "\n");
	weave_close(&export->weave);
	weave_text(&export->weave, "\n");
	if (buf_error(&export->out) < 0 || buf_error(&export->category) < 0 ||
		buf_error(&export->terms) < 0) {
		command_say(export->call, "%s", strerror(ENOMEM));
		return COMMAND_FAILED;
	}
	flush(export);
	return COMMAND_OK;
}

int
export_opml(struct command_call *call)
{
	struct export export = { .call = call };
	const struct config_feed_sink sink = { .feed = collect, .arg = &export };
	struct subscriptions subscriptions;
	int status;

	export.sections_end = &export.sections;
	export.lists_end = &export.lists;
	status = subscriptions_open(&subscriptions, call, false, &sink);
	export.config = subscriptions.config;
	weave_init(&export.weave, &export.out, WEAVE_XML);
	if (status == COMMAND_OK)
		status = put_all(&export);
	subscriptions_done(&subscriptions);
	buf_done(&export.out);
	buf_done(&export.terms);
	buf_done(&export.slug);
	buf_done(&export.category);
	arena_done(&export.arena);
	return command_finish(call, status);
}
