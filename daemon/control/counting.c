/* A slice of feeds a turn. Errors: -errno of the store. */
#include "daemon/control/counting.h"

#include <errno.h>

#define SLICE 4000 /* feeds in one turn: some milliseconds */

struct counting {
	int64_t place;
	struct store_counts counts;
};

int
counting_go_on(
	const struct control_parts *parts, struct call *call, struct store_counts *ret_counts)
{
	struct counting *counting = call->state;
	int got;

	if (counting == NULL) {
		counting = arena_alloc(&call->arena, sizeof(*counting));
		if (counting == NULL)
			return -ENOMEM;
		call->state = counting;
	}
	got = store_feed_counts_on(
		parts->store, loop_now(parts->loop), SLICE, &counting->place, &counting->counts);
	if (got < 0)
		return got;
	if (got == 1)
		return CALL_MORE;
	*ret_counts = counting->counts;
	return CALL_DONE;
}
