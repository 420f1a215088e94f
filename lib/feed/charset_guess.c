/*
 * uchardet's one caller. Its guess is only asked for, and only believed, where there are enough
 * letters above ASCII to count.
 *
 * Errors: none; no guess is an answer.
 */
#include "lib/feed/charset_guess.h"

#include <string.h>

#include <uchardet/uchardet.h>

#define LETTERS_MIN 8

/* Sets of systems that feeds do not come from: their letters are windows-1252's quotation marks. */
static bool
is_unlikely(const char *name)
{
	return strncmp(name, "MAC-", 4) == 0;
}

/* The ellipsis, quotation marks, dashes and the blank of windows-1252 are in any language. */
static bool
is_punctuation(unsigned char byte)
{
	return byte == 0x85 || (byte >= 0x91 && byte <= 0x97) || byte == 0x99 || byte == 0xA0;
}

static size_t
count_letters(const char *sample, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)sample[i];

		n += byte >= 0x80 && !is_punctuation(byte);
	}
	return n;
}

const struct charset_info *
charset_guess(const char *sample, size_t size)
{
	const struct charset_info *info = NULL;
	uchardet_t detector;
	const char *name;

	if (count_letters(sample, size) < LETTERS_MIN)
		return NULL;
	detector = uchardet_new();
	if (detector == NULL)
		return NULL;
	if (uchardet_handle_data(detector, sample, size) == 0) {
		uchardet_data_end(detector);
		name = uchardet_get_charset(detector);
		info = is_unlikely(name) ? NULL : charset_find(name, strlen(name));
	}
	uchardet_delete(detector);
	if (info == NULL || info->kind == CHARSET_UTF8 || !charset_is_ascii(info))
		return NULL;
	return info;
}
