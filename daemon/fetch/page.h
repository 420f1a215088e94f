/*
 * What came where a feed was expected, in words for the operator: who answers in the feed's stead
 * (a challenge, a portal, a log-in page), and which feeds the page itself links.
 */
#ifndef DAEMON_FETCH_PAGE_H
#define DAEMON_FETCH_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/fetch/headers.h"
#include "lib/base/buf.h"

#define PAGE_SIZE_MAX (256u * 1024) /* bytes of a page that are looked at */

/* The beginning of a body that is no feed, or not known to be one yet. All zero: empty. */
struct page {
	struct buf head; /* an error in it makes the words fewer, nothing else */
	size_t looked;   /* at so many of its bytes, for html and ended */
	bool html, ended;
};

void page_done(struct page *page);

/* Takes as much as is still looked at. */
void page_push(struct page *page, const void *data, size_t size);

/*
 * No more bytes can say more: the page's head is over, or the cap is reached, or it does not even
 * begin like a page.
 */
bool page_is_enough(const struct page *page);

/*
 * Appends " (a Cloudflare challenge page); did you mean https://… or https://…?", or one of the two,
 * or nothing. asked: what the poll asked at first; url: where the page came from.
 */
void page_describe(const struct page *page, const struct headers *headers, const char *asked,
	const char *url, struct buf *out);

/* The first URL that such words name, "did you mean …?"; false and nothing where they name none. */
bool page_meant(const char *words, struct buf *out);

#endif
