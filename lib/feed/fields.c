/*
 * The handlers that all dialects share: strings, URLs, dates, persons, categories, links. They put
 * what an element says into the node of its frame; an empty text changes nothing. Errors: -ENOMEM.
 */
#include "lib/feed/fields.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/feed/date.h"
#include "lib/feed/person.h"

int
field_copy(struct model_node *node, const char *text, const char **ret_text)
{
	const char *copy;

	if (!text)
		return 0;
	copy = builder_copy(node, text, strlen(text));
	if (!copy)
		return -ENOMEM;
	*ret_text = copy;
	return 0;
}

/* Elements of another dialect than the document's, and weak ones, fill gaps alone. */
static bool
is_taken(const struct builder *builder, const struct frame *frame, const char *value)
{
	bool foreign = (frame->ns == NS_ATOM) != (builder->info.format == NP_FEED_ATOM) &&
		       (frame->ns == NS_ATOM || frame->ns == NS_RSS);

	return value && (foreign || (frame->element->flags & ELEMENT_WEAK));
}

int
field_string_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	const char **slot = &frame->node->strings[frame->element->slot];
	const char *copy;

	if (size == 0 || is_taken(builder, frame, *slot))
		return 0;
	copy = builder_copy(frame->node, text, size);
	if (!copy)
		return -ENOMEM;
	*slot = copy;
	return 0;
}

int
field_generator_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	(void)builder;
	if (size == 0)
		return 0;
	frame->node->generator.name = builder_copy(frame->node, text, size);
	return frame->node->generator.name ? 0 : -ENOMEM;
}

int
field_url_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	const char **slot = &frame->node->strings[frame->element->slot];
	const char *url;

	if (size == 0 || is_taken(builder, frame, *slot))
		return 0;
	url = builder_url(builder, frame->node, frame->base, text, size);
	if (!url)
		return -ENOMEM;
	*slot = url;
	return 0;
}

int
field_date_set(
	struct builder *builder, struct frame *frame, int slot, const char *text, size_t size)
{
	struct model_date *date = &frame->node->dates[slot];
	int64_t seconds;

	if (size == 0 || (frame->element && is_taken(builder, frame, date->raw)))
		return 0;
	if (feed_date_parse(text, size, &seconds) != 0) {
		if (date->seconds != NP_TIME_NONE)
			return 0; /* an unreadable date does not replace one that was read */
		seconds = NP_TIME_NONE;
	}
	date->raw = builder_copy(frame->node, text, size);
	if (!date->raw)
		return -ENOMEM;
	date->seconds = seconds;
	return 0;
}

int
field_date_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	return field_date_set(builder, frame, frame->element->slot, text, size);
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Persons that a list of them is searched through; the search is not to cost more than that. */
#define PERSON_SEARCH 32

static bool
is_listed(const struct model_person *first, const struct model_person *person)
{
	unsigned int searched = 0;

	for (; first && searched < PERSON_SEARCH; first = first->next, searched++)
		if (same(first->name, person->name) && same(first->email, person->email) &&
			same(first->uri, person->uri))
			return true;
	return false;
}

static int
parse_person(
	struct model_node *node, const char *text, size_t size, struct model_person **ret_person)
{
	struct model_person *person = arena_alloc(node->arena, sizeof(*person));
	int error = person ? person_parse(node, text, size, person) : -ENOMEM;

	if (error == 0)
		*ret_person = person;
	return error;
}

int
field_author_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_person *person;
	int error;

	(void)builder;
	if (size == 0 || ((frame->element->flags & ELEMENT_WEAK) && frame->node->authors.n > 0))
		return 0;
	error = parse_person(frame->node, text, size, &person);
	if (error == 0 && !is_listed(frame->node->authors.first, person))
		MODEL_APPEND(&frame->node->authors, person);
	return error;
}

int
field_contributor_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_person *person;
	int error;

	(void)builder;
	if (size == 0)
		return 0;
	error = parse_person(frame->node, text, size, &person);
	if (error == 0 && !is_listed(frame->node->contributors.first, person))
		MODEL_APPEND(&frame->node->contributors, person);
	return error;
}

int
field_publisher_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	(void)builder;
	if (size == 0 || ((frame->element->flags & ELEMENT_WEAK) && frame->node->publisher))
		return 0;
	return parse_person(frame->node, text, size, &frame->node->publisher);
}

/* Categories that a list of them is searched through; the search is not to cost more than that. */
#define CATEGORY_SEARCH 100

