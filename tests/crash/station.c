/*
 * The script is a table of lines: from one round to another a feed lists an item with a title,
 * which is its content. Titles are numbers, so that every file can be judged by itself.
 */
#define _GNU_SOURCE /* nftw */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/keep/batch.h"
#include "daemon/keep/recovery.h"
#include "daemon/keep/store_look.h"
#include "lib/feed/article.h"
#include "lib/spool/layout.h"
#include "tests/crash/crash_vfs.h"
#include "tests/crash/station.h"

#define NOW INT64_C(1795000000000)
#define TRIES 12      /* a keeper that fails so often in a row gives up */
#define FAULT_TRIES 3 /* a lasting fault goes away after so many failures */
#define FEEDS 3
#define FOR_EVER 99
#define TEXT 3000 /* bytes of an article */
#define FILE_MAX (4 * TEXT)

enum feed { FEED_A, FEED_B, FEED_C };

/* b's articles go to the queues "left" and, as messages, "mail" as well, from which nobody takes. */
static const struct config_feed feeds[FEEDS] = {
	{ .name = "a", .url = "https://a.example/", .tags = "a ", .settings = "" },
	{ .name = "b", .url = "https://b.example/", .tags = "b ", .settings = "" },
	{ .name = "c", .url = "https://c.example/", .tags = "c ", .settings = "updates=emit\n" },
};

static const char *const left_tags[] = { "b" };
static const struct config_queue queues[] = {
	{ .name = "taken", .all = true },
	{ .name = "left", .tags = left_tags, .n_tags = 1 },
	{ .name = "mail", .tags = left_tags, .n_tags = 1, .format = CONFIG_QUEUE_RFC5322 },
};

static const struct line {
	enum feed feed;
	unsigned int from, until; /* rounds */
	const char *guid;
	unsigned int title;
} lines[] = {
	{ FEED_A, 0, FOR_EVER, "a0", 0 }, { FEED_C, 0, 2, "c7", 7 },
	{ FEED_A, 1, FOR_EVER, "a1", 1 }, { FEED_A, 1, FOR_EVER, "a2", 2 },
	{ FEED_B, 1, FOR_EVER, "b1", 1 }, /* a's, in a batch after */
	{ FEED_B, 1, FOR_EVER, "b5", 5 }, { FEED_A, 2, FOR_EVER, "a3", 3 },
	{ FEED_B, 2, FOR_EVER, "b3", 3 }, /* a's, in the same batch */
	{ FEED_B, 2, FOR_EVER, "b0", 0 }, /* a's, of long ago */
	{ FEED_C, 2, FOR_EVER, "c7", 8 }, /* a revision */
	{ FEED_A, 3, FOR_EVER, "a10", 10 }, { FEED_A, 3, FOR_EVER, "a11", 11 },
	{ FEED_A, 3, FOR_EVER, "a12", 12 }, { FEED_A, 3, FOR_EVER, "a13", 13 },
	{ FEED_B, 3, FOR_EVER, "b14", 14 }, { FEED_B, 3, FOR_EVER, "b15", 15 },
	{ FEED_C, 3, FOR_EVER, "c16", 16 }, { FEED_C, 3, FOR_EVER, "c17", 17 },
	{ FEED_C, 3, FOR_EVER, "c18", 18 }, /* more than are flushed one by one */
	{ FEED_A, 4, FOR_EVER, "a19", 19 }, /* new when the judge polls */
};
#define N_LINES (sizeof(lines) / sizeof(lines[0]))

static bool
is_listed(const struct line *line, unsigned int round)
{
	return line->from <= round && round < line->until;
}

/* The validator of a feed's document: the round that it last changed in. */
static unsigned int
version_of(enum feed feed, unsigned int round)
{
	unsigned int version = 0;

	for (size_t i = 0; i < N_LINES; i++) {
		if (lines[i].feed != feed)
			continue;
		if (lines[i].from <= round && lines[i].from > version)
			version = lines[i].from;
		if (lines[i].until <= round && lines[i].until > version)
			version = lines[i].until;
	}
	return version;
}

