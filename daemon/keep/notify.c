/* systemd's notifications. Stateless; what cannot be told is not our trouble. */
#include "config.h"

#include "daemon/keep/notify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_SYSTEMD

#include <systemd/sd-daemon.h>

void
notify_ready(const char *status)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void
notify_status(const char *status)
{
	(void)sd_notifyf(0, "STATUS=%s", status);
}

void
notify_reloading(int64_t monotonic_ms)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, monotonic_ms * 1000);
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void
notify_busy(void)
{
	(void)sd_notify(0, "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=60000000");
}

void
notify_watchdog(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

int64_t
notify_watchdog_interval(void)
{
	uint64_t usec = 0;

	return sd_watchdog_enabled(0, &usec) > 0 ? (int64_t)(usec / 1000 / 2) : 0;
}

int
notify_socket(const char *name)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(0, &names), found = -1;

	for (int i = 0; i < n; i++) {
		if (found < 0 && strcmp(names[i], name) == 0)
			found = SD_LISTEN_FDS_START + i;
		free(names[i]);
	}
	free(names);
	return found;
}

#else

void
notify_ready(const char *status)
{
	(void)status;
}

void
notify_status(const char *status)
{
	(void)status;
}

void
notify_reloading(int64_t monotonic_ms)
{
	(void)monotonic_ms;
}

void
notify_stopping(void)
{
}

void
notify_busy(void)
{
}

void
notify_watchdog(void)
{
}

int64_t
notify_watchdog_interval(void)
{
	return 0;
}

int
notify_socket(const char *name)
{
	(void)name;
	return -1;
}

#endif
