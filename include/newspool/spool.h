/*
 * newspool/spool.h: reading a spool.
 *
 * A spool is a directory that newspoold delivers articles into; newspool-spool(5) describes it.
 * Any number of programs may read while the daemon writes: what is seen is whole, and what vanishes
 * in between (retention) reads as -ENOENT, to be skipped. Only cursors and queues change anything
 * in it. An object is for one thread at a time; a spool must outlive what was made of it, and two of
 * them do not know of each other. Functions return 0 or -errno where nothing else is said.
 *
 *	struct np_spool *spool;
 *	struct np_spool_list *list;
 *	const struct np_spool_entry *entry;
 *	struct np_spool_query query = { .tag = "technology-news", .after = cursor };
 *
 *	if (np_spool_open("/var/spool/newspool", &spool) < 0 ||
 *	    np_spool_list_new(spool, &query, &list) < 0)
 *		…
 *	while (np_spool_list_next(list, &entry) == 1) {
 *		struct np_record *record;
 *
 *		if (np_spool_record(spool, entry->path, &record) < 0)
 *			continue;
 *		puts(np_article_title(np_record_article(record)));
 *		np_record_free(record);
 *		cursor = entry->seq;
 *	}
 */
#ifndef NEWSPOOL_SPOOL_H
#define NEWSPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <newspool/article.h>

