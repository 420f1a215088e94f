/*
 * The keeper here does what daemon/keep does with its store and the delivery, and no more. The
 * content of an article tells its sequence, so that every file can be judged by itself.
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
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keep/delivery.h"
#include "tests/crash/world.h"

#define TRIES 12         /* a keeper that fails so often in a row gives up */
#define FAULT_TRIES 3    /* a lasting fault goes away after so many failures */
#define TARGETS 8        /* of one article */
#define CONTENT 3000     /* bytes of an article */
#define LATE_TAG "gamma" /* the third batch links the first article there as well */
#define LATE_BATCH 2

static const char *const queues[WORLD_QUEUES] = { "one", "mail", "more-mail" };

/* The script: what each article's destinations are. */

static bool
goes_to_queue(uint64_t seq, unsigned int queue)
{
	return queue == 0 || seq % 2 == 0;
}

static bool
is_mail(unsigned int queue)
{
	return queue > 0;
}

static const char *
day_of(uint64_t seq)
{
	return seq < 4 ? "2026-11-22" : "2026-11-23";
}

static void
name_of(uint64_t seq, char ret_name[SPOOL_NAME_SIZE])
{
	unsigned char hash[8] = { 0xab, (unsigned char)seq };

	spool_name_format(seq, hash, ret_name);
}

static void
content_of(uint64_t seq, bool mail, char ret_content[CONTENT])
{
	memset(ret_content, (mail ? 'A' : 'a') + (int)(seq % 26), CONTENT - 1);
	ret_content[CONTENT - 1] = '\n';
}

struct targets {
	char paths[TARGETS][SPOOL_PATH_SIZE];
	struct delivery_target list[TARGETS];
	size_t n, n_mail; /* the last n_mail of them share a file of their own */
};

static void
add_target(struct targets *targets, const struct buf *path)
{
	snprintf(targets->paths[targets->n], SPOOL_PATH_SIZE, "%s", buf_str(path));
	targets->list[targets->n].path = targets->paths[targets->n];
	targets->list[targets->n].index = (unsigned int)targets->n;
	targets->n++;
}

static void
targets_of(uint64_t seq, struct targets *ret_targets)
{
	char name[SPOOL_NAME_SIZE];
	struct buf path = { 0 };

	ret_targets->n = ret_targets->n_mail = 0;
	name_of(seq, name);
	spool_path_article(&path, day_of(seq), name);
	add_target(ret_targets, &path);
	for (unsigned int tag = 0; tag < 2; tag++) {
		if (seq % (tag + 2) != 0)
			continue;
		buf_reset(&path);
		spool_path_tag(&path, tag ? "beta" : "alpha", day_of(seq), name);
		add_target(ret_targets, &path);
	}
	for (unsigned int queue = 0; queue < WORLD_QUEUES; queue++) {
		if (!goes_to_queue(seq, queue))
			continue;
		buf_reset(&path);
		if (is_mail(queue))
			spool_path_mail(&path, queues[queue], name);
		else
			spool_path_queue(&path, queues[queue], name);
		add_target(ret_targets, &path);
		ret_targets->n_mail += is_mail(queue);
	}
	buf_done(&path);
}

/* The first article's further destination. */
static void
late_target(struct targets *ret_targets)
{
	char name[SPOOL_NAME_SIZE];
	struct buf path = { 0 };

	targets_of(1, ret_targets);
	ret_targets->list[0].index = (unsigned int)ret_targets->n;
	ret_targets->n = 0;
	name_of(1, name);
	spool_path_tag(&path, LATE_TAG, day_of(1), name);
	snprintf(ret_targets->paths[0], SPOOL_PATH_SIZE, "%s", buf_str(&path));
	buf_done(&path);
	ret_targets->n = 1;
}

/* The keeper */

static void
remember(struct world_store *store, uint64_t seq, const struct targets *targets)
{
	for (size_t i = 0; i < targets->n; i++) {
		struct world_pending *pending = &store->pending[store->n_pending++];

		name_of(seq, pending->name);
		snprintf(pending->path, sizeof(pending->path), "%s", targets->list[i].path);
		pending->index = targets->list[i].index;
	}
}

/* The step before is a database's commit that fails; the one after, that it has not come back. */
static int
commit(struct world *world, struct steps *steps)
{
	int error = steps_step(steps, STEP_STORE);

	if (error)
		return error;
	world->store = world->next;
	steps_step(steps, STEP_STORE);
	return 0;
}

