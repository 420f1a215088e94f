/* lib/feed/html*.c: character references, the sanitiser, plain text, pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lib/base/utf8.h"
#include "lib/feed/html.h"
#include "lib/feed/html_policy.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct row {
	const char *in;
	const char *out;
};

typedef void (*convert_fn)(struct buf *out, const char *text, size_t size);

static void
check_rows(convert_fn convert, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out = { 0 };

		convert(&out, rows[i].in, strlen(rows[i].in));
		assert_int_equal(buf_error(&out), 0);
		if (strcmp(buf_str(&out), rows[i].out) != 0)
			fail_msg("row %zu: %s\n gave: %s\n want: %s", i, rows[i].in, buf_str(&out),
				rows[i].out);
		buf_done(&out);
	}
}

static void
sanitise(struct buf *out, const char *text, size_t size)
{
	html_sanitise(out, text, size, NULL);
}

/* Sanitises and checks that doing it again changes nothing. */
static void
sanitise_twice(struct buf *out, const char *text, size_t size)
{
	struct buf once = { 0 };

	html_sanitise(&once, text, size, NULL);
	html_sanitise(out, buf_str(&once), once.len, NULL);
	assert_int_equal(utf8_valid(buf_str(&once), once.len), once.len);
	if (strcmp(buf_str(&once), buf_str(out)) != 0)
		fail_msg("%s\n once:  %s\n twice: %s", text, buf_str(&once), buf_str(out));
	buf_done(&once);
}

