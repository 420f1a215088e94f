/*
 * Following. In turns: a list of what there is behind the last article given, and then the names
 * that inotify tells of, which come in the order of delivery.
 *
 * Watched are the spool, the folder that holds the days, or what of its path exists as long as it
 * does not, and the newest day. Watches are set before the list is made, so whatever comes after it was
 * read is told of. Whatever is no article in the newest day (a new day, a folder that has gone, an
 * overflow) leads to a new list. An article is given where its sequence is above the last one's, so
 * never twice.
 *
 * Without inotify, and while the spool itself is away, each wait that ends leads to a new list, unless
 * the folders have not changed.
 *
 * Errors: -errno; the next call begins with a new list.
 */
#include <newspool/spool.h>

#include <errno.h>
#include <fcntl.h>
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

#define PAUSE 1000    /* ms between two looks without inotify */
#define IN_VAIN_MAX 3 /* some file systems number a folder anew each time */
#define REST 10       /* seconds: a change that is nearer to the look may not show in the time */

/* Of a spool that is removed its articles tell: we hold it open ourselves. */
static const char *const above[] = { ".", SPOOL_TAGS, SPOOL_ARTICLES };

#define ABOVE (sizeof(above) / sizeof(above[0]))

struct np_spool_follow {
	struct np_spool *spool;
	struct np_spool_query query; /* after: the last one given */
	char *tag;                   /* query.tag */
	struct buf root;             /* "articles" or "tags/TAG" */
	struct watch watch;
	int holder;       /* of the spool, while none of its folders would tell that it goes */
	int above[ABOVE]; /* the spool, and what tells of the root while it does not exist */
	int root_folder, day_folder;
	char day[SPOOL_DAY_SIZE]; /* the newest; "": none */
	bool look;                /* a new list is due */
	bool away;                /* there is no spool now */
	unsigned int n_in_vain;   /* looks at what went meanwhile */
	time_t looked;            /* when the last one was begun */
	struct np_spool_list *list;
	struct np_spool_entry entry;
	char name[SPOOL_NAME_SIZE];
	struct buf path;
};

int
np_spool_follow_new(struct np_spool *spool, const struct np_spool_query *query,
	struct np_spool_follow **ret_follow)
{
	const char *tag = query ? query->tag : NULL;
	struct np_spool_follow *follow;

	if ((tag && !spool_is_slug(tag)) || (query && (query->until || query->newest_first)))
		return -EINVAL;
	follow = calloc(1, sizeof(*follow));
	if (!follow)
		return -ENOMEM;
	watch_init(&follow->watch);
	follow->spool = spool;
	for (size_t i = 0; i < ABOVE; i++)
		follow->above[i] = WATCH_NONE;
	follow->holder = follow->root_folder = follow->day_folder = WATCH_NONE;
	follow->look = true;
	if (query)
		follow->query = *query;
	if (tag)
		follow->query.tag = follow->tag = strdup(tag);
	buf_puts(&follow->root, tag ? SPOOL_TAGS "/" : SPOOL_ARTICLES);
	buf_puts(&follow->root, tag ? tag : "");
	if (buf_error(&follow->root) || (tag && !follow->tag)) {
		np_spool_follow_free(follow);
		return -ENOMEM;
	}
	*ret_follow = follow;
	return 0;
}

void
np_spool_follow_free(struct np_spool_follow *follow)
{
	if (!follow)
		return;
	np_spool_list_free(follow->list);
	watch_done(&follow->watch);
	buf_done(&follow->root);
	buf_done(&follow->path);
	free(follow->tag);
	free(follow);
}

/* Looking again */

static void
unwatch(struct np_spool_follow *follow, int *folder)
{
	watch_remove(&follow->watch, *folder);
	*folder = WATCH_NONE;
}

/*
 * We hold the spool open ourselves, so that only the folder in which it is tells that it goes. Who
 * may not read that one is not told.
 */
static void
watch_holder(struct np_spool_follow *follow)
{
	const char *place = follow->spool->place;
	const char *end = place ? strrchr(place, '/') : NULL;

	if (!end)
		return;
	buf_reset(&follow->path);
	buf_append(&follow->path, place, (size_t)(end - place) + 1);
	if (buf_error(&follow->path) == 0 &&
		faccessat(AT_FDCWD, buf_str(&follow->path), R_OK, AT_EACCESS) == 0)
		follow->holder = watch_add_holder(
			&follow->watch, follow->spool->dir, buf_str(&follow->path));
}

/* The root, or what leads to it, so that we hear of it. Each is watched before the next. */
static void
watch_root(struct np_spool_follow *follow)
{
	struct watch *watch = &follow->watch;
	int dir = follow->spool->dir;

	follow->above[0] = watch_add(watch, dir, above[0]);
	follow->root_folder = watch_add(watch, dir, buf_str(&follow->root));
	if (follow->root_folder != WATCH_NONE || watch->fd < 0)
		return;
	watch_holder(follow);
	for (size_t i = 1; i < ABOVE; i++)
		follow->above[i] = watch_add(watch, dir, above[i]);
	follow->root_folder = watch_add(watch, dir, buf_str(&follow->root));
	if (follow->above[0] == WATCH_NONE)
		watch_done(watch); /* there is no /proc */
}

