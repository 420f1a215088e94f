/*
 * newspool fsck --repair: what is done about each problem. The spool is locked against the daemon, and
 * nothing that can be made whole again is lost: what is damaged goes to quarantine/, for whoever may
 * read more of it.
 *
 * Errors: a repair that fails leaves the problem, which is then told as one that is left.
 */
#define _GNU_SOURCE /* renameat2 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/keep/adopt.h"
#include "lib/spool/layout.h"
#include "tools/fsck.h"

#define FOLDER_MODE 0750
#define PATH_SIZE (SPOOL_PATH_SIZE + NAME_MAX)

static const char *
name_of(const struct problem *problem)
{
	return strrchr(problem->path, '/') + 1;
}

static bool
is_article(const struct problem *problem)
{
	return strncmp(problem->path, SPOOL_ARTICLES "/", strlen(SPOOL_ARTICLES) + 1) == 0;
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

/* Kept where nobody delivers from. */
static bool
put_away(const struct fsck *fsck, const struct problem *problem, const char *as)
{
	char aside[PATH_SIZE];

	snprintf(aside, sizeof(aside), SPOOL_QUARANTINE "/%s-%s", as, name_of(problem));
	return renameat(fsck->dir, problem->path, fsck->dir, aside) == 0;
}

/* One transaction in the store. Returns 0 or -errno, as run does. */
static int
change_store(struct fsck *fsck, int (*run)(struct fsck *fsck, const struct problem *problem),
	const struct problem *problem)
{
	int error = store_begin(fsck->repaired);

	if (error != 0)
		return error;
	error = run(fsck, problem);
	if (error == 0)
		error = store_commit(fsck->repaired);
	if (error != 0)
		store_rollback(fsck->repaired);
	return error;
}

static int
drop_row(struct fsck *fsck, const struct problem *problem)
{
	uint64_t seq;

	if (spool_name_parse(name_of(problem), &seq) != 0)
		return -EINVAL;
	return store_article_drop(fsck->repaired, seq);
}

static int
adopt(struct fsck *fsck, const struct problem *problem)
{
	char day[SPOOL_DAY_SIZE];
	struct np_spool_entry entry = {
		.name = name_of(problem), .day = day, .path = problem->path
	};
	int got;

	snprintf(day, sizeof(day), "%s", problem->path + strlen(SPOOL_ARTICLES) + 1);
	if (spool_name_parse(entry.name, &entry.seq) != 0)
		return -EINVAL;
	got = adopt_article(
		fsck->repaired, fsck->spool, fsck->config, &entry, (int64_t)time(NULL) * 1000);
	return got == 1 ? 0 : got < 0 ? got : -EBADMSG;
}

/* For each slug of a store's list: the name that is a link to the damaged file, or any for NULL. */
static void
remove_links(struct fsck *fsck, const char *list, const struct stat *damaged,
	void (*path_of)(struct buf *out, const char *slug, const struct problem *problem),
	const struct problem *problem)
{
	for (const char *at = list; *at != '\0';) {
		size_t length = strcspn(at, " ");
		char slug[SPOOL_SLUG_BYTES + 1];
		struct buf path = { 0 };
		struct stat st;

		snprintf(slug, sizeof(slug), "%.*s", (int)length, at);
		path_of(&path, slug, problem);
		if (buf_error(&path) == 0 &&
			fstatat(fsck->dir, buf_str(&path), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			(damaged == NULL ||
				(st.st_ino == damaged->st_ino && st.st_dev == damaged->st_dev)))
			unlinkat(fsck->dir, buf_str(&path), 0);
		buf_done(&path);
		at += length;
		at += strspn(at, " ");
	}
}

static void
path_of_tag(struct buf *out, const char *slug, const struct problem *problem)
{
	char day[SPOOL_DAY_SIZE];

	snprintf(day, sizeof(day), "%s", problem->path + strlen(SPOOL_ARTICLES) + 1);
	spool_path_tag(out, slug, day, name_of(problem));
}

static void
path_of_queue(struct buf *out, const char *slug, const struct problem *problem)
{
	spool_path_queue(out, slug, name_of(problem));
}

/* All names of a damaged article are one file: no reader is to meet it under any of them. */
static bool
put_away_article(struct fsck *fsck, const struct problem *problem)
{
	struct arena arena = { 0 };
	struct store_article row;
	struct stat st;
	uint64_t seq;
	bool done = false;

	if (spool_name_parse(name_of(problem), &seq) == 0 &&
		fstatat(fsck->dir, problem->path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		store_article_get(fsck->repaired, seq, &arena, &row) == 1) {
		remove_links(fsck, row.tags, &st, path_of_tag, problem);
		remove_links(fsck, row.queues, &st, path_of_queue, problem);
		done = put_away(fsck, problem, "damaged") &&
		       change_store(fsck, drop_row, problem) == 0;
	}
	arena_done(&arena);
	return done;
}

/* Nothing whole is left of it: what a queue has is no more than that. */
static bool
give_up(struct fsck *fsck, const struct problem *problem)
{
	struct arena arena = { 0 };
	struct store_article row;
	uint64_t seq;
	bool done = false;

	if (spool_name_parse(name_of(problem), &seq) == 0 &&
		store_article_get(fsck->repaired, seq, &arena, &row) == 1) {
		remove_links(fsck, row.queues, NULL, path_of_queue, problem);
		done = change_store(fsck, drop_row, problem) == 0;
	}
	arena_done(&arena);
	return done;
}

static const char *
repair_missing(struct fsck *fsck, const struct problem *problem)
{
	if (problem->source != NULL)
		return make_link(fsck, problem) ? "repaired" : NULL;
	return is_article(problem) && give_up(fsck, problem) ? "given up" : NULL;
}

/* What is no record, or another's place, is nothing that can be known. */
static const char *
repair_extra(struct fsck *fsck, const struct problem *problem)
{
	int error;

	if (!is_article(problem))
		return problem->removable && unlinkat(fsck->dir, problem->path, 0) == 0 ? "repaired"
											: NULL;
	error = change_store(fsck, adopt, problem);
	if (error == 0)
		return "known again";
	if (error != -EBADMSG && error != -EEXIST && error != -EINVAL)
		return NULL;
	return put_away(fsck, problem, "unknown") ? "put into quarantine" : NULL;
}

static const char *
repair_other(struct fsck *fsck, const struct problem *problem)
{
	return put_away(fsck, problem, "other") && make_link(fsck, problem) ? "repaired" : NULL;
}

static const char *
repair_damaged(struct fsck *fsck, const struct problem *problem)
{
	bool done = problem->removable &&
		    (is_article(problem) ? put_away_article(fsck, problem)
					 : put_away(fsck, problem, "damaged"));

	return done ? "put into quarantine" : NULL;
}

static const char *
repair_stale(struct fsck *fsck, const struct problem *problem)
{
	return unlinkat(fsck->dir, problem->path, 0) == 0 ? "repaired" : NULL;
}

static const char *
repair_claim(struct fsck *fsck, const struct problem *problem)
{
	return renameat2(fsck->dir, problem->path, fsck->dir, problem->source, RENAME_NOREPLACE) ==
			       0
		       ? "repaired"
		       : NULL;
}

const char *
fsck_repair(struct fsck *fsck, const struct problem *problem)
{
	static const char *(*const repairs[PROBLEM_MAX])(
		struct fsck * fsck, const struct problem *problem) = {
		[PROBLEM_MISSING] = repair_missing,
		[PROBLEM_EXTRA] = repair_extra,
		[PROBLEM_OTHER] = repair_other,
		[PROBLEM_UNREADABLE] = repair_damaged,
		[PROBLEM_HASH] = repair_damaged,
		[PROBLEM_STALE] = repair_stale,
		[PROBLEM_CLAIM] = repair_claim,
	};

	return repairs[problem->kind](fsck, problem);
}
