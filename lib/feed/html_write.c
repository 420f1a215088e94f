/*
 * The sanitiser's writer: tokens in, allow-listed markup out.
 *
 * Invariants: every tag that is written comes from html_elements.c, every attribute from
 * html_attributes.c; the stack holds what is open in the output, no deeper than DEPTH_MAX, and all
 * of it is closed at the end. The nesting rules of the standard's tree builder that change where an
 * element ends up (a block ends a paragraph, a link ends a link, cells stand in rows, HTML leaves
 * svg) are applied while writing, so that a browser reads the same tree from what is written.
 *
 * Errors: out of memory sticks in the output buffer; no input is an error.
 */
#include <stddef.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/feed/html.h"
#include "lib/feed/html_policy.h"
#include "lib/feed/html_tag.h"
#include "lib/feed/html_token.h"
#include "lib/feed/html_value.h"

#define DEPTH_MAX 256
#define NONE DEPTH_MAX
#define AGAIN_MAX 8      /* elements that a paragraph's end opens again */
#define ALIKE_MAX 3      /* of one name, as browsers have it */
#define AGAIN_BYTES 4096 /* of their tags, beyond the size of the input */

struct open {
	const struct html_element *element;
	size_t begin, end; /* its start tag in the output */
};

struct writer {
	struct buf *out;
	bool xhtml, skip_text; /* the latter: the next token is the text of a dropped element */
	struct html_tokens tokens;
	size_t depth;                           /* of the stack */
	struct buf again;                       /* start tags that are to be written once more */
	size_t again_max;                       /* how many bytes of them there may be yet */
	size_t overflow;                        /* elements that were too deep to be written */
	size_t n_paragraphs, n_links, n_tables; /* of the stack */
	const struct html_element *dropping;    /* whose content is left out */
	size_t drop_depth, break_end; /* how many of that name are open; where the last br ends */
	struct html_tags tags; /* from here on ten kilobytes, which are not emptied for each text */
	struct html_token token;
	struct open stack[DEPTH_MAX];
};

static const struct html_element *
top(const struct writer *writer)
{
	static const struct html_element outside = { .space = HTML_SPACE_HTML };

	return writer->depth > 0 ? writer->stack[writer->depth - 1].element : &outside;
}

static bool
top_is(const struct writer *writer, enum html_kind kind)
{
	return top(writer)->kind == kind;
}

/* A part of a table: a caption, a column, a row, a cell. */
static bool
is_part(const struct html_element *element)
{
	return element->kind >= HTML_KIND_CAPTION && element->kind <= HTML_KIND_CELL;
}

static enum html_space
space(const struct writer *writer)
{
	return (enum html_space)top(writer)->space;
}

/* Keeps the counts of what is open. */
static void
count(struct writer *writer, const struct html_element *element, size_t n)
{
	if (element->space != HTML_SPACE_HTML)
		return;
	writer->n_paragraphs += element->kind == HTML_KIND_P ? n : 0;
	writer->n_links += element->kind == HTML_KIND_A ? n : 0;
	writer->n_tables += element->kind == HTML_KIND_TABLE ? n : 0;
}

static void
push(struct writer *writer, const struct html_element *element, size_t begin)
{
	writer->stack[writer->depth++] = (struct open){ element, begin, writer->out->len };
	count(writer, element, 1);
	writer->tokens.foreign = element->space != HTML_SPACE_HTML;
}

static void
write_end(struct buf *out, const struct html_element *element)
{
	size_t size = element->size + 3u;
	char *tag = buf_reserve(out, size);

	if (!tag)
		return;
	tag[0] = '<';
	tag[1] = '/';
	memcpy(tag + 2, element->name, element->size);
	tag[size - 1] = '>';
	buf_add(out, size);
}

