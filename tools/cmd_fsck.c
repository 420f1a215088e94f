/*
 * newspool fsck: does the spool hold what the store says, and nothing else, whole? Reads alone, and
 * may run beside the daemon: what seems wrong is looked at once more in the end, for articles move
 * and days go meanwhile. --repair takes the daemon's lock first.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/conf/config.h"
#include "daemon/keep/delivery.h"
#include "daemon/keep/store_look.h"
#include "lib/feed/article.h"
#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/fsck.h"
#include "tools/spool_option.h"

enum { OPTION_REPAIR = 1, OPTION_QUICK };

static const char *const kind_names[PROBLEM_MAX] = {
	[PROBLEM_MISSING] = "missing",
	[PROBLEM_EXTRA] = "extra",
	[PROBLEM_OTHER] = "other-file",
	[PROBLEM_UNREADABLE] = "unreadable",
	[PROBLEM_HASH] = "wrong-hash",
	[PROBLEM_STALE] = "stale",
	[PROBLEM_CLAIM] = "stale-claim",
};

int
fsck_report(struct fsck *fsck, enum problem_kind kind, const char *path, const char *source,
	bool removable)
{
	struct problem *problem = arena_alloc(&fsck->arena, sizeof(*problem));

	if (problem == NULL)
		return -ENOMEM;
	*problem = (struct problem){ .kind = kind, .removable = removable };
	problem->path = arena_strdup(&fsck->arena, path);
	problem->source = source != NULL ? arena_strdup(&fsck->arena, source) : NULL;
	if (problem->path == NULL || (source != NULL && problem->source == NULL))
		return -ENOMEM;
	*fsck->last = problem;
	fsck->last = &problem->next;
	return 0;
}

bool
fsck_is_there(const struct fsck *fsck, const char *path)
{
	return faccessat(fsck->dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* False for a day that retention has taken. */
static bool
has_day(struct fsck *fsck, const char *day)
{
	char path[SPOOL_PATH_SIZE];

	if (strcmp(day, fsck->day) == 0)
		return fsck->has_day;
	snprintf(fsck->day, sizeof(fsck->day), "%s", day);
	snprintf(path, sizeof(path), SPOOL_ARTICLES "/%s", day);
	fsck->has_day = fsck_is_there(fsck, path);
	return fsck->has_day;
}

/* From the store to the spool */

static int
check_record(struct fsck *fsck, const char *path, const unsigned char *hash)
{
	struct np_record *record;
	struct np_article copy;
	int error = np_spool_record(fsck->spool, path, &record);

	if (error == -ENOENT || error == -ENOMEM)
		return error == -ENOMEM ? error : 0;
	if (error != 0)
		return fsck_report(fsck, PROBLEM_UNREADABLE, path, NULL, error == -EBADMSG);
	copy = *np_record_article(record);
	error = article_hash(&copy);
	if (error == 0 && memcmp(copy.content_hash, hash, NP_HASH_SIZE) != 0)
		error = fsck_report(fsck, PROBLEM_HASH, path, NULL, true);
	np_record_free(record);
	return error;
}

static int
check_link(struct fsck *fsck, const char *path, const char *article)
{
	struct stat one, other;

	fsck->n_links++;
	if (fstatat(fsck->dir, path, &one, AT_SYMLINK_NOFOLLOW) != 0)
		return fsck_report(fsck, PROBLEM_MISSING, path, article, false);
	if (fstatat(fsck->dir, article, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
		(one.st_ino != other.st_ino || one.st_dev != other.st_dev))
		return fsck_report(fsck, PROBLEM_OTHER, path, article, false);
	return 0;
}

static int
check_tags(
	struct fsck *fsck, const struct store_article *row, const char *name, const char *article)
{
	int error = 0;

	for (const char *tag = row->tags; *tag != '\0' && error == 0;) {
		size_t length = strcspn(tag, " ");
		char slug[SPOOL_SLUG_BYTES + 1];
		struct buf path = { 0 };

		snprintf(slug, sizeof(slug), "%.*s", (int)length, tag);
		spool_path_tag(&path, slug, row->day, name);
		error = buf_error(&path);
		if (error == 0)
			error = check_link(fsck, buf_str(&path), article);
		buf_done(&path);
		tag += length;
		tag += strspn(tag, " ");
	}
	return error;
}

/* The first of an article's other names that is there; false: there is none. */
static bool
find_link(const struct fsck *fsck, const struct store_article *row, const char *name,
	struct buf *path)
{
	const struct {
		const char *list;
		bool tags;
	} lists[] = { { row->tags, true }, { row->queues, false } };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const char *at = lists[i].list; *at != '\0'; at += strspn(at, " ")) {
			size_t length = strcspn(at, " ");
			char slug[SPOOL_SLUG_BYTES + 1];

			snprintf(slug, sizeof(slug), "%.*s", (int)length, at);
			buf_reset(path);
			if (lists[i].tags)
				spool_path_tag(path, slug, row->day, name);
			else
				spool_path_queue(path, slug, name);
			if (buf_error(path) == 0 && fsck_is_there(fsck, buf_str(path)))
				return true;
			at += length;
		}
	return false;
}

