/*
 * How fast documents are parsed, in processor time: the library against expat over the same bytes,
 * and newspool, sfeed, feedparser and libmrss as whole processes. Prints one line a figure: name,
 * value, unit, ratio, yardstick. Programs that are not installed are left out.
 *
 * Usage: parse DIR [ROUNDS]     DIR holds feed documents; those that expat accepts are measured.
 *
 * Each round measures every way once, one after the other, so that a machine that changes its speed changes all of
 * them; the figures are medians over the rounds.
 */
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <expat.h>

#include <newspool/feed.h>

#include "lib/base/buf.h"
#include "lib/spool/record.h"

#define FILES_MAX 4096
#define ROUNDS_MAX 99
#define ROUNDS_SLOW 1
#define PIECE 16384

extern char **environ;

struct document {
	char *path;
	char *data;
	size_t size;
};

enum way { WAY_EXPAT, WAY_PLAIN, WAY_ALL, WAY_PROCESS, WAY_SFEED, WAY_MRSS, WAY_FEEDPARSER, WAYS };

struct bench;

struct process {
	const char *name;
	const char *program; /* a path, to see whether it is there; NULL: from the environment */
	void (*run)(struct bench *bench);
};

struct bench {
	struct document documents[FILES_MAX];
	size_t n, bytes;
	const char *newspool;
	const char *mrss; /* tests/bench/mrss */
	bool there[WAYS];
	double seconds[WAYS][ROUNDS_MAX];
	size_t records; /* bytes written, so that nothing is optimised away */
};

static double
cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double
children_cpu(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	(void)arg;
	(void)name;
	(void)attributes;
}

static void
on_end(void *arg, const XML_Char *name)
{
	(void)arg;
	(void)name;
}

static void
on_text(void *arg, const XML_Char *text, int size)
{
	(void)arg;
	(void)text;
	(void)size;
}

/* The yardstick: namespaces, and handlers that do nothing. */
static bool
run_expat(const struct document *document)
{
	XML_Parser parser = XML_ParserCreateNS(NULL, '\n');
	bool good = true;

	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	for (size_t at = 0; at < document->size && good; at += PIECE) {
		size_t left = document->size - at;

		good = XML_Parse(parser, document->data + at, (int)(left < PIECE ? left : PIECE),
			       left <= PIECE) == XML_STATUS_OK;
	}
	XML_ParserFree(parser);
	return good;
}

/* Ours: to articles, and to the lines of records where everything is asked for. */
static void
run_newspool(struct bench *bench, const struct document *document, bool all)
{
	struct np_feed_options options = { .url = "https://example.org/feed", .no_html = !all };
	struct np_feed_parser *parser;
	struct np_article *article;
	struct buf line = { 0 };

	if (np_feed_parser_new(&options, &parser) < 0)
		abort();
	for (size_t at = 0; at < document->size; at += PIECE) {
		size_t left = document->size - at;

		if (np_feed_parser_push(parser, document->data + at, left < PIECE ? left : PIECE) <
			0)
			break;
	}
	np_feed_parser_finish(parser);
	while (np_feed_parser_take(parser, &article) == 1) {
		buf_reset(&line);
		if (all)
			record_write(&line, article, NULL);
		bench->records += line.len + 1;
		np_article_free(article);
	}
	buf_done(&line);
	np_feed_parser_free(parser);
}

static void
spawn(const char *program, char **arguments, const char *input)
{
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, program, &actions, NULL, arguments, environ) == 0)
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
}

/* All documents in one process, their names behind some arguments. */
static void
run_all(struct bench *bench, const char *program, const char *const *first)
{
	static char *arguments[FILES_MAX + 8];
	size_t n = 0;

	for (; first[n] != NULL; n++)
		arguments[n] = (char *)first[n];
	for (size_t i = 0; i < bench->n; i++)
		arguments[n++] = bench->documents[i].path;
	arguments[n] = NULL;
	spawn(program, arguments, "/dev/null");
}

static void
run_process(struct bench *bench)
{
	static const char *const first[] = { "newspool", "parse", "--no-html", "--lines", NULL };

	run_all(bench, bench->newspool, first);
}

static void
run_mrss(struct bench *bench)
{
	static const char *const first[] = { "mrss", NULL };

	run_all(bench, bench->mrss, first);
}

static void
run_feedparser(struct bench *bench)
{
	static const char *const first[] = { "python3", "-c",
		"import feedparser, sys\n"
		"for name in sys.argv[1:]: feedparser.parse(open(name, 'rb').read())",
		NULL };

	run_all(bench, "/usr/bin/python3", first);
}

/* sfeed reads one document a process. */
static void
run_sfeed(struct bench *bench)
{
	char *arguments[] = { (char *)"sfeed", (char *)"https://example.org/", NULL };

	for (size_t i = 0; i < bench->n; i++)
		spawn("sfeed", arguments, bench->documents[i].path);
}

