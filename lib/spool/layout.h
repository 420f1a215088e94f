/*
 * Names and places in the spool (design: newspool-spool(5)). Everything relative to the spool
 * directory; nothing that a publisher wrote is part of a path but as a slug.
 */
#ifndef LIB_SPOOL_LAYOUT_H
#define LIB_SPOOL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* "0000000000001234-9f2c4e11a0b37d58.json" */
#define SPOOL_SEQ_DIGITS 16
#define SPOOL_SEQ_MAX UINT64_C(9999999999999999)
#define SPOOL_NAME_SIZE (SPOOL_SEQ_DIGITS + 1 + 16 + 5 + 1) /* with the NUL */

#define SPOOL_SLUG_MAX 64    /* characters of a tag */
#define SPOOL_SLUG_BYTES 200 /* and its bytes: a folder's name ends at 255 */

#define SPOOL_DAY_SIZE 11 /* "2026-11-23" with the NUL */

/* A claimed article's file in a queue's cur/: "NAME,TIME,ID". */
#define SPOOL_CLAIM_DIGITS 12
#define SPOOL_CLAIM_TIMES UINT64_C(1000000000000) /* 10^SPOOL_CLAIM_DIGITS */
#define SPOOL_CLAIM_ID_MAX 32
#define SPOOL_CLAIM_ID \
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"._-"
#define SPOOL_CLAIM_SIZE (SPOOL_NAME_SIZE + 1 + SPOOL_CLAIM_DIGITS + 1 + SPOOL_CLAIM_ID_MAX)

/* The longest path below the spool directory with the NUL: a claim's. */
#define SPOOL_PATH_SIZE (7 + SPOOL_SLUG_BYTES + 1 + 4 + SPOOL_CLAIM_SIZE)

/* The folders of a spool. */
#define SPOOL_TMP "tmp"               /* the keeper's alone */
#define SPOOL_ARTICLES "articles"     /* DAY/NAME */
#define SPOOL_TAGS "tags"             /* TAG/DAY/NAME */
#define SPOOL_QUEUES "queues"         /* QUEUE/new/NAME, QUEUE/cur/NAME */
#define SPOOL_DEAD "dead"             /* in QUEUE: what its hook has given up */
#define SPOOL_CURSORS "cursors"       /* CONSUMER */
#define SPOOL_QUARANTINE "quarantine" /* documents that crashed the parser */

/*
 * Writes the name for a sequence (1 to 10^16 - 1) and a content hash (its first 8 bytes are read).
 */
void spool_name_format(uint64_t seq, const unsigned char *hash, char ret_name[SPOOL_NAME_SIZE]);

/* The sequence of a name. Returns 0, or -EINVAL for what is not exactly such a name. */
int spool_name_parse(const char *name, uint64_t *ret_seq);

/*
 * What such a name says: its sequence and the hash's first 8 bytes as a number, so that (sequence,
 * hash) is all that has to be kept of it; spool_name_join() makes the name of them again.
 */
int spool_name_split(const char *name, uint64_t *ret_seq, uint64_t *ret_hash);
void spool_name_join(uint64_t seq, uint64_t hash, char ret_name[SPOOL_NAME_SIZE]);

/*
 * The name that a file in a queue's cur/ had in new/, and when it was claimed: -1 where that is not
 * said, for a shell moves files there under their plain names. Returns 0 or -EINVAL.
 */
int spool_claim_split(const char *file, char ret_name[SPOOL_NAME_SIZE], int64_t *ret_time);

/*
 * In a queue of format rfc5322 the same name ends in ".eml", behind which a mail reader that has
 * moved the file to cur/ may write ":2," and flags. The sequence of a name in any queue, or the
 * article's name; 0, or -EINVAL.
 */
int spool_queue_name_parse(const char *name, uint64_t *ret_seq);
int spool_queue_name_article(const char *name, char ret_name[SPOOL_NAME_SIZE]);

/* The name of the article's message in such a queue. */
void spool_mail_name(const char *name, char ret_name[SPOOL_NAME_SIZE]);

/*
 * Append where an article's file is, relative to the spool directory: "articles/DAY/NAME",
 * "tags/TAG/DAY/NAME", "queues/QUEUE/new/NAME". tag and queue are slugs.
 */
void spool_path_article(struct buf *out, const char *day, const char *name);
void spool_path_tag(struct buf *out, const char *tag, const char *day, const char *name);
void spool_path_queue(struct buf *out, const char *queue, const char *name);

/* The same in a queue of format rfc5322, from the article's name. */
void spool_path_mail(struct buf *out, const char *queue, const char *name);

/* True for a path of one of these three forms, or of what is in a queue's cur/; nothing else. */
bool spool_is_path(const char *path);

/* True for YYYY-MM-DD with a possible month and day. */
bool spool_is_day(const char *name);

/*
 * Appends text as a slug: letters and digits of any script in lower case (ASCII for Latin letters
 * with marks), everything else one "-", none at the ends, at most SPOOL_SLUG_MAX characters and
 * SPOOL_SLUG_BYTES bytes. Never ".", "..", a "/" or a control character. Returns false, appending
 * nothing, where nothing is left. The slug of a slug is itself.
 */
bool spool_slug(struct buf *out, const char *text);

/* True for what spool_slug() would leave as it is. */
bool spool_is_slug(const char *text);

#endif
