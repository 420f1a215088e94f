/*
 * The elements that are known, by vocabulary, sorted by name in lower case. "Known" is more than
 * "let through": some are named because of how their content is read or because it goes with them.
 * Left out on purpose, though often seen: form and its controls (a spooled article asks nobody for
 * a password), frames, whatever loads a plug-in, what animates svg (it can set a link's target),
 * and noscript, whose content is what a reader without scripts is meant to see.
 */
#include "lib/feed/html_policy.h"

#define A HTML_ALLOWED
#define V HTML_VOID
#define B HTML_BLOCK
#define D HTML_DROPPED
#define S HTML_BARRIER
#define T HTML_TEXTUAL
#define F HTML_FORMAT

#define ELEMENT(name, kind, mode, flags) \
	{ \
		name, sizeof(name) - 1, HTML_KIND_##kind, HTML_MODE_##mode, flags, HTML_SPACE_HTML \
	}
#define SVG(name, kind, flags) \
	{ \
		name, sizeof(name) - 1, HTML_KIND_##kind, HTML_MODE_DATA, flags, HTML_SPACE_SVG \
	}
#define MATH(name, kind, flags) \
	{ \
		name, sizeof(name) - 1, HTML_KIND_##kind, HTML_MODE_DATA, flags, HTML_SPACE_MATH \
	}

