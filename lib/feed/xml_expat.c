/*
 * Expat and its callbacks: the one file of the library that knows expat.
 *
 * A callback cannot fail; it notes the error, or that the scanner is to take over, and stops expat.
 * Nothing is handed on after that. Each tag moves the anchor behind itself.
 */
#include "lib/feed/xml_expat.h"

#define XML_DTD /* lets expat.h declare the limits on amplification */

#include <errno.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define AMPLIFICATION 4.0f

static void
stop(struct xml_strict *strict, int error)
{
	if (error < 0)
		strict->error = error;
	else
		strict->hand_over = true;
	XML_StopParser(strict->parser, XML_FALSE);
}

static size_t
line(const struct xml_strict *strict)
{
	return strict->lines + XML_GetCurrentLineNumber(strict->parser);
}

static bool
stopped(const struct xml_strict *strict)
{
	return strict->error < 0 || strict->hand_over;
}

/* All up to the end of the current token has been handed on. */
static void
anchor_here(struct xml_strict *strict)
{
	strict->anchor = XML_GetCurrentByteIndex(strict->parser) +
			 XML_GetCurrentByteCount(strict->parser);
	xml_stack_anchor(strict->stack);
}

/* The bytes of the current event as they are written; NULL when expat does not have them. */
static const char *
raw_event(struct xml_strict *strict, size_t *ret_size)
{
	int offset = 0, size = 0;
	const char *context = XML_GetInputContext(strict->parser, &offset, &size);

	*ret_size = (size_t)XML_GetCurrentByteCount(strict->parser);
	return context && (size_t)(size - offset) >= *ret_size ? context + offset : NULL;
}

/*
 * Where a DOCTYPE stands expat leaves entities that it does not know out of attributes without a
 * word. True where the tag has one that can be replaced: the scanner does it.
 */
static bool
has_unknown_entity(struct xml_strict *strict)
{
	size_t size;
	const char *raw = raw_event(strict, &size);

	return raw && xml_entities_unknown(strict->entities, raw, size);
}

/* True inside of a declared entity: what comes is not what stands in the document. */
static bool
in_entity(struct xml_strict *strict)
{
	size_t size;
	const char *raw;

	if (!xml_entities_any(strict->entities))
		return false;
	raw = raw_event(strict, &size);
	return raw && xml_entities_declared(strict->entities, raw, size);
}

/* Charges what entities expanded to: size bytes, of which the document had only raw. */
static int
spend(struct xml_strict *strict, size_t size, size_t raw)
{
	if (!xml_entities_any(strict->entities) || size <= raw)
		return 0;
	return xml_entities_spend(strict->entities, size - raw);
}

static bool
is_long(const struct xml_strict *strict)
{
	return (size_t)XML_GetCurrentByteCount(strict->parser) > strict->max_token;
}

/*
 * True where expat must not go on with this tag: names or bytes without end, what it would read
 * wrongly, or an element that cannot stand where it stands, which means that an end tag is missing
 * although all tags may well match.
 */
static bool
start_refused(struct xml_strict *strict, const struct xml_symbol *symbol, const char **attributes)
{
	if (xml_stack_crowded(strict->stack) || symbol->transient)
		return true;
	if (!strict->rooted && (symbol->kind & XML_KIND_JUNK))
		return true;
	if (symbol->kind && xml_stack_fit(strict->stack) < xml_stack_depth(strict->stack))
		return true;
	return is_long(strict) || (attributes[0] && strict->doctype && has_unknown_entity(strict));
}

static int
start_attributes(struct xml_strict *strict, const char **attributes)
{
	size_t size = 0;
	int error = 0;

	for (; error >= 0 && attributes[0]; attributes += 2) {
		error = xml_stack_attribute(
			strict->stack, attributes[0], strlen(attributes[0]), attributes[1]);
		if (strict->doctype)
			size += strlen(attributes[1]);
	}
	if (error < 0)
		return error;
	return spend(strict, size, (size_t)XML_GetCurrentByteCount(strict->parser));
}

static int
start_element(struct xml_strict *strict, const char *name, const char **attributes)
{
	const struct xml_symbol *symbol;
	int error = xml_stack_begin(strict->stack, name, strlen(name), &symbol);

	if (error < 0)
		return error;
	if (!strict->rooted && (symbol->kind & XML_KIND_PAGE))
		return -EBADMSG;
	if (start_refused(strict, symbol, attributes)) {
		stop(strict, 0);
		return 0;
	}
	error = start_attributes(strict, attributes);
	if (error == 0)
		error = xml_stack_start(strict->stack);
	if (error == 1)
		strict->too_deep = 1;
	strict->rooted = true;
	anchor_here(strict);
	return error < 0 ? error : 0;
}

