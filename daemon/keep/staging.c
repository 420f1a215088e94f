/*
 * tmp/ of a spool. Its names are listed before the first is removed, for a folder that changes while
 * it is read may show a name twice or never. Owns nothing.
 *
 * Errors: -errno, with the text of what failed.
 */
#include "daemon/keep/staging.h"

#include <errno.h>
#include <string.h>

#include "daemon/keep/delivery_open.h"
#include "lib/spool/layout.h"

const char *
staging_path(struct arena *arena, const char *name, unsigned int index)
{
	struct buf path = { 0 };
	const char *copy = NULL;

	buf_printf(&path, SPOOL_TMP "/%s", name);
	if (index > 0)
		buf_printf(&path, ".%u", index);
	if (buf_error(&path) == 0)
		copy = arena_strdup(arena, buf_str(&path));
	buf_done(&path);
	return copy;
}

struct names {
	struct arena arena;
	struct name {
		const char *path;
		struct name *next;
	} * first;
};

static int
add_name(void *arg, const char *found)
{
	struct names *names = arg;
	struct name *name;

	if (strcmp(found, DELIVERY_LOCK) == 0)
		return 0;
	name = arena_alloc(&names->arena, sizeof(*name));
	if (!name)
		return -ENOMEM;
	name->path = staging_path(&names->arena, found, 0);
	if (!name->path)
		return -ENOMEM;
	name->next = names->first;
	names->first = name;
	return 0;
}

static void
say(struct buf *ret_what, const char *what, const char *path, int error)
{
	if (error == 0)
		return;
	buf_reset(ret_what);
	buf_printf(ret_what, "%s %s: %s", what, path, strerror(-error));
}

int
staging_empty(const struct file_ops *ops, int dir, struct buf *ret_what)
{
	struct names names = { .first = NULL };
	int error = ops->list(ops->arg, dir, SPOOL_TMP, add_name, &names);

	say(ret_what, "read", SPOOL_TMP, error);
	for (const struct name *name = names.first; name && error == 0; name = name->next) {
		error = ops->unlink(ops->arg, dir, name->path);
		if (error == -ENOENT)
			error = 0;
		say(ret_what, "remove", name->path, error);
	}
	arena_done(&names.arena);
	return error;
}
