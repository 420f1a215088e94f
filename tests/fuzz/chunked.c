/*
 * Reads one document twice, whole and cut, and compares what comes out of the two: the records, how
 * it ended, what is said of it, the document.
 */
#include "tests/fuzz/chunked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/spool/record.h"

struct result {
	struct buf records;
	struct buf words; /* how it ended, and the document */
};

static void
take_all(struct np_feed_parser *parser, struct result *result)
{
	struct np_article *article;

	while (np_feed_parser_take(parser, &article) > 0) {
		record_write(&result->records, article, NULL);
		np_article_free(article);
	}
}

static void
add(struct result *result, const char *text)
{
	buf_puts(&result->words, text ? text : "-");
	buf_putc(&result->words, '\n');
}

static void
finish(struct np_feed_parser *parser, struct result *result)
{
	const struct np_feed_info *info = np_feed_parser_info(parser);
	int error = np_feed_parser_finish(parser);
	char *document;

	take_all(parser, result);
	buf_printf(&result->words, "%d %zu\n", error, info->n_items);
	add(result, np_feed_parser_error(parser));
	add(result, info->title);
	add(result, info->bozo_reason);
	if (np_feed_parser_document(parser, &document) == 0) {
		add(result, document);
		free(document);
	}
}

/* seed 0: the whole document at once; else in pieces of 1 to 64 bytes that follow from it. */
static struct result
parse(const struct np_feed_options *options, const uint8_t *data, size_t size, uint32_t seed)
{
	struct result result = { 0 };
	struct np_feed_parser *parser;
	int error = 0;

	if (np_feed_parser_new(options, &parser) != 0)
		abort();
	while (size > 0 && error == 0) {
		size_t piece = size;

		if (seed) {
			seed = seed * 1103515245 + 12345;
			piece = 1 + (seed >> 16) % (seed & 0x8000 ? 3 : 64);
		}
		if (piece > size)
			piece = size;
		error = np_feed_parser_push(parser, data, piece);
		take_all(parser, &result);
		data += piece;
		size -= piece;
	}
	finish(parser, &result);
	np_feed_parser_free(parser);
	return result;
}

/* Says where the two part, so that a finding explains itself. */
static void
check_same(const struct buf *whole, const struct buf *cut)
{
	const char *a = buf_str(whole), *b = buf_str(cut);
	size_t same = 0;

	if (whole->len == cut->len && memcmp(a, b, whole->len) == 0)
		return;
	while (same < whole->len && same < cut->len && a[same] == b[same])
		same++;
	same = same > 60 ? same - 60 : 0;
	fprintf(stderr, "whole: %.200s\ncut:   %.200s\n", a + same, b + same);
	abort();
}

void
chunked_check(const struct np_feed_options *options, const uint8_t *data, size_t size, uint8_t cuts)
{
	struct result whole = parse(options, data, size, 0);
	struct result cut = parse(options, data, size, 1 + (uint32_t)cuts);

	check_same(&whole.records, &cut.records);
	check_same(&whole.words, &cut.words);
	buf_done(&whole.records);
	buf_done(&whole.words);
	buf_done(&cut.records);
	buf_done(&cut.words);
}