/* The keeper */

struct keeper {
	struct station *station;
	struct config config;
	struct loop *loop;
	struct store *store;
	struct delivery *delivery;
	struct ingest ingest;
	struct batch *batch;
	size_t n_failed; /* polls, of the last batch */
	size_t n_called_back;
	bool stuck;
};

static int64_t
wall(void *arg)
{
	(void)arg;
	return NOW;
}

static void
on_poll(void *arg, struct poll *poll)
{
	struct keeper *keeper = arg;

	keeper->n_called_back++;
	keeper->n_failed += poll->state != POLL_STORED;
	poll_free(poll);
}

static unsigned int count_broken(const struct station *station);

static void
on_end(void *arg, int error)
{
	const struct keeper *keeper = arg;
	struct station *station = keeper->station;

	if (error == 0)
		return;
	station->n_failed++;
	station->seen.n_broken += count_broken(station);
	snprintf(station->trouble, sizeof(station->trouble), "%s (spool: %s; database: %s)",
		strerror(-error), delivery_error(keeper->delivery), store_error(keeper->store));
}

static void
on_stuck(void *arg, bool stuck)
{
	struct keeper *keeper = arg;
	struct station *station = keeper->station;

	keeper->stuck = stuck;
	if (stuck)
		snprintf(station->trouble, sizeof(station->trouble), "stuck (spool: %s)",
			delivery_error(keeper->delivery));
}

static void
must(int error)
{
	if (error == 0)
		return;
	fprintf(stderr, "station: %s\n", strerror(-error));
	abort();
}

static void
fill_article(struct np_article *article, const char *guid, unsigned int title)
{
	char text[TEXT];

	snprintf(text, sizeof(text), "item-%02u", title);
	article->id = arena_strdup(&article->arena, guid);
	article->title = arena_strdup(&article->arena, text);
	memset(text, 'x', TEXT - 1);
	text[TEXT - 1] = '\0';
	article->content_text = arena_strdup(&article->arena, text);
	must(article_hash(article));
}

static void
add_document(struct poll *poll, enum feed feed, unsigned int round)
{
	for (size_t i = 0; i < N_LINES; i++) {
		struct np_article *article;

		if (lines[i].feed != feed || !is_listed(&lines[i], round))
			continue;
		must(article_new(&article));
		fill_article(article, lines[i].guid, lines[i].title);
		poll_add(poll, article);
	}
}

/* What the feed's server answers; NULL where the feed cannot be read. */
static struct poll *
answer(struct keeper *keeper, enum feed feed, unsigned int round)
{
	struct message_done done = { .poll = 1,
		.final_url = feeds[feed].url,
		.max_age = -1,
		.retry_after = -1,
		.ttl = -1,
		.update_interval = -1 };
	struct arena arena = { 0 };
	struct group group;
	struct bytes had;
	struct poll *poll;
	char etag[16];
	int64_t id;

	if (store_feed_find(keeper->store, feeds[feed].name, &id) != 1 ||
		group_load(keeper->store, &keeper->config, id, &arena, &group) != 1) {
		arena_done(&arena);
		on_end(keeper, -EIO);
		return NULL;
	}
	had = group.members[0].feed.etag;
	must(poll_new(done.poll, &group.members[0].feed, NULL, &arena, &poll));
	poll_keep(poll, &group, store_version(keeper->store));
	snprintf(etag, sizeof(etag), "\"%u\"", version_of(feed, round));
	done.etag = (struct bytes){ (unsigned char *)arena_strdup(&poll->arena, etag),
		strlen(etag) };
	if (had.len == strlen(etag) && memcmp(had.ptr, etag, had.len) == 0) {
		done.result = RESULT_NOT_MODIFIED;
		done.status = 304;
	} else {
		done.result = RESULT_OK;
		done.status = 200;
		add_document(poll, feed, round);
	}
	done.n_articles = (uint32_t)poll->n_articles;
	poll_set_done(poll, &done);
	return poll;
}

