/*
 * Takes articles from a queue and prints their titles. Any number of these may be at work on one
 * queue; each article goes to one of them. What a worker that died had in its hands is taken by
 * another after a while.
 *
 *	cc -o worker worker.c $(pkg-config --cflags --libs newspool)
 *	./worker /var/spool/newspool indexer
 *
 * With a third argument it ends when the queue is empty.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <newspool/spool.h>

#define STALE 600   /* seconds: no article takes us longer */
#define PAUSE 60000 /* ms between two looks for what others left */

/* Does the work for one article: 0, or -errno where it is to be tried again. */
static int
work(struct np_spool *spool, const struct np_spool_entry *entry)
{
	struct np_record *record;
	const char *title;
	int error = np_spool_record(spool, entry->path, &record);

	if (error)
		return error;
	title = np_article_title(np_record_article(record));
	printf("%s %s\n", entry->name, title ? title : "(no title)");
	np_record_free(record);
	return fflush(stdout) == 0 ? 0 : -errno;
}

/* Takes one article. Returns 1, 0 when there is none, or -errno. */
static int
take_one(struct np_spool *spool, struct np_queue *queue)
{
	const struct np_spool_entry *entry;
	int error, ret = np_queue_claim(queue, &entry);

	if (ret <= 0)
		return ret;
	error = work(spool, entry);
	if (error == 0)
		error = np_queue_finish(queue, entry->path);
	else
		np_queue_release(queue, entry->path);
	return error ? error : 1;
}

static int
run(struct np_spool *spool, struct np_queue *queue, int until_empty)
{
	int ret = np_queue_reap(queue, time(NULL) - STALE, NULL);

	while (ret >= 0) {
		ret = take_one(spool, queue);
		if (ret == 0 && until_empty)
			break;
		if (ret == 0)
			ret = np_queue_wait(queue, PAUSE);
		if (ret == 0)
			ret = np_queue_reap(queue, time(NULL) - STALE, NULL);
	}
	return ret;
}

int
main(int argc, char **argv)
{
	struct np_spool *spool = NULL;
	struct np_queue *queue = NULL;
	int error;

	if (argc < 3) {
		fprintf(stderr, "usage: worker SPOOL QUEUE [once]\n");
		return 2;
	}
	error = np_spool_open(argv[1], &spool);
	if (error == 0)
		error = np_queue_open(spool, argv[2], NULL, &queue);
	if (error == 0)
		error = run(spool, queue, argc > 3);
	if (error < 0)
		fprintf(stderr, "%s, queue %s: %s\n", argv[1], argv[2], strerror(-error));
	np_queue_close(queue);
	np_spool_close(spool);
	return error < 0;
}
