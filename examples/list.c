/*
 * Prints the path of each article of a spool, in the order of delivery.
 *
 *	cc -o list list.c $(pkg-config --cflags --libs newspool)
 *	./list /var/spool/newspool [TAG [AFTER]]
 *
 * TAG may be "" for all articles; AFTER is a sequence to begin behind.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <newspool/spool.h>

static int
print(struct np_spool *spool, const struct np_spool_query *query)
{
	const struct np_spool_entry *entry;
	struct np_spool_list *list;
	int ret = np_spool_list_new(spool, query, &list);

	if (ret < 0)
		return ret;
	while ((ret = np_spool_list_next(list, &entry)) == 1)
		puts(entry->path);
	np_spool_list_free(list);
	return ret;
}

int
main(int argc, char **argv)
{
	struct np_spool_query query = { .tag = argc > 2 && *argv[2] ? argv[2] : NULL };
	struct np_spool *spool;
	int error;

	if (argc < 2) {
		fprintf(stderr, "usage: list SPOOL [TAG [AFTER]]\n");
		return 2;
	}
	query.after = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	error = np_spool_open(argv[1], &spool);
	if (error == 0) {
		error = print(spool, &query);
		np_spool_close(spool);
	}
	if (error)
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-error));
	return error != 0;
}
