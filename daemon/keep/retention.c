/*
 * Owns the list of days with what they take, and the day that is being removed. Days are counted
 * once; the newest, which grows, on each pass.
 *
 * Invariants: a victim is hidden before anything of it goes and its hidden folder is the last of
 * it; so whatever ends in between, the next pass sees what is left.
 *
 * Errors: a step that fails ends its pass, is said once, and is tried again on the next.
 */
#include "daemon/keep/retention.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keep/cursors.h"
#include "daemon/keep/day.h"
#include "daemon/wire/log.h"
#include "lib/base/clock.h"
#include "lib/spool/layout.h"

#define STEP_PAUSE 20 /* ms, in which polls go on */
#define PASS_EVERY (10 * 60 * 1000)
#define PASS_FIRST 5000 /* after the start */
#define DAY_MS INT64_C(86400000)
#define PATH_MAX_HERE (SPOOL_PATH_SIZE + 16)

struct day {
	char name[SPOOL_DAY_SIZE];
	int64_t bytes;
	uint64_t last; /* the highest sequence in it */
	bool counted;
};

enum retention_state {
	RETENTION_IDLE,  /* the next step lists the days */
	RETENTION_COUNT, /* what they take */
	RETENTION_PICK,  /* a day to remove, if any */
	RETENTION_TAGS,  /* its links under the tags */
	RETENTION_ARTICLES,
};

struct retention {
	struct loop *loop;
	struct loop_timer *timer;
	const struct config *config;
	int dir;
	enum retention_state state;
	struct day *days; /* oldest first */
	size_t n, size;
	char victim[SPOOL_DAY_SIZE];
	const char *why;
	char tag[SPOOL_SLUG_BYTES + 1]; /* that is being emptied; "": none */
	uint64_t n_removed;             /* articles of the victim */
	DIR *open;                      /* the day being counted, or tags/ */
	size_t counting;
	struct cursors_last cursor; /* as this pass has it */
	char said[SPOOL_DAY_SIZE];  /* the day of which it was said that a cursor holds it */
	bool paused;
	int64_t not_before; /* monotonic: nothing goes until then */
	int trouble;        /* that was said */
};

static void
close_open(struct retention *retention)
{
	if (retention->open != NULL)
		closedir(retention->open);
	retention->open = NULL;
}

/* As opendir(): NULL with errno. */
static DIR *
open_below(const struct retention *retention, const char *path)
{
	int fd = openat(retention->dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL && fd >= 0) {
		close(fd);
		errno = ENOMEM;
	}
	return dir;
}

/* Listing */

static int
compare_days(const void *one, const void *other)
{
	return strcmp(((const struct day *)one)->name, ((const struct day *)other)->name);
}

static int
add_day(struct retention *retention, const char *name)
{
	struct day *day;

	if (retention->n == retention->size) {
		size_t size = retention->size ? retention->size * 2 : 64;
		struct day *days = reallocarray(retention->days, size, sizeof(*days));

		if (days == NULL)
			return -ENOMEM;
		retention->days = days;
		retention->size = size;
	}
	day = &retention->days[retention->n++];
	*day = (struct day){ .counted = false };
	memcpy(day->name, name, sizeof(day->name));
	return 0;
}

/* What was counted before keeps its count, but for the newest, which may have grown. */
static void
keep_counts(struct retention *retention, struct day *old, size_t n_old)
{
	for (size_t i = 0; i + 1 < retention->n; i++) {
		const struct day *known = n_old == 0 ? NULL
						     : bsearch(&retention->days[i], old, n_old,
							       sizeof(*old), compare_days);

		if (known != NULL && known != &old[n_old - 1])
			retention->days[i] = *known;
	}
}

