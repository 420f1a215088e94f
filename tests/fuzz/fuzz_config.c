/*
 * newspool.conf from bytes. What loads is dumped, and the dump loads to the same; each feed's own
 * settings read back. Files that a text names are opened, never written.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/conf/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct feeds {
	struct buf settings; /* of all feeds, one after the other */
	size_t n;
};

static int
collect(void *arg, const struct config_feed *feed, struct config_error *err)
{
	struct feeds *feeds = arg;

	(void)err;
	if (!*feed->name || !*feed->url || strchr(feed->settings, '\r'))
		abort();
	buf_puts(&feeds->settings, feed->settings);
	feeds->n++;
	return 0;
}

static struct config *
load(const void *data, size_t size, struct feeds *feeds)
{
	const struct config_feed_sink sink = { .feed = collect, .arg = feeds };
	struct config_error err = { "" };
	struct config *config = NULL;
	int fd = memfd_create("conf", MFD_CLOEXEC);
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (config_load(path, &sink, &config, &err) < 0 && !err.text[0])
		abort();
	close(fd);
	return config;
}

static void
check_settings(const struct config *config, const struct feeds *feeds)
{
	struct config_settings settings;
	struct arena arena = { 0 };
	int ret = config_feed_settings(config, buf_str(&feeds->settings), &arena, &settings);

	/* All feeds' headers together may be too many. */
	if (ret < 0 && feeds->n == 1)
		abort();
	arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = { 0 }, second = { 0 };
	struct feeds feeds = { 0 };
	struct config *config = load(data, size, &feeds);

	if (config) {
		if (config->n_feeds != feeds.n)
			abort();
		check_settings(config, &feeds);
		config_dump(config, &first);
		config_free(config);
		config = load(buf_str(&first), first.len, &feeds);
		if (!config)
			abort();
		config_dump(config, &second);
		if (strcmp(buf_str(&first), buf_str(&second)) != 0)
			abort();
		config_free(config);
	}
	buf_done(&feeds.settings);
	buf_done(&first);
	buf_done(&second);
	return 0;
}
