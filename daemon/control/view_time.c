/*
 * Times as a reader has them: an age where that says more, else a date. Everything is UTC, which the
 * whole time, in the element's title, says.
 *
 * Errors: stick in the call's buffer.
 */
#include <inttypes.h>

#include "daemon/control/view.h"
#include "lib/base/clock.h"

static const char *const months[] = { "January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December" };

/* "5 min", "3 h", "2 d". False for what is longer than a month. */
static bool
put_span(struct buf *out, int64_t seconds)
{
	static const struct {
		int64_t unit, below;
		const char *name;
	} rows[] = {
		{ 60, 3600, "min" },
		{ 3600, 48 * 3600, "h" },
		{ 86400, 31 * INT64_C(86400), "d" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (seconds < rows[i].below) {
			buf_printf(out, "%" PRId64 " %s", seconds / rows[i].unit, rows[i].name);
			return true;
		}
	return false;
}

/* "23 October", and the year where it is not this one. */
static void
put_day(struct buf *out, int64_t when, int64_t now)
{
	struct clock_civil civil, today;

	clock_civil(when, &civil);
	clock_civil(now, &today);
	buf_printf(out, "%d %s", civil.day, months[civil.month - 1]);
	if (civil.year != today.year)
		buf_printf(out, " %d", civil.year);
}

/* "23 October 2026, 18:05 UTC" */
static void
put_whole(struct buf *out, int64_t when)
{
	struct clock_civil civil;

	clock_civil(when, &civil);
	buf_printf(out, "%d %s %d, %02d:%02d UTC", civil.day, months[civil.month - 1], civil.year,
		civil.hour, civil.minute);
}

static void
put_time(struct view *view, int64_t when, const char *text)
{
	char stamp[CLOCK_RFC3339_SIZE];
	struct buf whole = { 0 };

	clock_rfc3339(when, stamp);
	put_whole(&whole, when);
	weave_open(&view->weave, "time");
	weave_attribute(&view->weave, "datetime", stamp);
	weave_attribute(&view->weave, "title", buf_str(&whole));
	weave_text(&view->weave, text);
	view_close(view);
	buf_done(&whole);
}

void
view_age(struct view *view, int64_t when)
{
	int64_t now = view->now / 1000;
	struct buf text = { 0 };

	if (now - when < 60)
		buf_puts(&text, "just now");
	else if (put_span(&text, now - when))
		buf_puts(&text, " ago");
	else
		put_day(&text, when, now);
	put_time(view, when, buf_str(&text));
	buf_done(&text);
}

void
view_until(struct view *view, int64_t when)
{
	int64_t left = when - view->now / 1000;
	struct buf text = { 0 };

	buf_puts(&text, "in ");
	if (left <= 0) {
		buf_reset(&text);
		buf_puts(&text, "now");
	} else if (left < 60) {
		buf_printf(&text, "%" PRId64 " s", left);
	} else if (!put_span(&text, left + (left < 3600 ? 30 : left < 48 * 3600 ? 1800 : 43200))) {
		buf_reset(&text);
		put_day(&text, when, view->now / 1000);
	}
	put_time(view, when, buf_str(&text));
	buf_done(&text);
}

void
view_moment(struct view *view, int64_t when)
{
	struct buf text = { 0 };

	put_whole(&text, when);
	put_time(view, when, buf_str(&text));
	buf_done(&text);
}

void
view_today(struct view *view, const char *class)
{
	static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
		"Friday", "Saturday" };
	struct clock_civil civil;

	clock_civil(view->now / 1000, &civil);
	view_open(view, "p", class);
	weave_printf(&view->weave, "%s, %d %s %d", days[civil.weekday], civil.day,
		months[civil.month - 1], civil.year);
	view_close(view);
}
