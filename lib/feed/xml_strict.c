/*
 * The strict reader of XML: what expat is shown, and what is taken past it.
 *
 * Expat is shown whole tokens, so that what it does hangs on the document alone and not on how its
 * bytes came: the beginning of a token is held until its end is there, or until it is too long. Of
 * a text, which may be shown in pieces, expat may leave some last bytes for later ("]]", half a
 * character): these are held as well, as shown.
 *
 * The anchor is the end of the last token that was read. Where expat gives up, the scanner begins
 * there; text that an entity gave since then it skips, so the handler gets each event once. Before
 * the root element nothing is handed on: all of it is held, and the scanner begins at the first
 * byte.
 *
 * The scanner also takes over, without the document being called ill-formed, where expat would
 * hold more than the caps allow: too many names, a token too long.
 */
#include "lib/feed/xml_strict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/feed/xml_expat.h"
#include "lib/feed/xml_run.h"
#include "lib/feed/xml_tag.h"

#define SLICE (32 * 1024)
#define SHORT_SLICE 1024 /* where each reference ends a slice */
#define FIRST_SLICE 2048 /* while the bytes before the root are kept */
#define MAX_PROLOG (64 * 1024)
#define LONG_TEXT 64 /* a shorter one goes through expat with the tags around it */

/* No token is longer than expat can be told. */
#define MAX_TOKEN ((size_t)1 << 30)

#define CDATA "<![CDATA["

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
	strict->max_token = limits->max_text < MAX_TOKEN ? limits->max_text : MAX_TOKEN;
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
	buf_done(&strict->held);
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
		reference <= strict->max_token &&
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

/* The size of the token at text, which is searched no further than its cap. 0: not there yet. */
static size_t
token_size(struct xml_strict *strict, const char *text, size_t size, bool *ret_long)
{
	size_t limit = size <= strict->max_token ? size : strict->max_token + 1;
	size_t token = xml_token_size(&strict->search, text, limit);

	*ret_long = token > strict->max_token || (token == 0 && limit > strict->max_token);
	return token;
}

static bool
is_cdata(const char *text, size_t size)
{
	return size >= sizeof(CDATA) - 1 && memcmp(text, CDATA, sizeof(CDATA) - 1) == 0;
}

/* Takes a CDATA section past expat, where nothing in it needs a second look. */
static int
bypass_cdata(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	size_t before = sizeof(CDATA) - 1, token, plain;
	bool too_long;

	if (!is_cdata(text, size))
		return 0;
	token = token_size(strict, text, size, &too_long);
	if (token == 0 || too_long)
		return 0;
	plain = xml_run_cdata(text + before, token - before);
	if (before + plain + 3 != token)
		return 0;
	*ret_used = token;
	return pass_text(strict, text + before, plain);
}

/*
 * Takes text past expat where it stands between two tokens; most bytes of most feeds are text. It
 * judges all markup and whatever of the text is not plain. Where entities are declared it sees all:
 * what they expand to is measured by it.
 */
static int
bypass(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	int error;

	*ret_used = 0;
	if (strict->shown > 0 || xml_stack_depth(strict->stack) == 0 ||
		xml_entities_any(strict->entities))
		return 0;
	error = *text == '<' ? bypass_cdata(strict, text, size, ret_used)
			     : bypass_text(strict, text, size, ret_used);
	if (*ret_used > 0)
		strict->search = (struct xml_token_search){ 0 };
	strict->lines += xml_count_lines(text, *ret_used);
	return error;
}

/*
 * Where the text that begins at from ends, or may be cut, after max bytes: not between the bytes of
 * a line's end.
 */
static size_t
text_end(const char *text, size_t size, size_t from, size_t max)
{
	size_t limit = size - from < max ? size : from + max;
	const char *open = memchr(text + from, '<', limit - from);

	if (open)
		return (size_t)(open - text);
	return limit > from && text[limit - 1] == '\r' ? limit - 1 : limit;
}

/* Moves *at behind the token there. False: the slice ends before it. */
static bool
take_token(struct xml_strict *strict, const char *text, size_t size, size_t *at, bool *ret_long)
{
	size_t token = token_size(strict, text + *at, size - *at, ret_long);

	if (token == 0 || *ret_long)
		return false;
	strict->search = (struct xml_token_search){ 0 };
	*at += token;
	return true;
}

/*
 * How much of text to show expat at once: whole tokens, up to where a long text or a CDATA section
 * may be taken past it, and, where entities are declared, one reference. *ret_long: the token that
 * follows is beyond its cap.
 */
static size_t
slice(struct xml_strict *strict, const char *text, size_t size, bool *ret_long)
{
	bool entities = xml_entities_any(strict->entities);
	size_t at = 0, end = 0;

	*ret_long = false;
	while (at < size && at < SLICE) {
		const char *reference;

		if (at >= end)
			end = text_end(text, size, at, entities ? SHORT_SLICE : SLICE);
		reference = memchr(text + at, '&', end - at);
		if (at > strict->shown && end - at >= LONG_TEXT)
			break;
		at = reference ? (size_t)(reference - text) : end;
		if (!reference && (at == size || text[at] != '<'))
			break;
		if (at > strict->shown && !entities && is_cdata(text + at, size - at))
			break;
		if (!take_token(strict, text, size, &at, ret_long) || (reference && entities))
			break;
	}
	return at;
}

/* Behind the root stand blanks, comments and instructions. True where text may begin with one. */
static bool
may_follow_root(const char *text, size_t size)
{
	if (*text != '<')
		return xml_tag_is_space(*text);
	return size < 2 || text[1] == '?' || memcmp(text, "<!--", size < 4 ? size : 4) == 0;
}

