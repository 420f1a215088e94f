/*
 * From the spool to the store: does it know of everything that lies there? Nothing is changed.
 *
 * Errors: -errno; folders that go meanwhile are empty.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/fsck.h"

#define STALE_AFTER 3600  /* seconds in tmp/ */
#define CLAIM_AFTER 86400 /* seconds in a queue's cur/ */

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
	return known ? 0 : fsck_report(fsck, PROBLEM_EXTRA, path, NULL, false);
}

static int
look_at_link(struct fsck *fsck, const char *path, const char *name)
{
	char article[SPOOL_PATH_SIZE + NAME_MAX];
	const char *day = path + strlen(path) - strlen(name) - SPOOL_DAY_SIZE;

	snprintf(article, sizeof(article), SPOOL_ARTICLES "/%s", day);
	return fsck_is_there(fsck, article) ? 0
					    : fsck_report(fsck, PROBLEM_EXTRA, path, NULL, true);
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

/* What waits in a queue may outlive what is remembered of it, and an article that was given up. */
static bool
was_forgotten(struct fsck *fsck, const char *name)
{
	struct store_article row;
	struct arena arena = { 0 };
	uint64_t seq, last;
	bool forgotten = spool_name_parse(name, &seq) == 0 &&
			 store_seq_get(fsck->store, &last) == 0 && seq <= last &&
			 store_article_get(fsck->store, seq, &arena, &row) == 0;

	arena_done(&arena);
	return forgotten;
}

/* A message has the name of its article but for the end. */
static int
look_at_queued(struct fsck *fsck, const char *path, const char *name)
{
	char article[SPOOL_NAME_SIZE] = "";
	int known = 0;

	if (spool_queue_name_article(name, article) == 0)
		known = is_known(fsck, article);
	if (known < 0)
		return known;
	if (!known)
		known = was_forgotten(fsck, article);
	return known ? 0 : fsck_report(fsck, PROBLEM_EXTRA, path, NULL, false);
}

/* Since when it is claimed, by its name or, where a shell moved it, by its last change. */
static int64_t
claimed_at(const struct fsck *fsck, const char *path, int64_t told)
{
	struct stat st;

	if (told >= 0)
		return told;
	return fstatat(fsck->dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ctime : INT64_MAX;
}

/* What a mail reader has read stays in cur/, with its flags: that is no claim. */
static int
look_at_claimed(struct fsck *fsck, const char *path, const char *name)
{
	char article[SPOOL_NAME_SIZE], back[SPOOL_PATH_SIZE + NAME_MAX];
	size_t queue = strlen(path) - strlen(name) - strlen("cur/");
	int64_t told = -1;

	if (spool_claim_split(name, article, &told) != 0)
		return look_at_queued(fsck, path, name);
	if (time(NULL) - claimed_at(fsck, path, told) < CLAIM_AFTER)
		return 0;
	snprintf(back, sizeof(back), "%.*snew/%s", (int)queue, path, article);
	return fsck_report(fsck, PROBLEM_CLAIM, path, back, false);
}

static int
look_at_queue(struct fsck *fsck, const char *path, const char *name)
{
	char folder[SPOOL_PATH_SIZE + NAME_MAX + 8];
	int error;

	(void)name;
	snprintf(folder, sizeof(folder), "%s/new", path);
	error = walk(fsck, folder, look_at_queued);
	snprintf(folder, sizeof(folder), "%s/cur", path);
	return error == 0 ? walk(fsck, folder, look_at_claimed) : error;
}

static int
look_at_staged(struct fsck *fsck, const char *path, const char *name)
{
	struct stat st;

	(void)name;
	if (fstatat(fsck->dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		(!fsck->repair && time(NULL) - st.st_ctime < STALE_AFTER))
		return 0;
	return fsck_report(fsck, PROBLEM_STALE, path, NULL, true);
}

static int
await(void *arg, const char *name, unsigned int index, const char *path)
{
	struct fsck *fsck = arg;
	struct awaited *awaited = arena_alloc(&fsck->arena, sizeof(*awaited));

	(void)name;
	(void)index;
	if (awaited == NULL)
		return -ENOMEM;
	awaited->next = fsck->awaited;
	awaited->path = arena_strdup(&fsck->arena, path);
	fsck->awaited = awaited;
	return awaited->path != NULL ? 0 : -ENOMEM;
}

/* What is in tmp/ is the daemon's, unless nothing is pending. Others may not look there. */
static int
look_at_tmp(struct fsck *fsck)
{
	int error = store_pending(fsck->store, await, fsck);

	if (error == 0 && fsck->awaited == NULL)
		error = walk(fsck, SPOOL_TMP, look_at_staged);
	return error == -EACCES ? 0 : error;
}

int
fsck_walk_spool(struct fsck *fsck)
{
	int error = walk(fsck, SPOOL_ARTICLES, look_at_day);

	if (error == 0)
		error = walk(fsck, SPOOL_TAGS, look_at_tag);
	if (error == 0)
		error = walk(fsck, SPOOL_QUEUES, look_at_queue);
	if (error == 0)
		error = look_at_tmp(fsck);
	return error;
}
