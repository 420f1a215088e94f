/*
 * The site: a table from paths to what makes the answer. Compressed bodies are made here bit by
 * bit, so that they can be wrong in every way and need no library.
 */
#include "config.h"

#include "tests/unit/http_site.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FEED \
	"<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>Site</title>" \
	"<link>http://site.test/</link><description>d</description><ttl>90</ttl>" \
	"<item><title>One</title><guid>1</guid><description>first</description></item>" \
	"<item><title>Two</title><guid>2</guid><description>second</description></item>" \
	"<item><title>Three</title><guid>3</guid><description>third</description></item>" \
	"</channel></rss>\n"

const char *
http_site_feed(void)
{
	return FEED;
}

static void
put_response(struct buf *out, const char *status, const char *headers, const char *body)
{
	buf_printf(out, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body),
		headers, body);
}

static void
put_coded(struct buf *out, const char *coding, const struct buf *body)
{
	buf_printf(out,
		"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
		"Content-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
		coding, body->len);
	buf_append(out, body->data, body->len);
}

static void
put_le(struct buf *out, uint32_t value, int size)
{
	for (int i = 0; i < size; i++)
		buf_putc(out, (char)(unsigned char)(value >> (8 * i)));
}

static uint32_t
crc32_of(const char *data, size_t size)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= (unsigned char)data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* One gzip member with a stored block. */
static void
put_gzip(struct buf *out, const char *text, uint32_t crc_error)
{
	size_t size = strlen(text);

	buf_append(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11);
	put_le(out, (uint32_t)size, 2);
	put_le(out, ~(uint32_t)size, 2);
	buf_append(out, text, size);
	put_le(out, crc32_of(text, size) ^ crc_error, 4);
	put_le(out, (uint32_t)size, 4);
}

/* A member whose block repeats one byte: 13 bits for each 258, without an end. */
static void
put_bomb(struct buf *out, size_t size)
{
	uint64_t bits = 0;
	int n = 0;

	buf_append(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	/* final block, fixed codes (3 bits), then the literal ' ' (00110000 + 32, reversed) */
	bits |= 3;
	n = 3;
	bits |= (uint64_t)0x0a << n; /* 01010000 from its first bit */
	n += 8;
	for (size_t made = 0; made < size; made += 258) {
		bits |= (uint64_t)0xa3 << n; /* 11000101: 258 bytes … */
		n += 13;                     /* … from one byte before: 00000 */
		for (; n >= 8; n -= 8) {
			buf_putc(out, (char)(unsigned char)bits);
			bits >>= 8;
		}
	}
}

/* Waits until the peer closes, but no longer than a test takes. */
static void
wait_for_close(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLRDHUP };

	poll(&poll_fd, 1, 20000);
}

static bool
answer_feed(const struct http_exchange *exchange, struct buf *out)
{
	char *etag = http_header(exchange->request, "If-None-Match");

	if (etag != NULL && strcmp(etag, SITE_ETAG) == 0)
		put_response(out, "304 Not Modified", "Cache-Control: max-age=600\r\n", "");
	else
		put_response(out, "200 OK",
			"Content-Type: application/rss+xml\r\nETag: " SITE_ETAG "\r\n"
			"Last-Modified: " SITE_LAST_MODIFIED "\r\n"
			"Cache-Control: max-age=3600\r\nAge: 600\r\n"
			"Set-Cookie: a=b\r\n",
			FEED);
	free(etag);
	return true;
}

static bool
answer_plain(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	put_response(out, "200 OK", "Content-Type: text/html\r\n", FEED);
	return true;
}

static bool
answer_close(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_puts(out, "HTTP/1.0 200 OK\r\n\r\n" FEED);
	return false;
}

