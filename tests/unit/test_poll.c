/* Polls against a real server on loopback: what is sent, what each kind of answer comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fetch/poll.h"
#include "daemon/wire/log.h"
#include "daemon/wire/loop.h"
#include "lib/base/sha256.h"
#include "tests/unit/http_server.h"
#include "tests/unit/http_site.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define AGENT "newspool/test (+https://newspool.test/)"
#define BOUND_MS 20000

struct fixture {
	struct http_server *server;
	struct http_server *other; /* another origin */
	char other_url[64];
	struct loop *loop;
	struct poller *poller;
	struct loop_timer *bound;
	bool full, running;
	unsigned int n_done, wanted, articles;
	/* of the last one */
	struct message_done done;
	char reason[512], etag[1200], last_modified[128], final_url[256], moved_url[256], title[64];
};

static void
keep_bytes(char *out, size_t size, struct bytes bytes)
{
	snprintf(out, size, "%.*s", (int)bytes.len, bytes.ptr != NULL ? (char *)bytes.ptr : "");
}

static void
keep_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text != NULL ? text : "");
}

static bool
sink_is_full(void *arg)
{
	const struct fixture *f = arg;

	return f->full;
}

static int
sink_article(void *arg, uint64_t poll, const struct np_article *article)
{
	struct fixture *f = arg;

	assert_true(poll > 0);
	assert_non_null(np_article_title(article));
	f->articles++;
	return 0;
}

static void
sink_done(void *arg, const struct message_done *done)
{
	struct fixture *f = arg;

	f->done = *done;
	keep_text(f->reason, sizeof(f->reason), done->reason);
	keep_bytes(f->etag, sizeof(f->etag), done->etag);
	keep_bytes(f->last_modified, sizeof(f->last_modified), done->last_modified);
	keep_text(f->final_url, sizeof(f->final_url), done->final_url);
	keep_text(f->moved_url, sizeof(f->moved_url), done->moved_url);
	keep_text(f->title, sizeof(f->title), done->feed_title);
	if (++f->n_done == f->wanted && f->running)
		loop_stop(f->loop);
}

static void
out_of_time(void *arg)
{
	(void)arg;
	fail_msg("no answer within %d ms", BOUND_MS);
}

