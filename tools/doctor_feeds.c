/*
 * What the daemon tells, and what the database tells of feeds. Reads both.
 */
#include "tools/doctor_feeds.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/keep/store_look.h"

#define FAILURES_MIN 3 /* in a row: a bad day is not worth a word */
#define FEEDS_TOLD_MAX 20
#define LOOK_ROWS 256

/* Whether somebody listens at a socket: 0, or errno. */
static int
knock(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, error = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return ENOTSOCK;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		error = errno;
	close(fd);
	return error;
}

/* What keeps a socket shut; an error that is not here is left to whoever asks next. */
static const struct {
	int error;
	bool bad;
	const char *finding, *advice;
} doors[] = {
	{ ENOENT, false, "it does not run", "systemctl start newspoold" },
	{ ECONNREFUSED, false, "it does not run, and left its socket behind",
		"systemctl start newspoold; journalctl -u newspoold says why it ended" },
	{ EACCES, true, "you may not ask it",
		"be root, or a member of the socket's group (control-group)" },
	{ ENOTSOCK, true, "what stands in its socket's place is none",
		"move it away: the daemon does not touch it" },
};

static bool
is_open(const struct diagnosis_sink *sink, const char *path)
{
	int error = knock(path);

	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
		if (doors[i].error != error)
			continue;
		if (doors[i].bad)
			diagnosis_bad(
				sink, "daemon", doors[i].advice, "%s: %s", path, doors[i].finding);
		else
			diagnosis_note(sink, "daemon", doors[i].advice, "%s", doors[i].finding);
		return false;
	}
	return true;
}

void
doctor_daemon(const struct diagnosis_sink *sink, struct control_client *client)
{
	struct control_answer answer;
	const struct control_value *problems;

	if (client->given == NULL) {
		diagnosis_note(sink, "daemon", "give [daemon] a control socket",
			"control is empty: nobody can ask it");
		return;
	}
	if (!is_open(sink, client->given))
		return;
	if (control_client_try(client, "GET", "/healthz", &answer) != COMMAND_OK) {
		diagnosis_bad(sink, "daemon",
			"systemctl status newspoold, and journalctl -u newspoold, say why",
			"it does not answer at %s", client->given);
		return;
	}
	problems = control_member(answer.json, "problems");
	for (size_t i = 0; i < control_size(problems); i++)
		diagnosis_bad(sink, "daemon", control_text(control_at(problems, i), "message"),
			"it says %s", control_text(control_at(problems, i), "code"));
	if (control_flag(answer.json, "healthy"))
		diagnosis_good(sink, "daemon", "it runs, and all is well");
	control_answer_done(&answer);
}

/* What helps against a result, and an HTTP status where one is given. */
static const struct {
	enum message_result result;
	int status; /* 0: any */
	const char *advice;
} cures[] = {
	{ RESULT_GONE, 0, "it is gone for good: remove it, or give it a new url" },
	{ RESULT_NOT_A_FEED, 0,
		"look at the url in a browser: 'newspool add' finds a feed on a page" },
	{ RESULT_HTTP_ERROR, 401, "give it user and password-file, or token-file" },
	{ RESULT_HTTP_ERROR, 403,
		"the server refuses: say in user-agent how its operator reaches you, or ask them" },
	{ RESULT_HTTP_ERROR, 404, "it is not there: give it a new url, or remove it" },
	{ RESULT_HTTP_ERROR, 429, "it is polled too often: raise its interval" },
	{ RESULT_HTTP_ERROR, 451, "it may not be had from here: remove it" },
	{ RESULT_HTTP_ERROR, 0, "its server is in trouble: wait, or ask its operator" },
	{ RESULT_NETWORK_ERROR, 0,
		"is the name right, the network up, the certificate good? 'newspool fetch URL' "
		"shows it" },
	{ RESULT_TIMEOUT, 0, "raise its timeout, or wait" },
	{ RESULT_TOO_LARGE, 0, "raise its max-body where so much is meant" },
	{ RESULT_TRUNCATED, 0, "its server breaks off: wait, or ask its operator" },
	{ RESULT_REDIRECT, 0, "its url leads round in circles: give it the one of its page" },
	{ RESULT_REFUSED, 0, "where it is in your own network: allow-private = yes, for it alone" },
	{ RESULT_INTERNAL, 0, "the log says what went wrong here" },
};

static const char *
cure_of(const struct store_feed *feed)
{
	for (size_t i = 0; i < sizeof(cures) / sizeof(cures[0]); i++)
		if (cures[i].result == feed->result &&
			(cures[i].status == 0 || cures[i].status == feed->status))
			return cures[i].advice;
	return "'newspool feed NAME' shows its last polls";
}

struct round {
	const struct diagnosis_sink *sink;
	struct store *store;
	int64_t n, bad, told;
};

static int
look_at(struct round *round, int64_t id)
{
	struct arena arena = { 0 };
	struct store_feed feed;
	int got = store_feed_get(round->store, id, &arena, &feed);
	bool bad = got == 1 && !feed.paused && (feed.stopped || feed.failures >= FAILURES_MIN);

	round->n += got == 1;
	round->bad += bad;
	if (bad && round->told++ < FEEDS_TOLD_MAX)
		diagnosis_bad(round->sink, "feed", cure_of(&feed),
			"%s: %" PRId64 " failures in a row%s: %s", feed.name, feed.failures,
			feed.stopped ? ", and it is polled no more" : "",
			feed.reason != NULL ? feed.reason : message_result_name(feed.result));
	arena_done(&arena);
	return got < 0 ? got : 0;
}

static int
look_at_all(struct round *round)
{
	struct arena arena = { 0 };
	const char *after = "";
	size_t n;
	int error;

	do {
		struct store_name names[LOOK_ROWS];

		n = 0;
		error = store_feed_names(round->store, after, LOOK_ROWS, &arena, names, &n);
		for (size_t i = 0; i < n && error == 0; i++)
			error = look_at(round, names[i].id);
		after = n > 0 ? names[n - 1].name : after;
	} while (n == LOOK_ROWS && error == 0);
	arena_done(&arena);
	return error;
}

/* What helps where the database cannot be read. */
static const char *
cure_of_error(int error)
{
	if (error == -EACCES || error == -EPERM)
		return "run this as root or as the daemon's user";
	if (error == -ENOTSUP)
		return "run the newspool of the daemon's version";
	return "take the last copy that 'newspool backup' made, or move it away: newspool(1), "
	       "backup";
}

void
doctor_feeds(const struct diagnosis_sink *sink, const struct config *config)
{
	struct round round = { .sink = sink };
	struct config_error err = { "" };
	int error;

	if (access(config->database, F_OK) < 0)
		return;
	error = store_look_open(config->database, &round.store, &err);
	if (error == 0) {
		error = look_at_all(&round);
		store_close(round.store);
	}
	if (error != 0)
		diagnosis_bad(sink, "feeds", cure_of_error(error), "%s",
			err.text[0] != '\0' ? err.text : strerror(-error));
	else if (round.bad > FEEDS_TOLD_MAX)
		diagnosis_bad(sink, "feeds", "'newspool feeds --state failing' has them all",
			"%" PRId64 " of %" PRId64 " have been failing", round.bad, round.n);
	else if (round.bad == 0)
		diagnosis_good(sink, "feeds", "none of %" PRId64 " has been failing", round.n);
}
