/*
 * The spool reader: lists, finds and reads. It holds one descriptor, of the spool directory, and
 * opens everything below it by name for as long as it reads it. What has gone in between is not
 * there; scan.c says what a listing promises beside a daemon that delivers.
 */
#include <newspool/spool.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/spool/layout.h"
#include "lib/spool/reader.h"
#include "lib/spool/scan.h"

_Static_assert(NP_SPOOL_PATH_SIZE >= SPOOL_PATH_SIZE, "room for any path");

struct np_spool_list {
	struct np_spool *spool;
	struct np_spool_query query; /* tag is not used after the beginning */
	struct buf folder;           /* "articles" or "tags/TAG" */
	struct days days;            /* in the order of listing */
	size_t next_day;
	struct items items; /* of the day before next_day, in the order of listing */
	size_t next_item;
	char read[SPOOL_DAY_SIZE]; /* the day whose names are in items, all of them; "": none */
	struct np_spool_entry entry;
	char name[SPOOL_NAME_SIZE];
	struct buf path;
};

int
np_spool_open(const char *directory, struct np_spool **ret_spool)
{
	struct np_spool *spool;
	struct stat st;
	int error, dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return -errno;
	spool = calloc(1, sizeof(*spool));
	if (!spool)
		error = -ENOMEM;
	else if (fstatat(dir, SPOOL_ARTICLES, &st, 0) < 0)
		error = errno == ENOENT ? -EINVAL : -errno;
	else
		error = S_ISDIR(st.st_mode) ? 0 : -EINVAL;
	if (error) {
		free(spool);
		close(dir);
		return error;
	}
	spool->dir = dir;
	spool_place(directory, &spool->place); /* unknown, it is not looked for */
	*ret_spool = spool;
	return 0;
}

void
np_spool_close(struct np_spool *spool)
{
	if (!spool)
		return;
	close(spool->dir);
	free(spool->place);
	free(spool);
}

/* Listing */

static void
reverse(void *list, size_t n, size_t element)
{
	char *first = list, *last = first + (n ? n - 1 : 0) * element;

	for (; first < last; first += element, last -= element)
		for (size_t i = 0; i < element; i++) {
			char byte = first[i];

			first[i] = last[i];
			last[i] = byte;
		}
}

/* Sets path to the day's folder. */
static int
set_day(struct np_spool_list *list, const char *day)
{
	buf_reset(&list->path);
	buf_puts(&list->path, buf_str(&list->folder));
	buf_putc(&list->path, '/');
	buf_puts(&list->path, day);
	return buf_error(&list->path);
}

static int
read_day(struct np_spool_list *list, const char *day)
{
	int error = set_day(list, day);

	*list->read = '\0';
	if (error == 0)
		error = scan_items(list->spool->dir, buf_str(&list->path), &list->items);
	if (error)
		list->items.n = 0;
	else
		snprintf(list->read, sizeof(list->read), "%s", day);
	return error;
}

/*
 * Drops the days that cannot hold what is asked for. A file may have been written a moment after
 * the midnight that ended its folder's day, so the day before `since` stays.
 */
static void
limit_days(struct days *days, const struct np_spool_query *query)
{
	char first[CLOCK_DAY_SIZE], last[CLOCK_DAY_SIZE];
	size_t n = 0;

	clock_day(query->since - 24 * 3600, first);
	clock_day(query->until, last);
	for (size_t i = 0; i < days->n; i++) {
		if (query->since > 0 && strcmp(days->list[i].text, first) < 0)
			continue;
		if (query->until > 0 && strcmp(days->list[i].text, last) > 0)
			continue;
		days->list[n++] = days->list[i];
	}
	days->n = n;
}

/*
 * Looks for the last day from low to *at that has articles, and says in *at which and in *ret_seq
 * one of its sequences. Returns whether there is one; or -errno.
 */
static int
find_any(struct np_spool_list *list, size_t low, size_t *at, uint64_t *ret_seq)
{
	for (;; --*at) {
		int found = set_day(list, list->days.list[*at].text);

		if (found == 0)
			found = scan_any(list->spool->dir, buf_str(&list->path), ret_seq);
		if (found != 0 || *at == low)
			return found;
	}
}

