/*
 * Trying feeds. Owns the loop and the poller for the time of the run. A window of polls is under
 * way; each that ends starts the next. What a poll's articles say is kept until its end, which comes
 * right behind them.
 *
 * Errors: of a feed, in its result; our own end the run.
 */
#include "tools/probe.h"

#include <errno.h>
#include <string.h>

#include <newspool/article.h>

#include "daemon/fetch/poll.h"
#include "daemon/keep/schedule.h"
#include "daemon/wire/loop.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

struct probe {
	const struct probe_options *options;
	struct loop *loop;
	struct poller *poller;
	size_t next, ended;
	int error;
	/* the articles of the poll that is about to end */
	struct arena arena;
	const char *titles[PROBE_TITLES_MAX];
	int64_t dates[PROBE_TITLES_MAX];
	size_t n_titles;
};

/* A command as a fetcher would have had it from the keeper. Polls are numbered from 1. */
static int
start(struct probe *probe, size_t index)
{
	const struct config_settings *settings = probe->options->settings;
	const char *url = probe->options->url(probe->options->arg, index);
	const struct message_poll command = {
		.poll = index + 1,
		.feed = "probe",
		.url = url,
		.origin_url = url,
		.timeout = (uint32_t)settings->timeout,
		.max_body = (uint64_t)settings->max_body,
		.allow_private = settings->allow_private,
		.insecure = settings->insecure,
		.proxy = settings->proxy,
	};
	struct message_poll copy;
	struct arena arena = { 0 };
	struct buf wire = { 0 };
	int ret;

	message_poll_encode(&wire, &command);
	ret = buf_error(&wire);
	if (ret == 0)
		ret = message_poll_decode(
			(const unsigned char *)wire.data, wire.len, &arena, &copy);
	if (ret == 0)
		ret = poller_start(probe->poller, &arena, &copy);
	arena_done(&arena);
	buf_done(&wire);
	return ret;
}

/* As many as the window has room for; at the end of all, the loop ends. */
static void
start_more(struct probe *probe)
{
	while (probe->error == 0 && probe->next < probe->options->n &&
		probe->next - probe->ended < PROBE_WINDOW)
		probe->error = start(probe, probe->next++);
	if (probe->error != 0 || probe->ended == probe->options->n)
		loop_stop(probe->loop);
}

static int
on_article(void *arg, uint64_t poll, const struct np_article *article)
{
	struct probe *probe = arg;
	const char *title = np_article_title(article), *copy;

	(void)poll;
	if (probe->n_titles == PROBE_TITLES_MAX)
		return 0;
	copy = arena_strdup(&probe->arena, title != NULL ? title : "");
	if (copy == NULL)
		return -ENOMEM;
	probe->dates[probe->n_titles] = np_article_published(article);
	probe->titles[probe->n_titles++] = copy;
	return 0;
}

static void
on_done(void *arg, const struct message_done *done)
{
	struct probe *probe = arg;
	const struct schedule_input input = { .now = loop_now(probe->loop),
		.settings = probe->options->settings,
		.done = done,
		.ttl = done->ttl,
		.skip_hours = done->skip_hours,
		.skip_days = done->skip_days };
	struct schedule_decision decision = { 0 };
	struct probe_result result = {
		.index = (size_t)done->poll - 1,
		.done = done,
		.titles = probe->titles,
		.dates = probe->dates,
		.n_titles = probe->n_titles,
	};

	schedule_decide(&input, &decision);
	result.url = probe->options->url(probe->options->arg, result.index);
	result.next_poll = decision.next_poll - loop_now(probe->loop);
	result.why = decision.why;
	probe->options->result(probe->options->arg, &result);
	probe->ended++;
	probe->n_titles = 0;
	arena_done(&probe->arena);
	start_more(probe);
}

int
probe_run(const struct probe_options *options)
{
	const struct config *config = options->config;
	struct buf user_agent = { 0 };
	struct poller_options polling = { .max_connections = config->max_connections,
		.max_host_connections = config->max_host_connections,
		.host_spacing = options->n > 1 ? config->host_spacing : 0 };
	struct probe probe = { .options = options };
	const struct poller_sink sink = { .article = on_article, .done = on_done, .arg = &probe };
	int ret;

	if (options->n == 0)
		return 0;
	config_put_user_agent(config, &user_agent);
	polling.user_agent = buf_str(&user_agent);
	ret = buf_error(&user_agent);
	if (ret == 0)
		ret = loop_new(&probe.loop);
	if (ret == 0)
		ret = poller_new(probe.loop, &polling, &sink, &probe.poller);
	if (ret == 0) {
		start_more(&probe);
		ret = probe.error != 0 || probe.ended == options->n ? probe.error
								    : loop_run(probe.loop);
	}
	poller_free(probe.poller);
	loop_free(probe.loop);
	arena_done(&probe.arena);
	buf_done(&user_agent);
	return ret < 0 ? ret : probe.error;
}

bool
probe_is_feed(const struct probe_result *result)
{
	return result->done->result == RESULT_OK;
}
