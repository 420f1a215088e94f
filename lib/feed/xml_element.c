/*
 * Tags in a broken document: start tags with whatever stands for attributes, end tags that match
 * nothing, and which elements end when. An end tag ends all up to the nearest open element of its
 * name, but never an item from the inside; unknown ones are dropped. Errors are those of the
 * scanner.
 */
#include "lib/feed/xml_cursor.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

int
xml_scan_close(struct xml_scan *scan, size_t level)
{
	int error = 0;

	while (error == 0 && xml_stack_depth(scan->stack) > level)
		error = xml_stack_end(scan->stack);
	return error;
}

/* Hands one attribute to the stack; its value is kept in scan->values from offset on. */
static int
tag_attribute(struct xml_scan *scan, const struct xml_tag_attribute *attribute, size_t offset)
{
	int error = xml_stack_attribute(
		scan->stack, attribute->name, attribute->name_len, buf_str(&scan->values) + offset);

	if (error == 1)
		xml_scan_defect(scan, "an attribute stands twice", NULL);
	return error < 0 ? error : 0;
}

/* Reads the attributes in text: first all values, since that buffer may move, then the names. */
static int
tag_attributes(struct xml_scan *scan, const char *text, size_t size)
{
	struct xml_tag_attribute attribute;
	size_t pos = 0, offset = 0;
	bool sloppy = false;
	int error;

	buf_reset(&scan->values);
	while (xml_tag_attribute(text, size, &pos, &attribute)) {
		sloppy |= attribute.sloppy;
		error = attribute.value ? xml_entities_value(scan->entities, &scan->values,
						  attribute.value, attribute.value_len, &sloppy)
					: 0;
		buf_putc(&scan->values, '\0');
		if (error < 0)
			return error;
	}
	if (buf_error(&scan->values))
		return buf_error(&scan->values);
	if (sloppy)
		xml_scan_defect(scan, "a malformed attribute", NULL);
	pos = 0;
	while (xml_tag_attribute(text, size, &pos, &attribute)) {
		error = tag_attribute(scan, &attribute, offset);
		if (error < 0)
			return error;
		offset += strlen(buf_str(&scan->values) + offset) + 1;
	}
	return 0;
}

/* A start tag: name, attributes, and whether it is an empty element's. */
static int
start(struct xml_scan *scan, const char *name, size_t len, const char *attributes, size_t size)
{
	bool slash = size > 0 && attributes[size - 1] == '/', empty;
	const struct xml_symbol *symbol;
	int error = xml_stack_begin(scan->stack, name, len, &symbol);

	if (error < 0)
		return error;
	if (!scan->rooted && (symbol->kind & XML_KIND_PAGE))
		return -EBADMSG;
	if (!scan->rooted && (symbol->kind & XML_KIND_JUNK))
		return 0;
	if (xml_stack_fit(scan->stack) < xml_stack_depth(scan->stack)) {
		xml_scan_defect(scan, "a missing end tag", NULL);
		error = xml_scan_close(scan, xml_stack_fit(scan->stack));
		if (error < 0)
			return error;
	}
	empty = slash || (symbol->kind & XML_KIND_VOID);
	if (scan->rooted && xml_stack_depth(scan->stack) == 0)
		xml_scan_defect(scan, "an element after the root element", NULL);
	scan->rooted = true;
	scan->skip = 0;
	error = tag_attributes(scan, attributes, size - (slash ? 1 : 0));
	if (error == 0)
		error = xml_stack_start(scan->stack);
	if (error != 0)
		return error < 0 ? error : 0; /* too deep: left out */
	if (xml_stack_unbound(scan->stack))
		xml_scan_defect(scan, "a namespace prefix that is not declared", NULL);
	return empty ? xml_stack_end(scan->stack) : 0;
}

/* What begins with "<" and a name. */
int
xml_step_start(struct xml_scan *scan, struct xml_cursor *cursor)
{
	const char *text = cursor->text + cursor->pos;
	size_t end, len;
	int error;

	switch (xml_tag_end(&cursor->tag, text, cursor->size - cursor->pos, scan->max_token,
		cursor->final, &end)) {
	case XML_TAG_MORE:
		return XML_STEP_WAIT;
	case XML_TAG_CUT:
		xml_scan_defect(scan, "the document is cut off", NULL);
		cursor->pos = cursor->size;
		return XML_STEP_ON;
	case XML_TAG_OPEN:
		len = xml_tag_name(text + 1, end - 1);
		if (!xml_tag_is_blank(text + 1 + len, end - 1 - len))
			return xml_scan_bracket(scan, cursor);
		xml_scan_defect(scan, "a tag is not closed", NULL);
		cursor->pos += end;
		break;
	case XML_TAG_LONG:
		xml_scan_defect(scan, "a tag is too long", NULL);
		cursor->pos += end;
		scan->skip_until = ">";
		break;
	case XML_TAG_CLOSED:
		cursor->pos += end + 1;
		break;
	}
	len = xml_tag_name(text + 1, end - 1);
	error = start(scan, text + 1, len, text + 1 + len, end - 1 - len);
	return error < 0 ? error : XML_STEP_ON;
}

/* An end tag: ends all up to the nearest open element of its name. */
static int
end_named(struct xml_scan *scan, const char *name, size_t len)
{
	size_t depth = xml_stack_depth(scan->stack);
	size_t level = xml_stack_find(scan->stack, name, len);
	const struct xml_symbol *top = depth > 0 ? xml_stack_at(scan->stack, depth - 1) : NULL;

	scan->skip = 0;
	if (level == 0 && top && top->len == len && strncasecmp(top->name, name, len) == 0)
		level = depth;
	else if (level > 0 && level < depth &&
		 !(xml_stack_at(scan->stack, level - 1)->kind &
			 (XML_KIND_ITEM | XML_KIND_HOLDER)) &&
		 xml_stack_has(scan->stack, level, XML_KIND_ITEM))
		level = 0;
	if (level == 0 || level < depth)
		xml_scan_defect(scan, "a mismatched end tag", NULL);
	return level == 0 ? 0 : xml_scan_close(scan, level - 1);
}

/* What begins with "</". Another "<" ends it as well. */
int
xml_step_end(struct xml_scan *scan, struct xml_cursor *cursor)
{
	const char *text = cursor->text + cursor->pos, *name;
	size_t size = cursor->size - cursor->pos, end, len;
	size_t limit = size < scan->max_token ? size : scan->max_token;
	int error;

	for (end = cursor->tag.seek > 2 ? cursor->tag.seek : 2; end < limit; end++) {
		if (text[end] == '>' || text[end] == '<')
			break;
	}
	cursor->tag.seek = end;
	if (end == size && size < scan->max_token && !cursor->final)
		return XML_STEP_WAIT;
	cursor->pos += end;
	if (end < limit && text[end] == '>')
		cursor->pos++;
	else
		xml_scan_defect(scan, "an end tag is not closed", NULL);
	if (end == scan->max_token)
		scan->skip_until = ">";
	text += 2;
	size = end - 2;
	len = xml_tag_word(&text, &size, &name);
	error = end_named(scan, name, len);
	return error < 0 ? error : XML_STEP_ON;
}
