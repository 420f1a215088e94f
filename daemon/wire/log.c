/*
 * Logging: one line an event, in one write(2), so that lines of several processes never mix.
 *
 * Owns the process-wide state that log.h promises (role, level, whether journald reads standard
 * error), which stands behind log_state(). Nothing here allocates or fails: a line that does not
 * fit is cut, a write that fails is given up, for there is nobody to tell.
 */
#include "daemon/wire/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/wire/log_journal.h"
#include "daemon/wire/log_rate.h"
#include "lib/base/clock.h"

#define LOG_LINE_MAX 4096
#define LOG_ROLE_MAX 32

struct log_state {
	enum log_level level;
	bool journal;
	bool fields; /* journald takes them from this process */
	struct log_rate rate;
	char role[LOG_ROLE_MAX];
};

/* A line in the making; len never reaches LOG_LINE_MAX. */
struct log_text {
	char data[LOG_LINE_MAX];
	size_t len;
};

static const struct {
	const char *name;
	enum log_level level;
} levels[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING },
	{ "notice", LOG_LEVEL_NOTICE },
	{ "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG },
};

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

static struct log_state *
log_state(void)
{
	static struct log_state state = { .level = LOG_LEVEL_INFO };

	return &state;
}

/* $JOURNAL_STREAM holds "device:inode" of the stream that journald reads (systemd.exec(5)). */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	if (stream == NULL || sscanf(stream, "%ju:%ju", &device, &inode) != 2 ||
		fstat(STDERR_FILENO, &st) < 0)
		return false;
	return device == st.st_dev && inode == st.st_ino;
}

void
log_open(const char *role, enum log_level level)
{
	struct log_state *state = log_state();

	snprintf(state->role, sizeof(state->role), "%s", role);
	state->level = level;
	state->journal = stderr_is_journal();
	/* A fetcher's sandbox lets it open no socket but its feeds'. */
	state->fields = state->journal && strcmp(role, "keeper") == 0;
}

void
log_set_level(enum log_level level)
{
	log_state()->level = level;
}

enum log_level
log_get_level(void)
{
	return log_state()->level;
}

int
log_level_parse(const char *name, enum log_level *ret_level)
{
	for (size_t i = 0; i < N_LEVELS; i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*ret_level = levels[i].level;
			return 0;
		}
	}
	return -EINVAL;
}

const char *
log_level_name(enum log_level level)
{
	for (size_t i = 0; i < N_LEVELS; i++) {
		if (levels[i].level == level)
			return levels[i].name;
	}
	return "info";
}

/* Appends with control characters escaped; leaves room for the newline. */
static void
text_put(struct log_text *text, const char *data)
{
	for (; *data != '\0'; data++) {
		unsigned char byte = (unsigned char)*data;

		if (text->len + 6 > sizeof(text->data))
			return;
		if (byte >= 0x20 && byte != 0x7f)
			text->data[text->len++] = *data;
		else
			text->len += (size_t)snprintf(text->data + text->len,
				sizeof(text->data) - text->len, "\\x%02x", byte);
	}
}

/* What stands before a line on standard error. */
static void
text_put_head(struct log_text *text, enum log_level level)
{
	const struct log_state *state = log_state();
	char head[CLOCK_RFC3339_SIZE + LOG_ROLE_MAX + 32];
	char stamp[CLOCK_RFC3339_SIZE];

	if (state->journal) {
		snprintf(head, sizeof(head), "<%d>", (int)level);
	} else {
		clock_rfc3339((int64_t)time(NULL), stamp);
		snprintf(head, sizeof(head), "%s %s ", stamp, log_level_name(level));
	}
	text_put(text, head);
	if (state->role[0] != '\0') {
		text_put(text, state->role);
		text_put(text, ": ");
	}
}

static void
write_line(enum log_level level, const char *line)
{
	struct log_text text = { .len = 0 };

	text_put_head(&text, level);
	text_put(&text, line);
	text.data[text.len++] = '\n';
	if (write(STDERR_FILENO, text.data, text.len) < 0) {
		/* Nobody is left who could be told. */
	}
}

/* To journald with its fields, or as a line on standard error. */
static void
send_line(enum log_level level, const char *feed, const char *message)
{
	const struct log_state *state = log_state();
	struct log_text text = { .len = 0 };

	if (feed != NULL) {
		text_put(&text, "feed=");
		text_put(&text, feed);
		text_put(&text, " ");
	}
	text_put(&text, message);
	text.data[text.len] = '\0';
	if (state->fields && log_journal_send((int)level, state->role, feed, text.data) == 0)
		return;
	write_line(level, text.data);
}

static int64_t
seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec;
}

/* Debugging is for who wants everything. */
static bool
is_admitted(enum log_level level, const char *feed)
{
	char message[96];
	uint32_t left_out = 0;
	bool admitted;

	if (feed == NULL || level >= LOG_LEVEL_DEBUG)
		return true;
	admitted = log_rate_admit(&log_state()->rate, feed, seconds_now(), &left_out);
	if (left_out > 0) {
		snprintf(message, sizeof(message),
			"%" PRIu32 " lines about it were left out: more than %d a minute "
			"event=left-out",
			left_out, LOG_RATE_LINES);
		send_line(LOG_LEVEL_NOTICE, feed, message);
	}
	return admitted;
}

void
log_line(enum log_level level, const char *feed, const char *format, ...)
{
	int saved = errno;
	char message[LOG_LINE_MAX];
	va_list args;

	if (level > log_state()->level || !is_admitted(level, feed))
		return;
	errno = saved; /* for %m */
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	send_line(level, feed, message);
	errno = saved;
}
