/*
 * The names that feeds use: XML namespaces, and the elements of each dialect and extension. One
 * table of elements a namespace, sorted by name; what an element means is the pair of handlers in
 * its row.
 */
#ifndef LIB_FEED_NAMES_H
#define LIB_FEED_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/feed/xml.h"

struct builder;
struct frame;
struct tag;

enum feed_ns {
	NS_NONE, /* none, or one that is nobody's while the name is unprefixed */
	NS_RSS,  /* of any version */
	NS_ATOM, /* likewise */
	NS_RDF,
	NS_XML,
	NS_XHTML,
	NS_SVG,
	NS_MATHML,
	NS_XLINK,
	NS_CONTENT,
	NS_DC,
	NS_DCTERMS,
	NS_SY,
	NS_SLASH,
	NS_WFW,
	NS_THR,
	NS_MEDIA,
	NS_ITUNES,
	NS_GOOGLEPLAY,
	NS_PODCAST,
	NS_PSC,
	NS_GEORSS,
	NS_GML,
	NS_GEO,
	NS_CC,
	NS_FEEDBURNER,
	NS_ADMIN,
	NS_OTHER, /* any other with a prefix */
	NS_COUNT
};

/* Where an element may stand: a set of these. */
enum scope {
	SCOPE_ROOT = 1 << 0, /* above any feed */
	SCOPE_FEED = 1 << 1,
	SCOPE_ENTRY = 1 << 2,
	SCOPE_SOURCE = 1 << 3,
	SCOPE_PERSON = 1 << 4,
	SCOPE_IMAGE = 1 << 5,
	SCOPE_SKIP = 1 << 6,      /* skipHours and skipDays */
	SCOPE_WRAPPER = 1 << 7,   /* an unknown element at feed level */
	SCOPE_EXTENSION = 1 << 8, /* below an element of an extension */
	SCOPE_LEAF = 1 << 9,      /* nothing is expected below */
	SCOPE_CATEGORY = 1 << 10, /* below a nested category */
	SCOPE_GENERATOR = 1 << 11,
	SCOPE_NODE = SCOPE_FEED | SCOPE_ENTRY | SCOPE_SOURCE,
	SCOPE_ITEMS = SCOPE_ROOT | SCOPE_FEED | SCOPE_WRAPPER | SCOPE_ENTRY,
};

/* How the text of an element is read. */
enum element_flags {
	ELEMENT_GUESS = 1 << 0,     /* plain, unless it looks like HTML */
	ELEMENT_HTML = 1 << 1,      /* HTML where no attribute says otherwise */
	ELEMENT_EXTENSION = 1 << 2, /* is kept in the extension tree too */
	ELEMENT_WEAK = 1 << 3,      /* only where nothing else said it */
	ELEMENT_ENTRY = 1 << 4,     /* its handler reads xml:base and xml:lang itself */
};

struct element {
	const char *name; /* lower case */
	unsigned int scope;
	unsigned int flags;
	int slot; /* what the handlers fill: a model_…_kind */
	/* When it begins; NULL: nothing to do. Returns 0 or -errno. */
	int (*start)(struct builder *builder, struct frame *frame, const struct tag *tag);
	/*
	 * When it ends, with its text, white space around it removed, NUL-terminated; NULL: the
	 * text is not wanted. Returns 0 or -errno.
	 */
	int (*end)(struct builder *builder, struct frame *frame, const char *text, size_t size);
};

struct element_table {
	const struct element *elements;
	size_t n;
};

/* A start tag on its way to a handler. */
struct tag {
	enum feed_ns ns;
	const char *prefix; /* the usual one where the namespace is known, else the document's */
	const char *local;  /* lower case */
	const struct xml_name *name;
	const struct xml_attribute *attributes;
	size_t n_attributes;
};

/* The namespace of a name, by its URI, or by its prefix where that is not bound. */
enum feed_ns names_namespace(const struct xml_name *name);

/* The usual prefix ("itunes"); NULL for NS_NONE, NS_OTHER and the core. */
const char *names_prefix(enum feed_ns ns);

/*
 * The usual prefix for a URI that has no number of its own but is known ("prism", "opensearch");
 * NULL.
 */
const char *names_other_prefix(const char *uri);

/* The element's row for where it stands, in a document of that format, or NULL. */
const struct element *names_element(
	enum feed_ns ns, const char *local, unsigned int scope, enum np_feed_format format);

/* The attribute's value, without regard to case, of no namespace; NULL. */
const char *tag_attribute(const struct tag *tag, const char *local);

/* An attribute of a namespace. */
const char *tag_attribute_ns(const struct tag *tag, enum feed_ns ns, const char *local);

/* The tables, each with its dialect or extension. */
extern const struct element_table rss_elements;
extern const struct element_table rdf_elements;
extern const struct element_table atom_elements;
extern const struct element_table cdf_elements;
extern const struct element_table content_elements;
extern const struct element_table xhtml_elements;
extern const struct element_table dc_elements;
extern const struct element_table dcterms_elements;
extern const struct element_table sy_elements;
extern const struct element_table wfw_elements;
extern const struct element_table thr_elements;
extern const struct element_table media_elements;
extern const struct element_table itunes_elements;
extern const struct element_table googleplay_elements;
extern const struct element_table podcast_elements;
extern const struct element_table psc_elements;
extern const struct element_table georss_elements;
extern const struct element_table gml_elements;
extern const struct element_table geo_elements;
extern const struct element_table cc_elements;
extern const struct element_table feedburner_elements;
extern const struct element_table admin_elements;

#endif
