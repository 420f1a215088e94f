/* journald's own protocol, by libsystemd. Stateless; what cannot be sent is told to the caller. */
#include "config.h"

#include "daemon/wire/log_journal.h"

#include <errno.h>

#ifdef HAVE_SYSTEMD

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define MESSAGE_SIZE 8192
#define FIELD_SIZE 512
#define FIELDS_MAX 6

static void
add(struct iovec *fields, int *n, char *text, size_t size, const char *name, const char *value,
	size_t value_size)
{
	int length = snprintf(text, size, "%s=%.*s", name, (int)value_size, value);

	if (length < 0)
		return;
	fields[*n].iov_base = text;
	fields[*n].iov_len = (size_t)length < size ? (size_t)length : size - 1;
	++*n;
}

/* The word behind "event=" at this place; 0: it is none, nor are words of a publisher's that look so. */
static size_t
word_size(const char *message, const char *at)
{
	const char *word = at + strlen("event=");
	size_t size = strspn(word, "abcdefghijklmnopqrstuvwxyz-");

	if (at != message && at[-1] != ' ')
		return 0;
	return word[size] == '\0' || word[size] == ' ' ? size : 0;
}

/* The line's own: the one at its end, else the first. */
static const char *
find_event(const char *message, size_t *ret_size)
{
	const char *first = NULL, *last = NULL;

	for (const char *at = message; (at = strstr(at, "event=")) != NULL; at++) {
		if (word_size(message, at) == 0)
			continue;
		first = first != NULL ? first : at;
		last = at;
	}
	if (last != NULL && last[strlen("event=") + word_size(message, last)] != '\0')
		last = first;
	if (last == NULL)
		return NULL;
	*ret_size = word_size(message, last);
	return last + strlen("event=");
}

int
log_journal_send(int priority, const char *process, const char *feed, const char *message)
{
	char text[MESSAGE_SIZE], more[FIELDS_MAX][FIELD_SIZE], number[2] = { 0 };
	size_t event_size = 0;
	const char *event = find_event(message, &event_size);
	struct iovec fields[FIELDS_MAX];
	int n = 0;

	number[0] = (char)('0' + priority);
	add(fields, &n, text, sizeof(text), "MESSAGE", message, strlen(message));
	add(fields, &n, more[0], FIELD_SIZE, "PRIORITY", number, 1);
	add(fields, &n, more[1], FIELD_SIZE, "SYSLOG_IDENTIFIER", "newspoold", strlen("newspoold"));
	add(fields, &n, more[2], FIELD_SIZE, "NEWSPOOL_PROCESS", process, strlen(process));
	if (feed != NULL)
		add(fields, &n, more[3], FIELD_SIZE, "NEWSPOOL_FEED", feed, strlen(feed));
	if (event != NULL)
		add(fields, &n, more[4], FIELD_SIZE, "NEWSPOOL_EVENT", event, event_size);
	return sd_journal_sendv(fields, n);
}

#else

int
log_journal_send(int priority, const char *process, const char *feed, const char *message)
{
	(void)priority;
	(void)process;
	(void)feed;
	(void)message;
	return -ENOSYS;
}

#endif
