/*
 * Readers keep their place as a sequence, so a sequence never goes back, whatever became of the
 * database. Of the spool, the newest day that is not empty is read.
 *
 * Errors: -errno, passed on; the start fails then.
 */
#include "daemon/keep/sequence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/spool/scan.h"

/* Nothing is delivered yet, so that one look at the names is enough, and their order does not count. */
static int
highest_of_names(DIR *names, uint64_t *ret_highest)
{
	const struct dirent *entry;
	uint64_t seq, highest = 0;

	errno = 0;
	while ((entry = readdir(names)) != NULL)
		if (spool_name_parse(entry->d_name, &seq) == 0 && seq > highest)
			highest = seq;
	if (errno != 0)
		return -errno;
	*ret_highest = highest;
	return 0;
}

static int
highest_of_day(int dir, const char *day, uint64_t *ret_highest)
{
	char path[sizeof(SPOOL_ARTICLES) + SPOOL_DAY_SIZE];
	DIR *names;
	int fd, error;

	snprintf(path, sizeof(path), SPOOL_ARTICLES "/%s", day);
	fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	names = fdopendir(fd);
	if (names == NULL) {
		close(fd);
		return -ENOMEM;
	}
	error = highest_of_names(names, ret_highest);
	closedir(names);
	return error;
}

static int
highest_of_spool(int dir, uint64_t *ret_highest)
{
	struct days days = { 0 };
	int error = scan_days(dir, SPOOL_ARTICLES, &days);

	for (size_t i = days.n; i > 0 && error == 0 && *ret_highest == 0; i--)
		error = highest_of_day(dir, days.list[i - 1].text, ret_highest);
	free(days.list);
	return error;
}

static int
raise_to(struct store *store, uint64_t highest)
{
	bool raised;
	int error = store_begin(store);

	if (error != 0)
		return error;
	error = store_seq_raise(store, highest, &raised);
	if (error == 0)
		error = store_commit(store);
	if (error != 0)
		store_rollback(store);
	return error;
}

static int
find_highest(const char *spool, uint64_t *ret_highest)
{
	int dir = open(spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (dir < 0)
		return -errno;
	error = highest_of_spool(dir, ret_highest);
	close(dir);
	return error;
}

/* A copy that newspool backup made counts far above what it knows; so it is the articles that tell. */
static int
find_last(struct store *store, uint64_t *ret_last)
{
	struct arena arena = { 0 };
	struct store_article row;
	int got = store_article_before(store, INT64_MAX, &arena, &row);

	if (got >= 0)
		*ret_last = got == 1 ? row.seq : 0;
	arena_done(&arena);
	return got < 0 ? got : 0;
}

int
sequence_raise(struct store *store, const struct config *config, int64_t now,
	struct sequence_raised *ret_raised)
{
	struct sequence_raised raised = { .highest = 0 };
	int error = find_highest(config->spool_directory, &raised.highest);

	if (error == 0)
		error = find_last(store, &raised.last);
	if (error == 0 && raised.highest > raised.last) {
		error = adopt_articles(
			store, config->spool_directory, raised.last, config, now, &raised.adopted);
		if (error == 0)
			error = raise_to(store, raised.highest);
	}
	if (error == 0)
		*ret_raised = raised;
	return error;
}
