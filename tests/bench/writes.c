/*
 * The yardstick of tests/bench/firstsync: files written to tmp/, flushed with the file system in
 * batches and renamed to their place, with both folders flushed behind them; nothing else.
 *
 * Usage: writes FOLDER FILES SIZE BATCH. Prints the seconds that it took.
 */
#define _GNU_SOURCE /* syncfs */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct writes {
	int dir, tmp, place;
	char *data;
	size_t size;
};

static void
must(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int
make_folder(int dir, const char *name)
{
	int fd;

	must(mkdirat(dir, name, 0750), name);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd, name);
	return fd;
}

static void
write_file(const struct writes *writes, const char *name)
{
	int fd = openat(writes->tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0440);

	must(fd, name);
	if (write(fd, writes->data, writes->size) != (ssize_t)writes->size)
		must(-1, "write");
	must(close(fd), name);
}

static void
write_batch(const struct writes *writes, size_t first, size_t n)
{
	char name[32];

	for (size_t i = first; i < first + n; i++) {
		snprintf(name, sizeof(name), "%016zu.json", i);
		write_file(writes, name);
	}
	must(syncfs(writes->dir), "syncfs");
	for (size_t i = first; i < first + n; i++) {
		snprintf(name, sizeof(name), "%016zu.json", i);
		must(renameat(writes->tmp, name, writes->place, name), name);
	}
	must(fsync(writes->place), "fsync");
	must(fsync(writes->tmp), "fsync");
}

int
main(int argc, char **argv)
{
	struct writes writes = { 0 };
	size_t files, batch;
	double begin;

	if (argc != 5)
		return 2;
	files = strtoul(argv[2], NULL, 10);
	writes.size = strtoul(argv[3], NULL, 10);
	batch = strtoul(argv[4], NULL, 10);
	writes.data = malloc(writes.size + 1);
	if (writes.data == NULL || batch == 0)
		return 2;
	memset(writes.data, 'x', writes.size);
	writes.dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(writes.dir, argv[1]);
	writes.tmp = make_folder(writes.dir, "tmp");
	writes.place = make_folder(writes.dir, "place");
	begin = now();
	for (size_t i = 0; i < files; i += batch)
		write_batch(&writes, i, files - i < batch ? files - i : batch);
	printf("%.6f\n", now() - begin);
	return 0;
}