static int
stage_article(struct delivery *delivery, uint64_t seq, const struct targets *targets)
{
	size_t n_records = targets->n - targets->n_mail;
	char content[CONTENT], name[SPOOL_NAME_SIZE];
	int error;

	name_of(seq, name);
	content_of(seq, false, content);
	error = delivery_stage(delivery, name, content, sizeof(content), targets->list, n_records);
	content_of(seq, true, content);
	if (error == 0 && targets->n_mail > 0)
		error = delivery_stage(delivery, name, content, sizeof(content),
			targets->list + n_records, targets->n_mail);
	return error;
}

static int
stage_batch(struct delivery *delivery, struct world_store *store, unsigned int size)
{
	char name[SPOOL_NAME_SIZE], from[SPOOL_PATH_SIZE];
	struct targets targets;
	int error = 0;

	for (unsigned int i = 0; i < size && error == 0; i++) {
		uint64_t seq = ++store->last_seq;

		targets_of(seq, &targets);
		error = stage_article(delivery, seq, &targets);
		remember(store, seq, &targets);
	}
	if (error == 0 && store->n_batches == LATE_BATCH) {
		targets_of(1, &targets);
		snprintf(from, sizeof(from), "%s", targets.paths[0]);
		late_target(&targets);
		name_of(1, name);
		error = delivery_stage_link(delivery, name, from, targets.list, targets.n);
		remember(store, 1, &targets);
	}
	return error;
}

/* One batch up to its commit. */
static int
begin_batch(struct world *world, struct steps *steps)
{
	struct world_store *next = &world->next;
	int error;

	*next = world->store;
	error = stage_batch(world->delivery, next, world->batches[next->n_batches]);
	if (error == 0)
		error = delivery_flush(world->delivery);
	next->n_batches++;
	if (error == 0)
		error = commit(world, steps);
	if (error)
		delivery_abort(world->delivery);
	return error;
}

static int
end_batch(struct world *world, struct steps *steps)
{
	int error = delivery_publish(world->delivery);

	if (error)
		return error;
	world->next = world->store;
	world->next.n_pending = 0;
	return commit(world, steps);
}

static int
recover(struct world *world, struct steps *steps)
{
	int error = 0, end;

	for (unsigned int i = 0; i < world->store.n_pending && error == 0; i++) {
		const struct world_pending *pending = &world->store.pending[i];
		struct delivery_target target = { .path = pending->path, .index = pending->index };

		error = delivery_recover(world->delivery, pending->name, &target);
	}
	end = delivery_recover_end(world->delivery);
	if (error == 0)
		error = end;
	return error ? error : end_batch(world, steps);
}

/* Does it until it works. */
static int
insist(struct world *world, struct steps *steps,
	int (*what)(struct world *world, struct steps *steps))
{
	int error = 0;

	for (unsigned int i = 0; i < TRIES; i++) {
		error = what(world, steps);
		if (error == 0)
			return 0;
		snprintf(world->reason, sizeof(world->reason), "keeper: %s",
			delivery_error(world->delivery));
		if (i + 1 == FAULT_TRIES)
			steps->lasting = false;
	}
	return error;
}

static int
open_delivery(struct world *world, struct steps *steps)
{
	struct config_error err = { "" };
	int error = -1;

	for (unsigned int i = 0; i < TRIES && error; i++) {
		error = delivery_open(
			world->directory, world->sync, &steps->ops, &world->delivery, &err);
		if (i + 1 == FAULT_TRIES)
			steps->lasting = false;
	}
	snprintf(world->reason, sizeof(world->reason), "open: %s", err.text);
	return error;
}

static int
keep(struct world *world, struct steps *steps)
{
	int error = open_delivery(world, steps);

	if (error == 0)
		error = insist(world, steps, recover);
	world->recovery_steps = steps->n;
	while (error == 0 && world->batches[world->store.n_batches] > 0) {
		error = insist(world, steps, begin_batch);
		if (error == 0)
			error = insist(world, steps, end_batch);
	}
	return error;
}

/* What the kernel does when a process is gone: the descriptors, and with them the lock. */
static void
bury(struct world *world, struct steps *steps)
{
	if (world->delivery)
		delivery_close(world->delivery);
	else if (steps->dir >= 0)
		close(steps->dir);
	world->delivery = NULL;
}

enum world_end
world_keep(struct world *world, struct steps *steps)
{
	int error;

	if (setjmp(steps->death)) {
		bury(world, steps);
		return WORLD_DIED;
	}
	error = keep(world, steps);
	delivery_close(world->delivery);
	world->delivery = NULL;
	return error ? WORLD_GAVE_UP : WORLD_DONE;
}

/* Consumers and the judge */

