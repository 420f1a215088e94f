/* Messages of articles from the spool. Owns nothing; -errno is passed on. */
#include "tools/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/spool/layout.h"
#include "lib/spool/mail.h"
#include "lib/spool/record.h"

/* The content hash of the article of this sequence, for as long as *ret_record lives; or NULL. */
static const unsigned char *
find_hash(struct np_spool *spool, uint64_t seq, struct np_record **ret_record)
{
	char path[NP_SPOOL_PATH_SIZE];

	if (!spool || seq == 0 || np_spool_find(spool, seq, path) < 0 ||
		np_spool_record(spool, path, ret_record) < 0)
		return NULL;
	return np_article_content_hash(np_record_article(*ret_record));
}

int
message_of_line(
	struct np_spool *spool, const char *domain, const char *line, size_t size, struct buf *out)
{
	struct mail_context context = { .domain = domain };
	struct np_record *record = NULL, *revised = NULL, *first = NULL;
	int error = np_record_parse(line, size, &record);

	if (error)
		return error;
	context.revises = find_hash(spool, np_record_revises(record), &revised);
	context.cluster = find_hash(spool, record_meta_of(record)->cluster, &first);
	mail_write(out, np_record_article(record), record_meta_of(record), &context);
	np_record_free(revised);
	np_record_free(first);
	np_record_free(record);
	return buf_error(out);
}

static int
read_file(const char *directory, const char *path, struct buf *out)
{
	struct buf name = { 0 };
	char block[16384];
	ssize_t n = 0;
	int fd = -1, error;

	buf_printf(&name, "%s/%s", directory, path);
	error = buf_error(&name);
	if (error == 0)
		fd = open(
			buf_str(&name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	buf_done(&name);
	if (fd < 0)
		return error ? error : -errno;
	out->max = out->len + NP_SPOOL_RECORD_MAX;
	while ((n = read(fd, block, sizeof(block))) > 0)
		buf_append(out, block, (size_t)n);
	error = n < 0 ? -errno : buf_error(out);
	close(fd);
	return error;
}

int
message_of_path(struct np_spool *spool, const char *directory, const char *domain, const char *path,
	struct buf *out)
{
	char *line;
	size_t size;
	int error;

	if (!spool_is_path(path))
		return -EINVAL;
	if (strstr(path, ".eml"))
		return read_file(directory, path, out);
	error = np_spool_read(spool, path, &line, &size);
	if (error)
		return error;
	error = message_of_line(spool, domain, line, size, out);
	free(line);
	return error;
}
