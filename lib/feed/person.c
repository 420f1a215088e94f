/*
 * One string to a name and an address. Owns the rules for what looks like an address; what does not
 * is a name, and nothing is thrown away but brackets around it. Linear. Errors: -ENOMEM.
 */
#include "lib/feed/person.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/feed/html.h"

static bool
is_address_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-./=?^_`{|}~", c)) ||
	       (unsigned char)c >= 0x80;
}

/* The first thing of the form x@y.z; false where there is none. */
static bool
find_address(const char *text, size_t size, size_t *ret_begin, size_t *ret_end)
{
	for (size_t at = 1; at + 1 < size; at++) {
		size_t begin = at, end = at + 1;
		bool dot = false;

		if (text[at] != '@')
			continue;
		while (begin > 0 && is_address_char(text[begin - 1]))
			begin--;
		while (end < size && (isalnum((unsigned char)text[end]) || text[end] == '-' ||
					     text[end] == '.' || (text[end] & 0x80))) {
			dot = dot || text[end] == '.';
			end++;
		}
		while (end > at + 1 && text[end - 1] == '.')
			end--;
		if (begin < at && dot) {
			*ret_begin = begin;
			*ret_end = end;
			return true;
		}
		at = end - 1;
	}
	return false;
}

static void
trim(const char **text, size_t *size, const char *set)
{
	while (*size > 0 && strchr(set, **text)) {
		(*text)++;
		(*size)--;
	}
	while (*size > 0 && strchr(set, (*text)[*size - 1]))
		(*size)--;
}

/* What is left of the text when its address was taken out, with the marks that held them apart. */
static int
set_name(struct model_node *node, const char *before, size_t n_before, const char *after,
	size_t n_after, struct model_person *ret_person)
{
	char *name;

	if (n_before >= 7 && strncasecmp(before + n_before - 7, "mailto:", 7) == 0)
		n_before -= 7;
	trim(&before, &n_before, " \t\r\n\"(<[,;");
	trim(&after, &n_after, " \t\r\n\"()<>[],;");
	if (n_before + n_after == 0)
		return 0;
	name = arena_alloc(node->arena, n_before + n_after + 2);
	if (!name)
		return -ENOMEM;
	memcpy(name, before, n_before);
	if (n_before > 0 && n_after > 0)
		name[n_before++] = ' ';
	memcpy(name + n_before, after, n_after);
	ret_person->name = name;
	return 0;
}

static int
parse(struct model_node *node, const char *text, size_t size, struct model_person *ret_person)
{
	size_t begin, end;

	trim(&text, &size, " \t\r\n");
	if (!find_address(text, size, &begin, &end)) {
		ret_person->name = arena_strndup(node->arena, text, size);
		return ret_person->name ? 0 : -ENOMEM;
	}
	ret_person->email = arena_strndup(node->arena, text + begin, end - begin);
	if (!ret_person->email)
		return -ENOMEM;
	return set_name(node, text, begin, text + end, size - end, ret_person);
}

int
person_parse(
	struct model_node *node, const char *text, size_t size, struct model_person *ret_person)
{
	struct buf plain = { 0 };
	int error;

	if (!memchr(text, '&', size))
		return parse(node, text, size, ret_person);
	html_unescape(&plain, text, size);
	error = buf_error(&plain);
	if (error == 0)
		error = parse(node, buf_str(&plain), plain.len, ret_person);
	buf_done(&plain);
	return error;
}
