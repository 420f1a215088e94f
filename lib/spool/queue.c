/*
 * Queues: claims by renaming. Owns the descriptors of new/ and cur/ and a list of names seen in
 * new/, which may be old: a name that has gone was another's. What is not named as an article or as
 * a claim is nobody's business here and stays.
 *
 * A claim is made with RENAME_NOREPLACE: renaming one link of a file over another does nothing and
 * says it succeeded, and two links of one article may meet in a queue after a power cut.
 *
 * A queue that was removed is looked for again whenever we look into it, and found where it was made
 * again or another spool has taken its spool's place.
 *
 * Errors: -errno; what failed is left where it was.
 */
#define _GNU_SOURCE /* renameat2 */
#include <newspool/spool.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/spool/layout.h"
#include "lib/spool/reader.h"
#include "lib/spool/scan.h"
#include "lib/spool/watch.h"

_Static_assert(NP_QUEUE_ID_MAX == SPOOL_CLAIM_ID_MAX, "the same limit");

#define PAUSE 1000 /* ms between two looks without inotify */

struct np_queue {
	struct np_spool *spool;
	unsigned int generation; /* the spool's, when it was opened */
	int dir_new, dir_cur;
	char id[SPOOL_CLAIM_ID_MAX + 1];
	struct buf home;   /* "queues/NAME/" */
	struct buf folder; /* "queues/NAME/cur/" */
	struct items items;
	size_t next;
	bool away; /* it was not there, the last time */
	struct watch watch;
	struct np_spool_entry entry;
	char name[SPOOL_NAME_SIZE];
	struct buf path;
};

/* "HOST.PID", of the host what may stand in a claim and leaves room for the number. */
static void
make_id(char ret_id[SPOOL_CLAIM_ID_MAX + 1])
{
	char host[20];
	size_t n;

	if (gethostname(host, sizeof(host)) < 0)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	n = strspn(host, SPOOL_CLAIM_ID);
	snprintf(ret_id, SPOOL_CLAIM_ID_MAX + 1, "%.*s.%ld", (int)n, host, (long)getpid());
}

static int
set_id(struct np_queue *queue, const char *consumer)
{
	size_t size = consumer ? strlen(consumer) : 0;

	if (!consumer) {
		make_id(queue->id);
		return 0;
	}
	if (size == 0 || size > SPOOL_CLAIM_ID_MAX || strspn(consumer, SPOOL_CLAIM_ID) != size)
		return -EINVAL;
	memcpy(queue->id, consumer, size + 1);
	return 0;
}