static int
give_up(struct station *station, const char *what)
{
	snprintf(station->reason, sizeof(station->reason), "%s: %s", what, station->trouble);
	return -EIO;
}

/* The fault goes away after some tries, as disks that are full are emptied. */
static void
ease(struct station *station, unsigned int tries)
{
	if (tries + 1 == FAULT_TRIES)
		station->steps.lasting = false;
}

static void
add_answer(struct keeper *keeper, enum feed feed, unsigned int round)
{
	struct poll *poll = answer(keeper, feed, round);

	keeper->n_failed += poll == NULL;
	if (poll != NULL)
		batch_add(keeper->batch, poll);
}

/* Polls some feeds in one batch until all outcomes are stored and in place. */
static int
poll_feeds(struct keeper *keeper, unsigned int round, enum feed first, enum feed last)
{
	for (unsigned int tries = 0; tries < TRIES; tries++) {
		keeper->n_failed = 0;
		keeper->n_called_back = 0;
		for (enum feed feed = first; !keeper->stuck && feed <= last; feed++)
			add_answer(keeper, feed, round);
		batch_finish(keeper->batch);
		if (!keeper->stuck && keeper->n_called_back > 0 && keeper->n_failed == 0)
			return 0;
		ease(keeper->station, tries);
	}
	return give_up(keeper->station, "polling");
}

static int
poll_round(struct keeper *keeper, unsigned int round)
{
	int error = 0;

	if (round % 2 == 0)
		return poll_feeds(keeper, round, FEED_A, FEED_C);
	for (enum feed feed = FEED_A; feed <= FEED_C && error == 0; feed++)
		error = poll_feeds(keeper, round, feed, feed);
	return error;
}

static int
put_feeds(struct keeper *keeper)
{
	bool is_new;
	int error = store_begin(keeper->store);

	if (error != 0)
		return error;
	error = store_feeds_begin(keeper->store, NOW);
	for (size_t i = 0; i < FEEDS && error == 0; i++)
		error = store_feeds_put(keeper->store, &feeds[i], NULL, NOW, &is_new);
	if (error == 0)
		error = store_feeds_end(keeper->store);
	if (error == 0)
		error = store_commit(keeper->store);
	if (error != 0)
		store_rollback(keeper->store);
	return error;
}

/* As keeper.c does it; what fails there ends the daemon, which systemd starts again. */
static int
open_state(struct keeper *keeper)
{
	struct station *station = keeper->station;
	struct config_error err = { "" };
	const struct file_ops *ops = station->ops != NULL ? station->ops : &station->steps.ops;
	int error = delivery_open(station->spool, station->sync, ops, &keeper->delivery, &err);

	if (error == 0)
		error = store_open(station->database, NOW, &keeper->store, &err);
	if (error == 0)
		error = put_feeds(keeper);
	if (error == 0)
		error = recovery_run(keeper->store, keeper->delivery);
	for (size_t i = 0; i < 2 && error == 0; i++)
		error = delivery_make_queue(keeper->delivery, queues[i].name);
	if (error != 0)
		snprintf(station->trouble, sizeof(station->trouble), "%s: %s (spool: %s)",
			strerror(-error), err.text,
			keeper->delivery ? delivery_error(keeper->delivery) : "");
	return error;
}

static void
close_state(struct keeper *keeper)
{
	delivery_close(keeper->delivery);
	store_close(keeper->store);
	keeper->delivery = NULL;
	keeper->store = NULL;
}

static int
keeper_open(struct keeper *keeper)
{
	int error = -1;

	for (unsigned int tries = 0; tries < TRIES && error != 0; tries++) {
		error = open_state(keeper);
		if (error != 0)
			close_state(keeper);
		ease(keeper->station, tries);
	}
	if (error != 0)
		return give_up(keeper->station, "start");
	keeper->station->recovered = keeper->station->steps.n;
	return 0;
}

