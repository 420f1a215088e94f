/*
 * References in XML.
 *
 * Entities are few in feeds, so those declared stand in one short array. An entity is marked open
 * while it is being expanded; one that is open stands for nothing, so loops end. Every expansion
 * is charged with the length of its replacement text before it is looked at, so the work is bounded
 * even where nothing comes out.
 */
#include "lib/feed/xml_entity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/feed/html.h"

#define MAX_ENTITIES 256
#define MAX_NESTING 32

struct entity {
	char *name;
	size_t name_len;
	char *value;
	size_t size;
	bool open;
};

struct xml_entities {
	struct entity entities[MAX_ENTITIES];
	size_t n;
	size_t budget;
	unsigned int nesting;
	bool html; /* HTML's names are as good as declared */
};

static const struct {
	const char *name;
	size_t len;
	const char *text;
} predefined[] = {
	{ "lt", 2, "<" },
	{ "gt", 2, ">" },
	{ "amp", 3, "&" },
	{ "quot", 4, "\"" },
	{ "apos", 4, "'" },
};

/* windows-1252 from 0x80 on; 0: not assigned. */
static const unsigned short windows_1252[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020,
	0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c,
	0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178 };

int
xml_entities_new(size_t budget, struct xml_entities **ret_entities)
{
	struct xml_entities *entities = calloc(1, sizeof(*entities));

	if (!entities)
		return -ENOMEM;
	entities->budget = budget;
	*ret_entities = entities;
	return 0;
}

void
xml_entities_forget(struct xml_entities *entities)
{
	for (size_t i = 0; i < entities->n; i++) {
		free(entities->entities[i].name);
		free(entities->entities[i].value);
	}
	entities->n = 0;
}

void
xml_entities_free(struct xml_entities *entities)
{
	if (!entities)
		return;
	xml_entities_forget(entities);
	free(entities);
}

static struct entity *
entity_find(struct xml_entities *entities, const char *name, size_t len)
{
	for (size_t i = 0; i < entities->n; i++) {
		struct entity *entity = &entities->entities[i];

		if (entity->name_len == len && memcmp(entity->name, name, len) == 0)
			return entity;
	}
	return NULL;
}

int
xml_entities_declare(struct xml_entities *entities, const char *name, size_t name_len,
	const char *value, size_t size)
{
	struct entity *entity;

	if (entities->n >= MAX_ENTITIES || entity_find(entities, name, name_len))
		return 0;
	entity = &entities->entities[entities->n];
	entity->name = strndup(name, name_len);
	entity->value = strndup(value ? value : "", value ? size : 0);
	if (!entity->name || !entity->value) {
		free(entity->name);
		free(entity->value);
		return -ENOMEM;
	}
	entity->name_len = name_len;
	entity->size = strlen(entity->value);
	entities->n++;
	return 0;
}

bool
xml_entities_any(const struct xml_entities *entities)
{
	return entities->n > 0;
}

void
xml_entities_allow_html(struct xml_entities *entities)
{
	entities->html = true;
}

int
xml_entities_spend(struct xml_entities *entities, size_t size)
{
	if (size > entities->budget)
		return -E2BIG;
	entities->budget -= size;
	return 0;
}

const char *
xml_entities_foreign(const char *name, size_t len)
{
	return html_entity(name, len);
}