static const struct row references[] = {
	{ "a &amp; b", "a & b" },
	{ "&lt;p&gt;", "<p>" },
	{ "&nbsp;", "\xC2\xA0" },
	{ "&copy 2020", "\xC2\xA9 2020" },
	{ "&copyright", "\xC2\xA9right" },
	{ "&notit;", "\xC2\xACit;" },
	{ "&notin;", "\xE2\x88\x89" },
	{ "&no;&n;&;& &", "&no;&n;&;& &" },
	{ "&AMP&Amp;", "&&Amp;" },
	{ "&CounterClockwiseContourIntegral;", "\xE2\x88\xB3" },
	{ "&CounterClockwiseContourIntegral", "&CounterClockwiseContourIntegral" },
	{ "&NotEqualTilde;", "\xE2\x89\x82\xCC\xB8" },
	{ "&zwnj;&Aacute;&aacute;", "\xE2\x80\x8C\xC3\x81\xC3\xA1" },
	{ "&frac12 &thetasym;", "\xC2\xBD \xCF\x91" },
	{ "&#65;&#x42;&#X43;&#68", "ABCD" },
	{ "&#0;&#xD800;&#x110000;&#99999999999999999999;",
		"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
	{ "&#128;&#x92;&#x81;", "\xE2\x82\xAC\xE2\x80\x99\xC2\x81" },
	{ "&#x1F600;", "\xF0\x9F\x98\x80" },
	{ "&#;&#x;&#xg;&", "&#;&#x;&#xg;&" },
	{ "<b title='&amp;'>", "<b title='&'>" },
};

static void
test_references_are_read_as_browsers_read_them(void **state)
{
	(void)state;
	check_rows(html_unescape, references, LENGTH(references));
}

static void
test_entity_finds_a_name_with_and_without_its_semicolon(void **state)
{
	(void)state;
	assert_string_equal(html_entity("amp", 3), "&");
	assert_string_equal(html_entity("amp;", 4), "&");
	assert_string_equal(html_entity("AElig", 5), "\xC3\x86");
	assert_string_equal(html_entity("zwnj", 4), "\xE2\x80\x8C");
	assert_string_equal(html_entity("zscr", 4), "\xF0\x9D\x93\x8F");
	assert_string_equal(html_entity("Tab", 3), "\t");
	assert_null(html_entity("", 0));
	assert_null(html_entity(";", 1));
	assert_null(html_entity("am", 2));
	assert_null(html_entity("ampx", 4));
	assert_null(html_entity("zzzz", 4));
	assert_null(html_entity("AAAA", 4));
}

static const struct row kept[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a < b & c > d", "a &lt; b &amp; c > d" },
	{ "1<2", "1&lt;2" },
	{ "<3 hearts</3", "&lt;3 hearts" },
	{ "<p>one<p>two", "<p>one</p><p>two</p>" },
	{ "<P CLASS=x ID='y'>t</P>", "<p class=\"x\" id=\"y\">t</p>" },
	{ "<br><br/><hr noshade>", "<br /><br /><hr noshade=\"\" />" },
	{ "a</br>b</p>c", "a<br />bc" },
	{ "a<br></br>b<br class=c></br>", "a<br />b<br class=\"c\" />" },
	{ "a<br> </br>", "a<br /> <br />" },
	{ "<b><i>x</b>y</i>", "<b><i>x</i></b>y" },
	{ "<p>a<div>b</div>", "<p>a</p><div>b</div>" },
	{ "<p>a<table><tr><td>b<p>c</table>d",
		"<p>a</p><table><tr><td>b<p>c</p></td></tr></table>d" },
	{ "<p>t<a href=x><h2>h</h2></a>", "<p>t</p><a href=\"x\"><h2>h</h2></a>" },
	{ "<p><b class=c>t<i><span>u<div>v</div>w</b>",
		"<p><b class=\"c\">t<i><span>u</span></i></b></p><b "
		"class=\"c\"><i><div>v</div>w</i></b>" },
	{ "<p><b><p><b>x<p><b>y<p><b>z<p>e", "<p></p><b><p><b>x</b></p><b><p><b>y</b></"
					     "p><b><p><b>z</b></p><p>e</p></b></b></b>" },
	{ "<a href=x>1<a href=y>2</a>", "<a href=\"x\">1</a><a href=\"y\">2</a>" },
	{ "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>",
		"<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>" },
	{ "<ul><li><div><p>a<li>b</ul>", "<ul><li><div><p>a</p></div></li><li>b</li></ul>" },
	{ "<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>" },
	{ "<h1>a<h2>b</h1>c", "<h1>a</h1><h2>b</h2>c" },
	{ "<table>foo<td>x<tr><td>y</table>",
		"<table><tr><td>foo</td><td>x</td></tr><tr><td>y</td></tr></table>" },
	{ "<table><caption>c<col><tbody><tr><th>h<td>d<tfoot><tr><td>f</table>",
		"<table><caption>c</caption><col /><tbody><tr><th>h</th><td>d</td></tr></tbody>"
		"<tfoot><tr><td>f</td></tr></tfoot></table>" },
	{ "<table><tr><td><table><tr><td>in</table>out</table>",
		"<table><tr><td><table><tr><td>in</td></tr></table>out</td></tr></table>" },
	{ "<div><table><tr><td></div>x</table>y</div>z",
		"<div><table><tr><td>x</td></tr></table>y</div>z" },
	{ "<tr><td>a<td>b", "<tr><td>a</td><td>b</td></tr>" },
	{ "<ruby>a<rp>(<rt>b<rp>)</ruby>", "<ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby>" },
	{ "<title>t</title>x", "x" },
	{ "<xmp><b>&amp;</xmp>", "&lt;b>&amp;amp;" },
	{ "<plaintext><b>x</plaintext>", "&lt;b>x&lt;/plaintext>" },
	{ "<textarea><b></textarea>x", "x" },
	{ "<image src=i.png>", "<img src=\"i.png\" />" },
	{ "<form action=x><input name=q><button>go</button></form>", "go" },
	{ "<noscript><img src=i.png></noscript>", "<img src=\"i.png\" />" },
	{ "<custom-tag>t</custom-tag>", "t" },
	{ "<img alt='&lt;b&gt; \"q\"' src=a>",
		"<img alt=\"&lt;b&gt; &quot;q&quot;\" src=\"a\" />" },
	{ "<img alt='<b>' src=a>", "<img alt=\"&lt;b&gt;\" src=\"a\" />" },
	{ "<a title='a&copy=b&copy;&copy c'>", "<a title=\"a&amp;copy=b\xC2\xA9\xC2\xA9 c\"></a>" },
	{ "&#38;&#x26;&amp;&amp &AMP;", "&#38;&#x26;&amp;&amp; &AMP;" },
	{ "&eacute;&#8217;&hellip;", "\xC3\xA9\xE2\x80\x99\xE2\x80\xA6" },
	{ "&lt;script&gt;", "&lt;script&gt;" },
	{ "a\r\nb\rc&#13;d", "a\nb\nc\nd" },
	{ "a\x01"
	  "b\x7F"
	  "c\x0C"
	  "d&#1;&#27;",
		"abc d" },
	{ "\xFF\xC3(\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD" },
	{ "<a href=' http://e.example/?a=1&amp;b=2#f '>",
		"<a href=\"http://e.example/?a=1&amp;b=2#f\"></a>" },
	{ "<a href='HTTPS://e.example/\xC3\xA4'>", "<a href=\"HTTPS://e.example/\xC3\xA4\"></a>" },
	{ "<a href='mailto:a@e.example'>", "<a href=\"mailto:a@e.example\"></a>" },
	{ "<a href='http://e.example/a b'>", "<a href=\"http://e.example/a%20b\"></a>" },
	{ "<a rel='NoFollow' target=_blank ping=x>", "<a rel=\"nofollow\"></a>" },
	{ "<b class=a class=b CLASS=c>", "<b class=\"a\"></b>" },
	{ "<b class>", "<b class=\"\"></b>" },
	{ "<b/class=x/id=y>", "<b class=\"x/id=y\"></b>" },
	{ "<b class='x'id='y'>", "<b class=\"x\" id=\"y\"></b>" },
	{ "<b =class=x id=y>", "<b id=\"y\"></b>" },
	{ "<b class = x id\n=\n'y' title= >", "<b class=\"x\" id=\"y\" title=\"\"></b>" },
	{ "<img srcset='a.png, b.png 2x ,c.png 100w 50h, javascript:x 3x'>",
		"<img srcset=\"a.png, b.png 2x, c.png 100w 50h\" />" },
	{ "<img srcset='javascript:x'>", "<img />" },
	{ "<img usemap=#m><img usemap=http://e.example/#m>", "<img usemap=\"#m\" /><img />" },
	{ "x<!-- a --> y<!---->z<!-->1<!--->2<!--a--!>3<!-- <!-- -->4<!doctype "
	  "html>5<?pi?>6<!x>7</ x>8"
	  "</>9",
		"x yz123456789" },
	{ "a<!-- unclosed <b>x", "a" },
	{ "a<b unclosed", "a" },
	{ "a<b title='unclosed>x", "a" },
	{ "a</b", "a" },
	{ "a<", "a&lt;" },
	{ "a</", "a&lt;/" },
	{ "a<![CDATA[b]]>c", "ac" },
	{ "<pre>\n a\n  b</pre>", "<pre>\n a\n  b</pre>" },
	{ "<div></div></div></p></b>x", "<div></div>x" },
	{ "<details open><summary>s</summary>d</details>",
		"<details open=\"\"><summary>s</summary>d</details>" },
	{ "<video controls poster=p.png><source src=v.mp4></video>",
		"<video controls=\"\" poster=\"p.png\"><source src=\"v.mp4\" /></video>" },
	{ "<iframe src=http://e.example/>text</iframe>", "text" },
	{ "<object data=x><p>fallback</object>", "<p>fallback</p>" },
};

static void
test_sanitise_keeps_what_is_allowed_and_nests_it_well(void **state)
{
	(void)state;
	check_rows(sanitise, kept, LENGTH(kept));
	check_rows(sanitise_twice, kept, LENGTH(kept));
}

static const struct row foreign[] = {
	{ "<svg viewbox='0 0 9 9'><circle cx=1 R=2 /><PATH d=M0 /></svg>t",
		"<svg viewBox=\"0 0 9 9\"><circle cx=\"1\" r=\"2\"></circle><path "
		"d=\"M0\"></path></svg>t" },
	{ "<svg xmlns='http://www.w3.org/2000/svg'><title>t</title></svg>",
		"<svg xmlns=\"http://www.w3.org/2000/svg\"><title>t</title></svg>" },
	{ "<svg xmlns='x'>", "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>" },
	{ "<svg><a xlink:href='http://e.example/'>x</a></svg>",
		"<svg><a xlink:href=\"http://e.example/\" "
		"xmlns:xlink=\"http://www.w3.org/1999/xlink\">x"
		"</a></svg>" },
	{ "<svg><a xlink:href='javascript:x'>x</a></svg>",
		"<svg><a xmlns:xlink=\"http://www.w3.org/1999/xlink\">x</a></svg>" },
	{ "<svg><use href='#a' /><use href='http://e.example/#a' /></svg>",
		"<svg><use href=\"#a\"></use><use></use></svg>" },
	{ "<svg><rect fill='url(#g)' stroke='url(http://e.example/)' /></svg>",
		"<svg><rect fill=\"url(#g)\"></rect></svg>" },
	{ "<svg><rect fill='u\\72l(x)' /></svg>", "<svg><rect></rect></svg>" },
	{ "<svg><animate attributeName=href values=javascript:x /><set to=x /></svg>",
		"<svg></svg>" },
	{ "<svg><foreignObject><p>x</p></foreignObject><g>y</g></svg>", "<svg><g>y</g></svg>" },
	{ "<svg><style>a{}</style><script>x</script><g></svg>", "<svg><g></g></svg>" },
	{ "<svg><style><img src=x onerror=y></style></svg>", "<svg></svg>" },
	{ "<svg><![CDATA[<b>]]></svg>", "<svg>&lt;b></svg>" },
	{ "<svg><g><p>x</p></g></svg>y", "<svg><g></g></svg><p>x</p>y" },
	{ "<svg><title><p>x</svg>", "<svg><title></title></svg><p>x</p>" },
	{ "<svg><desc><circle></svg>", "<svg><desc></desc><circle></circle></svg>" },
	{ "<div><svg><g></div>x", "<div><svg><g></g></svg></div>x" },
	{ "<math><mi>a</mi><mo>&lt;</mo></math>", "<math><mi>a</mi><mo>&lt;</mo></math>" },
	{ "<math><mtext><b>x</b></mtext></math>", "<math><mtext></mtext></math><b>x</b>" },
	{ "<math><annotation-xml encoding='text/html'><b>x</b></annotation-xml></math>",
		"<math></math>" },
	{ "<math><mtext><mglyph><style><img src=x></style>", "<math><mtext></mtext></math>" },
	{ "<math><svg><mi></math>", "<math></math><svg></svg>" },
	{ "<circle>x</circle>", "x" },
};

static void
test_svg_and_math_come_out_as_subsets_and_html_leaves_them(void **state)
{
	(void)state;
	check_rows(sanitise, foreign, LENGTH(foreign));
	check_rows(sanitise_twice, foreign, LENGTH(foreign));
}

static const struct row styles[] = {
	{ "<b style='color:red'>", "<b style=\"color: red;\"></b>" },
	{ "<b style='COLOR : red ; ; position:fixed;x'>", "<b style=\"COLOR: red;\"></b>" },
	{ "<b style=\"font-family: 'Comic Sans', &quot;x&quot;\">",
		"<b style=\"font-family: 'Comic Sans', &quot;x&quot;;\"></b>" },
	{ "<b style='margin: 0 15px -1em 0; padding: 1px 99999px'>",
		"<b style=\"margin: 0 15px -1em 0;\"></b>" },
	{ "<b style='border: 1px solid #ccc !important'>",
		"<b style=\"border: 1px solid #ccc !important;\"></b>" },
	{ "<b style='border: 1px wavy #ccc'>", "<b></b>" },
	{ "<b style='color: rgb(1, 2, 3); background-color: rgba(0,0,0,.5)'>",
		"<b style=\"color: rgb(1, 2, 3); background-color: rgba(0,0,0,.5);\"></b>" },
	{ "<b style='width: calc(1px)'>", "<b></b>" },
	{ "<b style='background: url(http://e.example/) red; color: red'>",
		"<b style=\"color: red;\"></b>" },
	{ "<b style='background-image:url(javascript:x)'>", "<b></b>" },
	{ "<b style='width: expression(alert(1))'>", "<b></b>" },
	{ "<b style='width: exp/**/ression(alert(1)); color: red'>", "<b></b>" },
	{ "<b style='color: \\72 ed'>", "<b></b>" },
	{ "<b style='behavior:url(x);-moz-binding:url(y)'>", "<b></b>" },
	{ "<b style='color:red}b{color:blue'>", "<b></b>" },
	{ "<b style='@import x;color:red'>", "<b></b>" },
	{ "<b style='color:red;font:12px/1.5 Arial,sans-serif'>",
		"<b style=\"color: red; font: 12px/1.5 Arial,sans-serif;\"></b>" },
	{ "<b style=''>", "<b></b>" },
	{ "<b style='color:red\nblue'>", "<b style=\"color: red blue;\"></b>" },
	{ "<b style=\"font-family:'a;b:c'\">", "<b></b>" },
	{ "<b style=\"font-family:'unclosed;color:red\">", "<b></b>" },
	{ "<b style='fill:red'><svg style='fill:red'>", "<b><svg style=\"fill: red;\"></svg></b>" },
};

static void
test_styles_keep_harmless_declarations_alone(void **state)
{
	(void)state;
	check_rows(sanitise, styles, LENGTH(styles));
	check_rows(sanitise_twice, styles, LENGTH(styles));
}

static const struct row trackers[] = {
	{ "a<img src=t.gif width=1 height=1>b", "ab" },
	{ "<img src=t.gif width='1px' height='0'>", "" },
	{ "<img src=t.gif width=1>", "" },
	{ "<img src=t.gif height='&#48;'>", "" },
	{ "<img src=t.gif style='width:1px;height:1px'>", "" },
	{ "<img src=t.gif style='display : NONE !important'>", "" },
	{ "<image src=t.gif width=1 height=1>", "" },
	{ "<img src=t.gif width=10 height=1>", "<img height=\"1\" src=\"t.gif\" width=\"10\" />" },
	{ "<img src=t.gif width=100%>", "<img src=\"t.gif\" width=\"100%\" />" },
	{ "<img src=t.gif width=auto>", "<img src=\"t.gif\" width=\"auto\" />" },
	{ "<img src=t.gif width=''>", "<img src=\"t.gif\" width=\"\" />" },
};

static void
test_tracking_pixels_are_dropped(void **state)
{
	(void)state;
	check_rows(sanitise, trackers, LENGTH(trackers));
}

/* Whatever becomes of these, nothing that runs or loads a document comes out. */
static const char *const attacks[] = {
	"<script>alert(1)</script>",
	"<SCRIPT SRC=http://e.example/x.js></SCRIPT>",
	"<script/xss src=x></script>",
	"<<script>alert(1)//<</script>",
	"<scr<script>ipt>alert(1)</scr</script>ipt>",
	"<script><!--<script></script>alert(1)</script>",
	"<script>x</script\n>alert(1)",
	"<img src=x onerror=alert(1)>",
	"<img/src=x/onerror=alert(1)>",
	"<img src='x'onerror='alert(1)'>",
	"<img src=x\nonerror\n=\nalert(1)>",
	"<img \"\"\"><script>alert(1)</script>\">",
	"<svg/onload=alert(1)>",
	"<svg><script>alert(1)</script></svg>",
	"<svg><script xlink:href=data:,alert(1) /></svg>",
	"<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
	"<svg><animate xlink:href=#a attributeName=href values=javascript:alert(1) /><a id=a>",
	"<svg><set attributeName=onmouseover to=alert(1)>",
	"<svg><handler xmlns:ev='http://www.w3.org/2001/xml-events' "
	"ev:event=load>alert(1)</handler>",
	"<svg><style>&lt;img src=x onerror=alert(1)&gt;</style>",
	"<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
	"<svg><p><style><!--</style><img src=x onerror=alert(1)>--></style>",
	"<svg><title><style><img src=x onerror=alert(1)></style></title></svg>",
	"<svg><desc><noscript><p title='</noscript><img src=x onerror=alert(1)>'></desc>",
	"<svg><foreignObject><body onload=alert(1)></foreignObject></svg>",
	"<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)></svg>#x'/></svg>",
	"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 "
	"onerror=alert(1)&gt;'>",
	"<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a title='</style><img src "
	"onerror=alert(1)>'></style></h1>",
	"<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
	"<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml>",
	"<math href='javascript:alert(1)'>x</math>",
	"<math><maction actiontype=statusline xlink:href='javascript:alert(1)'>x</maction></math>",
	"<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
	"<noembed><a title='</noembed><img src=x onerror=alert(1)>'>",
	"<textarea><p title='</textarea><img src=x onerror=alert(1)>'>",
	"<title><p title='</title><img src=x onerror=alert(1)>'>",
	"<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
	"<style><p title='</style><img src=x onerror=alert(1)>'>",
	"<iframe><p title='</iframe><img src=x onerror=alert(1)>'>",
	"<plaintext><img src=x onerror=alert(1)>",
	"<template><img src=x onerror=alert(1)></template>",
	"<select><style></select><img src=x onerror=alert(1)></style>",
	"<table><td><style></table><img src=x onerror=alert(1)></style>",
	"<a href='javascript:alert(1)'>x</a>",
	"<a href='JaVaScRiPt:alert(1)'>x</a>",
	"<a href=' &#1;javascript:alert(1)'>x</a>",
	"<a href='java\nscript:alert(1)'>x</a>",
	"<a href='java&#9;script:alert(1)'>x</a>",
	"<a href='java&NewLine;script&colon;alert(1)'>x</a>",
	"<a href='&#106avascript&#58alert(1)'>x</a>",
	"<a href='&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)'>x</a>",
	"<a href='java&#0;script:alert(1)'>x</a>",
	"<a href='java&#173;script:alert(1)'>x</a>",
	"<a href='\xE2\x80\x83javascript:alert(1)'>x</a>",
	"<a href='view-source:javascript:alert(1)'>x</a>",
	"<a href='feed:javascript:alert(1)'>x</a>",
	"<a href='vbscript:msgbox(1)'>x</a>",
	"<a href='data:text/html,<script>alert(1)</script>'>x</a>",
	"<a href='blob:http://e.example/1'>x</a>",
	"<a href='filesystem:http://e.example/1'>x</a>",
	"<a href='about:blank'>x</a>",
	"<a href='jar:http://e.example/!/'>x</a>",
	"<img src='javascript:alert(1)'>",
	"<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
	"<img dynsrc='javascript:alert(1)' lowsrc='javascript:alert(1)'>",
	"<img srcset='javascript:alert(1) 1x'>",
	"<body background='javascript:alert(1)'>",
	"<table background='javascript:alert(1)'>",
	"<video poster='javascript:alert(1)' onloadstart=alert(1)><source "
	"onerror=alert(1)></video>",
	"<audio src=x onerror=alert(1)>",
	"<details open ontoggle=alert(1)>",
	"<marquee onstart=alert(1)>",
	"<input autofocus onfocus=alert(1)>",
	"<input type=image src=javascript:alert(1)>",
	"<button formaction=javascript:alert(1)>x</button>",
	"<form action=javascript:alert(1)><input type=submit></form>",
	"<isindex action=javascript:alert(1) type=submit>",
	"<iframe src=javascript:alert(1)></iframe>",
	"<iframe srcdoc='<script>alert(1)</script>'></iframe>",
	"<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
	"<object data=javascript:alert(1)></object>",
	"<object type=text/html data='data:text/html,<script>alert(1)</script>'></object>",
	"<embed src=javascript:alert(1)>",
	"<applet code=x>",
	"<link rel=stylesheet href=javascript:alert(1)>",
	"<link rel=import href=http://e.example/>",
	"<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
	"<base href='javascript:alert(1)//'>",
	"<style>@import 'javascript:alert(1)';</style>",
	"<div style='background:url(javascript:alert(1))'>",
	"<div style='width:expression(alert(1))'>",
	"<div style='behavior:url(#default#time2)' onbegin=alert(1)>",
	"<div style='-moz-binding:url(http://e.example/x.xml#x)'>",
	"<div style='position:fixed;top:0;left:0;width:100%;height:100%'>",
	"<div style='background:\\75rl(http://e.example/)'>",
	"<div style=\"font-family:'</style><script>alert(1)</script>'\">",
	"<xss onclick=alert(1)>x</xss>",
	"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
	"<?xml version='1.0'?><script>alert(1)</script>",
	"<!--><script>alert(1)</script>-->",
	"<!--a--!><script>alert(1)</script>-->",
	"<!-- --\n><script>alert(1)</script>",
	"<![CDATA[><script>alert(1)</script>]]>",
	"<![if !IE]><script>alert(1)</script><![endif]>",
	"<!--[if IE]><script>alert(1)</script><![endif]-->",
	"<a title='<script>alert(1)</script>'>",
	"<a title=\"&quot;onmouseover=alert(1)//\">",
	"<a title='\"onmouseover=alert(1) x=\"'>",
	"<a title=`onmouseover=alert(1)`>",
	"<b class=x&quot;onclick=alert(1)>",
	"<p id='&#x22;&#x3e;&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;'>",
	"&lt;script&gt;alert(1)&lt;/script&gt;",
	"&amp;lt;script&amp;gt;",
	"\xC0\xBCscript>alert(1)</script>",
	"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
	"<a href='http://e.example/\"onclick=\"alert(1)'>",
	"<bgsound src=javascript:alert(1)>",
	"<layer src=http://e.example/></layer>",
	"<ilayer src=x><multicol onclick=alert(1)>",
	"<area shape=rect coords=0,0,9,9 href=javascript:alert(1)>",
	"<portal src=javascript:alert(1)>",
	"<dialog open onclose=alert(1)>",
	"<a xml:base='javascript:alert(1)//' href='#'>",
	"<div xmlns='http://e.example/' xmlns:x='y'>",
};

/* Reads the output by the simplest rules there are: it must not need any others. */
static void
check_is_plain_markup(const char *in, const char *out)
{
	static const char *const never[] = { "<script", "<style", "<iframe", "<form", "<input",
		"<object", "<embed", "<link", "<meta", "<base", "<frame", "<template", "<noscript",
		"<textarea", "<foreign", "<animate", "<set", "<mglyph", "<annotation", "<!", "<?",
		"\"javascript", "\"vbscript", "\"data:", "url(", "expression(", "position:" };
	bool quoted = false, tag = false;

	for (size_t i = 0; i < LENGTH(never); i++)
		if (strstr(out, never[i]))
			fail_msg("%s\n gave %s", in, out);
	for (const char *pos = out; *pos; pos++) {
		if (*pos == '"' && tag)
			quoted = !quoted;
		if (quoted && (*pos == '<' || *pos == '>'))
			fail_msg("%s\n gave %s", in, out);
		if (!quoted && tag && strncmp(pos, " on", 3) == 0)
			fail_msg("%s\n gave %s", in, out);
		if (*pos == '<') {
			assert_false(tag);
			tag = true;
		} else if (*pos == '>' && !quoted) {
			tag = false;
		}
	}
	assert_false(tag);
	assert_false(quoted);
}

static void
test_no_attack_comes_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(attacks); i++) {
		static const char *const around[][2] = { { "", "" }, { "<table>", "</table>" },
			{ "<svg>", "</svg>" }, { "<math><mi>", "</mi></math>" },
			{ "<p><a href=x>", "" }, { "<select>", "" }, { "<pre><title>", "" } };

		for (size_t j = 0; j < LENGTH(around); j++) {
			struct buf in = { 0 }, out = { 0 };

			buf_printf(&in, "%s%s%s", around[j][0], attacks[i], around[j][1]);
			sanitise_twice(&out, buf_str(&in), in.len);
			check_is_plain_markup(buf_str(&in), buf_str(&out));
			buf_done(&in);
			buf_done(&out);
		}
	}
}

