/*
 * Which namespace is meant and which row of which table is an element. Owns the table of
 * namespaces; the tables of elements stand with their dialects. URIs are compared without regard to
 * case, since publishers do not keep it. Nothing here fails.
 */
#include "lib/feed/names.h"

#include <string.h>
#include <strings.h>

#define URI_MAX 256 /* longer than any that is known */

struct names_row {
	const char *uri; /* lower case */
	enum feed_ns ns;
	const char *prefix; /* for NS_OTHER */
};

/* Sorted by URI. */
static const struct names_row namespaces[] = {
	{ "com-wordpress:feed-additions:1", NS_OTHER, "wp" },
	{ "http://a9.com/-/spec/opensearch/1.1/", NS_OTHER, "opensearch" },
	{ "http://activitystrea.ms/spec/1.0/", NS_OTHER, "activity" },
	{ "http://backend.userland.com/blogchannelmodule", NS_OTHER, "blogchannel" },
	{ "http://backend.userland.com/creativecommonsrssmodule", NS_CC, NULL },
	{ "http://backend.userland.com/rss", NS_RSS, NULL },
	{ "http://backend.userland.com/rss091", NS_RSS, NULL },
	{ "http://backend.userland.com/rss092", NS_RSS, NULL },
	{ "http://backend.userland.com/rss093", NS_RSS, NULL },
	{ "http://backend.userland.com/rss2", NS_RSS, NULL },
	{ "http://base.google.com/ns/1.0", NS_OTHER, "g" },
	{ "http://blogs.law.harvard.edu/tech/creativecommonsrssmodule", NS_CC, NULL },
	{ "http://blogs.law.harvard.edu/tech/rss", NS_RSS, NULL },
	{ "http://channel.netscape.com/rdf/simple/0.9/", NS_RSS, NULL },
	{ "http://creativecommons.org/ns#", NS_CC, NULL },
	{ "http://cyber.law.harvard.edu/rss", NS_RSS, NULL },
	{ "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html", NS_CC, NULL },
	{ "http://cyber.law.harvard.edu/rss/rss.html", NS_RSS, NULL },
	{ "http://example.com/dtds/podcast-1.0.dtd", NS_ITUNES, NULL },
	{ "http://example.com/necho", NS_ATOM, NULL },
	{ "http://example.com/newformat#", NS_ATOM, NULL },
	{ "http://feeds.feedburner.com/~d/styles/feedburner", NS_FEEDBURNER, NULL },
	{ "http://freshmeat.net/rss/fm/", NS_OTHER, "fm" },
	{ "http://hacks.benhammersley.com/rss/streaming/", NS_OTHER, "str" },
	{ "http://intertwingly.net/code/atom", NS_ATOM, NULL },
	{ "http://itunes.com/dtds/podcast-1.0.dtd", NS_ITUNES, NULL },
	{ "http://madskills.com/public/xml/rss/module/pingback/", NS_OTHER, "pingback" },
	{ "http://madskills.com/public/xml/rss/module/trackback/", NS_OTHER, "trackback" },
	{ "http://mastodon.social/schema/1.0", NS_OTHER, "mastodon" },
	{ "http://media.tangent.org/rss/1.0/", NS_OTHER, "audio" },
	{ "http://my.netscape.com/publish/formats/rss-0.91.dtd", NS_RSS, NULL },
	{ "http://my.netscape.com/rdf/simple/0.9", NS_RSS, NULL },
	{ "http://my.netscape.com/rdf/simple/0.9/", NS_RSS, NULL },
	{ "http://ostatus.org/schema/1.0", NS_OTHER, "ostatus" },
	{ "http://podcastindex.org/namespace/1.0", NS_PODCAST, NULL },
	{ "http://podlove.org/simple-chapters", NS_PSC, NULL },
	{ "http://podlove.org/simple-chapters/", NS_PSC, NULL },
	{ "http://portablecontacts.net/spec/1.0", NS_OTHER, "poco" },
	{ "http://postneo.com/icbm/", NS_OTHER, "icbm" },
	{ "http://prismstandard.org/namespaces/1.2/basic/", NS_OTHER, "prism" },
	{ "http://purl.org/atom", NS_ATOM, NULL },
	{ "http://purl.org/atom/ns", NS_ATOM, NULL },
	{ "http://purl.org/atom/ns#", NS_ATOM, NULL },
	{ "http://purl.org/atompub/tombstones/1.0", NS_OTHER, "at" },
	{ "http://purl.org/dc/elements/1.0/", NS_DC, NULL },
	{ "http://purl.org/dc/elements/1.1", NS_DC, NULL },
	{ "http://purl.org/dc/elements/1.1/", NS_DC, NULL },
	{ "http://purl.org/dc/terms", NS_DCTERMS, NULL },
	{ "http://purl.org/dc/terms/", NS_DCTERMS, NULL },
	{ "http://purl.org/echo/", NS_ATOM, NULL },
	{ "http://purl.org/net/rss1.1", NS_RSS, NULL },
	{ "http://purl.org/net/rss1.1#", NS_RSS, NULL },
	{ "http://purl.org/pie/", NS_ATOM, NULL },
	{ "http://purl.org/rss/1.0", NS_RSS, NULL },
	{ "http://purl.org/rss/1.0/", NS_RSS, NULL },
	{ "http://purl.org/rss/1.0/modules/aggregation/", NS_OTHER, "ag" },
	{ "http://purl.org/rss/1.0/modules/annotate/", NS_OTHER, "annotate" },
	{ "http://purl.org/rss/1.0/modules/company", NS_OTHER, "cp" },
	{ "http://purl.org/rss/1.0/modules/content", NS_CONTENT, NULL },
	{ "http://purl.org/rss/1.0/modules/content/", NS_CONTENT, NULL },
	{ "http://purl.org/rss/1.0/modules/dc/", NS_DC, NULL },
	{ "http://purl.org/rss/1.0/modules/dcterms/", NS_DCTERMS, NULL },
	{ "http://purl.org/rss/1.0/modules/email/", NS_OTHER, "email" },
	{ "http://purl.org/rss/1.0/modules/event/", NS_OTHER, "ev" },
	{ "http://purl.org/rss/1.0/modules/image/", NS_OTHER, "image" },
	{ "http://purl.org/rss/1.0/modules/link/", NS_OTHER, "l" },
	{ "http://purl.org/rss/1.0/modules/reference/", NS_OTHER, "ref" },
	{ "http://purl.org/rss/1.0/modules/richequiv/", NS_OTHER, "reqv" },
	{ "http://purl.org/rss/1.0/modules/search/", NS_OTHER, "search" },
	{ "http://purl.org/rss/1.0/modules/slash", NS_SLASH, NULL },
	{ "http://purl.org/rss/1.0/modules/slash/", NS_SLASH, NULL },
	{ "http://purl.org/rss/1.0/modules/syndication", NS_SY, NULL },
	{ "http://purl.org/rss/1.0/modules/syndication/", NS_SY, NULL },
	{ "http://purl.org/rss/1.0/modules/taxonomy/", NS_OTHER, "taxo" },
	{ "http://purl.org/rss/1.0/modules/textinput/", NS_OTHER, "ti" },
	{ "http://purl.org/syndication/history/1.0", NS_OTHER, "fh" },
	{ "http://purl.org/syndication/thread/1.0", NS_THR, NULL },
	{ "http://rssnamespace.org/feedburner/ext/1.0", NS_FEEDBURNER, NULL },
	{ "http://schemas.google.com/blogger/2008", NS_OTHER, "blogger" },
	{ "http://schemas.google.com/g/2005", NS_OTHER, "gd" },
	{ "http://search.yahoo.com/mrss", NS_MEDIA, NULL },
	{ "http://search.yahoo.com/mrss/", NS_MEDIA, NULL },
	{ "http://tools.search.yahoo.com/mrss/", NS_MEDIA, NULL },
	{ "http://video.search.yahoo.com/mrss", NS_MEDIA, NULL },
	{ "http://video.search.yahoo.com/mrss/", NS_MEDIA, NULL },
	{ "http://web.resource.org/cc/", NS_CC, NULL },
	{ "http://webns.net/mvcb/", NS_ADMIN, NULL },
	{ "http://wellformedweb.org/commentapi", NS_WFW, NULL },
	{ "http://wellformedweb.org/commentapi/", NS_WFW, NULL },
	{ "http://www.georss.org/georss", NS_GEORSS, NULL },
	{ "http://www.georss.org/georss/", NS_GEORSS, NULL },
	{ "http://www.georss.org/georss/10", NS_GEORSS, NULL },
	{ "http://www.google.com/schemas/play-podcasts/1.0", NS_GOOGLEPLAY, NULL },
	{ "http://www.google.com/schemas/play-podcasts/1.0/", NS_GOOGLEPLAY, NULL },
	{ "http://www.google.com/schemas/play-podcasts/1.0/play-podcasts.xsd", NS_GOOGLEPLAY,
		NULL },
	{ "http://www.itunes.com/dtds/podcast-1.0.dtd", NS_ITUNES, NULL },
	{ "http://www.itunes.com/dtds/podcast-1.0.dtd/", NS_ITUNES, NULL },
	{ "http://www.opengis.net/gml", NS_GML, NULL },
	{ "http://www.opengis.net/gml/", NS_GML, NULL },
	{ "http://www.rawvoice.com/rawvoicerssmodule/", NS_OTHER, "rawvoice" },
	{ "http://www.rssboard.org/media-rss", NS_MEDIA, NULL },
	{ "http://www.rssboard.org/rss-specification", NS_RSS, NULL },
	{ "http://www.smartnews.be/snf", NS_OTHER, "snf" },
	{ "http://www.spotify.com/ns/rss", NS_OTHER, "spotify" },
	{ "http://www.w3.org/1998/math/mathml", NS_MATHML, NULL },
	{ "http://www.w3.org/1999/02/22-rdf-syntax-ns#", NS_RDF, NULL },
	{ "http://www.w3.org/1999/xhtml", NS_XHTML, NULL },
	{ "http://www.w3.org/1999/xhtml/", NS_XHTML, NULL },
	{ "http://www.w3.org/1999/xlink", NS_XLINK, NULL },
	{ "http://www.w3.org/2000/svg", NS_SVG, NULL },
	{ "http://www.w3.org/2003/01/geo/wgs84_pos", NS_GEO, NULL },
	{ "http://www.w3.org/2003/01/geo/wgs84_pos#", NS_GEO, NULL },
	{ "http://www.w3.org/2005/atom", NS_ATOM, NULL },
	{ "http://www.w3.org/2005/atom/", NS_ATOM, NULL },
	{ "http://www.w3.org/2007/app", NS_OTHER, "app" },
	{ "http://www.w3.org/ns/dcat#", NS_OTHER, "dcat" },
	{ "http://www.w3.org/xml/1998/namespace", NS_XML, NULL },
	{ "http://www.youtube.com/xml/schemas/2015", NS_OTHER, "yt" },
	{ "http://xmlns.com/foaf/0.1/", NS_OTHER, "foaf" },
	{ "http://xmlns.com/pie", NS_ATOM, NULL },
	{ "https://access.acast.com/schema/1.0/", NS_OTHER, "podaccess" },
	{ "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md", NS_PODCAST,
		NULL },
	{ "https://podcastindex.org/namespace/1.0", NS_PODCAST, NULL },
	{ "https://schema.acast.com/1.0/", NS_OTHER, "acast" },
	{ "https://search.yahoo.com/mrss/", NS_MEDIA, NULL },
	{ "https://www.google.com/schemas/play-podcasts/1.0", NS_GOOGLEPLAY, NULL },
	{ "https://www.google.com/schemas/play-podcasts/1.0/play-podcasts.xsd", NS_GOOGLEPLAY,
		NULL },
	{ "https://www.itunes.com/dtds/podcast-1.0.dtd", NS_ITUNES, NULL },
	{ "https://www.rssboard.org/rss-specification", NS_RSS, NULL },
	{ "https://www.w3.org/2005/atom", NS_ATOM, NULL },
	{ "uri/of/echo/namespace#", NS_ATOM, NULL },
};