/* An article without its file; a link of it that is left, and whole, can make it again. */
static int
report_lost(
	struct fsck *fsck, const struct store_article *row, const char *name, const char *article)
{
	const struct problem *damaged = NULL;
	struct buf path = { 0 };
	bool found = find_link(fsck, row, name, &path);
	int error = buf_error(&path);

	if (error == 0 && found && !fsck->quick) {
		struct problem **end = fsck->last;
		error = check_record(fsck, buf_str(&path), row->hash);
		damaged = *end;
	}
	if (error == 0)
		error = fsck_report(fsck, PROBLEM_MISSING, article,
			found && damaged == NULL ? buf_str(&path) : NULL, false);
	buf_done(&path);
	return error;
}

static int
check_row(void *arg, const struct store_article *row)
{
	struct fsck *fsck = arg;
	char name[SPOOL_NAME_SIZE];
	struct buf path = { 0 };
	int error;

	if (!has_day(fsck, row->day))
		return 0;
	fsck->n_articles++;
	spool_name_format(row->seq, row->hash, name);
	spool_path_article(&path, row->day, name);
	error = buf_error(&path);
	if (error == 0 && !fsck_is_there(fsck, buf_str(&path))) {
		error = report_lost(fsck, row, name, buf_str(&path));
		goto out;
	}
	if (error == 0 && !fsck->quick)
		error = check_record(fsck, buf_str(&path), row->hash);
	if (error == 0)
		error = check_tags(fsck, row, name, buf_str(&path));
out:
	buf_done(&path);
	return error;
}

/* Both ways */

static int
check_all(struct fsck *fsck)
{
	int error = store_look_articles(fsck->store, check_row, fsck);

	return error == 0 ? fsck_walk_spool(fsck) : error;
}

/* A link under a tag, whose article is there. */
static bool
has_article(const struct fsck *fsck, const char *path)
{
	char article[SPOOL_PATH_SIZE + NAME_MAX];
	const char *name = strrchr(path, '/');

	if (strncmp(path, SPOOL_TAGS "/", strlen(SPOOL_TAGS) + 1) != 0 || name == NULL ||
		name - path < SPOOL_DAY_SIZE)
		return false;
	snprintf(article, sizeof(article), SPOOL_ARTICLES "/%s", name - SPOOL_DAY_SIZE + 1);
	return fsck_is_there(fsck, article);
}

static bool
is_awaited(const struct fsck *fsck, const char *path)
{
	for (const struct awaited *awaited = fsck->awaited; awaited; awaited = awaited->next)
		if (strcmp(awaited->path, path) == 0)
			return true;
	return false;
}

/* Whether it still is a problem, now that the daemon has gone on. */
static bool
still(struct fsck *fsck, const struct problem *problem)
{
	const char *day = strstr(problem->path, "/20");

	if (problem->kind == PROBLEM_EXTRA && has_article(fsck, problem->path))
		return false; /* made again, just now */
	if (problem->kind != PROBLEM_MISSING)
		return fsck_is_there(fsck, problem->path);
	if (is_awaited(fsck, problem->path))
		return false;
	if (day != NULL && strlen(day) > SPOOL_DAY_SIZE) {
		char name[SPOOL_DAY_SIZE];

		snprintf(name, sizeof(name), "%s", day + 1);
		fsck->day[0] = '\0';
		if (!has_day(fsck, name))
			return false;
	}
	return !fsck_is_there(fsck, problem->path);
}

