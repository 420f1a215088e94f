/*
 * For the commands that change which feeds there are: the configuration with its lock, the feeds
 * that operands mean, and the edits of their places, be they sections or outlines of a list.
 */
#ifndef TOOLS_SUBSCRIPTION_H
#define TOOLS_SUBSCRIPTION_H

#include "daemon/conf/config.h"
#include "daemon/conf/edit.h"
#include "lib/base/arena.h"
#include "tools/command.h"

/* For the help of each. */
#define SUBSCRIPTION_RELOAD_HELP \
	"  --reload          have the daemon read its configuration again at once\n"

/* One configured feed; texts in the arena. */
struct subscription {
	const char *name, *url, *title, *tags, *file;
	unsigned int line;
	bool listed;
};

/* One operand, a name or a URL, and what it means. */
struct subscription_operand {
	const char *text;
	size_t n; /* how many feeds it means; the first of them: */
	struct subscription feed;
};

struct subscriptions {
	struct command_call *call;
	struct config *config;
	struct edit *edit; /* NULL: nothing is to be changed */
	struct arena arena;
	uint64_t names; /* of all feeds, after subscriptions_find() */
};

/*
 * Locks the configuration where it is to be changed, and reads it; sink may be NULL. Returns an exit
 * status, said. subscriptions_done() whatever it was.
 */
int subscriptions_open(struct subscriptions *subscriptions, struct command_call *call, bool change,
	const struct config_feed_sink *sink);
void subscriptions_done(struct subscriptions *subscriptions);

/* The same, for a change, and finds what each operand means; how many that are is the caller's. */
int subscriptions_find(struct subscriptions *subscriptions, struct command_call *call,
	struct subscription_operand *operands, size_t n);

/* COMMAND_OK where each operand means one feed; else says which does not, and COMMAND_FAILED. */
int subscriptions_check(
	struct command_call *call, const struct subscription_operand *operands, size_t n);

/* What subscriptions.names is made of, by exclusive or, for each feed. */
uint64_t subscription_hash(const char *name, const char *url);

/* Edits of one feed's place. Of several in one file, the last of the file goes first. */
int subscription_remove(struct subscriptions *subscriptions, const struct subscription *feed);
int subscription_rename(
	struct subscriptions *subscriptions, const struct subscription *feed, const char *name);
/*
 * Adds and takes away tags; slugs, each followed by a blank. COMMAND_FAILED where a tag comes from
 * what is not the feed's own: the list, or a folder in it.
 */
int subscription_retag(struct subscriptions *subscriptions, const struct subscription *feed,
	const char *add, const char *remove);

/* Says what went wrong. Returns COMMAND_FAILED. */
int subscription_say(struct subscriptions *subscriptions, const struct config_error *err);

/* Writes all of it. Returns an exit status, said. */
int subscriptions_commit(struct subscriptions *subscriptions);

/*
 * After a change: has the daemon reload, or says how that is done. Returns an exit status, said.
 */
int subscription_reload(struct subscriptions *subscriptions, bool reload);

/* "a, b" or "a b" as slugs, each followed by a blank. Returns 0, -EINVAL (said) or -ENOMEM. */
int subscription_slugs(struct command_call *call, const char *text, struct buf *out);

/* True where a name or tag is among slugs that are each followed by a blank. */
bool subscription_has(const char *slugs, const char *slug, size_t size);

#endif
