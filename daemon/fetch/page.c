/*
 * Pages in a feed's stead. Owns the table of tell-tale marks. Errors: none; without memory the
 * words are fewer. What a page links is taken only as an http or https URL of bounded length.
 */
#include "config.h" /* strcasestr() */

#include "daemon/fetch/page.h"

#include <string.h>

#include "lib/base/url.h"
#include "lib/feed/html.h"

#define LINK_MAX 600         /* bytes of a URL that is worth reading to an operator */
#define LINKS_MAX 700        /* of all of them together */
#define LOOK_MAX (8u * 1024) /* a page begins like one by then */
#define WORD_MAX 16          /* bytes of a word that is looked for while bytes come */

/*
 * The first that fits counts, so what is specific stands first. A mark without a header is looked
 * for in the body; with both, both must be there. A text "" is any.
 */
static const struct {
	int field; /* enum headers_field, or -1 */
	const char *header, *body;
	const char *words;
} marks[] = {
	{ HEADERS_CF_MITIGATED, "challenge", "", "a Cloudflare challenge page" },
	{ -1, "", "_cf_chl_opt", "a Cloudflare challenge page" },
	{ -1, "", "cf-browser-verification", "a Cloudflare challenge page" },
	{ -1, "", "Attention Required! | Cloudflare", "a Cloudflare block page" },
	{ -1, "", "cf-error-details", "a Cloudflare error page" },
	{ -1, "", "sucuri_cloudproxy_js", "a Sucuri challenge page" },
	{ -1, "", "Sucuri WebSite Firewall", "a Sucuri block page" },
	{ HEADERS_AMZN_WAF_ACTION, "", "", "an AWS WAF challenge page" },
	{ -1, "", ".awswaf.com/", "an AWS WAF challenge page" },
	{ -1, "", "_Incapsula_Resource", "an Imperva challenge page" },
	{ -1, "", "captcha-delivery.com", "a DataDome challenge page" },
	{ -1, "", "_pxAppId", "a HUMAN challenge page" },
	{ -1, "", "errors.edgesuite.net", "an Akamai block page" },
	{ -1, "", "/.within.website/x/cmd/anubis", "an Anubis challenge page" },
	{ -1, "", "ddos-guard/js-challenge", "a DDoS-Guard challenge page" },
	{ HEADERS_SERVER, "ddos-guard", "<title>DDoS-Guard", "a DDoS-Guard challenge page" },
	{ -1, "", "WISPAccessGatewayParam", "a captive portal" },
	{ -1, "", "captiveportal", "a captive portal" },
	{ -1, "", "hotspotlogin", "a captive portal" },
	{ -1, "", "/cgi-sys/suspendedpage.cgi", "a suspended account's page" },
	{ -1, "", "parkingcrew.net", "a parked domain" },
	{ -1, "", "sedoparking.com", "a parked domain" },
	{ -1, "", "type=\"password\"", "a log-in page" },
	{ -1, "", "type='password'", "a log-in page" },
	{ -1, "", "type=password", "a log-in page" },
};

static const char meant[] = "; did you mean ";
static const char either[] = " or "; /* no URL has a blank in it */

#define STATUS_NETWORK_AUTHENTICATION 511

void
page_done(struct page *page)
{
	buf_done(&page->head);
	*page = (struct page){ 0 };
}

static bool
begins_like_a_page(const char *text)
{
	static const char *const words[] = { "<!doctype html", "<html", "<head", "<body",
		"<title" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasestr(text, words[i]) != NULL)
			return true;
	}
	return false;
}

/* Looks at what is new, and at as much before it as a word has. */
static void
page_look(struct page *page)
{
	size_t from = page->looked > WORD_MAX ? page->looked - WORD_MAX : 0;
	const char *text = buf_str(&page->head) + from;

	if (!page->html && from < LOOK_MAX)
		page->html = begins_like_a_page(text);
	/* What tells a log-in page stands in its body: that is read to its end, or so far. */
	if (!page->ended)
		page->ended = strcasestr(text, "</html>") != NULL;
	page->looked = page->head.len;
}

void
page_push(struct page *page, const void *data, size_t size)
{
	size_t room = PAGE_SIZE_MAX - page->head.len;

	buf_append(&page->head, data, size < room ? size : room);
	page_look(page);
}

