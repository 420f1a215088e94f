/*
 * Runs one hook. Owns the child, which leads a process group and dies with us, a descriptor that
 * tells of its end, the pipe that it writes to, and a timer. States:
 *
 *	RUNNING  the timer is the hook's own: then SIGTERM for the group
 *	ENDING   the timer is a short one: then SIGKILL
 *
 * However it ends, the rest of its group is killed, so nothing of it goes on.
 *
 * Errors: -errno before there is a child; afterwards everything is the run's result.
 */
#define _GNU_SOURCE /* execvpe, close_range */
#include "tools/hook_run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "tools/hook_post.h"

#define GRACE 2000    /* ms between SIGTERM and SIGKILL */
#define LINE_KEPT 200 /* bytes of the last line that is written */
#define EXIT_NOT_RUN 127

enum run_state { RUN_RUNNING, RUN_ENDING };

struct hook_run {
	struct loop *loop;
	enum run_state state;
	pid_t child;
	int pidfd, pipe;
	struct loop_io *end_io, *pipe_io;
	struct loop_timer *timer;
	char line[LINE_KEPT + 1], last[LINE_KEPT + 1]; /* being written; the last that ended */
	size_t n;
	hook_run_done *done;
	void *arg;
};

/* The child */

static void
put_variable(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s=%s", name, value);
	buf_putc(out, '\0');
}

/* What a program needs to find its way, and what the article is; nothing that a publisher wrote. */
static void
put_environment(struct buf *out, const struct hook_job *job)
{
	static const char *const kept[] = { "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ",
		"CREDENTIALS_DIRECTORY" };
	char number[32];

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (getenv(kept[i]))
			put_variable(out, kept[i], getenv(kept[i]));
	put_variable(out, "NEWSPOOL_QUEUE", job->queue->name);
	put_variable(out, "NEWSPOOL_FORMAT",
		job->queue->format == CONFIG_QUEUE_RFC5322 ? "rfc5322" : "json");
	put_variable(out, "NEWSPOOL_FILE", job->file);
	put_variable(out, "NEWSPOOL_NAME", job->name);
	snprintf(number, sizeof(number), "%" PRIu64, job->seq);
	put_variable(out, "NEWSPOOL_SEQ", number);
	snprintf(number, sizeof(number), "%u", job->attempt);
	put_variable(out, "NEWSPOOL_ATTEMPT", number);
}

static int
run_command(const struct hook_job *job)
{
	const char *shell[] = { "sh", "-c", job->queue->hook.command, NULL };
	const char *const *words = job->queue->hook.shell ? shell : job->queue->hook.words;
	struct buf text = { 0 };
	char *environment[32];
	size_t n = 0;

	put_environment(&text, job);
	if (buf_error(&text))
		return EXIT_NOT_RUN;
	for (size_t at = 0; at < text.len && n < 31; at += strlen(text.data + at) + 1)
		environment[n++] = text.data + at;
	environment[n] = NULL;
	execvpe(words[0], (char *const *)words, environment);
	fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
	return EXIT_NOT_RUN;
}

