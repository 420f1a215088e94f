/*
 * The yardstick of tests/bench/poll: conditional requests by libcurl's multi interface on libevent,
 * with the headers that newspool sends and no daemon around them. Nothing is parsed, stored or
 * scheduled.
 *
 * Usage: bare CONNECTIONS POLLS STATUS <LIST; a line of LIST is "URL<tab>ETAG<tab>LAST-MODIFIED". Prints
 * microseconds of CPU a poll. Ends with 1 where an answer is not STATUS.
 */
#include <curl/curl.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define FEEDS_MAX 100000
#define LINE_MAX_SIZE 4096

struct feed {
	char *url, *etag, *modified;
};

struct bare {
	struct event_base *base;
	struct event *timer;
	CURLM *multi;
	struct feed *feeds;
	size_t n_feeds, next;
	unsigned long started, done, wanted, wrong;
	long status;
};

struct slot {
	struct bare *bare;
	CURL *easy;
	struct curl_slist *headers;
};

static void collect(struct bare *bare);

static size_t
drop(char *data, size_t one, size_t size, void *arg)
{
	(void)data;
	(void)arg;
	return one * size;
}

static void
start(struct slot *slot)
{
	struct bare *bare = slot->bare;
	const struct feed *feed = &bare->feeds[bare->next];
	char line[LINE_MAX_SIZE];

	bare->next = (bare->next + 1) % bare->n_feeds;
	bare->started++;
	curl_slist_free_all(slot->headers);
	slot->headers = curl_slist_append(NULL,
		"Accept: application/atom+xml,application/rss+xml,application/feed+json,"
		"application/rdf+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.1");
	snprintf(line, sizeof(line), "If-None-Match: %s", feed->etag);
	slot->headers = curl_slist_append(slot->headers, line);
	slot->headers = curl_slist_append(slot->headers, "A-IM: feed");
	snprintf(line, sizeof(line), "If-Modified-Since: %s", feed->modified);
	slot->headers = curl_slist_append(slot->headers, line);
	curl_easy_setopt(slot->easy, CURLOPT_URL, feed->url);
	curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->headers);
	curl_multi_add_handle(bare->multi, slot->easy);
}

static void
collect(struct bare *bare)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(bare->multi, &left)) != NULL) {
		struct slot *slot = NULL;
		long status = 0;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
		curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
		curl_multi_remove_handle(bare->multi, slot->easy);
		bare->wrong += status != bare->status;
		if (++bare->done == bare->wanted)
			event_base_loopbreak(bare->base);
		else if (bare->started < bare->wanted)
			start(slot);
	}
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct bare *bare = arg;
	int mask = (what & EV_READ ? CURL_CSELECT_IN : 0) |
		   (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	curl_multi_socket_action(bare->multi, fd, mask, &running);
	collect(bare);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct bare *bare = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(bare->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(bare);
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *data)
{
	struct bare *bare = arg;
	struct event *event = data;
	short events = EV_PERSIST;

	(void)easy;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EV_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EV_WRITE;
	if (events != EV_PERSIST) {
		event = event_new(bare->base, fd, events, on_socket, bare);
		event_add(event, NULL);
	}
	curl_multi_assign(bare->multi, fd, event);
	return 0;
}

static int
watch_time(CURLM *multi, long milliseconds, void *arg)
{
	struct bare *bare = arg;
	struct timeval tv = { milliseconds / 1000, milliseconds % 1000 * 1000 };

	(void)multi;
	if (milliseconds < 0)
		evtimer_del(bare->timer);
	else
		evtimer_add(bare->timer, &tv);
	return 0;
}

static bool
read_feeds(struct bare *bare)
{
	char line[LINE_MAX_SIZE];

	bare->feeds = calloc(FEEDS_MAX, sizeof(*bare->feeds));
	while (bare->feeds != NULL && bare->n_feeds < FEEDS_MAX &&
		fgets(line, sizeof(line), stdin) != NULL) {
		struct feed *feed = &bare->feeds[bare->n_feeds];
		char *etag = strchr(line, '\t');
		char *modified = etag != NULL ? strchr(etag + 1, '\t') : NULL;

		if (modified == NULL)
			return false;
		*etag++ = *modified++ = '\0';
		modified[strcspn(modified, "\n")] = '\0';
		feed->url = strdup(line);
		feed->etag = strdup(etag);
		feed->modified = strdup(modified);
		bare->n_feeds++;
	}
	return bare->n_feeds > 0;
}

static void
set_up(struct bare *bare, struct slot *slot)
{
	slot->bare = bare;
	slot->easy = curl_easy_init();
	curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
	curl_easy_setopt(slot->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(slot->easy, CURLOPT_USERAGENT, "bare/1 (+https://example.org/)");
	curl_easy_setopt(slot->easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, drop);
}

static double
cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char **argv)
{
	struct bare bare = { 0 };
	struct slot *slots;
	unsigned long n;
	double before;

	if (argc != 4 || !read_feeds(&bare))
		return 2;
	n = strtoul(argv[1], NULL, 10);
	bare.wanted = strtoul(argv[2], NULL, 10);
	bare.status = strtol(argv[3], NULL, 10);
	slots = calloc(n, sizeof(*slots));
	if (slots == NULL || n == 0 || n > bare.wanted)
		return 2;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	bare.base = event_base_new();
	bare.multi = curl_multi_init();
	bare.timer = evtimer_new(bare.base, on_timer, &bare);
	curl_multi_setopt(bare.multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(bare.multi, CURLMOPT_SOCKETDATA, &bare);
	curl_multi_setopt(bare.multi, CURLMOPT_TIMERFUNCTION, watch_time);
	curl_multi_setopt(bare.multi, CURLMOPT_TIMERDATA, &bare);
	curl_multi_setopt(bare.multi, CURLMOPT_MAXCONNECTS, (long)n);
	before = cpu_seconds();
	for (unsigned long i = 0; i < n; i++) {
		set_up(&bare, &slots[i]);
		start(&slots[i]);
	}
	event_base_dispatch(bare.base);
	printf("%.2f\n", (cpu_seconds() - before) * 1e6 / (double)bare.done);
	return bare.wrong > 0;
}
