/*
 * Lists of feeds as other programs keep them, read as text: nothing in them is ever run. What cannot
 * be taken over is told with its line and the reason, and the reading goes on.
 */
#ifndef TOOLS_IMPORT_H
#define TOOLS_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#define IMPORT_CATEGORIES_MAX 64u /* of one feed */
#define IMPORT_WORD_MAX 8192u     /* bytes of one word or quoted text */

enum import_format { IMPORT_OPML, IMPORT_NEWSBOAT, IMPORT_SFEED, IMPORT_FORMATS };

/* One feed, valid during the call. Texts are "" where there is none. */
struct import_entry {
	const char *url, *title, *home_page_url;
	const char *const *categories;
	size_t n_categories;
	unsigned int line;
	bool scraped; /* its program takes a page apart, which is no feed */
};

struct import_sink {
	/* Returns 0, or -errno to end the reading. */
	int (*feed)(void *arg, const struct import_entry *entry);
	/* what: the line's first words, or the URL. Both texts are valid during the call. */
	int (*left_out)(void *arg, unsigned int line, const char *what, const char *reason);
	void *arg;
};

/* Each returns 0, -ENOMEM, or what the sink returned. */

/* newsboat's urls: a line a feed, tags behind its URL, a title among them as "~Title". */
int import_newsboat(const char *text, size_t size, const struct import_sink *sink);

/* sfeedrc: the commands `feed name url [homepage [encoding]]` in a shell script. */
int import_sfeed(const char *text, size_t size, const struct import_sink *sink);

/* "opml", "newsboat", "sfeed". */
const char *import_format_name(enum import_format format);

/* The format of a file by what is in it. */
enum import_format import_guess(const char *text, size_t size);

#endif