/* The usual prefixes, for the extension tree and for prefixes that nobody bound. */
static const char *const prefixes[NS_COUNT] = {
	[NS_RDF] = "rdf",
	[NS_XML] = "xml",
	[NS_XHTML] = "xhtml",
	[NS_SVG] = "svg",
	[NS_MATHML] = "mathml",
	[NS_XLINK] = "xlink",
	[NS_CONTENT] = "content",
	[NS_DC] = "dc",
	[NS_DCTERMS] = "dcterms",
	[NS_SY] = "sy",
	[NS_SLASH] = "slash",
	[NS_WFW] = "wfw",
	[NS_THR] = "thr",
	[NS_MEDIA] = "media",
	[NS_ITUNES] = "itunes",
	[NS_GOOGLEPLAY] = "googleplay",
	[NS_PODCAST] = "podcast",
	[NS_PSC] = "psc",
	[NS_GEORSS] = "georss",
	[NS_GML] = "gml",
	[NS_GEO] = "geo",
	[NS_CC] = "creativeCommons",
	[NS_FEEDBURNER] = "feedburner",
	[NS_ADMIN] = "admin",
};

/* Prefixes that feeds use without binding them, beside the usual ones. */
static const struct {
	const char *prefix;
	enum feed_ns ns;
} unbound[] = {
	{ "atom", NS_ATOM },
	{ "atom10", NS_ATOM },
	{ "cc", NS_CC },
	{ "html", NS_XHTML },
	{ "rss", NS_RSS },
};

