/*
 * Charts, as small SVG in the page: bars without a script, each chart with its words for who does
 * not see it. Numbers stand beside them as text.
 *
 * Errors: stick in the call's buffer.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/control/view.h"

#define BAR 8 /* units of the drawing that a bar is wide, with the gap: */
#define STEP 10
#define HEIGHT 56

static void
put_number(struct view *view, const char *name, size_t number)
{
	weave_attribute_printf(&view->weave, name, "%zu", number);
}

static void
put_bar(struct view *view, const char *class, size_t x, size_t y, size_t width, size_t height)
{
	weave_open(&view->weave, "rect");
	weave_attribute(&view->weave, "class", class);
	put_number(view, "x", x);
	put_number(view, "y", y);
	put_number(view, "width", width);
	put_number(view, "height", height);
	view_close(view);
}

static size_t
largest(const size_t *numbers, size_t n)
{
	size_t max = 0;

	for (size_t i = 0; i < n; i++)
		max = numbers[i] > max ? numbers[i] : max;
	return max;
}

void
view_chart_hours(struct view *view, const struct news *news)
{
	struct weave *weave = &view->weave;
	size_t max = largest(news->hours, NEWS_HOURS);

	view_open(view, "figure", "hours");
	weave_open(weave, "svg");
	weave_attribute_printf(weave, "viewBox", "0 0 %u %d", NEWS_HOURS * STEP - 2, HEIGHT);
	weave_attribute(weave, "role", "img");
	weave_attribute(weave, "preserveAspectRatio", "none");
	weave_attribute_printf(weave, "aria-label",
		"Articles by hour: %zu in the last day, at most %zu in one hour", news->today, max);
	for (size_t i = 0; i < NEWS_HOURS; i++) {
		size_t height = max > 0 ? news->hours[i] * (HEIGHT - 2) / max : 0;

		if (news->hours[i] > 0 && height < 2)
			height = 2;
		put_bar(view, "base", i * STEP, HEIGHT - 1, BAR, 1);
		if (height > 0)
			put_bar(view, i + 1 == NEWS_HOURS ? "bar now" : "bar", i * STEP,
				HEIGHT - 1 - height, BAR, height);
	}
	view_close(view);
	view_open(view, "figcaption", NULL);
	view_text(view, "span", NULL, "a day ago");
	weave_open(weave, "span");
	weave_printf(weave, "most in an hour: %zu", max);
	view_close(view);
	view_text(view, "span", NULL, "now");
	view_close(view);
	view_close(view);
}

static void
put_row(struct view *view, const struct news_tag *tag, size_t max)
{
	struct weave *weave = &view->weave;
	struct buf title = { 0 };

	view_tag_title(tag->name, &title);
	weave_open(weave, "tr");
	weave_open(weave, "th");
	weave_attribute(weave, "scope", "row");
	if (*tag->name != '\0')
		view_link(view, NULL, "/tag/", tag->name, buf_str(&title));
	else
		weave_text(weave, "Without a category");
	view_close(view);
	view_open(view, "td", "bars");
	weave_open(weave, "svg");
	weave_attribute(weave, "viewBox", "0 0 100 8");
	weave_attribute(weave, "preserveAspectRatio", "none");
	weave_attribute(weave, "aria-hidden", "true");
	put_bar(view, "bar", 0, 0, max > 0 && tag->n * 100 / max > 1 ? tag->n * 100 / max : 1, 8);
	view_close(view);
	view_close(view);
	view_open(view, "td", "number");
	weave_printf(weave, "%zu", tag->n);
	view_close(view);
	view_close(view);
	buf_done(&title);
}

void
view_chart_tags(struct view *view, const struct news *news, size_t max)
{
	struct weave *weave = &view->weave;

	view_open(view, "table", "shares");
	view_open(view, "caption", "unseen");
	weave_text(weave, "Articles of the last day by category");
	view_close(view);
	weave_open(weave, "tbody");
	for (size_t i = 0; i < news->n_tags && i < max; i++)
		put_row(view, &news->tags[i], news->tags[0].n);
	view_close(view);
	view_close(view);
}
