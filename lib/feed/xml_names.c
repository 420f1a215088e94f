/*
 * What is known of names: the namespaces that feeds bind their prefixes to, and what an element is
 * to the repair of a document. Tables alone.
 */
#include "lib/feed/xml_names.h"

#include <string.h>

#define MAX_KIND_NAME 20

/* What feeds bind these prefixes to: for those that forget to. */
static const struct {
	const char *prefix, *uri;
} known_prefixes[] = {
	{ "xml", "http://www.w3.org/XML/1998/namespace" },
	{ "admin", "http://webns.net/mvcb/" },
	{ "app", "http://www.w3.org/2007/app" },
	{ "atom", "http://www.w3.org/2005/Atom" },
	{ "atom10", "http://www.w3.org/2005/Atom" },
	{ "cc", "http://web.resource.org/cc/" },
	{ "content", "http://purl.org/rss/1.0/modules/content/" },
	{ "creativeCommons", "http://backend.userland.com/creativeCommonsRssModule" },
	{ "dc", "http://purl.org/dc/elements/1.1/" },
	{ "dcterms", "http://purl.org/dc/terms/" },
	{ "feedburner", "http://rssnamespace.org/feedburner/ext/1.0" },
	{ "foaf", "http://xmlns.com/foaf/0.1/" },
	{ "geo", "http://www.w3.org/2003/01/geo/wgs84_pos#" },
	{ "georss", "http://www.georss.org/georss" },
	{ "gml", "http://www.opengis.net/gml" },
	{ "googleplay", "http://www.google.com/schemas/play-podcasts/1.0" },
	{ "itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd" },
	{ "l", "http://purl.org/rss/1.0/modules/link/" },
	{ "media", "http://search.yahoo.com/mrss/" },
	{ "opensearch", "http://a9.com/-/spec/opensearch/1.1/" },
	{ "openSearch", "http://a9.com/-/spec/opensearch/1.1/" },
	{ "podcast", "https://podcastindex.org/namespace/1.0" },
	{ "psc", "http://podlove.org/simple-chapters" },
	{ "rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#" },
	{ "rss", "http://purl.org/rss/1.0/" },
	{ "slash", "http://purl.org/rss/1.0/modules/slash/" },
	{ "svg", "http://www.w3.org/2000/svg" },
	{ "sy", "http://purl.org/rss/1.0/modules/syndication/" },
	{ "taxo", "http://purl.org/rss/1.0/modules/taxonomy/" },
	{ "thr", "http://purl.org/syndication/thread/1.0" },
	{ "trackback", "http://madskills.com/public/xml/rss/module/trackback/" },
	{ "wfw", "http://wellformedweb.org/CommentAPI/" },
	{ "xhtml", "http://www.w3.org/1999/xhtml" },
	{ "xlink", "http://www.w3.org/1999/xlink" },
};

#define LEAF (XML_KIND_LEAF | XML_KIND_FIELD)

static const struct {
	const char *name;
	unsigned int kind;
} kinds[] = {
	{ "item", XML_KIND_ITEM | XML_KIND_FIELD | XML_KIND_CORE },
	{ "entry", XML_KIND_ITEM | XML_KIND_FIELD | XML_KIND_CORE },
	{ "rss", XML_KIND_HOLDER },
	{ "rdf", XML_KIND_HOLDER },
	{ "channel", XML_KIND_HOLDER },
	{ "feed", XML_KIND_HOLDER },
	{ "content", XML_KIND_HOLDER | XML_KIND_FIELD },
	{ "title", LEAF },
	{ "link", LEAF },
	{ "summary", XML_KIND_FIELD },
	{ "description", XML_KIND_FIELD | XML_KIND_CORE },
	{ "author", XML_KIND_FIELD | XML_KIND_CORE },
	{ "category", LEAF | XML_KIND_CORE },
	{ "comments", LEAF | XML_KIND_CORE },
	{ "copyright", LEAF | XML_KIND_CORE },
	{ "docs", LEAF | XML_KIND_CORE },
	{ "enclosure", LEAF | XML_KIND_CORE },
	{ "generator", LEAF | XML_KIND_CORE },
	{ "guid", LEAF | XML_KIND_CORE },
	{ "issued", LEAF | XML_KIND_CORE },
	{ "language", LEAF | XML_KIND_CORE },
	{ "lastbuilddate", LEAF | XML_KIND_CORE },
	{ "managingeditor", LEAF | XML_KIND_CORE },
	{ "modified", LEAF | XML_KIND_CORE },
	{ "pubdate", LEAF | XML_KIND_CORE },
	{ "published", LEAF | XML_KIND_CORE },
	{ "ttl", LEAF | XML_KIND_CORE },
	{ "updated", LEAF | XML_KIND_CORE },
	{ "webmaster", LEAF | XML_KIND_CORE },
	{ "image", XML_KIND_BOX },
	{ "skipdays", XML_KIND_BOX },
	{ "skiphours", XML_KIND_BOX },
	{ "textinput", XML_KIND_BOX },
	{ "br", XML_KIND_VOID | XML_KIND_JUNK },
	{ "hr", XML_KIND_VOID | XML_KIND_JUNK },
	{ "img", XML_KIND_VOID | XML_KIND_JUNK },
	{ "input", XML_KIND_VOID | XML_KIND_JUNK },
	{ "wbr", XML_KIND_VOID | XML_KIND_JUNK },
	{ "html", XML_KIND_PAGE },
	{ "a", XML_KIND_JUNK },
	{ "b", XML_KIND_JUNK },
	{ "center", XML_KIND_JUNK },
	{ "div", XML_KIND_JUNK },
	{ "em", XML_KIND_JUNK },
	{ "font", XML_KIND_JUNK },
	{ "h1", XML_KIND_JUNK },
	{ "i", XML_KIND_JUNK },
	{ "p", XML_KIND_JUNK },
	{ "pre", XML_KIND_JUNK },
	{ "script", XML_KIND_JUNK },
	{ "span", XML_KIND_JUNK },
	{ "strong", XML_KIND_JUNK },
	{ "style", XML_KIND_JUNK },
};

const char *
xml_name_uri(const char *prefix)
{
	for (size_t i = 0; i < sizeof(known_prefixes) / sizeof(*known_prefixes); i++) {
		if (strcmp(known_prefixes[i].prefix, prefix) == 0)
			return known_prefixes[i].uri;
	}
	return "";
}

/* Extensions whose elements hold text, or elements of their own. */
static const char *const text_prefixes[] = { "content", "dc", "dcterms", "itunes", "slash", "sy",
	"wfw" };

bool
xml_prefix_is_text(const char *prefix, size_t len)
{
	for (size_t i = 0; i < sizeof(text_prefixes) / sizeof(*text_prefixes); i++)
		if (strlen(text_prefixes[i]) == len && memcmp(text_prefixes[i], prefix, len) == 0)
			return true;
	return false;
}

unsigned int
xml_name_kind(const char *name, size_t len)
{
	char lower[MAX_KIND_NAME];

	if (len >= sizeof(lower))
		return 0;
	for (size_t i = 0; i < len; i++)
		lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
	lower[len] = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, lower) == 0)
			return kinds[i].kind;
	}
	return 0;
}