static const struct element_table no_elements = { NULL, 0 };

static const struct element_table *const tables[NS_COUNT] = {
	[NS_NONE] = &rss_elements,
	[NS_RSS] = &rss_elements,
	[NS_ATOM] = &atom_elements,
	[NS_RDF] = &rdf_elements,
	[NS_XHTML] = &xhtml_elements,
	[NS_CONTENT] = &content_elements,
	[NS_DC] = &dc_elements,
	[NS_DCTERMS] = &dcterms_elements,
	[NS_SY] = &sy_elements,
	[NS_WFW] = &wfw_elements,
	[NS_THR] = &thr_elements,
	[NS_MEDIA] = &media_elements,
	[NS_ITUNES] = &itunes_elements,
	[NS_GOOGLEPLAY] = &googleplay_elements,
	[NS_PODCAST] = &podcast_elements,
	[NS_PSC] = &psc_elements,
	[NS_GEORSS] = &georss_elements,
	[NS_GML] = &gml_elements,
	[NS_GEO] = &geo_elements,
	[NS_CC] = &cc_elements,
	[NS_FEEDBURNER] = &feedburner_elements,
	[NS_ADMIN] = &admin_elements,
};

static const struct names_row *
find_namespace(const char *uri)
{
	size_t low = 0, high = sizeof(namespaces) / sizeof(*namespaces);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcasecmp(uri, namespaces[middle].uri);

		if (order == 0)
			return &namespaces[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static enum feed_ns
find_prefix(const char *prefix)
{
	for (size_t i = 0; i < NS_COUNT; i++)
		if (prefixes[i] && strcasecmp(prefix, prefixes[i]) == 0)
			return (enum feed_ns)i;
	for (size_t i = 0; i < sizeof(unbound) / sizeof(*unbound); i++)
		if (strcasecmp(prefix, unbound[i].prefix) == 0)
			return unbound[i].ns;
	return NS_OTHER;
}

/* Some declare a namespace with blanks around it. */
static bool
needs_trim(const char *uri)
{
	return strchr(" \t\n", *uri) || strchr(" \t\n", uri[strlen(uri) - 1]);
}

static const struct names_row *
find_trimmed(const char *uri)
{
	char copy[URI_MAX];
	size_t size;

	uri += strspn(uri, " \t\n");
	size = strlen(uri);
	while (size > 0 && strchr(" \t\n", uri[size - 1]))
		size--;
	if (size >= sizeof(copy))
		return NULL;
	memcpy(copy, uri, size);
	copy[size] = '\0';
	return find_namespace(copy);
}

enum feed_ns
names_namespace(const struct xml_name *name)
{
	const struct names_row *found;

	if (!*name->uri)
		return *name->prefix ? find_prefix(name->prefix) : NS_NONE;
	found = find_namespace(name->uri);
	if (!found && needs_trim(name->uri))
		found = find_trimmed(name->uri);
	if (found)
		return found->ns;
	return *name->prefix ? NS_OTHER : NS_NONE;
}

const char *
names_prefix(enum feed_ns ns)
{
	return prefixes[ns];
}

const char *
names_other_prefix(const char *uri)
{
	const struct names_row *found = find_namespace(uri);

	return found ? found->prefix : NULL;
}

static const struct element *
find_element(const struct element_table *table, const char *local, unsigned int scope)
{
	size_t low = 0, high = table->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(local, table->elements[middle].name);

		if (order < 0) {
			high = middle;
		} else if (order > 0) {
			low = middle + 1;
		} else {
			/* The same name may stand in neighbouring rows, for different places. */
			while (middle > 0 && strcmp(local, table->elements[middle - 1].name) == 0)
				middle--;
			for (; middle < table->n; middle++) {
				const struct element *e = &table->elements[middle];

				if (strcmp(local, e->name) != 0)
					break;
				if (e->scope & scope)
					return e;
			}
			return NULL;
		}
	}
	return NULL;
}

/*
 * The core's elements are looked for in every core dialect, the one that the namespace says first:
 * feeds put Atom's elements into RSS without a namespace and the reverse.
 */
const struct element *
names_element(enum feed_ns ns, const char *local, unsigned int scope, enum np_feed_format format)
{
	const struct element_table *first = tables[ns] ? tables[ns] : &no_elements;
	const struct element *found;

	if (ns == NS_NONE && format == NP_FEED_ATOM)
		first = &atom_elements;
	if (ns == NS_NONE && format == NP_FEED_CDF) {
		found = find_element(&cdf_elements, local, scope);
		if (found)
			return found;
	}
	found = find_element(first, local, scope);
	if (found || (ns != NS_NONE && ns != NS_RSS && ns != NS_ATOM))
		return found;
	return find_element(first == &atom_elements ? &rss_elements : &atom_elements, local, scope);
}

const char *
tag_attribute(const struct tag *tag, const char *local)
{
	for (size_t i = 0; i < tag->n_attributes; i++) {
		const struct xml_name *name = &tag->attributes[i].name;

		if (!*name->prefix && !*name->uri && strcasecmp(name->local, local) == 0)
			return tag->attributes[i].value;
	}
	return NULL;
}

const char *
tag_attribute_ns(const struct tag *tag, enum feed_ns ns, const char *local)
{
	for (size_t i = 0; i < tag->n_attributes; i++) {
		const struct xml_name *name = &tag->attributes[i].name;

		if (*name->prefix && strcmp(name->local, local) == 0 && names_namespace(name) == ns)
			return tag->attributes[i].value;
	}
	return NULL;
}
