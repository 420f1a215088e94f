/*
 * Feeds as the operator's files have them. Owns nothing but what struct subscriptions holds. A feed
 * is found by reading the configuration as the daemon does, which says in which file and on which
 * line it stands; the edit happens there, and the commit reads everything once more.
 *
 * Errors: said where they are found, and an exit status.
 */
#include "config.h"

#include "tools/subscription.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/conf/names.h"
#include "lib/base/url.h"
#include "lib/spool/layout.h"
#include "tools/control_client.h"

int
subscription_say(struct subscriptions *subscriptions, const struct config_error *err)
{
	command_say(subscriptions->call, "%s", err->text);
	return COMMAND_FAILED;
}

int
subscriptions_open(struct subscriptions *subscriptions, struct command_call *call, bool change,
	const struct config_feed_sink *sink)
{
	const char *file = command_config(call);
	struct config_error err;
	int ret = 0;

	*subscriptions = (struct subscriptions){ .call = call };
	if (change)
		ret = edit_begin(file, &subscriptions->edit, &err);
	if (ret == 0)
		ret = config_load(file, sink, &subscriptions->config, &err);
	if (ret == 0)
		return COMMAND_OK;
	subscription_say(subscriptions, &err);
	return ret == -EINVAL || ret == -ENOENT ? COMMAND_USAGE : COMMAND_FAILED;
}

void
subscriptions_done(struct subscriptions *subscriptions)
{
	edit_free(subscriptions->edit);
	config_free(subscriptions->config);
	arena_done(&subscriptions->arena);
}

/* What the sink of subscriptions_find() works on. */
struct search {
	struct arena *arena;
	struct subscription_operand *operands;
	size_t n;
	struct buf canonical;
	uint64_t names;
};

static int
keep_feed(struct search *search, const struct config_feed *feed, struct subscription *ret_feed)
{
	struct arena *arena = search->arena;
	struct subscription kept = { .name = arena_strdup(arena, feed->name),
		.url = arena_strdup(arena, feed->url),
		.title = arena_strdup(arena, feed->title),
		.tags = arena_strdup(arena, feed->tags),
		.file = arena_strdup(arena, feed->file),
		.line = feed->line,
		.listed = feed->listed };

	if (kept.name == NULL || kept.url == NULL || kept.tags == NULL || kept.file == NULL)
		return -ENOMEM;
	*ret_feed = kept;
	return 0;
}

static bool
is_meant(struct search *search, const char *operand, const struct config_feed *feed)
{
	struct buf url = { 0 };
	bool same;

	if (strstr(operand, "://") == NULL)
		return strcmp(operand, feed->name) == 0;
	buf_reset(&search->canonical);
	url_canonical(&search->canonical, operand);
	url_canonical(&url, feed->url);
	same = strcmp(buf_str(&url), buf_str(&search->canonical)) == 0;
	buf_done(&url);
	return same;
}

uint64_t
subscription_hash(const char *name, const char *url)
{
	return names_hash(names_hash(0, name), url);
}

static int
search_feed(void *arg, const struct config_feed *feed, struct config_error *err)
{
	struct search *search = arg;
	int ret = 0;

	(void)err;
	search->names ^= subscription_hash(feed->name, feed->url);
	for (size_t i = 0; i < search->n && ret == 0; i++) {
		struct subscription_operand *operand = &search->operands[i];

		if (is_meant(search, operand->text, feed) && operand->n++ == 0)
			ret = keep_feed(search, feed, &operand->feed);
	}
	return ret;
}

int
subscriptions_check(
	struct command_call *call, const struct subscription_operand *operands, size_t n)
{
	int status = COMMAND_OK;

	for (size_t i = 0; i < n; i++) {
		if (operands[i].n == 0)
			command_say(call, "%s: no feed has this %s", operands[i].text,
				strstr(operands[i].text, "://") != NULL ? "URL" : "name");
		else if (operands[i].n > 1)
			command_say(call, "%s: %zu feeds have this URL: say which by its name",
				operands[i].text, operands[i].n);
		if (operands[i].n != 1)
			status = COMMAND_FAILED;
	}
	return status;
}

int
subscriptions_find(struct subscriptions *subscriptions, struct command_call *call,
	struct subscription_operand *operands, size_t n)
{
	struct arena arena = { 0 };
	struct search search = { .arena = &arena, .operands = operands, .n = n };
	const struct config_feed_sink sink = { .feed = search_feed, .arg = &search };
	int status = subscriptions_open(subscriptions, call, true, &sink);

	subscriptions->arena = arena;
	subscriptions->names = search.names;
	buf_done(&search.canonical);
	return status;
}

bool
subscription_has(const char *slugs, const char *slug, size_t size)
{
	while (*slugs != '\0') {
		size_t length = strcspn(slugs, " ");

		if (length == size && memcmp(slugs, slug, size) == 0)
			return true;
		slugs += length + (slugs[length] == ' ');
	}
	return false;
}

int
subscriptions_commit(struct subscriptions *subscriptions)
{
	struct config_error err;
	int ret = edit_commit(subscriptions->edit, &err);

	if (ret == 0)
		return COMMAND_OK;
	subscription_say(subscriptions, &err);
	if (ret == -EINVAL)
		command_say(subscriptions->call, "nothing has been changed");
	return COMMAND_FAILED;
}

int
subscription_slugs(struct command_call *call, const char *text, struct buf *out)
{
	struct buf word = { 0 };
	size_t size;
	int ret = 0;

	for (; ret == 0 && *(text += strspn(text, ", ")) != '\0'; text += size) {
		size = strcspn(text, ", ");
		buf_reset(&word);
		buf_append(&word, text, size);
		if (!spool_is_slug(buf_str(&word))) {
			command_say(call, "%s: not a tag: letters, digits and single hyphens",
				buf_str(&word));
			ret = -EINVAL;
		} else if (!subscription_has(buf_str(out), buf_str(&word), word.len)) {
			buf_printf(out, "%s ", buf_str(&word));
		}
	}
	buf_done(&word);
	return ret < 0 ? ret : buf_error(out);
}

int
subscription_reload(struct subscriptions *subscriptions, bool reload)
{
	struct control_client client = { .call = subscriptions->call };
	struct control_answer answer;
	int status;

	if (!reload) {
		command_say(subscriptions->call,
			"the daemon takes it up at its next reload: newspool reload");
		return COMMAND_OK;
	}
	status = control_client_ask(&client, "POST", "/v1/reload", &answer);
	control_client_done(&client);
	if (status == COMMAND_OK)
		control_answer_done(&answer);
	return status;
}
