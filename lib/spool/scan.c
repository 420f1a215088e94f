/*
 * Reading the folders of a spool. A directory is anyone's and changes while it is read.
 *
 * A folder that is being delivered into cannot be read in one go: readdir() may miss a file that
 * comes while it runs and yet give a later one. Articles come in the order of their sequences, so
 * of a folder that may be changing only what is not above the highest of a first reading is taken
 * from a second one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/spool/scan.h"

/* A folder that has not changed for so many seconds is at rest. */
#define REST 10

/*
 * Calls add for each name, until it returns something else than 0, which is returned then. Returns
 * 0, also where there is no such folder, or -errno.
 */
static int
read_folder(int dir, const char *path, int (*add)(void *list, const char *name), void *list,
	struct stat *ret_st)
{
	int error = 0, fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!stream) {
		error = fd < 0 && (errno == ENOENT || errno == ENOTDIR) ? 0 : -errno;
		if (fd >= 0)
			close(fd);
		return error;
	}
	while (error == 0) {
		errno = 0;
		entry = readdir(stream);
		if (!entry) {
			error = -errno;
			break;
		}
		error = add(list, entry->d_name);
	}
	if (error == 0 && ret_st && fstat(dirfd(stream), ret_st) < 0)
		error = -errno;
	closedir(stream);
	return error;
}

/* Room for one more of n elements. Returns the array, or NULL. */
static void *
grow(void *list, size_t n, size_t *size, size_t element)
{
	size_t larger = *size ? *size * 2 : 64;
	void *grown;

	if (n < *size)
		return list;
	grown = reallocarray(list, larger, element);
	if (grown)
		*size = larger;
	return grown;
}

static int
add_day(void *arg, const char *name)
{
	struct days *days = arg;
	struct day *list;

	if (!spool_is_day(name))
		return 0;
	list = grow(days->list, days->n, &days->size, sizeof(*list));
	if (!list)
		return -ENOMEM;
	days->list = list;
	memcpy(list[days->n++].text, name, SPOOL_DAY_SIZE);
	return 0;
}

static int
add_item(void *arg, const char *name)
{
	struct items *items = arg;
	struct item item, *list;

	if (spool_name_split(name, &item.seq, &item.hash) < 0)
		return 0;
	list = grow(items->list, items->n, &items->size, sizeof(*list));
	if (!list)
		return -ENOMEM;
	items->list = list;
	list[items->n++] = item;
	return 0;
}

static int
take_seq(void *arg, const char *name)
{
	uint64_t hash;

	return spool_name_split(name, arg, &hash) == 0;
}

static int
add_queued(void *arg, const char *name)
{
	char article[SPOOL_NAME_SIZE];

	return spool_queue_name_article(name, article) == 0 ? add_item(arg, article) : 0;
}

static int
compare_days(const void *a, const void *b)
{
	return strcmp(((const struct day *)a)->text, ((const struct day *)b)->text);
}

static int
compare_items(const void *a, const void *b)
{
	const struct item *one = a, *other = b;

	if (one->seq != other->seq)
		return one->seq < other->seq ? -1 : 1;
	return one->hash < other->hash ? -1 : one->hash > other->hash;
}

int
scan_days(int dir, const char *path, struct days *days)
{
	int error = read_folder(dir, path, add_day, days, NULL);

	if (error == 0 && days->n > 1)
		qsort(days->list, days->n, sizeof(*days->list), compare_days);
	return error;
}

int
scan_any(int dir, const char *path, uint64_t *ret_seq)
{
	return read_folder(dir, path, take_seq, ret_seq, NULL);
}

/* A change of the last seconds may not show in the time yet, or have been made while we read. */
static bool
at_rest(const struct stat *st)
{
	return st->st_mtim.tv_sec < time(NULL) - REST;
}

static void
keep_up_to(struct items *items, uint64_t seq)
{
	size_t n = 0;

	for (size_t i = 0; i < items->n; i++)
		if (items->list[i].seq <= seq)
			items->list[n++] = items->list[i];
	items->n = n;
}

int
scan_items(int dir, const char *path, struct items *items)
{
	struct stat st = { .st_mtim = { .tv_sec = 0 } };
	uint64_t last = 0;
	int error;

	items->n = 0;
	error = read_folder(dir, path, add_item, items, &st);
	if (error == 0 && items->n > 0 && !at_rest(&st)) {
		for (size_t i = 0; i < items->n; i++)
			if (items->list[i].seq > last)
				last = items->list[i].seq;
		items->n = 0;
		error = read_folder(dir, path, add_item, items, NULL);
		keep_up_to(items, last);
	}
	if (error == 0 && items->n > 1)
		qsort(items->list, items->n, sizeof(*items->list), compare_items);
	return error;
}

int
scan_queue(int dir, struct items *items)
{
	int error;

	items->n = 0;
	error = read_folder(dir, ".", add_queued, items, NULL);
	if (error == 0 && items->n > 1)
		qsort(items->list, items->n, sizeof(*items->list), compare_items);
	return error;
}
