/*
 * A fetcher in an attacker's hands: well-formed messages that say what they must not. Each costs that
 * fetcher its life and nothing else: nothing of another fetcher's poll is touched, no quota is passed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keep/pool.h"
#include "daemon/wire/log.h"
#include "daemon/wire/loop.h"
#include "lib/base/buf.h"
#include "lib/feed/article.h"

#define MINE 1 /* the poll of fetcher 0, which is hostile */
#define OTHERS 2
#define BOUND_MS 60000
#define TICK_MS 10
#define BIG (1024 * 1024)

/* By the hash of the host: for fetcher 0 and for fetcher 1. */
static const char *const urls[] = { [MINE] = "http://a.example/", [OTHERS] = "http://b.example/" };

struct fixture {
	struct loop *loop;
	struct loop_timer *bound, *tick;
	struct pool *pool;
	struct buf messages; /* what the hostile fetcher sends first */
	unsigned int wanted; /* restarts until the loop stops */
	unsigned int articles, done, restarted[3], documents;
	size_t most; /* articles of one life */
	bool others; /* something came of the other's poll */
};

static void
on_article(void *arg, uint64_t poll, struct np_article *article)
{
	struct fixture *f = arg;

	f->others = f->others || poll != MINE;
	f->articles++;
	if (f->articles > f->most)
		f->most = f->articles;
	np_article_free(article);
}

static bool
on_restarted(void *arg, uint64_t poll, bool crashed)
{
	struct fixture *f = arg;

	assert_false(crashed && poll != MINE);
	f->restarted[poll]++;
	f->articles = 0;
	return true;
}

static void
on_document(void *arg, uint64_t poll, const void *data, size_t size)
{
	struct fixture *f = arg;

	(void)data;
	(void)size;
	f->documents++;
	f->others = f->others || poll != MINE;
}

static void
on_done(void *arg, const struct message_done *done)
{
	struct fixture *f = arg;

	f->others = f->others || done->poll != MINE;
	f->done++;
}

static void
out_of_time(void *arg)
{
	(void)arg;
	fail_msg("nothing happened within %d ms", BOUND_MS);
}

static void
ticked(void *arg)
{
	struct fixture *f = arg;

	if (f->pool != NULL && pool_restarts(f->pool) >= f->wanted)
		loop_stop(f->loop);
	loop_timer_start(f->tick, TICK_MS);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	log_open("test", LOG_LEVEL_ERROR);
	assert_int_equal(loop_new(&f->loop), 0);
	assert_int_equal(loop_timer_new(f->loop, out_of_time, f, &f->bound), 0);
	assert_int_equal(loop_timer_new(f->loop, ticked, f, &f->tick), 0);
	loop_timer_start(f->bound, BOUND_MS);
	loop_timer_start(f->tick, TICK_MS);
	f->wanted = 1;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	pool_free(f->pool);
	loop_timer_free(f->bound);
	loop_timer_free(f->tick);
	loop_free(f->loop);
	buf_done(&f->messages);
	free(f);
	return 0;
}

static void
add_frame(struct fixture *f, enum message_type type, const struct buf *payload)
{
	size_t size = payload->len + 1;
	const unsigned char head[] = { size & 0xff, size >> 8 & 0xff, size >> 16 & 0xff,
		size >> 24 & 0xff, (unsigned char)type };

	buf_append(&f->messages, head, sizeof(head));
	buf_append(&f->messages, payload->data, payload->len);
	assert_int_equal(buf_error(&f->messages), 0);
}

static void
add_article(struct fixture *f, uint64_t poll, const char *text)
{
	const struct np_article article = { .id = "a", .title = "b", .content_text = text };
	struct buf payload = { 0 };

	message_article_encode(&payload, poll, &article);
	add_frame(f, MESSAGE_ARTICLE, &payload);
	buf_done(&payload);
}

static void
add_done(struct fixture *f, uint64_t poll, uint32_t n_articles)
{
	const struct message_done done = { .poll = poll,
		.result = RESULT_OK,
		.status = 200,
		.final_url = "http://a.example/",
		.max_age = -1,
		.retry_after = -1,
		.ttl = -1,
		.update_interval = -1,
		.n_articles = n_articles };
	struct buf payload = { 0 };

	message_done_encode(&payload, &done);
	add_frame(f, MESSAGE_DONE, &payload);
	buf_done(&payload);
}

static void
write_file(const char *path, const void *data, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	assert_int_equal(close(fd), 0);
}

static void
hand_out(struct fixture *f, uint64_t poll)
{
	const struct message_poll command = {
		.poll = poll, .feed = "test", .url = urls[poll], .timeout = 20000, .max_body = BIG
	};

	assert_int_equal(pool_poll(f->pool, &command), 0);
}