int
field_category_add(struct model_node *node, const char *term, size_t size, const char *scheme,
	const char *label)
{
	struct model_category *category;
	unsigned int searched = 0;
	int error;

	for (category = node->categories.first; category && searched < CATEGORY_SEARCH;
		category = category->next, searched++)
		if (category->term && strlen(category->term) == size &&
			memcmp(category->term, term, size) == 0 && same(category->scheme, scheme) &&
			same(category->label, label))
			return 0;
	category = model_category_add(node, term, size);
	if (!category)
		return -ENOMEM;
	error = field_copy(node, scheme, &category->scheme);
	return error ? error : field_copy(node, label, &category->label);
}

int
field_category_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	(void)builder;
	if (size == 0)
		return 0;
	return field_category_add(frame->node, text, size, frame->object, NULL);
}

int
field_keywords_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	size_t begin = 0;

	(void)builder;
	for (size_t i = 0; i <= size; i++) {
		size_t end = i;
		int error;

		if (i < size && text[i] != ',')
			continue;
		while (begin < end && isspace((unsigned char)text[begin]))
			begin++;
		while (end > begin && isspace((unsigned char)text[end - 1]))
			end--;
		if (end > begin) {
			error = field_category_add(
				frame->node, text + begin, end - begin, frame->object, NULL);
			if (error)
				return error;
		}
		begin = i + 1;
	}
	return 0;
}

int
field_language_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	const char *lang;

	if (size == 0)
		return 0;
	lang = builder_lang(frame->node, text, size);
	if (!lang)
		return 0;
	frame->node->strings[MODEL_LANGUAGE] = lang;
	frame->node->lang = lang;
	for (size_t i = 0; i + 1 < builder->n_frames; i++)
		if (builder->frames[i].node == frame->node)
			builder->frames[i].lang = lang;
	return 0;
}

int
field_link_add(struct builder *builder, struct frame *frame, const char *url, size_t size,
	const char *rel, const char *type, struct model_link **ret_link)
{
	struct model_link *link;
	int error;

	if (ret_link)
		*ret_link = NULL;
	if (size == 0)
		return 0;
	link = model_link_add(frame->node);
	if (!link)
		return -ENOMEM;
	link->href = builder_url(builder, frame->node, frame->base, url, size);
	link->rel = "alternate";
	if (!link->href)
		return -ENOMEM;
	error = field_copy(frame->node, rel && *rel ? rel : NULL, &link->rel);
	if (error == 0)
		error = field_copy(frame->node, type, &link->type);
	if (error == 0 && ret_link)
		*ret_link = link;
	return error;
}

int
field_picture(struct builder *builder, struct frame *frame, const char *url, size_t size)
{
	struct model_image *image = frame->node->image;

	if (image && image->url)
		return 0;
	if (!image)
		image = arena_alloc(frame->node->arena, sizeof(*image));
	if (!image)
		return -ENOMEM;
	frame->node->image = image;
	image->url = builder_url(builder, frame->node, frame->base, url, size);
	return image->url ? 0 : -ENOMEM;
}

/* Reads digits behind the point, and before it, as long as a double can tell them apart. */
static const char *
read_digits(const char *text, double *number, double *scale)
{
	for (; isdigit((unsigned char)*text); text++) {
		if (*number < 1e15) {
			*number = *number * 10 + (*text - '0');
			*scale *= 10;
		} else if (*scale == 0) {
			*number *= 10;
		}
	}
	return text;
}

bool
field_number(const char **text, double *ret_number)
{
	const char *at = *text + strspn(*text, " \t\r\n,"), *digits;
	double number = 0, scale = 0, behind = 1;
	bool negative = *at == '-';

	if (*at == '-' || *at == '+')
		at++;
	digits = at;
	at = read_digits(at, &number, &scale);
	if (*at == '.') {
		digits++;
		at = read_digits(at + 1, &number, &behind);
	}
	if (at == digits || number > 1e300)
		return false;
	*text = at;
	*ret_number = (negative ? -number : number) / behind;
	return true;
}

double
field_duration(const char *text)
{
	double total = 0, number;

	text += strspn(text, " \t\r\n");
	for (int parts = 0; parts < 3; parts++) {
		if (!isdigit((unsigned char)*text) || !field_number(&text, &number) || number > 1e9)
			return -1;
		total = total * 60 + number;
		if (*text != ':')
			return text[strspn(text, " \t\r\n")] ? -1 : total;
		text++;
	}
	return -1;
}