/* Closes what is open beyond the first depth elements. */
static void
close_to(struct writer *writer, size_t depth)
{
	while (writer->depth > depth) {
		const struct html_element *element = writer->stack[--writer->depth].element;

		write_end(writer->out, element);
		count(writer, element, (size_t)-1);
	}
	writer->tokens.foreign = space(writer) != HTML_SPACE_HTML;
}

/* The place of the innermost open element of that kind that no barrier hides; NONE. */
static size_t
find_open(const struct writer *writer, enum html_kind kind)
{
	for (size_t i = writer->depth; i-- > 0;) {
		if (writer->stack[i].element->kind == kind &&
			writer->stack[i].element->space == HTML_SPACE_HTML)
			return i;
		if (writer->stack[i].element->flags & HTML_BARRIER)
			break;
	}
	return NONE;
}

static void
close_open(struct writer *writer, enum html_kind kind)
{
	size_t at = find_open(writer, kind);

	if (at != NONE)
		close_to(writer, at);
}

/* A list item ends the one before it, unless a list stands between. */
static void
close_item(struct writer *writer, enum html_kind kind)
{
	for (size_t i = writer->depth; i-- > 0;) {
		const struct html_element *element = writer->stack[i].element;

		if (element->kind == kind) {
			close_to(writer, i);
			return;
		}
		if (element->kind == HTML_KIND_P || element->kind == HTML_KIND_DIV)
			continue;
		if (element->flags & (HTML_BLOCK | HTML_BARRIER))
			return;
	}
}

static void
open_implied(struct writer *writer, const char *name)
{
	size_t begin = writer->out->len;

	if (writer->depth == DEPTH_MAX)
		return;
	buf_printf(writer->out, "<%s>", name);
	push(writer, html_element_find(HTML_SPACE_HTML, name, strlen(name)), begin);
}

/* Content may stand in cells alone: where a table is open without one, opens it. */
static void
enter_cell(struct writer *writer)
{
	if (top_is(writer, HTML_KIND_COLGROUP))
		close_to(writer, writer->depth - 1);
	if (writer->n_tables == 0)
		return;
	if (top_is(writer, HTML_KIND_TABLE) || top_is(writer, HTML_KIND_SECTION))
		open_implied(writer, "tr");
	if (top_is(writer, HTML_KIND_ROW))
		open_implied(writer, "td");
}

/* The place after the innermost open table. */
static size_t
inside_table(const struct writer *writer)
{
	size_t i = writer->depth;

	while (i > 0 && writer->stack[i - 1].element->kind != HTML_KIND_TABLE)
		i--;
	return i;
}

/* A part of a table begins: closes what it ends, opens the row it needs. */
static void
begin_table_part(struct writer *writer, enum html_kind kind)
{
	size_t at;

	if (writer->n_tables == 0) {
		while (is_part(top(writer)) && top(writer)->kind >= kind)
			close_to(writer, writer->depth - 1);
		return;
	}
	if (kind == HTML_KIND_COL && top_is(writer, HTML_KIND_COLGROUP))
		return;
	at = inside_table(writer);
	if (kind >= HTML_KIND_ROW && at < writer->depth &&
		writer->stack[at].element->kind == HTML_KIND_SECTION)
		at++;
	if (kind == HTML_KIND_CELL && at < writer->depth &&
		writer->stack[at].element->kind == HTML_KIND_ROW)
		at++;
	close_to(writer, at);
	if (kind == HTML_KIND_CELL && !top_is(writer, HTML_KIND_ROW))
		open_implied(writer, "tr");
}

/* True where the formatting at that place of the stack goes on after the paragraph at that one. */
static bool
goes_on(const struct writer *writer, size_t place, size_t paragraph)
{
	const struct html_element *element = writer->stack[place].element;
	size_t alike = 0;

	if (!(element->flags & HTML_FORMAT))
		return false;
	for (size_t i = 0; i < paragraph; i++)
		alike += writer->stack[i].element == element;
	return alike < ALIKE_MAX;
}

