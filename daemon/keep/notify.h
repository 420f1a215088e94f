/* What systemd is told (sd_notify(3)); nothing where it did not start us, or without libsystemd. */
#ifndef DAEMON_KEEP_NOTIFY_H
#define DAEMON_KEEP_NOTIFY_H

#include <stdint.h>

void notify_ready(const char *status);
void notify_status(const char *status);
void notify_reloading(int64_t monotonic_ms);
void notify_stopping(void);

/* Something takes its time: the start, or whatever the watchdog waits for, may go on for another minute. */
void notify_busy(void);

/* Says that we live; how often, in ms, 0: never, is what notify_watchdog_interval() gives. */
void notify_watchdog(void);
int64_t notify_watchdog_interval(void);

/* The listening socket that systemd hands over under this name (FileDescriptorName=); -1: none. */
int notify_socket(const char *name);

#endif
