/*
 * The configuration: newspool.conf and feeds.d, checked against one schema table (schema.h), and
 * OPML lists.
 *
 * Feeds are many (a million) and are not kept: the loader hands each to a sink as it is read, and
 * the store keeps them. What is kept is the rest. A feed's own settings over [defaults] travel as
 * text ("interval=15m\n…"), which config_feed_settings() reads back.
 */
#ifndef DAEMON_CONF_CONFIG_H
#define DAEMON_CONF_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/wire/log.h"
#include "daemon/wire/message.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/sha256.h"

/* Where and why a configuration is wrong; "FILE:LINE: KEY: REASON" is what the operator sees. */
struct config_error {
	char text[1024];
};

enum config_updates { CONFIG_UPDATES_IGNORE, CONFIG_UPDATES_EMIT };
enum config_sync { CONFIG_SYNC_BATCH, CONFIG_SYNC_EACH, CONFIG_SYNC_NONE };
enum config_sandbox { CONFIG_SANDBOX_NO, CONFIG_SANDBOX_YES, CONFIG_SANDBOX_REQUIRED };
enum config_queue_format { CONFIG_QUEUE_JSON, CONFIG_QUEUE_RFC5322 };

/* What is done with a queue that is over its limit. */
enum config_full { CONFIG_FULL_WARN, CONFIG_FULL_DROP_OLDEST, CONFIG_FULL_DROP_NEW };

/* So that an article's tags and queues are never more destinations than it can have (emit.c). */
#define CONFIG_QUEUES_MAX 64

#define CONFIG_CLUSTER_OFF (-1)    /* cluster_distance: off */
#define CONFIG_FIRST_SYNC_ALL (-1) /* first_sync: all; 0 is none; N the newest N */

/* What [defaults] and each [feed …] may say. Times in milliseconds, sizes in bytes. */
struct config_settings {
	int64_t interval, min_interval, max_interval;
	bool adaptive;
	int64_t timeout;
	int64_t max_body;
	enum config_updates updates;
	int64_t first_sync;
	int64_t flood_limit; /* new articles a poll; 0: no limit */
	bool allow_private;
	bool insecure;
	const char *user, *password_file, *token_file, *proxy, *ca_file,
		*client_cert; /* NULL: none; files absolute */
	const char *headers[MESSAGE_HEADERS_MAX];
	size_t n_headers;
};

/* One feed on its way to the sink; valid during the call. */
struct config_feed {
	const char *name;
	const char *url;
	const char *title; /* NULL: the document's own */
	const char *
		tags; /* slugs, each followed by a blank ("technology-news reuters "); "" for none */
	const char *
		settings; /* what differs from [defaults], as "key=value\n" lines; "" for nothing */
	const char *file; /* where it stands, for errors */
	unsigned int line;
	bool listed; /* that is an outline's place in a list, else a [feed]'s */
};

struct config;

struct config_feed_sink {
	/*
	 * Called once, when all but the feeds has been read and checked, before the first feed.
	 * digest: SHA-256 over every file that feeds can stand in (main file, feeds.d, lists),
	 * with their names and this version of newspool; the same digest, the same feeds. Returns
	 * 0; 1 where the feeds are not wanted, which are then neither read nor counted; -errno
	 * with err set. NULL: they are.
	 */
	int (*begin)(void *arg, const struct config *config,
		const unsigned char digest[SHA256_SIZE], struct config_error *err);
	/*
	 * Called for each feed in the order of the files. Returns 0, or -errno with err set, which
	 * ends the load. -EEXIST (err need not be set) says that the name was had before.
	 */
	int (*feed)(void *arg, const struct config_feed *feed, struct config_error *err);
	void *arg;
};

struct config_alias {
	const char *term; /* folded: lower case, white space folded */
	const char *tag;  /* slug */
};

/* What newspool-hooks does with a queue's articles; neither command nor webhook: nothing. */
struct config_hook {
	const char *command;      /* on-deliver, as it is written; NULL: none */
	const char *const *words; /* the same as words, unless it is a shell's; ends with NULL */
	bool shell;
	const char *webhook; /* URL; NULL: none */
	const char *secret_file;
	int64_t timeout; /* ms, of one run */
	uint32_t parallel;
	uint32_t tries; /* before an article counts as dead */
	int64_t retry;  /* ms before the second; then twice as long each time */
};

