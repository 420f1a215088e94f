/*
 * Character and entity references of XML documents: predefined, numeric, declared in the document,
 * and those of HTML that feeds use undeclared. What a document's own entities expand to is counted
 * against a budget.
 */
#ifndef LIB_FEED_XML_ENTITY_H
#define LIB_FEED_XML_ENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

/* Longest reference that is looked at, from "&" to ";". */
#define XML_REFERENCE_MAX 128

struct xml_entities;

/* budget: bytes that declared entities may expand to. Returns 0 or -ENOMEM. */
int xml_entities_new(size_t budget, struct xml_entities **ret_entities);
void xml_entities_free(struct xml_entities *entities);

/* Forgets what was declared. */
void xml_entities_forget(struct xml_entities *entities);

/*
 * Declares a general entity with its replacement text; the first declaration of a name counts, and
 * no more than 256 names. value NULL: an external one, which expands to nothing. Returns 0 or
 * -ENOMEM.
 */
int xml_entities_declare(struct xml_entities *entities, const char *name, size_t name_len,
	const char *value, size_t size);
bool xml_entities_any(const struct xml_entities *entities);

/* The document names an external DTD, which may declare what HTML does. */
void xml_entities_allow_html(struct xml_entities *entities);

/* Counts bytes against the budget. Returns 0 or -E2BIG. */
int xml_entities_spend(struct xml_entities *entities, size_t size);

enum xml_reference {
	XML_REFERENCE_MORE,    /* cannot be told from so few bytes */
	XML_REFERENCE_NONE,    /* a bare "&" */
	XML_REFERENCE_TEXT,    /* text is what it stands for; may be empty */
	XML_REFERENCE_HTML,    /* as TEXT: HTML's, where an external DTD may declare it */
	XML_REFERENCE_ENTITY,  /* a declared entity: text is its replacement, to be read as XML */
	XML_REFERENCE_FOREIGN, /* as TEXT: an HTML entity that is not declared, or a sloppy one */
};

/*
 * Reads the reference at text, which begins with "&". final: no bytes follow. *ret_size is its
 * length, *ret_text what it stands for: static, of the entities, or in scratch.
 */
enum xml_reference xml_entities_read(struct xml_entities *entities, const char *text, size_t size,
	bool final, char scratch[8], size_t *ret_size, const char **ret_text,
	size_t *ret_text_size);

/* True where raw XML has a reference that is neither declared nor predefined, or a bare "&". */
bool xml_entities_unknown(struct xml_entities *entities, const char *text, size_t size);

/* True where text begins with a reference to a declared entity. */
bool xml_entities_declared(struct xml_entities *entities, const char *text, size_t size);

/*
 * Appends an attribute's value with its references replaced, blanks for white space, controls left
 * out. *sloppy is set where something had to be mended. Returns 0, or -E2BIG beyond the budget.
 */
int xml_entities_value(struct xml_entities *entities, struct buf *out, const char *text,
	size_t size, bool *sloppy);

/* Appends an entity's literal with its numeric references replaced: the replacement text. */
void xml_entities_literal(struct buf *out, const char *text, size_t size);

/* An entity may be expanded again once it is closed. False where it is open: a loop. */
bool xml_entities_open(struct xml_entities *entities, const char *replacement);
void xml_entities_close(struct xml_entities *entities, const char *replacement);

/*
 * Writes the character that a numeric reference means as UTF-8, without a NUL: a C1 control is the
 * windows-1252 character of that number, a control that XML forbids is nothing. Returns the size.
 */
size_t xml_entities_utf8(char scratch[8], unsigned int codepoint);

/* True for what a name may consist of; all bytes of characters beyond ASCII are taken for it. */
bool xml_entities_name_byte(char c);

/* What the document did not declare, by its HTML name; NULL: unknown. */
const char *xml_entities_foreign(const char *name, size_t len);

#endif
