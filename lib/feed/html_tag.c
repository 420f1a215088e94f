/*
 * Start tags as they are written: of the attributes that came, those that are let through, each
 * once, in the order of their names. An attribute is written as its value is checked and cut off
 * again where it is refused.
 */
#include "lib/feed/html_tag.h"

#include <string.h>

#include "lib/feed/html_style.h"

static void
add_slot(struct html_tags *tags, const struct html_attribute_rule *rule, struct html_slice raw)
{
	size_t i = tags->n_slots;

	for (size_t j = 0; j < tags->n_slots; j++)
		if (tags->slots[j].rule == rule)
			return;
	for (; i > 0 && tags->slots[i - 1].rule > rule; i--)
		tags->slots[i] = tags->slots[i - 1];
	tags->slots[i] = (struct html_slot){ rule, raw };
	tags->n_slots++;
}

/* Picks the attributes that may be written, in the order of their names. */
static void
pick_attributes(
	struct html_tags *tags, const struct html_element *element, const struct html_token *token)
{
	static const char xlink[] = "xmlns:xlink";
	enum html_space spaces = (enum html_space)element->space;
	bool linked = false;

	tags->n_slots = 0;
	for (size_t i = 0; i < token->n_attributes; i++) {
		const struct html_attribute *attribute = &token->attributes[i];
		const struct html_attribute_rule *rule = html_attribute_find(
			spaces, attribute->name.ptr, attribute->name.size);

		if (!rule)
			continue;
		add_slot(tags, rule, attribute->value);
		linked = linked || strncmp(rule->name, "xlink:", 6) == 0;
	}
	if (linked)
		add_slot(tags, html_attribute_find(spaces, xlink, sizeof(xlink) - 1),
			(struct html_slice){ xlink, 0 });
}

static void
write_attribute(struct html_tags *tags, struct buf *out, const struct html_element *element,
	const struct html_slot *slot)
{
	size_t mark = out->len;

	buf_putc(out, ' ');
	buf_append(out, slot->rule->name, slot->rule->size);
	buf_append(out, "=\"", 2);
	if (html_value_write(&tags->values, out, slot->rule, element, slot->raw))
		buf_putc(out, '"');
	else
		buf_truncate(out, mark);
}

void
html_tag_write(struct html_tags *tags, struct buf *out, const struct html_element *element,
	const struct html_token *token)
{
	pick_attributes(tags, element, token);
	buf_putc(out, '<');
	buf_puts(out, element->kind == HTML_KIND_IMG ? "img" : element->name);
	for (size_t i = 0; i < tags->n_slots; i++)
		write_attribute(tags, out, element, &tags->slots[i]);
	buf_puts(out, element->flags & HTML_VOID ? " />" : ">");
}

/* 0 or 1 for a width or height of so many pixels, 2 for more, -1 where none is said. */
static int
pixels(struct html_tags *tags, const struct html_token *token, const char *name)
{
	const struct html_attribute *attribute = html_token_attribute(token, name);
	struct buf *value = &tags->values.decoded;
	const char *text;

	if (!attribute)
		return -1;
	buf_reset(value);
	html_value_decode(value, attribute->value);
	text = buf_str(value) + strspn(buf_str(value), " \t\n");
	if (*text < '0' || *text > '9')
		return -1;
	text += strspn(text, "0");
	if (*text == '1')
		return text[1] >= '0' && text[1] <= '9' ? 2 : 1;
	return *text >= '2' && *text <= '9' ? 2 : 0;
}

bool
html_tag_is_tracker(struct html_tags *tags, const struct html_token *token)
{
	const struct html_attribute *style = html_token_attribute(token, "style");
	int width = pixels(tags, token, "width"), height = pixels(tags, token, "height");

	if (width < 2 && height < 2 && (width >= 0 || height >= 0))
		return true;
	if (!style)
		return false;
	buf_reset(&tags->values.decoded);
	html_value_decode(&tags->values.decoded, style->value);
	return html_style_hides(buf_str(&tags->values.decoded), tags->values.decoded.len);
}
