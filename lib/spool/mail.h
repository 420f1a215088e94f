/*
 * An article as a mail or news message (RFC 5322, MIME), for queues of format rfc5322 and for
 * newspool deliver.
 *
 * The message is a function of the record, the domain and what the record's references stand for,
 * so the same article gives the same message, byte for byte, wherever it is made. All of it is
 * ASCII; lines end with a newline alone, as in a Maildir, and have at most MAIL_COLUMNS columns, but
 * for a URL or an address (998). Remote text is in fields as RFC 2047 allows and in encoded bodies,
 * nowhere else.
 */
#ifndef LIB_SPOOL_MAIL_H
#define LIB_SPOOL_MAIL_H

#include <stdbool.h>

#include <newspool/article.h>

#include "lib/base/buf.h"
#include "lib/spool/record.h"

/* Senders' addresses, where the feed gives none, and identifiers, where no domain is configured. */
#define MAIL_DOMAIN "newspool.invalid"

/* What the message says that does not stand in the record. */
struct mail_context {
	const char *domain;           /* of Message-IDs and List-Ids; NULL: MAIL_DOMAIN */
	const unsigned char *revises; /* content hash of the article that this one revises, and */
	const unsigned char *cluster; /* of the first that says about the same; NULL: none known */
};

/*
 * Appends the Message-ID of the article with this content hash, "<9f2c…@newspool.invalid>": 128 bits
 * of the hash, so that it depends on nothing that may change.
 */
void mail_put_id(struct buf *out, const unsigned char *content_hash, const char *domain);

/* Appends the message. Errors stick in out. */
void mail_write(struct buf *out, const struct np_article *article, const struct record_meta *meta,
	const struct mail_context *context);

/* True for what may be a domain in identifiers: letters, digits, "-" and single dots; at most 64. */
bool mail_is_domain(const char *text);

#endif