static void
keeper_init(struct keeper *keeper, struct station *station)
{
	static const struct loop_clock clock = { wall, wall, NULL };
	const struct batch_callbacks callbacks = { on_poll, on_end, on_stuck, keeper };

	*keeper = (struct keeper){ .station = station };
	keeper->config.defaults = (struct config_settings){ .interval = 3600000,
		.min_interval = 1000,
		.max_interval = 86400000,
		.first_sync = CONFIG_FIRST_SYNC_ALL };
	keeper->config.remember = INT64_C(86400000) * 400;
	keeper->config.queues = queues;
	keeper->config.n_queues = sizeof(queues) / sizeof(queues[0]);
	must(loop_new(&keeper->loop));
	loop_set_clock(keeper->loop, &clock);
	keeper->ingest = (struct ingest){ .config = &keeper->config };
	must(batch_new(keeper->loop, &keeper->ingest, &callbacks, &keeper->batch));
}

static void
keeper_done(struct keeper *keeper)
{
	batch_free(keeper->batch);
	close_state(keeper);
	loop_free(keeper->loop);
}

static int
keeper_start(struct keeper *keeper)
{
	int error = keeper_open(keeper);

	keeper->ingest.store = keeper->store;
	keeper->ingest.delivery = keeper->delivery;
	return error;
}

/* The consumer that deletes what it takes */

/* How a record and a message tell their title, and how they end. */
static const struct shape {
	const char *suffix, *mark, *end;
} shapes[] = {
	{ ".json", "\"title\":\"item-", "}\n" },
	{ ".eml", "\nSubject: item-", "--\n" },
};

static const struct shape *
shape_of(const char *name)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (strstr(name, shapes[i].suffix))
			return &shapes[i];
	return NULL;
}

/* The title of a whole article; -1 for anything else. */
static int
title_of(int dir, const char *name)
{
	const struct shape *shape = shape_of(name);
	char found[FILE_MAX + 1];
	const char *at;
	int title, fd = openat(dir, name, O_RDONLY | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, found, FILE_MAX);
	close(fd);
	if (!shape || n < TEXT ||
		memcmp(found + n - strlen(shape->end), shape->end, strlen(shape->end)) != 0)
		return -1;
	found[n] = '\0';
	at = strstr(found, shape->mark);
	if (!at)
		return -1;
	at += strlen(shape->mark);
	title = (at[0] - '0') * 10 + at[1] - '0';
	return title >= 0 && title < STATION_TITLES ? title : -1;
}

static void
see(struct station *station, const char *name, unsigned int title)
{
	unsigned long long seq = strtoull(name, NULL, 10);
	struct seen *seen = &station->seen;
	char path[512];

	if (seen->counts[title]++ > 0 && seen->seqs[title] != seq)
		seen->n_renamed++;
	seen->seqs[title] = seq;
	snprintf(path, sizeof(path), "queues/taken/new/%s", name);
	if (station->taken != NULL)
		station->taken(station->taken_arg, path);
}

static void
take_all(struct station *station)
{
	char path[128];
	const struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/queues/taken/new", station->spool);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL) {
		int title;

		if (entry->d_name[0] == '.')
			continue;
		title = title_of(dirfd(dir), entry->d_name);
		if (title < 0)
			station->seen.n_broken++;
		else if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			see(station, entry->d_name, (unsigned int)title);
	}
	if (dir)
		closedir(dir);
}

/* It comes now and then. */
static void
consume(void *arg)
{
	struct station *station = arg;

	if (++station->n_calls % 5 == 0)
		take_all(station);
}

/* A process of its own */