static int
set_up(void **state)
{
	const struct poller_options options = {
		.user_agent = AGENT, .max_connections = 16, .max_host_connections = 2
	};
	struct fixture *f = calloc(1, sizeof(*f));
	const struct poller_sink sink = {
		.is_full = sink_is_full, .article = sink_article, .done = sink_done, .arg = f
	};

	log_open("test", LOG_LEVEL_ERROR);
	assert_non_null(f);
	f->other = http_server_start(http_site, NULL);
	snprintf(f->other_url, sizeof(f->other_url), "%s", http_server_url(f->other, "/feed"));
	f->server = http_server_start(http_site, f->other_url);
	assert_int_equal(loop_new(&f->loop), 0);
	assert_int_equal(loop_timer_new(f->loop, out_of_time, f, &f->bound), 0);
	loop_timer_start(f->bound, BOUND_MS);
	assert_int_equal(poller_new(f->loop, &options, &sink, &f->poller), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	poller_free(f->poller);
	loop_timer_free(f->bound);
	loop_free(f->loop);
	http_server_stop(f->server);
	http_server_stop(f->other);
	free(f);
	return 0;
}

static struct message_poll
command_for(struct fixture *f, const char *path)
{
	static uint64_t number;

	return (struct message_poll){ .poll = ++number,
		.feed = "test",
		.url = http_server_url(f->server, path),
		.timeout = 10000,
		.max_body = 1u << 20,
		.allow_private = true };
}

/* The texts of a command move into an arena, as they do in a fetcher. */
static void
start(struct fixture *f, const struct message_poll *command)
{
	struct message_poll copy;
	struct arena arena = { 0 };
	struct buf buf = { 0 };

	message_poll_encode(&buf, command);
	assert_int_equal(message_poll_decode((unsigned char *)buf.data, buf.len, &arena, &copy), 0);
	buf_done(&buf);
	assert_int_equal(poller_start(f->poller, &arena, &copy), 0);
}

static void
run(struct fixture *f, unsigned int wanted)
{
	f->wanted = wanted;
	f->running = true;
	if (f->n_done < wanted)
		assert_int_equal(loop_run(f->loop), 0);
	f->running = false;
	assert_int_equal(f->n_done, wanted);
}

static void
poll_command(struct fixture *f, const struct message_poll *command)
{
	f->n_done = f->articles = 0;
	start(f, command);
	run(f, 1);
	assert_int_equal(f->done.n_articles, f->articles);
	if (f->done.result != RESULT_OK)
		assert_int_equal(f->articles, 0);
}

static void
poll_path(struct fixture *f, const char *path)
{
	const struct message_poll command = command_for(f, path);

	poll_command(f, &command);
}

static void
expect_header(struct http_server *server, const char *path, const char *name, const char *wanted)
{
	char *request = http_server_last(server, path);
	char *value;

	assert_non_null(request);
	value = http_header(request, name);
	if (wanted == NULL)
		assert_null(value);
	else if (value == NULL)
		fail_msg("%s: no %s was sent", path, name);
	else
		assert_string_equal(value, wanted);
	free(value);
	free(request);
}

static void
each_answer_has_its_result(void **state)
{
	static const struct {
		const char *path;
		enum message_result result;
		int status;
		const char *words; /* the reason has them */
	} cases[] = {
		{ "/feed", RESULT_OK, 200, NULL },
		{ "/plain", RESULT_OK, 200, NULL },
		{ "/close", RESULT_OK, 200, NULL },
		{ "/hints", RESULT_OK, 200, NULL },
		{ "/chunks", RESULT_OK, 200, NULL },
		{ "/gzip", RESULT_OK, 200, NULL },
		{ "/moved", RESULT_OK, 200, NULL },
		{ "/moved-308", RESULT_OK, 200, NULL },
		{ "/temporary", RESULT_OK, 200, NULL },
		{ "/see-other", RESULT_OK, 200, NULL },
		{ "/temporary-307", RESULT_OK, 200, NULL },
		{ "/elsewhere", RESULT_OK, 200, NULL },
		{ "/drop", RESULT_OK, 200, NULL },
		{ "/not-found", RESULT_HTTP_ERROR, 404, "404" },
		{ "/moved-to-nothing", RESULT_HTTP_ERROR, 404, "404" },
		{ "/gone", RESULT_GONE, 410, "410" },
		{ "/busy", RESULT_HTTP_ERROR, 503, "503" },
		{ "/partial", RESULT_HTTP_ERROR, 206, "206" },
		{ "/nothing", RESULT_HTTP_ERROR, 204, "204" },
		{ "/not-modified", RESULT_HTTP_ERROR, 304, "304" },
		{ "/page", RESULT_NOT_A_FEED, 200, NULL },
		{ "/moved-to-page", RESULT_NOT_A_FEED, 200, NULL },
		{ "/linking", RESULT_NOT_A_FEED, 200, "did you mean http://127.0.0.1:" },
		{ "/challenge", RESULT_HTTP_ERROR, 403,
			"HTTP status 403 (a Cloudflare challenge page)" },
		{ "/empty", RESULT_NOT_A_FEED, 200, "empty" },
		{ "/loop", RESULT_REDIRECT, 302, "circle" },
		{ "/to-file", RESULT_REDIRECT, 302, "not http" },
		{ "/moved-nowhere", RESULT_REDIRECT, 301, "Location" },
		{ "/short", RESULT_TRUNCATED, 200, NULL },
		{ "/chunks-cut", RESULT_TRUNCATED, 200, NULL },
		{ "/gzip-bad-sum", RESULT_TRUNCATED, 200, NULL },
		{ "/gzip-cut", RESULT_TRUNCATED, 200, NULL },
		{ "/gzip-none", RESULT_TRUNCATED, 200, NULL },
		{ "/coding-unknown", RESULT_TRUNCATED, 200, NULL },
		{ "/bomb", RESULT_TOO_LARGE, 200, "max-body" },
		{ "/huge", RESULT_TOO_LARGE, 200, "max-body" },
		{ "/long", RESULT_TOO_LARGE, 200, "max-body" },
		{ "/headers", RESULT_TOO_LARGE, 200, "header" },
		{ "/nonsense", RESULT_NETWORK_ERROR, 0, NULL },
		{ "/reset", RESULT_NETWORK_ERROR, 0, NULL },
		{ "/nul", RESULT_NETWORK_ERROR, 200, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < N(cases); i++) {
		poll_path(f, cases[i].path);
		if (f->done.result != cases[i].result || f->done.status != cases[i].status)
			fail_msg("%s: %s, status %d (%s)", cases[i].path,
				message_result_name(f->done.result), f->done.status, f->reason);
		if (cases[i].words != NULL && strstr(f->reason, cases[i].words) == NULL)
			fail_msg("%s: '%s' does not say '%s'", cases[i].path, f->reason,
				cases[i].words);
		if (f->done.result == RESULT_OK) {
			assert_int_equal(f->articles, SITE_ITEMS);
			assert_string_equal(f->title, "Site");
			assert_int_equal(f->reason[0], '\0');
		} else {
			assert_true(f->reason[0] != '\0');
			assert_string_equal(f->etag, "");
			assert_string_equal(f->last_modified, "");
			assert_string_equal(f->moved_url, "");
			assert_int_equal(f->done.max_age, -1);
		}
	}
}

static void
a_good_answer_says_what_the_next_poll_needs(void **state)
{
	unsigned char digest[SHA256_SIZE];
	struct fixture *f = *state;

	poll_path(f, "/feed");
	assert_string_equal(f->etag, SITE_ETAG);
	assert_string_equal(f->last_modified, SITE_LAST_MODIFIED);
	assert_string_equal(f->final_url, http_server_url(f->server, "/feed"));
	assert_string_equal(f->moved_url, "");
	assert_int_equal(f->done.max_age, 3000);
	assert_int_equal(f->done.retry_after, -1);
	assert_int_equal(f->done.ttl, 90 * 60);
	assert_int_equal(f->done.bytes_body, strlen(http_site_feed()));
	assert_true(f->done.bytes_wire > f->done.bytes_body);
	assert_int_equal(sha256(http_site_feed(), strlen(http_site_feed()), digest), 0);
	assert_memory_equal(f->done.body_hash, digest, SHA256_SIZE);
	poll_path(f, "/busy");
	assert_int_equal(f->done.retry_after, 120);
}

static void
a_first_request_is_plain_and_polite(void **state)
{
	struct fixture *f = *state;
	char *request, *accept, *codings;

	poll_path(f, "/feed");
	poll_path(f, "/feed");
	request = http_server_last(f->server, "/feed");
	expect_header(f->server, "/feed", "User-Agent", AGENT);
	expect_header(f->server, "/feed", "If-None-Match", NULL);
	expect_header(f->server, "/feed", "If-Modified-Since", NULL);
	expect_header(f->server, "/feed", "Cookie", NULL);
	expect_header(f->server, "/feed", "Referer", NULL);
	expect_header(f->server, "/feed", "Range", NULL);
	expect_header(f->server, "/feed", "Authorization", NULL);
	accept = http_header(request, "Accept");
	assert_non_null(strstr(accept, "application/rss+xml"));
	assert_non_null(strstr(accept, "*/*;q=0.1"));
	codings = http_header(request, "Accept-Encoding");
	assert_non_null(strstr(codings, "gzip"));
	/* both polls on one connection */
	assert_int_equal(http_server_connections(f->server), 1);
	free(codings);
	free(accept);
	free(request);
}

static void
validators_go_back_byte_for_byte(void **state)
{
	static const char *const etags[] = { "\"abc-123\"", "W/\"abc\"", "abc", "\"a,b\"",
		"\"a\\b\"", "\"x--gzip\"", "\"\"", "w/\"x\"", "\"", "\"\x80\xff\xc3\"",
		"two  words  here", "'x'" };
	static const char *const dates[] = { SITE_LAST_MODIFIED, "Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994", "yesterday", "sun, 6 nov 1994 08:49:37 +0000" };
	char *long_etag = malloc(1003);
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/feed");

	for (size_t i = 0; i < N(etags); i++) {
		command.etag = (struct bytes){ (const void *)etags[i], strlen(etags[i]) };
		poll_command(f, &command);
		expect_header(f->server, "/feed", "If-None-Match", etags[i]);
		expect_header(f->server, "/feed", "If-Modified-Since", NULL);
	}
	assert_non_null(long_etag);
	memset(long_etag, 'x', 1002);
	long_etag[0] = long_etag[1001] = '"';
	long_etag[1002] = '\0';
	command.etag = (struct bytes){ (void *)long_etag, 1002 };
	poll_command(f, &command);
	expect_header(f->server, "/feed", "If-None-Match", long_etag);
	free(long_etag);
	command.etag = (struct bytes){ 0 };
	for (size_t i = 0; i < N(dates); i++) {
		command.last_modified = (struct bytes){ (const void *)dates[i], strlen(dates[i]) };
		poll_command(f, &command);
		expect_header(f->server, "/feed", "If-Modified-Since", dates[i]);
		expect_header(f->server, "/feed", "If-None-Match", NULL);
	}
}

static void
a_validator_that_would_break_the_header_is_not_sent(void **state)
{
	static const struct bytes etags[] = {
		{ (const unsigned char *)"a\r\nX-Evil: 1", 12 },
		{ (const unsigned char *)"a\nb", 3 },
		{ (const unsigned char *)"a\0b", 3 },
		{ (const unsigned char *)"", 0 },
	};
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/feed");

	for (size_t i = 0; i < N(etags); i++) {
		command.etag = etags[i];
		poll_command(f, &command);
		assert_int_equal(f->done.result, RESULT_OK);
		expect_header(f->server, "/feed", "If-None-Match", NULL);
		expect_header(f->server, "/feed", "X-Evil", NULL);
	}
}

static void
not_modified_is_told_with_its_hints(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/feed");

	command.etag = (struct bytes){ (const void *)SITE_ETAG, strlen(SITE_ETAG) };
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_NOT_MODIFIED);
	assert_int_equal(f->done.status, 304);
	assert_int_equal(f->done.max_age, 600);
	assert_string_equal(f->etag, "");
	assert_string_equal(f->reason, "");
}

static void
the_same_body_is_not_parsed_but_its_validators_count(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/feed");
	unsigned char digest[SHA256_SIZE];

	assert_int_equal(sha256(http_site_feed(), strlen(http_site_feed()), digest), 0);
	command.body_hash = (struct bytes){ digest, SHA256_SIZE };
	command.etag = (struct bytes){ (const void *)"\"old\"", 5 };
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_SAME_BODY);
	assert_string_equal(f->etag, SITE_ETAG);
	assert_memory_equal(f->done.body_hash, digest, SHA256_SIZE);
	digest[0] ^= 1;
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_OK);
	assert_int_equal(f->articles, SITE_ITEMS);
}