static int
read_days(struct retention *retention)
{
	const struct dirent *entry;
	DIR *dir = open_below(retention, SPOOL_ARTICLES);
	int error = 0;

	if (dir == NULL)
		return -errno;
	while (error == 0 && (entry = readdir(dir)) != NULL) {
		if (spool_is_day(entry->d_name))
			error = add_day(retention, entry->d_name);
		else if (entry->d_name[0] == '.' && spool_is_day(entry->d_name + 1))
			memcpy(retention->victim, entry->d_name + 1, SPOOL_DAY_SIZE);
	}
	closedir(dir);
	return error;
}

/* What days take, and which articles are in them. */
static bool
must_count(const struct retention *retention)
{
	return retention->config->retain_size > 0 || retention->cursor.name[0] != '\0';
}

static int
list_days(struct retention *retention)
{
	struct day *old = retention->days;
	size_t n_old = retention->n;
	int error;

	retention->days = NULL;
	retention->n = retention->size = 0;
	retention->victim[0] = '\0';
	error = read_days(retention);
	if (retention->n > 0)
		qsort(retention->days, retention->n, sizeof(*retention->days), compare_days);
	keep_counts(retention, old, n_old);
	free(old);
	retention->counting = 0;
	if (error == 0)
		error = cursors_last(retention->dir, &retention->cursor);
	if (error != 0)
		return error;
	retention->why = "begun before";
	retention->n_removed = 0;
	if (retention->victim[0] != '\0')
		retention->state = RETENTION_TAGS;
	else
		retention->state = must_count(retention) ? RETENTION_COUNT : RETENTION_PICK;
	return 0;
}

/* Counting */

static int
begin_count(struct retention *retention)
{
	char path[PATH_MAX_HERE];
	struct day *day;

	while (retention->counting < retention->n && retention->days[retention->counting].counted)
		retention->counting++;
	if (retention->counting == retention->n) {
		retention->state = RETENTION_PICK;
		return 0;
	}
	day = &retention->days[retention->counting];
	day->bytes = 0;
	day->last = 0;
	snprintf(path, sizeof(path), SPOOL_ARTICLES "/%s", day->name);
	retention->open = open_below(retention, path);
	return retention->open != NULL ? 0 : -errno;
}