static void XMLCALL
on_start(void *arg, const char *name, const char **attributes)
{
	struct xml_strict *strict = arg;
	int error;

	if (stopped(strict))
		return;
	if (strict->too_deep > 0) {
		strict->too_deep++;
		anchor_here(strict);
		return;
	}
	error = start_element(strict, name, attributes);
	if (error < 0)
		stop(strict, error);
	else if (xml_stack_unbound(strict->stack))
		xml_bozo_set(strict->bozo, line(strict), "undeclared namespace prefix %.40s",
			xml_stack_unbound(strict->stack));
}

static void XMLCALL
on_end(void *arg, const char *name)
{
	struct xml_strict *strict = arg;
	int error = 0;

	(void)name;
	if (stopped(strict))
		return;
	if (strict->too_deep > 0)
		strict->too_deep--;
	else
		error = xml_stack_end(strict->stack);
	anchor_here(strict);
	if (error < 0)
		stop(strict, error);
}

/*
 * Hands text on. In a declared entity it is charged, and counts as read from the anchor, which stays
 * before the reference unless a tag of the entity has moved it.
 */
static void
give_text(struct xml_strict *strict, const char *text, size_t size)
{
	bool entity = in_entity(strict);
	int error = entity ? xml_entities_spend(strict->entities, size) : 0;

	if (error == 0)
		error = xml_stack_text(strict->stack, text, size);
	if (!entity)
		anchor_here(strict);
	else if (XML_GetCurrentByteIndex(strict->parser) < strict->anchor)
		xml_stack_anchor(strict->stack);
	if (error < 0)
		stop(strict, error);
}

static void XMLCALL
on_text(void *arg, const char *text, int size)
{
	struct xml_strict *strict = arg;

	if (stopped(strict))
		return;
	if (strict->in_cdata) {
		buf_append(&strict->cdata, text, (size_t)size);
		return;
	}
	if (size == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0 &&
		XML_GetCurrentByteCount(strict->parser) != size) {
		char meant[8]; /* &#146; and its like: a C1 control is never what is meant */

		size = (int)xml_entities_utf8(meant, (unsigned char)text[1]);
		give_text(strict, meant, (size_t)size);
		return;
	}
	give_text(strict, text, (size_t)size);
}

static void XMLCALL
on_cdata(void *arg)
{
	struct xml_strict *strict = arg;

	strict->in_cdata = true;
	buf_reset(&strict->cdata);
}

static void XMLCALL
on_cdata_end(void *arg)
{
	struct xml_strict *strict = arg;

	strict->in_cdata = false;
	if (stopped(strict))
		return;
	if (buf_error(&strict->cdata))
		stop(strict, buf_error(&strict->cdata));
	else
		give_text(strict, buf_str(&strict->cdata), strict->cdata.len);
}

/* An entity that the document does not declare, but its external DTD may. */
static void XMLCALL
on_skipped(void *arg, const char *name, int is_parameter)
{
	struct xml_strict *strict = arg;
	const char *text;

	if (is_parameter || stopped(strict))
		return;
	text = xml_entities_foreign(name, strlen(name));
	if (text)
		give_text(strict, text, strlen(text));
	else
		stop(strict, 0); /* the scanner keeps it as it is written */
}

static void XMLCALL
on_declaration(void *arg, const char *version, const char *encoding, int standalone)
{
	struct xml_strict *strict = arg;

	(void)version;
	(void)encoding;
	(void)standalone;
	if (strict->blanks)
		xml_bozo_set(strict->bozo, line(strict), "blanks before the XML declaration");
}

static void XMLCALL
on_doctype(void *arg, const char *name, const char *system_id, const char *public_id, int internal)
{
	struct xml_strict *strict = arg;

	(void)name;
	(void)internal;
	strict->doctype = true;
	if (system_id || public_id)
		xml_entities_allow_html(strict->entities);
}

static void XMLCALL
on_entity(void *arg, const char *name, int is_parameter, const char *value, int size,
	const char *base, const char *system_id, const char *public_id, const char *notation)
{
	struct xml_strict *strict = arg;
	int error;

	(void)base;
	(void)system_id;
	(void)public_id;
	(void)notation;
	if (is_parameter || stopped(strict))
		return;
	error = xml_entities_declare(strict->entities, name, strlen(name), value, (size_t)size);
	if (error < 0)
		stop(strict, error);
}

