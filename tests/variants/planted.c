/*
 * newspoold whose parser has a hole: a document that holds "<!--planted ACT PATH -->" has the fetcher
 * do that act, as code of an intruder would, and tell in the log how it went. What this shows is the
 * sandbox around it, with the daemon running.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/fetch/fetcher.h"
#include "daemon/wire/log.h"

#define MARK "<!--planted "

struct np_feed_parser;
int __wrap_np_feed_parser_push(struct np_feed_parser *parser, const void *data, size_t size);
int __real_np_feed_parser_push(struct np_feed_parser *parser, const void *data, size_t size);

static int
errno_of(long result)
{
	return result < 0 ? errno : 0;
}

static int
act_read(const char *path)
{
	char data[16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : errno_of(read(fd, data, sizeof(data)));
}

static int
act_list(const char *path)
{
	return errno_of(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int
act_write(const char *path)
{
	return errno_of(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int
act_append(const char *path)
{
	return errno_of(open(path, O_WRONLY | O_APPEND | O_CLOEXEC));
}

static int
act_remove(const char *path)
{
	return errno_of(unlink(path));
}

static int
act_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return errno_of(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int
act_listen(const char *path)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)path;
	return fd < 0 ? errno : errno_of(listen(fd, 1));
}

static int
act_exec(const char *path)
{
	char name[] = "sh", option[] = "-c", command[512];
	char *const argv[] = { name, option, command, NULL };

	snprintf(command, sizeof(command), ": >%s", path);
	return errno_of(execv("/bin/sh", argv));
}

static int
act_trace(const char *path)
{
	(void)path;
	return errno_of(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int
act_peek(const char *path)
{
	char data[16];
	struct iovec here = { data, sizeof(data) }, there = { data, sizeof(data) };

	(void)path;
	return errno_of(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static int
act_signal(const char *path)
{
	(void)path;
	return errno_of(kill(getppid(), SIGCONT));
}

/* The memory that is shared with the keeper: without it, the keeper's next look would kill it. */
static int
act_shrink(const char *path)
{
	(void)path;
	return errno_of(ftruncate(FETCHER_PAGE_FD, 0));
}

static const struct {
	const char *name;
	int (*act)(const char *path); /* 0 where it could be done, else its errno */
} acts[] = {
	{ "read", act_read },
	{ "list", act_list },
	{ "write", act_write },
	{ "append", act_append },
	{ "remove", act_remove },
	{ "connect", act_connect },
	{ "listen", act_listen },
	{ "exec", act_exec },
	{ "trace", act_trace },
	{ "peek", act_peek },
	{ "signal", act_signal },
	{ "shrink", act_shrink },
};

static void
do_act(const char *name, const char *path)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(acts[i].name, name) != 0)
			continue;
		log_notice(NULL, "planted act=%s begins", name);
		log_notice(NULL, "planted act=%s errno=%d", name, acts[i].act(path));
	}
}

int
__wrap_np_feed_parser_push(struct np_feed_parser *parser, const void *data, size_t size)
{
	const char *at = size > 0 ? memmem(data, size, MARK, strlen(MARK)) : NULL;
	char text[1024], name[32], path[512];
	size_t left;

	if (at == NULL)
		return __real_np_feed_parser_push(parser, data, size);
	left = size - (size_t)(at - (const char *)data);
	snprintf(text, sizeof(text), "%.*s", (int)left, at);
	if (sscanf(text, MARK "%31[a-z] %511s", name, path) == 2)
		do_act(name, path);
	return __real_np_feed_parser_push(parser, data, size);
}