/*
 * Finds by halves two days between which there is none with articles: the first has a sequence that
 * is not above the one in question (days.n: there is no such day), the second has one that is.
 */
static int
find_between(struct np_spool_list *list, size_t *ret_first, size_t *ret_second)
{
	size_t low = 0, high = list->days.n;

	*ret_first = *ret_second = list->days.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2, at = middle;
		uint64_t seq;
		int found = find_any(list, low, &at, &seq);

		if (found < 0)
			return found;
		if (found && seq > list->query.after) {
			high = *ret_second = at;
			continue;
		}
		if (found)
			*ret_first = at;
		low = middle + 1;
	}
	return 0;
}

/*
 * Drops the days that end before the sequence; later days hold later articles. Of a day one name
 * tells nearly all, and is there at once; only the day behind the last of which one was not above
 * may have to be read to know where it begins.
 */
static int
skip_days(struct np_spool_list *list)
{
	struct days *days = &list->days;
	size_t first, second;
	int error = find_between(list, &first, &second);

	if (error == 0 && second < days->n)
		error = read_day(list, days->list[second].text);
	if (error)
		return error;
	if (first == days->n || (list->items.n > 0 && list->items.list[0].seq <= list->query.after))
		first = second;
	days->n -= first;
	memmove(days->list, days->list + first, days->n * sizeof(*days->list));
	return 0;
}

static int
start(struct np_spool_list *list, const char *tag)
{
	struct buf *folder = &list->folder;
	int error;

	buf_puts(folder, tag ? SPOOL_TAGS "/" : SPOOL_ARTICLES);
	if (tag)
		buf_puts(folder, tag);
	error = buf_error(folder);
	if (error == 0)
		error = scan_days(list->spool->dir, buf_str(folder), &list->days);
	if (error)
		return error;
	limit_days(&list->days, &list->query);
	if (list->query.newest_first)
		reverse(list->days.list, list->days.n, sizeof(*list->days.list));
	else if (list->query.after > 0 && list->days.n > 0)
		error = skip_days(list);
	return error;
}

int
np_spool_list_new(
	struct np_spool *spool, const struct np_spool_query *query, struct np_spool_list **ret_list)
{
	struct np_spool_list *list;
	int error;

