/* Splits a command into words. Owns nothing; everything is in the caller's arena. */
#include "daemon/conf/words.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Copies what is between quotes to *to. Returns what follows; NULL: they are not closed. */
static const char *
take_quoted(const char *text, char **to)
{
	char quote = *text++;

	for (; *text != quote; text++) {
		if (quote == '"' && *text == '\\' && (text[1] == '"' || text[1] == '\\'))
			text++;
		if (*text == '\0')
			return NULL;
		*(*to)++ = *text;
	}
	return text + 1;
}

/* The same with one word, which it ends. */
static const char *
take_word(const char *text, char **to)
{
	while (text && *text && !is_blank(*text)) {
		if (*text == '\'' || *text == '"') {
			text = take_quoted(text, to);
			continue;
		}
		if (*text == '\\' && text[1] == '\0')
			return NULL;
		text += *text == '\\';
		*(*to)++ = *text++;
	}
	*(*to)++ = '\0';
	return text;
}

int
words_split(const char *text, struct arena *arena, const char *const **ret_words,
	const char **ret_reason)
{
	const char **words = arena_alloc_array(arena, WORDS_MAX + 1, sizeof(*words));
	char *to = arena_alloc(arena, 2 * strlen(text) + 2);
	size_t n = 0;

	if (!words || !to)
		return -ENOMEM;
	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		if (n == WORDS_MAX) {
			*ret_reason = "too many words";
			return -EINVAL;
		}
		words[n++] = to;
		text = take_word(text, &to);
		if (!text) {
			*ret_reason = "a quote is not closed";
			return -EINVAL;
		}
	}
	if (n == 0 || words[0][0] == '\0') {
		*ret_reason = "a command is missing";
		return -EINVAL;
	}
	*ret_words = words;
	return 0;
}
