/* Lines for journald, with fields that can be asked for (journalctl NEWSPOOL_FEED=…). */
#ifndef DAEMON_WIRE_LOG_JOURNAL_H
#define DAEMON_WIRE_LOG_JOURNAL_H

/*
 * Sends a line: MESSAGE, PRIORITY, NEWSPOOL_PROCESS, and, where there are, NEWSPOOL_FEED and
 * NEWSPOOL_EVENT (the line's event=). feed may be NULL. Returns 0; or -errno, -ENOSYS without
 * libsystemd: then nothing was sent.
 */
int log_journal_send(int priority, const char *process, const char *feed, const char *message);

#endif
