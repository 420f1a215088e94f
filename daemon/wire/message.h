/*
 * What keeper and fetcher say to each other, and how it stands in a frame's payload. Decoding
 * treats every byte as an attacker's: lengths, counts, nesting, UTF-8 and enumerations are checked
 * against the caps here, and a message that breaks one is refused whole with -EPROTO.
 *
 * keeper → fetcher: MESSAGE_SETUP once, then MESSAGE_POLL, MESSAGE_CANCEL, MESSAGE_SETTINGS; closing
 * the channel ends the fetcher. fetcher → keeper: MESSAGE_READY once after the sandbox stands; for each poll any
 * number of MESSAGE_ARTICLE and then one MESSAGE_DONE.
 */
#ifndef DAEMON_WIRE_MESSAGE_H
#define DAEMON_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <newspool/article.h>
#include <newspool/feed.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/sha256.h"

#define MESSAGE_TEXT_MAX (8u * 1024 * 1024) /* bytes of one text */
#define MESSAGE_URL_MAX (16u * 1024)
#define MESSAGE_VALIDATOR_MAX (8u * 1024)
#define MESSAGE_LIST_MAX 4096u /* authors, attachments, categories, extension nodes of an article */
#define MESSAGE_HEADERS_MAX 32u
#define MESSAGE_PEM_MAX (1u * 1024 * 1024) /* bytes of a file of certificates */
#define MESSAGE_STATUS_DELTA 226 /* IM Used: the items alone that are new since If-None-Match */
#define MESSAGE_LINE_MAX (64u * 1024) /* bytes of a short text: a name, a title, a reason */

enum message_type {
	MESSAGE_SETUP = 1,
	MESSAGE_POLL,
	MESSAGE_CANCEL,
	MESSAGE_READY,
	MESSAGE_ARTICLE,
	MESSAGE_DONE,
	MESSAGE_SETTINGS,
};

/* Bytes that may hold anything, NUL included (validators are opaque). ptr NULL: absent. */
struct bytes {
	const unsigned char *ptr;
	size_t len;
};

/*
 * MESSAGE_SETUP: what is the same for all polls. MESSAGE_SETTINGS: the same members when they change,
 * from the next request on; of these sandbox counts no more.
 */
struct message_setup {
	const char *user_agent;
	uint32_t max_connections; /* of this fetcher */
	uint32_t max_host_connections;
	uint32_t host_spacing; /* ms between the starts of two polls of one host */
	uint8_t log_level;
	uint8_t sandbox; /* 0 no, 1 as the kernel can, 2 required */
};

/* MESSAGE_POLL: poll this URL with these validators. */
struct message_poll {
	uint64_t poll;          /* the keeper's number for this poll, never used twice */
	const char *feed;       /* its name, for logs */
	const char *url;        /* what to ask: the configured URL or where it has moved for good */
	const char *origin_url; /* the configured URL, to whose origin credentials go; NULL: url */
	struct bytes etag; /* validators of the last good response, to be sent as they are … */
	struct bytes last_modified;
	/*
	 * … to the URL that gave them and to no other: the final_url of that response's done. NULL:
	 * url itself.
	 */
	const char *validators_url;
	struct bytes body_hash; /* SHA256_SIZE bytes, or absent */
	uint32_t timeout;       /* ms for the whole poll */
	uint64_t max_body;      /* bytes after decoding */
	bool allow_private;
	const char *proxy; /* NULL: none, whatever the environment says */
	/* All that follows is for the origin of origin_url alone. NULL: none. */
	bool insecure; /* do not verify the peer's certificate */
	const char *user, *password, *token;
	const char *ca_pem, *client_pem;          /* what the files hold: a fetcher reads none */
	const char *headers[MESSAGE_HEADERS_MAX]; /* "Name: value" */
	size_t n_headers;
};