static void
live_and_die(struct station *station)
{
	struct keeper keeper;
	int error, null = open("/dev/null", O_WRONLY);

	if (null >= 0)
		dup2(null, STDERR_FILENO); /* what the batch logs */
	crash_vfs_install(&station->steps, station->watch);
	keeper_init(&keeper, station);
	if (setjmp(station->steps.death))
		_exit(STATION_DIED);
	error = keeper_start(&keeper);
	for (unsigned int round = 0; round < station->rounds && error == 0; round++)
		error = poll_round(&keeper, round);
	if (error == 0)
		keeper_done(&keeper);
	_exit(error == 0 ? STATION_DONE : STATION_GAVE_UP);
}

enum station_end
station_run(struct station *station)
{
	pid_t child;
	int status;

	station->steps.meanwhile = consume;
	station->steps.arg = station;
	station->recovered = 0;
	fflush(NULL);
	child = fork();
	if (child == 0)
		live_and_die(station);
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
		snprintf(station->reason, sizeof(station->reason), "the keeper crashed: %s",
			station->trouble);
		return STATION_GAVE_UP;
	}
	return (enum station_end)WEXITSTATUS(status);
}

/* The judge */

__attribute__((format(printf, 2, 3))) static bool
wrong(struct station *station, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(station->reason, sizeof(station->reason), format, args);
	va_end(args);
	return false;
}

/* How often each title is in a folder of the spool, by days or not. */
struct shelf {
	unsigned int counts[STATION_TITLES];
	ino_t inodes[STATION_TITLES];
	nlink_t links[STATION_TITLES];
	unsigned long long seqs[STATION_TITLES];
	unsigned int n, n_broken;
};

static void
look_at(struct shelf *shelf, int dir, const char *name)
{
	int title = title_of(dir, name);
	struct stat st;

	shelf->n++;
	if (title < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		shelf->n_broken++;
		return;
	}
	shelf->counts[title]++;
	shelf->inodes[title] = st.st_ino;
	shelf->links[title] = st.st_nlink;
	shelf->seqs[title] = strtoull(name, NULL, 10);
}

static void
read_shelf(const char *path, struct shelf *shelf)
{
	const struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir)) != NULL) {
		char below[512];

		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type != DT_DIR) {
			look_at(shelf, dirfd(dir), entry->d_name);
			continue;
		}
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		read_shelf(below, shelf);
	}
	if (dir)
		closedir(dir);
}

static struct shelf
shelf_of(const struct station *station, const char *folder)
{
	struct shelf shelf = { .n = 0 };
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", station->spool, folder);
	read_shelf(path, &shelf);
	return shelf;
}

/* Files that readers find and that are not whole. */
static unsigned int
count_broken(const struct station *station)
{
	static const char *const shown[] = { "articles", "tags", "queues" };
	unsigned int n = 0;

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		n += shelf_of(station, shown[i]).n_broken;
	return n;
}

static bool
lists(enum feed feed, unsigned int title, unsigned int round)
{
	for (size_t i = 0; i < N_LINES; i++)
		if (lines[i].feed == feed && lines[i].title == title && is_listed(&lines[i], round))
			return true;
	return false;
}

static const char *const folders[FEEDS] = { "tags/a", "tags/b", "tags/c" };

