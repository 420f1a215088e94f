/*
 * Retention: the spool's old days go, whole, oldest first, from articles/ and tags/ alike; what
 * stands in a queue stays there, and the store remembers as long as `remember` says. A day goes
 * when all of it is older than retain-age, or while all of articles/ takes more than retain-size.
 * The newest day always stays.
 *
 * Nothing here takes long: it goes in steps from the loop's timer. A day that was begun is finished
 * first, by the next run if need be: its folder in articles/ is hidden (".DAY") before anything of
 * it goes, so that nothing is linked out of it any more.
 *
 * A cursor holds the days that it has not read all of, and so those after them, up to a cap: while
 * the day is younger than cursor-age and articles/ takes no more than cursor-size.
 */
#ifndef DAEMON_KEEP_RETENTION_H
#define DAEMON_KEEP_RETENTION_H

#include <stdbool.h>

#include "daemon/conf/config.h"
#include "daemon/wire/loop.h"

#define RETENTION_STEP_FILES 500 /* looked at or removed in one step */

struct retention;

/* Opens the spool directory of config, and begins when the loop runs. Returns 0 or -errno. */
int retention_new(struct loop *loop, const struct config *config, struct retention **ret_retention);
void retention_free(struct retention *retention); /* NULL is fine */

/* Another configuration; the directory stays. */
void retention_reload(struct retention *retention, const struct config *config);

/* Another directory stands in the spool's place: begins anew in it. */
void retention_reopen(struct retention *retention, const char *directory);

/* While something that is committed is not in its place, no day may go. */
void retention_pause(struct retention *retention, bool pause);

/* Nothing goes for so many ms from now: the clock is in doubt. Each call replaces the last one's. */
void retention_put_off(struct retention *retention, int64_t ms);

/*
 * One step, as the timer makes it. *ret_more: there is more to do at once; else this pass is over.
 * Returns 0 or -errno.
 */
int retention_step(struct retention *retention, bool *ret_more);

#endif
