/*
 * Text constructs: what their attributes say of their type and mode, and what becomes of them at
 * their end. Atom 1.0 (RFC 4287 section 3.1 and 4.1.3), Atom 0.3's mode, RSS, which says nothing.
 * Owns the rules; the state of the one construct that is open is builder.markup. Errors: -ENOMEM.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/utf8.h"
#include "lib/feed/fields.h"
#include "lib/feed/html.h"
#include "lib/feed/markup.h"

#define MIME_MAX 128 /* longer types are nobody's */

static const struct {
	const char *name;
	enum model_text_type type;
} types[] = {
	{ "text", MODEL_TEXT_PLAIN },
	{ "text/plain", MODEL_TEXT_PLAIN },
	{ "plain", MODEL_TEXT_PLAIN },
	{ "html", MODEL_TEXT_HTML },
	{ "text/html", MODEL_TEXT_HTML },
	{ "xhtml", MODEL_TEXT_XHTML },
	{ "xml", MODEL_TEXT_XHTML },
	{ "text/xhtml", MODEL_TEXT_XHTML },
	{ "application/xhtml+xml", MODEL_TEXT_XHTML },
};

static void
set_type(struct markup *markup, const char *type)
{
	size_t size = strcspn(type, "; \t\r\n");

	markup->type = MODEL_TEXT_OTHER;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strlen(types[i].name) == size && strncasecmp(type, types[i].name, size) == 0)
			markup->type = types[i].type;
	if (markup->type == MODEL_TEXT_OTHER && strncasecmp(type, "text/", 5) == 0)
		markup->type = MODEL_TEXT_PLAIN;
	markup->typed = true;
}

static bool
is_xml_type(const char *type)
{
	size_t size = strlen(type);

	return size > 4 && (strcasecmp(type + size - 4, "/xml") == 0 ||
				   strcasecmp(type + size - 4, "+xml") == 0);
}

static bool
says_atom10(const struct builder *builder)
{
	return strcmp(builder->info.version, "atom10") == 0 ||
	       strcmp(builder->info.version, "atom") == 0;
}

static int
set_other_type(struct builder *builder, struct frame *frame, const char *type)
{
	struct markup *markup = &builder->markup;

	if (strlen(type) >= MIME_MAX)
		type = "application/octet-stream";
	if (is_xml_type(type))
		markup->inlined = true;
	else if (builder->info.format == NP_FEED_ATOM && says_atom10(builder) && !markup->src)
		markup->base64 = true;
	return field_copy(frame->node, type, &markup->mime);
}

int
field_text_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	struct markup *markup = &builder->markup;
	const char *type = tag_attribute(tag, "type"), *mode = tag_attribute(tag, "mode");
	const char *src = tag_attribute(tag, "src");
	int error = 0;

	memset(markup, 0, sizeof(*markup));
	frame->capture = FRAME_MARKUP;
	markup->type = frame->element->flags & ELEMENT_HTML ? MODEL_TEXT_HTML : MODEL_TEXT_PLAIN;
	if (src && *src) {
		markup->src = builder_url(builder, frame->node, frame->base, src, strlen(src));
		if (!markup->src)
			return -ENOMEM;
	}
	if (type && *type)
		set_type(markup, type);
	if (type && markup->type == MODEL_TEXT_OTHER)
		error = set_other_type(builder, frame, type);
	if (markup->type == MODEL_TEXT_XHTML)
		markup->inlined = true;
	markup->unwrap = markup->type == MODEL_TEXT_XHTML && says_atom10(builder) &&
			 builder->info.format == NP_FEED_ATOM;
	if (mode && strcasecmp(mode, "escaped") == 0)
		markup->inlined = false;
	if (mode && strcasecmp(mode, "base64") == 0) {
		markup->base64 = true;
		markup->inlined = false;
	}
	return error;
}

static int
digit64(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	return at ? (int)(at - digits) : -1;
}

/* Appends what the base64 says. False, with out as it was, where it is none. */
static bool
decode64(struct buf *out, const char *text, size_t size)
{
	size_t before = out->len;
	unsigned int bits = 0, n = 0;

	for (size_t i = 0; i < size; i++) {
		int digit = digit64(text[i]);

		if (strchr(" \t\r\n", text[i]) || text[i] == '=')
			continue;
		if (digit < 0) {
			buf_truncate(out, before);
			return false;
		}
		bits = bits << 6 | (unsigned int)digit;
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_putc(out, (char)(bits >> n & 0xff));
		}
	}
	return true;
}

/* Bytes that came out of base64, as UTF-8 without controls. */
static void
append_clean(struct buf *out, const char *text, size_t size)
{
	while (size > 0) {
		unsigned int codepoint;
		size_t n = utf8_decode(text, size, &codepoint);

		if (codepoint >= ' ' || codepoint == '\t' || codepoint == '\n')
			buf_put_utf8(out, codepoint);
		text += n;
		size -= n;
	}
}

