/* What an answer says, as MESSAGE_DONE has it. Texts and bytes stay where they stand. */
#ifndef DAEMON_FETCH_ANSWER_H
#define DAEMON_FETCH_ANSWER_H

#include <stdint.h>

#include <newspool/feed.h>

#include "daemon/fetch/headers.h"
#include "daemon/wire/message.h"
#include "lib/base/buf.h"

/* Nothing was said yet. */
void answer_init(struct message_done *done, uint64_t poll);

/* What the header of a good response says for the next poll. now: seconds since 1970. */
void answer_hints(struct message_done *done, const struct headers *headers, int64_t now);

/*
 * What an error on the way of a body means: of the parser, with its words or NULL, of the codings,
 * or a cap. Appends the reason.
 */
enum message_result answer_error(
	int error, const char *words, uint64_t max_body, struct buf *reason);

void answer_document(struct message_done *done, const struct np_feed_info *info);

#endif
