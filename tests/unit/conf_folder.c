/* Folders for tests of the configuration: in $TMPDIR, removed with all that is in them. */
#include <config.h>

#include "tests/unit/conf_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
conf_folder_enter(void **state)
{
	const char *base = getenv("TMPDIR");
	char path[512];

	snprintf(path, sizeof(path), "%s/np-conf-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(path) || chdir(path) < 0)
		return -1;
	*state = strdup(path);
	return *state ? 0 : -1;
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

int
conf_folder_leave(void **state)
{
	int ret = chdir("/");

	if (ret == 0)
		ret = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(*state);
	return ret;
}

void
conf_folder_write(const char *file, const char *text)
{
	const char *slash = strchr(file, '/');
	char folder[256];
	FILE *stream;

	if (slash) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file), file);
		mkdir(folder, 0755);
	}
	stream = fopen(file, "w");
	assert_non_null(stream);
	assert_int_equal(fputs(text, stream) < 0, 0);
	assert_int_equal(fclose(stream), 0);
}
