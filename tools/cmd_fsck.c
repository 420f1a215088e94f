/*
 * newspool fsck: does the spool hold what the store says, and nothing else, whole? Reads alone, and
 * may run beside the daemon: what seems wrong is looked at once more in the end, for articles move
 * and days go meanwhile. --repair takes the daemon's lock first.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
#include "tools/spool_option.h"

#define STALE_AFTER 3600 /* seconds in tmp/ */
#define FOLDER_MODE 0750

enum { OPTION_REPAIR = 1, OPTION_QUICK };

enum problem_kind {
	PROBLEM_MISSING,    /* the store says that it is there */
	PROBLEM_EXTRA,      /* the store knows nothing of it */
	PROBLEM_OTHER,      /* a link that is another file than its article */
	PROBLEM_UNREADABLE, /* no record */
	PROBLEM_HASH,       /* its content is not what its name says */
	PROBLEM_STALE,      /* forgotten in tmp/ */
	PROBLEM_MAX
};

static const char *const kind_names[PROBLEM_MAX] = {
	[PROBLEM_MISSING] = "missing",
	[PROBLEM_EXTRA] = "extra",
	[PROBLEM_OTHER] = "other-file",
	[PROBLEM_UNREADABLE] = "unreadable",
	[PROBLEM_HASH] = "wrong-hash",
	[PROBLEM_STALE] = "stale",
};

struct problem {
	struct problem *next;
	enum problem_kind kind;
	const char *path;
	const char *source; /* of a link that is missing; NULL: cannot be made again */
	bool removable;
};

struct fsck {
	struct command_call *call;
	struct config *config;
	struct np_spool *spool;
	struct store *store;
	int dir;
	bool repair, quick;
	struct arena arena;
	struct problem *first, **last;
	size_t n_articles, n_links, n_pending;
	char day[SPOOL_DAY_SIZE]; /* that was asked for last, and whether it is there */
	bool has_day;
};

static int
report(struct fsck *fsck, enum problem_kind kind, const char *path, const char *source,
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

static bool
is_there(const struct fsck *fsck, const char *path)
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
	fsck->has_day = is_there(fsck, path);
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
		return report(fsck, PROBLEM_UNREADABLE, path, NULL, false);
	copy = *np_record_article(record);
	error = article_hash(&copy);
	if (error == 0 && memcmp(copy.content_hash, hash, NP_HASH_SIZE) != 0)
		error = report(fsck, PROBLEM_HASH, path, NULL, false);
	np_record_free(record);
	return error;
}