static int
read_base64(struct builder *builder, struct frame *frame, const char *text, size_t size,
	struct model_text *text_ret)
{
	struct buf decoded = { 0 };
	struct buf *clean = &builder->scratch;
	int error;

	if (!decode64(&decoded, text, size))
		buf_append(&decoded, text, size);
	buf_reset(clean);
	append_clean(clean, buf_str(&decoded), decoded.len);
	error = buf_error(&decoded) ? -ENOMEM : buf_error(clean);
	if (error == 0) {
		text_ret->value = builder_copy(frame->node, buf_str(clean), clean->len);
		if (!text_ret->value)
			error = -ENOMEM;
	}
	buf_reset(clean);
	buf_done(&decoded);
	return error;
}

/*
 * XHTML in which no element was found: the publisher escaped his markup all the same, and what was
 * escaped here on the way in is taken back.
 */
static int
read_unelemented(struct builder *builder, struct frame *frame, const char *text, size_t size,
	struct model_text *ret_text)
{
	struct buf *plain = &builder->scratch;
	int error;

	buf_reset(plain);
	html_unescape(plain, text, size);
	error = buf_error(plain);
	if (error == 0 && html_looks_like(buf_str(plain), plain->len) &&
		memchr(buf_str(plain), '<', plain->len)) {
		ret_text->value = builder_copy(frame->node, buf_str(plain), plain->len);
		ret_text->type = MODEL_TEXT_HTML;
		error = ret_text->value ? 0 : -ENOMEM;
	}
	buf_reset(plain);
	return error;
}

/* RSS does not say whether a text is HTML, nor does what came as bytes. */
static bool
is_guessed(const struct builder *builder, const struct frame *frame)
{
	const struct markup *markup = &builder->markup;

	if (markup->base64)
		return markup->type == MODEL_TEXT_PLAIN || markup->type == MODEL_TEXT_OTHER;
	/* Media RSS has a type, and means it. */
	if (markup->typed && frame->ns == NS_MEDIA)
		return false;
	return markup->type == MODEL_TEXT_PLAIN && builder->info.format != NP_FEED_ATOM &&
	       (frame->element->flags & ELEMENT_GUESS);
}

int
field_text_read(struct builder *builder, struct frame *frame, const char *text, size_t size,
	struct model_text *ret_text)
{
	struct markup *markup = &builder->markup;
	struct model_text read = { .type = markup->type,
		.mime = markup->mime,
		.src = markup->src,
		.lang = frame->lang,
		.base = frame->base };
	int error = 0;

	if (markup->base64)
		error = read_base64(builder, frame, text, size, &read);
	else if (markup->type == MODEL_TEXT_XHTML && markup->inlined && markup->tops == 0)
		error = read_unelemented(builder, frame, text, size, &read);
	if (error)
		return error;
	if (!read.value)
		read.value = builder_copy(frame->node, text, size);
	if (!read.value)
		return -ENOMEM;
	read.size = strlen(read.value);
	if (is_guessed(builder, frame) && html_looks_like(read.value, read.size))
		read.type = MODEL_TEXT_HTML;
	*ret_text = read;
	return 0;
}

/*
 * Whether a text goes before the one that is there. Elements of extensions, and of another dialect
 * than the document's, fill gaps; of two titles the first is meant, of other texts the last.
 */
static bool
is_better(const struct frame *frame, const struct model_text *there, size_t size, bool weak)
{
	if (!there->value || there->size == 0)
		return true;
	if (size == 0 || weak)
		return false;
	return there->weak || frame->element->slot != MODEL_TITLE;
}

int
field_text_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_text *slot = &frame->node->texts[frame->element->slot];
	bool atom = builder->info.format == NP_FEED_ATOM;
	bool foreign = atom ? frame->ns != NS_ATOM && frame->ns != NS_NONE : frame->ns == NS_ATOM;
	bool weak = foreign || (frame->element->flags & ELEMENT_WEAK);
	int error;

	if (!is_better(frame, slot, size, weak))
		return 0;
	error = field_text_read(builder, frame, text, size, slot);
	if (error == 0)
		slot->weak = weak;
	return error;
}

int
field_content_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_text *content;
	int error;

	if (size == 0 && !builder->markup.src)
		return 0;
	content = arena_alloc(frame->node->arena, sizeof(*content));
	if (!content)
		return -ENOMEM;
	error = field_text_read(builder, frame, text, size, content);
	if (error)
		return error;
	MODEL_APPEND(&frame->node->contents, content);
	return 0;
}
