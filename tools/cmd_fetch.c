/*
 * newspool fetch: one poll of one URL with the daemon's own code, and what it came to: each hop, the
 * headers that mattered, times and sizes, when the schedule would ask again and why, the articles.
 * Writes nothing but to standard output. Owns the loop and the poller for the time of the poll.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/conf/config.h"
#include "daemon/fetch/poll.h"
#include "daemon/fetch/redirect.h"
#include "daemon/keep/command.h"
#include "daemon/keep/schedule.h"
#include "daemon/keep/secret.h"
#include "daemon/wire/log.h"
#include "daemon/wire/loop.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "tools/command.h"

#define ARCHIVES_MAX 100 /* documents that are followed back from the first */

enum fetch_option {
	OPTION_PRIVATE = 1,
	OPTION_ARCHIVE,
	OPTION_CA_FILE,
	OPTION_ETAG,
	OPTION_INSECURE
};

struct fetch {
	struct command_call *call;
	struct config *config;
	const char *asked; /* as it was called */
	/* of the feed that is configured by that name or URL, in arena; NULL: there is none */
	const char *feed_name, *feed_url, *feed_settings;
	struct config_settings settings;
	const char *ca_file; /* NULL: the system's authorities */
	struct message_poll command;
	struct loop *loop;
	struct poller *poller;
	bool archive;                            /* follow the feed's history back (RFC 5005) */
	const char *documents[ARCHIVES_MAX + 1]; /* asked so far, in arena */
	size_t n_documents;
	struct arena arena;
	struct buf out;      /* what is printed */
	struct buf articles; /* what is printed behind it */
	struct buf archives; /* likewise, of the documents behind the first */
	struct json_writer json, json_articles, json_archives;
	enum message_result result;
};

/* What of a response is worth a line, under its usual name. */
static const struct {
	enum headers_field field;
	const char *name;
} shown[] = {
	{ HEADERS_LOCATION, "Location" },
	{ HEADERS_CONTENT_TYPE, "Content-Type" },
	{ HEADERS_CONTENT_ENCODING, "Content-Encoding" },
	{ HEADERS_CONTENT_LENGTH, "Content-Length" },
	{ HEADERS_ETAG, "ETag" },
	{ HEADERS_LAST_MODIFIED, "Last-Modified" },
	{ HEADERS_DATE, "Date" },
	{ HEADERS_AGE, "Age" },
	{ HEADERS_CACHE_CONTROL, "Cache-Control" },
	{ HEADERS_EXPIRES, "Expires" },
	{ HEADERS_RETRY_AFTER, "Retry-After" },
};

#define N_SHOWN (sizeof(shown) / sizeof(shown[0]))

static int
read_options(struct fetch *fetch)
{
	static const struct option own[] = {
		{ "archive", no_argument, NULL, OPTION_ARCHIVE },
		{ "allow-private", no_argument, NULL, OPTION_PRIVATE },
		{ "ca-file", required_argument, NULL, OPTION_CA_FILE },
		{ "etag", required_argument, NULL, OPTION_ETAG },
		{ "insecure", no_argument, NULL, OPTION_INSECURE },
		{ 0 },
	};
	int option;

	while ((option = command_option(fetch->call, own)) != COMMAND_END) {
		switch (option) {
		case OPTION_PRIVATE:
			fetch->command.allow_private = true;
			break;
		case OPTION_ARCHIVE:
			fetch->archive = true;
			break;
		case OPTION_CA_FILE:
			fetch->ca_file = optarg;
			break;
		case OPTION_ETAG:
			fetch->command.etag = (struct bytes){ (const unsigned char *)optarg,
				strlen(optarg) };
			break;
		case OPTION_INSECURE:
			fetch->command.insecure = true;
			break;
		default:
			return COMMAND_STOP;
		}
	}
	return COMMAND_END;
}

/* An empty configuration: every key has its default. */
static int
load_defaults(struct fetch *fetch, struct config_error *ret_err)
{
	int fd = memfd_create("newspool", MFD_CLOEXEC);
	char file[32];
	int r;

	if (fd < 0)
		return -errno;
	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	r = config_load(file, NULL, &fetch->config, ret_err);
	close(fd);
	return r;
}