static bool
answer_hints(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_puts(out, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nETag: x\r\n\r\n");
	put_response(out, "200 OK", "", FEED);
	return true;
}

static bool
answer_short(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_printf(out, "HTTP/1.1 200 OK\r\nETag: \"s\"\r\nContent-Length: 5000\r\n\r\n" FEED);
	return false;
}

static bool
answer_chunks_cut(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_printf(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n" FEED "\r\n",
		strlen(FEED));
	return false;
}

static bool
answer_chunks(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_puts(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (const char *c = FEED; *c != '\0'; c++)
		buf_printf(out, "1;x=y\r\n%c\r\n", *c);
	buf_puts(out, "0\r\nETag: \"trailer\"\r\n\r\n");
	return true;
}

static bool
answer_silence(const struct http_exchange *exchange, struct buf *out)
{
	(void)out;
	wait_for_close(exchange->fd);
	return false;
}

static bool
answer_wait_once(const struct http_exchange *exchange, struct buf *out)
{
	return exchange->number == 0 ? answer_silence(exchange, out) : answer_plain(exchange, out);
}

static bool
answer_gzip(const struct http_exchange *exchange, struct buf *out)
{
	struct buf body = { 0 };

	(void)exchange;
	put_gzip(&body, FEED, 0);
	put_coded(out, "gzip", &body);
	buf_done(&body);
	return true;
}

static atomic_bool released;

void
http_site_release(bool release)
{
	atomic_store(&released, release);
}

/* Not before it is released, or who asked has gone. */
static bool
answer_late(const struct http_exchange *exchange, struct buf *out)
{
	struct pollfd poll_fd = { .fd = exchange->fd, .events = POLLIN };

	while (!atomic_load(&released) && poll(&poll_fd, 1, 10) == 0)
		;
	return answer_feed(exchange, out);
}

static bool
answer_gzip_bad_sum(const struct http_exchange *exchange, struct buf *out)
{
	struct buf body = { 0 };

	(void)exchange;
	put_gzip(&body, FEED, 1);
	put_coded(out, "gzip", &body);
	buf_done(&body);
	return true;
}

static bool
answer_gzip_cut(const struct http_exchange *exchange, struct buf *out)
{
	struct buf body = { 0 };

	(void)exchange;
	put_gzip(&body, FEED, 0);
	buf_truncate(&body, body.len - 120);
	put_coded(out, "gzip", &body);
	buf_done(&body);
	return true;
}

static bool
answer_gzip_none(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	put_response(out, "200 OK", "Content-Encoding: gzip\r\n", FEED);
	return true;
}

static bool
answer_coding_unknown(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	put_response(out, "200 OK", "Content-Encoding: foo\r\n", FEED);
	return true;
}

static bool
answer_bomb(const struct http_exchange *exchange, struct buf *out)
{
	struct buf body = { 0 };

	(void)exchange;
	put_bomb(&body, 500u << 20);
	put_coded(out, "gzip", &body);
	buf_done(&body);
	return false;
}

static bool
answer_huge(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_puts(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" FEED);
	return false;
}

static bool
answer_long(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_puts(out, "HTTP/1.1 200 OK\r\n\r\n<rss version=\"2.0\"><channel><title>");
	for (int i = 0; i < 2000; i++)
		buf_printf(out, "%01000d", 0);
	return false;
}

static bool
answer_headers(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_puts(out, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 10000; i++)
		buf_printf(out, "X-%d: y\r\n", i);
	buf_puts(out, "\r\n" FEED);
	return false;
}

static bool
answer_page(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	put_response(out, "200 OK", "ETag: \"page\"\r\n",
		"<!DOCTYPE html><html><head><title>Sign in</title></head><body>x</body></html>");
	return true;
}

/* One item alone, whether it was asked for or not. */
static bool
answer_delta(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	put_response(out, "226 IM Used", "ETag: \"new\"\r\nIM: feed\r\nCache-Control: IM\r\n",
		"<rss version=\"2.0\"><channel><title>Site</title><item><title>Four</title>"
		"<guid>4</guid></item></channel></rss>");
	return true;
}

/* The link comes late, in a piece of its own. */
static bool
answer_linking(const struct http_exchange *exchange, struct buf *out)
{
	static const char late[] = "<link rel='alternate' type='application/rss+xml' href='/feed'>"
				   "</head><body></body></html>";

	(void)exchange;
	buf_puts(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	buf_printf(out, "%x\r\n%-20000s\r\n", 20000u, "<html><head><title>A blog</title>");
	buf_printf(out, "%zx\r\n%s\r\n0\r\n\r\n", strlen(late), late);
	return true;
}

static bool
answer_challenge(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	put_response(out, "403 Forbidden", "Server: cloudflare\r\ncf-mitigated: challenge\r\n",
		"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>");
	return true;
}

static bool
answer_empty(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	put_response(out, "200 OK", "ETag: \"empty\"\r\n", "");
	return true;
}

static bool
answer_nonsense(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_puts(out, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
	return false;
}

static bool
answer_reset(const struct http_exchange *exchange, struct buf *out)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	(void)out;
	setsockopt(exchange->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	return false;
}

/* A 304 has no body, whatever it says; this one has one all the same. */
static bool
answer_stray(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	buf_puts(out, "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n"
		      "Content-Encoding: gzip\r\n\r\n");
	for (int i = 0; i < 500; i++)
		buf_putc(out, 'x');
	return true;
}

static bool
answer_excess(const struct http_exchange *exchange, struct buf *out)
{
	(void)exchange;
	put_response(out, "200 OK", "", FEED);
	buf_puts(out, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
	return true;
}

static bool
answer_nul(const struct http_exchange *exchange, struct buf *out)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nX-A: a\0b\r\n\r\n";

	(void)exchange;
	buf_append(out, head, sizeof(head) - 1);
	buf_puts(out, FEED);
	return false;
}

/* Says it keeps the connection, and drops it. */
static bool
answer_drop(const struct http_exchange *exchange, struct buf *out)
{
	answer_plain(exchange, out);
	return false;
}

static const struct {
	const char *path;
	bool (*answer)(const struct http_exchange *exchange, struct buf *out);
} pages[] = {
	{ "/feed", answer_feed },
	{ "/a%2Fb/../c?x=1&y=%20&z", answer_plain },
	{ "/empty-query?", answer_plain },
	{ "/plain", answer_plain },
	{ "/close", answer_close },
	{ "/hints", answer_hints },
	{ "/short", answer_short },
	{ "/chunks", answer_chunks },
	{ "/chunks-cut", answer_chunks_cut },
	{ "/silence", answer_silence },
	{ "/wait-once", answer_wait_once },
	{ "/gzip", answer_gzip },
	{ "/late", answer_late },
	{ "/gzip-bad-sum", answer_gzip_bad_sum },
	{ "/gzip-cut", answer_gzip_cut },
	{ "/gzip-none", answer_gzip_none },
	{ "/coding-unknown", answer_coding_unknown },
	{ "/bomb", answer_bomb },
	{ "/huge", answer_huge },
	{ "/long", answer_long },
	{ "/headers", answer_headers },
	{ "/page", answer_page },
	{ "/delta", answer_delta },
	{ "/linking", answer_linking },
	{ "/challenge", answer_challenge },
	{ "/empty", answer_empty },
	{ "/nonsense", answer_nonsense },
	{ "/reset", answer_reset },
	{ "/drop", answer_drop },
	{ "/stray", answer_stray },
	{ "/excess", answer_excess },
	{ "/nul", answer_nul },
};

/* Answers without a body of their own. */
static const struct {
	const char *path, *status, *headers;
} statuses[] = {
	{ "/moved", "301 Moved Permanently", "Location: /feed\r\n" },
	{ "/moved-308", "308 Permanent Redirect", "Location: /feed#x\r\n" },
	{ "/temporary", "302 Found", "Location: /feed\r\n" },
	{ "/see-other", "303 See Other", "Location: /feed\r\n" },
	{ "/temporary-307", "307 Temporary Redirect", "Location: /feed\r\n" },
	{ "/moved-then-temporary", "301 Moved Permanently", "Location: /temporary\r\n" },
	{ "/temporary-then-moved", "302 Found", "Location: /moved\r\n" },
	{ "/moved-to-page", "301 Moved Permanently", "Location: /page\r\n" },
	{ "/moved-to-nothing", "301 Moved Permanently", "Location: /not-found\r\n" },
	{ "/moved-nowhere", "301 Moved Permanently", "" },
	{ "/loop", "302 Found", "Location: /loop-2\r\n" },
	{ "/loop-2", "302 Found", "Location: /loop\r\n" },
	{ "/to-file", "302 Found", "Location: file:///etc/passwd\r\n" },
	{ "/not-found", "404 Not Found", "ETag: \"no\"\r\n" },
	{ "/gone", "410 Gone", "" },
	{ "/busy", "503 Service Unavailable", "Retry-After: 120\r\n" },
	{ "/partial", "206 Partial Content", "ETag: \"part\"\r\n" },
	{ "/nothing", "204 No Content", "ETag: \"nothing\"\r\n" },
	{ "/not-modified", "304 Not Modified", "ETag: \"x\"\r\n" },
};

bool
http_site(void *arg, const struct http_exchange *exchange, struct buf *out)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcmp(pages[i].path, exchange->path) == 0)
			return pages[i].answer(exchange, out);
	}
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (strcmp(statuses[i].path, exchange->path) == 0) {
			put_response(out, statuses[i].status, statuses[i].headers, "");
			return true;
		}
	}
	if (strcmp(exchange->path, "/elsewhere") == 0 && arg != NULL)
		buf_printf(out, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
			(const char *)arg);
	else
		put_response(out, "404 Not Found", "", "no such page");
	return true;
}
