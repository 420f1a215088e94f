/* What a page in a feed's stead is told to be, and which feed it is found to link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/fetch/page.h"
#include "lib/base/arena.h"

#define URL "https://site.test/blog/"
#define LINK(href) "<link rel=alternate type='application/rss+xml' href='" href "'>"

static const struct {
	const char *header; /* lines; NULL: none */
	const char *body;
	const char *words;
} cases[] = {
	{ NULL, "", "" },
	{ NULL, "<html><title>Hello</title></html>", "" },
	{ NULL, "<html><head>" LINK("/feed.xml"), "; did you mean https://site.test/feed.xml?" },
	{ NULL, "<html><head>" LINK("feed?a=1&amp;b=2#x"),
		"; did you mean https://site.test/blog/feed?a=1&b=2?" },
	{ NULL, "<html>" LINK("//other.test/f"), "; did you mean https://other.test/f?" },
	{ NULL, "<html>" LINK("a b\x1b[1m<"),
		"; did you mean https://site.test/blog/a%20b[1m%3C?" },
	{ NULL, "<html>" LINK("javascript:alert(1)"), "" },
	{ NULL, "<html>" LINK("file:///etc/passwd"), "" },
	{ NULL, "<html>" LINK(""), "" },
	{ NULL, "<html>" LINK("#top"), "" },
	{ NULL, "<html>" LINK("https://site.test/blog/"), "" },
	{ NULL, "<html><!-- " LINK("/commented") " --></html>", "" },
	{ NULL,
		"<html><link rel=stylesheet href=/x>" LINK("/first") LINK("/second")
			LINK("/first#x") LINK("/sec\nond") LINK("/third"),
		"; did you mean https://site.test/first or https://site.test/second or "
		"https://site.test/third?" },
	{ NULL, "nothing like a page " LINK("/feed"), "" },
	{ "CF-Mitigated: challenge\r\n", "<html></html>", " (a Cloudflare challenge page)" },
	{ NULL, "<html><script>window._cf_chl_opt={}</script></html>",
		" (a Cloudflare challenge page)" },
	{ NULL, "<html>Attention Required! | Cloudflare", " (a Cloudflare block page)" },
	{ NULL, "<html>Sucuri WebSite Firewall - Access Denied", " (a Sucuri block page)" },
	{ NULL, "<html><script>sucuri_cloudproxy_js=''", " (a Sucuri challenge page)" },
	{ "x-amzn-waf-action: captcha\r\n", "", " (an AWS WAF challenge page)" },
	{ "Server: ddos-guard\r\n", "<html><title>DDoS-Guard</title>",
		" (a DDoS-Guard challenge page)" },
	{ NULL, "<html><title>DDoS-Guard</title>", "" },
	{ NULL, "<html><form><input type=\"password\" name=p>", " (a log-in page)" },
	{ NULL, "<html>" LINK("/f") "<form><INPUT TYPE=PASSWORD>",
		" (a log-in page); did you mean https://site.test/f?" },
	{ "HTTP/1.1 511 Network Authentication Required\r\n", "<html>", " (a captive portal)" },
	{ NULL, "<html><form action=/cgi-bin/hotspotlogin.cgi>", " (a captive portal)" },
	{ NULL, "<html><!-- <WISPAccessGatewayParam> -->", " (a captive portal)" },
};

#define N_CASES (sizeof(cases) / sizeof(cases[0]))

static void
describe(size_t i, size_t piece, struct buf *out)
{
	static const char status[] = "HTTP/1.1 200 OK\r\n";
	struct page page = { 0 };
	struct headers headers;
	struct arena arena = { 0 };
	const char *body = cases[i].body;

	headers_init(&headers, &arena);
	assert_int_equal(headers_line(&headers, status, strlen(status)), 0);
	if (cases[i].header != NULL)
		assert_int_equal(
			headers_line(&headers, cases[i].header, strlen(cases[i].header)), 0);
	for (size_t at = 0; at < strlen(body); at += piece) {
		size_t left = strlen(body) - at;

		page_push(&page, body + at, left < piece ? left : piece);
	}
	page_describe(&page, &headers, URL, URL, out);
	page_done(&page);
	arena_done(&arena);
}

