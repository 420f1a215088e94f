/*
 * Tags as they should not be written: finding where one ends, and its attributes. Pure functions
 * over memory.
 */
#ifndef LIB_FEED_XML_TAG_H
#define LIB_FEED_XML_TAG_H

#include <stdbool.h>
#include <stddef.h>

/* How far the end of a tag has been searched; all 0 to begin with. Offsets from the tag's "<". */
struct xml_tag_search {
	size_t seek;
	size_t bracket; /* first ">" inside of the value being passed; 0: none */
	char quote;     /* the value's; 0: outside of values */
	char last;      /* last byte outside of values that was not blank */
};

enum xml_tag_end {
	XML_TAG_MORE,   /* the end has not come yet */
	XML_TAG_CLOSED, /* *ret_end is its ">" */
	XML_TAG_OPEN,   /* another "<" at *ret_end came first */
	XML_TAG_LONG,   /* no end within max bytes */
	XML_TAG_CUT,    /* no end before the document's */
};

/*
 * Looks for the end of the tag whose "<" is at text. Quoted values may hold anything; a quote that
 * closes where none can and had a ">" before it was the next tag's: then the value was never closed
 * and the tag ends at that ">". final: no bytes follow.
 */
enum xml_tag_end xml_tag_end(struct xml_tag_search *search, const char *text, size_t size,
	size_t max, bool final, size_t *ret_end);

/* The length of the name at text. */
size_t xml_tag_name(const char *text, size_t size);

struct xml_tag_attribute {
	const char *name, *value; /* value NULL: none */
	size_t name_len, value_len;
	bool sloppy; /* not quoted, no value, no blank before it */
};

/*
 * The next attribute in text from *pos on, which is moved behind it. False: no more. text is what
 * stands between the tag's name and its end.
 */
bool xml_tag_attribute(
	const char *text, size_t size, size_t *pos, struct xml_tag_attribute *ret_attribute);

/* The name at *text after blanks; *text and *size are moved behind it. Returns its length. */
size_t xml_tag_word(const char **text, size_t *size, const char **ret_word);

/* Where the needle, a text that is not empty, first stands in text; NULL: nowhere. */
const char *xml_tag_find(const char *text, size_t size, const char *needle);

bool xml_tag_is_space(char c);
bool xml_tag_is_blank(const char *text, size_t size);

/* True where a tag may begin with this byte after its "<". */
bool xml_tag_is_start(char c);

#endif