static void
a_delta_is_offered_beside_an_entity_tag_alone(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/feed");

	poll_command(f, &command);
	expect_header(f->server, "/feed", "A-IM", NULL);
	command.last_modified = (struct bytes){ (const void *)SITE_LAST_MODIFIED, 29 };
	poll_command(f, &command);
	expect_header(f->server, "/feed", "A-IM", NULL);
	command.etag = (struct bytes){ (const void *)"a\nb", 3 };
	poll_command(f, &command);
	expect_header(f->server, "/feed", "A-IM", NULL);
	command.etag = (struct bytes){ (const void *)"\"old\"", 5 };
	poll_command(f, &command);
	expect_header(f->server, "/feed", "A-IM", "feed");
	/* to the URL that gave the tag, and not to where it sends us */
	command = command_for(f, "/temporary");
	command.etag = (struct bytes){ (const void *)"\"old\"", 5 };
	poll_command(f, &command);
	expect_header(f->server, "/temporary", "A-IM", "feed");
	expect_header(f->server, "/feed", "A-IM", NULL);
}

static void
a_delta_has_validators_and_no_hash(void **state)
{
	static const unsigned char none[SHA256_SIZE];
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/delta");

	command.etag = (struct bytes){ (const void *)"\"old\"", 5 };
	command.body_hash = (struct bytes){ none, SHA256_SIZE };
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_OK);
	assert_int_equal(f->done.status, 226);
	assert_int_equal(f->articles, 1);
	assert_string_equal(f->etag, "\"new\"");
	assert_memory_equal(f->done.body_hash, none, SHA256_SIZE);
}

