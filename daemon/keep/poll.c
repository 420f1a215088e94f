/*
 * One poll in the keeper's memory. Owns its articles and its arena, in which it stands itself: what
 * waits for its outcome takes one piece of memory, which the processor's caches notice.
 *
 * Errors: what does not fit (memory, POLL_BYTES_MAX) makes the poll fail when it is done, for a
 * document that was taken in by half must not keep its validators.
 */
#include "daemon/keep/poll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/url.h"
#include "lib/feed/article.h"

static int
poll_host(const char *url, uint32_t *ret_host)
{
	struct buf host = { 0 };
	uint32_t hash = 2166136261u; /* FNV-1a */
	int error;

	url_host(&host, url);
	for (const char *c = buf_str(&host); *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	error = buf_error(&host);
	buf_done(&host);
	if (error == 0)
		*ret_host = hash;
	return error;
}

int
poll_new(uint64_t number, const struct store_feed *feed, const char *archive, struct arena *arena,
	struct poll **ret_poll)
{
	const char *asked = feed->moved_url != NULL ? feed->moved_url : feed->url;
	struct arena own = { 0 };
	struct poll *poll;

	if (arena != NULL)
		arena_move(&own, arena);
	poll = arena_alloc(&own, sizeof(*poll));
	if (poll == NULL) {
		arena_done(&own);
		return -ENOMEM;
	}
	poll->arena = own;
	poll->number = number;
	poll->feed = feed->id;
	poll->moved = archive == NULL && feed->moved_url != NULL;
	poll->archive = arena_strdup(&poll->arena, archive);
	if (archive != NULL && archive[0] != '\0')
		asked = archive;
	poll->name = arena_strdup(&poll->arena, feed->name);
	poll->url = arena_strdup(&poll->arena, feed->url);
	if (poll->name == NULL || poll->url == NULL || (archive != NULL && poll->archive == NULL) ||
		poll_host(asked, &poll->host) != 0) {
		poll_free(poll);
		return -ENOMEM;
	}
	*ret_poll = poll;
	return 0;
}

void
poll_keep(struct poll *poll, const struct group *group, uint64_t version)
{
	poll->group = *group;
	poll->version = version;
}

static void
drop_articles(struct poll *poll)
{
	for (size_t i = 0; i < poll->n_articles; i++)
		np_article_free(poll->articles[i]);
	free(poll->articles);
	poll->articles = NULL;
	poll->n_articles = poll->size_articles = poll->bytes = 0;
}

void
poll_free(struct poll *poll)
{
	struct arena own;

	if (poll == NULL)
		return;
	drop_articles(poll);
	own = poll->arena;
	arena_done(&own);
}

static bool
make_room(struct poll *poll)
{
	size_t size = poll->size_articles * 2 + 16;
	struct np_article **more;

	if (poll->n_articles < poll->size_articles)
		return true;
	more = reallocarray(poll->articles, size, sizeof(struct np_article *));
	if (more == NULL)
		return false;
	poll->articles = more;
	poll->size_articles = size;
	return true;
}

void
poll_add(struct poll *poll, struct np_article *article)
{
	size_t bytes = sizeof(*article) + article->arena.used;

	if (poll->too_large || bytes > POLL_BYTES_MAX - poll->bytes || !make_room(poll)) {
		poll->too_large = true;
		np_article_free(article);
		return;
	}
	poll->articles[poll->n_articles++] = article;
	poll->bytes += bytes;
}

void
poll_restart(struct poll *poll)
{
	drop_articles(poll);
	poll->too_large = false;
}

void
poll_set_done(struct poll *poll, const struct message_done *done)
{
	poll->done = *done;
	poll->state = POLL_DONE;
	if (poll->too_large || poll->n_articles != poll->done.n_articles) {
		drop_articles(poll);
		poll->done.result = RESULT_INTERNAL;
		poll->done.reason = "its articles did not fit into memory";
	}
}

int
poll_set_failed(struct poll *poll, enum message_result result, const char *reason)
{
	drop_articles(poll);
	poll->done = (struct message_done){ .poll = poll->number,
		.result = result,
		.max_age = -1,
		.retry_after = -1,
		.ttl = -1,
		.update_interval = -1 };
	poll->done.reason = arena_strdup(&poll->arena, reason);
	poll->state = POLL_DONE;
	return poll->done.reason != NULL ? 0 : -ENOMEM;
}
