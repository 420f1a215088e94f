/*
 * The start after any end: the store's pending destinations, in their order, against tmp/.
 *
 * Invariants: pending rows are cleared only when every one of them is durable at its destination.
 *
 * Errors: -errno; nothing is lost by a step that failed.
 */
#include "daemon/keep/recovery.h"

static int
recover_target(void *arg, const char *name, unsigned int index, const char *path)
{
	const struct delivery_target target = { path, index };

	return delivery_recover(arg, name, &target);
}

int
recovery_clear(struct store *store)
{
	int error = store_begin(store);

	if (error != 0)
		return error;
	error = store_pending_clear(store);
	if (error == 0)
		error = store_commit(store);
	if (error != 0)
		store_rollback(store);
	return error;
}

int
recovery_run(struct store *store, struct delivery *delivery)
{
	int error = store_pending(store, recover_target, delivery);
	int end = delivery_recover_end(delivery);

	if (error == 0)
		error = end;
	return error == 0 ? recovery_clear(store) : error;
}