static void
test_urls_are_resolved_against_the_base_and_then_checked(void **state)
{
	static const struct {
		const char *base, *in, *out;
	} rows[] = {
		{ "http://e.example/a/b", "<a href='../c'>",
			"<a href=\"http://e.example/c\"></a>" },
		{ "http://e.example/a/b", "<a href='#f'>",
			"<a href=\"http://e.example/a/b#f\"></a>" },
		{ "http://e.example/a/b", "<img srcset='x 2x'>",
			"<img srcset=\"http://e.example/a/x 2x\" />" },
		{ "http://e.example/a/b", "<a href='//f.example/'>",
			"<a href=\"http://f.example/\"></a>" },
		{ "http://e.example/a/b", "<a href=''>", "<a href=\"\"></a>" },
		{ "http://e.example/", "<a href='ftp://f.example/'>",
			"<a href=\"ftp://f.example/\"></a>" },
		{ "http://e.example/", "<a href='javascript:x'>", "<a></a>" },
		{ "http://e.example/", "<svg><use href='#a' /></svg>",
			"<svg><use href=\"#a\"></use></svg>" },
		{ "javascript:alert(1)//", "<a href='x'>", NULL },
		{ "data:text/html,", "<a href='?x'>", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct html_options options = { .base = rows[i].base };
		struct buf out = { 0 };

		html_sanitise(&out, rows[i].in, strlen(rows[i].in), &options);
		if (rows[i].out)
			assert_string_equal(buf_str(&out), rows[i].out);
		assert_null(strstr(buf_str(&out), "javascript"));
		assert_null(strstr(buf_str(&out), "data:"));
		buf_done(&out);
	}
}

static void
test_xhtml_is_read_as_xml_wrote_it(void **state)
{
	static const struct row rows[] = {
		{ "<div/>x<b/>", "<div></div>x<b></b>" },
		{ "<script/>x", "x" },
		{ "<style>a &lt; b</style>x<title>t<b>u</b></title>y", "xy" },
		{ "<textarea/>x<iframe/>y", "xy" },
	};
	struct html_options options = { .xhtml = true };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct buf out = { 0 };

		html_sanitise(&out, rows[i].in, strlen(rows[i].in), &options);
		assert_string_equal(buf_str(&out), rows[i].out);
		buf_done(&out);
	}
}

