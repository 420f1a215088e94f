/* Sets of characters, by the grammars of the RFCs; everything above ASCII is left to be right. */
#include "tools/export_valid.h"

#include <string.h>

#include "lib/base/sha256.h"

#define TAG_PREFIX "tag:newspool.invalid,2026:"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define SUBTAG_MAX 8 /* characters between two hyphens of a language */

bool
export_is_reference(const char *text)
{
	if (!text)
		return false;
	for (const char *at = text; *at; at++) {
		if ((unsigned char)*at <= ' ' || *at == 0x7F || strchr("<>\"{}|\\^`", *at))
			return false;
		if (*at == '%' && strspn(at + 1, DIGITS "ABCDEFabcdef") < 2)
			return false;
	}
	return true;
}

bool
export_is_iri(const char *text)
{
	size_t scheme = text ? strspn(text, LETTERS DIGITS "+.-") : 0;

	return scheme > 0 && strchr(LETTERS, *text) && text[scheme] == ':' && text[scheme + 1] &&
	       export_is_reference(text);
}

bool
export_is_language(const char *text)
{
	size_t size = text ? strspn(text, LETTERS) : 0;

	while (size > 0 && size <= SUBTAG_MAX && text[size] == '-') {
		text += size + 1;
		size = strspn(text, LETTERS DIGITS);
	}
	return size > 0 && size <= SUBTAG_MAX && text[size] == '\0';
}

bool
export_is_media_type(const char *text)
{
	static const char token[] = LETTERS DIGITS "!#$&^_.+-";
	size_t type = text ? strspn(text, token) : 0;
	size_t subtype = type > 0 && text[type] == '/' ? strspn(text + type + 1, token) : 0;

	return subtype > 0 && text[type + 1 + subtype] == '\0';
}

bool
export_is_address(const char *text)
{
	const char *at = text ? strchr(text, '@') : NULL;

	return at && at > text && at[1] && export_is_reference(text);
}

void
export_put_encoded(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr(LETTERS DIGITS "-._~", *text))
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned int)(unsigned char)*text);
	}
}

void
export_put_id(struct buf *out, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	const char *id = np_article_id(article), *feed = np_record_feed_name(record);
	char hash[2 * NP_HASH_SIZE + 1];

	if (export_is_iri(id)) {
		buf_puts(out, id);
	} else if (id) {
		buf_puts(out, TAG_PREFIX);
		export_put_encoded(out, feed ? feed : "");
		buf_putc(out, '/');
		export_put_encoded(out, id);
	} else {
		hex_encode(np_article_content_hash(article), NP_HASH_SIZE, hash);
		buf_printf(out, "urn:sha256:%s", hash);
	}
}
