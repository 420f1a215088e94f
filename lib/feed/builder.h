/*
 * From XML events to the document model: the frame stack that every dialect's handlers work on,
 * and the fields that they share. parser.c drives it; the handlers of rss.c, atom.c, … are its
 * guests.
 */
#ifndef LIB_FEED_BUILDER_H
#define LIB_FEED_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <newspool/feed.h>

#include "lib/base/buf.h"
#include "lib/base/sha256.h"
#include "lib/feed/model.h"
#include "lib/feed/names.h"
#include "lib/feed/xml.h"

/* Inline markup below this depth is not told apart by namespace any more. */
#define BUILDER_MARKUP_DEPTH 64

enum frame_capture {
	FRAME_IGNORE, /* character data is dropped */
	FRAME_TEXT,   /* character data is kept; elements below are skipped */
	FRAME_MARKUP, /* a text construct: elements below are written out as markup */
};

/* One open element that means something. */
struct frame {
	const struct element *element; /* NULL: of an extension, a wrapper or unknown */
	enum feed_ns ns;
	unsigned int scope; /* what its children find around them */
	enum frame_capture capture;
	struct model_node *node; /* what its children add to */
	const char *base;
	const char *lang;
	size_t text;                       /* where its character data begins in builder.text */
	bool full;                         /* its text was cut: no more is taken */
	void *object;                      /* what the start handler left for the end handler */
	struct model_extension *extension; /* its node in the extension tree */
	const char *unknown;               /* name of an element that belongs to nobody */
};

/* The text construct being read; there is only ever one. */
struct markup {
	enum model_text_type type;
	bool typed; /* an attribute said the type */
	bool base64;
	bool unwrap; /* Atom 1.0's XHTML: the <div> around it is none of its */
	const char *mime;
	const char *src;
	unsigned int depth; /* elements open inside of it */
	bool pending;       /* a start tag is written but for its ">" */
	bool inlined;       /* an element was seen: character data is escaped from here on */
	unsigned int tops;  /* elements directly below the construct */
	bool wrapped;       /* the first thing in it was a <div> */
	size_t wrap_start;  /* after its start tag */
	size_t wrap_end;    /* before its end tag */
	unsigned char ns[BUILDER_MARKUP_DEPTH];
};

struct builder_article;

struct builder {
	struct np_feed_options options; /* strings in arena */
	struct np_feed_limits limits;   /* without zeros */
	struct arena arena;             /* the document's */
	struct model_node *feed;
	struct model_node *entry; /* the open one; its frame or a later one owns it */
	MODEL_LIST(model_node) entries;
	struct np_article **queue; /* complete, not taken yet: [queue_first, queue_end) */
	size_t queue_first, queue_end, queue_size;
	struct np_feed_info info;
	struct buf text;
	struct buf scratch; /* for handlers; empty between them */
	struct frame *frames;
	size_t n_frames, frames_size;
	unsigned int skip; /* depth below an element of which nothing is wanted */
	bool cut;          /* a text was cut at its cap */
	struct markup markup;
	const char *root;             /* of a document that is no feed: its root element's name */
	const char *version_hint;     /* from the DOCTYPE */
	const struct xml_reader *xml; /* whether it came to an early end; NULL: not from XML */
	int64_t now;                  /* seconds; what is far ahead of it is no date */
	struct sha256 *hash;          /* of articles; made with the first */
};

/* options may be NULL; its strings are copied. Returns 0 or -ENOMEM. */
int builder_init(struct builder *builder, const struct np_feed_options *options);
void builder_done(struct builder *builder);

/* The events. arg is the builder. Return 0 or -errno. */
int builder_start(void *arg, const struct xml_name *name, const struct xml_attribute *attributes,
	size_t n_attributes);
int builder_end(void *arg, const struct xml_name *name);
int builder_text(void *arg, const char *text, size_t size);

/*
 * Fills info, and ends the entry that is still open where the document is complete. Called once,
 * after the last event. Returns 0 or -ENOMEM.
 */
int builder_finish(struct builder *builder, bool complete);

/* Makes the feed what the document is; the first call wins. Returns 0 or -ENOMEM. */
int builder_feed(struct builder *builder, enum np_feed_format format, const char *version);

/*
 * Begins an entry, ending one that is still open. *ret_node is NULL where the cap on items was
 * reached.
 */
int builder_entry_begin(struct builder *builder, struct model_node **ret_node);

/* Ends the open entry: makes its article and queues it. */
int builder_entry_end(struct builder *builder);

/* Queues an article, owning it from now on. Returns 0 or -ENOMEM (article is freed). */
int builder_queue(struct builder *builder, struct np_article *article);

/* What handlers use. */

struct frame *builder_parent(const struct builder *builder);

/* A copy in the node's arena, white space around it removed; NULL when memory is out. */
char *builder_copy(struct model_node *node, const char *text, size_t size);

/* The URL resolved against base, in the node's arena; NULL when memory is out. */
char *builder_url(struct builder *builder, struct model_node *node, const char *base,
	const char *text, size_t size);

/* What xml:base makes of the base; the old one where it is no address. NULL: memory is out. */
const char *builder_base(
	struct builder *builder, struct model_node *node, const char *base, const char *reference);

/* xml:base and xml:lang of the tag, for the frame. Returns 0 or -ENOMEM. */
int builder_inherit(struct builder *builder, struct frame *frame, const struct tag *tag);

/* Replaces lang by what an attribute says: "" ends the inherited one; "_" becomes "-". */
const char *builder_lang(struct model_node *node, const char *value, size_t size);

/* A child in the extension tree under the tag's prefix (or below the parent's node). */
int builder_extend(struct builder *builder, struct frame *frame, const struct tag *tag);

#endif
