/*
 * The verdict on each feed of a list. Owns the verdicts, kept by the feed's place in the source, so
 * that the second reading, which writes, needs no look-up. URLs are compared in their canonical form
 * by a hash of 64 bits.
 *
 * Errors: -ENOMEM, and what the readers return. What is wrong with one feed is a verdict.
 */
#include "config.h"

#include "tools/import_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf/opml.h"
#include "daemon/conf/value.h"
#include "lib/base/json_write.h"
#include "lib/base/url.h"
#include "tools/import_opml.h"
#include "tools/probe.h"
#include "tools/terminal.h"

struct import_feed {
	const char *url; /* in the arena */
	unsigned int line;
	bool taken;
};

static int
canonical_put(struct import_list *list, const char *url, unsigned int line)
{
	struct buf canonical = { 0 };
	uint32_t file, other;
	int ret;

	url_canonical(&canonical, url);
	ret = buf_error(&canonical);
	if (ret == 0)
		ret = names_put(&list->urls, "url", buf_str(&canonical), 0, line, &file, &other);
	buf_done(&canonical);
	return ret;
}

/* True for ".../feeds.d/NAME.opml". */
static bool
is_replaced(const struct import_list *list, const struct config_feed *feed)
{
	struct buf end = { 0 };
	size_t length = strlen(feed->file);
	bool same;

	if (list->replaced == NULL || !feed->listed)
		return false;
	buf_printf(&end, "/feeds.d/%s.opml", list->replaced);
	same = length >= end.len && strcmp(feed->file + length - end.len, buf_str(&end)) == 0;
	buf_done(&end);
	return same;
}

int
import_list_had(void *arg, const struct config_feed *feed, struct config_error *err)
{
	struct import_list *list = arg;
	int ret;

	(void)err;
	if (is_replaced(list, feed))
		return 0;
	ret = canonical_put(list, feed->url, feed->line);
	return ret == -EEXIST ? 0 : ret;
}

static int
note_failure(struct import_list *list, unsigned int line, const char *what, const char *reason)
{
	struct import_failure *failure = arena_alloc(&list->arena, sizeof(*failure));

	if (failure == NULL)
		return -ENOMEM;
	failure->line = line;
	failure->what = arena_strndup(&list->arena, what, strnlen(what, 512));
	failure->reason = arena_strdup(&list->arena, reason);
	if (failure->what == NULL || failure->reason == NULL)
		return -ENOMEM;
	*list->failures_end = failure;
	list->failures_end = &failure->next;
	return 0;
}

static int
leave_out(void *arg, unsigned int line, const char *what, const char *reason)
{
	struct import_list *list = arg;

	list->n_left_out++;
	return note_failure(list, line, what, reason);
}

static struct import_feed *
add_feed(struct import_list *list)
{
	if (list->n_feeds == list->size) {
		size_t size = list->size > 0 ? 2 * list->size : 256;
		struct import_feed *more = realloc(list->feeds, size * sizeof(*more));

		if (more == NULL)
			return NULL;
		list->feeds = more;
		list->size = size;
	}
	memset(&list->feeds[list->n_feeds], 0, sizeof(*list->feeds));
	return &list->feeds[list->n_feeds++];
}

static int
judge_feed(void *arg, const struct import_entry *entry)
{
	struct import_list *list = arg;
	struct import_feed *feed = add_feed(list);
	struct buf url = { 0 };
	const char *reason;
	int ret = feed != NULL ? 0 : -ENOMEM;

	url_subscribe(&url, entry->url);
	if (ret == 0)
		ret = buf_error(&url);
	if (ret == 0 && value_url(buf_str(&url), &reason) < 0)
		ret = leave_out(list, entry->line, entry->url, reason);
	else if (ret == 0 && (ret = canonical_put(list, buf_str(&url), entry->line)) == -EEXIST)
		list->n_had++, ret = 0;
	else if (ret == 0) {
		feed->taken = true;
		feed->line = entry->line;
		feed->url = arena_strdup(&list->arena, buf_str(&url));
		list->n_taken++;
		ret = feed->url != NULL ? 0 : -ENOMEM;
		if (ret == 0 && entry->scraped)
			ret = note_failure(list, entry->line, entry->url,
				"another program makes this feed of a page; newspool asks for it "
				"as it asks for any");
	}
	buf_done(&url);
	return ret;
}

static int
read_source(struct import_list *list, const char *file, const struct import_sink *sink,
	struct config_error *err)
{
	const char *text = buf_str(&list->text);

