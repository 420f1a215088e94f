/*
 * Runs a fuzz target over its seeds without a fuzzer, so that plain `make check` replays what
 * fuzzing once found. The seeds are the files of seeds/TARGET below the source folder; TARGET is
 * the program's name without "fuzz_". Given file names as arguments, it runs over those. Prints
 * TAP. A target fails by aborting.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole file. Returns 0 or -errno. */
static int
read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");
	int r = 0;

	if (file == NULL)
		return -errno;
	while (r == 0 && !feof(file)) {
		char *room = buf_reserve(out, 65536);

		if (room != NULL)
			buf_add(out, fread(room, 1, 65536, file));
		r = room == NULL ? buf_error(out) : ferror(file) ? -EIO : 0;
	}
	fclose(file);
	return r;
}

/* One seed; a copy of its exact size, so that a sanitizer sees a read beyond it. */
static int
replay(const char *path)
{
	struct buf text = { 0 };
	int r = read_file(path, &text);
	uint8_t *copy;

	if (r == 0) {
		copy = malloc(text.len > 0 ? text.len : 1);
		if (copy == NULL)
			r = -ENOMEM;
		else if (text.len > 0)
			memcpy(copy, text.data, text.len);
		if (copy != NULL)
			LLVMFuzzerTestOneInput(copy, text.len);
		free(copy);
	}
	buf_done(&text);
	return r;
}

static int
is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
report(int number, const char *path, int r)
{
	const char *slash = strrchr(path, '/');

	printf("%s %d - %s\n", r == 0 ? "ok" : "not ok", number, slash ? slash + 1 : path);
	fflush(stdout);
}

static int
replay_folder(const char *folder)
{
	struct dirent **seeds;
	int failed = 0;
	int n = scandir(folder, &seeds, is_seed, alphasort);

	if (n <= 0) {
		printf("Bail out! no seeds in %s\n", folder);
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		struct buf path = { 0 };
		int r;

		buf_printf(&path, "%s/%s", folder, seeds[i]->d_name);
		r = buf_error(&path);
		if (r == 0)
			r = replay(buf_str(&path));
		report(i + 1, seeds[i]->d_name, r);
		failed += r != 0;
		buf_done(&path);
		free(seeds[i]);
	}
	free(seeds);
	return failed > 0;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *target = strstr(argv[0], "fuzz_");
	char folder[PATH_MAX];
	int failed = 0;

	if (argc > 1) {
		printf("1..%d\n", argc - 1);
		for (int i = 1; i < argc; i++) {
			int r = replay(argv[i]);

			report(i, argv[i], r);
			failed += r != 0;
		}
		return failed > 0;
	}
	for (const char *next = target; next != NULL; next = strstr(next + 1, "fuzz_"))
		target = next;
	if (target == NULL) {
		printf("Bail out! %s is not named fuzz_TARGET\n", argv[0]);
		return 1;
	}
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/seeds/%s", srcdir ? srcdir : ".",
		target + strlen("fuzz_"));
	return replay_folder(folder);
}