static const struct row texts[] = {
	{ "", "" },
	{ "  a\n b\t c ", "a b c" },
	{ "<p>one</p>\n<p>two</p>", "one\n\ntwo" },
	{ "a<br>b<br><br>c", "a\nb\n\nc" },
	{ "<div>a</div><div>b</div>c", "a\nb\nc" },
	{ "<h1>T</h1>text", "T\n\ntext" },
	{ "x<b>y</b>z <i> w</i>", "xyz w" },
	{ "<ul><li>a<li>b<ol start=3><li>c<li>d</ol></ul>e", "- a\n- b\n  3. c\n  4. d\n\ne" },
	{ "<ul><li><p>a</p></li><li></li><li>b</li></ul>", "- a\n- b" },
	{ "<img alt='a  pic' src=x> t <img src=y>", "[a pic] t" },
	{ "<a href=http://e.example/>link</a>s", "links" },
	{ "a<script>b</script><style>c</style><title>d</title>e", "ae" },
	{ "<template>x</template>a<!-- b -->c", "ac" },
	{ "<pre>\n a\n\n   b\n</pre>c", " a\n\n   b\n\nc" },
	{ "<table><tr><td>a<td>b<tr><td>c</table>", "a\tb\nc" },
	{ "&lt;b&gt; &amp;amp; &nbsp;x&nbsp;", "<b> &amp; x" },
	{ "a\xC2\xA0 b\xC2\xA9&#32;c&#10;d&#1;e\x01"
	  "f &x; &",
		"a b\xC2\xA9 c def &x; &" },
	{ "<p>a<blockquote>b</blockquote>c", "a\n\nb\n\nc" },
	{ "a < b", "a < b" },
	{ "<textarea>x</textarea>y<xmp><b></xmp>", "y\n\n<b>" },
	{ "</ul></pre></li>a", "a" },
};