	switch (list->format) {
	case IMPORT_NEWSBOAT:
		return import_newsboat(text, list->text.len, sink);
	case IMPORT_SFEED:
		return import_sfeed(text, list->text.len, sink);
	default:
		return import_opml(text, list->text.len, file, sink, err);
	}
}

static const char *
tried_url(void *arg, size_t index)
{
	const struct import_list *list = arg;

	return list->feeds[list->tried[index]].url;
}

static void
show_progress(const struct import_list *list)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rtried %zu of %zu, %zu failed%s", list->n_ended, list->n_tried,
			list->n_failing, list->n_ended == list->n_tried ? "\n" : "");
}

static void
on_tried(void *arg, const struct probe_result *result)
{
	struct import_list *list = arg;
	struct import_feed *feed = &list->feeds[list->tried[result->index]];
	const struct message_done *done = result->done;

	list->n_ended++;
	if (!probe_is_feed(result)) {
		/* Without memory for it, the failure is counted all the same. */
		note_failure(list, feed->line, feed->url,
			done->reason != NULL ? done->reason : message_result_name(done->result));
		if (list->only_working) {
			feed->taken = false;
			list->n_taken--;
			list->n_left_out++;
		} else {
			list->n_failing++;
		}
	}
	show_progress(list);
}

static int
try_feeds(struct import_list *list, const struct config *config)
{
	const struct probe_options options = { .config = config,
		.settings = &config->defaults,
		.n = list->n_taken,
		.url = tried_url,
		.result = on_tried,
		.arg = list };

	list->tried = calloc(list->n_taken > 0 ? list->n_taken : 1, sizeof(*list->tried));
	if (list->tried == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < list->n_feeds; i++)
		if (list->feeds[i].taken)
			list->tried[list->n_tried++] = i;
	return probe_run(&options);
}

int
import_list_judge(struct import_list *list, const char *file, const struct config *config,
	struct config_error *err)
{
	const struct import_sink sink = { judge_feed, leave_out, list };
	int ret;

	list->failures_end = &list->failures;
	if (list->guess)
		list->format = import_guess(buf_str(&list->text), list->text.len);
	ret = read_source(list, file, &sink, err);
	if (ret == 0 && list->try)
		ret = try_feeds(list, config);
	return ret;
}

/* The verdict on the next feed of the source. */
static bool
take_next(void *arg)
{
	struct import_list *list = arg;

	return list->next < list->n_feeds && list->feeds[list->next++].taken;
}

int
import_list_write(struct import_list *list, struct buf *out)
{
	list->next = 0;
	return import_opml_write(
		list->format, buf_str(&list->text), list->text.len, take_next, list, out);
}

void
import_list_failures(const struct import_list *list, const char *file)
{
	struct buf text = { 0 };

	for (const struct import_failure *f = list->failures; f != NULL; f = f->next) {
		buf_reset(&text);
		terminal_clean(&text, f->what, false);
		buf_puts(&text, ": ");
		terminal_clean(&text, f->reason, false);
		fprintf(stderr, "%s:%u: %s\n", file, f->line, buf_str(&text));
	}
	buf_done(&text);
}

void
import_list_json(const struct import_list *list, const char *name, bool dry_run)
{
	struct buf text = { 0 };
	struct json_writer json;

	json_write_init(&json, &text);
	json_write_object(&json, NULL);
	json_write_string(&json, "list", name);
	json_write_string(&json, "format", import_format_name(list->format));
	json_write_bool(&json, "imported", !dry_run && list->n_taken > 0);
	json_write_int(&json, "feeds", (int64_t)list->n_taken);
	json_write_int(&json, "had", (int64_t)list->n_had);
	json_write_int(&json, "left_out", (int64_t)list->n_left_out);
	json_write_int(&json, "failing", (int64_t)list->n_failing);
	json_write_array(&json, "failures");
	for (const struct import_failure *f = list->failures; f != NULL; f = f->next) {
		json_write_object(&json, NULL);
		json_write_int(&json, "line", f->line);
		json_write_string(&json, "what", f->what);
		json_write_string(&json, "reason", f->reason);
		json_write_object_end(&json);
	}
	json_write_array_end(&json);
	json_write_object_end(&json);
	puts(buf_str(&text));
	buf_done(&text);
}

void
import_list_done(struct import_list *list)
{
	buf_done(&list->text);
	names_done(&list->urls);
	free(list->feeds);
	free(list->tried);
	arena_done(&list->arena);
}