/* A title that the last documents do not list may have been had or not. */
static bool
judge_title(struct station *station, const struct shelf *articles, const struct shelf *tags,
	unsigned int title)
{
	unsigned int n_feeds = 0, spooled = articles->counts[title];
	nlink_t n_links = spooled;

	for (enum feed feed = FEED_A; feed <= FEED_C; feed++) {
		bool wanted = lists(feed, title, STATION_ROUNDS);

		n_feeds += wanted;
		if (title == 7 && feed == FEED_C)
			wanted = spooled > 0;
		if (tags[feed].counts[title] != wanted)
			return wrong(station, "item %u is %u times under %s", title,
				tags[feed].counts[title], folders[feed]);
		if (wanted && tags[feed].inodes[title] != articles->inodes[title])
			return wrong(station, "item %u is two files", title);
		n_links += wanted;
	}
	if (lists(FEED_B, title, STATION_ROUNDS))
		n_links++;
	if (spooled != (n_feeds > 0) && !(title == 7 && spooled <= 1))
		return wrong(station, "item %u is %u times in articles/", title, spooled);
	if (station->seen.counts[title] != spooled &&
		!(station->cut && station->seen.counts[title] > spooled && spooled))
		return wrong(
			station, "item %u was seen %u times", title, station->seen.counts[title]);
	if (spooled && articles->links[title] != n_links)
		return wrong(station, "item %u has %u links, not %u", title,
			(unsigned int)articles->links[title], (unsigned int)n_links);
	return true;
}

static bool
judge_files(struct station *station)
{
	struct shelf articles = shelf_of(station, "articles"), all = shelf_of(station, "."),
		     tmp = shelf_of(station, "tmp"), left = shelf_of(station, "queues/left/new"),
		     mail = shelf_of(station, "queues/mail/new");
	struct shelf tags[FEEDS];
	unsigned int n = 0;

	for (enum feed feed = FEED_A; feed <= FEED_C; feed++)
		tags[feed] = shelf_of(station, folders[feed]);
	if (tmp.n > 0)
		return wrong(station, "%u files in tmp/", tmp.n);
	if (all.n_broken > 0 || station->seen.n_broken > 0)
		return wrong(station, "%u broken files, consumers got %u", all.n_broken,
			station->seen.n_broken);
	if (station->seen.n_renamed > 0)
		return wrong(station, "consumers saw one article under two names");
	for (unsigned int title = 0; title < STATION_TITLES; title++) {
		if (!judge_title(station, &articles, tags, title))
			return false;
		if (left.counts[title] != lists(FEED_B, title, STATION_ROUNDS))
			return wrong(station, "item %u is %u times in queues/left", title,
				left.counts[title]);
		if (mail.counts[title] != left.counts[title] ||
			(mail.counts[title] > 0 && mail.seqs[title] != left.seqs[title]))
			return wrong(station, "item %u is %u times in queues/mail", title,
				mail.counts[title]);
		n += (unsigned int)articles.links[title] + mail.counts[title];
	}
	return n == all.n || wrong(station, "%u files, not %u", all.n, n);
}

static int
count_pending(void *arg, const char *name, unsigned int index, const char *path)
{
	(void)name;
	(void)index;
	(void)path;
	++*(unsigned int *)arg;
	return 0;
}

/* What a feed's validator says was taken in is there. */
static bool
judge_validator(struct keeper *keeper, enum feed feed, const struct shelf *articles)
{
	struct arena arena = { 0 };
	struct store_feed row;
	unsigned int version;
	bool right = true;
	int64_t id;

	if (store_feed_find(keeper->store, feeds[feed].name, &id) != 1 ||
		store_feed_get(keeper->store, id, &arena, &row) != 1)
		must(-EIO);
	version = row.etag.len == 3 ? (unsigned int)row.etag.ptr[1] - '0' : 0;
	for (size_t i = 0; i < N_LINES && row.etag.len == 3 && right; i++)
		if (lines[i].feed == feed && is_listed(&lines[i], version))
			right = articles->counts[lines[i].title] == 1;
	arena_done(&arena);
	return right || wrong(keeper->station, "the validator of %s is ahead: %u", feeds[feed].name,
				version);
}

static bool
judge_recovery(struct keeper *keeper)
{
	struct shelf articles = shelf_of(keeper->station, "articles");
	unsigned int n = 0;

	for (enum feed feed = FEED_A; feed <= FEED_C; feed++)
		if (!judge_validator(keeper, feed, &articles))
			return false;
	must(store_pending(keeper->store, count_pending, &n));
	return n == 0 || wrong(keeper->station, "%u still pending", n);
}

