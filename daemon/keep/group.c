/*
 * Feeds that share a URL. Owns nothing.
 *
 * Invariants: the leader's settings are those of the poll, but for the interval, which is the
 * shortest; what a follower says of first-sync, updates and flood-limit is its own affair.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/group.h"

#include <errno.h>
#include <string.h>

#include "daemon/keep/tags.h"
#include "lib/base/url.h"

static void
put_url(struct buf *out, const char *text)
{
	struct url url;

	url_split(text, strlen(text), &url);
	if (!url_origin(out, text)) {
		buf_puts(out, text);
		return;
	}
	buf_printf(out, "\n%.*s\n", (int)url.userinfo.len,
		url.userinfo.ptr != NULL ? url.userinfo.ptr : "");
	buf_append(out, url.path.ptr, url.path.len);
	if (url.path.len == 0)
		buf_putc(out, '/');
	if (url.query.ptr != NULL) {
		buf_putc(out, '?');
		buf_append(out, url.query.ptr, url.query.len);
	}
}

static void
put_settings(struct buf *out, const struct config_settings *settings)
{
	const char *const texts[] = { settings->user, settings->password_file, settings->token_file,
		settings->proxy, settings->ca_file, settings->client_cert };

	buf_printf(out, "\n%d%d", settings->insecure, settings->allow_private);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		buf_printf(out, "\n%s", texts[i] != NULL ? texts[i] : "");
	for (size_t i = 0; i < settings->n_headers; i++)
		buf_printf(out, "\n%s", settings->headers[i]);
}

int
group_key(const char *url, const struct config_settings *settings,
	unsigned char ret_key[STORE_KEY_SIZE])
{
	unsigned char digest[SHA256_SIZE];
	struct buf text = { 0 };
	int error;

	put_url(&text, url);
	put_settings(&text, settings);
	error = buf_error(&text);
	if (error == 0)
		error = sha256(text.data, text.len, digest);
	if (error == 0)
		memcpy(ret_key, digest, STORE_KEY_SIZE);
	buf_done(&text);
	return error;
}

static int
load_member(struct store *store, const struct config *config, int64_t id, struct arena *arena,
	struct group_member *ret_member)
{
	int got = store_feed_get(store, id, arena, &ret_member->feed);

	if (got != 1)
		return got;
	got = config_feed_settings(config, ret_member->feed.settings, arena, &ret_member->settings);
	if (got == -EINVAL) { /* not of this store, which every start writes anew */
		ret_member->settings = config->defaults;
		got = 0;
	}
	return got == 0 ? 1 : got;
}

static int
load_followers(struct store *store, const struct config *config, size_t n, struct arena *arena,
	struct group *group)
{
	int64_t leader = group->members[0].feed.id;
	int64_t *ids = arena_alloc_array(arena, n + 1, sizeof(*ids));
	size_t n_found;
	int got;

	if (ids == NULL)
		return -ENOMEM;
	got = store_followers(store, leader, n, ids, &n_found);
	for (size_t i = 0; i < n_found && got >= 0; i++) {
		got = load_member(store, config, ids[i], arena, &group->members[group->n]);
		group->n += got == 1;
	}
	return got < 0 ? got : 0;
}

static void
shorten_interval(struct group *group)
{
	struct config_settings *settings = &group->members[0].settings;

	for (size_t i = 1; i < group->n; i++) {
		const struct config_settings *other = &group->members[i].settings;
		int64_t interval = other->interval < other->min_interval ? other->min_interval
									 : other->interval;
		if (interval < settings->interval)
			settings->interval = interval;
		if (interval < settings->min_interval)
			settings->min_interval = interval;
	}
}

int
group_load(struct store *store, const struct config *config, int64_t id, struct arena *arena,
	struct group *ret_group)
{
	struct group_member leader;
	struct group group = { .n = 1 };
	int got = load_member(store, config, id, arena, &leader);
	size_t n;

	if (got != 1)
		return got;
	n = leader.feed.followers > 0 ? (size_t)leader.feed.followers : 0;
	group.members = arena_alloc_array(arena, n + 1, sizeof(*group.members));
	if (group.members == NULL)
		return -ENOMEM;
	group.members[0] = leader;
	if (n > 0 && (got = load_followers(store, config, n, arena, &group)) < 0)
		return got;
	shorten_interval(&group);
	*ret_group = group;
	return 1;
}

bool
group_is_incomplete(const struct group *group)
{
	for (size_t i = 1; i < group->n; i++)
		if (group->members[i].feed.synced == 0)
			return true;
	return false;
}

static bool
judge_alike(const struct group_member *a, const struct group_member *b)
{
	return (a->feed.synced == 0) == (b->feed.synced == 0) &&
	       a->settings.first_sync == b->settings.first_sync &&
	       a->settings.flood_limit == b->settings.flood_limit &&
	       a->settings.updates == b->settings.updates;
}

int
group_tags(const struct group *group, struct arena *arena, const char **ret_tags)
{
	const struct group_member *leader = &group->members[0];
	struct buf tags = { 0 };
	int error;

	*ret_tags = leader->feed.tags;
	if (group->n == 1)
		return 0;
	buf_puts(&tags, leader->feed.tags);
	for (size_t i = 1; i < group->n; i++)
		if (judge_alike(leader, &group->members[i]))
			buf_puts(&tags, group->members[i].feed.tags);
	error = buf_error(&tags);
	if (error == 0)
		*ret_tags = arena_strdup(arena, buf_str(&tags));
	buf_done(&tags);
	return error != 0 ? error : *ret_tags == NULL ? -ENOMEM : 0;
}