static void
a_delta_that_nobody_asked_for_gives_articles_and_no_validators(void **state)
{
	struct fixture *f = *state;

	poll_path(f, "/delta");
	assert_int_equal(f->done.result, RESULT_OK);
	assert_int_equal(f->articles, 1);
	assert_string_equal(f->etag, "");
}

static void
only_a_permanent_way_to_a_feed_is_a_move(void **state)
{
	static const struct {
		const char *path, *moved; /* NULL: not */
	} cases[] = {
		{ "/moved", "/feed" },
		{ "/moved-308", "/feed" },
		{ "/temporary", NULL },
		{ "/see-other", NULL },
		{ "/temporary-307", NULL },
		{ "/moved-then-temporary", "/temporary" },
		{ "/temporary-then-moved", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < N(cases); i++) {
		poll_path(f, cases[i].path);
		assert_int_equal(f->done.result, RESULT_OK);
		assert_string_equal(f->final_url, http_server_url(f->server, "/feed"));
		assert_string_equal(f->moved_url,
			cases[i].moved != NULL ? http_server_url(f->server, cases[i].moved) : "");
	}
}

static void
validators_go_to_the_url_that_gave_them_alone(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/temporary");
	char feed[256];

	command.etag = (struct bytes){ (const void *)SITE_ETAG, strlen(SITE_ETAG) };
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_OK);
	expect_header(f->server, "/temporary", "If-None-Match", SITE_ETAG);
	expect_header(f->server, "/feed", "If-None-Match", NULL);
	snprintf(feed, sizeof(feed), "%s", http_server_url(f->server, "/feed"));
	command = command_for(f, "/temporary");
	command.etag = (struct bytes){ (const void *)SITE_ETAG, strlen(SITE_ETAG) };
	command.validators_url = feed;
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_NOT_MODIFIED);
	assert_string_equal(f->final_url, feed);
	expect_header(f->server, "/temporary", "If-None-Match", NULL);
	expect_header(f->server, "/feed", "If-None-Match", SITE_ETAG);
}