/* What was opened last and holds nothing is taken back. */
static void
take_back(struct writer *writer, size_t depth)
{
	while (writer->depth > depth) {
		const struct open *last = &writer->stack[writer->depth - 1];

		if (!(last->element->flags & HTML_FORMAT) || last->end != writer->out->len)
			break;
		buf_truncate(writer->out, last->begin);
		count(writer, last->element, (size_t)-1);
		writer->depth--;
	}
}

/* A block ends its paragraph, but not its formatting: a link around a heading is to hold it. */
static void
end_paragraph(struct writer *writer)
{
	struct open again[AGAIN_MAX];
	size_t paragraph = find_open(writer, HTML_KIND_P), n = 0;

	if (paragraph == NONE)
		return;
	buf_reset(&writer->again);
	for (size_t i = paragraph + 1; i < writer->depth && n < AGAIN_MAX; i++) {
		const struct open *open = &writer->stack[i];
		size_t size = open->end - open->begin, begin = writer->again.len;

		if (!goes_on(writer, i, paragraph) || size > writer->again_max)
			continue;
		writer->again_max -= size;
		buf_append(&writer->again, buf_str(writer->out) + open->begin, size);
		again[n++] = (struct open){ open->element, begin, writer->again.len };
	}
	take_back(writer, paragraph + 1);
	close_to(writer, paragraph);
	for (size_t i = 0; i < n && !buf_error(&writer->again); i++) {
		size_t begin = writer->out->len;

		buf_append(writer->out, buf_str(&writer->again) + again[i].begin,
			again[i].end - again[i].begin);
		push(writer, again[i].element, begin);
	}
}

static bool
has_implied_end(const struct html_element *element)
{
	switch ((enum html_kind)element->kind) {
	case HTML_KIND_P:
	case HTML_KIND_LI:
	case HTML_KIND_DT:
	case HTML_KIND_RT:
	case HTML_KIND_OPTION:
	case HTML_KIND_OPTGROUP:
		return true;
	default:
		return false;
	}
}

/* Closes what the start of element ends. */
static void
begin_element(struct writer *writer, const struct html_element *element)
{
	if (is_part(element)) {
		begin_table_part(writer, (enum html_kind)element->kind);
		return;
	}
	if (element->kind == HTML_KIND_LI || element->kind == HTML_KIND_DT)
		close_item(writer, (enum html_kind)element->kind);
	if (element->flags & HTML_BLOCK && writer->n_paragraphs > 0)
		end_paragraph(writer);
	if (element->kind == HTML_KIND_A && writer->n_links > 0)
		close_open(writer, HTML_KIND_A);
	if (element->kind == HTML_KIND_HEADING && top_is(writer, HTML_KIND_HEADING))
		close_to(writer, writer->depth - 1);
	if (element->kind == HTML_KIND_RT && find_open(writer, HTML_KIND_RUBY) != NONE)
		while (has_implied_end(top(writer)))
			close_to(writer, writer->depth - 1);
	if (element->kind == HTML_KIND_OPTION || element->kind == HTML_KIND_OPTGROUP)
		if (top_is(writer, HTML_KIND_OPTION))
			close_to(writer, writer->depth - 1);
	if (element->kind == HTML_KIND_OPTGROUP && top_is(writer, HTML_KIND_OPTGROUP))
		close_to(writer, writer->depth - 1);
	enter_cell(writer);
}

/* Closes svg or math, with all that is open in it. */
static void
leave_foreign(struct writer *writer)
{
	size_t depth = writer->depth;

	while (depth > 0 && writer->stack[depth - 1].element->space != HTML_SPACE_HTML)
		depth--;
	close_to(writer, depth);
}

