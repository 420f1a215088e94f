/*
 * The configuration's feeds on their way into the store: a sink for the loader. Each new one gets
 * its first poll by schedule_first_poll().
 *
 * Invariant: a transaction is open from when the loader begins with the feeds until feeds_load()
 * ends, and with it the note of what the rows are made of.
 *
 * Errors: whatever goes wrong rolls all of it back.
 */
#include "daemon/keep/feeds.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/keep/group.h"
#include "daemon/keep/notify.h"
#include "daemon/keep/schedule.h"

#define BUSY_EVERY 4096 /* feeds: a million take longer than a service manager waits */

struct sync {
	const struct feeds_opener *opener;
	struct store *store; /* NULL: not given yet */
	const struct config *config;
	int64_t now;
	unsigned char digest[SHA256_SIZE];
	bool writing;     /* the transaction is open */
	uint64_t n_known; /* where the store was made of this digest */
	size_t n, n_new;
	int error; /* not of the configuration, where that is what ended the load */
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
	if (++sync->n % BUSY_EVERY == 0)
		notify_busy();
	if (error != 0 && error != -EEXIST) {
		sync->error = error;
		snprintf(err->text, sizeof(err->text), "feed %s cannot be stored: %s (%s)",
			feed->name, strerror(-error), store_error(sync->store));
	}
	return error;
}

static int
say_store(const struct sync *sync, int error, struct config_error *err)
{
	snprintf(err->text, sizeof(err->text), "%s: the feeds cannot be stored: %s (%s)",
		sync->config->database, strerror(-error), store_error(sync->store));
	return error;
}

static int
begin_feeds(void *arg, const struct config *config, const unsigned char digest[SHA256_SIZE],
	struct config_error *err)
{
	struct sync *sync = arg;
	int got;

	sync->config = config;
	memcpy(sync->digest, digest, SHA256_SIZE);
	sync->error = sync->opener->open(sync->opener->arg, config, &sync->store, err);
	if (sync->error != 0)
		return sync->error;
	got = store_feeds_noted(sync->store, digest, &sync->n_known);
	if (got == 0) {
		got = store_begin(sync->store);
		sync->writing = got == 0;
		if (got == 0)
			got = store_feeds_begin(sync->store, sync->now);
	}
	if (got < 0)
		sync->error = say_store(sync, got, err);
	return got;
}

/* Everything was read. */
static int
end_feeds(struct sync *sync, struct config *config, struct config_error *err)
{
	int error = 0;

	if (!sync->writing) {
		config->n_feeds = sync->n_known;
		return 0;
	}
	error = store_feeds_end(sync->store);
	if (error == 0)
		error = store_feeds_note(sync->store, sync->digest, config->n_feeds);
	if (error == 0)
		error = store_commit(sync->store);
	if (error == 0) {
		sync->writing = false;
		sync->n_new -= store_feeds_renamed(sync->store);
	}
	return error != 0 ? say_store(sync, error, err) : 0;
}

int
feeds_load(const char *file, int64_t now, const struct feeds_opener *opener,
	struct config **ret_config, size_t *ret_new, struct config_error *err)
{
	struct sync sync = { .opener = opener, .now = now };
	const struct config_feed_sink sink = { begin_feeds, put_feed, &sync };
	struct config *config;
	int error = config_load(file, &sink, &config, err);

	if (error != 0) {
		error = sync.error != 0 ? sync.error : -EINVAL;
	} else {
		error = end_feeds(&sync, config, err);
		if (error != 0)
			config_free(config);
	}
	if (sync.writing)
		store_rollback(sync.store);
	if (error != 0)
		return error;
	*ret_config = config;
	*ret_new = sync.n_new;
	return 0;
}
