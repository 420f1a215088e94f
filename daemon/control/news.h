/*
 * The news for the page: which articles there are is taken from the store's index, newest first and
 * no more than a bounded number of rows; what they say from the spool, a few records a turn.
 */
#ifndef DAEMON_CONTROL_NEWS_H
#define DAEMON_CONTROL_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/control/call.h"
#include "daemon/control/parts.h"

#define NEWS_ITEMS_MAX 64u
#define NEWS_TAGS_MAX 64u
#define NEWS_HOURS 24u
/* Rows that are looked at: for figures and a mixed page, and for the articles of one tag or feed. */
#define NEWS_ROWS_MIXED 4000u
#define NEWS_ROWS_ONE 200000u
/* Records that are read for one page of what was searched for, and for how long, in ms. */
#define NEWS_SEARCH_ROWS 20000u
#define NEWS_SEARCH_TIME 1500
/* A record above this is named and not read. */
#define NEWS_RECORD_MAX (2u * 1024 * 1024)

struct news_query {
	const char *tag;  /* NULL: any */
	int64_t feed;     /* 0: any */
	uint64_t before;  /* only sequences below it; 0: any */
	uint64_t without; /* not this one; 0: none */
	size_t max;       /* articles, at most NEWS_ITEMS_MAX */
	size_t per_tag;   /* of these so many that count under one tag; 0: any number */
	bool figures;     /* count the last day, too */
	bool by_time;     /* what was published last stands first, not what came last */
	const char *text; /* those alone that have these words (search.h); NULL: any */
};

struct news_item {
	uint64_t seq, hash;
	const char *day;
	const char *tag;  /* that it counts under (tags_list_first()); NULL: none */
	bool gone;        /* not in the spool any more */
	uint64_t cluster; /* the first article that says the same, be it this one */
	bool folded;      /* one before it in the list says the same, which has it in its chain: */
	const struct news_item *also; /* the next that says the same; NULL: none */
	const char *title, *excerpt, *url, *feed_name, *feed_title, *language;
	int64_t when; /* published or fetched, seconds */
};

struct news_tag {
	const char *name;
	size_t n;
};

struct news {
	struct news_query query;
	struct news_item items[NEWS_ITEMS_MAX];
	size_t n;
	bool more; /* there are older ones */
	/* of the last day */
	size_t hours[NEWS_HOURS]; /* the last is the one that is not over */
	size_t today;
	struct news_tag tags[NEWS_TAGS_MAX]; /* the most frequent first at the end */
	size_t n_tags;
	bool capped; /* there were more than were counted */
	/* between two turns */
	uint64_t cursor; /* below it nothing was looked at: where an older page begins */
	size_t rows, loaded;
	bool scanned;
	int64_t now; /* ms */
	struct call *call;
};

/* In the call's arena. Returns 0 or -ENOMEM. */
int news_new(
	struct call *call, const struct news_query *query, int64_t now, struct news **ret_news);

/* CALL_MORE, CALL_DONE or -errno. */
int news_step(const struct control_parts *parts, struct news *news);

/* Either may be NULL: none. */
bool news_same_tag(const char *a, const char *b);

/* The path of an article's record, relative to the spool. */
void news_path(const char *day, uint64_t seq, uint64_t hash, struct buf *out);

#endif