static int
count_some(struct retention *retention)
{
	struct day *day = &retention->days[retention->counting];
	const struct dirent *entry;
	struct stat st;
	uint64_t seq;

	if (retention->open == NULL)
		return begin_count(retention);
	for (int i = 0; i < RETENTION_STEP_FILES; i++) {
		if ((entry = readdir(retention->open)) == NULL) {
			day->counted = true;
			close_open(retention);
			return 0;
		}
		if (entry->d_name[0] == '.')
			continue;
		if (fstatat(dirfd(retention->open), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			day->bytes += (int64_t)st.st_blocks * 512;
		if (spool_name_parse(entry->d_name, &seq) == 0 && seq > day->last)
			day->last = seq;
	}
	return 0;
}

/* Picking */

/*
 * When a day that is still to come, by its name, was delivered into last: the clock was wrong (day.h).
 * Its folder's time may be as wrong; but those after it were not delivered into before it.
 */
static int64_t
last_delivery(const struct retention *retention, const struct day *day)
{
	int64_t last = INT64_MAX;

	for (; day < retention->days + retention->n; day++) {
		char path[PATH_MAX_HERE];
		struct stat st;

		snprintf(path, sizeof(path), SPOOL_ARTICLES "/%s", day->name);
		if (fstatat(retention->dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			st.st_mtime < last)
			last = st.st_mtime;
	}
	return last == INT64_MAX ? last : last * 1000;
}

static bool
is_over(const struct retention *retention, const struct day *day, int64_t age)
{
	int64_t end, now = loop_now(retention->loop);

	if (age <= 0 || day_begin(day->name, &end) != 0)
		return false;
	end = end * 1000 + DAY_MS;
	if (end > now + DAY_MS)
		end = last_delivery(retention, day);
	return end < now && now - end >= age;
}

static bool
is_too_large(const struct retention *retention, int64_t size)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < retention->n; i++)
		bytes += retention->days[i].bytes;
	return size > 0 && bytes > size;
}

/* True where a cursor has not read all of the day, and has not had its time and room for it. */
static bool
is_held(struct retention *retention, const struct day *day)
{
	const struct config *config = retention->config;
	const char *cursor = retention->cursor.name;
	const char *cap = NULL;

	if (config->cursor_age == 0 || cursor[0] == '\0' || day->last <= retention->cursor.seq)
		return false;
	if (is_over(retention, day, config->cursor_age))
		cap = "cursor-age";
	else if (is_too_large(retention, config->cursor_size))
		cap = "cursor-size";
	if (cap != NULL)
		log_warning(NULL,
			"a day goes that the cursor %s has not read event=cursor-passed cursor=%s "
			"day=%s by=\"%s\"",
			cursor, cursor, day->name, cap);
	else if (strcmp(retention->said, day->name) != 0)
		log_notice(NULL,
			"a day stays for the cursor %s event=cursor-holds cursor=%s day=%s", cursor,
			cursor, day->name);
	memcpy(retention->said, day->name, sizeof(retention->said));
	return cap == NULL;
}

static int
hide(struct retention *retention)
{
	char from[PATH_MAX_HERE], to[PATH_MAX_HERE];

	snprintf(from, sizeof(from), SPOOL_ARTICLES "/%s", retention->victim);
	snprintf(to, sizeof(to), SPOOL_ARTICLES "/.%s", retention->victim);
	return renameat(retention->dir, from, retention->dir, to) == 0 ? 0 : -errno;
}

static int
pick(struct retention *retention)
{
	const struct day *oldest = retention->days;

	retention->state = RETENTION_IDLE;
	if (retention->n < 2)
		return 0;
	if (is_over(retention, oldest, retention->config->retain_age))
		retention->why = "retain-age";
	else if (is_too_large(retention, retention->config->retain_size))
		retention->why = "retain-size";
	else
		return 0;
	if (is_held(retention, oldest))
		return 0;
	memcpy(retention->victim, oldest->name, sizeof(retention->victim));
	retention->n_removed = 0;
	memmove(retention->days, retention->days + 1, --retention->n * sizeof(*retention->days));
	retention->state = RETENTION_TAGS;
	return hide(retention);
}

/* Removing */

/* Empties a folder, up to *budget files, and removes it when it is empty. 1: there is more. */
static int
remove_some(struct retention *retention, const char *path, int *budget, uint64_t *removed)
{
	const struct dirent *entry;
	DIR *dir = open_below(retention, path);
	int error = 0;

	if (dir == NULL)
		return errno == ENOENT ? 0 : -errno;
	while (error == 0 && *budget > 0 && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		--*budget;
		if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			++*removed;
		else if (errno != ENOENT)
			error = -errno;
	}
	closedir(dir);
	if (error != 0 || *budget <= 0)
		return error != 0 ? error : 1;
	return unlinkat(retention->dir, path, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

/* The next tag, unless one is begun. Returns 1; 0 after the last. */
static int
next_tag(struct retention *retention)
{
	const struct dirent *entry;

	if (retention->tag[0] != '\0')
		return 1;
	while ((entry = readdir(retention->open)) != NULL) {
		size_t length = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || length >= sizeof(retention->tag))
			continue;
		memcpy(retention->tag, entry->d_name, length + 1);
		return 1;
	}
	return 0;
}

/* Each tag's folder of that day, one tag after another. */
static int
remove_from_tags(struct retention *retention)
{
	int budget = RETENTION_STEP_FILES, got = 0;
	char path[PATH_MAX_HERE];
	uint64_t links = 0;

	if (retention->open == NULL) {
		retention->tag[0] = '\0';
		retention->open = open_below(retention, SPOOL_TAGS);
		if (retention->open == NULL)
			return -errno;
	}
	while (got == 0 && budget-- > 0) {
		if (next_tag(retention) == 0) {
			close_open(retention);
			retention->state = RETENTION_ARTICLES;
			return 0;
		}
		snprintf(
			path, sizeof(path), SPOOL_TAGS "/%s/%s", retention->tag, retention->victim);
		got = remove_some(retention, path, &budget, &links);
		if (got == 0)
			retention->tag[0] = '\0';
	}
	return got < 0 ? got : 0;
}

static int
remove_articles(struct retention *retention)
{
	int budget = RETENTION_STEP_FILES, got;
	char path[PATH_MAX_HERE];

	snprintf(path, sizeof(path), SPOOL_ARTICLES "/.%s", retention->victim);
	got = remove_some(retention, path, &budget, &retention->n_removed);
	if (got != 0)
		return got < 0 ? got : 0;
	log_info(NULL, "a day was removed event=retired day=%s articles=%" PRIu64 " by=\"%s\"",
		retention->victim, retention->n_removed, retention->why);
	retention->victim[0] = '\0';
	retention->state = RETENTION_PICK;
	return 0;
}

int
retention_step(struct retention *retention, bool *ret_more)
{
	static int (*const steps[])(struct retention *) = {
		[RETENTION_IDLE] = list_days,
		[RETENTION_COUNT] = count_some,
		[RETENTION_PICK] = pick,
		[RETENTION_TAGS] = remove_from_tags,
		[RETENTION_ARTICLES] = remove_articles,
	};
	int error;

	if (retention->paused) {
		*ret_more = true;
		return 0;
	}
	if (loop_monotonic(retention->loop) < retention->not_before) {
		*ret_more = false;
		return 0;
	}
	error = steps[retention->state](retention);
	if (error != 0) {
		close_open(retention);
		retention->state = RETENTION_IDLE;
	}
	*ret_more = retention->state != RETENTION_IDLE;
	return error;
}

/* The loop's side */

static void
on_timer(void *arg)
{
	struct retention *retention = arg;
	bool more;
	int error = retention_step(retention, &more);

	if (error != 0 && error != retention->trouble)
		log_error(NULL, "old days cannot be removed from the spool: %s: tried again later",
			strerror(-error));
	retention->trouble = error;
	loop_timer_start(retention->timer, more ? STEP_PAUSE : PASS_EVERY);
}

int
retention_new(struct loop *loop, const struct config *config, struct retention **ret_retention)
{
	struct retention *retention = calloc(1, sizeof(*retention));
	int error;

	if (retention == NULL)
		return -ENOMEM;
	retention->loop = loop;
	retention->config = config;
	retention->dir = open(config->spool_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = retention->dir < 0 ? -errno : 0;
	if (error == 0)
		error = loop_timer_new(loop, on_timer, retention, &retention->timer);
	if (error != 0) {
		retention_free(retention);
		return error;
	}
	loop_timer_start(retention->timer, PASS_FIRST);
	*ret_retention = retention;
	return 0;
}

void
retention_reload(struct retention *retention, const struct config *config)
{
	retention->config = config;
	if (retention->state == RETENTION_IDLE)
		loop_timer_start(retention->timer, STEP_PAUSE);
}

void
retention_reopen(struct retention *retention, const char *directory)
{
	close_open(retention);
	if (retention->dir >= 0)
		close(retention->dir);
	retention->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	retention->n = 0;
	retention->state = RETENTION_IDLE;
}

void
retention_pause(struct retention *retention, bool pause)
{
	retention->paused = pause;
}

void
retention_put_off(struct retention *retention, int64_t ms)
{
	retention->not_before = loop_monotonic(retention->loop) + ms;
}

void
retention_free(struct retention *retention)
{
	if (retention == NULL)
		return;
	close_open(retention);
	loop_timer_free(retention->timer);
	if (retention->dir >= 0)
		close(retention->dir);
	free(retention->days);
	free(retention);
}
