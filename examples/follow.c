/*
 * Prints the title of each article of a spool, or of one of its tags, as it comes, and keeps its
 * place in the spool as the cursor "example": what was printed before is not printed again.
 *
 *	cc -o follow follow.c $(pkg-config --cflags --libs newspool)
 *	./follow /var/spool/newspool technology-news
 *
 * With a third argument it ends after so many articles.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <newspool/spool.h>

#define CURSOR "example"

static int
fail(const char *what, int error)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-error));
	return 1;
}

/* Does the work for one article. Returns 0 or -errno. */
static int
print(struct np_spool *spool, const struct np_spool_entry *entry)
{
	const struct np_article *article;
	struct np_record *record;
	int error = np_spool_record(spool, entry->path, &record);

	if (error == -ENOENT) /* retention was faster */
		return 0;
	if (error)
		return error;
	article = np_record_article(record);
	printf("%" PRIu64 " %s\n", entry->seq,
		np_article_title(article) ? np_article_title(article) : "(no title)");
	np_record_free(record);
	return fflush(stdout) == 0 ? 0 : -errno;
}

/* Articles until n of them are done. The cursor moves after the work, so nothing is lost. */
static int
run(struct np_spool *spool, struct np_spool_follow *follow, unsigned long n)
{
	const struct np_spool_entry *entry;
	unsigned long done = 0;
	int ret;

	while (done < n) {
		ret = np_spool_follow_next(follow, &entry);
		if (ret == 0)
			ret = np_spool_follow_wait(follow, -1);
		else if (ret == 1) {
			ret = print(spool, entry);
			if (ret == 0)
				ret = np_cursor_ack(spool, CURSOR, entry->seq);
			done++;
		}
		if (ret < 0)
			return fail("following", ret);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct np_spool_query query = { .tag = argc > 2 && *argv[2] ? argv[2] : NULL };
	struct np_spool_follow *follow = NULL;
	struct np_spool *spool = NULL;
	int error, status;

	if (argc < 2) {
		fprintf(stderr, "usage: follow SPOOL [TAG [NUMBER]]\n");
		return 2;
	}
	error = np_spool_open(argv[1], &spool);
	if (error)
		return fail(argv[1], error);
	error = np_cursor_read(spool, CURSOR, &query.after);
	if (error == 0 || error == -ENOENT) /* none yet: from the beginning */
		error = np_spool_follow_new(spool, &query, &follow);
	if (error)
		status = fail(CURSOR, error);
	else
		status = run(spool, follow, argc > 3 ? strtoul(argv[3], NULL, 10) : -1UL);
	np_spool_follow_free(follow);
	np_spool_close(spool);
	return status;
}