static int
say_all(struct fsck *fsck)
{
	size_t n = 0, n_mended = 0;

	for (const struct problem *problem = fsck->first; problem; problem = problem->next) {
		const char *done;

		if (!still(fsck, problem))
			continue;
		done = fsck->repair ? fsck_repair(fsck, problem) : NULL;
		printf("%-10s  %s%s%s%s\n", kind_names[problem->kind], problem->path,
			done != NULL ? "  (" : "", done != NULL ? done : "",
			done != NULL ? ")" : "");
		n++;
		n_mended += done != NULL;
	}
	printf("%zu articles and %zu links under tags looked at: %zu problems", fsck->n_articles,
		fsck->n_links, n);
	if (fsck->repair)
		printf(", %zu repaired", n_mended);
	printf("\n");
	return n == n_mended ? COMMAND_OK : COMMAND_FAILED;
}

static int
open_and_check(struct fsck *fsck)
{
	struct config_error err = { "" };
	int error = store_look_open(fsck->config->database, &fsck->store, &err);

	if (error == 0 && fsck->repair)
		error = store_open(
			fsck->config->database, (int64_t)time(NULL) * 1000, &fsck->repaired, &err);
	if (error != 0) {
		command_say(fsck->call, "%s", err.text);
		return COMMAND_FAILED;
	}
	fsck->dir = open(fsck->config->spool_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = fsck->dir < 0 ? -errno : check_all(fsck);
	if (error == 0)
		return say_all(fsck);
	command_say(fsck->call, "%s: %s (database: %s)", fsck->config->spool_directory,
		strerror(-error), store_error(fsck->store));
	return COMMAND_FAILED;
}

/* Nobody delivers while something is repaired. */
static int
lock_and_check(struct fsck *fsck)
{
	struct delivery *delivery = NULL;
	struct config_error err = { "" };
	int status;

	if (fsck->repair && delivery_open(fsck->config->spool_directory, fsck->config->sync, NULL,
				    &delivery, &err) != 0) {
		command_say(fsck->call, "%s", err.text);
		return COMMAND_FAILED;
	}
	status = open_and_check(fsck);
	delivery_close(delivery);
	return status;
}

static int
run(struct command_call *call)
{
	static const struct option own[] = {
		{ "repair", no_argument, NULL, OPTION_REPAIR },
		{ "quick", no_argument, NULL, OPTION_QUICK },
		{ 0 },
	};
	struct fsck fsck = { .call = call, .dir = -1, .last = &fsck.first };
	struct config_error err = { "" };
	int option, status;

	while ((option = command_option(call, own)) > 0) {
		fsck.repair = fsck.repair || option == OPTION_REPAIR;
		fsck.quick = fsck.quick || option == OPTION_QUICK;
	}
	if (option == COMMAND_STOP)
		return call->status;
	if (optind < call->argc)
		return command_misused(call, "it takes no arguments");
	if (config_load(command_config(call), NULL, &fsck.config, &err) < 0) {
		command_say(call, "%s", err.text);
		return COMMAND_USAGE;
	}
	status = spool_option_open(call, fsck.config->spool_directory, &fsck.spool);
	if (status == COMMAND_OK)
		status = lock_and_check(&fsck);
	if (fsck.dir >= 0)
		close(fsck.dir);
	store_close(fsck.store);
	store_close(fsck.repaired);
	np_spool_close(fsck.spool);
	config_free(fsck.config);
	arena_done(&fsck.arena);
	return command_finish(call, status);
}

const struct command cmd_fsck = {
	.name = "fsck",
	.summary = "compare the spool with the database, and repair what can be",
	.usage = "[--quick] [--repair]",
	.help = "\n"
		"Prints a line for each problem: missing, extra, other-file, unreadable,\n"
		"wrong-hash, stale, stale-claim; and its path. May run beside the daemon; days "
		"that\n"
		"retention has removed are no problem. Exits with 1 where problems are left.\n"
		"\n"
		"  --quick           do not read the articles\n"
		"  --repair          with the daemon stopped: make missing links again, and\n"
		"                    missing articles from a link that is left; make articles\n"
		"                    known of which the database knows nothing; put what is\n"
		"                    damaged, or stands in a link's place, into quarantine/;\n"
		"                    give stale claims back to their queue; remove links without\n"
		"                    an article and what is stale in tmp/. An article of which\n"
		"                    nothing whole is left is given up: it stays known, and is\n"
		"                    not delivered again\n"
		"\n"
		"  newspool fsck\n",
	.run = run,
};
