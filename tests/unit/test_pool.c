/*
 * The pool with real fetcher processes: results come once, a killed fetcher loses nothing, one that
 * breaks the rules is replaced, and stopping is quick.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/fetch/fetcher.h"
#include "daemon/keep/pool.h"
#include "daemon/wire/log.h"
#include "daemon/wire/loop.h"
#include "tests/unit/http_server.h"
#include "tests/unit/http_site.h"

#define POLLS_MAX 600
#define BOUND_MS 30000
#define TICK_MS 10

struct seen {
	unsigned int articles; /* since the last restart */
	unsigned int restarted, crashed, done;
	enum message_result result;
};

struct fixture {
	struct http_server *server;
	struct loop *loop;
	struct loop_timer *bound, *tick;
	struct config config;
	struct pool *pool;
	struct seen seen[POLLS_MAX + 1];
	unsigned int n_done, wanted;
	bool drop; /* what restarted says no to */
	char document[64];
	bool running;
	bool (*until)(struct fixture *f);
};

static void
stop(struct fixture *f)
{
	if (f->running)
		loop_stop(f->loop);
}

static void
on_article(void *arg, uint64_t poll, struct np_article *article)
{
	struct fixture *f = arg;

	assert_true(poll >= 1 && poll <= POLLS_MAX);
	assert_int_equal(f->seen[poll].done, 0);
	f->seen[poll].articles++;
	np_article_free(article);
}

static void
on_document(void *arg, uint64_t poll, const void *data, size_t size)
{
	struct fixture *f = arg;

	snprintf(f->document, sizeof(f->document), "%d %.*s", (int)poll, (int)size,
		(const char *)data);
}

static bool
on_restarted(void *arg, uint64_t poll, bool crashed)
{
	struct fixture *f = arg;

	f->seen[poll].restarted++;
	f->seen[poll].crashed += crashed;
	f->seen[poll].articles = 0;
	return !f->drop;
}

static void
on_done(void *arg, const struct message_done *done)
{
	struct fixture *f = arg;

	f->seen[done->poll].done++;
	f->seen[done->poll].result = done->result;
	assert_int_equal(f->seen[done->poll].articles, done->n_articles);
	if (++f->n_done == f->wanted)
		stop(f);
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

	if (f->until != NULL && f->until(f))
		stop(f);
	loop_timer_start(f->tick, TICK_MS);
}

static void
open_pool(struct fixture *f, const char *program)
{
	const struct pool_callbacks callbacks = { on_article, on_restarted, on_document, on_done, f,
		NULL };

	assert_int_equal(pool_new_program(f->loop, &f->config, program, &callbacks, &f->pool), 0);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	log_open("test", LOG_LEVEL_ERROR);
	f->server = http_server_start(http_site, NULL);
	assert_int_equal(loop_new(&f->loop), 0);
	assert_int_equal(loop_timer_new(f->loop, out_of_time, f, &f->bound), 0);
	assert_int_equal(loop_timer_new(f->loop, ticked, f, &f->tick), 0);
	loop_timer_start(f->bound, BOUND_MS);
	loop_timer_start(f->tick, TICK_MS);
	f->config = (struct config){ .fetchers = 1,
		.user_agent = "newspool/test",
		.log_level = LOG_LEVEL_ERROR,
		.max_connections = 32,
		.max_host_connections = 8,
		.sandbox = CONFIG_SANDBOX_YES };
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
	http_server_stop(f->server);
	free(f);
	return 0;
}

static void
hand_out(struct fixture *f, uint64_t number, const char *path)
{
	const struct message_poll command = { .poll = number,
		.feed = "test",
		.url = http_server_url(f->server, path),
		.timeout = 20000,
		.max_body = 1u << 20,
		.allow_private = true };

	assert_int_equal(pool_poll(f->pool, &command), 0);
}

static void
run(struct fixture *f, unsigned int wanted)
{
	f->wanted = wanted;
	f->until = NULL;
	f->running = true;
	if (f->n_done < wanted)
		assert_int_equal(loop_run(f->loop), 0);
	f->running = false;
	assert_int_equal(f->n_done, wanted);
}