static void
test_text_keeps_paragraphs_lists_and_alt_texts(void **state)
{
	(void)state;
	check_rows(html_to_text, texts, LENGTH(texts));
}

static const struct row lines[] = {
	{ "  <b>A</b>\n title ", "A title" },
	{ "<p>one</p><p>two</p>", "one two" },
	{ "a<br>b", "a b" },
	{ "AT&amp;T &#8211; <i>x</i>", "AT&T \xE2\x80\x93 x" },
	{ "<ul><li>a<li>b</ul>", "a b" },
	{ "<pre> a\n b</pre>", "a b" },
};

static void
test_line_is_one_line(void **state)
{
	(void)state;
	check_rows(html_to_line, lines, LENGTH(lines));
}

static void
test_looks_like_html_only_where_it_does(void **state)
{
	static const char *const yes[] = { "<b>x</b>", "a<br>b", "a<br/>b", "x &amp; y", "&#8217;",
		"&nbsp;", "<P>", "foo</custom>" };
	static const char *const no[] = { "", "plain", "a < b > c", "1<2", "AT&T", "x & y;",
		"&copy 2", "<3", "if (a<b && c>d)", "mail <joe@e.example>", "a <- b" };

	(void)state;
	for (size_t i = 0; i < LENGTH(yes); i++)
		if (!html_looks_like(yes[i], strlen(yes[i])))
			fail_msg("plain: %s", yes[i]);
	for (size_t i = 0; i < LENGTH(no); i++)
		if (html_looks_like(no[i], strlen(no[i])))
			fail_msg("HTML: %s", no[i]);
}

