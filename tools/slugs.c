/* Lists names. Owns the list until slugs_done(). Errors: -errno. */
#include "tools/slugs.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/spool/layout.h"

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
add(struct slugs *slugs, const char *name)
{
	char *copy;

	if (slugs->n == slugs->size) {
		size_t size = slugs->size ? slugs->size * 2 : 32;
		char **list = reallocarray(slugs->list, size, sizeof(*list));

		if (!list)
			return -ENOMEM;
		slugs->list = list;
		slugs->size = size;
	}
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	slugs->list[slugs->n++] = copy;
	return 0;
}

int
slugs_read(const char *spool, const char *folder, struct slugs *slugs)
{
	struct buf path = { 0 };
	const struct dirent *entry;
	DIR *stream;
	int error;

	buf_printf(&path, "%s/%s", spool, folder);
	error = buf_error(&path);
	stream = error ? NULL : opendir(buf_str(&path));
	if (!stream && error == 0)
		error = errno == ENOENT ? 0 : -errno;
	while (stream && error == 0 && (entry = readdir(stream)) != NULL)
		if (spool_is_slug(entry->d_name))
			error = add(slugs, entry->d_name);
	if (stream)
		closedir(stream);
	buf_done(&path);
	if (slugs->n > 1)
		qsort(slugs->list, slugs->n, sizeof(*slugs->list), compare);
	return error;
}

void
slugs_done(struct slugs *slugs)
{
	for (size_t i = 0; i < slugs->n; i++)
		free(slugs->list[i]);
	free(slugs->list);
	*slugs = (struct slugs){ .n = 0 };
}