static int
check_link(struct fsck *fsck, const char *path, const char *article)
{
	struct stat one, other;

	fsck->n_links++;
	if (fstatat(fsck->dir, path, &one, AT_SYMLINK_NOFOLLOW) != 0)
		return report(fsck, PROBLEM_MISSING, path, article, false);
	if (fstatat(fsck->dir, article, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
		(one.st_ino != other.st_ino || one.st_dev != other.st_dev))
		return report(fsck, PROBLEM_OTHER, path, NULL, false);
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
	if (error == 0 && !is_there(fsck, buf_str(&path))) {
		error = report(fsck, PROBLEM_MISSING, buf_str(&path), NULL, false);
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

/* From the spool to the store */

/* Calls entry for each name in a folder that is not hidden. */
static int
walk(struct fsck *fsck, const char *path,
	int (*entry)(struct fsck *fsck, const char *path, const char *name))
{
	int fd = openat(fsck->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *found;

	if (dir == NULL) {
		error = fd < 0 ? -errno : -ENOMEM;
		if (fd >= 0)
			close(fd);
		return error == -ENOENT || error == -ENOTDIR ? 0 : error;
	}
	while (error == 0 && (found = readdir(dir)) != NULL) {
		char below[SPOOL_PATH_SIZE + NAME_MAX];

		if (found->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, found->d_name);
		error = entry(fsck, below, found->d_name);
	}
	closedir(dir);
	return error;
}

static int
is_known(struct fsck *fsck, const char *name)
{
	struct store_article row;
	struct arena arena = { 0 };
	char expected[SPOOL_NAME_SIZE];
	uint64_t seq;
	int got = 0;

	if (spool_name_parse(name, &seq) == 0)
		got = store_article_get(fsck->store, seq, &arena, &row);
	if (got == 1) {
		spool_name_format(seq, row.hash, expected);
		got = strcmp(expected, name) == 0;
	}
	arena_done(&arena);
	return got;
}

static int
look_at_article(struct fsck *fsck, const char *path, const char *name)
{
	int known = is_known(fsck, name);

	if (known < 0)
		return known;
	return known ? 0 : report(fsck, PROBLEM_EXTRA, path, NULL, false);
}

static int
look_at_link(struct fsck *fsck, const char *path, const char *name)
{
	char article[SPOOL_PATH_SIZE + NAME_MAX];
	const char *day = path + strlen(path) - strlen(name) - SPOOL_DAY_SIZE;

	snprintf(article, sizeof(article), SPOOL_ARTICLES "/%s", day);
	return is_there(fsck, article) ? 0 : report(fsck, PROBLEM_EXTRA, path, NULL, true);
}

static int
look_at_day(struct fsck *fsck, const char *path, const char *name)
{
	return spool_is_day(name) ? walk(fsck, path, look_at_article) : 0;
}

static int
look_at_tag_day(struct fsck *fsck, const char *path, const char *name)
{
	return spool_is_day(name) ? walk(fsck, path, look_at_link) : 0;
}

static int
look_at_tag(struct fsck *fsck, const char *path, const char *name)
{
	(void)name;
	return walk(fsck, path, look_at_tag_day);
}

/* A message has the name of its article but for the end. */
static int
look_at_queued(struct fsck *fsck, const char *path, const char *name)
{
	char article[SPOOL_NAME_SIZE];
	int known = 0;

	if (spool_queue_name_article(name, article) == 0)
		known = is_known(fsck, article);
	if (known < 0)
		return known;
	return known ? 0 : report(fsck, PROBLEM_EXTRA, path, NULL, false);
}

static int
look_at_queue(struct fsck *fsck, const char *path, const char *name)
{
	char new[SPOOL_PATH_SIZE + NAME_MAX + 8];

	(void)name;
	snprintf(new, sizeof(new), "%s/new", path);
	return walk(fsck, new, look_at_queued);
}

static int
look_at_staged(struct fsck *fsck, const char *path, const char *name)
{
	struct stat st;

	(void)name;
	if (fstatat(fsck->dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		(!fsck->repair && time(NULL) - st.st_ctime < STALE_AFTER))
		return 0;
	return report(fsck, PROBLEM_STALE, path, NULL, true);
}

static int
count_pending(void *arg, const char *name, unsigned int index, const char *path)
{
	struct fsck *fsck = arg;

	(void)name;
	(void)index;
	(void)path;
	fsck->n_pending++;
	return 0;
}

/* What is in tmp/ is the daemon's, unless nothing is pending. Others may not look there. */
static int
look_at_tmp(struct fsck *fsck)
{
	int error = store_pending(fsck->store, count_pending, fsck);

	if (error == 0 && fsck->n_pending == 0)
		error = walk(fsck, SPOOL_TMP, look_at_staged);
	return error == -EACCES ? 0 : error;
}

/* Both ways */

static int
check_all(struct fsck *fsck)
{
	int error = store_look_articles(fsck->store, check_row, fsck);

	if (error == 0)
		error = walk(fsck, SPOOL_ARTICLES, look_at_day);
	if (error == 0)
		error = walk(fsck, SPOOL_TAGS, look_at_tag);
	if (error == 0)
		error = walk(fsck, SPOOL_QUEUES, look_at_queue);
	if (error == 0)
		error = look_at_tmp(fsck);
	return error;
}

/* Whether it still is a problem, now that the daemon has gone on. */
static bool
still(struct fsck *fsck, const struct problem *problem)
{
	const char *day = strstr(problem->path, "/20");

	if (problem->kind != PROBLEM_MISSING)
		return is_there(fsck, problem->path);
	if (day != NULL && strlen(day) > SPOOL_DAY_SIZE) {
		char name[SPOOL_DAY_SIZE];

		snprintf(name, sizeof(name), "%s", day + 1);
		fsck->day[0] = '\0';
		if (!has_day(fsck, name))
			return false;
	}
	return !is_there(fsck, problem->path);
}

static bool
make_link(const struct fsck *fsck, const struct problem *problem)
{
	char folder[SPOOL_PATH_SIZE];

	for (const char *end = strchr(problem->path, '/'); end; end = strchr(end + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(end - problem->path), problem->path);
		if (mkdirat(fsck->dir, folder, FOLDER_MODE) != 0 && errno != EEXIST)
			return false;
	}
	return linkat(fsck->dir, problem->source, fsck->dir, problem->path, 0) == 0;
}

static bool
mend(const struct fsck *fsck, const struct problem *problem)
{
	if (!fsck->repair)
		return false;
	if (problem->source != NULL)
		return make_link(fsck, problem);
	return problem->removable && unlinkat(fsck->dir, problem->path, 0) == 0;
}

static int
say_all(struct fsck *fsck)
{
	size_t n = 0, n_mended = 0;

	for (const struct problem *problem = fsck->first; problem; problem = problem->next) {
		bool mended;

		if (!still(fsck, problem))
			continue;
		mended = mend(fsck, problem);
		printf("%-10s  %s%s\n", kind_names[problem->kind], problem->path,
			mended ? "  (repaired)" : "");
		n++;
		n_mended += mended;
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
		"wrong-hash, stale; and its path. May run beside the daemon; days that\n"
		"retention has removed are no problem. Exits with 1 where problems are left.\n"
		"\n"
		"  --quick           do not read the articles\n"
		"  --repair          with the daemon stopped: make missing links under tags "
		"again,\n"
		"                    remove links without an article and what is stale in tmp/;\n"
		"                    articles are never removed\n"
		"\n"
		"  newspool fsck\n",
	.run = run,
};
