/* Articles filled by hand, for tests of the record. Static: not to be freed. */
#ifndef TESTS_UNIT_SAMPLE_ARTICLES_H
#define TESTS_UNIT_SAMPLE_ARTICLES_H

#include "lib/feed/article.h"
#include "lib/spool/record.h"

struct sample {
	const char *name;
	struct np_article article;
	struct record_meta meta;
	const char *record; /* what is to be written */
};

extern const struct sample sample_articles[];
extern const size_t n_sample_articles;

#endif