#ifdef __cplusplus
extern "C" {
#endif

struct np_spool;
struct np_spool_list;
struct np_record;

/* Room for any path within a spool, with the NUL. */
#define NP_SPOOL_PATH_SIZE 320

/* The longest record that is read; no article comes near. */
#define NP_SPOOL_RECORD_MAX (256u * 1024 * 1024)

/*
 * Opens a spool. -EINVAL: the directory is none, for it has no articles/ in it.
 */
int np_spool_open(const char *directory, struct np_spool **ret_spool);
void np_spool_close(struct np_spool *spool);

/* What to list. All members may be 0, and reserved must be. */
struct np_spool_query {
	const char *tag;   /* the articles of this tag; NULL: all */
	uint64_t after;    /* only sequences above this one: where a reader stands */
	int64_t since;     /* only what was delivered at this time (seconds since 1970) or later */
	int64_t until;     /* only what was delivered before this time; 0: no end */
	bool newest_first; /* else in the order of delivery */
	uint64_t reserved[4];
};

/* One delivered article. Its texts live until the next call on the list. */
struct np_spool_entry {
	uint64_t seq;
	const char *name; /* "0000000000001234-9f2c4e11a0b37d58.json" */
	const char *day;  /* "2026-11-23": the folder */
	const char *path; /* relative to the spool, for np_spool_read() */
};

/*
 * Lists what the spool holds. Nothing is read ahead but one day's names.
 *
 * May who has been given sequence N believe that nothing below N is still to come? Yes, in all
 * articles and in one tag alike. The daemon moves articles into place one after another in the
 * order of their sequences, after a kill too: at its next start it first moves what it had
 * committed. Days never go back, not even where the clock does. A list is read so that what comes
 * while it is read cannot hide what came before. So when an entry was given, everything delivered
 * before it has been, and its seq may be kept as `after` for the next time. Not all numbers are
 * used. Between two folders nothing is promised: articles/ may be ahead of a tag.
 *
 * The exception: an article that a second feed has too is linked into that feed's tags later, with
 * its old seq. A reader of the tag that has passed that seq does not see it.
 *
 * -EINVAL: the tag is no slug. A tag that nothing has yet gives an empty list.
 */
int np_spool_list_new(struct np_spool *spool, const struct np_spool_query *query,
	struct np_spool_list **ret_list);

/* Returns 1 and an entry, 0 at the end, or -errno. */
int np_spool_list_next(struct np_spool_list *list, const struct np_spool_entry **ret_entry);
void np_spool_list_free(struct np_spool_list *list);

/* Where the article of this sequence is. -ENOENT: it is not there, or not any more. */
int np_spool_find(struct np_spool *spool, uint64_t seq, char ret_path[NP_SPOOL_PATH_SIZE]);

/*
 * Reads a record: one line of JSON with its newline, and a NUL that size does not count. The caller
 * frees it with free(). -EINVAL: path is not a path of an article in a spool; -EBADMSG: the file is
 * no record; -E2BIG.
 */
int np_spool_read(struct np_spool *spool, const char *path, char **ret_line, size_t *ret_size);

/* The same, parsed. */
int np_spool_record(struct np_spool *spool, const char *path, struct np_record **ret_record);

/* A record from its line. -EBADMSG: it is none, or of a schema that this library does not know. */
int np_record_parse(const char *line, size_t size, struct np_record **ret_record);
void np_record_free(struct np_record *record);

/* What the publisher said; belongs to the record. */
const struct np_article *np_record_article(const struct np_record *record);

/* What newspool added. Texts are NULL where there is none and belong to the record. */
uint64_t np_record_seq(const struct np_record *record);     /* 0: never delivered */
uint64_t np_record_revises(const struct np_record *record); /* 0: no revision */
uint64_t np_record_cluster(const struct np_record *record); /* first that says the same; 0: none */
/* The similarity hash; false where the article says too little to have one. */
bool np_record_simhash(const struct np_record *record, uint64_t *ret_simhash);
int64_t np_record_fetched_at(const struct np_record *record);
const char *np_record_feed_name(const struct np_record *record);
const char *np_record_feed_title(const struct np_record *record);
const char *np_record_feed_url(const struct np_record *record);
const char *np_record_feed_home_page_url(const struct np_record *record);
const char *const *np_record_tags(const struct np_record *record, size_t *ret_n);

/*
 * Following: what a query finds, and then what is delivered, as it is delivered.
 *
 * No article is missed and none is given twice, over changes of the day, folders that are only
 * made later (a tag that nothing has yet, too) and more changes than the kernel can keep for us:
 * where there is doubt the folder is listed again behind the last one given. What the order
 * promises is said at np_spool_list_new(). newest_first and until must be 0 (-EINVAL).
 *
 * A spool directory that is removed and made again, or replaced, is found again by the path that
 * it was opened by, behind the same sequence; until then there is nothing.
 *
 * Where inotify(7) cannot be had, the folder is looked at every second.
 */
struct np_spool_follow;

int np_spool_follow_new(struct np_spool *spool, const struct np_spool_query *query,
	struct np_spool_follow **ret_follow);
void np_spool_follow_free(struct np_spool_follow *follow);

/* Returns 1 and an entry, 0 when there is nothing for now, or -errno (it may be called again). */
int np_spool_follow_next(struct np_spool_follow *follow, const struct np_spool_entry **ret_entry);

/*
 * Waits until np_spool_follow_next() may have something; milliseconds, -1 for ever. Returns 1, 0
 * when the time is over, or -errno (-EINTR: a signal).
 */
int np_spool_follow_wait(struct np_spool_follow *follow, int timeout);

/*
 * For a program with a loop of its own: when this descriptor can be read, call
 * np_spool_follow_next() until it returns 0. -1: there is none, call it every second. It is -1 too
 * for as long as there is no spool, so ask again whenever that has returned 0.
 */
int np_spool_follow_fd(const struct np_spool_follow *follow);

/*
 * Cursors: where a consumer stands, kept in the spool as cursors/NAME. Retention keeps the days
 * that a cursor has not read, up to a cap. A name is a slug, as a tag is (-EINVAL). One cursor is
 * for one consumer; of two that write it at once, one wins.
 *
 * np_cursor_read(): the sequence to go on behind. -ENOENT: there is no such cursor yet; -EBADMSG:
 * what stands there is none.
 *
 * np_cursor_ack(): everything up to and including the sequence has been dealt with. It has reached
 * the disk when this returns 0, and a kill at any moment leaves the old value or the new. So a
 * consumer that acknowledges after its work does each article at least once. 0 begins again.
 */
int np_cursor_read(struct np_spool *spool, const char *name, uint64_t *ret_seq);
int np_cursor_ack(struct np_spool *spool, const char *name, uint64_t seq);
int np_cursor_remove(struct np_spool *spool, const char *name); /* -ENOENT: there was none */

/*
 * Queues: articles to be taken, each by one of any number of processes at work on a queue.
 *
 * A claim is one renaming, from new/NAME to cur/NAME,TIME,ID: when it was claimed, in seconds since
 * 1970, and who did. Who dies leaves it there; np_queue_reap() puts back what was claimed too long
 * ago. In a queue of mail NAME ends in ".eml", and np_spool_record() does not read it. What a mail
 * reader has moved to cur/, with ":2," behind the name, is never touched.
 *
 * So an article is done at least once, and once where nobody dies, is slower than that without
 * renewing his claim, or meets a power cut.
 *
 * consumer is the ID: 1 to NP_QUEUE_ID_MAX of letters, digits, ".", "_", "-" (-EINVAL); NULL for
 * one made of the host's name and the process's number. -ENOENT: there is no such queue.
 */
#define NP_QUEUE_ID_MAX 32

struct np_queue;

int np_queue_open(struct np_spool *spool, const char *name, const char *consumer,
	struct np_queue **ret_queue);
void np_queue_close(struct np_queue *queue);

/*
 * Claims the oldest article. Returns 1 and an entry (its day is NULL, its path is for
 * np_spool_record() and the functions below), 0 when there is none, or -errno. The entry's texts
 * live until the next call; more than one may be claimed.
 */
int np_queue_claim(struct np_queue *queue, const struct np_spool_entry **ret_entry);

/*
 * The work is done: the claimed file is removed. Or it is not, and goes back to new/. -ENOENT: the
 * claim was reaped meanwhile, and another may have done the work. -EINVAL: path is not of a claim
 * in this queue.
 */
int np_queue_finish(struct np_queue *queue, const char *path);
int np_queue_release(struct np_queue *queue, const char *path);

/* Claims it anew, where the work takes longer: the claim's path changes. */
int np_queue_renew(struct np_queue *queue, const char *path, char ret_path[NP_SPOOL_PATH_SIZE]);

/*
 * Puts back into new/ what was claimed before this time (seconds since 1970), by anybody; how
 * many to *ret_n, which may be NULL. A file that a shell moved to cur/ under its plain name counts
 * from when it was moved. Call it at the start and every now and then.
 */
int np_queue_reap(struct np_queue *queue, int64_t before, unsigned int *ret_n);

/* As np_spool_follow_wait() and np_spool_follow_fd(), of a queue or spool that is removed, too. */
int np_queue_wait(struct np_queue *queue, int timeout);
int np_queue_fd(const struct np_queue *queue);

#ifdef __cplusplus
}
#endif

#endif
