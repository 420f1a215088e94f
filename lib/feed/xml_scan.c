/*
 * The tolerant scanner.
 *
 * A cursor stands in the bytes at hand; a step reads one token there, or says that it needs more
 * bytes, remembering how far it has looked. What a step does depends on the document alone, never
 * on how much of it has come: a token is judged when it is complete, when it passes max_token, or
 * at the end. Bytes that wait are kept in one buffer; text does not wait.
 *
 * A declared entity is read by a cursor of its own over its replacement text, which is complete.
 *
 * Errors (memory, the budget of entities, the handler's) end the scanner for good; bad XML is no
 * error.
 */
#include "lib/feed/xml_scan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/feed/xml_cursor.h"

void
xml_bozo_set(struct xml_bozo *bozo, size_t line, const char *format, ...)
{
	va_list args;
	int len;

	if (bozo->text[0])
		return;
	va_start(args, format);
	len = vsnprintf(bozo->text, sizeof(bozo->text) - 24, format, args);
	va_end(args);
	if (len < 0)
		len = 0;
	if ((size_t)len >= sizeof(bozo->text) - 24)
		len = (int)sizeof(bozo->text) - 25;
	if (line > 0)
		snprintf(bozo->text + len, sizeof(bozo->text) - (size_t)len, ", line %zu", line);
}

size_t
xml_count_lines(const char *text, size_t size)
{
	size_t lines = 0;

	for (const char *at = text; size > 0 && (at = memchr(at, '\n', size - (size_t)(at - text)));
		at++)
		lines++;
	return lines;
}

void
xml_scan_defect(struct xml_scan *scan, const char *what, const char *at)
{
	const struct xml_cursor *cursor = &scan->cursor;
	size_t before = cursor->pos;

	if (scan->bozo->text[0])
		return;
	if (at && at >= cursor->text && at <= cursor->text + cursor->size)
		before = (size_t)(at - cursor->text);
	xml_bozo_set(scan->bozo, scan->line + xml_count_lines(cursor->text, before), "%s", what);
}

int
xml_scan_new(struct xml_stack *stack, struct xml_entities *entities, struct xml_bozo *bozo,
	size_t max_token, const struct xml_scan_start *start, struct xml_scan **ret_scan)
{
	struct xml_scan *scan = calloc(1, sizeof(*scan));

	if (!scan)
		return -ENOMEM;
	scan->stack = stack;
	scan->entities = entities;
	scan->bozo = bozo;
	scan->max_token = max_token;
	scan->line = start->line;
	scan->skip = start->skip;
	scan->rooted = start->rooted;
	*ret_scan = scan;
	return 0;
}

void
xml_scan_free(struct xml_scan *scan)
{
	if (!scan)
		return;
	buf_done(&scan->held);
	buf_done(&scan->values);
	free(scan);
}

int
xml_scan_text(struct xml_scan *scan, const char *text, size_t size)
{
	size_t skip = size < scan->skip ? size : scan->skip;

	scan->skip -= skip;
	return xml_stack_text(scan->stack, text + skip, size - skip);
}

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' && c != '\t' && c != '\n' && c != '\r';
}

int
xml_scan_plain(struct xml_scan *scan, const char *text, size_t size)
{
	size_t i = 0;
	int error = 0;

	while (i < size && error == 0) {
		size_t run = i;

		while (run < size && text[run] != '\r' && !is_control(text[run]))
			run++;
		error = xml_scan_text(scan, text + i, run - i);
		if (run == size || error < 0)
			break;
		if (text[run] != '\r')
			xml_scan_defect(scan, "a control character", text + run);
		else if (run + 1 == size || text[run + 1] != '\n')
			error = xml_scan_text(scan, "\n", 1);
		i = run + 1;
	}
	return error;
}

/* Text where no element is open is dropped. */
static void
outside(struct xml_scan *scan, const char *text, size_t size)
{
	size_t i = 0;

	while (i < size && xml_tag_is_space(text[i]))
		i++;
	if (i < size)
		xml_scan_defect(scan, "text outside of the root element", text + i);
}

/* Text up to what may be markup. A carriage return waits for what follows it. */
static int
step_text(struct xml_scan *scan, struct xml_cursor *cursor)
{
	const char *text = cursor->text + cursor->pos;
	size_t size = cursor->size - cursor->pos, run = 0;
	int error;

	while (run < size && text[run] != '<' && text[run] != '&' && text[run] != ']')
		run++;
	if (run > 0 && run == size && text[run - 1] == '\r' && !cursor->final)
		run--;
	if (run == 0 && text[0] == ']') {
		if (size < 3 && !cursor->final && memcmp(text, "]]>", size) == 0)
			return XML_STEP_WAIT;
		if (size >= 3 && memcmp(text, "]]>", 3) == 0) {
			xml_scan_defect(scan, "]]> outside of CDATA", NULL);
			cursor->pos += 3;
			return XML_STEP_ON;
		}
		run = 1;
	}
	if (run == 0)
		return XML_STEP_WAIT;
	if (xml_stack_depth(scan->stack) == 0) {
		outside(scan, text, run);
		error = 0;
	} else {
		error = xml_scan_plain(scan, text, run);
	}
	cursor->pos += run;
	return error < 0 ? error : XML_STEP_ON;
}

static int scan_run(struct xml_scan *scan, struct xml_cursor *cursor);