static void
test_page_scan_finds_title_and_feed(void **state)
{
	static const char page[] =
		"<!DOCTYPE html><html><head><script>'<title>no</title>'</script><title> My &amp;\n "
		"Page"
		"</title><link rel=stylesheet href=s.css><link rel='alternate' hreflang=de href=de>"
		"<LINK REL='nofollow Alternate' TYPE='application/rss+xml; charset=utf-8' "
		"HREF='/feed?a&amp;b'><link rel=alternate type=application/atom+xml href=second>";
	struct buf title = { 0 }, feed = { 0 };

	(void)state;
	html_page_scan(page, sizeof(page) - 1, &title, &feed);
	assert_string_equal(buf_str(&title), "My & Page");
	assert_string_equal(buf_str(&feed), "/feed?a&b\nsecond\n");
	html_page_scan(page, sizeof(page) - 1, NULL, NULL);
	buf_done(&title);
	buf_done(&feed);
	html_page_scan("<p>nothing", 10, &title, &feed);
	assert_int_equal(title.len + feed.len, 0);
}

static void
test_depth_is_bounded(void **state)
{
	struct buf in = { 0 }, out = { 0 };
	size_t depth = 0, deepest = 0;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_puts(&in, i % 3 ? "<div>" : "<table><td>");
	buf_puts(&in, "text");
	sanitise_twice(&out, buf_str(&in), in.len);
	assert_non_null(strstr(buf_str(&out), "text"));
	for (const char *pos = buf_str(&out); (pos = strchr(pos, '<')); pos++) {
		depth += pos[1] == '/' ? (size_t)-1 : 1;
		deepest = depth > deepest ? depth : deepest;
	}
	assert_int_equal(depth, 0);
	assert_in_range(deepest, 200, 256);
	buf_done(&in);
	buf_done(&out);
}