static void
credentials_stay_with_their_origin(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/elsewhere");

	command.user = "me";
	command.password = "secret";
	command.headers[0] = "X-Key: 12345";
	command.n_headers = 1;
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_OK);
	expect_header(f->server, "/elsewhere", "Authorization", "Basic bWU6c2VjcmV0");
	expect_header(f->server, "/elsewhere", "X-Key", "12345");
	expect_header(f->other, "/feed", "Authorization", NULL);
	expect_header(f->other, "/feed", "X-Key", NULL);
	/* and within the origin they travel along */
	command.url = http_server_url(f->server, "/moved");
	poll_command(f, &command);
	expect_header(f->server, "/feed", "Authorization", "Basic bWU6c2VjcmV0");
	/* a handle that served one feed tells the next nothing */
	poll_path(f, "/feed");
	expect_header(f->server, "/feed", "Authorization", NULL);
	expect_header(f->server, "/feed", "X-Key", NULL);
	command = command_for(f, "/feed");
	command.token = "abc.def";
	poll_command(f, &command);
	expect_header(f->server, "/feed", "Authorization", "Bearer abc.def");
}

static void
credentials_do_not_follow_a_feed_that_moved_away(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/plain");
	char home[256];

	snprintf(home, sizeof(home), "http://me:secret@%s",
		http_server_url(f->server, "/old") + strlen("http://"));
	command.origin_url = home;
	poll_command(f, &command);
	expect_header(f->server, "/plain", "Authorization", "Basic bWU6c2VjcmV0");
	command.url = http_server_url(f->other, "/plain");
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_OK);
	expect_header(f->other, "/plain", "Authorization", NULL);
	command.user = "me";
	command.password = "secret";
	poll_command(f, &command);
	expect_header(f->other, "/plain", "Authorization", NULL);
	/* nor does what a publisher put into a URL become one */
	snprintf(home, sizeof(home), "http://me:secret@%s",
		http_server_url(f->other, "/feed") + strlen("http://"));
	command.url = home;
	command.origin_url = http_server_url(f->server, "/old");
	poll_command(f, &command);
	expect_header(f->other, "/feed", "Authorization", NULL);
}

