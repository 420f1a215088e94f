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

static size_t
count_high(const char *sample, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += (unsigned char)sample[i] >= 0x80;
	return n;
}

const struct charset_info *
charset_guess(const char *sample, size_t size)
{
	const struct charset_info *info = NULL;
	uchardet_t detector;
	const char *name;

	if (count_high(sample, size) < LETTERS_MIN)
		return NULL;
	detector = uchardet_new();
	if (detector == NULL)
		return NULL;
	if (uchardet_handle_data(detector, sample, size) == 0) {
		uchardet_data_end(detector);
		name = uchardet_get_charset(detector);
		info = charset_find(name, strlen(name));
	}
	uchardet_delete(detector);
	if (info == NULL || info->kind == CHARSET_UTF8 || !charset_is_ascii(info))
		return NULL;
	return info;
}
