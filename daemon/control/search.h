/* Which articles a reader's words find: those that have them all, in any case and any script. */
#ifndef DAEMON_CONTROL_SEARCH_H
#define DAEMON_CONTROL_SEARCH_H

#include <stdbool.h>

#include <newspool/spool.h>

#define SEARCH_WORDS_MAX 8u /* words behind these do not count */
#define SEARCH_TEXT_MAX 200u

struct search;

/* text: words with white space between them. Returns 0, or -EINVAL where there is no word, -ENOMEM. */
int search_new(const char *text, struct search **ret_search);
void search_free(struct search *search);

/* In the title, the text, the names of authors, the feed's title and the tags. */
bool search_finds(struct search *search, const struct np_record *record);

#endif