static bool
is_whole(int dir, const char *name, uint64_t seq, bool mail)
{
	char expected[CONTENT], found[CONTENT + 1];
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, found, sizeof(found));
	close(fd);
	content_of(seq, mail, expected);
	return n == CONTENT && memcmp(found, expected, CONTENT) == 0;
}

static void
take_all(struct world *world, unsigned int queue)
{
	char path[128];
	const struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/queues/%s/new", world->directory, queues[queue]);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL) {
		uint64_t seq;

		if (entry->d_name[0] == '.')
			continue;
		if (spool_queue_name_parse(entry->d_name, &seq) < 0 || seq >= WORLD_SEQS ||
			(spool_name_parse(entry->d_name, &seq) < 0) != is_mail(queue) ||
			!is_whole(dirfd(dir), entry->d_name, seq, is_mail(queue))) {
			world->n_broken++;
			continue;
		}
		if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			world->seen[queue][seq]++;
	}
	closedir(dir);
}

void
world_consume(void *arg)
{
	struct world *world = arg;

	world->n_calls++;
	for (unsigned int queue = 0; queue < WORLD_QUEUES; queue++)
		if (world->n_calls % (queue + 3) == 0)
			take_all(world, queue);
}

__attribute__((format(printf, 2, 3))) static bool
wrong(struct world *world, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(world->reason, sizeof(world->reason), format, args);
	va_end(args);
	return false;
}

static bool
judge_links(struct world *world, uint64_t seq, nlink_t *n_links)
{
	struct targets targets;
	char path[sizeof(world->directory) + SPOOL_PATH_SIZE];
	struct stat st, first = { .st_ino = 0 };

	targets_of(seq, &targets);
	for (size_t i = 0; i < targets.n; i++) {
		if (strncmp(targets.paths[i], "queues/", 7) == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", world->directory, targets.paths[i]);
		if (lstat(path, &st) < 0)
			return wrong(world, "%s is missing", path);
		if (i == 0)
			first = st;
		if (st.st_ino != first.st_ino)
			return wrong(world, "%s is another file", path);
		if ((st.st_mode & 07777) != 0440 || !is_whole(AT_FDCWD, path, seq, false))
			return wrong(world, "%s is not whole", path);
		++*n_links;
	}
	if (seq == 1 && world->store.n_batches > LATE_BATCH)
		++*n_links;
	if (first.st_nlink != *n_links)
		return wrong(world, "%s has %lu links, not %lu", path,
			(unsigned long)first.st_nlink, (unsigned long)*n_links);
	return true;
}

static bool
judge_queues(struct world *world, uint64_t seq)
{
	for (unsigned int queue = 0; queue < WORLD_QUEUES; queue++) {
		unsigned int expected = goes_to_queue(seq, queue);

		if (world->seen[queue][seq] != expected)
			return wrong(world, "article %u was seen %u times in queue %s",
				(unsigned int)seq, world->seen[queue][seq], queues[queue]);
	}
	return true;
}

/* Files below a folder, hidden ones not counted. */
static unsigned int
count_files(const char *directory, const char *folder)
{
	char path[1024];
	const struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", directory, folder);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		n += entry->d_type == DT_DIR ? count_files(path, entry->d_name) : 1;
	}
	if (dir)
		closedir(dir);
	return n;
}

bool
world_judge(struct world *world)
{
	nlink_t n_files = 0;

	for (unsigned int queue = 0; queue < WORLD_QUEUES; queue++)
		take_all(world, queue);
	if (world->n_broken)
		return wrong(world, "a consumer got %u broken files", world->n_broken);
	for (uint64_t seq = 1; seq <= world->store.last_seq; seq++) {
		nlink_t n_links = 0;

		if (!judge_links(world, seq, &n_links) || !judge_queues(world, seq))
			return false;
		n_files += n_links;
	}
	if (count_files(world->directory, ".") != n_files)
		return wrong(world, "%u files in the spool, not %lu",
			count_files(world->directory, "."), (unsigned long)n_files);
	if (world->store.n_pending > 0)
		return wrong(world, "something is still pending");
	return true;
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

struct world *
world_new(const unsigned int *batches, enum config_sync sync)
{
	const char *tmpdir = getenv("TMPDIR");
	bool given = tmpdir && strlen(tmpdir) < 40;
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		return NULL;
	world->batches = batches;
	world->sync = sync;
	snprintf(world->directory, sizeof(world->directory), "%s/newspool-XXXXXX",
		given                           ? tmpdir
		: access("/dev/shm", W_OK) == 0 ? "/dev/shm"
						: "/tmp");
	if (mkdtemp(world->directory))
		return world;
	free(world);
	return NULL;
}

void
world_free(struct world *world)
{
	if (!world)
		return;
	nftw(world->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(world);
}