static int
find_feed(void *arg, const struct config_feed *feed, struct config_error *err)
{
	struct fetch *fetch = arg;

	(void)err;
	if (fetch->feed_name != NULL ||
		(strcmp(feed->name, fetch->asked) != 0 && strcmp(feed->url, fetch->asked) != 0))
		return 0;
	fetch->feed_name = arena_strdup(&fetch->arena, feed->name);
	fetch->feed_url = arena_strdup(&fetch->arena, feed->url);
	fetch->feed_settings = arena_strdup(&fetch->arena, feed->settings);
	return fetch->feed_name == NULL || fetch->feed_url == NULL || fetch->feed_settings == NULL
		       ? -ENOMEM
		       : 0;
}

/* The configuration, or the defaults of all keys where none was asked for and none is there. */
static int
load(struct fetch *fetch)
{
	const struct command_call *call = fetch->call;
	const struct config_feed_sink sink = { .feed = find_feed, .arg = fetch };
	struct config_error err = { "" };
	int r = config_load(command_config(call), &sink, &fetch->config, &err);

	if (r < 0 && call->config == NULL && getenv("NEWSPOOL_CONFIG") == NULL)
		r = load_defaults(fetch, &err);
	if (r < 0) {
		command_say(call, "%s", err.text);
		return COMMAND_USAGE;
	}
	r = config_feed_settings(fetch->config,
		fetch->feed_settings != NULL ? fetch->feed_settings : "", &fetch->arena,
		&fetch->settings);
	if (r == 0)
		return COMMAND_OK;
	command_say(call, "%s", strerror(-r));
	return COMMAND_FAILED;
}

/* The command that the keeper would send, but for what the options say. */
static int
prepare(struct fetch *fetch)
{
	const struct message_poll options = fetch->command;
	const struct store_feed feed = { .name = "fetch",
		.url = fetch->feed_url != NULL ? fetch->feed_url : fetch->asked };
	char reason[COMMAND_REASON_SIZE] = "";
	int r = command_make(&feed, &fetch->settings, 1, &fetch->arena, &fetch->command, reason);

	if (r == 0 && fetch->ca_file != NULL)
		r = secret_read_pem(fetch->ca_file, &fetch->arena, &fetch->command.ca_pem);
	fetch->command.etag = options.etag;
	fetch->command.allow_private |= options.allow_private;
	fetch->command.insecure |= options.insecure;
	if (fetch->feed_name != NULL && !fetch->call->json)
		buf_printf(&fetch->out, "with the settings of feed %s\n", fetch->feed_name);
	if (r == 0)
		return COMMAND_OK;
	command_say(fetch->call, "%s", reason[0] != '\0' ? reason : strerror(-r));
	return COMMAND_FAILED;
}

static void
hop_json(struct fetch *fetch, const struct poller_hop *hop)
{
	const struct http_outcome *outcome = hop->outcome;
	struct json_writer *json = &fetch->json;

	json_write_object(json, NULL);
	json_write_string(json, "url", hop->url);
	json_write_int(json, "status", hop->headers->status);
	json_write_bool(json, "conditional", hop->conditional);
	json_write_string(json, "address", outcome->address);
	json_write_int(json, "http_version", outcome->version);
	json_write_bool(json, "reused", outcome->reused);
	json_write_int(json, "lookup_us", outcome->lookup);
	json_write_int(json, "connected_us", outcome->connected);
	json_write_int(json, "secured_us", outcome->secured);
	json_write_int(json, "first_byte_us", outcome->first_byte);
	json_write_int(json, "total_us", outcome->total);
	json_write_int(json, "bytes", (int64_t)outcome->bytes_wire);
	json_write_object(json, "headers");
	for (size_t i = 0; i < N_SHOWN; i++)
		json_write_string(json, shown[i].name, headers_text(hop->headers, shown[i].field));
	json_write_object_end(json);
	json_write_object_end(json);
}

static void
put_time(struct buf *out, const char *what, int64_t microseconds)
{
	if (microseconds > 0)
		buf_printf(out, "%s %.1f ms", what, (double)microseconds / 1000);
}