static int
watch_newest(struct np_spool_follow *follow)
{
	struct days days = { 0 };
	int error = scan_days(follow->spool->dir, buf_str(&follow->root), &days);

	follow->day[0] = '\0';
	if (error == 0 && days.n > 0) {
		memcpy(follow->day, days.list[days.n - 1].text, SPOOL_DAY_SIZE);
		buf_reset(&follow->path);
		buf_printf(&follow->path, "%s/%s", buf_str(&follow->root), follow->day);
		error = buf_error(&follow->path);
	}
	if (error == 0 && days.n > 0)
		follow->day_folder = watch_add(
			&follow->watch, follow->spool->dir, buf_str(&follow->path));
	free(days.list);
	return error;
}

static int
look_again(struct np_spool_follow *follow)
{
	int error;

	unwatch(follow, &follow->day_folder);
	unwatch(follow, &follow->root_folder);
	unwatch(follow, &follow->holder);
	for (size_t i = 0; i < ABOVE; i++)
		unwatch(follow, &follow->above[i]);
	follow->looked = time(NULL);
	np_spool_list_free(follow->list);
	follow->list = NULL;
	follow->look = false;
	error = spool_renew(follow->spool);
	follow->away = error == -ENOENT || error == -ENOTDIR;
	if (error)
		return follow->away ? 0 : error;
	watch_root(follow);
	if (!spool_is_there(follow->spool) && follow->n_in_vain++ < IN_VAIN_MAX)
		return -EAGAIN; /* it went before we would have been told */
	follow->n_in_vain = 0;
	error = watch_newest(follow);
	if (error)
		return error;
	return np_spool_list_new(follow->spool, &follow->query, &follow->list);
}

/* Events */

/* Returns 1 where the event is an article that was not given yet. */
static int
take_article(struct np_spool_follow *follow, const char *name)
{
	uint64_t seq;

	if (spool_name_parse(name, &seq) < 0 || seq <= follow->query.after)
		return 0;
	memcpy(follow->name, name, SPOOL_NAME_SIZE);
	buf_reset(&follow->path);
	buf_printf(&follow->path, "%s/%s/%s", buf_str(&follow->root), follow->day, name);
	follow->entry = (struct np_spool_entry){
		.seq = seq,
		.name = follow->name,
		.day = follow->day,
		.path = buf_str(&follow->path),
	};
	if (buf_error(&follow->path))
		return buf_error(&follow->path);
	return 1;
}

static bool
is_watched(const struct np_spool_follow *follow, int folder)
{
	for (size_t i = 0; i < ABOVE; i++)
		if (folder == follow->above[i])
			return true;
	return folder == follow->root_folder || folder == follow->day_folder ||
	       folder == follow->holder;
}

/* Returns 1: an article; 0: nothing now; -EAGAIN: look again; or another -errno. */
static int
take_event(struct np_spool_follow *follow)
{
	struct watch_event event;
	int ret;

	while ((ret = watch_next(&follow->watch, &event)) == 1) {
		if (event.lost)
			return -EAGAIN;
		if (!is_watched(follow, event.folder))
			continue; /* said before that watch was removed */
		if (event.folder == follow->day_folder && event.arrived && !event.is_folder) {
			ret = take_article(follow, event.name);
			if (ret)
				return ret;
			continue;
		}
		if (event.gone ||
			(event.arrived && event.is_folder &&
				(event.folder != follow->root_folder || spool_is_day(event.name))))
			return -EAGAIN;
	}
	return ret;
}

/* Without inotify: whether a folder has not changed since the last look, by its time. */
static bool
is_at_rest(const struct np_spool_follow *follow, const char *path)
{
	struct stat st;

	return fstatat(follow->spool->dir, path, &st, 0) == 0 &&
	       st.st_mtim.tv_sec < follow->looked - REST;
}

static bool
may_have_changed(struct np_spool_follow *follow)
{
	if (follow->day[0] == '\0' || !spool_is_there(follow->spool) ||
		!is_at_rest(follow, buf_str(&follow->root)))
		return true;
	buf_reset(&follow->path);
	buf_printf(&follow->path, "%s/%s", buf_str(&follow->root), follow->day);
	return !is_at_rest(follow, buf_str(&follow->path));
}

int
np_spool_follow_next(struct np_spool_follow *follow, const struct np_spool_entry **ret_entry)
{
	if (np_spool_follow_fd(follow) < 0 && !follow->list && may_have_changed(follow))
		follow->look = true;
	for (;;) {
		const struct np_spool_entry *entry = &follow->entry;
		int ret = follow->look ? look_again(follow) : 0;

		if (ret < 0) {
			follow->look = true;
			if (ret != -EAGAIN)
				return ret;
			continue;
		}
		if (follow->list)
			ret = np_spool_list_next(follow->list, &entry);
		if (follow->list && ret == 0) {
			np_spool_list_free(follow->list);
			follow->list = NULL;
		}
		if (!follow->list && ret == 0)
			ret = take_event(follow);
		if (ret == 1) {
			follow->query.after = entry->seq;
			*ret_entry = entry;
		} else if (ret < 0) {
			follow->look = true;
		}
		if (ret != -EAGAIN)
			return ret;
	}
}

int
np_spool_follow_wait(struct np_spool_follow *follow, int timeout)
{
	if (follow->look || follow->list)
		return 1;
	return watch_wait(&follow->watch, !follow->away, timeout, PAUSE);
}

int
np_spool_follow_fd(const struct np_spool_follow *follow)
{
	return follow->away ? -1 : follow->watch.fd;
}