static void
run_until(struct fixture *f, bool (*until)(struct fixture *f))
{
	f->wanted = 0;
	f->until = until;
	f->running = true;
	assert_int_equal(loop_run(f->loop), 0);
	f->running = false;
	assert_true(until(f));
}

static void
expect_articles(struct fixture *f, uint64_t poll)
{
	assert_int_equal(f->seen[poll].done, 1);
	assert_int_equal(f->seen[poll].result, RESULT_OK);
	assert_int_equal(f->seen[poll].articles, SITE_ITEMS);
}

static bool
silence_was_asked(struct fixture *f)
{
	return http_server_requests(f->server, "/wait-once") > 0;
}

static bool
was_restarted(struct fixture *f)
{
	return pool_restarts(f->pool) > 0;
}

static bool
was_restarted_often(struct fixture *f)
{
	return pool_restarts(f->pool) >= 4;
}

static void
polls_come_back_with_their_articles(void **state)
{
	struct fixture *f = *state;

	f->config.fetchers = 2;
	open_pool(f, NEWSPOOLD);
	assert_int_equal(pool_size(f->pool), 2);
	for (uint64_t i = 1; i <= 200; i++)
		hand_out(f, i, i % 2 == 0 ? "/plain" : "/feed");
	assert_int_equal(pool_in_flight(f->pool), 200);
	run(f, 200);
	assert_int_equal(pool_in_flight(f->pool), 0);
	for (uint64_t i = 1; i <= 200; i++)
		expect_articles(f, i);
	assert_int_equal(pool_restarts(f->pool), 0);
}

static void
a_killed_fetcher_loses_nothing(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	open_pool(f, NEWSPOOLD);
	hand_out(f, 1, "/wait-once");
	hand_out(f, 2, "/plain");
	run_until(f, silence_was_asked);
	pid = pool_pid(f->pool, 0);
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	run(f, 2);
	expect_articles(f, 1);
	expect_articles(f, 2);
	assert_int_equal(f->seen[1].restarted, 1);
	assert_int_equal(f->seen[1].crashed, 0);
	assert_int_equal(http_server_requests(f->server, "/wait-once"), 2);
	assert_int_equal(pool_restarts(f->pool), 1);
	assert_true(pool_pid(f->pool, 0) != pid);
}

static void
a_poll_may_be_dropped_when_its_fetcher_dies(void **state)
{
	struct fixture *f = *state;

	open_pool(f, NEWSPOOLD);
	f->drop = true;
	hand_out(f, 1, "/wait-once");
	run_until(f, silence_was_asked);
	assert_int_equal(kill(pool_pid(f->pool, 0), SIGKILL), 0);
	run_until(f, was_restarted);
	assert_int_equal(pool_in_flight(f->pool), 0);
	hand_out(f, 2, "/plain");
	run(f, 1);
	expect_articles(f, 2);
	assert_int_equal(f->seen[1].done, 0);
}

static void
a_pause_holds_results_back(void **state)
{
	struct fixture *f = *state;
	struct loop_timer *timer;

	open_pool(f, NEWSPOOLD);
	pool_pause(f->pool, true);
	hand_out(f, 1, "/plain");
	assert_int_equal(loop_timer_new(f->loop, (void (*)(void *))loop_stop, f->loop, &timer), 0);
	loop_timer_start(timer, 300);
	assert_int_equal(loop_run(f->loop), 0);
	loop_timer_free(timer);
	assert_int_equal(f->n_done, 0);
	assert_int_equal(f->seen[1].articles, 0);
	pool_pause(f->pool, false);
	run(f, 1);
	expect_articles(f, 1);
}

static void
there_is_a_bound_on_polls_in_flight(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = {
		.feed = "test", .url = "http://127.0.0.1:1/", .timeout = 1000, .max_body = 1
	};
	int r = 0;

	open_pool(f, NEWSPOOLD);
	while (r == 0 && command.poll <= POOL_IN_FLIGHT_MAX) {
		command.poll++;
		r = pool_poll(f->pool, &command);
	}
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(pool_in_flight(f->pool), POOL_IN_FLIGHT_MAX);
}

