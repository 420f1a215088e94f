/*
 * What is neither element nor text in a broken document: comments, processing instructions, CDATA
 * sections, declarations. Each may have no end: how it goes on then is said at each. Errors are
 * those of the scanner.
 */
#include "lib/feed/xml_cursor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DECLARATION (64 * 1024)

/* Looks for needle from from on, and goes on there when called again. */
static size_t
cursor_find(struct xml_cursor *cursor, const char *needle, size_t from)
{
	size_t len = strlen(needle), start = cursor->seek > from ? cursor->seek : from;
	const char *at = NULL;

	if (start < cursor->size)
		at = xml_tag_find(cursor->text + start, cursor->size - start, needle);
	if (at)
		return (size_t)(at - cursor->text);
	if (cursor->size + 1 > start + len)
		cursor->seek = cursor->size + 1 - len;
	return XML_NOWHERE;
}

/* Drops bytes up to the end of what was too long to be kept. */
int
xml_step_skip(struct xml_scan *scan, struct xml_cursor *cursor)
{
	size_t len = strlen(scan->skip_until);
	size_t end = cursor_find(cursor, scan->skip_until, cursor->pos);

	if (end != XML_NOWHERE) {
		cursor->pos = end + len;
		scan->skip_until = NULL;
		return XML_STEP_ON;
	}
	if (cursor->final)
		cursor->pos = cursor->size;
	else if (cursor->size - cursor->pos >= len)
		cursor->pos = cursor->size + 1 - len;
	return XML_STEP_WAIT;
}

/*
 * A comment or a processing instruction. One that never ends was none: its beginning alone is
 * dropped. *endless remembers that, so that the next one is not searched to the end again.
 */
static int
enclosed(struct xml_scan *scan, struct xml_cursor *cursor, size_t open, const char *close,
	bool *endless)
{
	size_t end = *endless ? XML_NOWHERE : cursor_find(cursor, close, cursor->pos + open);

	if (end != XML_NOWHERE) {
		cursor->pos = end + strlen(close);
		return XML_STEP_ON;
	}
	if (!*endless && cursor->size - cursor->pos > scan->max_token) {
		cursor->pos += open;
		scan->skip_until = close;
		return XML_STEP_ON;
	}
	if (!cursor->final)
		return XML_STEP_WAIT;
	*endless = true;
	xml_scan_defect(scan, "a comment or processing instruction is not closed", NULL);
	cursor->pos += open;
	return XML_STEP_ON;
}

/*
 * Where the element that this CDATA section stands in is ended inside of the section, between from
 * and to; XML_NOWHERE: it is not.
 */
static size_t
find_parent_end(
	const struct xml_scan *scan, const struct xml_cursor *cursor, size_t from, size_t to)
{
	const struct xml_symbol *parent;
	size_t depth = xml_stack_depth(scan->stack);
	const char *text = cursor->text, *at = text + from;

	if (depth == 0)
		return XML_NOWHERE;
	parent = xml_stack_at(scan->stack, depth - 1);
	while ((at = xml_tag_find(at, (size_t)(text + to - at), "</"))) {
		size_t left = (size_t)(text + to - at) - 2;

		if (left > parent->len && memcmp(at + 2, parent->name, parent->len) == 0 &&
			at[2 + parent->len] == '>')
			return (size_t)(at - text);
		at += 2;
	}
	return XML_NOWHERE;
}

/*
 * A CDATA section that was never closed swallows what follows up to the end of the next one, or
 * all the rest. It gives itself away by holding its parent's end tag and then another beginning.
 */
static size_t
find_unclosed(const struct xml_scan *scan, const struct xml_cursor *cursor, size_t end)
{
	const char *again;
	size_t pos = cursor->pos;

	if (end == XML_NOWHERE)
		return find_parent_end(scan, cursor, pos, cursor->size);
	again = xml_tag_find(cursor->text + pos, end - pos, "<![CDATA[");
	if (!again)
		return XML_NOWHERE;
	return find_parent_end(scan, cursor, pos, (size_t)(again - cursor->text));
}

