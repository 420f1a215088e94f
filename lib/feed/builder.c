/*
 * The frame stack: which element is open, what it means where it stands, and which base and
 * language hold there. Owns the frames, the text being read and the skipping of what nobody wants.
 * Invariants: builder.text holds the character data of the open frames in their order, so that an
 * element's own begins at frame.text and ends at the buffer's end; an element below a skipped one
 * or inside of a text construct has no frame. Errors are -errno and end the reading.
 */
#include "lib/feed/builder.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/feed/markup.h"
#include "lib/feed/root.h"
#include "lib/feed/twice.h"

#define LOCAL_NAME_MAX 64 /* longer element names mean nothing */

struct frame *
builder_parent(const struct builder *builder)
{
	assert(builder->n_frames >= 2);
	return &builder->frames[builder->n_frames - 2];
}

static int
push_frame(struct builder *builder, struct frame **ret_frame)
{
	struct frame *frame, *parent;

	if (builder->n_frames == builder->frames_size) {
		size_t size = builder->frames_size ? builder->frames_size * 2 : 16;
		struct frame *frames = realloc(builder->frames, size * sizeof(*frames));

		if (!frames)
			return -ENOMEM;
		builder->frames = frames;
		builder->frames_size = size;
	}
	frame = &builder->frames[builder->n_frames];
	parent = builder->n_frames ? frame - 1 : NULL;
	memset(frame, 0, sizeof(*frame));
	frame->node = parent ? parent->node : builder->feed;
	frame->base = parent ? parent->base : builder->feed->base;
	frame->lang = parent ? parent->lang : builder->feed->lang;
	frame->scope = SCOPE_LEAF;
	frame->text = builder->text.len;
	builder->n_frames++;
	*ret_frame = frame;
	return 0;
}

/* xml:base and xml:lang, before anything else looks at the element. */
int
builder_inherit(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	for (size_t i = 0; i < tag->n_attributes; i++) {
		const struct xml_attribute *a = &tag->attributes[i];

		if (!*a->name.prefix || names_namespace(&a->name) != NS_XML)
			continue;
		if (strcmp(a->name.local, "base") == 0) {
			frame->base = builder_base(builder, frame->node, frame->base, a->value);
			if (!frame->base)
				return -ENOMEM;
		} else if (strcmp(a->name.local, "lang") == 0) {
			frame->lang = builder_lang(frame->node, a->value, strlen(a->value));
		}
	}
	return 0;
}

static bool
is_core(enum feed_ns ns)
{
	return ns == NS_NONE || ns == NS_RSS || ns == NS_ATOM || ns == NS_RDF;
}

/*
 * An element without a row. At feed level it may wrap entries; in an extension it is kept; of the
 * core it is noted for the document alone.
 */
static int
start_unknown(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	struct frame *parent = builder->n_frames > 1 ? builder_parent(builder) : NULL;

	if (parent && (parent->scope & (SCOPE_NODE | SCOPE_EXTENSION)) && !is_core(tag->ns) &&
		(parent->node->kind != MODEL_FEED || builder->options.keep_document))
		return builder_extend(builder, frame, tag);
	if (parent && (parent->scope & SCOPE_EXTENSION))
		return builder_extend(builder, frame, tag);
	if (!parent || (parent->scope & (SCOPE_ROOT | SCOPE_FEED | SCOPE_WRAPPER)))
		frame->scope = parent && !(parent->scope & SCOPE_ROOT) ? SCOPE_WRAPPER : SCOPE_ROOT;
	if (parent && (parent->scope & SCOPE_NODE) && builder->options.keep_document) {
		frame->unknown = arena_strdup(frame->node->arena, tag->local);
		if (!frame->unknown)
			return -ENOMEM;
		frame->capture = FRAME_TEXT;
	}
	return 0;
}

static int
start_known(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	int error = 0;

	if (frame->element->end)
		frame->capture = FRAME_TEXT;
	if (frame->element->flags & ELEMENT_EXTENSION)
		error = builder_extend(builder, frame, tag);
	if (error == 0 && frame->element->start)
		error = frame->element->start(builder, frame, tag);
	return error;
}

static bool
lower_name(char *to, size_t size, const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++) {
		if (i + 1 == size)
			return false;
		to[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
	}
	to[i] = '\0';
	return true;
}