bool
page_is_enough(const struct page *page)
{
	if (buf_error(&page->head) < 0 || page->head.len >= PAGE_SIZE_MAX)
		return true;
	return page->html ? page->ended : page->head.len >= LOOK_MAX;
}

static bool
fits(size_t i, const struct headers *headers, const char *body)
{
	const char *value = marks[i].field >= 0 ? headers_text(headers, marks[i].field) : "";

	return value != NULL && strcasestr(value, marks[i].header) != NULL &&
	       strcasestr(body, marks[i].body) != NULL;
}

static const char *
find_words(const struct page *page, const struct headers *headers)
{
	const char *body = buf_str(&page->head);

	if (headers->status == STATUS_NETWORK_AUTHENTICATION)
		return "a captive portal";
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (fits(i, headers, body))
			return marks[i].words;
	}
	return NULL;
}

static bool
is_listed(const struct buf *out, const char *url)
{
	const char *at = buf_str(out);
	size_t size = strlen(url);

	for (; *at != '\0'; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == size && strncmp(at, url, size) == 0)
			return true;
	return false;
}

/* One more feed that the page links, absolute; nothing where it links itself. */
static void
put_feed(const char *link, size_t size, const char *url, struct buf *out)
{
	struct buf absolute = { .max = LINK_MAX };

	url_resolve(&absolute, url, link, size);
	if (size > 0 && buf_error(&absolute) == 0 && url_is_http(buf_str(&absolute)) &&
		strcmp(buf_str(&absolute), url) != 0 && !is_listed(out, buf_str(&absolute)) &&
		out->len + absolute.len + strlen(either) <= LINKS_MAX)
		buf_printf(out, "%s%s", out->len > 0 ? either : "", buf_str(&absolute));
	buf_done(&absolute);
}

/* The feeds that the page links, in its order. */
static void
find_feeds(const struct page *page, const char *url, struct buf *out)
{
	struct buf links = { .max = PAGE_SIZE_MAX };
	const char *line;

	html_page_scan(buf_str(&page->head), page->head.len, NULL, &links);
	for (line = buf_error(&links) == 0 ? buf_str(&links) : ""; *line != '\0';
		line += strcspn(line, "\n") + 1)
		put_feed(line, strcspn(line, "#\n"), url, out);
	buf_done(&links);
}

/* "example.org" of "www.example.org": the rest of a name is mostly of one hand. */
static const char *
last_labels(const char *host)
{
	const char *last = strrchr(host, '.'), *at = last;

	while (at != NULL && at > host && at[-1] != '.')
		at--;
	return at != NULL ? at : host;
}

/*
 * A page that stands at quite another host than was asked, and links no feed: whoever keeps the
 * network sends its users there.
 */
static void
put_elsewhere(const char *asked, const char *url, struct buf *out)
{
	struct buf from = { 0 }, to = { 0 };

	url_host(&from, asked);
	url_host(&to, url);
	if (buf_error(&from) == 0 && buf_error(&to) == 0 &&
		strcmp(last_labels(buf_str(&from)), last_labels(buf_str(&to))) != 0)
		buf_printf(out, " (perhaps a captive portal: it was redirected to %.200s)",
			buf_str(&to));
	buf_done(&from);
	buf_done(&to);
}

void
page_describe(const struct page *page, const struct headers *headers, const char *asked,
	const char *url, struct buf *out)
{
	const char *words = find_words(page, headers);
	struct buf feeds = { 0 };

	if (words != NULL)
		buf_printf(out, " (%s)", words);
	if (page->html)
		find_feeds(page, url, &feeds);
	if (feeds.len > 0)
		buf_printf(out, "%s%s?", meant, buf_str(&feeds));
	else if (page->html && words == NULL)
		put_elsewhere(asked, url, out);
	buf_done(&feeds);
}

bool
page_meant(const char *words, struct buf *out)
{
	const char *at = NULL, *next = words;
	size_t size;

	/* The last one: a page's title is quoted before it, and may say anything. */
	while (next != NULL && (next = strstr(next, meant)) != NULL) {
		next += strlen(meant);
		at = next;
	}
	if (at == NULL)
		return false;
	size = strlen(at);
	if (size < 2 || at[size - 1] != '?')
		return false;
	next = strstr(at, either);
	buf_append(out, at, next != NULL ? (size_t)(next - at) : size - 1);
	return true;
}