	if (query && query->tag && !spool_is_slug(query->tag))
		return -EINVAL;
	list = calloc(1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list->spool = spool;
	if (query)
		list->query = *query;
	error = start(list, list->query.tag);
	list->query.tag = NULL;
	if (error) {
		np_spool_list_free(list);
		return error;
	}
	*ret_list = list;
	return 0;
}

void
np_spool_list_free(struct np_spool_list *list)
{
	if (!list)
		return;
	buf_done(&list->folder);
	buf_done(&list->path);
	free(list->days.list);
	free(list->items.list);
	free(list);
}

/* When the article was delivered, by its file's time; the distant past where it has gone. */
static int64_t
delivered_at(const struct np_spool_list *list, const struct item *item)
{
	struct buf path = { 0 };
	char name[SPOOL_NAME_SIZE];
	int64_t when = INT64_MIN;
	struct stat st;

	spool_name_join(item->seq, item->hash, name);
	buf_printf(&path, "%s/%s", buf_str(&list->path), name);
	if (buf_error(&path) == 0 &&
		fstatat(list->spool->dir, buf_str(&path), &st, AT_SYMLINK_NOFOLLOW) == 0)
		when = st.st_mtim.tv_sec;
	buf_done(&path);
	return when;
}

/* The first item of the day (which is in the order of delivery) at or after a time. */
static size_t
first_since(const struct np_spool_list *list, int64_t when)
{
	size_t low = 0, high = list->items.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (delivered_at(list, &list->items.list[middle]) < when)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Cuts the day's items down to those asked for. */
static void
limit_items(struct np_spool_list *list)
{
	struct items *items = &list->items;
	size_t first = 0;

	while (first < items->n && items->list[first].seq <= list->query.after)
		first++;
	if (first > 0 && list->query.newest_first)
		list->next_day = list->days.n; /* what comes next ends before it */
	if (list->query.since > 0) {
		size_t since = first_since(list, list->query.since);

		first = since > first ? since : first;
	}
	if (list->query.until > 0)
		items->n = first_since(list, list->query.until);
	items->n = items->n > first ? items->n - first : 0;
	memmove(items->list, items->list + first, items->n * sizeof(*items->list));
}

static int
next_day(struct np_spool_list *list)
{
	const char *day = list->days.list[list->next_day++].text;
	int error = strcmp(day, list->read) == 0 ? set_day(list, day) : read_day(list, day);

	list->next_item = 0;
	*list->read = '\0'; /* some of them from here on */
	if (error || list->items.n == 0)
		return error;
	limit_items(list);
	if (list->query.newest_first)
		reverse(list->items.list, list->items.n, sizeof(*list->items.list));
	list->entry.day = day;
	return 0;
}

int
np_spool_list_next(struct np_spool_list *list, const struct np_spool_entry **ret_entry)
{
	const struct item *item;
	int error;

	while (*list->read || list->next_item == list->items.n) {
		if (list->next_day == list->days.n)
			return 0;
		error = next_day(list);
		if (error)
			return error;
	}
	error = set_day(list, list->entry.day);
	if (error)
		return error;
	item = &list->items.list[list->next_item++];
	spool_name_join(item->seq, item->hash, list->name);
	buf_putc(&list->path, '/');
	buf_puts(&list->path, list->name);
	if (buf_error(&list->path))
		return buf_error(&list->path);
	list->entry.seq = item->seq;
	list->entry.name = list->name;
	list->entry.path = buf_str(&list->path);
	*ret_entry = &list->entry;
	return 1;
}

/* Finding */

int
np_spool_find(struct np_spool *spool, uint64_t seq, char ret_path[NP_SPOOL_PATH_SIZE])
{
	struct np_spool_query query = { .after = seq - 1 };
	const struct np_spool_entry *entry = NULL;
	struct np_spool_list *list;
	int ret, error = seq > 0 ? np_spool_list_new(spool, &query, &list) : -ENOENT;

	if (error)
		return error;
	ret = np_spool_list_next(list, &entry);
	if (ret == 1 && entry && entry->seq == seq)
		snprintf(ret_path, NP_SPOOL_PATH_SIZE, "%s", entry->path);
	else
		error = ret < 0 ? ret : -ENOENT;
	np_spool_list_free(list);
	return error;
}

/* Reading */

static int
read_all(int fd, char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = read(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EBADMSG;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int
read_line(int fd, char **ret_line, size_t *ret_size)
{
	struct stat st;
	char *line;
	int error;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return -EBADMSG;
	if (st.st_size > NP_SPOOL_RECORD_MAX)
		return -E2BIG;
	line = malloc((size_t)st.st_size + 1);
	if (!line)
		return -ENOMEM;
	error = read_all(fd, line, (size_t)st.st_size);
	if (error == 0 && memchr(line, '\n', (size_t)st.st_size) != line + st.st_size - 1)
		error = -EBADMSG;
	if (error) {
		free(line);
		return error;
	}
	line[st.st_size] = '\0';
	*ret_line = line;
	*ret_size = (size_t)st.st_size;
	return 0;
}

int
np_spool_read(struct np_spool *spool, const char *path, char **ret_line, size_t *ret_size)
{
	int fd, error;

	if (!spool_is_path(path))
		return -EINVAL;
	fd = openat(spool->dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP || errno == ENXIO ? -EBADMSG : -errno; /* a link, a socket */
	error = read_line(fd, ret_line, ret_size);
	close(fd);
	return error;
}

int
np_spool_record(struct np_spool *spool, const char *path, struct np_record **ret_record)
{
	char *line = NULL;
	size_t size = 0;
	int error = np_spool_read(spool, path, &line, &size);

	if (error)
		return error;
	error = np_record_parse(line, size, ret_record);
	free(line);
	return error;
}