static int
start_frame(struct builder *builder, const struct tag *tag)
{
	struct frame *frame;
	unsigned int scope = SCOPE_ROOT;
	int error;

	if (builder->n_frames)
		scope = builder->frames[builder->n_frames - 1].scope;
	error = push_frame(builder, &frame);
	if (error)
		return error;
	frame->ns = tag->ns;
	if (scope & SCOPE_ROOT) {
		error = builder_inherit(builder, frame, tag);
		if (error == 0)
			error = root_start(builder, frame, tag);
		return error < 0 ? error : 0;
	}
	frame->element = names_element(tag->ns, tag->local, scope, builder->info.format);
	if (!frame->element || !(frame->element->flags & ELEMENT_ENTRY))
		error = builder_inherit(builder, frame, tag);
	if (error)
		return error;
	return frame->element ? start_known(builder, frame, tag)
			      : start_unknown(builder, frame, tag);
}

/* What cannot mean anything is not even looked at. */
static bool
skips(struct builder *builder)
{
	const struct frame *top;

	if (builder->skip > 0)
		return true;
	if (builder->n_frames == 0)
		return false;
	top = &builder->frames[builder->n_frames - 1];
	return (top->scope & SCOPE_LEAF) != 0;
}

int
builder_start(void *arg, const struct xml_name *name, const struct xml_attribute *attributes,
	size_t n_attributes)
{
	struct builder *builder = arg;
	struct frame *top = builder->n_frames ? &builder->frames[builder->n_frames - 1] : NULL;
	struct tag tag = { .name = name, .attributes = attributes, .n_attributes = n_attributes };
	char local[LOCAL_NAME_MAX];

	if (builder->n_frames && top->capture == FRAME_MARKUP && builder->skip == 0) {
		markup_start(builder, top, name, attributes, n_attributes);
		return buf_error(&builder->text);
	}
	if (skips(builder) || !lower_name(local, sizeof(local), name->local)) {
		builder->skip++;
		return 0;
	}
	tag.ns = names_namespace(name);
	tag.local = local;
	tag.prefix = names_prefix(tag.ns);
	if (!tag.prefix)
		tag.prefix = *name->uri ? names_other_prefix(name->uri) : NULL;
	if (!tag.prefix)
		tag.prefix = name->prefix;
	return start_frame(builder, &tag);
}

static void
trim(const char **text, size_t *size)
{
	while (*size > 0 && strchr(" \t\r\n\f", (*text)[0])) {
		(*text)++;
		(*size)--;
	}
	while (*size > 0 && strchr(" \t\r\n\f", (*text)[*size - 1]))
		(*size)--;
}

static int
end_unknown(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_extension *unknown;

	if (!frame->unknown || size == 0 || !builder->options.keep_document)
		return 0;
	unknown = arena_alloc(frame->node->arena, sizeof(*unknown));
	if (!unknown)
		return -ENOMEM;
	unknown->name = frame->unknown;
	unknown->value = builder_copy(frame->node, text, size);
	if (!unknown->value)
		return -ENOMEM;
	MODEL_APPEND(&frame->node->unknown, unknown);
	return 0;
}

/* The frame's text as it was before it was encoded twice. */
static void
undo_encoding(struct builder *builder, const char **text, size_t *size)
{
	struct buf *undone = &builder->scratch;
	size_t begin = (size_t)(*text - buf_str(&builder->text));

	buf_reset(undone);
	if (twice_undo(undone, *text, *size) && buf_error(undone) == 0) {
		buf_truncate(&builder->text, begin);
		buf_append(&builder->text, buf_str(undone), undone->len);
		*text = buf_str(&builder->text) + begin;
		*size = builder->text.len - begin;
	}
	buf_reset(undone);
}

/*
 * A CDATA section whose marks were escaped, or that stood in another one: the marks are no text.
 * Where a section ends early in a broken document the outer one took its end with it.
 */
static void
unwrap_cdata(
	const struct builder *builder, const struct frame *frame, const char **text, size_t *size)
{
	static const char begin[] = "<![CDATA[", end[] = "]]>";
	size_t n_begin = sizeof(begin) - 1, n_end = sizeof(end) - 1;
	bool ends;

	if (*size < n_begin || **text != '<' || memcmp(*text, begin, n_begin) != 0 ||
		(frame->capture == FRAME_MARKUP && builder->markup.inlined))
		return;
	ends = *size >= n_begin + n_end && memcmp(*text + *size - n_end, end, n_end) == 0;
	if (!ends && (!builder->xml || !xml_bozo(builder->xml)))
		return;
	*text += n_begin;
	*size -= n_begin + (ends ? n_end : 0);
	trim(text, size);
}

