/* An article's HTML as the page writes it anew: what stays, what goes, and that nothing else can come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/control/view.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void
write_content(const char *html, size_t size, struct buf *out)
{
	struct view view = { 0 };

	weave_init(&view.weave, out, WEAVE_HTML);
	view_open(&view, "div", NULL);
	view_content(&view, html, size);
	assert_int_equal(view.weave.depth, 1);
	view_close(&view);
	assert_int_equal(buf_error(out), 0);
}

static void
what_stays_and_what_goes(void **state)
{
	static const struct {
		const char *html, *expected;
	} rows[] = {
		{ "", "" },
		{ "<p>One &amp; two &lt;b&gt;.</p>", "<p>One &amp; two &lt;b&gt;.</p>" },
		{ "<p class='x' id=y style='color:red' onclick='z'>p</p>", "<p>p</p>" },
		{ "a<br>b<hr/>c", "a<br>b<hr>c" },
		{ "<a href='http://a.example/?b=1&amp;c=\"2\"' target=_top>l</a>",
			"<a href=\"http://a.example/?b=1&amp;c=&quot;2&quot;\" rel=\"noopener "
			"noreferrer\">l</a>" },
		{ "<a href='javascript:x'>l</a><a href=' data:text/html,x'>m</a><a>n</a>", "lmn" },
		{ "<a href='jav&#x09;ascript:x'>l</a><a href='//a.example/'>m</a>", "lm" },
		{ "<a href='mailto:a@b.example'>m</a>",
			"<a href=\"mailto:a@b.example\" rel=\"noopener noreferrer\">m</a>" },
		{ "<img src='http://a.example/p.png' alt='A &quot;cat&quot;'>",
			"<a class=\"medium\" href=\"http://a.example/p.png\" rel=\"noopener "
			"noreferrer\">Picture: A \"cat\"</a>" },
		{ "<a href='http://a.example/'><img src='http://a.example/p.png'></a>",
			"<a href=\"http://a.example/\" rel=\"noopener noreferrer\"><span "
			"class=\"medium\">Picture</span></a>" },
		{ "<img src='data:image/png,x' title='t'>",
			"<span class=\"medium\">Picture: t</span>" },
		{ "<video src='http://a.example/v'><source src='http://a.example/w'></video>",
			"<a class=\"medium\" href=\"http://a.example/v\" rel=\"noopener "
			"noreferrer\">Video</a>" },
		{ "<h1>a</h1><h4>b</h4>", "<h2>a</h2><h2>b</h2>" },
		{ "<script>x</script>a<style>b</style>c<iframe>d</iframe>e", "ace" },
		{ "<ScRiPt>x</sCrIpT >a", "a" },
		{ "<custom>a</custom><main>b</main></main></body></html>c", "abc" },
		/* balanced, whatever comes */
		{ "<p><em>a<p>b", "<p><em>a<p>b</p></em></p>" },
		{ "</p></div>a</em>", "a" },
		{ "<ul><li>a<ol><li>b</ul>c", "<ul><li>a<ol><li>b</li></ol></li></ul>c" },
		{ "<em><strong>a</em>b</strong>", "<em><strong>a</strong></em>b" },
		{ "<a href='http://a.example/'>1<a href='http://b.example/'>2</a>3</a>4",
			"<a href=\"http://a.example/\" rel=\"noopener noreferrer\">123</a>4" },
		{ "<p", "" },
		{ "<!-- x --><!doctype y><?z?>a", "a" },
		{ "<svg><script>x</script></svg><math>m</math>", "m" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct buf out = { 0 }, expected = { 0 };

		write_content(rows[i].html, strlen(rows[i].html), &out);
		buf_printf(&expected, "<div>%s</div>", rows[i].expected);
		assert_string_equal(buf_str(&out), buf_str(&expected));
		buf_done(&out);
		buf_done(&expected);
	}
}

static void
depth_and_length_are_bounded(void **state)
{
	struct buf html = { 0 }, out = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_puts(&html, "<div>");
	buf_puts(&html, "deep");
	write_content(buf_str(&html), html.len, &out);
	assert_true(out.len < 1000);
	assert_non_null(strstr(buf_str(&out), "deep"));
	buf_reset(&html);
	buf_reset(&out);
	for (int i = 0; i < 400000; i++)
		buf_puts(&html, "word ");
	write_content(buf_str(&html), html.len, &out);
	assert_non_null(strstr(buf_str(&out), "It goes on"));
	assert_true(out.len < 1100000);
	buf_done(&html);
	buf_done(&out);
}

/* Each "<" of the output begins a tag of this kind: <name>, </name>, or <a … href rel>. */
static void
check_tags(const char *text)
{
	for (const char *at = strchr(text, '<'); at != NULL; at = strchr(at + 1, '<')) {
		size_t name = strspn(at + 1, "/abcdefghijklmnopqrstuvwxyz0123456789");

		assert_true(name > 0);
		if (at[1 + name] == '>')
			continue;
		assert_true(strncmp(at, "<a href=\"http", 13) == 0 ||
			    strncmp(at, "<a class=\"medium\" href=\"http", 28) == 0 ||
			    strncmp(at, "<span class=\"medium\">", 21) == 0 ||
			    strncmp(at, "<p class=\"note\">", 16) == 0);
	}
}

static void
soup_gives_known_tags_alone(void **state)
{
	static const char *const pieces[] = { "<", ">", "</", "<a href='http://x/", "'", "\"",
		"<p ", "onload=x ", "</a>", "<img src=http://y/ ", "alt='<script>' ", "<script>",
		"</script>", "<style", "</style>", "&lt;script&gt;", "&#60;", "<!--", "-->",
		"<![CDATA[", "]]>", "<table><tr><td>", "</table>", "<b><i>", "</b>", "text",
		"\xff\xfe", "\x01", "&", "<plaintext>", "<svg>", "</svg>", "<h1>", "=" };
	unsigned int seed = 20261123;

	(void)state;
	for (unsigned int round = 0; round < 5000; round++) {
		struct buf html = { 0 }, out = { 0 };

		for (unsigned int i = 0; i < 24; i++) {
			seed = seed * 1103515245u + 12345u;
			buf_puts(&html, pieces[(seed >> 16) % N_OF(pieces)]);
		}
		write_content(buf_str(&html), html.len, &out);
		check_tags(buf_str(&out));
		buf_done(&html);
		buf_done(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stays_and_what_goes),
		cmocka_unit_test(depth_and_length_are_bounded),
		cmocka_unit_test(soup_gives_known_tags_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