static void
test_attributes_beyond_the_cap_are_dropped(void **state)
{
	struct buf in = { 0 }, out = { 0 };

	(void)state;
	buf_puts(&in, "<b title=t");
	for (int i = 0; i < 1000; i++)
		buf_printf(&in, " x%d=y", i);
	buf_puts(&in, " class=c>z");
	html_sanitise(&out, buf_str(&in), in.len, NULL);
	assert_string_equal(buf_str(&out), "<b title=\"t\">z</b>");
	buf_done(&in);
	buf_done(&out);
}

/* The first and the last name of each initial: the tables' index is right. */
static void
test_known_names_are_found_in_any_case(void **state)
{
	static const char *const elements[] = { "a", "audio", "b", "button", "canvas", "command",
		"data", "dt", "em", "event-source", "fieldset", "frameset", "h1", "html", "i",
		"ins", "kbd", "keygen", "label", "listing", "m", "multicol", "nav", "noscript",
		"object", "output", "p", "progress", "q", "rb", "ruby", "s", "svg", "table", "tt",
		"u", "ul", "var", "video", "wbr", "xmp" };
	static const char *const attributes[] = { "abbr", "axis", "background", "bottompadding",
		"cellpadding", "cy", "d", "dynsrc", "enctype", "equalrows", "face", "fy",
		"galleryimg", "gutter", "headers", "hspace", "icon", "itemprop", "keytype", "label",
		"lspace", "marker-end", "multiple", "name", "numalign", "offset", "overflow",
		"pathLength", "prompt", "r", "ry", "scope", "systemLanguage", "tabindex", "type",
		"unselectable", "usemap", "valign", "vspace", "width", "wrap", "x", "xmlns:xlink",
		"y", "y2", "zoomAndPan" };
	static const char *const unknown[] = { "", "A1", "zz", "{", "@", "\xC3\xA4", "aa", "divx",
		"di", "onclick", "ping", "formaction", "blockquotes" };

	(void)state;
	for (size_t i = 0; i < LENGTH(elements); i++) {
		size_t size = strlen(elements[i]);
		const struct html_element *element = html_element_find(
			HTML_SPACE_HTML, elements[i], size);
		char upper[32] = "";

		assert_non_null(element);
		assert_string_equal(element->name, elements[i]);
		for (size_t j = 0; j < size; j++)
			upper[j] = elements[i][j] >= 'a' && elements[i][j] <= 'z'
					   ? (char)(elements[i][j] - 32)
					   : elements[i][j];
		assert_ptr_equal(html_element_find(HTML_SPACE_HTML, upper, size), element);
	}
	for (size_t i = 0; i < LENGTH(attributes); i++) {
		enum html_space any = HTML_SPACE_HTML | HTML_SPACE_SVG | HTML_SPACE_MATH;
		const struct html_attribute_rule *rule = html_attribute_find(
			any, attributes[i], strlen(attributes[i]));

		assert_non_null(rule);
		assert_string_equal(rule->name, attributes[i]);
	}
	for (size_t i = 0; i < LENGTH(unknown); i++) {
		assert_null(html_element_find(HTML_SPACE_HTML, unknown[i], strlen(unknown[i])));
		assert_null(html_attribute_find(HTML_SPACE_HTML, unknown[i], strlen(unknown[i])));
	}
	assert_null(html_attribute_find(HTML_SPACE_HTML, "viewBox", 7));
	assert_string_equal(html_attribute_find(HTML_SPACE_SVG, "VIEWBOX", 7)->name, "viewBox");
}

