/*
 * One line an event on standard error, in logfmt: message first for a person, then key=value pairs.
 * Under systemd (JOURNAL_STREAM) the keeper's lines go to journald with fields (log_journal.h), and
 * others begin with their priority (sd-daemon(3)). A feed has no more than LOG_RATE_LINES lines a
 * minute above debug (log_rate.h). The layer that
 * decides logs, once; the layers below return.
 */
#ifndef DAEMON_WIRE_LOG_H
#define DAEMON_WIRE_LOG_H

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

/* Process-wide, set once at start: who speaks ("keeper", "fetcher-0") and up to which level. */
void log_open(const char *role, enum log_level level);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

const char *log_level_name(enum log_level level);

/* "error", "warning", "notice", "info", "debug". Returns 0 or -EINVAL. */
int log_level_parse(const char *name, enum log_level *ret_level);

/*
 * Logs one line; feed may be NULL, else the line begins with feed=NAME. Control characters are
 * escaped, the line is cut at 4 KiB. Never fails, never allocates.
 */
void log_line(enum log_level level, const char *feed, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(feed, ...) log_line(LOG_LEVEL_ERROR, feed, __VA_ARGS__)
#define log_warning(feed, ...) log_line(LOG_LEVEL_WARNING, feed, __VA_ARGS__)
#define log_notice(feed, ...) log_line(LOG_LEVEL_NOTICE, feed, __VA_ARGS__)
#define log_info(feed, ...) log_line(LOG_LEVEL_INFO, feed, __VA_ARGS__)
#define log_debug(feed, ...) log_line(LOG_LEVEL_DEBUG, feed, __VA_ARGS__)

#endif