static const struct html_element html_elements[] = {
	ELEMENT("a", A, DATA, A | F),
	ELEMENT("abbr", OTHER, DATA, A),
	ELEMENT("acronym", OTHER, DATA, A),
	ELEMENT("address", DIV, DATA, A | B),
	ELEMENT("applet", OTHER, DATA, 0),
	ELEMENT("area", OTHER, DATA, A | V),
	ELEMENT("article", OTHER, DATA, A | B),
	ELEMENT("aside", OTHER, DATA, A | B),
	ELEMENT("audio", OTHER, DATA, A),
	ELEMENT("b", OTHER, DATA, A | F),
	ELEMENT("base", OTHER, DATA, V),
	ELEMENT("basefont", OTHER, DATA, V),
	ELEMENT("bdi", OTHER, DATA, A),
	ELEMENT("bdo", OTHER, DATA, A),
	ELEMENT("bgsound", OTHER, DATA, V),
	ELEMENT("big", OTHER, DATA, A | F),
	ELEMENT("blink", OTHER, DATA, 0),
	ELEMENT("blockquote", OTHER, DATA, A | B),
	ELEMENT("body", OTHER, DATA, B),
	ELEMENT("br", BR, DATA, A | V),
	ELEMENT("button", OTHER, DATA, 0),
	ELEMENT("canvas", OTHER, DATA, A),
	ELEMENT("caption", CAPTION, DATA, A | B | S),
	ELEMENT("center", OTHER, DATA, A | B),
	ELEMENT("cite", OTHER, DATA, A),
	ELEMENT("code", OTHER, DATA, A | F),
	ELEMENT("col", COL, DATA, A | V),
	ELEMENT("colgroup", COLGROUP, DATA, A),
	ELEMENT("command", OTHER, DATA, V),
	ELEMENT("data", OTHER, DATA, A),
	ELEMENT("datagrid", OTHER, DATA, A),
	ELEMENT("datalist", OTHER, DATA, A),
	ELEMENT("dd", DT, DATA, A | B),
	ELEMENT("del", OTHER, DATA, A),
	ELEMENT("details", OTHER, DATA, A | B),
	ELEMENT("dfn", OTHER, DATA, A),
	ELEMENT("dialog", OTHER, DATA, A | B),
	ELEMENT("dir", UL, DATA, A | B),
	ELEMENT("div", DIV, DATA, A | B),
	ELEMENT("dl", OTHER, DATA, A | B),
	ELEMENT("dt", DT, DATA, A | B),
	ELEMENT("em", OTHER, DATA, A | F),
	ELEMENT("embed", OTHER, DATA, V),
	ELEMENT("event-source", OTHER, DATA, A),
	ELEMENT("fieldset", OTHER, DATA, A | B),
	ELEMENT("figcaption", OTHER, DATA, A | B),
	ELEMENT("figure", OTHER, DATA, A | B),
	ELEMENT("font", OTHER, DATA, A | F),
	ELEMENT("footer", OTHER, DATA, A | B),
	ELEMENT("form", OTHER, DATA, B),
	ELEMENT("frame", OTHER, DATA, V),
	ELEMENT("frameset", OTHER, DATA, 0),
	ELEMENT("h1", HEADING, DATA, A | B),
	ELEMENT("h2", HEADING, DATA, A | B),
	ELEMENT("h3", HEADING, DATA, A | B),
	ELEMENT("h4", HEADING, DATA, A | B),
	ELEMENT("h5", HEADING, DATA, A | B),
	ELEMENT("h6", HEADING, DATA, A | B),
	ELEMENT("head", OTHER, DATA, B),
	ELEMENT("header", OTHER, DATA, A | B),
	ELEMENT("hgroup", OTHER, DATA, A | B),
	ELEMENT("hr", HR, DATA, A | V | B),
	ELEMENT("html", OTHER, DATA, B),
	ELEMENT("i", OTHER, DATA, A | F),
	ELEMENT("iframe", OTHER, DATA, 0),
	ELEMENT("image", IMG, DATA, A | V),
	ELEMENT("img", IMG, DATA, A | V),
	ELEMENT("input", OTHER, DATA, V),
	ELEMENT("ins", OTHER, DATA, A),
	ELEMENT("kbd", OTHER, DATA, A),
	ELEMENT("keygen", OTHER, DATA, V),
	ELEMENT("label", OTHER, DATA, A),
	ELEMENT("legend", OTHER, DATA, A | B),
	ELEMENT("li", LI, DATA, A | B),
	ELEMENT("link", OTHER, DATA, V),
	ELEMENT("listing", PRE, DATA, B),
	ELEMENT("m", OTHER, DATA, A),
	ELEMENT("main", OTHER, DATA, A | B),
	ELEMENT("map", OTHER, DATA, A),
	ELEMENT("mark", OTHER, DATA, A),
	ELEMENT("marquee", OTHER, DATA, 0),
	ELEMENT("math", ROOT, DATA, 0),
	ELEMENT("menu", UL, DATA, A | B),
	ELEMENT("meta", OTHER, DATA, V),
	ELEMENT("meter", OTHER, DATA, A),
	ELEMENT("multicol", OTHER, DATA, A),
	ELEMENT("nav", OTHER, DATA, A | B),
	ELEMENT("nextid", OTHER, DATA, 0),
	ELEMENT("nobr", OTHER, DATA, 0),
	ELEMENT("noembed", OTHER, RAWTEXT, D),
	ELEMENT("noframes", OTHER, RAWTEXT, D),
	ELEMENT("noscript", OTHER, DATA, 0),
	ELEMENT("object", OTHER, DATA, 0),
	ELEMENT("ol", OL, DATA, A | B),
	ELEMENT("optgroup", OPTGROUP, DATA, A),
	ELEMENT("option", OPTION, DATA, A),
	ELEMENT("output", OTHER, DATA, A),
	ELEMENT("p", P, DATA, A | B),
	ELEMENT("param", OTHER, DATA, V),
	ELEMENT("picture", OTHER, DATA, A),
	ELEMENT("plaintext", PRE, PLAINTEXT, B),
	ELEMENT("pre", PRE, DATA, A | B),
	ELEMENT("progress", OTHER, DATA, A),
	ELEMENT("q", OTHER, DATA, A),
	ELEMENT("rb", OTHER, DATA, A),
	ELEMENT("rp", RT, DATA, A),
	ELEMENT("rt", RT, DATA, A),
	ELEMENT("rtc", OTHER, DATA, A),
	ELEMENT("ruby", RUBY, DATA, A),
	ELEMENT("s", OTHER, DATA, A | F),
	ELEMENT("samp", OTHER, DATA, A),
	ELEMENT("script", OTHER, SCRIPT, D),
	ELEMENT("search", OTHER, DATA, A | B),
	ELEMENT("section", OTHER, DATA, A | B),
	ELEMENT("select", OTHER, DATA, 0),
	ELEMENT("small", OTHER, DATA, A | F),
	ELEMENT("sound", OTHER, DATA, A),
	ELEMENT("source", OTHER, DATA, A | V),
	ELEMENT("spacer", OTHER, DATA, A),
	ELEMENT("span", OTHER, DATA, A),
	ELEMENT("strike", OTHER, DATA, A | F),
	ELEMENT("strong", OTHER, DATA, A | F),
	ELEMENT("style", OTHER, RAWTEXT, D),
	ELEMENT("sub", OTHER, DATA, A),
	ELEMENT("summary", OTHER, DATA, A | B),
	ELEMENT("sup", OTHER, DATA, A),
	ELEMENT("svg", ROOT, DATA, 0),
	ELEMENT("table", TABLE, DATA, A | B | S),
	ELEMENT("tbody", SECTION, DATA, A),
	ELEMENT("td", CELL, DATA, A | S),
	ELEMENT("template", OTHER, DATA, D),
	ELEMENT("textarea", OTHER, RCDATA, D),
	ELEMENT("tfoot", SECTION, DATA, A),
	ELEMENT("th", CELL, DATA, A | S),
	ELEMENT("thead", SECTION, DATA, A),
	ELEMENT("time", OTHER, DATA, A),
	ELEMENT("title", TITLE, RCDATA, D),
	ELEMENT("tr", ROW, DATA, A | B),
	ELEMENT("track", OTHER, DATA, A | V),
	ELEMENT("tt", OTHER, DATA, A | F),
	ELEMENT("u", OTHER, DATA, A | F),
	ELEMENT("ul", UL, DATA, A | B),
	ELEMENT("var", OTHER, DATA, A),
	ELEMENT("video", OTHER, DATA, A),
	ELEMENT("wbr", OTHER, DATA, A | V),
	ELEMENT("xmp", PRE, RAWTEXT, B),
};