/* A section too long to wait for its end. */
static int
step_cdata_long(struct xml_scan *scan, struct xml_cursor *cursor, size_t end)
{
	size_t to = end, pos = cursor->pos;
	int error;

	if (end == XML_NOWHERE) {
		/* the last bytes may be the beginning of the end */
		to = cursor->final ? cursor->size : cursor->size < 3 ? 0 : cursor->size - 3;
		to = to < pos ? pos : to;
		if (to > pos && cursor->text[to - 1] == '\r' && !cursor->final)
			to--; /* it may belong to a newline */
	}
	error = xml_scan_plain(scan, cursor->text + pos, to - pos);
	cursor->pos = end == XML_NOWHERE ? to : end + 3;
	if (end != XML_NOWHERE)
		scan->cdata = scan->cdata_long = false;
	return error < 0 ? error : (to == pos && end == XML_NOWHERE ? XML_STEP_WAIT : XML_STEP_ON);
}

/* Whether a section is too long to wait for its end; one that may have begun to come is waited for. */
static bool
is_long(const struct xml_scan *scan, const struct xml_cursor *cursor, size_t end)
{
	if (end != XML_NOWHERE)
		return end - cursor->pos > scan->max_token;
	return cursor->size - cursor->pos > scan->max_token + 2;
}

int
xml_step_cdata(struct xml_scan *scan, struct xml_cursor *cursor)
{
	size_t pos = cursor->pos, end = cursor->cdata_end, early, to;
	int error;

	if (end < pos || end == 0)
		end = cursor_find(cursor, "]]>", pos);
	if (scan->cdata_long || is_long(scan, cursor, end)) {
		scan->cdata_long = true;
		return step_cdata_long(scan, cursor, end);
	}
	if (end == XML_NOWHERE && !cursor->final)
		return XML_STEP_WAIT;
	cursor->cdata_end = end;
	/* a section that was handed on already did end */
	early = scan->skip > 0 ? XML_NOWHERE : find_unclosed(scan, cursor, end);
	if (early != XML_NOWHERE || end == XML_NOWHERE)
		xml_scan_defect(scan, "a CDATA section is not closed", NULL);
	to = early != XML_NOWHERE ? early : end != XML_NOWHERE ? end : cursor->size;
	error = xml_scan_plain(scan, cursor->text + pos, to - pos);
	cursor->pos = early == XML_NOWHERE && end != XML_NOWHERE ? to + 3 : to;
	scan->cdata = false;
	return error < 0 ? error : XML_STEP_ON;
}

/* <!ENTITY name "text">; parameter entities are not read, external ones stand for nothing. */
static int
declare_entity(struct xml_scan *scan, const char *text, size_t size)
{
	const char *name, *value, *end;
	size_t len = xml_tag_word(&text, &size, &name);
	struct buf expanded = { 0 };
	int error;

	if (len == 0 || *name == '%')
		return 0;
	if (xml_tag_word(&text, &size, &value) > 0 || size == 0 || (*text != '"' && *text != '\''))
		return xml_entities_declare(scan->entities, name, len, NULL, 0);
	end = memchr(text + 1, *text, size - 1);
	if (!end)
		return 0;
	xml_entities_literal(&expanded, text + 1, (size_t)(end - text) - 1);
	error = buf_error(&expanded);
	if (error == 0)
		error = xml_entities_declare(
			scan->entities, name, len, buf_str(&expanded), expanded.len);
	buf_done(&expanded);
	return error;
}

/* What a declaration before the root says. text begins behind "<!". */
static int
declaration(struct xml_scan *scan, const char *text, size_t size)
{
	if (size > 7 && memcmp(text, "ENTITY", 6) == 0)
		return declare_entity(scan, text + 6, size - 6);
	if (size > 7 && memcmp(text, "DOCTYPE", 7) == 0 &&
		(xml_tag_find(text, size, "PUBLIC") || xml_tag_find(text, size, "SYSTEM")))
		xml_entities_allow_html(scan->entities);
	return 0;
}