static void
hop_text(struct fetch *fetch, const struct poller_hop *hop)
{
	const struct http_outcome *outcome = hop->outcome;
	struct buf *out = &fetch->out;

	buf_printf(out, "GET %s%s\n", hop->url, hop->conditional ? " (conditional)" : "");
	if (hop->headers->status == 0)
		return;
	buf_printf(out, "  %s over HTTP/%d.%d", outcome->address, outcome->version / 10,
		outcome->version % 10);
	put_time(out, ": resolved", outcome->lookup);
	put_time(out, ", connected", outcome->connected);
	put_time(out, ", secured", outcome->secured);
	put_time(out, ", first byte", outcome->first_byte);
	put_time(out, ", whole", outcome->total);
	buf_printf(out, "\n  status %d, %" PRIu64 " bytes\n", hop->headers->status,
		outcome->bytes_wire);
	for (size_t i = 0; i < N_SHOWN; i++) {
		const char *value = headers_text(hop->headers, shown[i].field);

		if (value != NULL)
			buf_printf(out, "  %s: %s\n", shown[i].name, value);
	}
}

static void
sink_hop(void *arg, uint64_t poll, const struct poller_hop *hop)
{
	struct fetch *fetch = arg;

	(void)poll;
	if (fetch->call->json && fetch->n_documents == 1)
		hop_json(fetch, hop);
	else if (!fetch->call->json)
		hop_text(fetch, hop);
}

static int
sink_article(void *arg, uint64_t poll, const struct np_article *article)
{
	struct fetch *fetch = arg;
	struct json_writer *json = &fetch->json_articles;
	int64_t published = np_article_published(article);
	const char *title = np_article_title(article);
	char date[CLOCK_RFC3339_SIZE] = "                    ";

	(void)poll;
	if (published != NP_TIME_NONE)
		clock_rfc3339(published, date);
	if (!fetch->call->json) {
		buf_printf(
			&fetch->articles, "  %s  %s\n", date, title != NULL ? title : "(no title)");
		return 0;
	}
	json_write_object(json, NULL);
	json_write_string(json, "id", np_article_id(article));
	json_write_string(json, "url", np_article_url(article));
	json_write_string(json, "title", title);
	json_write_string(json, "date_published", published != NP_TIME_NONE ? date : NULL);
	json_write_object_end(json);
	return 0;
}

/* What a schedule that knows nothing else of the feed would decide. */
static void
decide(const struct fetch *fetch, const struct message_done *done,
	struct schedule_decision *ret_decision)
{
	const struct schedule_input input = { .now = loop_now(fetch->loop),
		.settings = &fetch->settings,
		.done = done,
		.ttl = done->ttl > done->update_interval ? done->ttl : done->update_interval,
		.skip_hours = done->skip_hours,
		.skip_days = done->skip_days };

	schedule_decide(&input, ret_decision);
}

static void
done_json(struct fetch *fetch, const struct message_done *done,
	const struct schedule_decision *decision)
{
	struct json_writer *json = &fetch->json;

	json_write_array_end(json);
	json_write_string(json, "result", message_result_name(done->result));
	json_write_string(json, "reason", done->reason);
	json_write_int(json, "status", done->status);
	json_write_string(json, "final_url", done->final_url);
	json_write_string(json, "moved_url", done->moved_url);
	json_write_int(json, "bytes_wire", (int64_t)done->bytes_wire);
	json_write_int(json, "bytes_body", (int64_t)done->bytes_body);
	json_write_int(json, "elapsed_ms", done->elapsed);
	json_write_string(json, "title", done->feed_title);
	json_write_string(json, "home_page_url", done->feed_home_page_url);
	json_write_string(json, "version", done->feed_version);
	json_write_string(json, "self_url", done->self_url);
	json_write_string(json, "prev_archive_url", done->prev_archive_url);
	json_write_string(json, "repaired", done->bozo_reason);
	json_write_bool(json, "stop", decision->stop);
	if (!decision->stop)
		json_write_int(json, "next_poll_in_s",
			(decision->next_poll - loop_now(fetch->loop)) / 1000);
	json_write_string(json, "why", decision->why);
}