static void
open_element(struct writer *writer, const struct html_element *element)
{
	bool foreign = element->space != HTML_SPACE_HTML;
	size_t begin;

	if (!foreign) {
		leave_foreign(writer);
		begin_element(writer, element);
	} else if (element->kind == HTML_KIND_ROOT && space(writer) == HTML_SPACE_HTML) {
		enter_cell(writer);
	}
	if (element->flags & HTML_VOID) {
		html_tag_write(&writer->tags, writer->out, element, &writer->token);
		return;
	}
	if (writer->depth == DEPTH_MAX) {
		writer->overflow++;
		return;
	}
	begin = writer->out->len;
	html_tag_write(&writer->tags, writer->out, element, &writer->token);
	push(writer, element, begin);
	if (writer->token.self_closing && (foreign || writer->xhtml))
		close_to(writer, writer->depth - 1);
}

/* What the tag's name means where it stands; leaves svg or math where it means HTML. */
static const struct html_element *
meant(struct writer *writer, struct html_slice name)
{
	enum html_space where = space(writer);
	const struct html_element *element = html_element_find(where, name.ptr, name.size);

	if (!element && where != HTML_SPACE_HTML) {
		element = html_element_find(HTML_SPACE_HTML, name.ptr, name.size);
		if (element && !(element->flags & HTML_ALLOWED) && element->kind != HTML_KIND_ROOT)
			return NULL;
		if (element)
			leave_foreign(writer);
	}
	if (element && element->kind == HTML_KIND_ROOT && element->space == HTML_SPACE_HTML)
		return html_element_find(
			html_lower(*name.ptr) == 's' ? HTML_SPACE_SVG : HTML_SPACE_MATH, name.ptr,
			name.size);
	return element;
}

/* The content of element is left out, or read in a way of its own. */
static void
begin_unwritten(struct writer *writer, const struct html_element *element)
{
	if (writer->token.self_closing || element->flags & HTML_VOID)
		return;
	if (element->mode != HTML_MODE_DATA && !writer->xhtml) {
		html_tokens_enter(&writer->tokens, (enum html_mode)element->mode, &writer->token);
		writer->skip_text = element->flags & HTML_DROPPED;
	} else if (element->flags & HTML_DROPPED) {
		writer->dropping = element;
		writer->drop_depth = 1;
	}
}

static bool
has_name(const struct writer *writer, const struct html_element *element)
{
	struct html_slice name = writer->token.text;

	return html_is_name(name.ptr, name.size, element->name, element->size);
}

/* A part of a table without its table: kept at the top, where a text may be part of a table. */
static bool
is_lost(const struct writer *writer, const struct html_element *element)
{
	return is_part(element) && writer->n_tables == 0 && writer->depth > 0 &&
	       !is_part(top(writer));
}

/* True where the tag is written. */
static bool
is_written(struct writer *writer, const struct html_element *element)
{
	if (element->kind == HTML_KIND_IMG)
		return !html_tag_is_tracker(&writer->tags, &writer->token);
	return !is_lost(writer, element);
}

static void
start_tag(struct writer *writer)
{
	const struct html_element *element;

	if (writer->dropping) {
		if (has_name(writer, writer->dropping) && !writer->token.self_closing)
			writer->drop_depth++;
		return;
	}
	if (top(writer)->flags & HTML_TEXTUAL)
		close_to(writer, writer->depth - 1);
	element = meant(writer, writer->token.text);
	if (!element)
		return;
	if (!(element->flags & HTML_ALLOWED))
		begin_unwritten(writer, element);
	else if (is_written(writer, element))
		open_element(writer, element);
	writer->break_end = element->kind == HTML_KIND_BR ? writer->out->len : 0;
}

/* True where the end tag of element ends what is open there. */
static bool
ends(const struct html_element *element, const struct html_element *open)
{
	if (element->kind == HTML_KIND_HEADING)
		return open->kind == HTML_KIND_HEADING;
	return element == open;
}

