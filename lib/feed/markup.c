/*
 * XML events inside of a text construct, back to text. Owns builder.markup's state; writes to the
 * end of builder.text, whose errors stick. What it writes goes through the sanitiser, so elements
 * of foreign namespaces may be written plainly: they are dropped there.
 */
#include "lib/feed/markup.h"

#include <string.h>
#include <strings.h>

#include "lib/feed/builder.h"

static void
escape(struct buf *out, const char *text, size_t size, bool attribute)
{
	size_t begin = 0;

	for (size_t i = 0; i < size; i++) {
		const char *with = NULL;

		if (text[i] == '&')
			with = "&amp;";
		else if (text[i] == '<')
			with = "&lt;";
		else if (text[i] == '>')
			with = "&gt;";
		else if (text[i] == '"' && attribute)
			with = "&quot;";
		if (with) {
			buf_append(out, text + begin, i - begin);
			buf_puts(out, with);
			begin = i + 1;
		}
	}
	buf_append(out, text + begin, size - begin);
}

static void
close_pending(struct builder *builder)
{
	if (builder->markup.pending)
		buf_putc(&builder->text, '>');
	builder->markup.pending = false;
}

static bool
blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!strchr(" \t\r\n", text[i]))
			return false;
	return true;
}

/*
 * The first element in a construct that did not say it would hold markup. Character data before it
 * was taken as escaped HTML; where it has no tags it was text beside the markup.
 */
static void
begin_inline(struct builder *builder, struct frame *frame)
{
	struct markup *markup = &builder->markup;
	struct buf *text = &builder->text;
	size_t size = text->len - frame->text;

	markup->inlined = true;
	if (buf_error(text))
		return;
	if (size > 0 && !memchr(text->data + frame->text, '<', size)) {
		buf_reset(&builder->scratch);
		escape(&builder->scratch, text->data + frame->text, size, false);
		buf_truncate(text, frame->text);
		buf_append(text, buf_str(&builder->scratch), builder->scratch.len);
		buf_reset(&builder->scratch);
	}
	if (markup->type == MODEL_TEXT_PLAIN)
		markup->type = MODEL_TEXT_XHTML;
}

static unsigned char
outer_ns(const struct markup *markup)
{
	if (markup->depth == 0 || markup->depth > BUILDER_MARKUP_DEPTH)
		return NS_XHTML;
	return markup->ns[markup->depth - 1];
}

static void
write_attribute(struct buf *out, const struct xml_attribute *attribute)
{
	enum feed_ns ns = NS_NONE;

	if (*attribute->name.prefix) {
		ns = names_namespace(&attribute->name);
		if (ns == NS_XML && strcmp(attribute->name.local, "base") == 0)
			return;
	}
	buf_putc(out, ' ');
	if (ns == NS_XLINK || ns == NS_XML) {
		buf_puts(out, names_prefix(ns));
		buf_putc(out, ':');
	}
	buf_puts(out, attribute->name.local);
	buf_puts(out, "=\"");
	escape(out, attribute->value, strlen(attribute->value), true);
	buf_putc(out, '"');
}

static void
write_tag_name(struct buf *out, const struct xml_name *name, enum feed_ns ns)
{
	if (ns == NS_OTHER || (*name->prefix && names_prefix(ns) && ns != NS_XHTML &&
				      ns != NS_SVG && ns != NS_MATHML)) {
		buf_puts(out, name->prefix);
		buf_putc(out, ':');
	}
	buf_puts(out, name->local);
}

static void
write_start(struct builder *builder, const struct xml_name *name,
	const struct xml_attribute *attributes, size_t n_attributes)
{
	struct markup *markup = &builder->markup;
	struct buf *out = &builder->text;
	enum feed_ns ns = names_namespace(name);

	buf_putc(out, '<');
	write_tag_name(out, name, ns);
	if ((ns == NS_SVG || ns == NS_MATHML) && outer_ns(markup) != ns)
		buf_printf(out, " xmlns=\"%s\"",
			ns == NS_SVG ? "http://www.w3.org/2000/svg"
				     : "http://www.w3.org/1998/Math/MathML");
	for (size_t i = 0; i < n_attributes; i++)
		write_attribute(out, &attributes[i]);
	if (markup->depth < BUILDER_MARKUP_DEPTH)
		markup->ns[markup->depth] = (unsigned char)ns;
}

/* Atom's wrapper says the language and base of what it wraps. */
static void
note_wrapper(struct builder *builder, struct frame *frame, const struct xml_attribute *attributes,
	size_t n_attributes)
{
	for (size_t i = 0; i < n_attributes; i++) {
		const struct xml_attribute *a = &attributes[i];

		if (!*a->name.prefix || names_namespace(&a->name) != NS_XML)
			continue;
		if (strcmp(a->name.local, "lang") == 0)
			frame->lang = builder_lang(frame->node, a->value, strlen(a->value));
		else if (strcmp(a->name.local, "base") == 0)
			frame->base = builder_base(builder, frame->node, frame->base, a->value);
	}
}

void
markup_start(struct builder *builder, struct frame *frame, const struct xml_name *name,
	const struct xml_attribute *attributes, size_t n_attributes)
{
	struct markup *markup = &builder->markup;
	bool first = false;

	close_pending(builder);
	if (!markup->inlined)
		begin_inline(builder, frame);
	if (markup->depth == 0) {
		first = markup->tops++ == 0 && strcasecmp(name->local, "div") == 0 &&
			blank(buf_str(&builder->text) + frame->text,
				builder->text.len - frame->text);
		markup->wrapped = first;
	}
	if (builder->text.len - frame->text < builder->limits.max_text) {
		write_start(builder, name, attributes, n_attributes);
		markup->pending = true;
	}
	markup->depth++;
	if (first) {
		note_wrapper(builder, frame, attributes, n_attributes);
		close_pending(builder);
		markup->wrap_start = builder->text.len;
	}
}

static bool
is_void(const char *name)
{
	static const char *const names[] = { "area", "br", "col", "embed", "hr", "img", "input",
		"link", "param", "source", "track", "wbr" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

void
markup_end(struct builder *builder, const struct xml_name *name)
{
	struct markup *markup = &builder->markup;

	markup->depth--;
	if (markup->depth == 0)
		markup->wrap_end = builder->text.len;
	if (markup->pending && is_void(name->local)) {
		buf_puts(&builder->text, " />");
		markup->pending = false;
		return;
	}
	close_pending(builder);
	buf_puts(&builder->text, "</");
	write_tag_name(&builder->text, name, names_namespace(name));
	buf_putc(&builder->text, '>');
}

void
markup_text(struct builder *builder, const char *text, size_t size)
{
	close_pending(builder);
	if (builder->markup.depth == 0 && !blank(text, size))
		builder->markup.wrapped = false;
	if (builder->markup.inlined)
		escape(&builder->text, text, size, false);
	else
		buf_append(&builder->text, text, size);
}

void
markup_unwrap(struct builder *builder, const char **text, size_t *size)
{
	struct markup *markup = &builder->markup;

	if (!markup->wrapped || markup->tops != 1 || markup->wrap_end < markup->wrap_start)
		return;
	*text = buf_str(&builder->text) + markup->wrap_start;
	*size = markup->wrap_end - markup->wrap_start;
}