static const struct process processes[WAYS] = {
	[WAY_PROCESS] = { "parse-process-newspool", NULL, run_process },
	[WAY_SFEED] = { "parse-process-sfeed", "/usr/bin/sfeed", run_sfeed },
	[WAY_MRSS] = { "parse-process-libmrss", NULL, run_mrss },
	[WAY_FEEDPARSER] = { "parse-process-feedparser",
		"/usr/lib/python3/dist-packages/feedparser/__init__.py", run_feedparser },
};

static double
measure(struct bench *bench, enum way way)
{
	double begin = way >= WAY_PROCESS ? children_cpu() : cpu_now();

	if (way >= WAY_PROCESS) {
		processes[way].run(bench);
		return children_cpu() - begin;
	}
	for (size_t i = 0; i < bench->n; i++) {
		if (way == WAY_EXPAT)
			run_expat(&bench->documents[i]);
		else
			run_newspool(bench, &bench->documents[i], way == WAY_ALL);
	}
	return cpu_now() - begin;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(values[0]), by_value);
	return values[n / 2];
}

/* How much faster one way was than another: the median of the rounds' ratios. */
static double
ratio(const struct bench *bench, enum way way, enum way yardstick, int rounds)
{
	double values[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++)
		values[i] = bench->seconds[yardstick][i] / bench->seconds[way][i];
	return median(values, rounds);
}

static void
print_line(struct bench *bench, const char *name, enum way way, const char *yardstick,
	enum way other, int rounds)
{
	double share = ratio(bench, way, other, rounds), values[ROUNDS_MAX];

	memcpy(values, bench->seconds[way], sizeof(values));
	printf("%-34s %10.1f %-12s %8.3f %s\n", name,
		(double)bench->bytes / 1e6 / median(values, rounds), "MB/s", share, yardstick);
}

static bool
load(const char *path, struct document *ret_document)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;

	*ret_document = (struct document){ 0 };
	if (good) {
		ret_document->size = (size_t)st.st_size;
		ret_document->data = malloc(ret_document->size);
		ret_document->path = strdup(path);
		good = ret_document->data != NULL && ret_document->path != NULL &&
		       read(fd, ret_document->data, ret_document->size) == st.st_size;
	}
	if (fd >= 0)
		close(fd);
	return good;
}

static void
unload(struct document *document)
{
	free(document->data);
	free(document->path);
}

static void
load_all(struct bench *bench, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && bench->n < FILES_MAX && (entry = readdir(dir)) != NULL) {
		struct document *document = &bench->documents[bench->n];
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] == '.')
			continue;
		if (!load(path, document) || !run_expat(document)) {
			unload(document);
			continue;
		}
		bench->bytes += document->size;
		bench->n++;
	}
	if (dir != NULL)
		closedir(dir);
}

/* A Python parser takes seconds: it is measured in the first rounds alone. */
static int
rounds_of(enum way way, int rounds)
{
	return way == WAY_FEEDPARSER && rounds > ROUNDS_SLOW ? ROUNDS_SLOW : rounds;
}

static void
look_for_programs(struct bench *bench)
{
	const char *newspool = getenv("NEWSPOOL"), *mrss = getenv("MRSS");

	bench->newspool = newspool != NULL ? newspool : "./newspool";
	bench->mrss = mrss != NULL ? mrss : "tests/bench/mrss";
	for (int way = 0; way < WAYS; way++)
		bench->there[way] = processes[way].program == NULL ||
				    access(processes[way].program, R_OK) == 0;
	bench->there[WAY_MRSS] = access(bench->mrss, X_OK) == 0;
}

static void
print_figures(struct bench *bench, int rounds)
{
	enum way other = bench->there[WAY_SFEED] ? WAY_SFEED : WAY_PROCESS;

	printf("# %zu documents, %.1f MB, %d rounds\n", bench->n, (double)bench->bytes / 1e6,
		rounds);
	print_line(bench, "parse-expat", WAY_EXPAT, "expat", WAY_EXPAT, rounds);
	print_line(bench, "parse-plain", WAY_PLAIN, "expat", WAY_EXPAT, rounds);
	print_line(bench, "parse-everything", WAY_ALL, "expat", WAY_EXPAT, rounds);
	for (int way = WAY_PROCESS; way < WAYS; way++) {
		if (bench->there[way])
			print_line(bench, processes[way].name, (enum way)way,
				other == WAY_SFEED ? "sfeed" : "newspool", other,
				rounds_of((enum way)way, rounds));
		else
			printf("# %s: not installed, left out\n", processes[way].name);
	}
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 7;

	if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: parse DIR [ROUNDS up to %d]\n", ROUNDS_MAX);
		return 2;
	}
	look_for_programs(&bench);
	load_all(&bench, argv[1]);
	if (bench.n == 0) {
		fprintf(stderr, "parse: no document that expat accepts in %s\n", argv[1]);
		return 1;
	}
	for (int round = 0; round < rounds; round++) {
		for (int way = 0; way < WAYS; way++)
			if (bench.there[way] && round < rounds_of((enum way)way, rounds))
				bench.seconds[way][round] = measure(&bench, (enum way)way);
	}
	print_figures(&bench, rounds);
	for (size_t i = 0; i < bench.n; i++)
		unload(&bench.documents[i]);
	return bench.records > 0 ? 0 : 1;
}