static void
close_element(struct writer *writer, const struct html_element *element)
{
	bool part = element->kind >= HTML_KIND_TABLE && element->kind <= HTML_KIND_CELL;

	for (size_t i = writer->depth; i-- > 0;) {
		const struct html_element *open = writer->stack[i].element;

		if (ends(element, open)) {
			close_to(writer, i);
			return;
		}
		if (open->flags & HTML_BARRIER && (!part || open->kind == HTML_KIND_TABLE))
			return;
	}
}

/* True where the end tag ends the leaving out, which the end of svg and math does as well. */
static bool
ends_dropping(struct writer *writer)
{
	const struct html_element *element = writer->dropping;
	struct html_slice name = writer->token.text;
	bool root = element->space != HTML_SPACE_HTML &&
		    (html_is_name(name.ptr, name.size, "svg", 3) ||
			    html_is_name(name.ptr, name.size, "math", 4));

	if (has_name(writer, element))
		writer->drop_depth--;
	if (root || writer->drop_depth == 0)
		writer->dropping = NULL;
	return root;
}

static void
end_tag(struct writer *writer)
{
	struct html_slice name = writer->token.text;
	const struct html_element *element;

	if (writer->dropping && !ends_dropping(writer))
		return;
	element = html_element_find(space(writer), name.ptr, name.size);
	if (!element && space(writer) != HTML_SPACE_HTML)
		element = html_element_find(HTML_SPACE_HTML, name.ptr, name.size);
	if (!element || !(element->flags & HTML_ALLOWED))
		return;
	if (element->flags & HTML_VOID) {
		/* Browsers read "</br>" as "<br>"; "<br></br>" is what XML writers make of one. */
		writer->token.n_attributes = 0;
		if (element->kind == HTML_KIND_BR && writer->break_end != writer->out->len)
			open_element(writer, element);
	} else if (writer->overflow > 0) {
		writer->overflow--;
	} else {
		close_element(writer, element);
	}
}

static bool
is_blank(struct html_slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!html_is_space(text.ptr[i]))
			return false;
	return true;
}

static void
write_text(struct writer *writer)
{
	bool skipped = writer->skip_text;

	writer->skip_text = false;
	if (skipped || writer->dropping)
		return;
	if (!is_blank(writer->token.text))
		enter_cell(writer);
	html_value_text(writer->out, writer->token.text, writer->token.references);
}

static void
run(struct writer *writer, const char *text, size_t size)
{
	html_tokens_init(&writer->tokens, text, size);
	while (html_tokens_next(&writer->tokens, &writer->token)) {
		switch (writer->token.kind) {
		case HTML_TEXT:
			write_text(writer);
			break;
		case HTML_START:
			start_tag(writer);
			break;
		case HTML_END:
			end_tag(writer);
			break;
		case HTML_IGNORED:
			break;
		}
	}
	close_to(writer, 0);
}

/* Appends text with U+FFFD for what is not UTF-8. */
static void
mend(struct buf *out, const char *text, size_t size)
{
	while (size > 0) {
		size_t valid = utf8_valid(text, size);

		buf_append(out, text, valid);
		if (valid == size)
			break;
		buf_put_utf8(out, 0xfffd);
		text += valid + 1;
		size -= valid + 1;
	}
}

void
html_sanitise(struct buf *out, const char *text, size_t size, const struct html_options *options)
{
	struct writer writer;
	struct buf mended = { 0 };

	memset(&writer, 0, offsetof(struct writer, tags));
	writer.out = out;
	writer.xhtml = options && options->xhtml;
	writer.again_max = size + AGAIN_BYTES;
	html_values_init(&writer.tags.values, options ? options->base : NULL);
	if (utf8_valid(text, size) < size) {
		mend(&mended, text, size);
		text = buf_str(&mended);
		size = mended.len;
	}
	run(&writer, text, size);
	if (buf_error(&mended) && !out->error)
		out->error = buf_error(&mended);
	html_values_done(&writer.tags.values);
	buf_done(&writer.again);
	buf_done(&mended);
}