/* Fetcher 0 sends f->messages to descriptor 3 and goes on with the commands; fetcher 1 is still. */
static void
run(struct fixture *f, const char *commands)
{
	const struct pool_callbacks callbacks = { on_article, on_restarted, on_document, on_done, f,
		NULL };
	const struct config config = { .fetchers = 2,
		.user_agent = "test",
		.max_connections = 4,
		.max_host_connections = 1,
		.log_level = LOG_LEVEL_ERROR };
	char folder[] = "test_pool_hostile_XXXXXX", program[64], messages[64], script[512];

	assert_non_null(mkdtemp(folder));
	snprintf(program, sizeof(program), "./%s/fetcher", folder);
	snprintf(messages, sizeof(messages), "./%s/messages", folder);
	write_file(messages, f->messages.data, f->messages.len, 0600);
	snprintf(script, sizeof(script),
		"#!/bin/sh\n[ \"$2\" = 0 ] || exec sleep 60\nM=%s\ncat $M >&3\n%s\n", messages,
		commands);
	write_file(program, script, strlen(script), 0700);
	assert_int_equal(pool_new_program(f->loop, &config, program, &callbacks, &f->pool), 0);
	hand_out(f, MINE);
	hand_out(f, OTHERS);
	assert_int_equal(loop_run(f->loop), 0);
	unlink(program);
	unlink(messages);
	rmdir(folder);
	assert_int_equal(f->restarted[OTHERS], 0);
	assert_false(f->others);
}

#define STAY "exec sleep 60"

static void
an_article_for_anothers_poll_ends_it(void **state)
{
	struct fixture *f = *state;

	add_article(f, OTHERS, "x");
	run(f, STAY);
	assert_int_equal(f->most, 0);
}

static void
a_done_for_anothers_poll_ends_it(void **state)
{
	struct fixture *f = *state;

	add_done(f, OTHERS, 0);
	run(f, STAY);
	assert_int_equal(f->done, 0);
}

static void
an_article_for_a_poll_that_nobody_has_ends_it(void **state)
{
	struct fixture *f = *state;

	add_article(f, 99, "x");
	run(f, STAY);
	assert_int_equal(f->most, 0);
}

static void
a_done_with_another_count_ends_it(void **state)
{
	struct fixture *f = *state;

	add_article(f, MINE, "x");
	add_done(f, MINE, 2);
	run(f, STAY);
	assert_int_equal(f->done, 0);
	assert_int_equal(f->most, 1);
}

/* Well-formed is what the tests above have to be for the reason that they give. */
static void
what_is_in_order_is_taken(void **state)
{
	struct fixture *f = *state;

	add_article(f, MINE, "x");
	add_done(f, MINE, 1);
	add_done(f, OTHERS, 0);
	run(f, STAY);
	assert_int_equal(f->done, 1);
	assert_int_equal(f->most, 1);
	assert_int_equal(f->restarted[MINE], 0);
}

static void
more_articles_than_its_quota_end_it(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2000; i++)
		add_article(f, MINE, "x");
	run(f, "while cat $M; do :; done >&3 2>/dev/null\n" STAY);
	assert_int_equal(f->most, POOL_ARTICLES_MAX);
}

static void
more_bytes_than_its_quota_end_it(void **state)
{
	struct fixture *f = *state;
	const size_t quota = POOL_BYTES_MAX + POOL_BODIES_MAX * BIG;
	char *text = malloc(BIG + 1);

	assert_non_null(text);
	memset(text, 'x', BIG);
	text[BIG] = '\0';
	add_article(f, MINE, text);
	free(text);
	run(f, "while cat $M; do :; done >&3 2>/dev/null\n" STAY);
	assert_true(f->most > 0 && f->most * BIG <= quota);
	assert_true((f->most + 2) * BIG > quota);
}

/* The shared page: it says twice that the other's poll killed it, with a document. */
static void
a_document_for_anothers_poll_is_not_taken(void **state)
{
	struct fixture *f = *state;

	f->wanted = 4;
	run(f, "printf '\\002\\000\\000\\000\\000\\000\\000\\000' >&4; head -c 24 /dev/zero >&4; "
	       "printf '\\005\\000\\000\\000\\000\\000\\000\\000<bad>' >&4; kill -SEGV $$");
	assert_int_equal(f->documents, 0);
}

/* The keeper looks at that page every few seconds: it must not be gone then. */
static void
the_shared_page_cannot_be_cut_short(void **state)
{
	struct fixture *f = *state;

	run(f, "truncate -s 0 /proc/$$/fd/4 2>/dev/null; : >&4; kill -SEGV $$");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_article_for_anothers_poll_ends_it),
		TEST(a_done_for_anothers_poll_ends_it),
		TEST(an_article_for_a_poll_that_nobody_has_ends_it),
		TEST(a_done_with_another_count_ends_it),
		TEST(what_is_in_order_is_taken),
		TEST(more_articles_than_its_quota_end_it),
		TEST(more_bytes_than_its_quota_end_it),
		TEST(a_document_for_anothers_poll_is_not_taken),
		TEST(the_shared_page_cannot_be_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
