/*
 * Words as patterns that match in any case. What a reader typed is never a pattern of theirs: all
 * that could mean something in one is escaped.
 *
 * Errors: -errno; a text that takes too long to look at is not found.
 */
#include "daemon/control/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/pattern.h"
#include "lib/base/buf.h"
#include "lib/base/utf8.h"

#define TIME_A_RECORD INT64_C(5000000) /* ns */

struct search {
	struct pattern_matcher *matcher;
	struct pattern *words[SEARCH_WORDS_MAX];
	size_t n;
};

static int
add_word(struct search *search, const char *word, size_t size)
{
	struct pattern_error err;
	struct buf text = { 0 };
	int ret;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c < 0x80 && !(c >= '0' && c <= '9') &&
			!((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			buf_putc(&text, '\\');
		buf_putc(&text, (char)c);
	}
	ret = buf_error(&text);
	if (ret == 0)
		ret = pattern_new(buf_str(&text), PATTERN_ANY_CASE, PATTERN_INTERPRETED,
			&search->words[search->n], &err);
	search->n += ret == 0;
	buf_done(&text);
	return ret;
}

static int
add_words(struct search *search, const char *text)
{
	struct buf folded = { 0 };
	const char *at;
	int ret = 0;

	utf8_fold_space(&folded, text, utf8_cut(text, strlen(text), SEARCH_TEXT_MAX));
	if (buf_error(&folded) != 0)
		ret = -ENOMEM;
	for (at = buf_str(&folded); *at != '\0' && ret == 0 && search->n < SEARCH_WORDS_MAX;) {
		size_t size = strcspn(at, " ");

		ret = add_word(search, at, size);
		at += size + (at[size] == ' ');
	}
	buf_done(&folded);
	return ret == 0 && search->n == 0 ? -EINVAL : ret;
}

int
search_new(const char *text, struct search **ret_search)
{
	struct search *search = calloc(1, sizeof(*search));
	int ret = search != NULL ? pattern_matcher_new(&search->matcher) : -ENOMEM;

	if (ret == 0)
		ret = add_words(search, text);
	if (ret == 0)
		*ret_search = search;
	else
		search_free(search);
	return ret;
}

void
search_free(struct search *search)
{
	if (search == NULL)
		return;
	for (size_t i = 0; i < search->n; i++)
		pattern_free(search->words[i]);
	pattern_matcher_free(search->matcher);
	free(search);
}

static bool
has(struct search *search, size_t word, const char *text)
{
	struct pattern_range range;

	return text != NULL &&
	       pattern_match(search->matcher, search->words[word], text, &range) == 1;
}

static bool
has_anywhere(struct search *search, size_t word, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	size_t n_people, n_tags;
	const struct np_person *people = np_article_authors(article, &n_people);
	const char *const *tags = np_record_tags(record, &n_tags);
	bool found = has(search, word, np_article_title(article)) ||
		     has(search, word, np_record_feed_title(record)) ||
		     has(search, word, np_article_summary(article)) ||
		     has(search, word, np_article_content_text(article));

	for (size_t i = 0; i < n_tags && !found; i++)
		found = has(search, word, tags[i]);
	for (size_t i = 0; i < n_people && !found; i++)
		found = has(search, word, people[i].name);
	return found;
}

bool
search_finds(struct search *search, const struct np_record *record)
{
	pattern_matcher_refill(search->matcher, TIME_A_RECORD);
	for (size_t i = 0; i < search->n; i++)
		if (!has_anywhere(search, i, record))
			return false;
	return true;
}