/* Never returns. article is its standard input, out what it writes to. */
__attribute__((noreturn)) static void
be_child(const struct hook_job *job, pid_t parent, int article, int out)
{
	const struct rlimit none = { 0, 0 };
	sigset_t empty;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before it could take us along */
		_exit(EXIT_NOT_RUN);
	setrlimit(RLIMIT_CORE, &none);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(article, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		dup2(out, STDERR_FILENO) < 0 || close_range(3, ~0u, 0) < 0)
		_exit(EXIT_NOT_RUN);
	if (job->queue->hook.webhook)
		_exit(hook_post(job) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	_exit(run_command(job));
}

/* What it writes */

static void
take_byte(struct hook_run *run, char byte)
{
	if (byte != '\n') {
		if (run->n < LINE_KEPT)
			run->line[run->n++] = byte >= ' ' && byte <= '~' ? byte : '?';
		return;
	}
	if (run->n == 0)
		return;
	memcpy(run->last, run->line, run->n);
	run->last[run->n] = '\0';
	run->n = 0;
}

/* All that is there, but no more than a share of it: others want their turn. */
static void
on_output(int fd, int events, void *arg)
{
	struct hook_run *run = arg;
	char block[16384];
	ssize_t n = read(fd, block, sizeof(block));

	(void)events;
	for (ssize_t i = 0; i < n; i++)
		take_byte(run, block[i]);
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	loop_io_free(run->pipe_io);
	run->pipe_io = NULL;
}

/* The end */

static void
say_why(const struct hook_run *run, int status, struct buf *out)
{
	if (run->state == RUN_ENDING)
		buf_puts(out, "took too long");
	else if (WIFSIGNALED(status))
		buf_printf(out, "killed by signal %d", WTERMSIG(status));
	else
		buf_printf(out, "exit status %d", WEXITSTATUS(status));
	if (run->last[0])
		buf_printf(out, ": %s", run->last);
}

static void
release(struct hook_run *run)
{
	loop_io_free(run->end_io);
	loop_io_free(run->pipe_io);
	loop_timer_free(run->timer);
	if (run->pidfd >= 0)
		close(run->pidfd);
	if (run->pipe >= 0)
		close(run->pipe);
	free(run);
}

static void
on_end(int fd, int events, void *arg)
{
	struct hook_run *run = arg;
	struct buf reason = { 0 };
	hook_run_done *done = run->done;
	void *done_arg = run->arg;
	int status = 0;
	bool good;

	(void)fd;
	(void)events;
	kill(-run->child, SIGKILL); /* before its number can be another's */
	if (waitpid(run->child, &status, WNOHANG) == 0)
		return;
	if (run->pipe_io)
		on_output(run->pipe, LOOP_READ, run);
	take_byte(run, '\n');
	good = run->state == RUN_RUNNING && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	say_why(run, status, &reason);
	release(run);
	done(done_arg, good, buf_str(&reason));
	buf_done(&reason);
}

static void
on_timer(void *arg)
{
	struct hook_run *run = arg;

	kill(-run->child, run->state == RUN_RUNNING ? SIGTERM : SIGKILL);
	run->state = RUN_ENDING;
	loop_timer_start(run->timer, GRACE);
}

/* Until it is in a group of its own it is killed alone. */
static void
kill_child(pid_t child)
{
	if (kill(-child, SIGKILL) < 0)
		kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

void
hook_run_free(struct hook_run *run)
{
	if (!run)
		return;
	if (run->child > 0)
		kill_child(run->child);
	release(run);
}

/* The start */

static int
watch(struct hook_run *run, int64_t timeout)
{
	int error = 0;

	run->pidfd = pidfd_open(run->child, 0);
	if (run->pidfd < 0)
		error = -errno;
	if (error == 0)
		error = loop_timer_new(run->loop, on_timer, run, &run->timer);
	if (error == 0)
		error = loop_io_new(run->loop, run->pidfd, LOOP_READ, on_end, run, &run->end_io);
	if (error == 0)
		error = loop_io_new(run->loop, run->pipe, LOOP_READ, on_output, run, &run->pipe_io);
	if (error == 0)
		loop_timer_start(run->timer, timeout);
	return error;
}

static int
spawn(struct hook_run *run, const struct hook_job *job)
{
	int article = open(job->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int ends[2], error = 0;
	pid_t parent = getpid();

	if (article < 0)
		return -errno;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		error = -errno;
		close(article);
		return error;
	}
	run->pipe = ends[0];
	fcntl(run->pipe, F_SETFL, O_NONBLOCK);
	run->child = fork();
	if (run->child == 0)
		be_child(job, parent, article, ends[1]);
	if (run->child < 0)
		error = -errno;
	else
		setpgid(run->child, run->child); /* whoever of us two is first */
	close(ends[1]);
	close(article);
	return error;
}

int
hook_run_start(struct loop *loop, const struct hook_job *job, hook_run_done *done, void *arg,
	struct hook_run **ret_run)
{
	struct hook_run *run = calloc(1, sizeof(*run));
	int error;

	if (!run)
		return -ENOMEM;
	run->loop = loop;
	run->pidfd = run->pipe = -1;
	run->done = done;
	run->arg = arg;
	error = spawn(run, job);
	if (error == 0)
		error = watch(run, job->queue->hook.timeout);
	if (error) {
		hook_run_free(run);
		return error;
	}
	*ret_run = run;
	return 0;
}