/* Shows expat the first size bytes of text. *ret_used: how much it has read, from the anchor on. */
static int
show(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	int64_t base = strict->anchor;
	int error = xml_expat_slice(strict, text + strict->shown, size - strict->shown);

	*ret_used = (size_t)(strict->anchor - base);
	strict->shown = (size_t)(strict->fed - strict->anchor);
	if (error == XML_STRICT_STOPPED)
		strict->line = xml_expat_line(strict, text, base);
	return error;
}

/* Reads one run of text or one slice. Nothing is used, and no more shown, where it waits. */
static int
read_some(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	bool too_long, behind = xml_stack_depth(strict->stack) == 0;
	size_t end;
	int error;

	*ret_used = 0;
	if (behind && !may_follow_root(text, size)) {
		xml_bozo_set(strict->bozo, 0, "text after the root element");
		strict->line = xml_expat_line(strict, text, strict->anchor);
		return XML_STRICT_STOPPED;
	}
	error = bypass(strict, text, size, ret_used);
	if (error < 0 || *ret_used > 0)
		return error;
	end = slice(strict, text, size, &too_long);
	if (end > strict->shown)
		return show(strict, text, end, ret_used);
	if (!too_long)
		return 0;
	strict->line = xml_expat_line(strict, text, strict->anchor);
	return XML_STRICT_STOPPED;
}

/* Reads all that can be read of text, which begins at the anchor. */
static int
read_tokens(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	size_t used = 0, passed = 1, shown = 0;
	int error = 0;

	while (error == 0 && used < size && (passed > 0 || strict->shown > shown)) {
		shown = strict->shown;
		error = read_some(strict, text + used, size - used, &passed);
		used += passed;
	}
	*ret_used = used;
	return error;
}

/* Shows expat all up to the root's start tag, once that has come. */
static int
read_prolog(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	size_t limit = size < MAX_PROLOG ? size : MAX_PROLOG;
	size_t end = xml_token_prolog(&strict->prolog, text, limit);
	int error;

	*ret_used = 0;
	if (end == 0 && limit < MAX_PROLOG)
		return 0;
	error = show(strict, text, end > 0 ? end : limit, ret_used);
	if (error != 0 || strict->rooted)
		return error;
	if (end > 0)
		xml_bozo_set(strict->bozo, 0, "not well-formed up to the root element");
	return XML_STRICT_STOPPED;
}

/* Forgets bytes that were held. */
static void
release(struct xml_strict *strict, size_t used)
{
	size_t left = strict->held.len - used;

	if (used == 0)
		return;
	memmove(strict->held.data, strict->held.data + used, left);
	buf_truncate(&strict->held, left);
}

/* Takes some of text to what is held, and reads that; what is left of this text is given back. */
static int
read_held(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	size_t limit = strict->rooted ? SLICE : FIRST_SLICE;
	size_t taken = size < limit ? size : limit, used;
	int error;

	*ret_used = taken;
	buf_append(&strict->held, text, taken);
	if (buf_error(&strict->held))
		return buf_error(&strict->held);
	error = strict->rooted ? read_tokens(strict, strict->held.data, strict->held.len, &used)
			       : read_prolog(strict, strict->held.data, strict->held.len, &used);
	release(strict, used);
	if (strict->rooted && error == 0 && strict->held.len <= taken) {
		*ret_used -= strict->held.len;
		buf_truncate(&strict->held, 0);
	}
	return error;
}

int
xml_strict_push(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used)
{
	size_t used = drop_blanks(strict, text, size), step;
	int error = 0;

	while (error == 0 && used < size) {
		if (!strict->rooted || strict->held.len > 0) {
			error = read_held(strict, text + used, size - used, &step);
			used += step;
			continue;
		}
		error = read_tokens(strict, text + used, size - used, &step);
		used += step;
		if (error != 0 || used == size)
			break;
		buf_append(&strict->held, text + used, size - used);
		error = buf_error(&strict->held);
		used = size;
	}
	*ret_used = used;
	return error;
}

int
xml_strict_finish(struct xml_strict *strict)
{
	const char *text = buf_str(&strict->held);
	size_t used = 0;
	int64_t base;
	int error = 0;

	if (strict->held.len > strict->shown)
		error = show(strict, text, strict->held.len, &used);
	release(strict, used);
	if (error != 0)
		return error;
	base = strict->anchor;
	error = xml_expat_finish(strict);
	if (error == XML_STRICT_STOPPED) {
		strict->line = xml_expat_line(strict, text, base);
		release(strict, (size_t)(strict->anchor - base));
	}
	return error;
}

int
xml_strict_hand_over(struct xml_strict *strict, struct xml_scan **ret_scan)
{
	struct xml_scan_start start = {
		.skip = xml_stack_text_size(strict->stack),
		.rooted = strict->rooted,
		.line = strict->rooted ? strict->line : strict->lines + 1,
	};
	struct xml_scan *scan;
	int error;

	if (!strict->rooted)
		xml_entities_forget(strict->entities);
	error = xml_scan_new(
		strict->stack, strict->entities, strict->bozo, strict->max_token, &start, &scan);
	if (error < 0)
		return error;
	error = xml_scan_push(scan, buf_str(&strict->held), strict->held.len);
	if (error < 0) {
		xml_scan_free(scan);
		return error;
	}
	*ret_scan = scan;
	return 0;
}
