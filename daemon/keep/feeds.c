/*
 * The configuration's feeds on their way into the store: a sink for the loader. Each new one gets
 * its first poll by schedule_first_poll().
 */
#include "daemon/keep/feeds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/keep/group.h"
#include "daemon/keep/schedule.h"

struct sync {
	struct store *store;
	const struct config *config;
	int64_t now;
	size_t n_new;
	int store_error; /* of the store, where that is what ended the load */
};

static int
put_feed(void *arg, const struct config_feed *feed, struct config_error *err)
{
	struct sync *sync = arg;
	struct arena arena = { 0 };
	struct config_settings settings;
	unsigned char key[STORE_KEY_SIZE];
	bool is_new = false;
	int error = config_feed_settings(sync->config, feed->settings, &arena, &settings);

	if (error == 0)
		error = group_key(feed->url, &settings, key);
	arena_done(&arena);
	if (error == 0)
		error = store_feeds_put(sync->store, feed, key,
			schedule_first_poll(sync->now, sync->n_new, settings.interval, feed->name),
			&is_new);
	sync->n_new += is_new;
	if (error != 0 && error != -EEXIST) {
		sync->store_error = error;
		snprintf(err->text, sizeof(err->text), "feed %s cannot be stored: %s (%s)",
			feed->name, strerror(-error), store_error(sync->store));
	}
	return error;
}

static int
put_feeds(struct sync *sync, struct config_error *err)
{
	const struct config_feed_sink sink = { put_feed, sync };
	struct config *again;
	int error = store_feeds_begin(sync->store, sync->now);

	if (error != 0)
		return error;
	error = config_load(sync->config->file, &sink, &again, err);
	if (error != 0)
		return sync->store_error != 0 ? sync->store_error : -EINVAL;
	config_free(again);
	return store_feeds_end(sync->store);
}

int
feeds_sync(struct store *store, const struct config *config, int64_t now, size_t *ret_new,
	struct config_error *err)
{
	struct sync sync = { .store = store, .config = config, .now = now };
	int error = store_begin(store);

	err->text[0] = '\0';
	if (error == 0)
		error = put_feeds(&sync, err);
	if (error == 0)
		error = store_commit(store);
	if (error == 0) {
		*ret_new = sync.n_new - store_feeds_renamed(store);
		return 0;
	}
	if (err->text[0] == '\0')
		snprintf(err->text, sizeof(err->text), "%s: the feeds cannot be stored: %s (%s)",
			config->database, strerror(-error), store_error(store));
	store_rollback(store);
	return error;
}