/* Where a page that links no feed was sent to by somebody in between. */
static void
a_page_of_another_host_is_perhaps_a_portal(void **state)
{
	static const struct {
		const char *asked, *url, *body;
		bool portal;
	} rows[] = {
		{ "http://news.example/feed", "http://login.hotel.test/", "<html>Welcome", true },
		{ "http://news.example/feed", "http://192.168.0.1/login", "<html>Welcome", true },
		{ "http://news.example/feed", "https://www.news.example/", "<html>", false },
		{ "http://feeds.news.example/x", "https://www.news.example/", "<html>", false },
		{ "http://news.example/feed", "http://news.example/", "<html>", false },
		{ "http://news.example/feed", "http://blog.test/", "<html>" LINK("/feed"), false },
		{ "http://news.example/feed", "http://blog.test/", "no page", false },
		{ "http://news.example/feed", "http://blog.test/", "<html>_cf_chl_opt", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct page page = { 0 };
		struct headers headers;
		struct arena arena = { 0 };
		struct buf out = { 0 };

		headers_init(&headers, &arena);
		page_push(&page, rows[i].body, strlen(rows[i].body));
		page_describe(&page, &headers, rows[i].asked, rows[i].url, &out);
		assert_int_equal(strstr(buf_str(&out),
					 "perhaps a captive portal: it was redirected to ") != NULL,
			rows[i].portal);
		buf_done(&out);
		page_done(&page);
		arena_done(&arena);
	}
}

static void
the_url_that_is_meant_is_read_back(void **state)
{
	static const struct {
		const char *words, *url;
	} rows[] = {
		{ "an HTML page titled 'x'; did you mean http://a.example/?b=c?",
			"http://a.example/?b=c" },
		{ "an HTML page titled 'y; did you mean http://evil.example/?'; did you mean "
		  "http://a.example/?",
			"http://a.example/" },
		{ "an HTML page titled 'y; did you mean http://evil.example/?'", NULL },
		{ "; did you mean http://a.example/1 or http://a.example/2?",
			"http://a.example/1" },
		{ "; did you mean ?", NULL },
		{ "HTTP status 404", NULL },
		{ NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf url = { 0 };

		assert_int_equal(page_meant(rows[i].words, &url), rows[i].url != NULL);
		assert_string_equal(buf_str(&url), rows[i].url != NULL ? rows[i].url : "");
		buf_done(&url);
	}
}

static void
pages_are_told_by_their_marks_and_links(void **state)
{
	static const size_t pieces[] = { 1, 7, 100000 };

	(void)state;
	for (size_t i = 0; i < N_CASES; i++) {
		for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
			struct buf out = { 0 };

			describe(i, pieces[k], &out);
			if (strcmp(buf_str(&out), cases[i].words) != 0)
				fail_msg("%s: '%s', not '%s'", cases[i].body, buf_str(&out),
					cases[i].words);
			buf_done(&out);
		}
	}
}

static void
push_text(struct page *page, const char *text)
{
	page_push(page, text, strlen(text));
}

static void
a_page_is_read_to_its_end_and_what_is_none_is_not(void **state)
{
	struct page page = { 0 };
	char junk[1024];

	(void)state;
	memset(junk, 'x', sizeof(junk));
	push_text(&page, "<html>");
	for (int i = 0; i < 20; i++) {
		page_push(&page, junk, sizeof(junk));
		assert_false(page_is_enough(&page));
	}
	push_text(&page, "</ht");
	assert_false(page_is_enough(&page));
	push_text(&page, "ml>");
	assert_true(page_is_enough(&page));
	page_done(&page);
	for (int i = 0; i < 7; i++)
		page_push(&page, junk, sizeof(junk));
	assert_false(page_is_enough(&page));
	page_push(&page, junk, sizeof(junk));
	assert_true(page_is_enough(&page));
	page_done(&page);
}

static void
what_is_kept_of_a_page_is_bounded(void **state)
{
	struct page page = { 0 };
	char junk[4096];

	(void)state;
	memset(junk, ' ', sizeof(junk));
	push_text(&page, "<html>");
	for (int i = 0; i < 1000; i++)
		page_push(&page, junk, sizeof(junk));
	assert_true(page_is_enough(&page));
	assert_int_equal(page.head.len, PAGE_SIZE_MAX);
	page_done(&page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_told_by_their_marks_and_links),
		cmocka_unit_test(a_page_of_another_host_is_perhaps_a_portal),
		cmocka_unit_test(the_url_that_is_meant_is_read_back),
		cmocka_unit_test(a_page_is_read_to_its_end_and_what_is_none_is_not),
		cmocka_unit_test(what_is_kept_of_a_page_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