struct config_queue {
	const char *name;        /* slug */
	const char *const *tags; /* slugs */
	size_t n_tags;
	bool all;                 /* tags = *, or not given */
	const char *const *feeds; /* names; none: of all feeds */
	size_t n_feeds;
	const char *const *rules; /* names; none: whatever rules matched */
	size_t n_rules;
	enum config_queue_format format;
	int64_t limit;     /* articles that wait; 0: any number */
	int64_t limit_age; /* ms that one waits; 0: any time */
	enum config_full when_full;
	struct config_hook hook;
};

struct expression;

/* What a rule asks: the text as it was written, and what it means. */
struct config_match {
	const char *text;
	const struct expression *expression;
	unsigned int comparisons; /* in it */
};

#define CONFIG_RULES_MAX 1000u

/* [rule …]: what to do with articles that match. */
struct config_rule {
	const char *name; /* slug */
	struct config_match match;
	const char *const *add, *const *remove, *const *set; /* slugs */
	size_t n_add, n_remove, n_set;
	bool sets; /* set-tags was given, if only to leave none */
	bool drop, hold, stop;
};

struct config {
	struct arena arena; /* owns all below */
	const char *file;
	/* [daemon] */
	uint32_t fetchers; /* auto is resolved to the number of cores, at most 8 */
	const char *user_agent;
	const char *control;       /* NULL: none */
	const char *control_group; /* NULL: none */
	unsigned int control_mode;
	const char *listen; /* NULL: off */
	enum log_level log_level;
	uint32_t max_connections, max_host_connections;
	int64_t host_spacing; /* ms */
	enum config_sandbox sandbox;
	/* [defaults] */
	struct config_settings defaults;
	/* [spool] */
	const char *spool_directory;
	int64_t retain_age;     /* ms; 0: for ever */
	int64_t retain_size;    /* bytes; 0: no limit */
	int64_t cursor_age;     /* ms; 0: cursors hold nothing */
	int64_t cursor_size;    /* bytes; 0: no limit */
	double min_free;        /* share of the file system, 0 to 1 … */
	int64_t min_free_bytes; /* … or bytes, where it was given as a size; 0: not */
	enum config_sync sync;
	int64_t cluster_distance; /* bits by which near duplicates may differ; off */
	const char *mail_domain;  /* of Message-IDs; NULL: the one that no mail can go to */
	/* [state] */
	const char *database;
	int64_t remember; /* ms */
	uint32_t history; /* polls of a feed that are kept */
	/* [tag …], sorted by term */
	const struct config_alias *aliases;
	size_t n_aliases;
	/* [queue …] */
	const struct config_queue *queues;
	size_t n_queues;
	/* [rule …], in the order of the files */
	const struct config_rule *rules;
	size_t n_rules;
	size_t n_feeds; /* handed to the sink */
};

/*
 * Reads file, its feeds.d/… beside it, and the OPML lists that they name. sink may be NULL: feeds
 * are checked and counted. Returns 0; -EINVAL for a mistake in the text, -errno for a file that
 * cannot be read, -ENOMEM; err is set for each.
 */
int config_load(const char *file, const struct config_feed_sink *sink, struct config **ret_config,
	struct config_error *err);
void config_free(struct config *config);

/*
 * The settings of a feed: defaults with its own text laid over. Texts are made in arena. Returns 0,
 * -EINVAL (the text is not from a config_feed), -ENOMEM.
 */
int config_feed_settings(const struct config *config, const char *settings, struct arena *arena,
	struct config_settings *ret_settings);

/* The tag for a publisher's category term; NULL where the tag table has none. */
const char *config_alias_tag(const struct config *config, const char *term);

/*
 * Appends the User-Agent: user_agent, in which "{feeds}" becomes "12 feeds", of as many as there
 * are: so that who sees many requests from one address can tell what they are.
 */
void config_put_user_agent(const struct config *config, struct buf *out);

/* Appends the effective configuration (without the feeds) as an INI file. */
void config_dump(const struct config *config, struct buf *out);

/* SYSCONFDIR/newspool/newspool.conf. */
const char *config_installed_file(void);

/*
 * What the programs use where --config is not given: $NEWSPOOL_CONFIG, else the installed file.
 * Never NULL.
 */
const char *config_default_file(void);

#endif
