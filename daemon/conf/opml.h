/*
 * OPML lists (opml.org/spec2), read as they stream by: every outline with an xmlUrl is a feed, every
 * other one a folder.
 */
#ifndef DAEMON_CONF_OPML_H
#define DAEMON_CONF_OPML_H

#include <stdio.h>

#include "daemon/conf/config.h"

#define OPML_DEPTH_MAX 64u              /* elements within elements */
#define OPML_TAG_MAX (1u << 20)         /* bytes of one tag with its attributes */
#define OPML_FILE_MAX ((size_t)1 << 30) /* bytes of a list */
#define OPML_TERMS_MAX 96u              /* folders and categories of one feed */

/*
 * What newspool adds to an outline: the name of its feed, where that is not to be made of the title
 * and the URL. Exported lists have it, and newspool rename writes it.
 */
#define OPML_NAME "newspoolName"

/* One feed, valid during the call. */
struct opml_feed {
	const char *url;          /* as it stands, white space around it taken off */
	const char *name;         /* of OPML_NAME; "" where there is none */
	const char *title;        /* of title or else text; "" where there is none */
	const char *const *terms; /* the folders it is in, then its categories: the last part of
				      each path */
	size_t n_terms;
	unsigned int line;
};

/* Called for each feed in the order of the list. Returns 0, or -errno to end the reading. */
typedef int opml_handler(void *arg, const struct opml_feed *feed);

/*
 * Reads a list; file names it in messages. Returns 0; -EINVAL for what is not OPML, -errno for what
 * cannot be read, -ENOMEM, err set; or what the handler returned. Entities of the list's own are
 * refused, external ones never fetched.
 */
int opml_read(
	FILE *stream, const char *file, opml_handler *handler, void *arg, struct config_error *err);

/* One element of a list as it stands, valid during the call. */
struct opml_element {
	const char *name;
	const char *const *attributes; /* name, value, name, value, …, NULL; names in any case */
	const char *url;               /* of an outline that is a feed, as in opml_feed; else "" */
	unsigned int depth;            /* 0: <opml> itself */
	unsigned int line;
	size_t offset, size; /* the bytes of its start tag in the file */
};

/* Each returns 0 to go on, or -errno to end the reading. end may be NULL. */
struct opml_walker {
	int (*start)(void *arg, const struct opml_element *element);
	int (*end)(void *arg, const char *name, unsigned int depth);
	void *arg;
};

/* As opml_read(), but every element is handed on, for who copies or changes a list. */
int opml_walk(
	FILE *stream, const char *file, const struct opml_walker *walker, struct config_error *err);

/* The value of an attribute, its name in any case; NULL where it is absent. */
const char *opml_attribute(const char *const *attributes, const char *name);

#endif
