/*
 * A server of feeds that are made as they are asked for, so that a benchmark needs no files for
 * them: RSS of ITEMS articles of SIZE bytes each, without validators.
 *
 * Usage: origin ITEMS SIZE [PORT]. Prints its port; listens on all of loopback.
 *
 *   /s/N     feed N, always the same; 304 for who asks with any validator
 *   /m/N     feed N with one article more at each request, and the oldest gone
 *   /p/N     the same, and a line "N ARTICLE NANOSECONDS" (CLOCK_MONOTONIC) once its last byte is sent
 *   /count   how many feeds were asked for
 *   /first   when the first was, in nanoseconds; 0: none yet
 *   /reset   counts from 0 again
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define FEEDS_MAX 1000000u
#define PARAGRAPH 500
#define POOL 65536

struct origin {
	size_t items, size;
	unsigned long asked;
	int64_t first;
	uint32_t *turns; /* of each feed, how often it was asked for */
	char *pool;      /* words, twice as many as offsets lead to */
};

/* What a response that is to be logged was of. */
struct sent {
	unsigned long feed, article;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t
mix(uint64_t value)
{
	value = (value ^ (value >> 31)) * UINT64_C(0x7fb5d329728ea185);
	value = (value ^ (value >> 27)) * UINT64_C(0x81dadef4bc2dd44d);
	return value ^ (value >> 33);
}

static void
fill_pool(struct origin *origin)
{
	size_t at = 0;

	for (uint64_t i = 0; at < 2 * (size_t)POOL; i++) {
		uint64_t word = mix(i) % (mix(i + POOL) % 2 != 0 ? 60 : 20000);

		for (word = word * word + 7; word > 0 && at < 2 * (size_t)POOL - 1; word /= 23)
			origin->pool[at++] = (char)('a' + word % 23);
		origin->pool[at++] = i % 12 == 11 ? '.' : ' ';
	}
}

static void
put_item(const struct origin *origin, struct evbuffer *out, unsigned long feed,
	unsigned long article)
{
	const char *text = origin->pool + mix(feed * 1000003 + article) % POOL;
	size_t size = origin->size < POOL ? origin->size : POOL;

	evbuffer_add_printf(out,
		"<item><guid isPermaLink=\"false\">urn:%lu:%lu</guid><title>Article %lu of feed "
		"%lu</title><link>https://f%lu.example/%lu</link><pubDate>Sun, 29 Nov 2026 "
		"10:%02lu:00 GMT</pubDate><description><![CDATA[<p>What article %lu of feed %lu "
		"says.",
		feed, article, article, feed, feed, article, article % 60, article, feed);
	for (size_t at = 0; at < size; at += PARAGRAPH) {
		evbuffer_add_printf(out, "</p>\n<p>");
		evbuffer_add(out, text + at, size - at < PARAGRAPH ? size - at : PARAGRAPH);
	}
	evbuffer_add_printf(out, "</p>]]></description></item>\n");
}

/* The newest first, as publishers have it. */
static void
put_feed(const struct origin *origin, struct evbuffer *out, unsigned long feed, unsigned long turn)
{
	evbuffer_add_printf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>"
		"Feed %lu</title><link>https://f%lu.example/</link><description>d</description>\n",
		feed, feed);
	for (size_t i = origin->items; i-- > 0;)
		put_item(origin, out, feed, turn + i);
	evbuffer_add_printf(out, "</channel></rss>\n");
}

static void
on_sent(struct evhttp_request *request, void *arg)
{
	struct sent *sent = arg;

	(void)request;
	printf("%lu %lu %" PRId64 "\n", sent->feed, sent->article, now_ns());
	free(sent);
}

static void
log_when_sent(struct evhttp_request *request, unsigned long feed, unsigned long article)
{
	struct sent *sent = malloc(sizeof(*sent));

	if (sent == NULL)
		return;
	*sent = (struct sent){ feed, article };
	evhttp_request_set_on_complete_cb(request, on_sent, sent);
}

static void
answer_feed(struct origin *origin, struct evhttp_request *request, const char *uri)
{
	unsigned long feed = strtoul(uri + 3, NULL, 10) % FEEDS_MAX, turn = 0;
	struct evbuffer *out;

	if (origin->asked++ == 0)
		origin->first = now_ns();
	if (uri[1] == 's' && evhttp_find_header(evhttp_request_get_input_headers(request),
				     "If-None-Match") != NULL) {
		evhttp_send_reply(request, 304, "Not Modified", NULL);
		return;
	}
	if (uri[1] != 's')
		turn = origin->turns[feed]++;
	if (uri[1] == 'p')
		log_when_sent(request, feed, turn + origin->items - 1);
	out = evbuffer_new();
	put_feed(origin, out, feed, turn);
	evhttp_add_header(
		evhttp_request_get_output_headers(request), "Content-Type", "application/rss+xml");
	evhttp_send_reply(request, 200, "OK", out);
	evbuffer_free(out);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct origin *origin = arg;
	const char *uri = evhttp_request_get_uri(request);
	struct evbuffer *out;

	if (strncmp(uri, "/s/", 3) == 0 || strncmp(uri, "/m/", 3) == 0 ||
		strncmp(uri, "/p/", 3) == 0) {
		answer_feed(origin, request, uri);
		return;
	}
	if (strcmp(uri, "/reset") == 0)
		origin->asked = 0;
	out = evbuffer_new();
	evbuffer_add_printf(out, "%" PRId64,
		strcmp(uri, "/first") == 0 ? origin->first : (int64_t)origin->asked);
	evhttp_send_reply(request, 200, "OK", out);
	evbuffer_free(out);
}

static int
listen_anywhere(struct evhttp *http, const char *port)
{
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(
		http, "0.0.0.0", (ev_uint16_t)strtoul(port, NULL, 10));
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (bound == NULL || getsockname(evhttp_bound_socket_get_fd(bound),
				     (struct sockaddr *)&address, &size) != 0)
		return -1;
	printf("%d\n", ntohs(address.sin_port));
	return 0;
}

int
main(int argc, char **argv)
{
	struct origin origin = { .items = argc > 1 ? strtoul(argv[1], NULL, 10) : 30,
		.size = argc > 2 ? strtoul(argv[2], NULL, 10) : 3000 };
	struct event_base *base = event_base_new();
	struct evhttp *http = base != NULL ? evhttp_new(base) : NULL;

	setvbuf(stdout, NULL, _IOLBF, 0);
	origin.turns = calloc(FEEDS_MAX, sizeof(*origin.turns));
	origin.pool = malloc(2 * (size_t)POOL);
	if (http == NULL || origin.turns == NULL || origin.pool == NULL)
		return 1;
	fill_pool(&origin);
	evhttp_set_gencb(http, on_request, &origin);
	if (listen_anywhere(http, argc > 3 ? argv[3] : "0") != 0)
		return 1;
	event_base_dispatch(base);
	return 0;
}
