/*
 * Where the tokens of an XML document end: so that expat is shown whole ones, however the bytes
 * come. Pure functions over memory; what was looked at is not looked at again.
 *
 * A token that XML forbids ends at the byte that makes it so, or behind it: expat refuses it then,
 * and nothing hangs on what follows.
 */
#ifndef LIB_FEED_XML_TOKEN_H
#define LIB_FEED_XML_TOKEN_H

#include <stddef.h>

/* How far the end of a token has been searched; all 0 to begin with. */
struct xml_token_search {
	size_t seek;
	char quote; /* of the value that seek stands in; 0: in none */
};

/*
 * The size of the token at text, which begins with "<" or "&": a tag, a comment, an instruction, a
 * CDATA section, a reference. 0: its end is not among the size bytes.
 */
size_t xml_token_size(struct xml_token_search *search, const char *text, size_t size);

/* How far the beginning of a document has been read; all 0 to begin with. */
struct xml_prolog_search {
	size_t at;
	unsigned int level; /* declarations that are open: DOCTYPE, one inside of it */
	struct xml_token_search token;
};

/*
 * The size of what stands up to the end of the root's start tag, or up to what cannot stand there.
 * 0: neither is among the size bytes.
 */
size_t xml_token_prolog(struct xml_prolog_search *search, const char *text, size_t size);

#endif
