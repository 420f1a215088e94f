/*
 * Loading a configuration, in three steps over the same files so that order in them does not
 * matter: first all sections but feeds, then the feeds (whose defaults are known by then), then the
 * lists (whose names give way to those of [feed …], and whose categories need the tag table).
 */
#ifndef DAEMON_CONF_LOAD_H
#define DAEMON_CONF_LOAD_H

#include "daemon/conf/ini.h"
#include "daemon/conf/names.h"
#include "daemon/conf/schema.h"
#include "daemon/conf/value.h"

#define LOAD_FEED_TAGS_MAX 64u

/* The section that is being read. */
struct load_section {
	const struct schema_kind *kind; /* NULL: none, or not of this step */
	char *name;                     /* in arena */
	unsigned int line;
	unsigned int seen[SCHEMA_KEYS_MAX]; /* the line on which each key was given; 0: not */
	struct schema_entry entry;
	struct config_settings settings;
	struct buf text; /* its own settings, as a feed carries them */
};

/* [opml …] on its way to the third step. */
struct load_list {
	struct load_list *next;
	const char *file, *tags, *settings;
	const char *place; /* the file that names it */
	unsigned int line;
};

/* What the first step collects, to be made arrays when it ends. */
struct load_alias {
	struct load_alias *next;
	struct config_alias alias;
	const char *place;
	unsigned int line;
	size_t order; /* in the files */
	bool implied; /* by the tag's own name: gives way to what was written */
};

struct load_queue {
	struct load_queue *next;
	struct config_queue queue;
	const char *place;
	unsigned int line;
};

struct load_rule {
	struct load_rule *next;
	struct config_rule rule;
};

struct loading {
	struct config *config;
	const struct config_feed_sink *sink; /* may be NULL */
	struct config_error *err;
	const char *const *files; /* as they were named, for messages */
	size_t n_files;
	uint32_t file;         /* the one that is being read */
	const char *directory; /* its own, absolute */
	bool feeds;            /* the second step */
	struct sha256 *digest; /* of the files; NULL: nobody asks */
	struct names names;
	struct arena scratch; /* one feed's texts */
	struct load_section section;
	struct load_alias *aliases; /* newest first, as the queues */
	size_t n_aliases;
	struct load_queue *queues;
	struct load_rule *rules;
	size_t n_rules;
	size_t n_queues;
	struct load_list *lists, **lists_end; /* in the order of the files */
};

/* The callbacks for ini_file_read(); arg is the loading. */
int load_section_begin(void *arg, unsigned int line, const char *kind, const char *name);
int load_section_entry(void *arg, unsigned int line, const char *key, const char *value);

/* Checks and hands on the section that is being read, if any: at the next one, and at the end. */
int load_section_end(struct loading *loading);

/* The same for [queue …], and the array of all queues when the first step ends. */
int load_queue_end(struct loading *loading);
int load_queues_make(struct loading *loading);

/* The same for [rule …], and the array of all rules when the first step ends. */
int load_rule_end(struct loading *loading);
int load_rules_make(struct loading *loading);

/* "FILE:LINE: [kind name]: REASON" of the section that is being read. Returns -EINVAL. */
int load_section_wrong(struct loading *loading, const char *reason);

/* The file that is being read, as it was named. */
const char *load_current_file(const struct loading *loading);

/*
 * Adds a file, name and content, to the digest. One that cannot be read changes it too: whoever
 * needs the file says why. Returns 0 or -ENOMEM.
 */
int load_digest(struct loading *loading, const char *file);

/* Reads a list and hands its feeds on. */
int load_list(struct loading *loading, const struct load_list *list);

/* Hands one feed to the sink and counts it. */
int load_feed(struct loading *loading, const struct config_feed *feed);

/* Words the failure: of memory, or the error number's. Returns error. */
int load_failed(
	struct loading *loading, const char *file, unsigned int line, const char *key, int error);

/*
 * Settings that contradict each other: returns the relation between two keys ("is above"), or NULL.
 */
const char *load_settings_clash(
	const struct config_settings *settings, const char **ret_key, const char **ret_other);

/* Appends a slug to a feed's tags with a blank behind it, unless it is there already. */
void load_put_tag(struct buf *tags, const char *slug);

/*
 * config_alias_tag() that tells memory that ran out (-ENOMEM) from a term that is no alias (NULL).
 */
int config_find_alias(
	const struct config *config, const char *term, struct buf *scratch, const char **ret_tag);

/* The term as aliases are compared: lower case, white space folded. */
void config_fold_term(struct buf *out, const char *term);

#endif
