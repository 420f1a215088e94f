/*
 * The page: what newspool has and does, as HTML for a person. Every page is whole in itself: no
 * script, nothing from elsewhere, and a policy that lets the browser fetch nothing and run nothing.
 * Everything is written through weave.h, which escapes it.
 */
#ifndef DAEMON_CONTROL_VIEW_H
#define DAEMON_CONTROL_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/control/call.h"
#include "daemon/control/news.h"
#include "daemon/control/parts.h"
#include "lib/base/weave.h"

/* A page that is being written. */
struct view {
	const struct control_parts *parts;
	struct call *call;
	struct weave weave;
	int64_t now; /* ms */
};

/* Which of the pages the navigation marks. */
enum view_place { VIEW_NEWS, VIEW_FEEDS, VIEW_SEARCH, VIEW_ELSEWHERE };

/* The headers of the answer, <head>, the masthead and <main>. title is the page's own. */
int view_begin(struct view *view, const struct control_parts *parts, struct call *call,
	enum view_place place, const char *title);
/* Ends <main>; what follows stands beside it. */
void view_end_main(struct view *view);
/* The footer, and the end. Returns CALL_DONE. */
int view_end(struct view *view);

/* A page of its own for what cannot be found; returns CALL_DONE or -errno. */
int view_missing(const struct control_parts *parts, struct call *call, const char *what);

/* The same for any error that the call has its answer for (call_error()). */
int view_error(const struct control_parts *parts, struct call *call);

/* An element that stays open. class may be NULL. */
void view_open(struct view *view, const char *name, const char *class);
void view_close(struct view *view);
void view_text(struct view *view, const char *name, const char *class, const char *text);
/*
 * The same with what a publisher wrote: in its own direction, which ends with it, and its language,
 * if that is known.
 */
void view_words(struct view *view, const char *name, const char *class, const char *language,
	const char *text);
/* A form that asks for a page; stays open. */
void view_open_form(struct view *view, const char *action, const char *class);
/* A line of text in it, whose label is for who does not see its place. value may be NULL. */
void view_field(
	struct view *view, const char *id, const char *name, const char *label, const char *value);
/* A section with its heading, which has this id. */
void view_section(struct view *view, const char *class, const char *id, const char *heading);

/* Appends a part of a URL, escaped. */
void view_escape(struct buf *out, const char *segment);
/* A link within the page: the segments are escaped. "/feed/" + name. */
void view_link(struct view *view, const char *class, const char *folder, const char *segment,
	const char *text);
/* A link to elsewhere; the text alone where the URL is none of http, https or mailto. */
void view_link_out(struct view *view, const char *class, const char *url, const char *text);
/* Opens such a link. False, and nothing, where the URL is none of these. */
bool view_open_out(struct view *view, const char *class, const char *url);

/* <time> with the age as its text: "5 min ago", "3 h ago", "23 October". when in seconds. */
void view_age(struct view *view, int64_t when);
/* How long until then: "in 5 min", "now". */
void view_until(struct view *view, int64_t when);
/* The whole of it: "23 October 2026, 18:05 UTC". */
void view_moment(struct view *view, int64_t when);
/* A paragraph: "Monday, 23 November 2026". */
void view_today(struct view *view, const char *class);

/*
 * A list of articles, each with title and excerpt and, where from is set, the feed it is from.
 * heading: the element of their titles.
 */
void view_articles(struct view *view, const struct news_item *const *items, size_t n,
	const char *heading, bool from);

/*
 * The articles of a query, a page of them, from where the call's "before" says; over the turns.
 * CALL_MORE, CALL_DONE or -errno.
 */
int view_news(const struct control_parts *parts, struct call *call, const struct news_query *query,
	struct news **ret_news);
/* The page as a list, or the words that stand for an empty one. */
void view_news_list(struct view *view, const struct news *news, const char *heading, bool from,
	const char *nothing);
/* Links to the pages beside this one. path: this one's, which has no query but text, if any. */
void view_news_pages(
	struct view *view, const struct news *news, const char *path, const char *text);

/* Tags of a list (keep/tags.h), as links to their categories. */
void view_tags(struct view *view, const char *tags);

struct store_feed;
/* What a person calls it. */
const char *view_feed_title(const struct store_feed *feed);

/* What to do about a feed's trouble; NULL where nothing need be done. */
const char *view_advice(const struct store_feed *feed);

/* A feed's last polls, as a strip and as a list; nothing where there were none. 0 or -errno. */
int view_history(struct view *view, int64_t feed);

/* Bars for the hours of the last day. */
void view_chart_hours(struct view *view, const struct news *news);
/* The most frequent first tags, with bars. */
void view_chart_tags(struct view *view, const struct news *news, size_t max);

/*
 * An article's own HTML, read token by token and written anew: paragraphs, lists, quotes, code,
 * tables, emphasis and links. Pictures and other media become links, so that nothing is loaded.
 */
void view_content(struct view *view, const char *html, size_t size);

/* "technology-news" as a person reads it: "Technology news". */
void view_tag_title(const char *tag, struct buf *out);

#endif
