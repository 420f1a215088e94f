/*
 * Owns what is known of each queue, in the order of the configuration, and a descriptor of the
 * spool. Names are sequences, so the oldest are the lowest; a file's time is its delivery's.
 *
 * Invariants: an article is dropped from new/ alone, by a name that was read there; a consumer that
 * takes it in the same moment wins. What is lost is counted and said.
 *
 * Errors: of a look, said once until one succeeds.
 */
#include "daemon/keep/queue_limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/wire/log.h"
#include "lib/base/buf.h"
#include "lib/spool/layout.h"

#define LOOK_EVERY 60000 /* ms, at each queue */
#define LOOK_FIRST 2000
#define LOOK_SOON 500
#define LOOK_MAX 1000000u /* names read in one look; what is behind them is there the next time */
#define DROP_MAX 1000     /* files removed in one look */

struct queue_state {
	struct queue_limits_state seen;
	uint64_t since;  /* articles that went there since the last look */
	uint64_t coming; /* of these, in the transaction that is open: not in new/ yet */
	uint64_t refused_said;
	bool said; /* that it is full */
	bool soon; /* it is to be looked at before its turn */
	int trouble;
};

struct queue_limits {
	struct loop *loop;
	const struct config *config;
	struct loop_timer *timer;
	int dir;
	struct queue_state *states; /* one a queue */
	size_t n, next;
};

/* The sequences that a look finds. */
struct found {
	uint64_t *list;
	size_t n, size;
};

static int
add(struct found *found, uint64_t seq)
{
	if (found->n == found->size) {
		size_t size = found->size ? found->size * 2 : 256;
		uint64_t *list = reallocarray(found->list, size, sizeof(*list));

		if (list == NULL)
			return -ENOMEM;
		found->list = list;
		found->size = size;
	}
	found->list[found->n++] = seq;
	return 0;
}

/* As opendir(): NULL with errno. */
static DIR *
open_new(const struct queue_limits *limits, const struct config_queue *queue)
{
	char path[SPOOL_PATH_SIZE];
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), SPOOL_QUEUES "/%s/new", queue->name);
	fd = openat(limits->dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL && fd >= 0) {
		close(fd);
		errno = ENOMEM;
	}
	return dir;
}

