/*
 * Filters. What the spool itself can tell (tag, sequence, time of delivery) goes into the query;
 * the rest is asked of each record. Texts are compared folded: white space as one blank, letters in
 * lower case as far as the C library's locale knows them, which is UTF-8. Memory that is not there
 * makes a text not match.
 */
#include "tools/filter.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

#include "lib/base/utf8.h"

static void
fold(struct buf *out, const char *text)
{
	size_t size = strlen(text);
	bool blank = false;

	while (size > 0) {
		unsigned int character;
		size_t used = utf8_decode(text, size, &character);

		if (utf8_is_space(character)) {
			blank = out->len > 0;
		} else {
			if (blank)
				buf_putc(out, ' ');
			blank = false;
			buf_put_utf8(out, (unsigned int)towlower((wint_t)character));
		}
		text += used;
		size -= used;
	}
}

static int
take_text(struct command_call *call, struct filter *filter)
{
	if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	buf_reset(&filter->text);
	fold(&filter->text, optarg);
	if (filter->text.len == 0)
		return command_misused(call, "--text: no words");
	return COMMAND_OK;
}

static int
take_since(struct command_call *call, struct filter *filter)
{
	filter->since = true;
	filter->query.after = 0;
	filter->query.since = 0;
	if (spool_option_since(optarg, &filter->query) == 0)
		return COMMAND_OK;
	return command_misused(call,
		"--since %s: neither a sequence, nor a time like 2026-11-23T06:00:00Z, nor a day, "
		"nor like 6h",
		optarg);
}

static int
take_until(struct command_call *call, struct filter *filter)
{
	struct np_spool_query query = { .tag = NULL };

	if (spool_option_since(optarg, &query) < 0 || query.after > 0)
		return command_misused(call,
			"--until %s: neither a time like 2026-11-23T06:00:00Z, nor a day, nor "
			"like 6h",
			optarg);
	filter->query.until = query.since > 0 ? query.since : 1;
	return COMMAND_OK;
}

int
filter_option(struct command_call *call, struct filter *filter, int option)
{
	switch (option) {
	case FILTER_TAG:
		if (spool_option_tag(optarg, &filter->tag) < 0)
			return command_misused(call, "--tag %s: not a tag", optarg);
		filter->query.tag = filter->tag;
		return COMMAND_OK;
	case FILTER_SINCE:
		return take_since(call, filter);
	case FILTER_UNTIL:
		return take_until(call, filter);
	case FILTER_TEXT:
		return take_text(call, filter);
	case FILTER_FEED:
		filter->feed = optarg;
		return COMMAND_OK;
	case FILTER_LANGUAGE:
		filter->language = optarg;
		return COMMAND_OK;
	default:
		filter->directory = optarg;
		return COMMAND_OK;
	}
}

void
filter_done(struct filter *filter)
{
	free(filter->tag);
	filter->tag = NULL;
	buf_done(&filter->text);
}

/* RFC 4647, basic filtering. */
static bool
has_language(const char *wanted, const char *language)
{
	size_t size = strlen(wanted);

	if (!language || strncasecmp(wanted, language, size) != 0)
		return false;
	return language[size] == '\0' || language[size] == '-';
}

static bool
has_text(const struct buf *wanted, const char *text)
{
	struct buf folded = { 0 };
	bool has;

	if (!text)
		return false;
	fold(&folded, text);
	has = buf_error(&folded) == 0 && strstr(buf_str(&folded), buf_str(wanted)) != NULL;
	buf_done(&folded);
	return has;
}

bool
filter_reads(const struct filter *filter)
{
	return filter->feed || filter->language || filter->text.len > 0;
}

bool
filter_matches(struct filter *filter, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	const char *feed = np_record_feed_name(record);

	if (filter->feed && (!feed || strcmp(filter->feed, feed) != 0))
		return false;
	if (filter->language && !has_language(filter->language, np_article_language(article)))
		return false;
	return filter->text.len == 0 || has_text(&filter->text, np_article_title(article)) ||
	       has_text(&filter->text, np_article_summary(article)) ||
	       has_text(&filter->text, np_article_content_text(article));
}
