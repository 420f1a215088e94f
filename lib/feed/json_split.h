/*
 * Cuts a JSON document into the values that a feed has at its top: the members of the outermost
 * object, and the elements of the one that is named "items", each as text, as soon as it is
 * complete. So a feed is read item by item, and no tree of the whole of it is ever made.
 */
#ifndef LIB_FEED_JSON_SPLIT_H
#define LIB_FEED_JSON_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

#define JSON_SPLIT_KEY_MAX 64 /* longer names at the top are nobody's */

struct json_split_handler {
	/* A member of the outermost object but "items". Returns 0 or -errno, which ends it. */
	int (*member)(void *arg, const char *key, const char *text, size_t size);
	/* An element of "items". */
	int (*item)(void *arg, const char *text, size_t size);
	void *arg;
};

enum json_split_step {
	JSON_SPLIT_BEGIN,      /* before the outermost value */
	JSON_SPLIT_KEY,        /* before or in a name of the outermost object */
	JSON_SPLIT_COLON,      /* behind a name */
	JSON_SPLIT_VALUE,      /* before or in a value of it */
	JSON_SPLIT_ITEM,       /* before or in an element of "items" */
	JSON_SPLIT_END,        /* the outermost value is complete */
	JSON_SPLIT_NOT_A_FEED, /* the outermost value is no object */
};

struct json_split {
	struct json_split_handler handler;
	enum json_split_step step;
	size_t max;          /* bytes of one value; larger ones are left out */
	unsigned int depth;  /* brackets open in the value */
	bool string, escape; /* within the value or the name */
	bool left_out;       /* a value was larger than max */
	struct buf value;
	char key[JSON_SPLIT_KEY_MAX];
	size_t key_size;
};

void json_split_init(
	struct json_split *split, const struct json_split_handler *handler, size_t max);
void json_split_done(struct json_split *split);

/* Returns 0, -EBADMSG where the document is no object, -ENOMEM, or what a handler returned. */
int json_split_push(struct json_split *split, const char *text, size_t size);

#endif