/*
 * <!DOCTYPE and its like, up to ">" or to the "[" of an internal subset: its declarations are then
 * read one by one and whose end is dropped as text outside of the root.
 */
static int
step_declaration(struct xml_scan *scan, struct xml_cursor *cursor)
{
	const char *text = cursor->text + cursor->pos, *end;
	size_t size = cursor->size - cursor->pos;
	size_t limit = size < MAX_DECLARATION ? size : MAX_DECLARATION;
	struct xml_tag_search *search = &cursor->tag;
	size_t i = search->seek > 3 ? search->seek : 3; /* not at the "[" of <![endif]> */
	int error;

	for (; i < limit; i++) {
		if (search->quote) {
			search->quote = text[i] == search->quote ? '\0' : search->quote;
		} else if (text[i] == '"' || text[i] == '\'') {
			search->quote = text[i];
		} else if (text[i] == '>' || text[i] == '[') {
			error = scan->rooted ? 0 : declaration(scan, text + 2, i - 2);
			cursor->pos += i + 1;
			return error < 0 ? error : XML_STEP_ON;
		} else if (text[i] == '<') {
			xml_scan_defect(scan, "a declaration is not closed", NULL);
			cursor->pos += i;
			return XML_STEP_ON;
		}
	}
	search->seek = i;
	if (limit < MAX_DECLARATION && !cursor->final)
		return XML_STEP_WAIT;
	xml_scan_defect(scan, "a declaration is not closed", NULL);
	end = memchr(text, '>', limit);
	cursor->pos += end ? (size_t)(end - text) + 1 : 2;
	return XML_STEP_ON;
}

/* True where text may still become word; *ret_is where it begins with it. */
static bool
may_be(const char *text, size_t size, const char *word, bool *ret_is)
{
	size_t len = strlen(word);

	*ret_is = size >= len && memcmp(text, word, len) == 0;
	return !*ret_is && size < len && memcmp(text, word, size) == 0;
}

/* What begins with "<!". */
int
xml_step_bang(struct xml_scan *scan, struct xml_cursor *cursor)
{
	const char *text = cursor->text + cursor->pos;
	size_t size = cursor->size - cursor->pos;
	bool comment, cdata;
	bool may_comment = may_be(text, size, "<!--", &comment);
	bool may_cdata = may_be(text, size, "<![CDATA[", &cdata);

	if ((may_comment || may_cdata) && !cursor->final)
		return XML_STEP_WAIT;
	if (comment)
		return enclosed(scan, cursor, 4, "-->", &cursor->comment_endless);
	if (cdata) {
		cursor->pos += 9;
		scan->cdata = true;
		return XML_STEP_ON;
	}
	if (size < 3 || (!xml_tag_is_start(text[2]) && text[2] != '['))
		return xml_scan_bracket(scan, cursor);
	if (scan->rooted)
		xml_scan_defect(scan, "a declaration inside of the document", NULL);
	return step_declaration(scan, cursor);
}

/* What begins with "<?". An XML declaration in the midst of an error message begins anew. */
int
xml_step_instruction(struct xml_scan *scan, struct xml_cursor *cursor)
{
	const char *text = cursor->text + cursor->pos;
	size_t size = cursor->size - cursor->pos;
	bool xml;
	int error = 0;

	if ((may_be(text, size, "<?xml", &xml) || (xml && size < 6)) && !cursor->final)
		return XML_STEP_WAIT;
	/* <?xml-stylesheet?> is none, and stands anywhere */
	if (!xml || (size > 5 && !xml_tag_is_space(text[5]) && text[5] != '?'))
		return enclosed(scan, cursor, 2, "?>", &cursor->instruction_endless);
	if (xml_stack_depth(scan->stack) > 0 &&
		!(xml_stack_at(scan->stack, 0)->kind & XML_KIND_HOLDER)) {
		xml_scan_defect(scan, "an XML declaration inside of the document", NULL);
		error = xml_scan_close(scan, 0);
	}
	return error < 0 ? error : enclosed(scan, cursor, 2, ">", &cursor->instruction_endless);
}