/* Where each initial's names begin in html_elements, and where the last one's end. */
static const unsigned char html_initials[] = { 0, 9, 21, 29, 41, 44, 52, 52, 63, 69, 69, 71, 76, 86,
	92, 97, 103, 104, 109, 127, 140, 142, 144, 145, 146, 146, 146 };

static const struct html_element svg_elements[] = {
	SVG("a", A, A),
	SVG("circle", OTHER, A),
	SVG("defs", OTHER, A),
	SVG("desc", OTHER, A | T),
	SVG("ellipse", OTHER, A),
	SVG("foreignObject", OTHER, D),
	SVG("g", OTHER, A),
	SVG("line", OTHER, A),
	SVG("linearGradient", OTHER, A),
	SVG("marker", OTHER, A),
	SVG("metadata", OTHER, D),
	SVG("path", OTHER, A),
	SVG("polygon", OTHER, A),
	SVG("polyline", OTHER, A),
	SVG("radialGradient", OTHER, A),
	SVG("rect", OTHER, A),
	SVG("script", OTHER, D),
	SVG("stop", OTHER, A),
	SVG("style", OTHER, D),
	SVG("svg", ROOT, A),
	SVG("switch", OTHER, A),
	SVG("text", OTHER, A),
	SVG("title", OTHER, A | T),
	SVG("tspan", OTHER, A),
	SVG("use", OTHER, A),
};

static const struct html_element math_elements[] = {
	MATH("annotation", OTHER, D),
	MATH("annotation-xml", OTHER, D),
	MATH("maction", OTHER, A),
	MATH("math", ROOT, A),
	MATH("menclose", OTHER, A),
	MATH("merror", OTHER, A),
	MATH("mfenced", OTHER, A),
	MATH("mfrac", OTHER, A),
	MATH("mi", OTHER, A | T),
	MATH("mlabeledtr", OTHER, A),
	MATH("mmultiscripts", OTHER, A),
	MATH("mn", OTHER, A | T),
	MATH("mo", OTHER, A | T),
	MATH("mover", OTHER, A),
	MATH("mpadded", OTHER, A),
	MATH("mphantom", OTHER, A),
	MATH("mprescripts", OTHER, A),
	MATH("mroot", OTHER, A),
	MATH("mrow", OTHER, A),
	MATH("ms", OTHER, A | T),
	MATH("mspace", OTHER, A),
	MATH("msqrt", OTHER, A),
	MATH("mstyle", OTHER, A),
	MATH("msub", OTHER, A),
	MATH("msubsup", OTHER, A),
	MATH("msup", OTHER, A),
	MATH("mtable", OTHER, A),
	MATH("mtd", OTHER, A),
	MATH("mtext", OTHER, A | T),
	MATH("mtr", OTHER, A),
	MATH("munder", OTHER, A),
	MATH("munderover", OTHER, A),
	MATH("none", OTHER, A),
	MATH("script", OTHER, D),
	MATH("semantics", OTHER, A),
	MATH("style", OTHER, D),
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct html_element *
search(const struct html_element *element, size_t n, const char *name, size_t size)
{
	for (; n > 0; element++, n--)
		if (html_is_name(name, size, element->name, element->size))
			return element;
	return NULL;
}

static const struct html_element *
search_html(const char *name, size_t size)
{
	unsigned int initial = html_initial(name, size);
	size_t begin;

	if (initial == 26)
		return NULL;
	begin = html_initials[initial];
	return search(html_elements + begin, html_initials[initial + 1] - begin, name, size);
}

const struct html_element *
html_element_find(enum html_space space, const char *name, size_t size)
{
	switch (space) {
	case HTML_SPACE_SVG:
		return search(svg_elements, COUNT(svg_elements), name, size);
	case HTML_SPACE_MATH:
		return search(math_elements, COUNT(math_elements), name, size);
	default:
		return search_html(name, size);
	}
}
