/*
 * newspool/spool.h: reading a spool.
 *
 * A spool is a directory that newspoold delivers articles into; newspool-spool(5) describes it.
 * Nothing here changes it, and any number of programs may read while the daemon writes: what is
 * seen is whole, and what vanishes in between (retention) reads as -ENOENT, to be skipped. An
 * object is for one thread at a time; different objects do not know of each other. Functions return
 * 0 or -errno where nothing else is said.
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
 * Lists what the spool holds. Nothing is read ahead but one day's names. In the order of delivery
 * no article is passed over: when an entry was given, everything delivered before it has been, so
 * that its seq may be kept as `after` for the next time. (An article that is linked into a tag
 * later than it was delivered, because a second feed has it too, keeps its old seq.) -EINVAL: the
 * tag is no slug. A tag that nothing has yet gives an empty list.
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
int64_t np_record_fetched_at(const struct np_record *record);
const char *np_record_feed_name(const struct np_record *record);
const char *np_record_feed_title(const struct np_record *record);
const char *np_record_feed_url(const struct np_record *record);
const char *np_record_feed_home_page_url(const struct np_record *record);
const char *const *np_record_tags(const struct np_record *record, size_t *ret_n);

#ifdef __cplusplus
}
#endif

#endif
