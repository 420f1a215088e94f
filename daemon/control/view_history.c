/*
 * A feed's last polls: a strip with a mark for each, and the newest of them in words.
 *
 * Errors: -errno of the store.
 */
#include <inttypes.h>

#include "daemon/control/view.h"

#define POLLS_MAX 40u  /* in the strip */
#define POLLS_WORDS 8u /* in words */
#define STEP 10u
#define MARK 8u
#define HIGH 12u

static void
put_mark(struct view *view, const struct store_past *poll, size_t place)
{
	struct weave *weave = &view->weave;
	unsigned int height = poll->reason != NULL || poll->n_new > 0 ? HIGH : HIGH / 3;

	weave_open(weave, "rect");
	weave_attribute(weave, "class", poll->reason != NULL ? "bad" : "good");
	weave_attribute_printf(weave, "x", "%zu", place * STEP);
	weave_attribute_printf(weave, "y", "%u", HIGH - height);
	weave_attribute_printf(weave, "width", "%u", MARK);
	weave_attribute_printf(weave, "height", "%u", height);
	view_close(view);
}

/* The oldest at the left; low marks for polls that brought nothing new. */
static void
put_strip(struct view *view, const struct store_past *polls, size_t n)
{
	struct weave *weave = &view->weave;
	size_t failed = 0;

	for (size_t i = 0; i < n; i++)
		failed += polls[i].reason != NULL;
	weave_open(weave, "svg");
	weave_attribute_printf(weave, "viewBox", "0 0 %u %u", POLLS_MAX * STEP, HIGH);
	weave_attribute(weave, "preserveAspectRatio", "none");
	weave_attribute(weave, "role", "img");
	weave_attribute_printf(
		weave, "aria-label", "The last %zu polls, of which %zu failed", n, failed);
	for (size_t i = 0; i < n; i++)
		put_mark(view, &polls[i], n - 1 - i);
	view_close(view);
}

static void
put_poll(struct view *view, const struct store_past *poll)
{
	weave_open(&view->weave, "li");
	view_open(view, "span", NULL);
	view_age(view, poll->when / 1000);
	view_close(view);
	view_open(view, "span", NULL);
	if (poll->reason != NULL)
		weave_printf(&view->weave, "failed after %" PRId64 " ms", poll->elapsed);
	else if (poll->n_new > 0)
		weave_printf(&view->weave, "%" PRId64 " new, %" PRId64 " kB", poll->n_new,
			(poll->bytes_wire + 999) / 1000);
	else
		weave_text(&view->weave, "nothing new");
	view_close(view);
	if (poll->reason != NULL)
		view_text(view, "p", "reason", poll->reason);
	view_close(view);
}

int
view_history(struct view *view, int64_t feed)
{
	struct store_past polls[POLLS_MAX];
	size_t n = 0;
	int got = store_history(view->parts->store, feed, POLLS_MAX, &view->call->arena, polls, &n);

	if (got < 0 || n == 0)
		return got < 0 ? got : 0;
	view_section(view, "polls", "polls", "Its polls");
	put_strip(view, polls, n);
	weave_open(&view->weave, "ol");
	for (size_t i = 0; i < n && i < POLLS_WORDS; i++)
		put_poll(view, &polls[i]);
	view_close(view);
	view_close(view);
	return 0;
}