/* The value of a digit in base 10 or 16; -1 for what is none. */
static int
digit(char c, int base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (base == 16 && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

size_t
xml_entities_utf8(char scratch[8], unsigned int codepoint)
{
	unsigned int c = codepoint;

	if (c >= 0x80 && c <= 0x9f && windows_1252[c - 0x80])
		c = windows_1252[c - 0x80];
	if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
		return 0;
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	if (c < 0x80) {
		scratch[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		scratch[0] = (char)(0xc0 | c >> 6);
		scratch[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		scratch[0] = (char)(0xe0 | c >> 12);
		scratch[1] = (char)(0x80 | (c >> 6 & 0x3f));
		scratch[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	scratch[0] = (char)(0xf0 | c >> 18);
	scratch[1] = (char)(0x80 | (c >> 12 & 0x3f));
	scratch[2] = (char)(0x80 | (c >> 6 & 0x3f));
	scratch[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static enum xml_reference
read_numeric(const char *text, size_t size, bool final, char scratch[8], size_t *ret_size,
	size_t *ret_text_size)
{
	int base = size > 2 && (text[2] | 0x20) == 'x' ? 16 : 10;
	size_t start = base == 16 ? 3 : 2, i = start;
	unsigned int codepoint = 0;

	for (; i < size && i < XML_REFERENCE_MAX && digit(text[i], base) >= 0; i++) {
		if (codepoint <= 0x10ffff)
			codepoint = codepoint * (unsigned int)base +
				    (unsigned int)digit(text[i], base);
	}
	if (i == size && !final && i < XML_REFERENCE_MAX)
		return XML_REFERENCE_MORE;
	if (i == start || i == XML_REFERENCE_MAX)
		return XML_REFERENCE_NONE;
	*ret_text_size = xml_entities_utf8(scratch, codepoint);
	*ret_size = i < size && text[i] == ';' ? i + 1 : i;
	if (*ret_size == i || *ret_text_size == 0 || codepoint > 0x10ffff || text[2] == 'X')
		return XML_REFERENCE_FOREIGN;
	return XML_REFERENCE_TEXT;
}

bool
xml_entities_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == ':' || (c & 0x80);
}

/* What a complete name stands for. */
static enum xml_reference
name_lookup(struct xml_entities *entities, const char *name, size_t len, const char **ret_text,
	size_t *ret_text_size)
{
	struct entity *entity;

	for (size_t i = 0; i < sizeof(predefined) / sizeof(*predefined); i++) {
		if (predefined[i].len != len || memcmp(predefined[i].name, name, len) != 0)
			continue;
		*ret_text = predefined[i].text;
		*ret_text_size = 1;
		return XML_REFERENCE_TEXT;
	}
	entity = entity_find(entities, name, len);
	if (entity) {
		*ret_text = entity->value;
		*ret_text_size = entity->size;
		return XML_REFERENCE_ENTITY;
	}
	*ret_text = html_entity(name, len);
	if (!*ret_text)
		return XML_REFERENCE_NONE;
	*ret_text_size = strlen(*ret_text);
	return entities->html ? XML_REFERENCE_HTML : XML_REFERENCE_FOREIGN;
}

enum xml_reference
xml_entities_read(struct xml_entities *entities, const char *text, size_t size, bool final,
	char scratch[8], size_t *ret_size, const char **ret_text, size_t *ret_text_size)
{
	size_t i = 1;

	if (size < 2 || (text[1] == '#' && size < 4 && !final))
		return final ? XML_REFERENCE_NONE : XML_REFERENCE_MORE;
	if (text[1] == '#') {
		*ret_text = scratch;
		return read_numeric(text, size, final, scratch, ret_size, ret_text_size);
	}
	while (i < size && i < XML_REFERENCE_MAX && xml_entities_name_byte(text[i]))
		i++;
	if (i == size && !final && i < XML_REFERENCE_MAX)
		return XML_REFERENCE_MORE;
	if (i == 1 || i == size || i == XML_REFERENCE_MAX || text[i] != ';')
		return XML_REFERENCE_NONE;
	*ret_size = i + 1;
	return name_lookup(entities, text + 1, i - 1, ret_text, ret_text_size);
}

static enum xml_reference
reference_kind(struct xml_entities *entities, const char *text, size_t size)
{
	char scratch[8];
	const char *with;
	size_t used, with_size;

	return xml_entities_read(entities, text, size, true, scratch, &used, &with, &with_size);
}

bool
xml_entities_unknown(struct xml_entities *entities, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end && (text = memchr(text, '&', (size_t)(end - text)))) {
		enum xml_reference kind = reference_kind(entities, text, (size_t)(end - text));

		if (kind != XML_REFERENCE_TEXT && kind != XML_REFERENCE_ENTITY)
			return true;
		text++;
	}
	return false;
}

bool
xml_entities_declared(struct xml_entities *entities, const char *text, size_t size)
{
	return size > 0 && *text == '&' &&
	       reference_kind(entities, text, size) == XML_REFERENCE_ENTITY;
}

bool
xml_entities_open(struct xml_entities *entities, const char *replacement)
{
	for (size_t i = 0; i < entities->n; i++) {
		struct entity *entity = &entities->entities[i];

		if (entity->value != replacement)
			continue;
		if (entity->open || entities->nesting >= MAX_NESTING)
			return false;
		entities->nesting++;
		entity->open = true;
		return true;
	}
	return false;
}

void
xml_entities_close(struct xml_entities *entities, const char *replacement)
{
	for (size_t i = 0; i < entities->n; i++) {
		if (entities->entities[i].value == replacement)
			entities->entities[i].open = false;
	}
	entities->nesting--;
}

static int value_append(struct xml_entities *entities, struct buf *out, const char *text,
	size_t size, bool *sloppy);

/* Replaces the reference at text; *ret_size is how much of the text it was. */
static int
value_reference(struct xml_entities *entities, struct buf *out, const char *text, size_t size,
	bool *sloppy, size_t *ret_size)
{
	char scratch[8];
	const char *with = "&";
	size_t with_size = 1;
	enum xml_reference kind;
	int error = 0;

	*ret_size = 1;
	kind = xml_entities_read(entities, text, size, true, scratch, ret_size, &with, &with_size);
	if (kind == XML_REFERENCE_ENTITY) {
		error = xml_entities_spend(entities, with_size + 1);
		if (error == 0 && xml_entities_open(entities, with)) {
			error = value_append(entities, out, with, with_size, sloppy);
			xml_entities_close(entities, with);
		}
		return error;
	}
	if (kind == XML_REFERENCE_NONE) {
		*ret_size = 1;
		with = "&";
		with_size = 1;
	}
	if (kind != XML_REFERENCE_TEXT && kind != XML_REFERENCE_HTML)
		*sloppy = true;
	buf_append(out, with, with_size);
	return 0;
}

static int
value_append(
	struct xml_entities *entities, struct buf *out, const char *text, size_t size, bool *sloppy)
{
	size_t i = 0;

	while (i < size) {
		size_t run = i, used = 1;

		while (run < size && (unsigned char)text[run] >= ' ' && text[run] != '&')
			run++;
		buf_append(out, text + i, run - i);
		i = run;
		if (i == size)
			break;
		if (text[i] == '&') {
			int error = value_reference(
				entities, out, text + i, size - i, sloppy, &used);

			if (error < 0)
				return error;
		} else if (text[i] == '\r' && i + 1 < size && text[i + 1] == '\n') {
			used = 1; /* the newline says it */
		} else if (text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
			buf_putc(out, ' ');
		} else {
			*sloppy = true;
		}
		i += used;
	}
	return 0;
}

int
xml_entities_value(
	struct xml_entities *entities, struct buf *out, const char *text, size_t size, bool *sloppy)
{
	return value_append(entities, out, text, size, sloppy);
}

void
xml_entities_literal(struct buf *out, const char *text, size_t size)
{
	size_t i = 0;

	while (i < size) {
		char scratch[8];
		size_t used = 1, with_size = 1;

		if (text[i] == '&' && i + 2 < size && text[i + 1] == '#' &&
			read_numeric(text + i, size - i, true, scratch, &used, &with_size) !=
				XML_REFERENCE_NONE)
			buf_append(out, scratch, with_size);
		else
			buf_putc(out, text[i]);
		i += used;
	}
}
