/*
 * Readers keep their place as a sequence, so a sequence never goes back, whatever became of the
 * database. Of the spool, the newest day that is not empty is read.
 *
 * Errors: -errno, passed on; the start fails then.
 */
#include "daemon/keep/sequence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/spool/scan.h"

static int
highest_of_day(int dir, const char *day, struct items *items, uint64_t *ret_highest)
{
	struct buf path = { 0 };
	int error;

	buf_printf(&path, SPOOL_ARTICLES "/%s", day);
	error = buf_error(&path);
	if (error == 0)
		error = scan_items(dir, buf_str(&path), items);
	buf_done(&path);
	if (error == 0 && items->n > 0)
		*ret_highest = items->list[items->n - 1].seq;
	return error;
}

static int
highest_of_spool(int dir, uint64_t *ret_highest)
{
	struct days days = { 0 };
	struct items items = { 0 };
	int error = scan_days(dir, SPOOL_ARTICLES, &days);

	for (size_t i = days.n; i > 0 && error == 0 && *ret_highest == 0; i--)
		error = highest_of_day(dir, days.list[i - 1].text, &items, ret_highest);
	free(items.list);
	free(days.list);
	return error;
}

static int
raise_to(struct store *store, uint64_t highest, uint64_t *ret_highest)
{
	bool raised = false;
	int error = store_begin(store);

	if (error != 0)
		return error;
	error = store_seq_raise(store, highest, &raised);
	if (error == 0)
		error = store_commit(store);
	if (error != 0)
		store_rollback(store);
	else
		*ret_highest = raised ? highest : 0;
	return error;
}

int
sequence_raise(struct store *store, const char *spool, uint64_t *ret_highest)
{
	uint64_t highest = 0;
	int dir = open(spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (dir < 0)
		return -errno;
	error = highest_of_spool(dir, &highest);
	close(dir);
	return error == 0 ? raise_to(store, highest, ret_highest) : error;
}
