/*
 * The schema: one table of all keys, with section, type, range, default, unit and place. It drives
 * the loader, `newspool check`, config_dump() and the test that newspool.conf(5) names every key.
 */
#ifndef DAEMON_CONF_SCHEMA_H
#define DAEMON_CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/conf/value.h"

enum schema_section {
	SCHEMA_DAEMON = 1 << 0,
	SCHEMA_DEFAULTS = 1 << 1,
	SCHEMA_FEED = 1 << 2,
	SCHEMA_OPML = 1 << 3,
	SCHEMA_SPOOL = 1 << 4,
	SCHEMA_STATE = 1 << 5,
	SCHEMA_TAG = 1 << 6,
	SCHEMA_QUEUE = 1 << 7,
	SCHEMA_RULE = 1 << 8,
};

/* Kinds of sections: "[daemon]", "[feed NAME]". */
struct schema_kind {
	enum schema_section section;
	const char *name;
	bool named;
	const char *help;
};
extern const struct schema_kind schema_kinds[];
extern const size_t schema_n_kinds;

/* Where a key's value goes: which struct its offset is in. */
enum schema_place {
	SCHEMA_IN_CONFIG,   /* struct config */
	SCHEMA_IN_SETTINGS, /* struct config_settings: of [defaults], a feed or a list */
	SCHEMA_IN_ENTRY,    /* struct schema_entry: what else a named section says */
};

struct schema_entry {
	const char *url, *title, *file;
	struct value_list tags, aliases, add_tags, remove_tags, set_tags;
	struct config_match match;
	bool drop, hold, stop;
	enum config_queue_format format;
	struct value_list feeds, rules;
	int64_t limit, limit_age;
	enum config_full when_full;
	struct config_hook hook;
};

enum schema_type {
	SCHEMA_TEXT,     /* const char * */
	SCHEMA_PATH,     /* const char *, made absolute */
	SCHEMA_SOCKET,   /* the same, no longer than a socket's can be */
	SCHEMA_SECRET,   /* the same, of a file that others cannot read */
	SCHEMA_URL,      /* const char * */
	SCHEMA_PROXY,    /* const char * */
	SCHEMA_LISTEN,   /* const char * */
	SCHEMA_DOMAIN,   /* const char * */
	SCHEMA_BOOL,     /* bool */
	SCHEMA_UINT32,   /* uint32_t */
	SCHEMA_INT64,    /* int64_t */
	SCHEMA_DURATION, /* int64_t, ms */
	SCHEMA_SIZE,     /* int64_t, bytes */
	SCHEMA_SHARE,    /* double, and int64_t bytes at offset_bytes */
	SCHEMA_ENUM,     /* an enum, one of the words */
	SCHEMA_HEADERS,  /* headers[] and n_headers of the settings */
	SCHEMA_TERMS,    /* struct value_list */
	SCHEMA_TAGS,     /* struct value_list of slugs */
	SCHEMA_TAGS_ALL, /* the same, or "*" alone */
	SCHEMA_MATCH,    /* struct config_match */
};

/* A word that stands for a number. */
struct schema_word {
	const char *word; /* NULL ends the list */
	int64_t number;
};

#define SCHEMA_REQUIRED 1u /* the section is wrong without it */
#define SCHEMA_REPEATED 2u /* may be given more than once; the values add up */
#define SCHEMA_NOT_EMPTY 4u

struct schema_key {
	unsigned int sections; /* those in which it may stand */
	const char *name;
	enum schema_type type;
	enum schema_place place;
	size_t offset, offset_bytes;
	const char *fallback;            /* the default, as it would be written; NULL: none */
	int64_t min, max;                /* numbers, durations and sizes: the range */
	const struct schema_word *words; /* NULL: none */
	unsigned int flags;
	const char *help; /* one line */
};
extern const struct schema_key schema_keys[];
extern const size_t schema_n_keys;
#define SCHEMA_KEYS_MAX 128u

/* What setting a value needs to know. */
struct schema_context {
	const char *directory; /* paths are relative to it */
	struct arena *arena;   /* texts go there */
	bool trusted;          /* checked before: files are not looked at again */
};

#define SCHEMA_REASON_SIZE 256

const struct schema_kind *schema_find_kind(const char *name);
const struct schema_key *schema_find(enum schema_section section, const char *name);

/*
 * Checks the value and puts it into target, the struct that key->place says. Returns 0, -EINVAL
 * with a reason that reads on after "KEY: ", or -ENOMEM.
 */
int schema_set(const struct schema_key *key, const char *value,
	const struct schema_context *context, void *target, char ret_reason[SCHEMA_REASON_SIZE]);

/*
 * Sets all defaults of a section into the struct for this place. Returns 0 or -ENOMEM.
 */
int schema_set_defaults(enum schema_section section, enum schema_place place,
	const struct schema_context *context, void *target);

/* Appends the value as it would be written. False, and nothing, where there is none. */
bool schema_put(const struct schema_key *key, const void *target, struct buf *out);

#endif