/* How a poll ended. Stored by number and by message_result_name(); append only. */
enum message_result {
	RESULT_OK,            /* 200 (or 226) and a feed */
	RESULT_NOT_MODIFIED,  /* 304 */
	RESULT_SAME_BODY,     /* 200 whose body hash is the old one; not parsed */
	RESULT_NOT_A_FEED,    /* 200 and something else */
	RESULT_HTTP_ERROR,    /* any other status: see status */
	RESULT_GONE,          /* 410 */
	RESULT_NETWORK_ERROR, /* resolve, connect, TLS, reset */
	RESULT_TIMEOUT,
	RESULT_TOO_LARGE, /* body, header or another cap */
	RESULT_TRUNCATED, /* the body ended early or would not decode */
	RESULT_REDIRECT,  /* a loop, too many hops, or to where it must not go */
	RESULT_REFUSED,   /* the address policy */
	RESULT_INTERNAL,  /* memory, our own trouble */
	RESULT_MAX
};
const char *message_result_name(enum message_result result);

/*
 * MESSAGE_DONE. Strings NULL where there is none. Validators and hints only with OK, SAME_BODY and
 * NOT_MODIFIED (and retry_after).
 */
struct message_done {
	uint64_t poll;
	enum message_result result;
	uint16_t status;    /* last HTTP status; 0: none */
	const char *reason; /* words for the operator, where it failed */
	struct bytes etag;  /* of this response */
	struct bytes last_modified;
	unsigned char
		body_hash[SHA256_SIZE]; /* all zero: none, as of a 226, which has new items alone */
	/* where the answer came from, without user and password; what its validators belong to */
	const char *final_url;
	const char *
		moved_url; /* where a chain of permanent redirects from url led (it ended in a feed) */
	int64_t max_age; /* seconds of freshness left (Cache-Control, Age, Expires); -1: not said */
	int64_t retry_after;             /* seconds; -1: not said */
	uint32_t n_articles;             /* MESSAGE_ARTICLEs sent before */
	uint64_t bytes_wire, bytes_body; /* received; after decoding */
	uint32_t elapsed;                /* ms from start to end */
	uint32_t parse_time;             /* of it, microseconds in the parser; 0: not parsed */
	/* of the document, with OK alone */
	const char *feed_title, *feed_home_page_url, *feed_language, *feed_version, *self_url,
		*hub_url, *prev_archive_url;
	int64_t ttl, update_interval; /* seconds; -1 */
	uint32_t skip_hours, skip_days;
	bool bozo;
	const char *bozo_reason;
	bool cut_off; /* it ended before its root element did */
};

/*
 * The document names another URL as its own (link rel=self) than the one that answered: a move that
 * no redirect tells.
 */
bool message_done_is_elsewhere(const struct message_done *done);

/*
 * Encoding appends the payload to out (errors stick there). It brings what it is given under the
 * caps, so that what was encoded decodes: a text is cut and made UTF-8, a URL or a validator that
 * is too long is left out, a list is shortened. Decoding makes texts and arrays in arena and
 * returns 0, -EPROTO or -ENOMEM.
 */
void message_setup_encode(struct buf *out, const struct message_setup *setup);
int message_setup_decode(const unsigned char *payload, size_t size, struct arena *arena,
	struct message_setup *ret_setup);
void message_poll_encode(struct buf *out, const struct message_poll *poll);
int message_poll_decode(const unsigned char *payload, size_t size, struct arena *arena,
	struct message_poll *ret_poll);
void message_cancel_encode(struct buf *out, uint64_t poll);
int message_cancel_decode(const unsigned char *payload, size_t size, uint64_t *ret_poll);
void message_article_encode(struct buf *out, uint64_t poll, const struct np_article *article);
/* The article is the caller's, to free with np_article_free(). */
int message_article_decode(const unsigned char *payload, size_t size, uint64_t *ret_poll,
	struct np_article **ret_article);
void message_done_encode(struct buf *out, const struct message_done *done);
/* Which poll it is of, whether the rest is right or not. */
int message_done_poll(const unsigned char *payload, size_t size, uint64_t *ret_poll);
int message_done_decode(const unsigned char *payload, size_t size, struct arena *arena,
	struct message_done *ret_done);

#endif