/* Reads a declared entity's replacement text as if it stood here. */
static int
expand(struct xml_scan *scan, const char *replacement, size_t size)
{
	struct xml_cursor inner = { .text = replacement, .size = size, .final = true };
	int error = xml_entities_spend(scan->entities, size + 1);

	if (error < 0)
		return error;
	if (!xml_entities_open(scan->entities, replacement)) {
		xml_scan_defect(scan, "an entity that contains itself", NULL);
		return 0;
	}
	error = scan_run(scan, &inner);
	xml_entities_close(scan->entities, replacement);
	scan->cdata = false;
	scan->skip_until = NULL;
	return error;
}

static int
step_reference(struct xml_scan *scan, struct xml_cursor *cursor)
{
	char scratch[8];
	const char *with = "&";
	size_t with_size = 1, used = 1;
	int error;

	switch (xml_entities_read(scan->entities, cursor->text + cursor->pos,
		cursor->size - cursor->pos, cursor->final, scratch, &used, &with, &with_size)) {
	case XML_REFERENCE_MORE:
		return XML_STEP_WAIT;
	case XML_REFERENCE_ENTITY:
		error = expand(scan, with, with_size);
		cursor->pos += used;
		return error < 0 ? error : XML_STEP_ON;
	case XML_REFERENCE_NONE:
		xml_scan_defect(scan, "a bare ampersand or an undeclared entity", NULL);
		with = "&";
		with_size = used = 1;
		break;
	case XML_REFERENCE_FOREIGN:
		xml_scan_defect(scan, "an undeclared entity", NULL);
		break;
	case XML_REFERENCE_TEXT:
	case XML_REFERENCE_HTML:
		break;
	}
	error = xml_scan_text(scan, with, with_size);
	cursor->pos += used;
	return error < 0 ? error : XML_STEP_ON;
}

int
xml_scan_bracket(struct xml_scan *scan, struct xml_cursor *cursor)
{
	int error = xml_scan_text(scan, "<", 1);

	xml_scan_defect(scan, "a bare <", NULL);
	cursor->pos++;
	return error < 0 ? error : XML_STEP_ON;
}

static int
step_markup(struct xml_scan *scan, struct xml_cursor *cursor)
{
	const char *text = cursor->text + cursor->pos;

	if (cursor->size - cursor->pos < 2)
		return cursor->final ? xml_scan_bracket(scan, cursor) : XML_STEP_WAIT;
	if (text[1] == '/')
		return xml_step_end(scan, cursor);
	if (text[1] == '!')
		return xml_step_bang(scan, cursor);
	if (text[1] == '?')
		return xml_step_instruction(scan, cursor);
	if (xml_tag_is_start(text[1]))
		return xml_step_start(scan, cursor);
	return xml_scan_bracket(scan, cursor);
}

static int
step(struct xml_scan *scan, struct xml_cursor *cursor)
{
	if (scan->skip_until)
		return xml_step_skip(scan, cursor);
	if (scan->cdata)
		return xml_step_cdata(scan, cursor);
	if (cursor->text[cursor->pos] == '<')
		return step_markup(scan, cursor);
	if (cursor->text[cursor->pos] == '&')
		return step_reference(scan, cursor);
	return step_text(scan, cursor);
}

/* Steps until the bytes are used up or more are needed. Returns 0 or -errno. */
static int
scan_run(struct xml_scan *scan, struct xml_cursor *cursor)
{
	while (cursor->pos < cursor->size) {
		int result = step(scan, cursor);

		if (result != XML_STEP_ON)
			return result;
		cursor->seek = 0;
		cursor->tag = (struct xml_tag_search){ 0 };
	}
	return 0;
}

/* Forgets the bytes that were read; all that the cursor remembers is counted from pos on. */
static void
cursor_rebase(struct xml_cursor *cursor)
{
	cursor->seek = cursor->seek > cursor->pos ? cursor->seek - cursor->pos : 0;
	if (cursor->cdata_end != XML_NOWHERE)
		cursor->cdata_end = cursor->cdata_end > cursor->pos
					    ? cursor->cdata_end - cursor->pos
					    : 0;
	cursor->size -= cursor->pos;
	cursor->pos = 0;
}

/* Keeps what is left of text, which is held's own or the caller's. */
static int
hold(struct xml_scan *scan, const char *text, size_t size)
{
	if (scan->held.len > 0) {
		memmove(scan->held.data, text, size);
		buf_truncate(&scan->held, size);
		return 0;
	}
	buf_append(&scan->held, text, size);
	return buf_error(&scan->held);
}

int
xml_scan_push(struct xml_scan *scan, const char *text, size_t size)
{
	struct xml_cursor *cursor = &scan->cursor;
	size_t used;
	int error;

	if (scan->held.len > 0) {
		buf_append(&scan->held, text, size);
		if (buf_error(&scan->held))
			return buf_error(&scan->held);
		text = scan->held.data;
		size = scan->held.len;
	}
	cursor->text = text;
	cursor->size = size;
	error = scan_run(scan, cursor);
	if (error < 0)
		return error;
	used = cursor->pos;
	if (!scan->bozo->text[0])
		scan->line += xml_count_lines(text, used);
	cursor_rebase(cursor);
	return used > 0 || scan->held.len == 0 ? hold(scan, text + used, size - used) : 0;
}

int
xml_scan_finish(struct xml_scan *scan)
{
	struct xml_cursor *cursor = &scan->cursor;
	int error;

	cursor->final = true;
	cursor->text = buf_str(&scan->held);
	cursor->size = scan->held.len;
	error = scan_run(scan, cursor);
	return error < 0 || scan->rooted ? error : -EBADMSG;
}