/* A program in the fetchers' place: a shell script beside the test. */
static void
write_script(char *path, const char *commands)
{
	int fd = mkstemp(path);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", commands);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0700), 0);
}

static void
one_that_keeps_dying_is_started_again_and_again_but_not_at_once(void **state)
{
	char script[] = "test_pool_XXXXXX";
	char program[64];
	struct fixture *f = *state;
	int64_t start = loop_monotonic(f->loop);

	write_script(script, "exit 3");
	snprintf(program, sizeof(program), "./%s", script);
	open_pool(f, program);
	hand_out(f, 1, "/plain");
	run_until(f, was_restarted_often);
	assert_true(loop_monotonic(f->loop) - start >= 290); /* 0 + 100 + 200 ms of rest */
	assert_true(f->seen[1].restarted >= 4);
	assert_int_equal(f->seen[1].done, 0);
	assert_int_equal(pool_in_flight(f->pool), 1);
	unlink(script);
}

static void
one_that_breaks_the_rules_is_replaced(void **state)
{
	static const char *const messages[] = {
		/* an unknown type; a done for nobody; an article that is none; an endless frame */
		"\\001\\000\\000\\000\\143",
		"\\011\\000\\000\\000\\006\\001\\000\\000\\000\\000\\000\\000\\000",
		"\\003\\000\\000\\000\\005ab",
		"\\377\\377\\377\\377\\005",
		/* messages that only a keeper sends */
		"\\011\\000\\000\\000\\003\\001\\000\\000\\000\\000\\000\\000\\000",
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		char script[] = "test_pool_XXXXXX";
		char text[256], program[64];
		struct fixture *f;

		if (i > 0) {
			tear_down(state);
			set_up(state);
		}
		f = *state;
		snprintf(text, sizeof(text), "printf '%s' >&3; exec sleep 20", messages[i]);
		write_script(script, text);
		snprintf(program, sizeof(program), "./%s", script);
		open_pool(f, program);
		hand_out(f, 1, "/plain");
		run_until(f, was_restarted);
		assert_true(f->seen[1].restarted >= 1);
		assert_int_equal(f->seen[1].crashed, 0);
		assert_int_equal(f->n_done, 0);
		unlink(script);
	}
}

/* The shared page begins with the number of the poll that is being parsed. */
#define PARSING "printf '\\001\\000\\000\\000\\000\\000\\000\\000' >&4; "