static double
seconds_for(convert_fn convert, const char *unit, size_t bytes)
{
	struct buf in = { 0 };
	double best = 1e9;

	while (in.len < bytes)
		buf_puts(&in, unit);
	for (int i = 0; i < 3; i++) {
		struct buf out = { 0 };
		struct timespec begin, end;
		double seconds;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
		convert(&out, in.data, in.len);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
		assert_int_equal(buf_error(&out), 0);
		buf_done(&out);
		seconds = (double)(end.tv_sec - begin.tv_sec) +
			  (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
		best = seconds < best ? seconds : best;
	}
	buf_done(&in);
	return best;
}

static const char *const hostile[] = { "<", "&", "<div>", "<b>", "<p>", "</p>", "<a ", "<a a ",
	"<!--", "<!-", "<![CDATA[", "<svg><![CDATA[", "<table>", "<table><tr><td>", "<td>x",
	"x<tr>", "<li>", "<ul><li>", "<a href=x>", "<b></p>", "</b></i>", "<script>",
	"<script><!--", "<title>", "<title></titl", "</", "<x", "<x y='", "&a", "&#", "&#1",
	"&CounterClockwise", "<svg>", "<math><mi>", "<svg><title>", "<b style='a:b;c(",
	"<img srcset='a,'>", "<select><option>", "<pre>\n", " ", "\n", "<br>", "\xFF",
	"<style></styl", "<plaintext>", "--!>", "<ol><li>", "<template>", "</template>",
	"<svg><foreignObject>", "<h1>", "<dd>", "\xC2\xA0", "<p><b><i><u>" };

/* Four times the input takes about four times as long: eight leaves room for a busy machine. */
static void
check_is_linear(convert_fn convert)
{
	for (size_t i = 0; i < LENGTH(hostile); i++) {
		double one = 0, four = 0;

		for (int attempt = 0; attempt < 5; attempt++) {
			one = seconds_for(convert, hostile[i], 64 * 1024);
			four = seconds_for(convert, hostile[i], 256 * 1024);
			if (four < 8 * one + 0.002)
				break;
		}
		if (four >= 8 * one + 0.002)
			fail_msg("%s: %f s, then %f s", hostile[i], one, four);
	}
}

static void
test_time_grows_with_the_input_and_no_faster(void **state)
{
	(void)state;
	check_is_linear(sanitise);
	check_is_linear(html_to_text);
	check_is_linear(html_unescape);
}

#define FILL 20

/* What comes of one special piece does not depend on where in the text it stands. */
static void
check_anywhere(convert_fn convert, const char *piece)
{
	static const char fill[FILL + 1] = "abcdefghijklmnopqrst";
	struct buf once = { 0 }, in = { 0 }, out = { 0 }, want = { 0 };

	buf_printf(&in, "a%st", piece);
	convert(&once, buf_str(&in), in.len);
	for (int before = 1; before < FILL; before++) {
		for (int after = 1; after < FILL; after++) {
			buf_reset(&in);
			buf_reset(&out);
			buf_reset(&want);
			buf_printf(&in, "%.*s%s%s", before, fill, piece, fill + FILL - after);
			buf_printf(&want, "%.*s%.*s%s", before, fill, (int)once.len - 2,
				buf_str(&once) + 1, fill + FILL - after);
			convert(&out, buf_str(&in), in.len);
			assert_string_equal(buf_str(&out), buf_str(&want));
		}
	}
	buf_done(&once);
	buf_done(&in);
	buf_done(&out);
	buf_done(&want);
}

static void
test_a_special_byte_is_seen_wherever_it_stands(void **state)
{
	static const char *const pieces[] = { "&", "&amp;", "&eacute;", "\"", ">", "< ", "\r", "\n",
		"\r\n", "\f", "\t", " ", "  ", " x ", " x  y", "\x01", "\x1F", "\x7F", "\xC2\xA0",
		"\xC2\xA9", "\xC3\xA9", "\xD0\x90", "\xE2\x80\xA8", "\xF0\x9F\x98\x80", "<b>x</b>",
		"\x7Fx\x7F", "&x&" };

	(void)state;
	for (size_t i = 0; i < LENGTH(pieces); i++) {
		check_anywhere(sanitise, pieces[i]);
		check_anywhere(html_to_text, pieces[i]);
		check_anywhere(html_to_line, pieces[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references_are_read_as_browsers_read_them),
		cmocka_unit_test(test_entity_finds_a_name_with_and_without_its_semicolon),
		cmocka_unit_test(test_sanitise_keeps_what_is_allowed_and_nests_it_well),
		cmocka_unit_test(test_svg_and_math_come_out_as_subsets_and_html_leaves_them),
		cmocka_unit_test(test_styles_keep_harmless_declarations_alone),
		cmocka_unit_test(test_tracking_pixels_are_dropped),
		cmocka_unit_test(test_no_attack_comes_through),
		cmocka_unit_test(test_urls_are_resolved_against_the_base_and_then_checked),
		cmocka_unit_test(test_xhtml_is_read_as_xml_wrote_it),
		cmocka_unit_test(test_text_keeps_paragraphs_lists_and_alt_texts),
		cmocka_unit_test(test_line_is_one_line),
		cmocka_unit_test(test_looks_like_html_only_where_it_does),
		cmocka_unit_test(test_page_scan_finds_title_and_feed),
		cmocka_unit_test(test_known_names_are_found_in_any_case),
		cmocka_unit_test(test_a_special_byte_is_seen_wherever_it_stands),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_attributes_beyond_the_cap_are_dropped),
		cmocka_unit_test(test_time_grows_with_the_input_and_no_faster),
	};

	return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
