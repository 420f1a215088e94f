/*
 * Finds articles. Owns the spool that it opens when one is first wanted: a whole path says itself
 * where its spool is.
 */
#include "tools/operand.h"

#include <errno.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/spool/layout.h"
#include "tools/spool_option.h"

void
operands_done(struct operands *operands)
{
	np_spool_close(operands->spool);
	operands->spool = NULL;
}

/*
 * A path from anywhere: what stands before the part that is a spool's own names the spool. Returns
 * 1 where it is no such path.
 */
static int
read_outside(const char *path, char **ret_line, size_t *ret_size)
{
	struct buf directory = { 0 };
	struct np_spool *spool;
	int error = 1;

	if (spool_is_path(path))
		return 1;
	for (const char *slash = strchr(path, '/'); slash && error == 1;
		slash = strchr(slash + 1, '/')) {
		if (!spool_is_path(slash + 1))
			continue;
		buf_append(&directory, path, (size_t)(slash - path) + 1);
		error = np_spool_open(buf_str(&directory), &spool);
		if (error == 0) {
			error = np_spool_read(spool, slash + 1, ret_line, ret_size);
			np_spool_close(spool);
		}
	}
	buf_done(&directory);
	return error;
}

/* A sequence, a name or a path within the spool. */
static int
read_inside(struct np_spool *spool, const char *what, char **ret_line, size_t *ret_size)
{
	char path[NP_SPOOL_PATH_SIZE];
	uint64_t seq;
	int error;

	if (spool_is_path(what))
		return np_spool_read(spool, what, ret_line, ret_size);
	if (spool_name_parse(what, &seq) < 0 && spool_option_number(what, &seq) < 0)
		return -EINVAL;
	error = np_spool_find(spool, seq, path);
	if (error == 0 && strchr(what, '-') && strcmp(strrchr(path, '/') + 1, what) != 0)
		return -ENOENT;
	return error ? error : np_spool_read(spool, path, ret_line, ret_size);
}

static const char *
reason(int error)
{
	switch (error) {
	case -ENOENT:
		return "no such article in the spool";
	case -EINVAL:
		return "neither a sequence, nor the name or the path of an article";
	case -EBADMSG:
		return "not a record";
	default:
		return spool_option_reason(error);
	}
}

int
operand_read(struct operands *operands, const char *what, char **ret_line, size_t *ret_size)
{
	int error = read_outside(what, ret_line, ret_size);

	if (error == 1 && !operands->spool) {
		int status = spool_option_open(
			operands->call, operands->directory, &operands->spool);

		if (status != COMMAND_OK)
			return status;
	}
	if (error == 1)
		error = read_inside(operands->spool, what, ret_line, ret_size);
	if (error == 0)
		return COMMAND_OK;
	command_say(operands->call, "%s: %s", what, reason(error));
	return COMMAND_FAILED;
}