static void
a_crash_is_laid_to_what_was_being_parsed(void **state)
{
	static const struct {
		const char *commands;
		unsigned int crashed;
	} cases[] = {
		{ PARSING "kill -SEGV $$", 1 },
		{ PARSING "exit 1", 1 },
		{ PARSING "exec sleep 60", 1 }, /* it hangs */
		{ PARSING "exit 0", 0 },
		{ "kill -SEGV $$", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char script[] = "test_pool_XXXXXX";
		char program[64];
		struct fixture *f;

		if (i > 0) {
			tear_down(state);
			set_up(state);
		}
		f = *state;
		f->drop = true;
		write_script(script, cases[i].commands);
		snprintf(program, sizeof(program), "./%s", script);
		open_pool(f, program);
		hand_out(f, 1, "/plain");
		hand_out(f, 2, "/plain");
		run_until(f, was_restarted);
		assert_int_equal(f->seen[1].restarted, 1);
		assert_int_equal(f->seen[1].crashed, cases[i].crashed);
		assert_int_equal(f->seen[2].restarted, 1);
		assert_int_equal(f->seen[2].crashed, 0);
		unlink(script);
	}
}

static bool
was_kept(struct fixture *f)
{
	return f->document[0] != '\0';
}

/* The same page, with five bytes of a body that were kept. */
static void
the_document_of_one_that_did_it_twice_is_given(void **state)
{
	char script[] = "test_pool_XXXXXX";
	char program[64];
	struct fixture *f = *state;

	write_script(script,
		PARSING "head -c 24 /dev/zero >&4; printf '\\005\\000\\000\\000\\000\\000"
			"\\000\\000<bad>' >&4; kill -SEGV $$");
	snprintf(program, sizeof(program), "./%s", script);
	open_pool(f, program);
	hand_out(f, 1, "/plain");
	run_until(f, was_kept);
	assert_string_equal(f->document, "1 <bad>");
	assert_int_equal(f->seen[1].crashed, 2);
	unlink(script);
}

static bool
was_answered(struct fixture *f)
{
	return f->n_done == 1;
}

static void
one_whose_loop_stands_still_is_replaced(void **state)
{
	struct fixture *f = *state;
	pid_t stopped;

	open_pool(f, NEWSPOOLD);
	stopped = pool_pid(f->pool, 0);
	assert_int_equal(kill(stopped, SIGSTOP), 0);
	pool_set_look(f->pool, 3 * FETCHER_BEAT_MS / POOL_LOOKS);
	hand_out(f, 1, "/plain");
	run_until(f, was_answered);
	assert_int_equal(f->seen[1].restarted, 1);
	assert_int_equal(f->seen[1].crashed, 0);
	assert_int_equal(pool_restarts(f->pool), 1);
	assert_int_not_equal(pool_pid(f->pool, 0), stopped);
}

static void
a_fetcher_has_no_descriptor_of_ours(void **state)
{
	char script[] = "test_pool_XXXXXX";
	char program[64], line[256] = "";
	struct fixture *f = *state;
	FILE *file;

	/* what is open in the shell, which opens the listing itself */
	write_script(
		script, "ls /proc/$$/fd >test_pool.fds.new; mv test_pool.fds.new test_pool.fds");
	snprintf(program, sizeof(program), "./%s", script);
	unlink("test_pool.fds");
	open_pool(f, program);
	run_until(f, was_restarted);
	file = fopen("test_pool.fds", "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		long fd = strtol(line, NULL, 10);

		/* the shell keeps its script on 10 and above */
		assert_true(fd <= 4 || fd >= 10);
	}
	fclose(file);
	pool_free(f->pool); /* else the next fetcher writes it again */
	f->pool = NULL;
	unlink("test_pool.fds");
	unlink("test_pool.fds.new");
	unlink(script);
}

static void
stopping_is_quick_even_when_a_fetcher_is_deaf(void **state)
{
	char script[] = "test_pool_XXXXXX";
	char program[64];
	struct fixture *f = *state;
	int64_t start;

	write_script(script, "exec sleep 60");
	snprintf(program, sizeof(program), "./%s", script);
	open_pool(f, program);
	start = loop_monotonic(f->loop);
	pool_free(f->pool);
	f->pool = NULL;
	assert_true(loop_monotonic(f->loop) - start < 1900);
	unlink(script);
	open_pool(f, NEWSPOOLD);
	hand_out(f, 1, "/wait-once");
	run_until(f, silence_was_asked);
	start = loop_monotonic(f->loop);
	pool_free(f->pool);
	f->pool = NULL;
	assert_true(loop_monotonic(f->loop) - start < 900);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(polls_come_back_with_their_articles),
		TEST(a_killed_fetcher_loses_nothing),
		TEST(a_poll_may_be_dropped_when_its_fetcher_dies),
		TEST(a_pause_holds_results_back),
		TEST(there_is_a_bound_on_polls_in_flight),
		TEST(one_that_keeps_dying_is_started_again_and_again_but_not_at_once),
		TEST(one_that_breaks_the_rules_is_replaced),
		TEST(a_crash_is_laid_to_what_was_being_parsed),
		TEST(the_document_of_one_that_did_it_twice_is_given),
		TEST(one_whose_loop_stands_still_is_replaced),
		TEST(a_fetcher_has_no_descriptor_of_ours),
		TEST(stopping_is_quick_even_when_a_fetcher_is_deaf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