static void
done_text(struct fetch *fetch, const struct message_done *done,
	const struct schedule_decision *decision)
{
	struct buf *out = &fetch->out;

	buf_printf(out, "result: %s", message_result_name(done->result));
	if (done->reason != NULL)
		buf_printf(out, " (%s)", done->reason);
	buf_printf(out, ", %" PRIu64 " bytes received, %" PRIu64 " decoded, %u ms\n",
		done->bytes_wire, done->bytes_body, (unsigned int)done->elapsed);
	if (done->moved_url != NULL)
		buf_printf(out, "moved for good to: %s\n", done->moved_url);
	if (done->feed_version != NULL)
		buf_printf(out, "feed: %s (%s), %u articles\n",
			done->feed_title != NULL ? done->feed_title : "(no title)",
			done->feed_version, (unsigned int)done->n_articles);
	if (message_done_is_elsewhere(done))
		buf_printf(out, "says that it is at: %s\n", done->self_url);
	if (done->bozo_reason != NULL)
		buf_printf(out, "repaired: %s\n", done->bozo_reason);
	if (fetch->n_documents > 1)
		return;
	if (decision->stop)
		buf_printf(out, "next poll: never (%s)\n", decision->why);
	else
		buf_printf(out, "next poll: in %" PRId64 " s (%s)\n",
			(decision->next_poll - loop_now(fetch->loop)) / 1000, decision->why);
}

static void
archive_json(struct fetch *fetch, const struct message_done *done)
{
	struct json_writer *json = &fetch->json_archives;

	json_write_object(json, NULL);
	json_write_string(json, "url", fetch->documents[fetch->n_documents - 1]);
	json_write_string(json, "result", message_result_name(done->result));
	json_write_string(json, "reason", done->reason);
	json_write_int(json, "articles", done->n_articles);
	json_write_object_end(json);
}

/* The document before this one. Returns 0, or -errno where there is none to follow. */
static int
next_archive(struct fetch *fetch, const struct message_done *done, const char **ret_url)
{
	const char *url = done->prev_archive_url;

	if (!fetch->archive || done->result != RESULT_OK || url == NULL)
		return -ENOENT;
	if (!redirect_may_lead(done->final_url, url)) {
		command_say(fetch->call, "the archive is not followed from %s to %s",
			done->final_url, url);
		return -EPERM;
	}
	for (size_t i = 0; i < fetch->n_documents; i++) {
		if (strcmp(fetch->documents[i], url) == 0) {
			command_say(fetch->call, "the archives go round in a circle: %s", url);
			return -ELOOP;
		}
	}
	if (fetch->n_documents > ARCHIVES_MAX) {
		command_say(
			fetch->call, "more than %d archives: the rest is left out", ARCHIVES_MAX);
		return -ELOOP;
	}
	*ret_url = url;
	return 0;
}

/* A command as a fetcher would have had it from the keeper. */
static int
start(struct fetch *fetch, const char *url)
{
	struct message_poll copy;
	struct arena arena = { 0 };
	struct buf wire = { 0 };
	int r;

	url = arena_strdup(&fetch->arena, url);
	if (url == NULL)
		return -ENOMEM;
	fetch->documents[fetch->n_documents++] = url;
	fetch->command.poll = fetch->n_documents;
	fetch->command.url = url;
	fetch->command.origin_url = fetch->documents[0];
	if (fetch->n_documents > 1) /* what was asked conditionally is the first one alone */
		fetch->command.validators_url = fetch->documents[0];
	message_poll_encode(&wire, &fetch->command);
	r = buf_error(&wire);
	if (r == 0)
		r = message_poll_decode((const unsigned char *)wire.data, wire.len, &arena, &copy);
	if (r == 0)
		r = poller_start(fetch->poller, &arena, &copy);
	arena_done(&arena);
	buf_done(&wire);
	return r;
}

static void
sink_done(void *arg, const struct message_done *done)
{
	struct fetch *fetch = arg;
	struct schedule_decision decision = { 0 };
	const char *url;
	int r;

	fetch->result = done->result;
	decide(fetch, done, &decision);
	if (!fetch->call->json)
		done_text(fetch, done, &decision);
	else if (fetch->n_documents == 1)
		done_json(fetch, done, &decision);
	else
		archive_json(fetch, done);
	r = next_archive(fetch, done, &url);
	if (r == 0)
		r = start(fetch, url);
	if (r < 0 && r != -ENOENT)
		fetch->result = RESULT_INTERNAL;
	if (r < 0)
		loop_stop(fetch->loop);
}

