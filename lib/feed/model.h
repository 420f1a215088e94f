/*
 * What a feed document said, before any of it is cleaned, chosen from or dropped: the model that
 * the dialects fill, that convert.c makes articles of and document.c prints. Strings belong to the
 * arena of the node they hang on (a feed's: the document's arena) and are UTF-8 with surrounding
 * white space removed; what was not said is NULL.
 */
#ifndef LIB_FEED_MODEL_H
#define LIB_FEED_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"

/* Members of one list of one node; more are left out. */
#define MODEL_LIST_MAX 1000
/* Extension nodes of one feed, entry or source; more are left out. */
#define MODEL_EXTENSIONS_MAX 10000
/* Prefixes among them. */
#define MODEL_PREFIXES_MAX 64

/* A list in document order. Filled by model_append(). */
#define MODEL_LIST(type) \
	struct { \
		struct type *first; \
		struct type *last; \
		size_t n; \
	}

/* Appends the item; leaves it out where the list is full. */
#define MODEL_APPEND(list, item) \
	do { \
		if ((list)->n < MODEL_LIST_MAX) { \
			if ((list)->last != NULL) \
				(list)->last->next = (item); \
			else \
				(list)->first = (item); \
			(list)->last = (item); \
			(list)->n++; \
		} \
	} while (0)

enum model_text_type {
	MODEL_TEXT_PLAIN,
	MODEL_TEXT_HTML,
	MODEL_TEXT_XHTML, /* markup that was inline in the document, serialised */
	MODEL_TEXT_OTHER, /* of the MIME type in mime */
};

struct model_text {
	struct model_text *next; /* in contents */
	const char *value;       /* NULL: the feed has no such text */
	size_t size;
	enum model_text_type type;
	const char *mime; /* as written, for MODEL_TEXT_OTHER */
	const char *lang;
	const char *base;
	const char *src; /* Atom's out-of-line content */
	bool weak;       /* of an extension: the feed's own element goes before it */
};

struct model_person {
	struct model_person *next;
	const char *name;
	const char *email;
	const char *uri;
	const char *avatar;
};

struct model_link {
	struct model_link *next;
	const char *href; /* resolved */
	const char *rel;  /* "alternate" where the feed is silent */
	const char *type;
	const char *hreflang;
	const char *title;
	const char *length;
	const char *count;   /* of replies, and when the last one came: RFC 4685 */
	const char *updated; /* as written */
	double duration;     /* seconds; below 0: not said */
};

struct model_category {
	struct model_category *next;
	const char *term;
	const char *scheme;
	const char *label;
};

struct model_date {
	const char *raw;
	int64_t seconds; /* NP_TIME_NONE: could not be read */
};

enum model_date_kind {
	MODEL_PUBLISHED,
	MODEL_UPDATED,
	MODEL_CREATED,
	MODEL_EXPIRED,
	MODEL_VALID_FROM,
	MODEL_VALID_UNTIL,
	MODEL_DATES
};

enum model_text_kind {
	MODEL_TITLE,
	MODEL_SUMMARY, /* of a feed: its description, subtitle, tagline */
	MODEL_RIGHTS,
	MODEL_INFO,
	MODEL_TEXTS
};

/* Texts that are just strings. */
enum model_string_kind {
	MODEL_ID,
	MODEL_LINK, /* the page: of a feed its site, of an entry its permanent address */
	MODEL_EXTERNAL_LINK,
	MODEL_ORIGINAL_LINK, /* feedburner:origLink */
	MODEL_COMMENTS,
	MODEL_LANGUAGE,
	MODEL_ICON,
	MODEL_LOGO,
	MODEL_DOCS,
	MODEL_TTL,
	MODEL_RATING,
	MODEL_NEW_LOCATION, /* where the feed has moved to */
	MODEL_VALID,        /* the period of dcterms:valid, as written */
	MODEL_STRINGS
};

struct model_image {
	const char *url;
	const char *title;
	const char *link;
	const char *width;
	const char *height;
	const char *description;
	const char *name; /* of a text input */
};

struct model_cloud {
	const char *domain;
	const char *port;
	const char *path;
	const char *protocol;
	const char *procedure;
};

struct model_generator {
	const char *name;
	const char *uri;
	const char *version;
};

/* An element of an extension namespace; at the top level of a node, a prefix. */
struct model_extension {
	struct model_extension *next;
	const char *name;
	const char *value;
	bool padded; /* there were blanks around the value */
	MODEL_LIST(model_extension) children;
};

/* A place, from georss, gml or w3c geo: shapes as pairs (or triples) of numbers. */
enum model_shape { MODEL_NOWHERE, MODEL_POINT, MODEL_LINE, MODEL_POLYGON, MODEL_BOX };

struct model_place {
	enum model_shape shape;
	unsigned int dimensions; /* numbers in one position: 2 or 3 */
	double *numbers;         /* longitude first */
	size_t n_numbers, size_numbers;
	const char *srs;
	bool latitude_first; /* in the document */
	bool gml;            /* a geometry of GML: its positions may stand apart */
	bool closed;         /* no more positions belong to it */
};

enum model_kind { MODEL_FEED, MODEL_ENTRY, MODEL_SOURCE };

struct model_node {
	struct model_node *next; /* in entries */
	enum model_kind kind;
	struct arena *arena; /* where its strings live */
	const char *base;
	const char *lang;
	bool id_is_permalink;
	bool link_from_guid;
	struct model_text texts[MODEL_TEXTS];
	struct model_date dates[MODEL_DATES];
	const char *strings[MODEL_STRINGS];
	MODEL_LIST(model_text) contents;
	MODEL_LIST(model_link) links; /* enclosures among them, rel "enclosure" */
	MODEL_LIST(model_person) authors;
	MODEL_LIST(model_person) contributors;
	MODEL_LIST(model_category) categories;
	struct model_person *publisher;
	struct model_generator generator;
	struct model_image *image;
	struct model_image *text_input;
	struct model_cloud *cloud;
	struct model_node *source;
	struct model_place *place;
	MODEL_LIST(model_extension) extensions;
	size_t n_extensions;                 /* nodes in all */
	MODEL_LIST(model_extension) unknown; /* elements that belong to nobody */
	struct arena own_arena;              /* an entry's */
};

/* A node whose strings live in arena; NULL: in one of its own. Returns 0 or -ENOMEM. */
int model_node_new(enum model_kind kind, struct arena *arena, struct model_node **ret_node);

/* Frees a node that has an arena of its own. NULL is fine. */
void model_node_free(struct model_node *node);

/*
 * The extension node for a prefix, made where it is missing. NULL when memory is out or the node
 * has enough of them.
 */
struct model_extension *model_prefix(struct model_node *node, const char *prefix);

/* Appends a child; value may be NULL. NULL as above. */
struct model_extension *model_extension_add(struct model_node *node, struct model_extension *parent,
	const char *name, const char *value);

/* The first child of that name, or NULL. */
const struct model_extension *model_extension_find(
	const struct model_extension *parent, const char *name);

/* The value of prefix:name, or NULL. */
const char *model_extension_value(
	const struct model_node *node, const char *prefix, const char *name);

/* The prefix node, or NULL. */
const struct model_extension *model_prefix_find(const struct model_node *node, const char *prefix);

/* Appends an empty link or a category. NULL when memory is out. */
struct model_link *model_link_add(struct model_node *node);
struct model_category *model_category_add(struct model_node *node, const char *term, size_t size);

#endif
