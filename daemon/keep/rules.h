/*
 * The rules of the configuration, made ready to be asked: what is to become of an article, and with
 * which tags. Rules are asked in the order in which they stand, each about the tags that those
 * before it left; one that says stop or drop is the last.
 *
 * A publisher's text may be made to keep a pattern busy. All rules together have RULES_ARTICLE_TIME
 * of the processor for one article and RULES_DOCUMENT_TIME for one document; a pattern that is
 * given up counts as not found.
 */
#ifndef DAEMON_KEEP_RULES_H
#define DAEMON_KEEP_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <newspool/article.h>

#include "daemon/conf/config.h"
#include "daemon/conf/expression.h"
#include "daemon/conf/pattern.h"
#include "daemon/keep/store.h"
#include "daemon/keep/tags.h"
#include "lib/base/arena.h"

#define RULES_ARTICLE_TIME INT64_C(50000000)    /* ns */
#define RULES_DOCUMENT_TIME INT64_C(1000000000) /* ns */

struct rules;

/*
 * Makes the rules of a configuration, which must live for as long as they are asked; they may be freed
 * after it. Returns 0, or -ENOMEM. The patterns were looked at when it was loaded.
 */
int rules_new(const struct config *config, struct rules **ret_rules);
void rules_free(struct rules *rules);

/* What is asked about. */
struct rules_subject {
	const struct np_article *article;
	const char *feed_name, *feed_title, *feed_url; /* NULL: not known */
};

enum rules_outcome {
	RULES_KEEP,
	RULES_DROP,
	RULES_HOLD,
};

struct rules_verdict {
	enum rules_outcome outcome;
	const char *rule;        /* that dropped it, or was the first to hold it; NULL: kept */
	const char *const *hits; /* the names of all rules that matched, in their order */
	size_t n_hits;
};

/* What is told on the way; each may be NULL. */
struct rules_trace {
	/*
	 * A comparison that was looked at; value is the one that decided it, or NULL where none of
	 * them did; range is where in it a pattern was found.
	 */
	void (*comparison)(void *arg, const struct config_rule *rule, const struct expression *node,
		bool holds, const char *value, struct pattern_range range);
	/* A rule that was asked. */
	void (*rule)(void *arg, const struct config_rule *rule, bool matched);
	/* A pattern was given up. */
	void (*gave_up)(void *arg, const struct config_rule *rule, const struct expression *node);
	void *arg;
};

/* A document begins: its time is counted from here. */
void rules_document(struct rules *rules);

/*
 * Asks all rules about an article; tags are what it has, and become what it is to have. New slugs
 * are the configuration's, arrays are in the arena. trace may be NULL: then what is given up is
 * logged, once for each rule. Returns 0 or -ENOMEM.
 */
int rules_judge(struct rules *rules, const struct rules_subject *subject,
	const struct rules_trace *trace, struct arena *arena, struct tags *tags,
	struct rules_verdict *ret_verdict);

/*
 * Counting, in step with the store's transactions: what was judged since rules_begin() is counted
 * by rules_store(), inside the transaction, or never. now is in ms.
 */
void rules_begin(struct rules *rules);
int rules_store(struct rules *rules, struct store *store, int64_t now);

#endif