static int
poll_once(struct fetch *fetch, const char *url)
{
	struct poller_options options = { .max_connections = 4, .max_host_connections = 2 };
	struct buf user_agent = { 0 };
	const struct poller_sink sink = {
		.article = sink_article, .done = sink_done, .hop = sink_hop, .arg = fetch
	};
	int r;

	config_put_user_agent(fetch->config, &user_agent);
	options.user_agent = buf_str(&user_agent);
	r = buf_error(&user_agent);
	if (r == 0)
		r = loop_new(&fetch->loop);
	if (r == 0)
		r = poller_new(fetch->loop, &options, &sink, &fetch->poller);
	if (r == 0)
		r = start(fetch, url);
	if (r == 0)
		r = loop_run(fetch->loop);
	poller_free(fetch->poller);
	loop_free(fetch->loop);
	buf_done(&user_agent);
	if (r == 0)
		return COMMAND_OK;
	command_say(fetch->call, "%s", strerror(-r));
	return COMMAND_FAILED;
}

static void
print_json(struct fetch *fetch)
{
	json_write_array_end(&fetch->json_articles);
	json_write_array_end(&fetch->json_archives);
	if (fetch->archive) {
		buf_puts(&fetch->out, ",\"archives\":");
		buf_append(&fetch->out, fetch->archives.data, fetch->archives.len);
	}
	/* The array's members are whole: it goes before the object's end as it stands. */
	buf_puts(&fetch->out, ",\"items\":");
	buf_append(&fetch->out, fetch->articles.data, fetch->articles.len);
	json_write_object_end(&fetch->json);
	buf_putc(&fetch->out, '\n');
	fputs(buf_str(&fetch->out), stdout);
}

/* Polls and prints. */
static int
explain(struct fetch *fetch)
{
	int status;

	log_open("newspool", LOG_LEVEL_WARNING);
	json_write_init(&fetch->json, &fetch->out);
	json_write_init(&fetch->json_articles, &fetch->articles);
	json_write_init(&fetch->json_archives, &fetch->archives);
	if (fetch->call->json) {
		json_write_object(&fetch->json, NULL);
		json_write_array(&fetch->json, "hops");
		json_write_array(&fetch->json_articles, NULL);
		json_write_array(&fetch->json_archives, NULL);
	}
	status = poll_once(fetch, fetch->command.url);
	if (status == COMMAND_OK && fetch->call->json)
		print_json(fetch);
	else if (status == COMMAND_OK)
		printf("%s%s%s", buf_str(&fetch->out), fetch->articles.len > 0 ? "articles:\n" : "",
			buf_str(&fetch->articles));
	if (status == COMMAND_OK && fetch->result > RESULT_SAME_BODY)
		status = COMMAND_FAILED;
	return status;
}

static int
run_fetch(struct command_call *call)
{
	struct fetch fetch = { .call = call, .result = RESULT_INTERNAL };
	int status;

	if (read_options(&fetch) == COMMAND_STOP)
		return call->status;
	if (call->argc - optind != 1)
		return command_misused(call, "one URL is needed, or the name of a feed");
	fetch.asked = call->argv[optind];
	status = load(&fetch);
	if (status == COMMAND_OK)
		status = prepare(&fetch);
	if (status == COMMAND_OK)
		status = explain(&fetch);
	buf_done(&fetch.out);
	buf_done(&fetch.articles);
	buf_done(&fetch.archives);
	arena_done(&fetch.arena);
	config_free(fetch.config);
	return status == COMMAND_OK || status == COMMAND_FAILED ? command_finish(call, status)
								: status;
}

const struct command cmd_fetch = {
	.name = "fetch",
	.summary = "poll a URL once with the daemon's own code, and explain it",
	.usage = "[OPTION …] URL|FEED",
	.help = "  --archive        follow the feed's archives back too (RFC 5005), 100 at most\n"
		"  --allow-private  loopback, private and link-local addresses too\n"
		"  --ca-file FILE   trust these authorities instead of the system's\n"
		"  --etag VALUE     ask conditionally, as with this validator of before\n"
		"  --insecure       do not verify the server's certificate\n\n"
		"Prints each hop with the headers that mattered, times and sizes; when the\n"
		"daemon would ask again and why; the articles. Nothing is spooled. What the\n"
		"configuration says of a feed by this name or URL counts, else its defaults.\n"
		"Ends with 1 where the poll failed.\n\n"
		"  newspool fetch https://example.org/feed.xml\n"
		"  newspool fetch --json https://example.org/feed.xml | jq .why\n",
	.json = true,
	.words = "* @feeds\n",
	.run = run_fetch,
};
