/* What answers say of a feed. */
#ifndef DAEMON_CONTROL_FEED_ANSWER_H
#define DAEMON_CONTROL_FEED_ANSWER_H

#include "daemon/control/call.h"
#include "daemon/control/parts.h"
#include "daemon/keep/store.h"

/* Its configured title, else its document's, else NULL. */
const char *feed_answer_title(const struct store_feed *feed);

/* The members that a list has of it, into an object that is open. */
void feed_answer_put(struct call *call, const struct store_feed *feed);

/* An array of a list of tags, each followed by a blank. */
void feed_answer_put_tags(struct call *call, const char *tags);

/*
 * The feed that the path names, its texts in the call's arena. Returns 1; 0, with the answer made;
 * -errno.
 */
int feed_answer_find(
	const struct control_parts *parts, struct call *call, struct store_feed *ret_feed);

#endif