bool
station_judge(struct station *station)
{
	struct keeper keeper;
	bool right;

	station->cut = false;
	steps_init(&station->steps);
	keeper_init(&keeper, station);
	right = keeper_start(&keeper) == 0 && judge_recovery(&keeper);
	right = right && poll_feeds(&keeper, STATION_ROUNDS, FEED_A, FEED_C) == 0;
	keeper_done(&keeper);
	take_all(station);
	return right && judge_files(station);
}

/* After a power cut */

/* What a consumer was given stays delivered, and keeps its name. */
static bool
judge_seen(struct station *station)
{
	struct shelf articles = shelf_of(station, "articles");

	for (unsigned int title = 0; title < STATION_TITLES; title++) {
		if (station->seen.counts[title] == 0)
			continue;
		if (articles.counts[title] != 1)
			return wrong(station, "item %u was seen and is %u times in articles/",
				title, articles.counts[title]);
		if (articles.seqs[title] != station->seen.seqs[title])
			return wrong(station, "item %u was seen under another name", title);
	}
	return true;
}

static int
judge_article(void *arg, const struct store_article *article)
{
	struct station *station = arg;
	char name[SPOOL_NAME_SIZE], path[512];

	spool_name_format(article->seq, article->hash, name);
	snprintf(path, sizeof(path), "%s/articles/%s/%s", station->spool, article->day, name);
	if (access(path, F_OK) == 0)
		return 0;
	wrong(station, "the store has an article that is not there: %s", name);
	return -ENOENT;
}

/* The judge's own round has one new item; it is whole and once in each of its places. */
static bool
judge_new(struct station *station)
{
	static const char *const places[] = { "articles", "tags/a" };
	unsigned int title = lines[N_LINES - 1].title;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct shelf shelf = shelf_of(station, places[i]);

		if (shelf.counts[title] != 1)
			return wrong(station, "the new item is %u times in %s", shelf.counts[title],
				places[i]);
	}
	return station->seen.counts[title] == 1 ||
	       wrong(station, "the new item was seen %u times", station->seen.counts[title]);
}

bool
station_judge_cut(struct station *station)
{
	bool promised = station->sync != CONFIG_SYNC_NONE, right;
	struct keeper keeper;

	station->cut = true;
	steps_init(&station->steps);
	if (promised && count_broken(station) > 0)
		return wrong(station, "there are broken files before the start");
	keeper_init(&keeper, station);
	right = keeper_start(&keeper) == 0;
	if (right && promised)
		right = judge_recovery(&keeper) && judge_seen(station) &&
			store_look_articles(keeper.store, judge_article, station) == 0;
	right = right && poll_feeds(&keeper, STATION_ROUNDS, FEED_A, FEED_C) == 0;
	keeper_done(&keeper);
	take_all(station);
	return right && (promised ? judge_files(station) : judge_new(station));
}

/* Birth and death */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

struct station *
station_new(enum config_sync sync)
{
	const char *tmpdir = getenv("TMPDIR");
	struct station *station = mmap(
		NULL, sizeof(*station), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char state[72];

	if (station == MAP_FAILED)
		abort();
	if (!tmpdir || strlen(tmpdir) > 40)
		tmpdir = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(station->directory, sizeof(station->directory), "%s/newspool-XXXXXX", tmpdir);
	if (!mkdtemp(station->directory))
		abort();
	snprintf(station->spool, sizeof(station->spool), "%s/spool", station->directory);
	snprintf(state, sizeof(state), "%s/state", station->directory);
	snprintf(station->database, sizeof(station->database), "%s/state.db", state);
	if (mkdir(station->spool, 0755) < 0 || mkdir(state, 0755) < 0)
		abort();
	station->sync = sync;
	station->rounds = STATION_ROUNDS;
	steps_init(&station->steps);
	return station;
}

void
station_free(struct station *station)
{
	nftw(station->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	munmap(station, sizeof(*station));
}
