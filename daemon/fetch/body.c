/*
 * A body between HTTP and the parser. Owns the hash, the parser and what is held back.
 *
 * Invariant: the shared page names the poll while the parser runs, and nothing at other times, so
 * that a crash in the parser is laid to the document and to nothing else. Errors are returned; the
 * parser remembers its own.
 */
#include "daemon/fetch/body.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define HELD_FIRST ((size_t)16 * 1024) /* bytes of what is held back: most feeds double it once */

static int64_t
nanoseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
parser_enter(struct body *body)
{
	body->parse_began = nanoseconds();
	if (body->page == NULL)
		return;
	atomic_store(&body->page->since, loop_monotonic(body->loop));
	atomic_store(&body->page->parsing, body->options.poll);
}

static void
parser_leave(struct body *body)
{
	body->parse_time += nanoseconds() - body->parse_began;
	if (body->page != NULL)
		atomic_store(&body->page->parsing, 0);
}

int
body_init(struct body *body, struct loop *loop, struct fetcher_page *page,
	const struct body_options *options)
{
	*body = (struct body){ .loop = loop, .page = page, .options = *options };
	body->holding = options->old_hash != NULL;
	if (page != NULL && atomic_load(&page->suspect) == options->poll)
		atomic_store(&page->kept, 0);
	return sha256_new(&body->hash);
}

void
body_done(struct body *body)
{
	sha256_free(body->hash);
	np_feed_parser_free(body->parser);
	buf_done(&body->held);
	*body = (struct body){ 0 };
}

/* For the keeper, should this be the last that it hears of the document. */
static void
page_keep(const struct body *body, const void *data, size_t size)
{
	struct fetcher_page *page = body->page;
	uint64_t kept;

	if (page == NULL || atomic_load(&page->suspect) != body->options.poll)
		return;
	kept = atomic_load(&page->kept);
	if (kept > FETCHER_KEPT_MAX || size > FETCHER_KEPT_MAX - kept)
		return;
	memcpy(page->body + kept, data, size);
	atomic_store(&page->kept, kept + size);
}

/* The parser is made when there is something to parse, which of an unchanged body there is not. */
static int
body_parse(struct body *body, const void *data, size_t size)
{
	if (body->parser == NULL) {
		int r = np_feed_parser_new(&body->options.feed, &body->parser);

		if (r < 0)
			return r;
	}
	page_keep(body, data, size);
	if (body->error == 0) {
		parser_enter(body);
		body->error = np_feed_parser_push(body->parser, data, size);
		parser_leave(body);
	}
	if (np_feed_parser_info(body->parser)->format == NP_FEED_UNKNOWN)
		page_push(body->options.no_feed, data, size);
	if (body->error == -EBADMSG && !page_is_enough(body->options.no_feed))
		return 0;
	return body->error;
}

/* Parses what was held back, and all that follows at once. */
static int
body_let_go(struct body *body)
{
	int r = 0;

	body->holding = false;
	if (body->held.len > 0)
		r = body_parse(body, body->held.data, body->held.len);
	buf_done(&body->held);
	return r;
}

int
body_push(struct body *body, const void *data, size_t size)
{
	int r;

	body->size += size;
	if (body->size > body->options.max_size)
		return -EFBIG;
	sha256_update(body->hash, data, size);
	if (body->holding && body->size > BODY_HELD_MAX) {
		r = body_let_go(body);
		if (r < 0)
			return r;
	}
	if (!body->holding)
		return body_parse(body, data, size);
	if (body->held.data == NULL)
		buf_reserve(&body->held, HELD_FIRST);
	buf_append(&body->held, data, size);
	return buf_error(&body->held);
}

int
body_finish(struct body *body)
{
	int r;

	sha256_finish(body->hash, body->digest);
	if (body->size == 0)
		return -ENODATA;
	if (body->options.old_hash != NULL &&
		memcmp(body->options.old_hash, body->digest, SHA256_SIZE) == 0)
		return 1;
	r = body->holding ? body_let_go(body) : 0;
	if (r == 0)
		r = body->error;
	if (r < 0)
		return r;
	parser_enter(body);
	r = np_feed_parser_finish(body->parser);
	parser_leave(body);
	return r;
}

const char *
body_error(const struct body *body)
{
	return body->parser != NULL ? np_feed_parser_error(body->parser) : NULL;
}

uint32_t
body_parse_time(const struct body *body)
{
	int64_t time = body->parse_time / 1000;

	if (body->parse_time == 0)
		return 0;
	return time == 0 ? 1 : time > UINT32_MAX ? UINT32_MAX : (uint32_t)time;
}

int
body_take(struct body *body, struct np_article **ret_article)
{
	int r;

	parser_enter(body);
	r = np_feed_parser_take(body->parser, ret_article);
	parser_leave(body);
	return r;
}