static int
end_frame(struct builder *builder, struct frame *frame)
{
	const char *text;
	size_t size, untrimmed;

	if (buf_error(&builder->text))
		return buf_error(&builder->text);
	text = buf_str(&builder->text) + frame->text;
	size = builder->text.len - frame->text;
	if (frame->capture == FRAME_MARKUP && builder->markup.unwrap)
		markup_unwrap(builder, &text, &size);
	untrimmed = size;
	trim(&text, &size);
	unwrap_cdata(builder, frame, &text, &size);
	/* Handlers get a text that ends where it ends; what is behind it is not needed any more. */
	undo_encoding(builder, &text, &size);
	if (text + size < buf_str(&builder->text) + builder->text.len)
		buf_truncate(&builder->text, (size_t)(text - buf_str(&builder->text)) + size);
	if (frame->extension && size > 0 && !frame->extension->value) {
		frame->extension->padded = size < untrimmed;
		frame->extension->value = builder_copy(frame->node, text, size);
		if (!frame->extension->value)
			return -ENOMEM;
	}
	if (frame->element && frame->element->end)
		return frame->element->end(builder, frame, text, size);
	return end_unknown(builder, frame, text, size);
}

int
builder_end(void *arg, const struct xml_name *name)
{
	struct builder *builder = arg;
	struct frame *frame;
	int error;

	if (builder->skip > 0) {
		builder->skip--;
		return 0;
	}
	assert(builder->n_frames > 0);
	frame = &builder->frames[builder->n_frames - 1];
	if (frame->capture == FRAME_MARKUP && builder->markup.depth > 0) {
		markup_end(builder, name);
		return buf_error(&builder->text);
	}
	error = end_frame(builder, frame);
	buf_truncate(&builder->text, frame->text);
	builder->n_frames--;
	return error;
}

static void
write_piece(struct builder *builder, const struct frame *frame, const char *text, size_t size)
{
	if (frame->capture == FRAME_MARKUP)
		markup_text(builder, text, size);
	else
		buf_append(&builder->text, text, size);
}

/*
 * Whole characters, as many as the cap on texts leaves room for. Each is judged by what stands
 * there before it, so that the cut does not depend on the pieces in which the text comes.
 */
static void
append_piece(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	size_t max = builder->limits.max_text, used = builder->text.len - frame->text;
	size_t worst = strlen("&amp;");

	if (used < max && size + 1 < (max - used) / worst) {
		write_piece(builder, frame, text, size);
		return;
	}
	while (size > 0 && !frame->full) {
		unsigned int codepoint;
		size_t n = utf8_decode(text, size, &codepoint);

		used = builder->text.len - frame->text;
		if (used >= max || max - used < worst) {
			frame->full = builder->cut = true;
			return;
		}
		write_piece(builder, frame, text, n);
		text += n;
		size -= n;
	}
}

/*
 * The C1 controls mean nothing in a text: who writes &#146; means the windows-1252 character of
 * that number. In UTF-8 they are C2 80 to C2 9F.
 */
static void
append(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	const char *end = text + size, *from = text, *lead;

	while ((lead = memchr(from, 0xc2, (size_t)(end - from))) != NULL) {
		unsigned char next = lead + 1 < end ? (unsigned char)lead[1] : 0;
		const char *meant;

		from = lead + 1;
		meant = twice_windows_1252(next);
		if (!*meant)
			continue;
		append_piece(builder, frame, text, (size_t)(lead - text));
		append_piece(builder, frame, meant, strlen(meant));
		text = from = lead + 2;
	}
	append_piece(builder, frame, text, (size_t)(end - text));
}

int
builder_text(void *arg, const char *text, size_t size)
{
	struct builder *builder = arg;
	struct frame *frame;

	if (builder->skip > 0 || builder->n_frames == 0)
		return 0;
	frame = &builder->frames[builder->n_frames - 1];
	if (frame->capture == FRAME_IGNORE || frame->full)
		return 0;
	append(builder, frame, text, size);
	return buf_error(&builder->text);
}