int
xml_expat_start(struct xml_strict *strict)
{
	XML_Parser parser = XML_ParserCreate("UTF-8");

	if (!parser)
		return -ENOMEM;
	XML_SetUserData(parser, strict);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetCdataSectionHandler(parser, on_cdata, on_cdata_end);
	XML_SetSkippedEntityHandler(parser, on_skipped);
	XML_SetXmlDeclHandler(parser, on_declaration);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	XML_SetEntityDeclHandler(parser, on_entity);
	XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER);
	XML_SetBillionLaughsAttackProtectionMaximumAmplification(parser, AMPLIFICATION);
	XML_SetBillionLaughsAttackProtectionActivationThreshold(parser, strict->max_entities);
#if XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 6
	XML_SetReparseDeferralEnabled(parser, XML_FALSE); /* it is shown no half tokens */
#endif
	strict->parser = parser;
	return 0;
}

size_t
xml_expat_line(const struct xml_strict *strict, const char *text, int64_t base)
{
	int64_t here = XML_GetCurrentByteIndex(strict->parser), anchor = strict->anchor;

	if (!strict->rooted)
		return strict->lines + 1;
	if (here < base || here == anchor)
		return line(strict);
	if (here > anchor)
		return line(strict) -
		       xml_count_lines(text + (anchor - base), (size_t)(here - anchor));
	return line(strict) + xml_count_lines(text + (here - base), (size_t)(anchor - here));
}

/*
 * Why expat stopped, in words. What it calls text outside of the root depends on how much of it has
 * come: that is told in our own.
 */
static const char *
reason(const struct xml_strict *strict, enum XML_Error code)
{
	bool text = code == XML_ERROR_SYNTAX || code == XML_ERROR_INVALID_TOKEN ||
		    code == XML_ERROR_UNCLOSED_TOKEN || code == XML_ERROR_PARTIAL_CHAR ||
		    code == XML_ERROR_JUNK_AFTER_DOC_ELEMENT;

	if (text && !strict->rooted)
		return "not well-formed up to the root element";
	if (text && xml_stack_depth(strict->stack) == 0)
		return "text after the root element";
	return XML_ErrorString(code);
}

/* What expat says when it did not take a slice. */
static int
parse_failed(struct xml_strict *strict)
{
	enum XML_Error code = XML_GetErrorCode(strict->parser);

	if (strict->error < 0)
		return strict->error;
	if (code == XML_ERROR_NO_MEMORY)
		return -ENOMEM;
	if (code == XML_ERROR_AMPLIFICATION_LIMIT_BREACH)
		return -E2BIG;
	/* Outside of the root, how far expat came depends on how the bytes were cut. */
	if (!strict->hand_over)
		xml_bozo_set(strict->bozo, xml_stack_depth(strict->stack) > 0 ? line(strict) : 0,
			"%s", reason(strict, code));
	return XML_STRICT_STOPPED;
}

/* After a slice that expat took: where it stands now. A section without end was not read. */
static void
slice_done(struct xml_strict *strict)
{
	XML_Index at = XML_GetCurrentByteIndex(strict->parser);

	if (!strict->rooted || at < 0 || strict->in_cdata)
		return;
	strict->anchor = at;
	xml_stack_anchor(strict->stack);
}

/*
 * True for a beginning that expat would take for UTF-16, whatever it is told. Text in UTF-8 does
 * not begin so, but what is pushed need not be text.
 */
static bool
like_utf16(const struct xml_strict *strict, const char *text, size_t size)
{
	for (size_t i = 0; i < size && strict->fed + (XML_Index)i < 2; i++) {
		if (text[i] == '\0' || (unsigned char)text[i] >= 0xfe)
			return true;
	}
	return false;
}

int
xml_expat_slice(struct xml_strict *strict, const char *text, size_t size)
{
	void *place = XML_GetBuffer(strict->parser, (int)size);

	if (!place)
		return -ENOMEM;
	memcpy(place, text, size);
	if (like_utf16(strict, text, size)) {
		xml_bozo_set(strict->bozo, strict->rooted ? strict->lines + 1 : 0, "%s",
			reason(strict, XML_ERROR_INVALID_TOKEN));
		return XML_STRICT_STOPPED;
	}
	strict->fed += (XML_Index)size;
	if (XML_ParseBuffer(strict->parser, (int)size, 0) != XML_STATUS_OK)
		return parse_failed(strict);
	slice_done(strict);
	return 0;
}

void
xml_expat_end(struct xml_strict *strict)
{
	if (strict->parser)
		XML_ParserFree(strict->parser);
	strict->parser = NULL;
}

int
xml_expat_finish(struct xml_strict *strict)
{
	if (XML_Parse(strict->parser, "", 0, 1) == XML_STATUS_OK)
		return 0;
	return parse_failed(strict);
}