static int
open_part(struct np_queue *queue, const char *part, int *ret_fd)
{
	int fd;

	buf_reset(&queue->path);
	buf_printf(&queue->path, "%s%s", buf_str(&queue->home), part);
	if (buf_error(&queue->path))
		return buf_error(&queue->path);
	fd = openat(queue->spool->dir, buf_str(&queue->path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (*ret_fd >= 0)
		close(*ret_fd);
	*ret_fd = fd;
	return 0;
}

/* The folder, and what tells that it has gone: we hold new/ open, so that it would not. */
static void
watch_parts(struct np_queue *queue)
{
	struct watch *watch = &queue->watch;

	if (watch_add(watch, queue->dir_new, ".") == WATCH_NONE ||
		watch_add_holder(watch, queue->spool->dir, buf_str(&queue->home)) == WATCH_NONE ||
		watch_add(watch, queue->spool->dir, ".") == WATCH_NONE)
		watch_done(watch);
}

static int
open_parts(struct np_queue *queue)
{
	int error = spool_renew(queue->spool);

	if (error == 0)
		error = open_part(queue, "new", &queue->dir_new);
	if (error == 0)
		error = open_part(queue, "cur", &queue->dir_cur);
	if (error)
		return error;
	queue->generation = queue->spool->generation;
	watch_parts(queue);
	return 0;
}

int
np_queue_open(
	struct np_spool *spool, const char *name, const char *consumer, struct np_queue **ret_queue)
{
	struct np_queue *queue;
	int error;

	if (!spool_is_slug(name))
		return -EINVAL;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	queue->spool = spool;
	queue->dir_new = queue->dir_cur = -1;
	watch_init(&queue->watch);
	buf_printf(&queue->home, SPOOL_QUEUES "/%s/", name);
	buf_printf(&queue->folder, SPOOL_QUEUES "/%s/cur/", name);
	error = set_id(queue, consumer);
	if (error == 0)
		error = buf_error(&queue->home) ? buf_error(&queue->home)
						: buf_error(&queue->folder);
	if (error == 0)
		error = open_parts(queue);
	if (error) {
		np_queue_close(queue);
		return error;
	}
	*ret_queue = queue;
	return 0;
}

void
np_queue_close(struct np_queue *queue)
{
	if (!queue)
		return;
	if (queue->dir_new >= 0)
		close(queue->dir_new);
	if (queue->dir_cur >= 0)
		close(queue->dir_cur);
	watch_done(&queue->watch);
	free(queue->items.list);
	buf_done(&queue->home);
	buf_done(&queue->folder);
	buf_done(&queue->path);
	free(queue);
}

/* Claiming */

static void
claim_file(const struct np_queue *queue, const char *name, char ret_file[SPOOL_CLAIM_SIZE])
{
	uint64_t now = (uint64_t)time(NULL) % SPOOL_CLAIM_TIMES;

	snprintf(ret_file, SPOOL_CLAIM_SIZE, "%.*s,%" PRIu64 ",%.*s", SPOOL_NAME_SIZE - 1, name,
		now, SPOOL_CLAIM_ID_MAX, queue->id);
}

static int
move(int from, const char *old, int to, const char *new)
{
	if (renameat2(from, old, to, new, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	return renameat(from, old, to, new) == 0 ? 0 : -errno; /* a file system that cannot */
}

static int
give(struct np_queue *queue, uint64_t seq, const char *file,
	const struct np_spool_entry **ret_entry)
{
	buf_reset(&queue->path);
	buf_printf(&queue->path, "%s%s", buf_str(&queue->folder), file);
	if (buf_error(&queue->path))
		return buf_error(&queue->path);
	queue->entry = (struct np_spool_entry){
		.seq = seq,
		.name = queue->name,
		.path = buf_str(&queue->path),
	};
	*ret_entry = &queue->entry;
	return 1;
}

static bool
is_there(const struct np_queue *queue)
{
	struct stat st;

	return spool_is_there(queue->spool) && queue->generation == queue->spool->generation &&
	       fstat(queue->dir_new, &st) == 0 && st.st_nlink > 0 &&
	       fstat(queue->dir_cur, &st) == 0 && st.st_nlink > 0;
}

/* Opens anew what has gone. -ENOENT: nothing is there now. */
static int
find_again(struct np_queue *queue)
{
	int error = is_there(queue) ? 0 : open_parts(queue);

	if (error == -ENOTDIR)
		error = -ENOENT;
	queue->away = error == -ENOENT;
	return error;
}

/* What was told of so far is in the list that follows; which it was does not matter. */
static int
look_again(struct np_queue *queue)
{
	struct watch_event event;
	int error;

	while (watch_next(&queue->watch, &event) == 1)
		;
	queue->next = queue->items.n = 0;
	error = find_again(queue);
	if (error == 0)
		error = scan_queue(queue->dir_new, &queue->items);
	if (error)
		queue->items.n = 0;
	return error == -ENOENT ? 0 : error;
}

static int
claim(struct np_queue *queue, char ret_file[SPOOL_CLAIM_SIZE])
{
	claim_file(queue, queue->name, ret_file);
	return move(queue->dir_new, queue->name, queue->dir_cur, ret_file);
}

/* A queue has records or messages, both only after its format was changed. */
static int
claim_either(struct np_queue *queue, const struct item *item, char ret_file[SPOOL_CLAIM_SIZE])
{
	char name[SPOOL_NAME_SIZE];
	int error;

	spool_name_join(item->seq, item->hash, name);
	memcpy(queue->name, name, sizeof(name));
	error = claim(queue, ret_file);
	if (error != -ENOENT && error != -EEXIST)
		return error;
	spool_mail_name(name, queue->name);
	return claim(queue, ret_file);
}

int
np_queue_claim(struct np_queue *queue, const struct np_spool_entry **ret_entry)
{
	int error = queue->next == queue->items.n ? look_again(queue) : 0;
	char file[SPOOL_CLAIM_SIZE];

	if (error)
		return error;
	while (queue->next < queue->items.n) {
		const struct item *item = &queue->items.list[queue->next++];

		error = claim_either(queue, item, file);
		if (error == 0)
			return give(queue, item->seq, file, ret_entry);
		if (error != -ENOENT && error != -EEXIST)
			return error;
	}
	return 0;
}

/* The file's name in cur/ and the article's. */
static int
split(const struct np_queue *queue, const char *path, const char **ret_file,
	char ret_name[SPOOL_NAME_SIZE])
{
	int64_t time;

	if (strncmp(path, buf_str(&queue->folder), queue->folder.len) != 0)
		return -EINVAL;
	*ret_file = path + queue->folder.len;
	return spool_claim_split(*ret_file, ret_name, &time);
}

int
np_queue_finish(struct np_queue *queue, const char *path)
{
	char name[SPOOL_NAME_SIZE];
	const char *file;
	int error = split(queue, path, &file, name);

	if (error)
		return error;
	return unlinkat(queue->dir_cur, file, 0) == 0 ? 0 : -errno;
}

/* Back into new/. Where its name is there again, a power cut has repeated it: one is enough. */
static int
put_back(struct np_queue *queue, const char *file, const char *name)
{
	int error = move(queue->dir_cur, file, queue->dir_new, name);

	if (error != -EEXIST)
		return error;
	return unlinkat(queue->dir_cur, file, 0) == 0 ? 0 : -errno;
}

int
np_queue_release(struct np_queue *queue, const char *path)
{
	char name[SPOOL_NAME_SIZE];
	const char *file;
	int error = split(queue, path, &file, name);

	return error ? error : put_back(queue, file, name);
}

int
np_queue_renew(struct np_queue *queue, const char *path, char ret_path[NP_SPOOL_PATH_SIZE])
{
	char name[SPOOL_NAME_SIZE], renewed[SPOOL_CLAIM_SIZE];
	const char *file;
	int error = split(queue, path, &file, name);

	if (error)
		return error;
	claim_file(queue, name, renewed);
	if (strcmp(file, renewed) != 0)
		error = move(queue->dir_cur, file, queue->dir_cur, renewed);
	else if (faccessat(queue->dir_cur, file, F_OK, 0) < 0)
		error = -errno;
	if (error == 0)
		snprintf(ret_path, NP_SPOOL_PATH_SIZE, "%s%s", buf_str(&queue->folder), renewed);
	return error;
}

/* Reaping */

/* When it was claimed; a renaming changes the file's ctime, which tells of a plain name. */
static int64_t
claimed_at(const struct np_queue *queue, const char *file, int64_t said)
{
	struct stat st;

	if (said >= 0)
		return said;
	if (fstatat(queue->dir_cur, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return INT64_MAX;
	return st.st_ctim.tv_sec;
}

static int
reap_file(struct np_queue *queue, const char *file, int64_t before, unsigned int *n)
{
	char name[SPOOL_NAME_SIZE];
	int64_t said;
	int error;

	if (spool_claim_split(file, name, &said) < 0 || claimed_at(queue, file, said) >= before)
		return 0;
	error = put_back(queue, file, name);
	if (error == 0)
		++*n;
	return error == -ENOENT ? 0 : error;
}

int
np_queue_reap(struct np_queue *queue, int64_t before, unsigned int *ret_n)
{
	int fd, error = find_again(queue);
	const struct dirent *entry;
	unsigned int n = 0;
	DIR *stream;

	if (error != 0 && error != -ENOENT)
		return error;
	fd = openat(queue->dir_cur, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream) {
		error = -errno;
		if (fd >= 0)
			close(fd);
		return error;
	}
	error = 0;
	while (error == 0 && (entry = readdir(stream)) != NULL)
		error = reap_file(queue, entry->d_name, before, &n);
	closedir(stream);
	if (n > 0)
		queue->next = queue->items.n; /* what was put back is older: look anew */
	if (error == 0 && ret_n)
		*ret_n = n;
	return error;
}

/* Waiting */

int
np_queue_wait(struct np_queue *queue, int timeout)
{
	if (queue->next < queue->items.n)
		return 1;
	return watch_wait(&queue->watch, !queue->away, timeout, PAUSE);
}

int
np_queue_fd(const struct np_queue *queue)
{
	return queue->away ? -1 : queue->watch.fd;
}