static int
read_names(DIR *dir, struct found *found)
{
	const struct dirent *entry;
	uint64_t seq;
	int error = 0;

	rewinddir(dir);
	while (error == 0 && found->n < LOOK_MAX && (entry = readdir(dir)) != NULL)
		if (spool_queue_name_parse(entry->d_name, &seq) == 0)
			error = add(found, seq);
	return error;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Removes what is at or below a sequence and, where until is above 0, was delivered before it. */
static uint64_t
remove_lowest(DIR *dir, uint64_t highest, int64_t until)
{
	const struct dirent *entry;
	uint64_t seq, n = 0;
	struct stat st;

	rewinddir(dir);
	while (n < DROP_MAX && (entry = readdir(dir)) != NULL) {
		if (spool_queue_name_parse(entry->d_name, &seq) != 0 || seq > highest)
			continue;
		if (until > 0 &&
			(fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
				st.st_mtim.tv_sec >= until))
			continue;
		n += unlinkat(dirfd(dir), entry->d_name, 0) == 0;
	}
	return n;
}

/* When the article of a sequence was delivered; 0 where it is gone. */
static int64_t
time_of(DIR *dir, uint64_t wanted)
{
	const struct dirent *entry;
	struct stat st;
	uint64_t seq;

	rewinddir(dir);
	while ((entry = readdir(dir)) != NULL)
		if (spool_queue_name_parse(entry->d_name, &seq) == 0 && seq == wanted)
			return fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
				       ? st.st_mtim.tv_sec
				       : 0;
	return 0;
}

static bool
is_over(const struct queue_limits *limits, const struct config_queue *queue,
	const struct queue_limits_state *seen)
{
	int64_t now = loop_now(limits->loop) / 1000;

	return (queue->limit > 0 && seen->n > (uint64_t)queue->limit) ||
	       (queue->limit_age > 0 && seen->oldest > 0 &&
		       now - seen->oldest > queue->limit_age / 1000);
}

/* Drops what is too much, then what is too old of the rest. */
static void
drop_oldest(struct queue_limits *limits, const struct config_queue *queue, DIR *dir,
	struct found *found, struct queue_state *state)
{
	int64_t until = loop_now(limits->loop) / 1000 - queue->limit_age / 1000;
	uint64_t many = 0, old = 0;

	if (queue->limit > 0 && found->n > (uint64_t)queue->limit) {
		qsort(found->list, found->n, sizeof(found->list[0]), compare);
		many = remove_lowest(dir, found->list[found->n - (size_t)queue->limit - 1], 0);
	}
	if (queue->limit_age > 0)
		old = remove_lowest(dir, UINT64_MAX, until);
	state->seen.dropped += many + old;
	state->seen.n -= many + old < state->seen.n ? many + old : state->seen.n;
	if (many + old > 0)
		log_warning(NULL,
			"the consumer of queue %s does not come: its oldest articles were dropped "
			"event=queue-dropped queue=%s limit=%" PRIu64 " limit-age=%" PRIu64,
			queue->name, queue->name, many, old);
}

static void
say(const struct config_queue *queue, struct queue_state *state)
{
	const struct queue_limits_state *seen = &state->seen;

	if (seen->full && !state->said)
		log_warning(NULL,
			"queue %s is over its limit, for its consumer does not come "
			"event=queue-full queue=%s articles=%" PRIu64 " limit=%" PRId64,
			queue->name, queue->name, seen->n, queue->limit);
	if (!seen->full && state->said)
		log_notice(NULL, "queue %s is within its limit again event=queue-well queue=%s",
			queue->name, queue->name);
	if (seen->refused > state->refused_said)
		log_warning(NULL,
			"articles did not go to queue %s, which is full event=queue-refused "
			"queue=%s "
			"articles=%" PRIu64,
			queue->name, queue->name, seen->refused - state->refused_said);
	state->refused_said = seen->refused;
	state->said = seen->full;
}

static int
count(DIR *dir, struct queue_state *state, struct found *found)
{
	uint64_t lowest = UINT64_MAX;
	int error = read_names(dir, found);

	if (error != 0)
		return error;
	for (size_t i = 0; i < found->n; i++)
		if (found->list[i] < lowest)
			lowest = found->list[i];
	state->seen.n = found->n;
	state->since = state->coming;
	state->seen.oldest = found->n > 0 ? time_of(dir, lowest) : 0;
	return 0;
}

int
queue_limits_look(struct queue_limits *limits, size_t number)
{
	const struct config_queue *queue = &limits->config->queues[number];
	struct queue_state *state = &limits->states[number];
	struct found found = { .n = 0 };
	DIR *dir = open_new(limits, queue);
	int error;

	if (dir == NULL)
		return -errno;
	error = count(dir, state, &found);
	if (error == 0) {
		state->seen.full = is_over(limits, queue, &state->seen);
		if (state->seen.full && queue->when_full == CONFIG_FULL_DROP_OLDEST) {
			drop_oldest(limits, queue, dir, &found, state);
			state->seen.full = false;
		}
		say(queue, state);
	}
	closedir(dir);
	free(found.list);
	return error;
}

static bool
has_reached(const struct config_queue *queue, const struct queue_state *state)
{
	return queue->limit > 0 && state->seen.n + state->since >= (uint64_t)queue->limit;
}

bool
queue_limits_take(struct queue_limits *limits, size_t number)
{
	const struct config_queue *queue;
	struct queue_state *state;

	if (limits == NULL || number >= limits->n)
		return true;
	queue = &limits->config->queues[number];
	state = &limits->states[number];
	/* It may have been emptied since the last look. */
	if (has_reached(queue, state) && queue->when_full == CONFIG_FULL_DROP_NEW) {
		if (queue_limits_look(limits, number) == 0 && has_reached(queue, state)) {
			state->seen.refused++;
			state->soon = true;
			loop_timer_start(limits->timer, LOOK_SOON);
			return false;
		}
	} else if (has_reached(queue, state) && !state->said) {
		state->soon = true;
		loop_timer_start(limits->timer, LOOK_SOON);
	}
	state->since++;
	state->coming++;
	return true;
}

void
queue_limits_begin(struct queue_limits *limits)
{
	for (size_t i = 0; limits != NULL && i < limits->n; i++)
		limits->states[i].coming = 0;
}

/* One that may be full, else the one whose turn it is. */
static size_t
choose(struct queue_limits *limits)
{
	size_t number = limits->next;

	for (size_t i = 0; i < limits->n; i++)
		if (limits->states[i].soon)
			return i;
	limits->next = (number + 1) % limits->n;
	return number;
}

static void
on_timer(void *arg)
{
	struct queue_limits *limits = arg;
	struct queue_state *state;
	size_t number;
	int error;

	if (limits->n == 0)
		return;
	number = choose(limits);
	loop_timer_start(limits->timer,
		limits->states[number].soon ? LOOK_SOON : LOOK_EVERY / (int64_t)limits->n);
	limits->states[number].soon = false;
	limits->states[number].coming = 0; /* no transaction is open while the loop turns */
	error = queue_limits_look(limits, number);
	state = &limits->states[number];
	if (error != 0 && error != state->trouble)
		log_error(NULL, "queue %s cannot be looked at: %s",
			limits->config->queues[number].name, strerror(-error));
	state->trouble = error;
}

int
queue_limits_reload(struct queue_limits *limits, const struct config *config)
{
	struct queue_state *states = calloc(config->n_queues + 1, sizeof(*states));

	if (states == NULL) {
		limits->config = config;
		limits->n = 0;
		return -ENOMEM;
	}
	for (size_t i = 0; i < config->n_queues; i++)
		for (size_t j = 0; j < limits->n; j++)
			if (strcmp(config->queues[i].name, limits->config->queues[j].name) == 0)
				states[i] = limits->states[j];
	free(limits->states);
	limits->states = states;
	limits->config = config;
	limits->n = config->n_queues;
	limits->next = 0;
	loop_timer_start(limits->timer, LOOK_SOON);
	return 0;
}

void
queue_limits_reopen(struct queue_limits *limits, const char *directory)
{
	if (limits->dir >= 0)
		close(limits->dir);
	limits->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
queue_limits_new(struct loop *loop, const char *directory, const struct config *config,
	struct queue_limits **ret_limits)
{
	struct queue_limits *limits = calloc(1, sizeof(*limits));
	int error;

	if (limits == NULL)
		return -ENOMEM;
	limits->loop = loop;
	limits->config = config;
	limits->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = limits->dir < 0 ? -errno : 0;
	if (error == 0)
		error = loop_timer_new(loop, on_timer, limits, &limits->timer);
	if (error == 0)
		error = queue_limits_reload(limits, config);
	if (error != 0) {
		queue_limits_free(limits);
		return error;
	}
	loop_timer_start(limits->timer, LOOK_FIRST);
	*ret_limits = limits;
	return 0;
}

void
queue_limits_free(struct queue_limits *limits)
{
	if (limits == NULL)
		return;
	loop_timer_free(limits->timer);
	if (limits->dir >= 0)
		close(limits->dir);
	free(limits->states);
	free(limits);
}

void
queue_limits_state(
	const struct queue_limits *limits, size_t queue, struct queue_limits_state *ret_state)
{
	*ret_state = limits->states[queue].seen;
	ret_state->n += limits->states[queue].since;
}
