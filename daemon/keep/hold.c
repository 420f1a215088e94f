/*
 * Hosts that are left alone. Owns nothing: holds are rows, and outlive a restart.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/hold.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/keep/schedule.h"
#include "lib/base/url.h"

#define STATUS_TOO_MANY 429

int
hold_host(struct store *store, const struct message_done *done, const char *url, int64_t until)
{
	struct buf host = { 0 };
	int error;

	if (done->result != RESULT_HTTP_ERROR || done->status != STATUS_TOO_MANY)
		return 0;
	url_host(&host, done->final_url != NULL ? done->final_url : url);
	error = buf_error(&host);
	if (error == 0 && host.len > 0)
		error = store_hold_put(store, buf_str(&host), until);
	buf_done(&host);
	return error;
}

/* Somewhere in the interval after the wait, not all at once. */
static int64_t
come_back(const struct config_settings *settings, int64_t until)
{
	int64_t spread = settings->interval > HOLD_SPREAD_MAX ? HOLD_SPREAD_MAX
							      : settings->interval;

	return spread > 0 ? until + random() % spread : until;
}

int
hold_begin(struct hold *hold)
{
	int error = store_begin_read(hold->store);

	hold->reading = error == 0;
	return error;
}

static int
end_reading(struct hold *hold)
{
	int error = hold->reading ? store_end_read(hold->store) : 0;

	hold->reading = false;
	return error;
}

static int
begin_writing(struct hold *hold)
{
	int error = end_reading(hold);

	if (error == 0 && !hold->writing)
		error = store_begin(hold->store);
	if (error == 0)
		hold->writing = true;
	return error;
}

/* Whether the host that url is at is held; then its name is in host. */
static int
find_hold(
	const struct hold *hold, const char *url, int64_t now, struct buf *host, int64_t *ret_until)
{
	int error;

	if (!store_may_hold(hold->store))
		return 0;
	url_host(host, url);
	error = buf_error(host);
	return error != 0 ? error : store_hold_find(hold->store, buf_str(host), now, ret_until);
}

static int
put_off(struct hold *hold, const struct group_member *member, const char *host, int64_t until)
{
	char why[SCHEDULE_WHY_SIZE];
	int error = begin_writing(hold);

	if (error != 0)
		return error;
	snprintf(why, sizeof(why), "429 to another feed of %.64s", host);
	return store_feed_put_off(
		hold->store, member->feed.id, come_back(&member->settings, until), why);
}

int
hold_feed(struct hold *hold, const struct group_member *member, int64_t now)
{
	const struct store_feed *feed = &member->feed;
	const char *url = feed->moved_url != NULL ? feed->moved_url : feed->url;
	struct buf host = { 0 };
	int64_t until = 0;
	int got = find_hold(hold, url, now, &host, &until);

	if (got == 1) {
		int error = put_off(hold, member, buf_str(&host), until);
		got = error == 0 ? 1 : error;
	}
	buf_done(&host);
	return got;
}

int
hold_archive(struct hold *hold, const struct store_archive *walk,
	const struct config_settings *settings, const char *url, int64_t now)
{
	struct store_archive later = *walk;
	struct buf host = { 0 };
	int64_t until = 0;
	int got = find_hold(hold, url, now, &host, &until);

	buf_done(&host);
	if (got == 1) {
		int error = begin_writing(hold);

		later.due = come_back(settings, until);
		if (error == 0)
			error = store_archive_put(hold->store, &later);
		got = error == 0 ? 1 : error;
	}
	return got;
}

int
hold_end(struct hold *hold, int error)
{
	int end = end_reading(hold);

	if (!hold->writing)
		return end != 0 ? end : error;
	hold->writing = false;
	if (error == 0 || error == -EAGAIN)
		end = store_commit(hold->store);
	if (end != 0 || (error != 0 && error != -EAGAIN))
		store_rollback(hold->store);
	return end != 0 ? end : error;
}
