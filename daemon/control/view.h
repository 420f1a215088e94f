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
enum view_place { VIEW_NEWS, VIEW_FEEDS, VIEW_ELSEWHERE };

/* The headers of the answer, <head>, the masthead and <main>. title is the page's own. */
int view_begin(struct view *view, const struct control_parts *parts, struct call *call,
	enum view_place place, const char *title);
/* Ends <main>; what follows stands beside it. */
void view_end_main(struct view *view);
/* The footer, and the end. Returns CALL_DONE. */
int view_end(struct view *view);

/* A page of its own for what cannot be found; returns CALL_DONE or -errno. */
int view_missing(const struct control_parts *parts, struct call *call, const char *what);

/* An element that stays open. class may be NULL. */
void view_open(struct view *view, const char *name, const char *class);
void view_close(struct view *view);
void view_text(struct view *view, const char *name, const char *class, const char *text);
/* A section with its heading, which has this id. */
void view_section(struct view *view, const char *class, const char *id, const char *heading);

/* A link within the page: the segments are escaped. "/feed/" + name. */
void view_link(struct view *view, const char *class, const char *folder, const char *segment,
	const char *text);
/* A link to elsewhere; the text alone where the URL is none of http, https or mailto. */
void view_link_out(struct view *view, const char *class, const char *url, const char *text);
/* Opens such a link. False, and nothing, where the URL is none of these. */
bool view_open_out(struct view *view, const char *class, const char *url);

/* <time> with the age as its text: "5 min", "3 h", "2 d", a date. when in seconds. */
void view_age(struct view *view, int64_t when);
/* How long until then: "in 5 min", "now". */
void view_until(struct view *view, int64_t when);

/* A list of articles, each with title, excerpt and where it is from. level: of the headings. */
void view_articles(
	struct view *view, const struct news_item *const *items, size_t n, const char *heading);

/* What to do about a feed's trouble; NULL where nothing need be done. */
struct store_feed;
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
