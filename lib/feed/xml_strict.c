/*
 * The strict reader of XML: what expat is shown, and what is taken past it.
 *
 * Bytes go to expat in slices. The anchor is the place in the document up to which it has been read
 * for sure: the end of the last tag, or where a slice left off. Where expat gives up, the scanner
 * begins at the anchor and skips as much text as was handed on since then; so the handler gets each
 * event once. Before the root element nothing was handed on, and the scanner begins at the first
 * byte. The text of a CDATA section is kept until its end, so that one that never ends can be read
 * again.
 *
 * The scanner also takes over, without the document being called ill-formed, where expat would
 * hold more than the caps allow: too many names, a comment or tag too long.
 */
#include "lib/feed/xml_strict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/feed/xml_expat.h"
#include "lib/feed/xml_run.h"

#define SLICE (32 * 1024)
#define FIRST_SLICE 2048 /* while the bytes before the root are kept */

int
xml_strict_new(struct xml_stack *stack, struct xml_entities *entities, struct xml_bozo *bozo,
	const struct np_feed_limits *limits, struct xml_strict **ret_strict)
{
	struct xml_strict *strict = calloc(1, sizeof(*strict));
	int error;

	if (!strict)
		return -ENOMEM;
	strict->stack = stack;
	strict->entities = entities;
	strict->bozo = bozo;
	strict->max_token = limits->max_text;
	strict->max_entities = limits->max_entities;
	strict->blank = true;
	error = xml_expat_start(strict);
	if (error < 0) {
		xml_strict_free(strict);
		return error;
	}
	*ret_strict = strict;
	return 0;
}

void
xml_strict_free(struct xml_strict *strict)
{
	if (!strict)
		return;
	xml_expat_end(strict);
	buf_done(&strict->prolog);
	buf_done(&strict->cdata);
	buf_done(&strict->run);
	free(strict);
}

/*
 * Drops blanks before the first markup, which feeds made by scripts often have: before an XML
 * declaration they are an error, and the only one.
 */
static size_t
drop_blanks(struct xml_strict *strict, const char *text, size_t size)
{
	size_t n = 0;

	while (strict->blank && n < size &&
		(text[n] == ' ' || (text[n] >= '\t' && text[n] <= '\r')))
		strict->lines += text[n++] == '\n';
	if (n > 0)
		strict->blanks = true;
	strict->blank = n == size && strict->blank;
	return n;
}

/* Hands on text that expat is not shown. */
static int
pass_text(struct xml_strict *strict, const char *text, size_t size)
{
	int error = xml_stack_text(strict->stack, text, size);

	xml_stack_anchor(strict->stack); /* it does not stand behind the anchor */
	return error;
}

/*
 * Replaces the references in text that always mean the same, in strict->run: what comes out is
 * never longer. *ret_used bytes of text, the first plain ones of which are known, were taken.
 */
static int
replace(struct xml_strict *strict, const char *text, size_t size, size_t plain, size_t *ret_used)
{
	size_t used = plain, n = plain, reference, with_size;
	char scratch[8], *out;
	const char *with;

	buf_reset(&strict->run);
	out = buf_reserve(&strict->run, size);
	if (!out)
		return -ENOMEM;
	memcpy(out, text, plain);
	while (used < size && text[used] == '&' &&
		xml_entities_read(strict->entities, text + used, size - used, false, scratch,
			&reference, &with, &with_size) == XML_REFERENCE_TEXT &&
		(unsigned char)with[0] < 0xed) { /* what may be no character is left to expat */
		memcpy(out + n, with, with_size);
		n += with_size;
		used += reference;
		plain = xml_run_text(text + used, size - used);
		memcpy(out + n, text + used, plain);
		n += plain;
		used += plain;
	}
	buf_add(&strict->run, n);
	*ret_used = used;
	return 0;
}

/* Takes text of an element past expat. */
static int
bypass_text(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	size_t used = xml_run_text(text, size);
	int error;

	if (used == size || text[used] != '&' || used > SLICE) {
		*ret_used = used;
		return used > 0 ? pass_text(strict, text, used) : 0;
	}
	error = replace(strict, text, size < 2 * SLICE ? size : 2 * SLICE, used, ret_used);
	if (error < 0 || *ret_used == 0)
		return error;
	return pass_text(strict, strict->run.data, strict->run.len);
}

/* Takes the content of a CDATA section past expat. Its end is left there. */
static int
bypass_cdata(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	size_t used = xml_run_cdata(text, size);
	bool whole = size - used >= 3 && text[used] == ']' && strict->cdata.len == 0;

	*ret_used = used;
	if (used == 0)
		return 0;
	if (whole && used <= strict->max_token)
		return pass_text(strict, text, used);
	buf_append(&strict->cdata, text, used);
	strict->cdata_anchor = strict->cdata.len;
	if (strict->cdata.len > strict->max_token || buf_error(&strict->cdata))
		xml_expat_flush(strict);
	return strict->error;
}

/*
 * Takes text past expat where it stands between two tokens; most bytes of most feeds are text. It
 * judges all markup and whatever of the text is not plain.
 */
static int
bypass(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	int error;

	*ret_used = 0;
	if (!strict->rooted || strict->anchor != strict->fed ||
		strict->anchor_in_cdata != strict->in_cdata || xml_stack_depth(strict->stack) == 0)
		return 0;
	error = strict->in_cdata ? bypass_cdata(strict, text, size, ret_used)
				 : bypass_text(strict, text, size, ret_used);
	strict->lines += xml_count_lines(text, *ret_used);
	return error;
}

int
xml_strict_push(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	size_t used = drop_blanks(strict, text, size);
	int error = 0;

	while (error == 0 && used < size) {
		size_t slice, passed, limit = strict->rooted ? SLICE : FIRST_SLICE;

		error = bypass(strict, text + used, size - used, &passed);
		used += passed;
		if (error < 0 || passed > 0)
			continue;
		limit = limit < size - used ? limit : size - used;
		slice = strict->rooted ? xml_run_markup(text + used, limit) : limit;
		error = xml_expat_slice(strict, text + used, slice);
		used += slice;
	}
	*ret_used = used;
	return error;
}

size_t
xml_strict_waits(const struct xml_strict *strict)
{
	return strict->fed > strict->anchor ? (size_t)(strict->fed - strict->anchor) : 0;
}

int
xml_strict_finish(struct xml_strict *strict)
{
	return xml_expat_finish(strict);
}

int
xml_strict_hand_over(struct xml_strict *strict, struct xml_scan **ret_scan)
{
	struct xml_scan_start start = {
		.skip = xml_stack_text_size(strict->stack),
		.rooted = strict->rooted,
		.cdata = strict->rooted && strict->anchor_in_cdata,
		.cdata_long = strict->in_cdata && strict->cdata_long,
	};
	struct xml_scan *scan;
	size_t size;
	const char *rest = xml_expat_unread(strict, &size, &start.line);
	int error;

	if (!strict->rooted)
		xml_entities_forget(strict->entities);
	error = xml_scan_new(
		strict->stack, strict->entities, strict->bozo, strict->max_token, &start, &scan);
	if (error < 0)
		return error;
	if (start.cdata && strict->cdata_anchor > 0)
		error = xml_scan_push(scan, strict->cdata.data, strict->cdata_anchor);
	if (error == 0)
		error = xml_scan_push(scan, rest, size);
	if (error < 0) {
		xml_scan_free(scan);
		return error;
	}
	*ret_scan = scan;
	return 0;
}
