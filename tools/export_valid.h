/*
 * What the formats of feeds ask of a text, for what stands in a record is whatever a publisher
 * wrote, and what is put in its place.
 */
#ifndef TOOLS_EXPORT_VALID_H
#define TOOLS_EXPORT_VALID_H

#include <stdbool.h>

#include <newspool/spool.h>

#include "lib/base/buf.h"

/* True for a text that may be an IRI (RFC 3987), absolute or a reference; NULL is none. */
bool export_is_iri(const char *text);
bool export_is_reference(const char *text);

bool export_is_language(const char *text);   /* RFC 5646, as xml:lang has it */
bool export_is_media_type(const char *text); /* "type/subtype" */
bool export_is_address(const char *text);    /* of mail: something, "@", something */

/*
 * Appends a name for the article that no other has, in whatever feed: its id where that is an IRI;
 * else a tag URI (RFC 4151) of its feed and its id, for many publishers count 1, 2, 3; where it has
 * none, one of its content.
 */
void export_put_id(struct buf *out, const struct np_record *record);

/* Appends the text with all but what a URI may hold anywhere percent-encoded. */
void export_put_encoded(struct buf *out, const char *text);

#endif