static void
credentials_in_a_url_are_sent_and_not_told(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/moved");
	char url[256];

	snprintf(url, sizeof(url), "http://me:s%%65cret@%s", command.url + strlen("http://"));
	command.url = url;
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_OK);
	expect_header(f->server, "/moved", "Authorization", "Basic bWU6c2VjcmV0");
	assert_string_equal(f->final_url, http_server_url(f->server, "/feed"));
	assert_string_equal(f->moved_url, http_server_url(f->server, "/feed"));
}

static void
the_request_target_has_the_configured_bytes(void **state)
{
	static const struct {
		const char *path, *target;
	} paths[] = {
		{ "/x/../a%2Fb/c?x=1&y=%20&z", "/x/../a%2Fb/c?x=1&y=%20&z" },
		{ "/empty-query?", "/empty-query?" },
		{ "/semi;p=1", "/semi;p=1" },
		{ "/Upper%2f%C3%a4", "/Upper%2f%C3%a4" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < N(paths); i++) {
		char with_fragment[256];

		snprintf(with_fragment, sizeof(with_fragment), "%s#frag", paths[i].path);
		poll_path(f, with_fragment);
		if (http_server_requests(f->server, paths[i].target) != 1)
			fail_msg("%s was not asked for: %s", paths[i].target, f->reason);
	}
}

static void
a_private_address_is_refused_unless_permitted(void **state)
{
	static const char *const urls[] = { "http://127.0.0.1:%s/plain",
		"http://localhost:%s/plain", "http://[::ffff:127.0.0.1]:%s/plain",
		"http://2130706433:%s/plain" };
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/plain");
	const char *port = strrchr(http_server_url(f->server, ""), ':') + 1;
	char url[256];

	/* a kept connection of a feed that may is no way in for one that may not */
	poll_command(f, &command);
	assert_int_equal(f->done.result, RESULT_OK);
	command.allow_private = false;
	for (size_t i = 0; i < N(urls); i++) {
		const char *percent = strstr(urls[i], "%s");

		snprintf(url, sizeof(url), "%.*s%s%s", (int)(percent - urls[i]), urls[i], port,
			percent + 2);
		command.url = url;
		poll_command(f, &command);
		if (f->done.result != RESULT_REFUSED)
			fail_msg(
				"%s: %s (%s)", url, message_result_name(f->done.result), f->reason);
		assert_non_null(strstr(f->reason, "allow-private"));
	}
	assert_int_equal(http_server_requests(f->server, "/plain"), 1);
}

static void
the_host_is_told_as_the_standard_has_it(void **state)
{
	static const struct {
		const char *written, *sent;
	} hosts[] = {
		{ "b\xc3\xbc"
		  "cher.localhost",
			"xn--bcher-kva.localhost" },
		{ "LocalHost", "LocalHost" },
		{ "[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]" },
	};
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/plain");
	const char *port = strrchr(http_server_url(f->server, ""), ':');
	char url[256], host[256];

	for (size_t i = 0; i < N(hosts); i++) {
		snprintf(url, sizeof(url), "http://%s%s/plain", hosts[i].written, port);
		snprintf(host, sizeof(host), "%s%s", hosts[i].sent, port);
		command.url = url;
		poll_command(f, &command);
		if (f->done.result != RESULT_OK)
			fail_msg("%s: %s", url, f->reason);
		expect_header(f->server, "/plain", "Host", host);
	}
}

static void
a_url_that_is_not_http_is_not_asked(void **state)
{
	static const char *const urls[] = { "ftp://a.test/", "file:///etc/passwd", "x", "http://" };
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/plain");

	for (size_t i = 0; i < N(urls); i++) {
		command.url = urls[i];
		poll_command(f, &command);
		assert_int_equal(f->done.result, RESULT_REDIRECT);
	}
}

static void
a_silent_server_ends_by_time_and_holds_up_nobody(void **state)
{
	struct fixture *f = *state;
	struct message_poll slow = command_for(f, "/silence");
	struct message_poll good = command_for(f, "/plain");

	slow.timeout = 400;
	f->n_done = f->articles = 0;
	start(f, &slow);
	start(f, &good);
	run(f, 1);
	assert_int_equal(f->done.result, RESULT_OK);
	run(f, 2);
	assert_int_equal(f->done.result, RESULT_TIMEOUT);
	assert_true(f->done.elapsed >= 390 && f->done.elapsed < 5000);
	assert_int_equal(http_server_requests(f->server, "/silence"), 1);
}

static void
a_cancelled_poll_is_not_answered(void **state)
{
	struct fixture *f = *state;
	struct message_poll slow = command_for(f, "/silence");
	struct message_poll good = command_for(f, "/plain");

	slow.timeout = 300;
	f->n_done = f->articles = 0;
	start(f, &slow);
	poller_cancel(f->poller, slow.poll);
	poller_cancel(f->poller, 999999);
	start(f, &good);
	run(f, 1);
	assert_int_equal(f->done.poll, good.poll);
}

static void
a_full_sink_holds_articles_back(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/plain");
	struct loop_timer *timer;

	f->n_done = f->articles = 0;
	f->full = true;
	start(f, &command);
	f->wanted = 1;
	assert_int_equal(loop_timer_new(f->loop, (void (*)(void *))loop_stop, f->loop, &timer), 0);
	loop_timer_start(timer, 200);
	assert_int_equal(loop_run(f->loop), 0);
	loop_timer_free(timer);
	assert_int_equal(http_server_requests(f->server, "/plain"), 1);
	assert_int_equal(f->n_done, 0);
	assert_int_equal(f->articles, 0);
	f->full = false;
	poller_drained(f->poller);
	run(f, 1);
	assert_int_equal(f->articles, SITE_ITEMS);
	poll_path(f, "/feed");
	assert_int_equal(f->done.result, RESULT_OK);
}

static void
run_for(struct fixture *f, int milliseconds)
{
	struct loop_timer *timer;

	assert_int_equal(loop_timer_new(f->loop, (void (*)(void *))loop_stop, f->loop, &timer), 0);
	loop_timer_start(timer, milliseconds);
	assert_int_equal(loop_run(f->loop), 0);
	loop_timer_free(timer);
}

/*
 * Both are there when the loop looks: the first fills the sink, and all is paused while libcurl has
 * the second one's header still to read, of which it then gives all lines at once.
 */
static void
an_answer_that_comes_while_all_is_held_is_whole(void **state)
{
	struct fixture *f = *state;
	struct message_poll one = command_for(f, "/late"), other = command_for(f, "/late");

	other.url = http_server_url(f->other, "/late");
	http_site_release(false);
	f->n_done = f->articles = 0;
	f->full = true;
	start(f, &one);
	start(f, &other);
	for (int i = 0; i < 1000 && (http_server_requests(f->server, "/late") == 0 ||
					    http_server_requests(f->other, "/late") == 0);
		i++)
		run_for(f, 10);
	http_site_release(true);
	poll(NULL, 0, 100); /* both are answered meanwhile; were they not, this tests less */
	run_for(f, 100);
	assert_int_equal(f->n_done, 0);
	f->full = false;
	poller_drained(f->poller);
	run(f, 2);
	assert_int_equal(f->articles, 2 * SITE_ITEMS);
	assert_int_equal(f->done.result, RESULT_OK);
	assert_string_equal(f->etag, SITE_ETAG);
	assert_string_equal(f->last_modified, SITE_LAST_MODIFIED);
}

static void
what_stands_behind_an_answer_is_no_answer(void **state)
{
	struct fixture *f = *state;
	struct message_poll command = command_for(f, "/stray");

	command.etag = (struct bytes){ (const void *)"x", 1 };
	for (int i = 0; i < 3; i++) {
		poll_command(f, &command);
		assert_int_equal(f->done.result, RESULT_NOT_MODIFIED);
		poll_path(f, "/excess");
		assert_int_equal(f->done.result, RESULT_OK);
		poll_path(f, "/plain");
		assert_int_equal(f->done.result, RESULT_OK);
		assert_int_equal(f->articles, SITE_ITEMS);
	}
	assert_int_equal(http_server_requests(f->server, "/plain"), 3);
}

static void
many_polls_share_a_few_connections(void **state)
{
	struct fixture *f = *state;

	f->n_done = f->articles = 0;
	for (int i = 0; i < 100; i++) {
		struct message_poll command = command_for(f, "/plain");

		start(f, &command);
	}
	run(f, 100);
	assert_int_equal(f->articles, 100 * SITE_ITEMS);
	assert_true(http_server_connections(f->server) <= 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_answer_has_its_result),
		TEST(a_good_answer_says_what_the_next_poll_needs),
		TEST(a_first_request_is_plain_and_polite),
		TEST(validators_go_back_byte_for_byte),
		TEST(a_validator_that_would_break_the_header_is_not_sent),
		TEST(not_modified_is_told_with_its_hints),
		TEST(the_same_body_is_not_parsed_but_its_validators_count),
		TEST(a_delta_is_offered_beside_an_entity_tag_alone),
		TEST(a_delta_has_validators_and_no_hash),
		TEST(a_delta_that_nobody_asked_for_gives_articles_and_no_validators),
		TEST(only_a_permanent_way_to_a_feed_is_a_move),
		TEST(validators_go_to_the_url_that_gave_them_alone),
		TEST(credentials_stay_with_their_origin),
		TEST(credentials_do_not_follow_a_feed_that_moved_away),
		TEST(credentials_in_a_url_are_sent_and_not_told),
		TEST(the_request_target_has_the_configured_bytes),
		TEST(a_private_address_is_refused_unless_permitted),
		TEST(the_host_is_told_as_the_standard_has_it),
		TEST(a_url_that_is_not_http_is_not_asked),
		TEST(a_silent_server_ends_by_time_and_holds_up_nobody),
		TEST(a_cancelled_poll_is_not_answered),
		TEST(a_full_sink_holds_articles_back),
		TEST(an_answer_that_comes_while_all_is_held_is_whole),
		TEST(what_stands_behind_an_answer_is_no_answer),
		TEST(many_polls_share_a_few_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
