/*
 * Feeds that share a URL: one of them, the leader, is polled for all. Each keeps its own tags and
 * memory and takes every document in by itself, so an article that several have is spooled once and
 * linked where each wants it, as it is with any two feeds. The others' rows follow the leader's, so
 * that the next can lead when it goes.
 */
#ifndef DAEMON_KEEP_GROUP_H
#define DAEMON_KEEP_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/conf/config.h"
#include "daemon/keep/store.h"

/*
 * What two feeds must have in common to be polled as one: the URL but for its fragment, default
 * port and the case of its host, and all settings that decide what a server sees of the request or
 * how far its answer is believed: who asks for another user's feed gets another feed. Returns 0 or
 * -ENOMEM.
 */
int group_key(const char *url, const struct config_settings *settings,
	unsigned char ret_key[STORE_KEY_SIZE]);

struct group_member {
	struct store_feed feed;
	struct config_settings settings;
};

/* Texts are the config's or in the arena given. */
struct group {
	struct group_member *members; /* the leader first */
	size_t n;                     /* 1 for nearly all */
};

/*
 * The feed with those that follow it. Where it leads, its interval becomes the shortest of all.
 * Settings that cannot be read are the defaults. Returns 1 found, 0 not, -errno.
 */
int group_load(struct store *store, const struct config *config, int64_t id, struct arena *arena,
	struct group *ret_group);

/* True where a follower has had no document yet, so that one must be asked for anew. */
bool group_is_incomplete(const struct group *group);

/*
 * The leader's tags, and those of the followers that will judge a document as it does. Returns 0 or
 * -ENOMEM.
 */
int group_tags(const struct group *group, struct arena *arena, const char **ret_tags);

#endif
